# eval: the figures that encode and wc give.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 9 "$(printf '\303\251')"; piece 900 'the'; piece 900 ' the'; } | model >m
cat "$ROOT"/data/prose.*.txt >text
printf 'no newline, caf\303\251, the \377 end' >unended

# NAME: that figure of the last run.
figure() { sed -n "s/^$1  *\([0-9.]*\).*/\1/p" "$T/out"; }
# FACT NAME NUMBER
is() { check "$1: $2 is $3" [ "$(figure "$2")" = "$3" ]; }

for j in 1 2 7; do
	run eval -m m -j $j text
	check "eval -j $j: exit 0" [ "$status" = 0 ]
	is "-j $j" bytes "$(tr -d '\n' <text | wc -c)"
	is "-j $j" texts "$(wc -l <text)"
	is "-j $j" tokens "$("$BP" encode -m m text | wc -w)"
	is "-j $j" characters "$(tr -d '\n\200-\277' <text | wc -c)"
	is "-j $j" 'vocabulary used' "$("$BP" encode -m m text | tr ' ' '\n' | sort -u | grep -c .)"
	is "-j $j" 'byte tokens' "$("$BP" encode -m m text | tr ' ' '\n' | awk '$1 >= 3 && $1 < 259' | wc -l)"
done
run eval -m m text unended
is "a last text without newline counts" texts $(($(wc -l <text) + 1))
is "a last text without newline counts" tokens "$("$BP" encode -m m text unended | wc -w)"
run eval --whole -m m text unended
is "--whole" texts 2
is "--whole" bytes "$(cat text unended | wc -c)"
is "--whole" tokens "$("$BP" encode --whole -m m text unended | wc -w)"
tr '\n' '\000' <text >nuls
run eval -z -m m nuls
is "-z" texts "$(wc -l <text)"
is "-z" tokens "$("$BP" encode -m m text | wc -w)"
tr -d '\n' <text >long
cat long long long long long long long long >line
run eval -m m line
is "a line of several chunks" texts 1
is "a line of several chunks" tokens "$("$BP" encode -m m line | wc -w)"
run eval -m m <text
is "standard input" texts "$(wc -l <text)"
run eval -m m /dev/null
check "nothing: exit 0" [ "$status" = 0 ]
is "nothing" texts 0
is "nothing" tokens 0
run eval -f json -m m text
check "-f json: one object" [ "$(wc -l <"$T/out")" = 1 ]
check "-f json: the figures are there" like "\"tokens\": $("$BP" encode -m m text | wc -w)," "$T/out"
if command -v python3 >/dev/null; then
	check "-f json: it is JSON" eval 'python3 -c "import json, sys; json.load(sys.stdin)" <"$T/out"'
else
	skip "-f json: it is JSON" "there is no python3"
fi
# --plot: the figures from what encode gives.
# FILE: "texts_by_bytes_per_token" of its lines, which are in normal form, from their lengths and ids.
ratios()
{
	"$BP" encode -m m "$1" | awk '{ print NF }' >n
	awk 'NR == FNR { n[NR] = $1; next }
		n[FNR] > 0 { k = int(4 * length($0) / n[FNR]); seen[k < 64 ? k : 64]++ }
		END {
			for (k = 0; k <= 64; k++)
				if (seen[k])
					printf "%s{\"from\": %.2f, \"texts\": %d}", m++ ? ", " : "", k / 4, seen[k]
		}' n "$1"
}
# FILE: "by_rank"
ranks()
{
	"$BP" encode -m m "$1" | tr ' ' '\n' | grep . | sort | uniq -c | sort -rn | awk '
		NR == 2 * from || NR == 1 {
			if (NR > 1)
				printf "{\"from\": %d, \"to\": %d, \"tokens\": %d}, ", from, NR - 1, sum
			from = NR
			sum = 0
		}
		{ sum += $1 }
		END { printf "{\"from\": %d, \"to\": %d, \"tokens\": %d}", from, NR, sum }'
}
# FILE: "by_length"; the model's pieces of more than a byte have 2, 2, 3 and 4.
lengths()
{
	"$BP" encode -m m "$1" | tr ' ' '\n' | grep . | awk '
		{
			l = $1 < 259 ? 1 : $1 < 261 ? 2 : $1 - 258
			tokens[l]++
			pieces[l] += !seen[$1]++
		}
		END {
			for (l = 1; l <= 4; l++)
				if (tokens[l])
					printf "%s{\"bytes\": %d, \"tokens\": %d, \"pieces\": %d}",
						n++ ? ", " : "", l, tokens[l], pieces[l]
		}'
}
# Lines over several chunks that are cut into few pieces here, and many there.
yes ' the' | tr -d '\n' | head -c 300000 >thes
{ echo; cat text line; echo; cat thes line; echo the; echo; cat line thes; echo ' the the'; echo; } >lines
expected="\"by_length\": [$(lengths lines)], \"by_rank\": [$(ranks lines)], \"texts_by_bytes_per_token\": [$(ratios lines)]}"
for j in 1 2 7; do
	run eval -f json --plot -m m -j $j lines
	check "--plot -f json: the figures are those of encode, -j $j" \
		[ "$(sed 's/.*, "by_length"/"by_length"/' "$T/out")" = "$expected" ]
