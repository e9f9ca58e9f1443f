# Texts and records: lines, -z, --whole; and back again, byte for byte, on any number of threads.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 50 'aa'
	piece 900 'th'
	printf '900 w6k= "\303\251"\n'		# U+00E9
	piece 900 'the'
	piece 900 ' the'
	piece 20 'aaaaaaaa'
} | model >m
without_normalization <m >none
aa=259 th=260 e_acute=261 the=262 _the=263

# FACT TEXT IDS [OPTIONS...]: the text (a format of printf) gives these ids, and they give it.
maps()
{
	fact=$1 text=$2 ids=$3
	shift 3
	printf "$text" >text
	run encode -m m "$@" text
	gives "$fact" "$ids"
	printf "$ids" >ids
	run decode -m m "$@" ids
	gives "$fact: and back" "$text"
}
maps "no input gives no line" '' ''
maps "no input gives no line with -z" '' '' -z
maps "no input gives one empty line with --whole" '' '\n' --whole
maps "a line gives a line" 'ab\n' '100 101\n'
maps "a last line without newline gives ids without newline" 'ab' '100 101'
maps "an empty line gives an empty line" '\n' '\n'
maps "empty lines give empty lines" '\n\na\n\n' '\n\n100\n\n'
maps "two lines, the last without newline" 'a\nb' '100\n101'
maps "longer pieces" 'the other\naaaa\n' "$the 35 114 $the 117\n$aa $aa\n"
maps "a space before a word" 'at the th' "100 119 $_the 35 $th"
maps "NUL is a byte as others" 'a\000b\n\000\n\000' '100 3 101\n3\n3'
maps "CR stays" 'a\r\nb\r\n\r\n' '100 16\n101 16\n16\n'
maps "CR alone ends no line" 'a\rb\n' '100 16 101\n'
maps "the lowest and the highest byte" '\000\377\n' '3 258\n'
maps "malformed UTF-8" 'a\300\200\377\n\303\n\251\303\n' '100 195 131 258\n198\n172 198\n'
maps "a truncated character at the end" 'a\360\237\230' '100 243 162 155'
maps "surrogates and what lies beyond U+10FFFF" '\355\240\200\364\220\200\200\n' \
	'240 163 131 247 147 131 131\n'
maps "U+0085, U+2028, form feed and vertical tab end no line" '\302\205\342\200\250\f\v\n' \
	'197 136 229 131 171 15 14\n'
maps "a character of two bytes" '\303\251\n' "$e_acute\n"

maps "-z: a text gives a line" 'ab\000' '100 101\n' -z
maps "-z: a text may hold newlines" 'a\nb\000\n\000\n\n' '100 13 101\n13\n13 13' -z
maps "-z: empty texts give empty lines" '\000\000a\000\000' '\n\n100\n\n' -z
maps "-z: a last text without NUL gives ids without newline" 'a\000b' '100\n101' -z
maps "-z: a newline at the end is a text" 'a\000\n' '100\n13' -z
maps "--null is -z" 'a\n\000b' '100 13\n101' --null

maps "--whole: newlines are encoded" 'a\nb\n' '100 13 101 13\n' --whole
maps "--whole: a file without newline gives a line with one" 'ab' '100 101\n' --whole
maps "--whole: newlines alone" '\n\n' '13 13\n' --whole
maps "--whole: NULs" '\000\n\000' '3 13 3\n' --whole

