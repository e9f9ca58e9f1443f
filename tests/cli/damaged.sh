# Models: other layouts that mean the same, and damaged ones, which are refused with the place.
. tests/cli/lib.sh

cd "$T/w" || exit 1
# Lines 1: "{"; 2 to 1281: bytes, five lines each; then "th", "the", " the"; at last "}".
{ piece 100 'th'; piece 90 'the'; piece 80 ' the'; } | model >good
size=$(wc -c <good)
line_of() { echo $((2 + 5 * $1)); }		# BYTE: the line where its entry begins
lines=$(awk 'END { print NR }' good)
start() { head -n $(($1 - 1)) good | wc -c; }	# LINE: where it begins in the file
end() { head -n "$1" good | wc -c; }		# LINE: where the next one begins

printf 'the other then\nA\000\n\n"\\\303\251' >text
printf '260 35 114 260 117 261 113\n68 3\n\n37 95 198 172' >ids

# FACT: the model on standard input gives the ids that it should.
loads()
{
	cat >m
	run encode -m m text
	check "$1: loads" [ "$status" = 0 ]
	same "$1: gives the same ids" "$T/out" ids
}

loads "the reference's layout" <good
tr -d ' \n' <good | sed 's/,"the",80/," the",80/; s/,"",1\],"IQ/," ",1],"IQ/' >compact
loads "one line without blanks" <compact
check "one line without blanks: is one" [ "$(wc -l <compact)" = 0 ]
sed 's/,$/ \t\r\n ,\t/; s/": \[/" \r\n\t : [ \n\n/' good | loads "more blanks of every kind"
{ printf '\n\t \r'; cat good; printf ' \t\r\n'; } | loads "blanks around it"
sed 's/$/\r/' good | loads "lines that end in CR and LF"
sed 's/"\(A\)\(Q==\)"/"\\u0041\\u0051\\u003D="/; s/"dGhl"/"\\u0064\\u0047hl"/; s/"the"/"\\u0074h\\u0065"/
	s/"\/w=="/"\\\/w\\u003d\\u003D"/; s/"\\n"/"\\u000a"/; s/"\/"/"\\\/"/' good >escaped
loads "escaped characters" <escaped
check "escaped characters: are there" [ "$(grep -c '\\' escaped)" -gt $(($(grep -c '\\' good) + 2)) ]
# Members in another order: the entries backwards.
awk -v last="$lines" 'NR > 1 && NR < last {
	i = int((NR - 2) / 5)
	sub(/\],$/, "]")
	entry[i] = entry[i] $0 "\n"
	n = i
}
END {
	print "{"
	for (i = n; i >= 0; i--)
		printf "%s%s", entry[i], (i > 0 ? ",\n" : "}\n")
}' good >backwards
loads "members in another order" <backwards
check "members in another order: are so" like '"IHRoZQ==": ' backwards
without_normalization <good >none
loads "a model without normalisation" <none
sed 's/^{"bytepiece": \(.*\), "pieces"/{"pieces"/
	$s/}}$/}, "bytepiece": {"specials": ["<pad>","<bos>","<eos>"], "normalize": "none", "version": 1} }/' \
	none >none-last
check "the settings after the pieces: are there" like ', "bytepiece": \{"specials"' none-last
loads "the settings after the pieces" <none-last
if [ -e /dev/stdin ]; then
	run encode -m /dev/stdin text <good
	same "a model may come from /dev/stdin" "$T/out" ids
	cat good | "$BP" encode -m /dev/stdin text >out
	same "a model may come from a pipe" out ids
else
	skip "a model may come from /dev/stdin" "there is none"
	skip "a model may come from a pipe" "there is no /dev/stdin"
fi
mkfifo fifo
cat good >fifo &
writer=$!
run encode -m fifo text
kill $writer 2>/dev/null
wait
same "a model may come from a named pipe" "$T/out" ids

# NAME FROM TO REASON: the model on standard input is refused, at a byte from FROM to TO.
damaged()
{
	cat >"damaged"
	cmp -s "damaged" good && not_ok "damaged: $1: differs from a good model"
	run encode -m "damaged" text
	fails "damaged: $1: is refused" 1 "^bytepiece: encode: damaged: byte [0-9]+: .*$4"
	check "damaged: $1: one line of message" [ "$(wc -l <"$T/err")" = 1 ]
	at=$(sed -n '1s/^[^:]*: [^:]*: [^:]*: byte \([0-9]*\): .*/\1/p' "$T/err")
	[ -z "$at" ] ||
		check "damaged: $1: the place is right" [ "$at" -ge "$2" -a "$at" -le "$3" ]
}
# NAME LINE COMMAND [REASON]: the same for the good model with a line changed by a command of sed;
# the place is in this line.
damaged_line()
{
	sed "$2$3" good >changed
	damaged "$1" "$(start "$2")" "$(head -n "$2" changed | wc -c)" "${4-}" <changed
}

