# view: pieces in colour, between marks, and as a page.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 "$(printf '\303\251')"; piece 900 'the'; piece 900 ' the'; } | model >m
esc=$(printf '\033')
unset NO_COLOR

# Without colour.
printf 'then the\n\nthe\n' >text
run view -m m text
gives "pieces with marks between them, where it is no terminal" 'the│n│ the\n\nthe\n'
run view -m m <text
gives "from standard input" 'the│n│ the\n\nthe\n'
run view --color never -m m text
gives "--color never" 'the│n│ the\n\nthe\n'
printf 'the\nthe' >two
run view --whole -m m two
gives "--whole: a newline is seen, and ends the line" 'the│↵\nthe\n'
printf 'the\nthe\000th\000' >nuls
run view -z -m m nuls
gives "-z: texts end in NUL" 'the│↵\nthe\nth\n'
printf 'a\033[31m\177\302\205\342\200\256\342\200\250\\\342\224\202\377\355\240\200\360\237\230\200' >bad
run view -m m bad
sed 's/│//g' "$T/out" >got
printf '%s\n' 'a\x1B[31m\x7F\xC2\x85\xE2\x80\xAE\xE2\x80\xA8\x5C\xE2\x94\x82\xFF\xED\xA0\x80\xF0\x9F\x98\x80' >want
same "what a terminal may obey or hide is written as bytes" got want
{ piece 900 "$(printf '\342\200\250')"; piece 900 "$(printf '\342\200\256')"; piece 900 "$(printf '\360\237\230\200')"; } |
	model >m3
run view -m m3 bad
check "so it is where a piece is the character" like 'xE2.x80.xAE│.xE2.x80.xA8' "$T/out"
check "other characters of four bytes are shown" like "$(printf '\360\237\230\200')" "$T/out"

