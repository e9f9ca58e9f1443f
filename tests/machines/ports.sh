#!/bin/sh
# Build for other systems with zig's compiler, warnings being errors; run the programs that this machine can
# run, static Linux directly and Windows under wine; make the archives twice.
#	BUILD=build-ports sh tests/machines/ports.sh OUR-PROGRAM PAGES
set -u
. tests/machines/zig.sh
# Scripts of tests/cli: others are about signals, links, permissions, devices and tools of POSIX, or start
# more programs than wine can in a minute.
NATIVE='closed|convert|decode|edit|inputs|json|output|parts|replace|resume|signals|specials|stack|temporaries|train'
UNDER_WINE='convert|decode|edit|inputs|json|kinds|raw|records|replace|specials|train'
ours=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
pages=$(cd "$2" && pwd)
mkdir -p "$BUILD"
here=$(cd "$BUILD" && pwd)
find_zig > "$BUILD/zig.log" 2>&1 || {
	skip "builds for other systems" "there is no zig, and PyPI's ziglang cannot be installed"
	exit 0
}

# FACT COMMAND...: with the end of the output if it fails.
fact() {
	name=$1
	shift
	if "$@" > "$BUILD/out" 2>&1; then
		ok "$name"
	else
		not_ok "$name"
		tail -n 20 "$BUILD/out" | sed 's/^/# /'
		return 1
	fi
}

# Linux on ARM has tests of its own ("make arm64"), and another C library to be built would take a minute.
built=
for s in ${SYSTEMS% aarch64-linux}; do
	fact "$s: program and libraries build without a warning" build "$s" all && built="$built $s" &&
		fact "$s: it has threads" grep -q -a -e thrd_create -e pthread_create \
			"$BUILD/$s/base/parallel.o"
done
has() { case " $built " in *" $1 "*) ;; *) false ;; esac; }

# SYSTEM FILE...: "make install" puts these into bin and lib.
installs() {
	rm -rf "$here/root"
	build "$1" install DESTDIR="$here/root" PREFIX=/usr HELPER="$ours" || return
	shift
	(cd "$here/root/usr" && find bin lib ! -type d ! -name '*.pc' | LC_ALL=C sort) > "$BUILD/installed"
	printf '%s\n' "$@" | diff - "$BUILD/installed"
}
version=$(sed -n 's/^#define BP_VERSION "\(.*\)"/\1/p' include/bytepiece.h)
major=${version%%.*}
if has x86_64-windows; then
	fact "x86_64-windows: make install" installs x86_64-windows bin/bytepiece.exe \
		"bin/libbytepiece-$major.dll" lib/libbytepiece.a lib/libbytepiece.dll.a
fi
if has aarch64-macos; then
	fact "aarch64-macos: make install" installs aarch64-macos bin/bytepiece \
		"lib/libbytepiece.$version.dylib" "lib/libbytepiece.$major.dylib" \
		lib/libbytepiece.a lib/libbytepiece.dylib
fi

# SYSTEM PATTERN: scripts of tests/cli with its program, and what they skip.
scripts() {
	echo "# $1: scripts"
	BUILD=$BUILD/$1 BP_MACHINE=$1 BP_QUICK=1 BP_SHARED=${BP_SHARED:-none} UNICODE=none \
		ONLY="cli/($2)[.]sh" sh tests/run.sh > "$BUILD/$1.scripts" 2>&1 || {
		not_ok "$1: scripts of tests/cli"
		cat "$BUILD/$1.scripts"
		return
	}
	sed -n '/^Skipped:/,$s/^/# /p' "$BUILD/$1.scripts"
	ok "$1: scripts of tests/cli: $(tail -n 1 "$BUILD/$1.scripts")"
}

if has x86_64-linux && [ "$(uname -sm)" = 'Linux x86_64' ]; then
	fact "x86_64-linux: writes the files that our program writes" \
		sh tests/machines/same.sh x86_64-linux "$ours" "$BUILD/x86_64-linux/bytepiece"
	scripts x86_64-linux "$NATIVE"
else
	skip "x86_64-linux: the program runs" "another machine, or not built"
fi

