# make install: programs can use the installed files; make uninstall removes all of them.
set -u
if [ -n "${BP_MACHINE-}" ]; then
	echo "ok - make install # SKIP C++ and Python are of this machine, the library is of $BP_MACHINE"
	exit 0
fi
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
fact() { # status of the last command, text
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		sed 's/^/# /' "$t/out"
	fi
}
skip() { echo "ok - $1 # SKIP $2"; }
root=$t/root
usr=$root/usr
put() { make -s "$1" BUILD="$BUILD" DESTDIR="$root" PREFIX=/usr; }
umask 022

put install > "$t/out" 2>&1
fact $? "make install succeeds"
(cd "$usr" && find . ! -type d | sort) > "$t/there"
# Debian's fish does not look below /usr/local, but in /etc/fish.
mkdir -p "$t/local/etc/fish"
make -s install BUILD="$BUILD" DESTDIR="$t/local" PREFIX=/usr/local > "$t/out" 2>&1
[ "$(readlink "$t/local/etc/fish/completions/bytepiece.fish")" = \
	/usr/local/share/fish/vendor_completions.d/bytepiece.fish ]
fact $? "below /usr/local fish gets a link in /etc/fish"
if command -v fish > /dev/null; then
	got=$(HOME=$t PATH=$t/local/usr/local/bin:$PATH fish -N -c "set -g fish_complete_path \
		$t/local/usr/local/share/fish/vendor_completions.d; complete -C 'bytepiece enc'" 2> "$t/out")
	[ "${got%%	*}" = encode ]
	fact $? "fish loads the completions by itself"
fi
make -s uninstall BUILD="$BUILD" DESTDIR="$t/local" PREFIX=/usr/local > "$t/out" 2>&1
[ -z "$(find "$t/local" ! -type d)" ]
fact $? "uninstall leaves nothing of them"
make -s install BUILD="$BUILD" DESTDIR="$t/a blank" PREFIX=/usr > "$t/out" 2>&1
(cd "$t/a blank/usr" && find . ! -type d | sort | diff - "$t/there") >> "$t/out" 2>&1
fact $? "a path with a blank gets the files"
make -s uninstall BUILD="$BUILD" DESTDIR="$t/a blank" PREFIX=/usr > "$t/out" 2>&1
[ -z "$(find "$t/a blank" ! -type d)" ]
fact $? "a path with a blank: uninstall leaves nothing"
version=$("$BYTEPIECE" --version | sed 's/.* //')
sort > "$t/expected" << END
./bin/bytepiece
./include/bytepiece.h
./include/bytepiece_files.h
./lib/libbytepiece.a
./lib/libbytepiece.so
./lib/libbytepiece.so.${version%%.*}
./lib/libbytepiece.so.$version
./lib/pkgconfig/bytepiece.pc
./share/bash-completion/completions/bytepiece
./share/fish/vendor_completions.d/bytepiece.fish
./share/man/man1/bytepiece.1
./share/zsh/site-functions/_bytepiece
END
diff "$t/expected" "$t/there" > "$t/out"
fact $? "make install copies the expected files, and no others"
find "$root" -type f ! -perm -444 > "$t/out"
[ ! -s "$t/out" ]
fact $? "everybody may read what is installed"
grep -rl -e "$t" "$root" > "$t/out"
[ ! -s "$t/out" ]
fact $? "no installed file contains DESTDIR"
[ "$("$usr/bin/bytepiece" --version 2> "$t/out")" = "bytepiece $version" ]
fact $? "the installed program runs"
if command -v readelf > /dev/null; then
	readelf -d "$usr/lib/libbytepiece.so" > "$t/out" 2>&1
	grep -q "SONAME.*\[libbytepiece.so.${version%%.*}\]" "$t/out"
	fact $? "the shared library has the name that programs will look for"
fi

# LANGUAGE WHICH COMPILER...: the README's example against the installed library.
text='The keeper lit the lamp; 灯塔亮了。'
"$BYTEPIECE" train -q --vocab-size 2000 -o "$t/m" data/*.txt
printf '%s\n' "$text" | "$BYTEPIECE" encode -m "$t/m" > "$t/ids"
flags() { PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$usr/lib/pkgconfig pkg-config "$@" bytepiece; }
use() {
	what="the README's example as $1 with the $2 library gives the program's ids"
	case $2 in
	shared) libs=$(flags --libs) ;;
	static) libs=$(flags --static --libs | sed "s|-lbytepiece|$usr/lib/libbytepiece.a|") ;;
	esac
	kind=$2
	shift 2
	rm -f "$t/example"
	# The compiler's options are those of the library: a sanitizer has to be in both.
	"$@" ${CFLAGS-} -Wall -Wextra $(flags --cflags) -o "$t/example" "$BUILD/tests/example.c" \
		-x none $libs > "$t/out" 2>&1 &&
		LD_LIBRARY_PATH=$usr/lib "$t/example" "$t/m" "$text" 2> "$t/out" | cmp - "$t/ids" >> "$t/out"
	fact $? "$what"
	if [ "$kind" = shared ] && command -v readelf > /dev/null; then
		readelf -d "$t/example" > "$t/out" 2>&1
		grep -q "NEEDED.*\[libbytepiece.so.${version%%.*}\]" "$t/out"
		fact $? "and it is the shared library that it is bound to"
	fi
}
cxx=${CXX:-c++}
case ${CC-} in *clang) cxx=${CXX:-clang++} ;; esac
if ! command -v pkg-config > /dev/null; then
	skip "the README's example with the installed library" "pkg-config is missing"
else
	[ "$(flags --modversion)" = "$version" ]
	fact $? "pkg-config tells the version"
	use C shared "${CC:-cc}" -std=c11
	use C static "${CC:-cc}" -std=c11
	if command -v "$cxx" > /dev/null; then
		use C++ shared "$cxx" -std=c++11 -x c++
		use C++ static "$cxx" -std=c++11 -x c++
	else
		skip "the README's example as C++" "there is no C++ compiler"
	fi
fi

# The README's example for Python, with the module of the sources and the installed library.
awk '/^```python/ { on = 1; next } /^```/ { on = 0 } on' README.md > "$t/example.py"
if ! command -v python3 > /dev/null; then
	skip "the README's example for Python" "python3 is missing"
elif grep -q -e __asan_init -e __tsan_init "$BYTEPIECE"; then
	skip "the README's example for Python" "a library with a sanitizer cannot be loaded by Python"
else
	BYTEPIECE_LIBRARY=$usr/lib/libbytepiece.so.0 PYTHONPATH=src/python PYTHONDONTWRITEBYTECODE=1 \
		python3 - "$t" > "$t/out" 2>&1 <<-P
			import os, sys
			texts = open("data/prose.en.txt", encoding="utf-8").read().split("\n")
			code = open(sys.argv[1] + "/example.py", encoding="utf-8").read()
			os.chdir(sys.argv[1])
			exec(code)
			assert tokenizer.decode(ids) == "Hello, world"
	P
	fact $? "the README's example for Python"
fi

put uninstall > "$t/out" 2>&1
find "$root" ! -type d > "$t/out"
[ ! -s "$t/out" ]
fact $? "make uninstall leaves no file"
