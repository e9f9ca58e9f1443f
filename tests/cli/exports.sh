# convert to the forms of other libraries, without these libraries: see tests/golden/exports.sh.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 900 'ab'
	piece 44 'b\' 'b\\'
	printf '8 5Lg= ""\n'			# the first two bytes of U+4E2D
	piece 1234567890123 ' the'
	piece 7 '<pad>'
} | model >m
without_normalization <m >none

run inspect --vocab m
cp "$T/out" vocab
run convert -f tsv -o out m
gives "tsv is written without a word" ''
same "tsv is what inspect --vocab prints" out vocab
run convert -f tsv -o - m
same "-o - is standard output" "$T/out" vocab

# All formats that the program has, whatever is added.
formats=$("$BP" convert --help | sed -n 's/^ *-f, --format \([a-z|]*\)$/\1/p' | tr '|' ' ')
check "the help lists the formats" [ "$(echo $formats | wc -w)" -ge 5 ]
for f in $formats; do
	check "the help says what $f is for" [ "$("$BP" convert --help | tr '\n' ' ' | grep -c " $f: ")" = 1 ]
	run convert -f $f -o out m
	check "$f ends with exit 0" [ "$status" = 0 ]
	check "$f prints nothing to standard output" is_empty "$T/out"
	check "$f is not empty" [ -s out ]
	check "$f: all that is said are notes" [ "$(grep -vc '^bytepiece: convert: note: ' "$T/err")" = 0 ]
	run convert -q -f $f -o quiet m
	gives "$f -q says nothing" ''
	same "$f -q writes the same" quiet out
	run convert -f $f -o out none
	check "$f without normalisation ends with exit 0" [ "$status" = 0 ]
	run convert -f $f -o no/out m
	fails "$f into a folder that is missing" 1 'no/out'
done
for f in sentencepiece huggingface; do
	run convert -f $f -o out m
	check "$f: a note tells of normal form C" like 'normal form C' "$T/err"
	check "$f: a note tells the name of the special token" like 'the special token <pad> is named <pad>_ ' "$T/err"
	run convert -f $f -o out none
	check "$f without normalisation: no note tells of normal form C" \
		[ "$(grep -c 'normal form C' "$T/err")" = 0 ]
done
run convert -q -f huggingface -o out m
check "huggingface has the special token's name" like '"content": "<pad>_"' out
check "huggingface has the piece of that name" like '^    \["<pad>", -[0-9.]*\],?$' out
check "huggingface has broken characters" like '^    \["ä¸", -[0-9.]*\],?$' out
check "huggingface has blanks as the alphabet's" like '^    \["Ġthe", -[0-9.e-]*\],?$' out
check "huggingface has backslashes escaped" like '^    \["b\\\\", -[0-9.]*\],?$' out
check "huggingface has a line per id" [ "$(grep -c '^    \["' out)" = 264 ]
if command -v python3 >"$T/out"; then
	python3 -c 'import json; print(len(json.load(open("out", encoding="utf8"))["model"]["vocab"]))' >n 2>&1
	check "huggingface is JSON" [ "$(cat n)" = 264 ]
else
	skip "huggingface is JSON" "python3 is missing"
fi

run convert -f protobuf -o out m
fails "a form that does not exist" 2 'sentencepiece'
if has_host; then
	run convert -q -f sentencepiece -o /dev/full m
	fails "a full disk" 1 '/dev/full'
fi
finish