done
run eval -f json --plot --whole -m m text
check "--plot --whole: one text" like '_token": \[{"from": 1.[05]0, "texts": 1}\]' "$T/out"
run eval -f json --plot -m m /dev/null
check "--plot: nothing" like '"by_length": \[\], "by_rank": \[\], "texts_by_bytes_per_token": \[\]}$' \
	"$T/out"
run eval -m m text
sed '/^encoding rate/d' "$T/out" >plain
for columns in 40 80 133; do
	COLUMNS=$columns
	export COLUMNS
	run eval --plot -m m text
	unset COLUMNS
	sed '1,/^encoding rate/d' "$T/out" >plot
	check "--plot: the bars fill $columns columns" \
		[ "$(awk 'length($0) > n { n = length($0) } END { print n }' plot)" = $columns ]
	sed '/^encoding rate/,$d' "$T/out" | cmp -s - plain
	check "--plot: the lines before it stay, $columns columns" [ $? = 0 ]
done
check "--plot: a bar for each length" [ "$(grep -c '^  [1-4]  [#.]' plot)" -ge 4 ]
check "--plot: the tokens of one byte" like "^  1  #* *$("$BP" encode -m m text | tr ' ' '\n' |
	awk '$1 >= 3 && $1 < 259' | wc -l)  " plot

run eval text
fails "without a model" 2 '-m MODEL is required'
run eval -m m nope
fails "a missing input" 1 ' nope: '

# Measures, worked out by hand: 8 tokens, of them a 4 times, b 2 times, and both bytes of a letter.
{ piece 2 'zz'; } | model >few
printf 'aaaabb\303\251\n' >some
run eval -m few some
check "tokens of one byte that are parts of characters" like \
	'^parts of characters  2 of the byte tokens .25.00 % of tokens.$' "$T/out"
check "pieces used under 5 times" like '^used under 5 times  4 pieces$' "$T/out"
check "tokens per character" like '^tokens per character  1.1429$' "$T/out"
renyi=$(awk 'BEGIN {
	sum = 0.5 ^ 2.5 + 0.25 ^ 2.5 + 2 * 0.125 ^ 2.5
	printf "%.4f", log(sum) / (1 - 2.5) / log(257)
}')
check "Renyi efficiency: $renyi" like "^Renyi efficiency  $renyi\$" "$T/out"
printf 'bb\n' >other
run eval --per-file -m few some other
printf 'bytes\ttokens\tbytes/token\ttokens/character\ttokens/word\tRenyi\tparity\tfile\n' >expected
head -n 1 "$T/out" >found
same "--per-file: a line of names" found expected
check "--per-file: a line for a file" like '^8	8	1.0000	1.1429	8.0000	0.[0-9]*	1.0000	some$' "$T/out"
check "--per-file: and for the other" like '^2	2	1.0000	1.0000	2.0000	0.0000	0.2500	other$' "$T/out"
grep -v -e '	' -e rate "$T/out" >found
"$BP" eval -m few some other | grep -v rate >expected
same "--per-file: the total is that of all files" found expected
run eval --per-file -f json -m few some other
check "--per-file -f json" like '^{"bytes": 10, .*"files": \[{"file": "some", "bytes": 8, .*"renyi_efficiency": 0.000000}\]}$' "$T/out"
check "--per-file -f json: parity" like '"tokens_per_word": 2.000000, "parity": 0.250000, ' "$T/out"
cp some "$(printf 'a\tb\033[31m\n')"
run eval --per-file -m few "$(printf 'a\tb\033[31m\n')" other
check "--per-file: a name brings no control character" \
	like '	1.0000	a.x09b.x1B\[31m' "$T/out"

# Words are runs without white space of ASCII, also over chunks and texts.
# FILE: the number of its words.
words() { tr -s ' \t\n\v\f\r\000' '\n' <"$1" | grep -ac .; }
printf '\t a\vbb\fc\r\n\n x\303\251\302\240y \n\001z' >blanks
run eval -m m blanks
is "white space" words 5
awk 'BEGIN { for (i = 0; i < 90000; i++) printf "w%d%s", i, i % 7 ? " " : "  \t" }' >long
awk 'BEGIN { for (i = 0; i < 400000; i++) printf "%s", i % 10 ? "the" : "q" }' >one
awk 'BEGIN { for (i = 0; i < 400000; i++) print "w" }' >short
{ echo; cat text long line; echo; cat one; echo ' '; cat short one; } >chunks
tr '\n' '\000' <chunks >nuls
for j in 1 2 7; do
	for f in text long one chunks; do
		run eval -m m -j $j $f
		is "$f -j $j" words "$(words $f)"
		run eval -m m --whole -j $j $f
		is "$f --whole -j $j" words "$(words $f)"
	done
	run eval -m m -z -j $j nuls
	is "-z -j $j" words "$(words nuls)"
