# encode --index and -f npy: where texts begin in raw ids, and an array that NumPy opens.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >m
{
	printf 'the other\n\n\nab\n'
	cat "$ROOT"/data/*.txt
	awk 'BEGIN { for (i = 0; i < 30000; i++) printf "the abc %d", i; print "\n" }'
	awk 'BEGIN { for (i = 0; i < 400000; i++) printf "x" }'
	printf '\nlast'
} >a
tr '\n' '\0' <a >nuls
awk '{ gsub(/\\|"/, "\\\\&"); gsub(/\t/, "\\t"); print "{\"text\":\"" $0 "\"}" }' a | tr -d '\001-\010\013-\037' >jsonl
: >empty
printf '\n' >newline

# FILE: numbers of eight bytes, one a line.
numbers() { od -An -v -tu8 -w8 "$1" | tr -d ' '; }
# Lines of ids: where each line begins, and the sum.
begins() { awk 'BEGIN { print 0 } { print n += NF }'; }

# FACT OPTIONS...: the index of raw ids is where the lines of decimal ids begin.
indexed()
{
	fact=$1
	shift
	"$BP" encode -m m "$@" | begins >want
	for f in u16 u32 npy; do
		"$BP" encode -m m -f $f -o plain "$@"
		run encode -m m -f $f -o raw --index index "$@"
		check "$fact: -f $f --index succeeds" [ "$status" = 0 ]
		numbers index >got
		same "$fact: -f $f: the index" got want
		same "$fact: -f $f: the ids are those without an index" raw plain
	done
}
for j in 1 3; do
	for o in '' '--bos --eos'; do
		indexed "lines -j $j $o" -j $j $o a newline empty a
		indexed "-z -j $j $o" -j $j $o -z nuls a empty nuls
		indexed "--whole -j $j $o" -j $j $o --whole a newline empty nuls
		indexed "--jsonl -j $j $o" -j $j $o --jsonl jsonl empty jsonl
	done
	indexed "--sample -j $j" -j $j --sample 0.5 --seed 2 a
	indexed "--specials -j $j" -j $j --specials a
done
indexed "--flush" --flush a newline
indexed "no text" empty
check "the index of no text is one number" [ "$(numbers index)" = 0 ]

# The header of an array: magic, version, length, and a dictionary up to byte 128.
"$BP" encode -m m -f u16 -o raw a
"$BP" encode -m m -f npy -o a.npy a
tail -c +129 a.npy >ids
same "-f npy: the ids of u16 behind the header" ids raw
n=$(($(wc -c <raw) / 2))
{
	printf '\223NUMPY\001\000v\000'
	printf "%-117s\n" "{'descr': '<u2', 'fortran_order': False, 'shape': ($n,), }"
} >want
head -c 128 a.npy >got
same "-f npy: the header" got want
for f in u16 u32; do
	run decode -m m -f $f a.npy
	check "decode -f $f refuses an array of NumPy" [ "$status" = 1 ] && [ ! -s "$T/out" ]
	check "decode -f $f: and says where its ids are" like 'a.npy: .*: tail -c [+]129$' "$T/err"
done
"$BP" encode -m m -f npy a >out.npy
same "-f npy: standard output that is a file" out.npy a.npy
"$BP" encode -m m -f npy a | cat >got
check "-f npy to a pipe writes nothing" is_empty got
"$BP" encode -m m -f npy a 2>message | cat
check "-f npy to a pipe: says that it needs a file" like "standard output: -f npy needs a file" message
"$BP" encode -m m -f npy a >>out.npy 2>message
check "-f npy does not append" [ "$(wc -c <out.npy)" = "$(wc -c <a.npy)" ]
: >out.npy
"$BP" encode -m m -f npy a >>out.npy 2>message
check "-f npy does not append to an empty file" is_empty out.npy
if command -v awk >/dev/null && [ "${BP_QUICK-}" != 1 ]; then
	"$BP" train -q --vocab-size 66000 -o large "$ROOT"/data/*.txt 2>/dev/null
	awk 'BEGIN { for (i = 0; i < 65300; i++) printf "w%d\t9\n", 100000 + i }' >list
	"$BP" edit -q -o large list
	"$BP" encode -m large -f npy -o a.npy newline
	check "-f npy: four bytes for a larger vocabulary" [ "$(head -c 24 a.npy | tail -c 3)" = "<u4" ]
	check "-f npy: an id of four bytes" [ "$(wc -c <a.npy)" = 128 ]
	"$BP" encode -m large -f npy --whole -o a.npy newline
	check "-f npy: an id of four bytes" [ "$(wc -c <a.npy)" = 132 ]
fi

# Both files or none.
for f in ids pieces json; do
	run encode -m m -f $f --index i a
	fails "-f $f has no index" 2 "--index needs a format of raw ids"
done
run encode -m m -f u16 --index - a
fails "index and ids on standard output" 2 "--index and the output are one file"
run encode -m m -f u16 --index i -o i a
fails "index and ids in one file" 2 "--index and the output are one file"
run encode -m m -f u16 --index - -o i newline
check "the index on standard output" [ "$(od -An -v -tu8 "$T/out" | tr -s ' ')" = " 0 0" ]
echo old >i
echo old >o
echo old >old
printf '{"text":"a"}\n{"text":\n' >bad
run encode -m m -f u16 --jsonl --index i -o o bad
check "a damaged input: exit 1" [ "$status" = 1 ]
same "a damaged input: the index stays" i old
same "a damaged input: the ids stay" o old
if [ -c /dev/full ]; then
	run encode -m m -f u16 --index i -o /dev/full a
	fails "ids that cannot be written" 1 '/dev/full'
	same "ids that cannot be written: the index stays" i old
	run encode -m m -f u16 --index /dev/full -o o a
	fails "an index that cannot be written" 1 '/dev/full'
	same "an index that cannot be written: the ids stay" o old
fi
run encode -m m -f u16 --index no/folder/i -o o a
fails "an index in no folder" 1 'no/folder/i'
same "an index in no folder: the ids stay" o old
check "no temporary file is left" [ -z "$(ls | grep bytepiece.tmp)" ]
finish
