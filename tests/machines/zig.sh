# Read first by ports.sh and dist.sh: the systems, and how a build for one of them is made with zig's
# compiler, which brings the headers and libraries of all of them.  It is $ZIG, or "zig" of this
# machine, or PyPI's ziglang, installed outside the project in $ZIG_VENV.
# $BUILD is a folder that both scripts share; a system's build is $BUILD/SYSTEM.

SYSTEMS='x86_64-linux x86_64-windows x86_64-macos aarch64-macos x86_64-freebsd aarch64-linux'
: "${ZIG_VENV:=${XDG_CACHE_HOME:-$HOME/.cache}/bytepiece-zig}"

ok() { printf 'ok - %s\n' "$1"; }
skip() { printf 'ok - %s # SKIP %s\n' "$1" "$2"; }
not_ok() {
	printf 'not ok - %s\n' "$1"
	failed=1
}
failed=0

# Sets $zig; false if there is none.
find_zig() {
	zig=${ZIG:-$(command -v zig)} && [ -n "$zig" ] && return 0
	if [ ! -x "$ZIG_VENV/bin/python" ]; then
		python3 -m venv "$ZIG_VENV" || return 1
	fi
	"$ZIG_VENV/bin/pip" install -q ziglang || return 1
	zig=$("$ZIG_VENV/bin/python" -c \
		'import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), "zig"))')
}

# SYSTEM: the target's name for the compiler.
target() {
	case $1 in
	*-linux) echo "$1-musl" ;;
	*-windows) echo "$1-gnu" ;;
	*) echo "$1" ;;
	esac
}

# SYSTEM GOAL...: make these.
build() {
	system=$1
	shift
	make -s -j2 "$@" BUILD="$BUILD/$system" CC="$zig cc -target $(target "$system")" AR="$zig ar" \
		CFLAGS='-O2 -g0 -Werror' LDFLAGS=-s
}

# SYSTEM: the path of its program.
program() { case $1 in *-windows) echo "$BUILD/$1/bytepiece.exe" ;; *) echo "$BUILD/$1/bytepiece" ;; esac; }
