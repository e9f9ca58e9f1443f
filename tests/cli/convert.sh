# convert, and models in the binary form.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 900 'ab'
	piece 44 'b\' 'b\\'
	piece 1234567890123 ' the'
	printf '12 YQAJf2I= "a\\u0000\\t\177b"\n'
} | model >m
without_normalization <m >none
printf 'ab the abab\\\n\n  the the\r\n\303\251e\314\201' >text

# MODEL NAME: there and back, and what is read on the way.
both_ways()
{
	run convert -f binary -o binary "$1"
	check "$2: convert -f binary ends with exit 0" [ "$status" = 0 ]
	run convert -f json -o back binary
	check "$2: convert -f json ends with exit 0" [ "$status" = 0 ]
	"$BP" convert -o canonical "$1"
	same "$2: JSON comes back from the binary form" back canonical
	run convert -f binary -o again binary
	same "$2: the binary form of the binary form is the same" again binary
	run convert -f binary -o - - <"$1"
	same "$2: through pipes it is the same" "$T/out" binary
	"$BP" inspect --vocab "$1" >expected
	run inspect --vocab binary
	same "$2: inspect tells the same" "$T/out" expected
	for options in '-f ids' '-f pieces' '-f u32 --whole'; do
		"$BP" encode -m "$1" $options "$3" >expected
		run encode -m binary $options "$3"
		same "$2: encode $options gives the same" "$T/out" expected
	done
	"$BP" encode -m "$1" "$3" >ids
	"$BP" decode -m "$1" ids >expected
	run decode -m binary ids
	same "$2: decode gives the same" "$T/out" expected
	"$BP" eval -q -m "$1" "$3" | grep -v rate >expected
	run eval -q -m binary "$3"
	grep -v rate "$T/out" >found
	same "$2: eval tells the same" found expected
}
both_ways m "a small model" text
same "a small model: JSON comes back as it was" back m
both_ways none "a model without normalisation" text
check "the binary form of a model without normalisation has that setting" \
	[ "$("$BP" inspect binary | grep -c ' none$')" = 1 ]

"$BP" convert -f binary -o binary m
cat binary >"$T/copy"
run encode -m - text <binary
cp "$T/out" piped
"$BP" encode -m m text >expected
same "a binary model is read from standard input" piped expected
cat binary | "$BP" encode -m - text >piped
same "a binary model is read from a pipe" piped expected

# Where it goes.
printf '{"pieces":{ old\n' >out
run convert -f binary -o out nowhere
fails "a model that is not there" 1 'nowhere: '
check "then the old file stays" [ "$(cat out)" = '{"pieces":{ old' ]
run convert -f binary -o no/folder m
fails "a folder that is not there" 1 'no/folder'
if [ -c /dev/full ]; then
	run convert -f binary -o /dev/full m
	fails "a full disk" 1 '/dev/full: '
	run convert -o /dev/full binary
	fails "a full disk, JSON" 1 '/dev/full: '
fi
cp binary self
run convert -o self self
same "a model may be converted in its place" self m

# NAME COMMAND...: damage that the command makes of the file on its input.
damaged()
{
	name=$1
	shift
	"$@" <binary >damaged
	run encode -m damaged text
	fails "damaged: $name" 1 'bytepiece: encode: damaged: byte [0-9]+: '
	printf '{"pieces":{ old\n' >out
	run convert -o out damaged
	check "damaged: $name: convert fails" [ "$status" = 1 ]
	check "damaged: $name: convert leaves the old file" [ "$(cat out)" = '{"pieces":{ old' ]
}
size=$(wc -c <binary)
change_at() { { dd bs=1 count="$1"; dd bs=1 count=1 | tr '\000-\377' '\001-\377\000'; cat; } 2>/dev/null; }
for at in 1 9 20 40 48 $((size / 2)) $((size - 300)) $((size - 1)); do
	damaged "byte $at" change_at "$at"
done
for n in 1 8 47 48 $((size / 2)) $((size - 1)); do
	damaged "cut off after $n bytes" head -c "$n"
done
more() { cat; echo; }
damaged "more behind the end" more
lines() { sed 's/$/\r/'; }
damaged "line ends changed" lines
head -c 1 binary | tr '\211' '\011' >damaged
tail -c +2 binary >>damaged
run encode -m damaged text
fails "damaged: the top bit of the first byte" 1 'damaged: byte [0-9]+: '

# train, at once and in parts.
cat "$ROOT"/data/*.txt | head -c 200000 >corpus
"$BP" train -q --vocab-size 600,900 -o json corpus
run train -q -f binary --vocab-size 600,900 -o bin corpus
check "train -f binary ends with exit 0" [ "$status" = 0 ]
for n in 600 900; do
	"$BP" convert -o back bin.$n
	same "train -f binary writes the same model: $n" back json.$n
	"$BP" convert -f binary -o back json.$n
	same "train -f binary writes what convert does: $n" back bin.$n
done
"$BP" count --reference -o counts corpus
"$BP" build -q --vocab-size 600 -o built --next plan counts
"$BP" count --plan plan -o counts corpus
run build -q -f binary --vocab-size 600 --plan plan -o built --next plan2 counts
"$BP" train -q --reference -f binary --vocab-size 600 -o whole corpus
same "build -f binary writes what train does" built whole

large=${BP_SHARED:-/nonexistent}/vectors/models/bytepiece_80k.model
if [ -r "$large" ]; then
	both_ways "$large" "the published model of 80k" corpus
	same "the published model of 80k: JSON comes back as it was" back "$large"
else
	skip "the published model of 80k" "BP_SHARED has none"
fi

finish
