# The interface of the library: exported symbols and public headers.
set -u
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

if command -v nm > /dev/null; then
	nm -g --defined-only "$BUILD/libbytepiece.a" 2> "$t/err" |
		awk 'NF == 3 && $3 !~ /^_?(bp_|__x86.get_pc_thunk|__asan_|__odr_asan|__tsan|__ubsan)/' > "$t/out"
	[ ! -s "$t/out" ]
	fact $? "every global symbol of the library begins with bp_"
else
	echo "ok - every global symbol of the library begins with bp_ # SKIP nm is missing"
fi

printf '#include "bytepiece.h"\n#include "bytepiece_files.h"\nint main() { return bp_load("", 0) != 0; }\n' > "$t/x.cc"
if command -v "${CXX:-c++}" > /dev/null; then
	"${CXX:-c++}" -std=c++11 -Wall -Wextra -Werror -Iinclude -fsyntax-only "$t/x.cc" > "$t/out" 2>&1
	fact $? "the public headers compile as C++"
else
	echo "ok - the public headers compile as C++ # SKIP no C++ compiler"
fi

for h in bytepiece.h bytepiece_files.h; do
	printf '#include "%s"\nint main(void) { return 0; }\n' $h > "$t/x.c"
	"${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only "$t/x.c" > "$t/out" 2>&1
	fact $? "$h compiles by itself"
done

# The functions that the headers declare, one name a line: the preprocessor has removed comments and
# directives but pragmas, each declaration is put on one line, and types are removed.
printf '#include "bytepiece_files.h"\n' | "${CC:-cc}" -std=c11 -Iinclude -E -P - |
	grep -v '^ *#' | tr '\n' ' ' | sed 's/[;{}]/;\n/g' | grep -v typedef | sed -n 's/^[^(]*[ *]\(bp_[a-z0-9_]*\)(.*/\1/p' |
	sort > "$t/declared"

if command -v nm > /dev/null; then
	nm -D --defined-only "$BUILD/libbytepiece.so" | awk '$3 !~ /^_?_?(asan|odr_asan|tsan|ubsan|gcov|mangle_path)|^_(init|fini|edata|end)$|^__bss_start$/ { print $3 }' |
		sort > "$t/exported"
	diff "$t/declared" "$t/exported" > "$t/out" && [ -s "$t/declared" ]
	fact $? "the shared library exports what the headers declare, and no more"
else
	echo "ok - the shared library exports what the headers declare, and no more # SKIP nm is missing"
fi
