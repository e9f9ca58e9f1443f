#!/bin/sh
# Install cmocka, the library of the unit tests, if the compiler does not find it.
set -eu
has_cmocka() {
	printf '%s\n' '#include <stdarg.h>' '#include <stddef.h>' '#include <stdint.h>' \
		'#include <setjmp.h>' '#include <cmocka.h>' 'int main(void) { return 0; }' |
		${CC:-cc} -x c - -o /dev/null -lcmocka 2> /dev/null
}
if has_cmocka; then
	exit 0
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
fi
echo "cmocka is missing; installing it"
if command -v apt-get > /dev/null; then
	# apt-get update takes longer than the installation: it is run only if the list of packages
	# is missing or too old.
	apt_install="$as_root apt-get install -y -q --no-install-recommends libcmocka-dev"
	$apt_install || {
		$as_root apt-get update -q
		$apt_install
	}
elif command -v dnf > /dev/null; then
	$as_root dnf install -y libcmocka-devel
elif command -v pacman > /dev/null; then
	$as_root pacman -S --noconfirm cmocka
elif command -v apk > /dev/null; then
	$as_root apk add cmocka-dev
elif command -v brew > /dev/null; then
	brew install cmocka
fi
if ! has_cmocka; then
	echo "cmocka could not be installed; get it from https://cmocka.org" >&2
	exit 1
fi
