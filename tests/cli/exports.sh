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
{
	piece 900 'ab'
	piece 44 'b\' 'b\\'
	piece 1234567890123 ' the'
	piece 7 '<pad>'
} | model >whole
without_normalization <whole >whole-none

run inspect --vocab m
cp "$T/out" vocab
run convert -f tsv -o out m
gives "tsv is written without a word" ''
same "tsv is what inspect --vocab prints" out vocab
run convert -f tsv -o - m
same "-o - is standard output" "$T/out" vocab

# All formats that the program has, whatever is added.
formats=$("$BP" convert --help | sed -n 's/^ *-f, --format \([a-z|]*\)$/\1/p' | tr '|' ' ')
check "the help lists the formats" [ "$(echo $formats | wc -w)" -ge 6 ]
for f in $formats; do
	m=m none=none
	[ $f != gguf ] || m=whole none=whole-none	# of whole characters only
	check "the help says what $f is for" [ "$("$BP" convert --help | tr '\n' ' ' | grep -c " $f: ")" = 1 ]
	run convert -f $f -o out $m
	check "$f ends with exit 0" [ "$status" = 0 ]
	check "$f prints nothing to standard output" is_empty "$T/out"
	check "$f is not empty" [ -s out ]
	check "$f: all that is said are notes" [ "$(grep -vc '^bytepiece: convert: note: ' "$T/err")" = 0 ]
	run convert -q -f $f -o quiet $m
	gives "$f -q says nothing" ''
	same "$f -q writes the same" quiet out
	run convert -f $f -o out $none
	check "$f without normalisation ends with exit 0" [ "$status" = 0 ]
	run convert -f $f -o no/out $m
	fails "$f into a folder that is missing" 1 'no/out'
done
for f in sentencepiece huggingface gguf; do
	m=m none=none
	[ $f != gguf ] || m=whole none=whole-none
	run convert -f $f -o out $m
	check "$f: a note tells of normal form C" like 'normal form C' "$T/err"
	check "$f: a note tells the name of the special token" like 'the special token <pad> is named <pad>_ ' "$T/err"
	run convert -f $f -o out $none
	check "$f without normalisation: no note tells of normal form C" \
		[ "$(grep -c 'normal form C' "$T/err")" = 0 ]
done
run edit -q -m m -o named --special '<ü>' --special '<Ń' --special '<ü >' --special '<日é>' --special '<ń' --special '<u>'
run convert -f huggingface -o out named
check "huggingface: a note for each name that is decoded as other bytes" \
	[ "$(sed -n 's/.*not decode the special token \(.*\) as its name:.*/\1/p' "$T/err" | tr '\n' ' ')" = '<ü> <Ń ' ]
