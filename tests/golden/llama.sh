# Exported vocabularies in llama.cpp itself: ids line by line, decoding, and a network that generates.
#
# The libraries of a release come from npm, its header from a crate with the sources, to $BUILD/llama;
# gguf-py, which writes the network, is in $BUILD/exports: "make exports" fetches all.  Scores are whole
# numbers there, so that lines may differ, but only if the other segmentation has as many tokens and
# the same sum.
set -u
NPM=@node-llama-cpp/linux-x64@3.22.1
CRATE=llama-cpp-sys-2-0.1.161
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
home=$BUILD/llama
python=$BUILD/exports/bin/python

skip() {
	echo "ok - llama.cpp's ids are ours # SKIP $1"
	exit 0
}

# URL FILE
download() { "$python" -c 'import sys, urllib.request as u; u.urlretrieve(*sys.argv[1:])' "$@"; }

# Fetch libraries and header to $home.
fetch() {
	mkdir -p "$home/new" &&
		download "https://registry.npmjs.org/${NPM%@*}/-/linux-x64-${NPM##*@}.tgz" "$home/new/npm.tgz" &&
		download "https://static.crates.io/crates/${CRATE%-*}/$CRATE.crate" "$home/new/crate.tgz" &&
		tar xzf "$home/new/npm.tgz" -C "$home" &&
		tar xzf "$home/new/crate.tgz" -C "$home/new" &&
		mkdir -p "$home/header/ggml" &&
		cp -r "$home/new/$CRATE/llama.cpp/include" "$home/header" &&
		cp -r "$home/new/$CRATE/llama.cpp/ggml/include" "$home/header/ggml"
	rm -rf "$home/new"
}

case $(uname -sm) in
'Linux x86_64') ;;
*) skip "the libraries are for Linux on x86-64" ;;
esac
"$python" -c 'import gguf' > "$t/out" 2>&1 || skip "$python has no module gguf (see make exports)"
[ -d "$home/header/ggml/include" ] || [ "${BP_FETCH-}" != 1 ] || fetch > "$t/out" 2>&1
[ -d "$home/header/ggml/include" ] ||
	skip "$home has no llama.cpp (see make exports) $(tail -n 1 "$t/out")"
bin=$(cd "$home"/package/bins/linux-x64 && pwd)
${CC:-cc} -O1 -I"$home/header/include" -I"$home/header/ggml/include" -o "$t/llama" \
	tests/golden/llama.c -L"$bin" -l:"$(cd "$bin" && echo libllama.v*.so)" \
	-l:"$(cd "$bin" && echo libggml.v*.so)" -l:libggml-base.so -Wl,-rpath,"$bin" \
	> "$t/out" 2>&1 || skip "there is no compiler for it: $(head -n 1 "$t/out")"

# FACT CONDITION: the condition is awk's, on the numbers that llama.py printed
holds() {
	if awk "{ ok = $2 } END { exit !(NR == 1 && ok) }" "$t/numbers"; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		sed 's/^/# /' "$t/numbers" "$t/err"
	fi
}

# MODEL NAME NORMALIZE TEXT...
compare() {
	model=$1 name=$2 normalize=$3
	shift 3
	"$BYTEPIECE" convert -q -f gguf -o "$t/gguf" "$model" || echo "not ok - convert $name"
	for text in "$@"; do
		fact="llama.cpp: ids with $name for ${text##*/}"
		"$BYTEPIECE" encode -m "$model" "$text" > "$t/ours"
		"$t/llama" ids "$t/gguf" < "$text" > "$t/theirs" 2> "$t/err"
		"$python" tests/golden/llama.py compare "$t/gguf" "$text" "$t/ours" "$t/theirs" \
			"$normalize" > "$t/numbers" 2>> "$t/err"
		holds "$fact: all but exact ties" '$1 > 0 && $2 == $3 && $2 <= 0.25 * $1'
		holds "llama.cpp decodes ids with $name of ${text##*/}" '$1 > 0 && $4 == 0'
		echo "# ${text##*/}: $(cat "$t/numbers") (lines, of other ids, ties, not decoded)"
	done
}

# MODEL NAME IDS: a network of so many rows.
generate() {
	"$BYTEPIECE" convert -q -f gguf --bos -o "$t/gguf" "$1"
	rows=$("$python" tests/golden/llama.py network "$t/gguf" "$t/network")
	if [ "$rows" = "$3" ] && "$t/llama" generate "$bin" "$t/network" > "$t/out" 2> "$t/err" &&
		[ "$(wc -l < "$t/out")" = 8 ]; then
		echo "ok - llama.cpp: a network with $2 loads and generates, of $3 rows"
	else
		echo "not ok - llama.cpp: a network with $2 loads and generates, of $3 rows"
		sed 's/^/# /' "$t/out" "$t/err"
	fi
}

set -- --ensure-unicode yes --vocab-size 3000 -q --special '<user>' data/*.txt
"$BYTEPIECE" train -o "$t/nfc" "$@"
"$BYTEPIECE" train -o "$t/none" --normalize none "$@"
"$BYTEPIECE" train -o "$t/reserved" --reserve-bytes "$@"
"$BYTEPIECE" train -o "$t/default" --vocab-size 3000 -q data/*.txt
printf 'a \000b\001\177\t\r\n\n<0x41> <bos></s><user>\n\303\251e \360\237\230\200\360\220\215\210\n' > "$t/hard.txt"
compare "$t/nfc" "a model (nfc)" nfc data/*.txt "$t/hard.txt"
compare "$t/none" "a model (none)" none data/*.txt "$t/hard.txt"
compare "$t/reserved" "a model (reserved bytes)" nfc data/*.txt "$t/hard.txt"
# Beginnings of characters are not used there: equal ids where every character has a piece.
compare "$t/default" "a model of the default training" nfc data/prose.en.txt data/code.txt
generate "$t/default" "a vocabulary of the default training" 3127
generate "$t/nfc" "a vocabulary" 3127
generate "$t/reserved" "reserved bytes" 3000
v=$BP_SHARED/vectors/models/bytepiece.eu.plus.40k.model
if [ ! -e "$v" ]; then
	echo "ok - llama.cpp's ids with a published model # SKIP $v is not there"
else
	texts="$BP_SHARED/corpora/*.dev.txt $BP_SHARED/corpora/n*.txt"
	[ "${BP_QUICK-}" != 1 ] || texts=$BP_SHARED/corpora/zh.dev.txt
	# shellcheck disable=SC2086
	compare "$v" "a published model" nfc $texts
fi
