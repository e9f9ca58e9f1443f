#!/bin/sh
# Fetch and unpack the source of Debian's cmocka into a folder, beside the system's own lists of
# packages, which stay as they are.
set -eu
mkdir -p "$1"
cd "$1"
mkdir -p lists/partial cache/archives/partial
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
echo "deb-src http://deb.debian.org/debian $release main" > sources.list
apt() {
	apt-get -qq -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::State::lists="$PWD/lists" -o Dir::Cache="$PWD/cache" \
		-o APT::Sandbox::User=root "$@"
}
apt update
apt source --download-only cmocka
tar -xf cmocka_*.orig.tar.*z
rm -rf lists cache
