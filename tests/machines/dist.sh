#!/bin/sh
# Archives for a release, in $BUILD/archives: the source, and for each system a program with manual page,
# completions and licences, laid out as below /usr/local.
#	BUILD=build-dist sh tests/machines/dist.sh PAGES [source|SYSTEM...]
# PAGES is the folder with the pages that "make install" copies.  Archives of equal sources are equal,
# byte for byte: names are sorted, owners are 0, and all times are SOURCE_DATE_EPOCH (default: the time of
# the last commit, or of the version's header where there is no git, as in an unpacked archive).
set -eu
. tests/machines/zig.sh
pages=$1
shift
version=$(sed -n 's/^#define BP_VERSION "\(.*\)"/\1/p' include/bytepiece.h)
name=bytepiece-$version
if [ -e .git ]; then
	: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
else
	: "${SOURCE_DATE_EPOCH:=$(date -r include/bytepiece.h +%s)}"
fi
LC_ALL=C
export SOURCE_DATE_EPOCH LC_ALL
mkdir -p "$BUILD/archives"
archives=$(cd "$BUILD/archives" && pwd)

# FOLDER ARCHIVE: the files of a folder whose names are on standard input, below the archive's own name.
pack() {
	tar -C "$1" --create --format=ustar --owner=0 --group=0 --numeric-owner --mode='u=rwX,go=rX' \
		--mtime="@$SOURCE_DATE_EPOCH" --transform "s|^|$2/|" --files-from=- |
		gzip -9 -n > "$archives/$2.tar.gz"
	echo "$2.tar.gz"
}

# As pack(), for Windows.
pack_zip() {
	(cd "$1" && python3 -c '
import sys, time, zipfile
archive, top, stamp = sys.argv[1:]
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
    for name in sys.stdin.read().splitlines():
        entry = zipfile.ZipInfo(top + "/" + name, time.gmtime(int(stamp))[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        entry.external_attr = 0o100644 << 16
        with open(name, "rb") as f:
            z.writestr(entry, f.read())
' "$archives/$2.zip" "$2" "$SOURCE_DATE_EPOCH")
	echo "$2.zip"
}

# The files of the project, or of an unpacked archive of it.
sources() {
	if [ -e .git ]; then git ls-files; else find . -type f ! -path './build*' | sed 's|^\./||'; fi
}

# The licences of the libraries that are in the program.
licences_of() {
	libc=$(dirname "$zig")/lib/libc
	case $1 in
	*-linux) cp "$libc/musl/COPYRIGHT" "$2/LICENSE.musl" ;;
	*-windows) cp "$libc/mingw/COPYING" "$2/LICENSE.mingw-w64" ;;
	esac
}

for what in "${@:-source $SYSTEMS}"; do
	echo "$what"
done | tr ' ' '\n' > "$BUILD/wanted"
while read -r system; do
	if [ "$system" = source ]; then
		sources | sort | pack . "$name"
		continue
	fi
	find_zig
	build "$system" "$(program "$system")" < /dev/null
	stage=$BUILD/stage/$system
	rm -rf "$stage"
	mkdir -p "$stage/bin" "$stage/share/doc/bytepiece"
	cp "$(program "$system")" "$stage/bin"
	cp -r "$pages/share" "$stage"
	cp LICENSE README.md "$stage/share/doc/bytepiece"
	licences_of "$system" "$stage/share/doc/bytepiece"
	packer=pack
	case $system in *-windows) packer=pack_zip ;; esac
	(cd "$stage" && find . -type f | sed 's|^\./||' | sort) | $packer "$stage" "$name-$system"
done < "$BUILD/wanted"
