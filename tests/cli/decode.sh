# decode: ends of texts by id 2, JSON, bytes as ids come, and what a wrong id leaves.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 "$(printf '\303\251')"; piece 900 'the'; } | model >m

# Ends of texts.
printf 'the end\n\nth\000e\n\n\303\251\n' >lines
tr '\n\000' '\000\n' <lines >nuls
for f in $(formats decode); do
	run encode --eos -f $f -m m lines
	cp "$T/out" ids
	check "encode --eos -f $f: nothing is said" is_empty "$T/err"
	run decode --eos -f $f -m m ids
	same "-f $f: lines come back by --eos" "$T/out" lines
	"$BP" encode -z --eos -f $f -m m nuls | "$BP" decode -z --eos -f $f -m m >out
	same "-f $f: with -z too" out nuls
	"$BP" encode --whole --bos --eos -f $f -m m lines | "$BP" decode --whole --eos -f $f -m m >out
	same "-f $f: with --whole nothing is added" out lines
	"$BP" decode --eos --flush -f $f -m m ids >out
	same "-f $f: with --flush" out lines
done
printf 'a\nb' >last
"$BP" encode --eos -m m last | "$BP" decode --eos -m m >out
same "lines: a last text without its end mark comes back so" out last
"$BP" encode --eos -f u32 -m m last | "$BP" decode --eos -f u32 -m m >out
printf 'a\nb\n' >expected
same "raw ids cannot tell: it gets one" out expected
printf '100 2 101 2\n2\n' >ids
run decode --eos -m m ids
gives "several texts on a line" 'a\nb\n\n'
run decode --eos --specials -m m ids
gives "--specials: the end of a text is its end mark" 'a\nb\n\n'
run decode -m m ids
gives "without --eos id 2 gives nothing" 'ab\n\n'

# Newlines that raw ids lose.
for f in u16 u32; do
	run encode -f $f -m m last
	check "encode -f $f says that it loses the end of a line, once" \
		[ "$(grep -c 'do not hold the ends of 1 line: with --eos' "$T/err")" = 1 ]
	for how in -q --eos -z --whole; do
		run encode $how -f $f -m m last
		check "encode -f $f $how does not" is_empty "$T/err"
	done
	printf 'one' | "$BP" encode -f $f -m m >out 2>err
	check "encode -f $f of a text without an end mark does not" is_empty err
done
run encode -f json -m m last
check "nor do other formats" is_empty "$T/err"

# JSON.
"$BP" encode -f json -m m lines >json
run decode -f json -m m json
same "decode -f json reads what encode -f json writes" "$T/out" lines
printf '{"text": "a \\"ids\\": [5]", "ids": [100,\n 101], "x": {"ids": [1]}}{"ids": []}\n' >json
run decode -f json -m m json
gives "other members are passed over" 'ab\n\n'
printf '{"ids": [100]}\n{"ids": [101, 999]}\n' >json
run decode -f json -m m json
check "a wrong id has line and position" like \
	'json: line 2, position 2: an id that is not in the vocabulary: 999 .ids end at 261' "$T/err"
printf '{"ids": [100' >json
run decode -f json -m m json
fails "a file that ends too early" 1 'json: the file ends inside an object'

# A wrong id: it is named, and the lines before it are there.
printf '100\n101 102\n103 70000 5\n' >ids
for flush in '' --flush; do
	run decode $flush -m m ids
	printf 'a\nbc\n' >expected
	[ -z "$flush" ] || printf 'a\nbc\nd' >expected
	same "lines before a wrong id are written${flush:+ with --flush}" "$T/out" expected
	check "the wrong id is named${flush:+ with --flush}" like \
		'ids: line 3, position 2: an id that is not in the vocabulary: 70000 .ids end at 261' \
		"$T/err"
done
printf '99999999999999999999' >ids
run decode -m m ids
check "a number of more than 32 bits" like 'vocabulary: more than 4294967295 ' "$T/err"
printf 'd\000\000\000e\000\000\000\377\377\000\000' >ids
run decode -f u32 -m m ids
check "raw ids: so are the bytes before it" [ "$(cat "$T/out")" = ab ]
check "raw ids: it is named" like 'ids: byte 8: .*: 65535 .ids end at 261' "$T/err"