dll() {
	w=$BUILD/x86_64-windows
	if command -v objdump > /dev/null && command -v nm > /dev/null; then
		objdump -p "$w/libbytepiece-$major.dll" |
			awk '/Name Pointer. Table/ { on = 1; next } on && /bp_/ { print $NF }' | sort > "$BUILD/dll"
		nm -D --defined-only "$BUILD/x86_64-linux/libbytepiece.so" | awk '$3 ~ /^bp_/ { print $3 }' |
			sort | diff - "$BUILD/dll" || return
	fi
	$zig cc -target x86_64-windows-gnu -std=c11 -Iinclude -o "$w/example.exe" "$w/tests/example.c" \
		-L"$w" -lbytepiece || return
	"$ours" train -q --vocab-size 1000 -o "$BUILD/model" data/*.txt
	"$wine" "$w/example.exe" "$BUILD/model" 'The keeper lit the lamp.' > "$BUILD/ids" || return
	# Its standard output is text, where lines end in CR LF.
	tr -d '\r' < "$BUILD/ids" > "$BUILD/ids.lf"
	echo 'The keeper lit the lamp.' | "$ours" encode -m "$BUILD/model" | cmp - "$BUILD/ids.lf"
}

# Wine's own folder, with the sockets of its server, is in TMPDIR: without it one server serves all
# scripts, and temporary files of the program go to the folder of Windows' user.
start_wine() {
	WINEPREFIX=$here/wine WINEDEBUG=-all
	export WINEPREFIX WINEDEBUG
	rm -rf "$WINEPREFIX"
	mkdir "$WINEPREFIX"
	trap '(unset TMPDIR; "$wineserver" -k; rm -rf "/tmp/$(cat "$WINEPREFIX/wineserver")")' EXIT
	printf '#!/bin/sh\nunset TMPDIR\nLC_ALL=C.UTF-8 exec "%s" "%s/x86_64-windows/bytepiece.exe" "$@"\n' \
		"$wine" "$here" > "$w/bytepiece"
	chmod +x "$w/bytepiece"
	(unset TMPDIR; "$wineserver" -p)
}
nothing_left() {
	find "$WINEPREFIX/drive_c/users" -name 'bytepiece.*' > "$BUILD/left" && cat "$BUILD/left" &&
		[ ! -s "$BUILD/left" ]
}

wine=$(command -v wine64 || ls /usr/lib/wine/wine64 2> /dev/null)
wineserver=$(command -v wineserver || ls /usr/lib/wine/wineserver64 2> /dev/null)
if has x86_64-windows && [ -n "$wine" ]; then
	w=$BUILD/x86_64-windows
	start_wine
	fact "x86_64-windows: runs" "$w/bytepiece" --version
	fact "x86_64-windows: writes the files that our program writes" \
		sh tests/machines/same.sh x86_64-windows "$ours" "$w/bytepiece"
	BYTEPIECE=$here/x86_64-windows/bytepiece OURS=$ours DRIVE=$WINEPREFIX/drive_c \
		sh tests/machines/windows.sh || failed=1
	build x86_64-windows "$w/tests/example.c"
	fact "x86_64-windows: the DLL exports what the library for Linux does, and the README's example runs with it" dll
	scripts x86_64-windows "$UNDER_WINE"
	fact "x86_64-windows: no temporary file is left" nothing_left
else
	skip "x86_64-windows: the program runs" "wine is missing (apt-get install wine64), or not built"
fi
for s in x86_64-macos aarch64-macos x86_64-freebsd; do
	skip "$s: the program runs" "nothing here runs it"
done

# The archives, and again in another folder, of the source alone, and with nothing of the first compilation.
archives() { BUILD=$BUILD ZIG=$zig sh tests/machines/dist.sh "$pages" "$@"; }
again() (
	rm -rf "$here/again"
	mkdir "$here/again"
	tar -xzf "$BUILD"/archives/bytepiece-[0-9]*.[0-9].tar.gz -C "$here/again" || return
	cd "$here"/again/bytepiece-* || return
	ZIG_LOCAL_CACHE_DIR=$here/again/cache BUILD=build-again ZIG=$zig \
		sh tests/machines/dist.sh "$pages" source x86_64-linux x86_64-windows || return
	for f in build-again/archives/*; do
		cmp "$f" "$here/archives/${f##*/}" || return
	done
)
rm -rf "$BUILD/archives"
# shellcheck disable=SC2086
fact "archives of the source and of all systems that were built" archives source $built
fact "made of the unpacked source in another folder they are equal" again
unpacked() {
	mkdir -p "$here/again/linux"
	tar -xzf "$BUILD"/archives/*-x86_64-linux.tar.gz --strip-components=1 -C "$here/again/linux" &&
		[ "$("$here/again/linux/bin/bytepiece" --version)" = "$("$ours" --version)" ] &&
		(cd "$here/again/linux" && ls bin/bytepiece share/man/man1/bytepiece.1 share/doc/bytepiece/LICENSE)
}
fact "the program of the archive runs" unpacked
ls -l "$BUILD/archives" | sed 's/^/# /'
exit $failed