# Several files: the last line of each is a text of its own.
printf 'a\nb' >ab
printf 'c\n' >c
printf 'd' >d
: >empty
run encode -m m ab c d
gives "a file's last line without newline is not joined to the next file's first" '100\n101\n102\n103'
run encode -m m ab empty d empty
check "an empty file adds no line" [ "$(tr '\n' , <"$T/out" | sed 's/,$//')" = 100,101,103 ]
run encode --whole -m m ab empty c
gives "--whole: each file gives a line, also an empty one" '100 13 101\n\n102 13\n'
run encode -z -m m ab c
gives "-z: files are not joined" '100 13 101\n102 13'
run encode -m m ab - c <d
gives "standard input stands between files" '100\n101\n103\n102\n'
run encode -m m c c
gives "a file may be given twice" '102\n102\n'
"$BP" encode --whole -m m ab empty c | "$BP" decode --whole -m m >out
cat ab empty c >expected
same "--whole: decode writes the files' bytes and nothing more" out expected
printf '100\n' >ids1
printf '101 102' >ids2
run decode -m m ids1 ids2
gives "decode takes several files" 'a\nbc'
run decode -m m empty
gives "decode of nothing is nothing" ''
run decode --whole -m m empty
gives "decode --whole of nothing is nothing" ''
printf '1 100 0 101 2\n0\n' >ids1
run decode -m m ids1
gives "decode: control tokens stand for no bytes" 'ab\n\n'
run decode -z -m m ids2 ids1
check "decode -z: texts end in NUL" [ "$(tr '\0\n' ',;' <"$T/out")" = bc,ab,, ]

# Normalisation.
printf 'e\314\201\n\341\204\222\341\205\241\341\206\253 \314\201\302\n' >nfd
run encode -m m nfd
check "text is brought into NFC" [ "$(head -n 1 "$T/out")" = $e_acute ]
"$BP" encode -m m nfd | "$BP" decode -m m >out
printf '\303\251\n\355\225\234 \314\201\302\n' >nfc
same "NFC text comes back for text in form D" out nfc
printf '\314\201e\n\314\201\n' >mark
"$BP" encode -m m mark | "$BP" decode -m m >out
same "a combining mark at the start of a line stays apart from the line before" out mark
printf 'e\000\314\201\000' >mark
"$BP" encode -z -m m mark | "$BP" decode -z -m m >out
same "-z: a combining mark at the start of a text stays apart from the text before" out mark
printf 'e' >e
printf '\314\201' >mark
cat e mark >expected
"$BP" encode --whole -m m e mark | "$BP" decode --whole -m m >out
same "--whole: a combining mark at the start of a file stays apart from the file before" out expected
for mode in '' -z --whole; do
	"$BP" encode $mode -m none nfd | "$BP" decode $mode -m none >out
	same "a model without normalisation gives back text in form D${mode:+ with $mode}" out nfd
done

