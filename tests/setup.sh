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
apt='apt-get install -y -q --no-install-recommends libcmocka-dev'
install=
for command in "$apt" 'dnf install -y libcmocka-devel' 'pacman -S --noconfirm cmocka' \
	'apk add cmocka-dev' 'brew install cmocka'; do
	if command -v "${command%% *}" > /dev/null; then
		install=$command
		break
	fi
done
as_root=
if [ "$(id -u)" -ne 0 ] && [ "${install%% *}" != brew ]; then
	as_root=sudo
fi
if [ -z "$install" ] || { [ -n "$as_root" ] && ! command -v sudo > /dev/null; }; then
	how=${install:+"run '$install' as root"}
	echo "cmocka is missing: ${how:-get it from https://cmocka.org}" >&2
	exit 1
fi
echo "cmocka is missing; installing it"
# apt-get update takes longer than the installation: it is run only if the list of packages is
# missing or too old.
$as_root $install || {
	[ "$install" = "$apt" ] && $as_root apt-get update -q && $as_root $install
} || :
if ! has_cmocka; then
	echo "cmocka could not be installed: run '$install' as root, or get it from https://cmocka.org" >&2
	exit 1
fi