# Cut off: the place is the end.
for n in 0 1 2 6 10 13 14 15 25 26 27 35 36 43 45 50 56 57 60 1000 10003 $((size / 2)) \
	$((size - 20)) $((size - 8)) $((size - 3)) $((size - 2)) $((size - 1)); do
	head -c $n good | damaged "cut off after $n bytes" "$n" "$n"
done
head -c 300000 /dev/zero | damaged "NUL bytes" 0 0
head -c 1000 "$BP" | damaged "a program" 0 0
printf '%s' 'the' | damaged "plain text" 0 0
for json in '[]' '"x"' 'null' '1' '[{}]' 'true' '}' ',' '{,}' "{'AA==': [3, '', 1]}" '// x'; do
	printf %s "$json" | damaged "instead of a model $json" 0 1
done
printf '{}' | damaged "no pieces" 0 2
printf '\357\273\277{' | damaged "a byte order mark and a brace" 0 4
printf '{"AA==": }' | damaged "a member without value" 9 9
printf '{"AA==" [3,"",1]}' | damaged "a member without colon" 8 8
printf '{"AA==": [3 "",1]}' | damaged "a list without comma" 12 12
printf '{AA==: [3, "", 1]}' | damaged "a name without quotes" 1 1
printf '{"AA==": [3, "", 1,]}' | damaged "a comma at the end of a list" 18 19
printf '{"AA==": [3, "", 1}' | damaged "a brace for a bracket" 18 18
sed '$d' good | sed '$s/]/],/' | { cat; printf '}'; } | damaged "a comma at the end" \
	$((size - 2)) $size
{ cat good; printf 'x'; } | damaged "a letter after the end" "$size" "$size"
{ cat good; printf '\n\n}'; } | damaged "a brace after the end" $((size + 2)) $((size + 2))
{ cat good; printf '\000'; } | damaged "a NUL after the end" "$size" "$size"
{ cat good good; } | damaged "two models" "$size" "$size"
{ cat good; printf ','; } | damaged "a comma after the end" "$size" "$size"

# Types.
l=$(line_of 65)
for v in '"68"' null true '[68]' '{}' 68.0 68.5 6e1 068 +68 -68 0x44 '' nan 68L; do
	damaged_line "an id that is $v" $((l + 1)) "s/68/$v/"
done
for v in 68 null false '["A"]' '{"A": 1}' A "'A'" ''; do
	damaged_line "a text that is $v" $((l + 2)) "s/\"A\"/$v/"
done
for v in '"1"' null true '[1]' '{}' 0 -1 -0 1.5 0.1 1e-2 01 +1 . - 1. .5 1e 1x NaN Infinity \
	18446744073709551616 18446744073709551617 1000000000000000000000000000000 \
	1e30 1e400 99999999999999999999999999999999999999999999999999999999999999999999; do
	damaged_line "a count that is $v" $((l + 3)) "s/1/$v/"
done
sed "$((l + 2))s/,$//; $((l + 3))d" good | damaged "a list of two" "$(start "$l")" "$(end $((l + 3)))"
damaged_line "a list of four" $((l + 3)) 's/1/1, 1/'
for v in null 3 '"x"' '{"a": 1}' '[]'; do
	sed "$l,$((l + 4))d" good | sed "$((l - 1))a\\
    \"QQ==\": $v," | damaged "instead of a piece's list $v" "$(start "$l")" $(($(start "$l") + 20))
done

# Pieces.
for v in Q Q= Q== QQ QQ= QQ=== QQQ 'Q Q==' ' QQ==' 'QQ==\\n' 'QQ==QQ==' 'Q*==' '====' 'Q=Q=' 'QQ-_' \
	'QR==' 'QQ==x' 'Q\\u00e9==' 'Q\\u0000=='; do
	damaged_line "a piece named $v" "$l" "s/QQ==/$v/"
done
damaged_line "an empty piece" "$l" 's/QQ==//'
damaged_line "a piece twice" "$l" 's/QQ==/QA==/'
sed "$(line_of 64),$((l - 1))d" good | damaged "a missing byte" 0 "$size"
sed "2,6d" good | damaged "a missing NUL" 0 "$size"
sed "$((lines - 15)),$((lines - 11))d" good | sed "$((lines - 21))s/25[0-9]/&/" |
	damaged "a piece left out before the last" $(($(start $((lines - 15))) - 10)) "$size"
sed '2,1276d' good | damaged "almost no bytes" 0 "$size"

# Ids.  Of two that are at odds with each other either may be named.
for v in 67 69 0 1 2 3 262 70000 4294967364 18446744073709551684 99999999999999999999999999; do
	sed "$((l + 1))s/68/$v/" good | damaged "an id that is $v" \
		"$(start "$(line_of 64)")" "$size"
done
sed "$((lines - 4))s/261/262/" good | damaged "a gap before the last id" \
	"$(start $((lines - 5)))" "$size"
awk '{ if ($1 ~ /^[0-9]+,$/) sub(/[0-9]+/, $1 + 1); print }' good |
	damaged "ids that begin at 4" 0 "$size"
awk '{ if ($1 ~ /^[0-9]+,$/) sub(/[0-9]+/, $1 - 3); print }' good |
	damaged "ids that begin at 0" 0 "$size"