# --flush: bytes come with their ids.
# FACT OPTIONS EXPECTED FIRST SECOND: output after the first part of the ids, while input is open.
comes()
{
	fact=$1 options=$2 expected=$3
	rm -f ask answer
	mkfifo ask answer || return 1
	timeout 60 "$BP" decode --flush $options -m m <ask >answer &
	talker=$!
	exec 3>ask 4<answer
	printf "$4" >&3
	head -c "${#expected}" <&4 >got
	printf "$5" >&3
	exec 3>&-
	cat <&4 >rest
	exec 4<&-
	wait "$talker"
	check "$fact" [ "$(cat got)" = "$expected" ]
}
if has_host; then
	comes "--flush: bytes of an id come before the next" '' 'ab' '100 101 ' '102\n'
	comes "--flush --whole: too" --whole 'the' '261 ' '102\n'
	comes "--flush -f u32: too" '-f u32' 'ab' 'd\000\000\000e\000\000\000' 'f\000\000\000'
	comes "--flush -f u16: too" '-f u16' 'ab' 'd\000e\000' 'f\000'
	comes "--flush -f json: too" '-f json' 'ab' '{"ids": [100, 101,' '102]}'
	comes "--characters: whole ones" --characters 'ab' '100 101 198 ' '172\n'
	check "--characters: then the rest" [ "$(cat rest)" = "$(printf '\303\251\n')" ]
else
	skip "--flush: bytes come with their ids" "$no_host"
fi
# Pieces of characters, whole, broken, and at the end.
printf '198 172 198\n243 162 155 243 162 155 131\n243 162' >ids
"$BP" decode --whole -m m ids >expected
for how in --flush '--flush --characters'; do
	run decode --whole $how -m m ids
	same "$how: all bytes come in the end" "$T/out" expected
done

# Decimal ids are found 64 bytes at a time: all lengths of ids and pieces at all offsets, beside the
# same ids in JSON.
for n in 15 16 17 40; do piece 900 "$(printf "%${n}s" '' | tr ' ' x)"; done | model >long
awk 'BEGIN { s = 1; for (i = 0; i < 20000; i++) {
	s = s * 69621 % 2147483647; id = s % 9 < 2 ? 259 + s % 4 : s % 3 ? 3 + s % 256 : s % 10
	printf "%0*d%s", s % 5 ? 1 : 2 + s % 6, id, s % 11 ? " " : " \n" } print "" }' >ids
sed 's/  *$//; s/  */, /g; s/\([^0-9]\)00*\([0-9]\)/\1\2/g; s/^00*\([0-9]\)/\1/; s/.*/{"ids": [&]}/' ids >json
sed 's/ $//' ids >plain
run decode -f json -m long json
cp "$T/out" expected
run decode -m long plain
same "decimal ids at all offsets" "$T/out" expected
run decode -m long ids
same "and with spaces at the ends of lines" "$T/out" expected
for bad in '263 2' '12345678 2' '-5 2' '5x 2' '5 + 3'; do
	{ head -n 300 plain; echo "7 ${bad% *} 8"; tail -n +301 plain; } >ids
	run decode -m long ids
	check "'${bad% *}' behind 300 lines" [ "$status" = 1 ]
	check "'${bad% *}': the message names it" grep -q "line 301, position ${bad##* }:" "$T/err"
	head -n 300 plain | "$BP" decode -m long >good
	same "'${bad% *}': the lines before it are written" "$T/out" good
done

# So in any number of threads, behind several chunks; and a number that fills chunks.
cat plain plain plain >before
big=$(head -c 300000 /dev/zero | tr '\000' 0)
for bad in 263 5x "1$big"; do
	{ cat before; echo "7 $bad 8"; cat plain; } >ids
	run decode -j 1 -m long ids
	cp "$T/out" expected
	cp "$T/err" message
	shown=$(echo "$bad" | cut -c 1-4)
	check "'$shown' behind 60000 ids fails" [ "$status" = 1 ]
	"$BP" decode -m long before >good
	head -c "$(wc -c <good)" expected >got
	same "'$shown': the lines before it are written" got good
	for j in 2 3 8; do
		run decode -j $j -m long ids
		same "'$shown': the same bytes with -j $j" "$T/out" expected
		same "'$shown': the same message with -j $j" "$T/err" message
	done
done
finish
