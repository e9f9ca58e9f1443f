#!/bin/sh
# The tests on another machine, and what it writes beside what this one does.
#	BUILD=build-m32 sh tests/machines/run.sh m32|s390x|arm64|musl OUR-PROGRAM
# What has to be installed (Debian's packages, which fit beside each other, as gcc-multilib does not):
#	m32	gcc-i686-linux-gnu; the programs run as they are on x86-64
#	s390x	gcc-s390x-linux-gnu and qemu-user
#	arm64	gcc-aarch64-linux-gnu and qemu-user
#	musl	musl-tools
# A machine whose compiler is missing is skipped.  cmocka is built from its source for each, which
# apt-get fetches if CMOCKA_SOURCE does not name an unpacked one; nothing is installed.
set -eu
machine=$1
ours=$2
skip() {
	echo "ok - $machine # SKIP $1"
	exit 0
}
needs() {
	command -v "$1" > /dev/null || skip "$1 is missing: apt-get install $2"
}

CFLAGS='-O2 -g'
LDFLAGS= EMU=
case $machine in
m32)
	CC=i686-linux-gnu-gcc
	needs $CC gcc-i686-linux-gnu
	# Its loader and library are where this machine does not look for them.
	lib=/usr/i686-linux-gnu/lib
	LDFLAGS="-Wl,--dynamic-linker=$lib/ld-linux.so.2 -Wl,-rpath=$lib"
	;;
s390x)
	CC=s390x-linux-gnu-gcc
	needs $CC gcc-s390x-linux-gnu
	EMU='qemu-s390x -L /usr/s390x-linux-gnu'
	needs qemu-s390x qemu-user
	;;
arm64)
	CC=aarch64-linux-gnu-gcc
	needs $CC gcc-aarch64-linux-gnu
	EMU='qemu-aarch64 -L /usr/aarch64-linux-gnu'
	needs qemu-aarch64 qemu-user
	;;
musl)
	CC=musl-gcc
	needs $CC musl-tools
	;;
*)
	echo "m32, s390x, arm64 or musl, not '$machine'" >&2
	exit 2
	;;
esac
mkdir -p "$BUILD/bin" "$BUILD/cmocka"
here=$(cd "$BUILD" && pwd)

# cmocka: its one file.
if [ ! -e "$BUILD/cmocka/libcmocka.a" ]; then
	source=${CMOCKA_SOURCE-}
	if [ -z "$source" ]; then
		sh tests/machines/fetch_cmocka.sh "$BUILD/cmocka" > "$BUILD/cmocka/log" 2>&1 ||
			skip "the source of cmocka could not be fetched: $(tail -n 1 "$BUILD/cmocka/log")"
		source=$(echo "$BUILD"/cmocka/cmocka-*/)
	fi
	cp "$source"/include/*.h "$BUILD/cmocka"
	$CC -std=gnu11 -O2 -I"$BUILD/cmocka" -DHAVE_SIGNAL_H -DHAVE_STRSIGNAL -DHAVE_STRUCT_TIMESPEC \
		-DHAVE_INTTYPES_H -DHAVE_MALLOC_H -include signal.h -include strings.h \
		-c -o "$BUILD/cmocka/cmocka.o" "$source/src/cmocka.c"
	ar rcs "$BUILD/cmocka/libcmocka.a" "$BUILD/cmocka/cmocka.o"
fi

# Scripts look into libraries with nm, which knows its own machine only.
if command -v "${CC%gcc}nm" > /dev/null; then
	ln -sf "$(command -v "${CC%gcc}nm")" "$BUILD/bin/nm"
fi

# BP_MACHINE: scripts leave out what they would do with this machine's compilers and Python.
PATH=$here/bin:$PATH
CPPFLAGS="-isystem $here/cmocka"
LDFLAGS="$LDFLAGS -L$here/cmocka"
BP_MACHINE=$machine
BP_QUICK=1
export CC CFLAGS CPPFLAGS LDFLAGS EMU PATH BP_MACHINE BP_QUICK

make -s -j2 all BUILD="$BUILD" EMU="$EMU" CFLAGS="$CFLAGS -Werror"
sh tests/machines/same.sh "$machine" "$ours" "$BUILD/bytepiece"
# The machines' own CC and flags come from the environment, also in what the tests make.
make -s -j2 check BUILD="$BUILD" EMU="$EMU"