# Strings.
text=$((l + 2))
at=$(($(start $text) + 9))
for b in 000 001 011 012 037; do
	{ head -c "$at" good; printf "\\$b"; tail -c "+$((at + 2))" good; } |
		damaged "control character $b in a text" "$at" "$at"
done
at=$(($(start "$l") + 5))
awk -v n="$l" 'NR == n { sub(/QQ==/, "\tQQ==") } { print }' good |
	damaged "a control character in a name" "$at" "$at"
for v in '\\ud800' '\\udc00' '\\udc00\\ud800' '\\ud800x' '\\ud800\\n' '\\ud83d\\u0041' '\\uD83D\\uD83D' \
	'\\u' '\\u00' '\\u004' '\\u00g1' '\\x41' '\\A' '\\ ' '\\u+041' '\\' "\\\\'"; do
	damaged_line "a text that is \"$(printf %s "$v" | sed 's/\\\\/\\/g')\"" $text "s/\"A\"/\"$v\"/"
done
for b in '\200' '\377' '\300\201' '\340\200\201' '\355\240\200' '\364\220\200\200' '\303'; do
	awk -v n=$text -v b="$(printf "$b")" 'NR == n { sub(/"A"/, "\"" b "\"") } { print }' good |
		damaged "malformed UTF-8 $b in a text" "$(start $text)" "$(end $text)"
done
sed "${text}s/\"A\"/\"A/" good | damaged "a text without end" "$(start $text)" "$(end $text)"
{ printf '{"'; head -c 3000000 /dev/zero | tr '\0' A; } | damaged "an endless name" 1 3000002
{ printf '{"AA==": [3, "'; head -c 3000000 /dev/zero | tr '\0' A; } |
	damaged "an endless text" 13 3000014
{ printf '{"AA==": ['; head -c 3000000 /dev/zero | tr '\0' 1; } |
	damaged "an endless number" 10 3000010

# Depth.
head -c 100000 /dev/zero | tr '\0' '[' >deep
damaged "100000 brackets" 0 0 <deep
{ printf '{"AA==": '; cat deep; } | damaged "100000 brackets as a value" 9 100009
{ printf '{"bytepiece": '; cat deep; } | damaged "100000 brackets as settings" 14 100014
{ printf '{"bytepiece": {"version": 1, "specials": '; cat deep; } |
	damaged "100000 brackets as specials" 41 100041
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "{\"AA==\":" }' | damaged "100000 braces" 0 800000

# Settings.
settings() { sed "1s/.*\"pieces\"/$1, \"pieces\"/" none; }
settings '{"bytepiece": {"version": 2, "normalize": "none", "specials": ["<pad>", "<bos>", "<eos>"]}' |
	damaged "an unknown version" 14 60
settings '{"bytepiece": {"version": "1", "normalize": "none", "specials": ["<pad>", "<bos>", "<eos>"]}' |
	damaged "a version that is no number" 14 60
settings '{"bytepiece": {"version": 1, "normalize": "nfd", "specials": ["<pad>", "<bos>", "<eos>"]}' |
	damaged "an unknown normalisation" 14 60
settings '{"bytepiece": {"version": 1, "normalize": 0, "specials": ["<pad>", "<bos>", "<eos>"]}' |
	damaged "a normalisation that is no string" 14 60
settings '{"bytepiece": {"version": 1, "normalize": "none", "specials": 1}' |
	damaged "specials that are no list" 14 80
settings '{"bytepiece": []' | damaged "settings that are no object" 14 20
settings '{"bytepiece": {"version": 1, "normalize": "none", "specials": ["<pad>", "<bos>", "<eos>"]}, "bytepiece": {}' |
	damaged "settings twice" 60 100
printf '{"bytepiece": {"version": 1, "normalize": "none", "specials": ["<pad>", "<bos>", "<eos>"]}}' |
	damaged "settings without pieces" 60 92
printf '{"pieces": {}, "bytepiece": {"version": 1, "normalize": "none", "specials": ["<pad>", "<bos>", "<eos>"]}}' |
	damaged "settings with no pieces" 0 106

# Much of nothing, through a pipe.
head -c 300000000 /dev/zero | tr '\0' ' ' >fifo &
writer=$!
run encode -m fifo text
fails "damaged: 300 MB of blanks: is refused" 1 ' fifo: byte [0-9]+: '
check "damaged: 300 MB of blanks: one line of message" [ "$(wc -l <"$T/err")" = 1 ]
kill $writer 2>/dev/null
wait

run inspect damaged
fails "inspect refuses a damaged model with the place" 1 '^bytepiece: inspect: damaged: byte [0-9]+: '
run decode -m damaged ids
fails "decode refuses a damaged model with the place" 1 '^bytepiece: decode: damaged: byte [0-9]+: '
echo old >out
run encode -m damaged -o out text
fails "a damaged model is refused with -o" 1 'damaged: byte [0-9]+: '
check "a damaged model leaves the output file" [ "$(cat out)" = old ]

finish