# Round trips of larger inputs: MODEL FILE..., joined by a comma.
noise 150000 >noise
{
	cat "$ROOT"/data/*.txt
	printf '\n\n\n'
	head -c 20000 noise | tr -c 'a-z \n' ' \ntheaa'
} >text
tr '\n' '\000' <text >nul-text
head -c 400000 /dev/zero | tr '\0' '\n' >newlines
head -c 300000 /dev/zero >nuls
head -c 800001 /dev/zero | tr '\0' a >as
{ cat as newlines text noise nuls noise; printf 'the end'; } >mixture
for f in text nul-text newlines nuls as noise mixture; do
	for mode in '' -z --whole; do
		what="$f${mode:+ with $mode}"
		"$BP" encode $mode -j 1 -m none $f >ids-1 && "$BP" decode $mode -j 1 -m none ids-1 >out
		same "$what: comes back byte for byte" out $f
		for j in 2 7; do
			"$BP" encode $mode -j $j -m none <$f >ids-j
			same "$what: $j threads give the ids of one" ids-j ids-1
			"$BP" decode $mode -j $j -m none <ids-1 >out
			same "$what: $j threads decode as one" out $f
		done
	done
done
# All formats that can be decoded: whole files come back, from any number of threads.
check "there are formats to decode" [ "$(formats decode | wc -w)" -ge 3 ]
for f in $(formats decode); do
	for j in 1 2 7; do
		"$BP" encode -f $f --whole -j $j -m none mixture | "$BP" decode -f $f --whole -m none >out
		same "-f $f, $j threads: comes back byte for byte" out mixture
	done
done
"$BP" encode -m none text noise nuls noise as >ids-1
for j in 1 2 7; do
	"$BP" encode -j $j -m none text noise nuls noise as >ids-j
	same "several files: the ids do not depend on the number of threads ($j)" ids-j ids-1
	cat text noise nuls noise as | cat | "$BP" encode --whole -j $j -m m >ids-j
	[ $j = 1 ] && mv ids-j ids-whole && continue
	same "a pipe with --whole: the ids do not depend on the number of threads ($j)" ids-j ids-whole
done
for mode in '' -z --whole; do
	"$BP" encode $mode -m m mixture | "$BP" decode $mode -m m >nfc
	"$BP" encode $mode -m m nfc | "$BP" decode $mode -m m >out
	same "what has come back once comes back unchanged${mode:+ with $mode}" out nfc
	"$BP" encode $mode -m m text | "$BP" decode $mode -m m >out
	same "NFC text comes back unchanged${mode:+ with $mode}" out text
done
# Slow input: a text comes in parts, cut anywhere.
{ printf 'th'; sleep 0.1; printf 'e\n\303'; sleep 0.1; printf '\251 th'; sleep 0.1; printf 'e'; } |
	"$BP" encode -m m >out
printf "$the\n$e_acute $_the" >expected
same "input that comes in parts is not cut at them" out expected

# One long line, and memory.
n=10000000
is_sanitized && n=2000000
head -c $n /dev/zero | tr '\0' a >long
for mode in '' --whole; do
	"$BP" encode $mode -m m <long >ids
	check "a very long line gives one line${mode:+ with $mode}" \
		[ "$(wc -l <ids)" = "$([ -z "$mode" ] || echo 1)$([ -n "$mode" ] || echo 0)" ]
	"$BP" decode $mode -m m <ids >out
	same "a very long line comes back${mode:+ with $mode}" out long
done

# FILE: highest memory in KB while it is encoded with --whole, taken while the program waits for more.
peak()
{
	rm -f fifo
	mkfifo fifo
	"$BP" encode -m m --whole -j 2 <fifo >/dev/null &
	pid=$!
	{
		cat "$1"
		sleep 0.3
		sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" >peak
	} >fifo
	wait $pid
	cat peak
}
bounded="--whole: memory does not grow with a line's length"
# Paths through such a run never meet, so that nothing can be settled; but there is an end to it.
repeated="--whole: a run of one letter, with pieces of 1, 2 and 8, takes at most 8 bytes of memory for a byte"
if [ ! -r /proc/self/status ]; then why="there is no /proc"
elif is_sanitized; then why="a sanitizer keeps memory"
else
	why=
	yes 'the other thing is in the house ' | tr -d '\n' | head -c 10000000 >words
	head -c 6000000 words >some-words
	head -c 2000000 long >less-long
	few=$(peak some-words)
	many=$(peak words)
	check "$bounded ($few and $many KB for 6 and 10 MB)" [ "${many:-9999999}" -lt $((few + 2000)) ]
	few=$(peak less-long)
	many=$(peak long)
	check "$repeated ($few and $many KB for 2 and 10 MB)" [ "${many:-9999999}" -lt $((few + 8 * 8000 + 4000)) ]
fi
[ -z "$why" ] || skip "$bounded" "$why"
[ -z "$why" ] || skip "$repeated" "$why"

# A trained model.
if "$BP" train -q --vocab-size 2000 -o trained "$ROOT"/data/*.txt; then
	for mode in '' -z --whole; do
		"$BP" encode $mode -m trained text >ids
		"$BP" decode $mode -m trained ids >out
		same "a trained model: text comes back${mode:+ with $mode}" out text
		for j in 1 2 7; do
			"$BP" encode $mode -j $j -m trained text >ids-j
			same "a trained model: $j threads give the same ids${mode:+ with $mode}" ids-j ids
		done
	done
	check "a trained model: ids are fewer than half the bytes" \
		[ "$(wc -w <ids)" -lt $(($(wc -c <text) / 2)) ]
else
	not_ok "a trained model: training succeeds"
fi

finish