done
run eval -m m one one
is "a file ends a word" words 2
printf '{"text": "ab"}\n{"text": "c d\\n\\te"}\n{"text": ""}\n{"text": "f"}\n' >docs
run eval -m m --jsonl docs
is "--jsonl" words 5
check "tokens per word" like "^tokens per word   $(awk 'BEGIN { printf "%.4f", 9 / 5 }')\$" "$T/out"

# Several models side by side, on equal texts.
"$BP" eval -m m text some | sed '/rate/d; s/^\(.\{16\}[^0-9]*\)  *\([0-9.]*\).*/\2/' >left
"$BP" eval -m few text some | sed '/rate/d; s/^\(.\{16\}[^0-9]*\)  *\([0-9.]*\).*/\2/' >right
paste -d ' ' left right >expected
run eval -m m -m few text some
sed -e '1,2d' -e '/rate/d' -e 's/^.\{20\} *\([0-9.]*\)  *\([0-9.]*\)$/\1 \2/' "$T/out" >found
same "two models: a column each" found expected
check "two models: a line of names" [ "$(sed -n '1s/  */ /gp' "$T/out")" = ' m few' ]
check "two models: their sizes" [ "$(sed -n '2s/  */ /gp' "$T/out")" = 'pieces 260 257' ]
run eval -f json -m m -m few text
sed 's/"encoding_rate": [0-9.]*/R/g' "$T/out" >found
for m in m few; do "$BP" eval -f json -m $m text | sed "s/^{/{\"model\": \"$m\", /"; done |
	sed 's/"encoding_rate": [0-9.]*/R/g' | paste -s -d , | sed 's/},{/}, {/; s/.*/[&]/' >expected
same "two models, -f json: an array" found expected
run eval --per-file -m m -m few text some
sed -n '2,5p' "$T/out" >found
for m in m few; do "$BP" eval --per-file -m $m text some | sed -n "2,3s/\$/	$m/p"; done >expected
same "two models, --per-file: the lines of each" found expected
run eval --per-file -f json -m m -m few text some
check "two models, --per-file -f json" [ "$(grep -o '"files": \[' "$T/out" | wc -l)" = 2 ]
run eval -m m -m nope text
fails "two models, one missing" 1 ' nope: No such file'
# FACT: the last output is that for files, but for the rate of encoding.
as_files()
{
	sed 's/"encoding_rate": [0-9.]*/R/g' "$T/out" >found
	same "$1" found expected
	check "$1: no temporary is left" holds "$TMPDIR"
}
"$BP" eval -f json -m m -m few text some text | sed 's/"encoding_rate": [0-9.]*/R/g' >expected
cat text | run eval -f json -m m -m few - some text
as_files "two models, standard input among files"
if has_host; then
	mkfifo fifo
	cat text >fifo &
	run eval -f json -m m -m few text some fifo
	as_files "two models, a pipe by its name"
	rm fifo
fi
"$BP" eval -f json --per-file -m m -m few text some |
	sed 's/"encoding_rate": [0-9.]*/R/g; s/"text"/"-"/g' >expected
cat text | run eval -f json --per-file -m m -m few - some
sed 's/standard input/-/g' "$T/out" >found
mv found "$T/out"
as_files "two models, --per-file of standard input"
: >none
"$BP" eval -f json -m m -m few text none | sed 's/"encoding_rate": [0-9.]*/R/g' >expected
cat text | run eval -f json -m m -m few - none
as_files "two models, standard input and an empty file"
printf '{"text": "ab"}\n' >docs
"$BP" eval -f json --jsonl -m m -m few docs | sed 's/"encoding_rate": [0-9.]*/R/g' >expected
cat docs | run eval -f json --jsonl -m m -m few
as_files "two models, JSON lines from standard input"
run eval --plot -m m -m few text
fails "two models, --plot" 2 '--plot takes one model'
printf '{"text": "ab"}\nbad\n' >docs
run eval --jsonl --skip-bad -m m -m few docs
check "two models, --skip-bad: skipped lines are reported once" [ "$(grep -c skipped "$T/err")" = 1 ]
printf '\037\213\010\000' >gzip
run eval -m m -m few gzip
check "two models: a warning about the input comes once" [ "$(grep -c warning "$T/err")" = 1 ]

finish