run convert -q -f huggingface -o out m
check "huggingface has the special token's name" like '"content": "<pad>_"' out
check "huggingface has the piece of that name" like '^    \["<pad>", -[0-9]*\],?$' out
check "huggingface has broken characters" like '^    \["ä¸", -[0-9]*\],?$' out
check "huggingface has blanks as the alphabet's" like '^    \["Ġthe", -[0-9.]*\],?$' out
check "huggingface has backslashes escaped" like '^    \["b\\\\", -[0-9]*\],?$' out
check "huggingface has a line per id" [ "$(grep -c '^    \["' out)" = 264 ]
if command -v python3 >"$T/out"; then
	python3 -c 'import json; print(len(json.load(open("out", encoding="utf8"))["model"]["vocab"]))' >n 2>&1
	check "huggingface is JSON" [ "$(cat n)" = 264 ]
else
	skip "huggingface is JSON" "python3 is missing"
fi


# GGUF: whole characters and their beginnings only, and ids for all bytes.
run edit -q -m whole --piece 'a\xE4\xB8' -o broken
run convert -f gguf -o out broken
fails "gguf of a model with a part of a character" 1 '1 pieces begin or end inside a character'
run convert -f gguf -o out whole
check "gguf: a note tells of the further ids" like 'ids 263 to 389 are bytes .*--reserve-bytes' "$T/err"
for c in train count edit; do
	"$BP" $c --help >got
	check "$c --help has --reserve-bytes" like ' --reserve-bytes ' got
done
run edit -q -m whole --special '<user>' --reserve-bytes -o reserved
run inspect --vocab reserved
tail -n 128 "$T/out" | cut -f 2 >got
check "edit --reserve-bytes: the names come after other special tokens" \
	[ "$(tr '\n' ' ' <got | cut -c 1-21)" = '<user> <0x01> <0x02> ' ]
check "edit --reserve-bytes: the last one" [ "$(tail -n 1 got)" = '<0x7F>' ]
run convert -f gguf -o out reserved
check "gguf of a model with these ids: no note of further ones" [ "$(grep -c 'are bytes' "$T/err")" = 0 ]
run edit -m reserved --reserve-bytes -o again
check "edit --reserve-bytes once more" like 'special tokens 0; already present: 127' "$T/err"
same "edit --reserve-bytes once more adds nothing" again reserved
cat "$ROOT"/data/*.txt >text
run train -q --vocab-size 600 -o trained text
run convert -f gguf -o out trained
check "gguf of a model of the default training" [ "$status" = 0 ]
check "gguf: a note tells of the beginnings of characters" \
	like '[1-9][0-9]* pieces are beginnings of characters' "$T/err"
run train -q --vocab-size 600 --ensure-unicode yes --reserve-bytes -o trained text
run inspect --vocab trained
check "train --reserve-bytes: the size is that of all ids" [ "$(wc -l <"$T/out")" = 597 ]
check "train --reserve-bytes: the last id" [ "$(tail -n 1 "$T/out" | cut -f 1,2)" = "$(printf '599\t<0x7F>')" ]
run convert -q -f gguf -o out trained
check "train --reserve-bytes: gguf takes it" [ "$status" = 0 ]
plan= step=0
while [ $step -lt 9 ]; do
	step=$((step + 1))
	"$BP" count $plan $([ -n "$plan" ] || echo --ensure-unicode yes --reserve-bytes) -o counts text
	"$BP" build -q $plan --vocab-size 600 -o parts --next next counts
	[ -e next ] || break
	mv next plan
	plan='--plan plan'
done
same "count --reserve-bytes: the model of train" parts trained

# A folder for transformers.
printf '{%% for m in messages %%}{{ m["content"] }}\n{%% endfor %%}' >template
if has_host; then
	run convert -f huggingface -o folder/ --bos --eos --chat-template template m
	check "a folder: exit 0" [ "$status" = 0 ]
	check "a folder has two files" holds folder tokenizer.json tokenizer_config.json
	check "a folder: no note asks for one" [ "$(grep -c DIR "$T/err")" = 0 ]
	run convert -q -f huggingface -o single --bos --eos m
	same "a folder has the tokenizer.json" folder/tokenizer.json single
	run convert -f huggingface -o folder m
	check "a folder that is there needs no slash" [ "$status" = 0 ]
	check "and its files are replaced" [ "$(grep -c chat_template folder/tokenizer_config.json)" = 0 ]
	echo text >folder/tokenizer_config.json
	cp folder/tokenizer.json old
	run convert -q -f huggingface -o folder/ none
	fails "a folder with another file of that name" 2 'folder/tokenizer_config.json: exists and is no'
	same "then nothing is written" folder/tokenizer.json old
	run convert -q -f huggingface -o folder/ --force none
	check "--force replaces it" like PreTrainedTokenizerFast folder/tokenizer_config.json
	mkdir -p bad/tokenizer.json
	run convert -f huggingface -o bad/ m
	fails "a folder whose tokenizer.json is a folder" 1 'bad/tokenizer.json'
	check "then there is no configuration" holds bad tokenizer.json
	run convert -f huggingface -o no/folder/ m
	fails "a folder in a folder that is missing" 1 'no/folder/'
	run convert -f gguf -o folder/ whole
	fails "gguf writes no folder" 1 'folder/'
	cp m folder/tokenizer.json
	run convert -f huggingface -o folder/ folder/tokenizer.json
	fails "a model is not replaced by its export in a folder" 2 'is an input'
	same "and stays" folder/tokenizer.json m
else
	skip "a folder for transformers" "$no_host"
fi
run convert -f gguf -o out --bos --chat-template template whole
check "gguf takes a template" like 'tokenizer.chat_template' out
run convert -f gguf -o out --eos whole
check "gguf --eos: a note" like 'no <eos> behind a text' "$T/err"
for options in '-f tsv --bos' '-f sentencepiece --eos' '-f sentencepiece --chat-template template' \
	'-f binary --bos' '--chat-template template' '-f huggingface --chat-template template'; do
	run convert $options -o out whole
	fails "$options is wrong usage" 2 'bos|eos|chat-template'
done
: >template
run convert -f gguf -o out --chat-template template whole
check "an empty template: a note" like 'the chat template is empty' "$T/err"
check "an empty template is none" eval '! grep -q tokenizer.chat_template out'
printf 'a\377' >template
run convert -f gguf -o out --chat-template template whole
fails "a template that is no UTF-8" 1 'template: byte 1: '
run convert -f gguf -o out --chat-template nowhere whole
fails "a template that is not there" 1 'nowhere: '

run convert -f protobuf -o out m
fails "a form that does not exist" 2 'sentencepiece'
if has_host; then
	run convert -q -f sentencepiece -o /dev/full m
	fails "a full disk" 1 '/dev/full'
fi
finish