# In colour.
run view --color always -m m text
sed "s/$esc\[38;5;16;48;5;153m/</g; s/$esc\[38;5;16;48;5;222m/{/g; s/$esc\[0m/>/g" "$T/out" >got
printf '<the>{n>< the>\n\n<the>\n' >want
same "--color always: two colours take turns, and end with each piece" got want
NO_COLOR=1 "$BP" view --color always -m m text >got
same "--color always is stronger than NO_COLOR" got "$T/out"
printf 'a\033[31mb\n' >bad1
run view --color always -m m bad1
check "no escape sequence of the text gets through" [ "$(sed "s/$esc\[[0-9;]*m//g" "$T/out" | head -n 1)" = 'a\x1B[31mb' ]
if has_host && command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
	TERM=xterm script -qec "'$BP' view -m m text" /dev/null | tr -d '\r' >got
	run view --color always -m m text
	same "on a terminal: colour" got "$T/out"
	TERM=xterm NO_COLOR=1 script -qec "'$BP' view -m m text" /dev/null >got
	check "on a terminal with NO_COLOR: none" [ "$(grep -c "$esc" got)" = 0 ]
	TERM=xterm NO_COLOR= script -qec "'$BP' view -m m text" /dev/null >got
	check "an empty NO_COLOR says nothing" like "$esc" got
	TERM=dumb script -qec "'$BP' view -m m text" /dev/null >got
	check "a terminal that knows no colour: none" [ "$(grep -c "$esc" got)" = 0 ]
else
	skip "on a terminal: colour" "the program script is missing"
fi

# The same ids as encode gives, in all ways.
cat "$ROOT"/data/languages.txt "$ROOT"/data/code.txt >sample
for with in '' '--sample 0.3' '--sample 0.3 --seed 7'; do
	for records in '' '--whole'; do
		run view --max-texts 1000000000 --max-bytes 1G $with $records -m m text two sample sample
		awk '{ n += $0 == "" ? 0 : gsub(/│/, "") + 1 } END { print n }' "$T/out" >got
		"$BP" encode -f pieces $with $records -m m text two sample sample | tr ' ' '\n' |
			grep -c . >want
		check "there are many to compare" [ "$(cat want)" -gt 10000 ]
		same "view $with $records: as many pieces as encode gives" got want
	done
done
run view --sample 0.3 --seed 7 --max-texts 1000000000 --max-bytes 1G -m m text sample
sed 's/ /\\x20/g; s/│/ /g' "$T/out" >got
"$BP" encode -f pieces --sample 0.3 --seed 7 -m m text sample >want
check "the sample holds something to compare" [ -s want ]
same "view --sample draws as encode does" got want
run view --nbest 2 -m m two
check "--nbest: the best first, after its log-probability" \
	[ "$(sed -n 1p "$T/out" | sed 's/^ *-[0-9.]*  //')" = the ]
check "--nbest: an empty line after each text" [ "$(grep -c '^$' "$T/out")" = 2 ]
check "--nbest: so many lines for each text" [ "$(grep -c . "$T/out")" = 4 ]

# What is left out is said.
run view --max-texts 1 -m m text two two
check "--max-texts: the first texts" [ "$(cat "$T/out")" = 'the│n│ the' ]
check "--max-texts: the exit is 0" [ "$status" = 0 ]
check "--max-texts: what is left out" like 'first 1 text \(8 B\); left out: the rest of text \(5 B\), and 2 more files' "$T/err"
run view --max-texts 3 -m m text
check "a limit that nothing exceeds is not spoken of" is_empty "$T/err"
printf 'a\303\251b\n' >cut
run view --max-bytes 2 -m m cut
check "--max-bytes cuts between characters" [ "$(cat "$T/out")" = a ]
check "--max-bytes: it says so" like 'first 1 text \(1 B\), the last one in part; left out' "$T/err"
run view --max-bytes 3 -m m cut
check "--max-bytes: a whole character stays" [ "$(cat "$T/out")" = "$(printf 'a│\303\251')" ]
run view --max-bytes 4 -m m cut
check "--max-bytes: all that there is" is_empty "$T/err"
yes the | head -n 1500 >many
run view -m m many
check "without options 1000 texts" [ "$(wc -l <"$T/out")" = 1000 ]
check "without options a limit is said too" like 'left out: the rest of many' "$T/err"
if has_host; then
	yes the | "$BP" view -m m --max-texts 2 >got 2>"$T/err"
	check "input that has no end is read up to the limit" [ "$(wc -l <got)" = 2 ]
fi

# Wrong usage and failures.
run view text
fails "a model is needed" 2 '-m MODEL'
for wrong in '--color red' '-f json' '--sample x' '--sample -1' '--seed 1' '--nbest 0' '--nbest 21' \
	'--samples 2' '--nbest 2 --sample 1' '--max-texts 0' '-f html --samples 21'; do
	run view -m m $wrong text
	fails "wrong usage: view $wrong" 2 "$(printf %s "$wrong" | sed 's/ .*//; s/^-f$/--(format|samples)/; s/--samples$/--samples/')"
done
run view -m m none
fails "a file that is not there" 1 'none: No such file'
run view -m m .
check "a folder is no text" [ "$status" = 1 ]
if [ -w /dev/full ]; then
	"$BP" view -f html -m m text >/dev/full 2>"$T/err"
	check "a page that cannot be written fails" [ $? = 1 ]
	check "a page that cannot be written: the reason" like 'standard output: ' "$T/err"
fi

# The page.  Its data hold everything from texts in hexadecimal digits: FILE gives them back.
from_page()
{
	awk '
	/^"[0-9]+":\["/ { split($0, p, "\""); bytes[p[2]] = p[4] }
	/^\[/ { line = $0; sub(/^\[\[/, "", line); sub(/\].*/, "", line); text[n++] = line }
	END {
		for (i = 0; i < n; i++) {
			k = split(text[i], id, ",")
			for (j = 1; j <= k; j++)
				printf "%s", bytes[id[j]]
			print ""
		}
	}' "$1"
}
# FILE: each line as hexadecimal digits.
as_hex()
{
	od -An -v -tx1 "$1" | awk '{
		for (i = 1; i <= NF; i++)
			printf "%s", $i == "0a" ? "\n" : $i
	}'
}

sed 's/[^ -~]//g' "$ROOT"/data/code.txt | head -n 60 >plain
run view -f html -m m plain
check "the page: exit 0" [ "$status" = 0 ]
check "the page: no message" is_empty "$T/err"
from_page "$T/out" >got
as_hex plain >want
check "the page: there is text to compare" [ "$(wc -l <want)" = 60 ]
same "the page: the text is in it" got want
cp "$T/out" page
check "the page names no address" [ "$(grep -ciE 'https?:|//[a-z]+\.|src=|href=|@import|url\(' page)" = 0 ]
check "the page forbids itself the network" like "default-src 'none'" page
check "the page is one document" [ "$(grep -c -e '^<!DOCTYPE html>' -e '^</html>' page)" = 2 ]
for tag in html head body style main footer header table; do
	check "the page: <$tag> opens and closes once" \
		[ "$(grep -cE "<$tag[ >]" page)$(grep -c "</$tag>" page)" = 11 ]
done
check "the page: two scripts, which close" [ "$(grep -cE '<script[ >]' page)$(grep -c '</script>' page)" = 22 ]
check "the page is of ASCII alone" [ "$(tr -d '\t\n -~' <page | wc -c)" = 0 ]

# Nothing in texts, names of files or of models changes the page around them.
name='"><img src=x onerror=alert(1)><script>x'
cp m "$name"
{
	printf '</script><script>alert(1)</script>\n<img src=x onerror=alert(1)>\n"\047&lt;<!--\n'
	printf '\000\342\200\250\342\200\251\342\200\256\377\355\240\200\033\\u003c\n'
} >"$name.txt"
run view -f html -m "$name" "$name.txt"
check "injection: exit 0" [ "$status" = 0 ]
check "injection: no tag but the page's own" \
	[ "$(grep -o '<[a-zA-Z/!][^>]*>' "$T/out" | sort)" = "$(grep -o '<[a-zA-Z/!][^>]*>' page | sort)" ]
check "injection: the page is of ASCII alone" [ "$(tr -d '\t\n -~' <"$T/out" | wc -c)" = 0 ]
from_page "$T/out" >got
as_hex "$name.txt" >want
same "injection: the text is in the page" got want

run view -f html --samples 0 --nbest 1 -m m text
check "--samples 0 --nbest 1: one way for each text" like '^\[\[[0-9,]+\]\]' "$T/out"
run view -f html --max-texts 1 -m m text
check "a page says what is left out" like '"leftOut":"[0-9a-f]+"' "$T/out"
run view -f html -m m text
check "a page that holds all says nothing" like '"leftOut":""' "$T/out"
: >empty
run view -f html -m m empty
check "a page without texts" like '^"files":\[\],' "$T/out"
run view -f html --whole -m m empty
check "a page with an empty text" like '^\[\[\],0,0,0,0,0,0,0\]' "$T/out"

# -o: a file that appears whole or not at all.
for form in text html; do
	"$BP" view -f $form -m m sample >want
	run view -f $form -m m -o out sample
	check "-f $form -o: exit 0" [ "$status" = 0 ]
	check "-f $form -o: nothing goes to standard output" is_empty "$T/out"
	same "-f $form -o: the file has what standard output would have" out want
	run view -f $form -m m -o out empty
	"$BP" view -f $form -m m empty >want
	same "-f $form -o: an existing file is replaced" out want
	run view -f $form -m m -o out sample nope
	fails "-f $form -o: a missing second input" 1 ' nope: No such file'
	same "-f $form -o: then the old file stays" out want
	run view -f $form -m nope -o out sample
	same "-f $form -o: a missing model leaves the old file" out want
	run view -f $form -m m -o none/out sample
	fails "-f $form -o: a missing folder" 1 ' none/out: '
	if [ -c /dev/full ]; then
		run view -f $form -m m -o /dev/full sample
		fails "-f $form -o /dev/full" 1 ' /dev/full: No space left on device$'
	fi
	rm out
	run view -f $form -m m -o out sample nope
	check "-f $form -o: a failure leaves no new file" [ ! -e out ]
	run view -f $form -m m -o - empty
	same "-f $form -o -: standard output" "$T/out" want
done
check "-o: no temporary is left" [ "$(ls -A | grep -c 'bytepiece.tmp')" = 0 ]
run view --color always --nbest 2 -m m -o out text
"$BP" view --color always --nbest 2 -m m text >want
same "-o: --color always --nbest" out want
if has_host && command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
	"$BP" view -m m text >want
	TERM=xterm script -qec "'$BP' view -m m -o out text" /dev/null >/dev/null
	same "-o on a terminal: no colour in the file" out want
fi
finish
