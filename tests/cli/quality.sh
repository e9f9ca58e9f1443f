# eval --quality and inspect --quality: figures worked out by hand, and equal for any threads.
. tests/cli/lib.sh

cd "$T/w" || exit 1
# All counts are 1000 together, and the text has 1000 tokens: each piece is expected count times.
{ piece 300 ' x'; piece 200 'zz'; piece 44 'a b'; piece 200 '--------'; } | model >m

# NUMBER LINE: that number of equal lines.
lines() { yes "$2" | head -n "$1"; }
# The letters that fill up the text are in five files, the rest in one to three.
for i in 1 2 3 4 5; do lines 187 q >f$i; done
: | tee f6 f7 f8 f9 >f10
lines 15 zz >>f6
lines 10 zz >>f7
lines 10 'a b' >>f8
lines 9 ' x' >>f8
printf '%056d\n' 0 | tr 0 - >f9
printf '%048d\n' 0 | tr 0 - | tee f10 >>f7
echo qq >f11
files='f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11'
cat $files >all
check "the text has 1000 tokens" [ "$("$BP" encode -m m all | wc -w)" = 1000 ]

# NAME: a figure with its note.
figure() { sed -n "s/^$1  *\([0-9-].*\)/\1/p" "$T/out"; }
# NAME TEXT
is() { check "$1: $2" [ "$(figure "$1")" = "$2" ]; }

# Of four pieces expected, 25 of 200 'zz', 10 of 44 'a b', but 19 of 200 '--------' and 9 of 300 ' x'.
run eval --quality -m m $files
is 'hardly used' '2 of 4 pieces with 10 uses expected'
is 'hardly used, %' '50.00 of them'
# 'zz' in two files, 'a b' in one; '--------' is in three, ' x' is not used 10 times.
is 'single-source' '2 pieces, in a text of 11 parts'
is 'single-source, %' '3.50 of tokens'
is 'over word ends' '1 pieces'
is 'over word ends, %' '1.00 of tokens'
is 'long runs' '1 pieces, of up to 8 equal bytes'
is 'long runs, %' '1.90 of tokens'
is 'longest piece' '8 bytes'
check "hardly used pieces are listed" [ "$(sed -n '/^hardly used pieces/,/^$/p' "$T/out" |
	sed 1,2d | awk 'NF { printf "%s %s %s %s %s, ", $1, $2, $3, $4, $5 }')" = \
	'9 300.0 1 2 \x20x, 19 200.0 3 8 --------, ' ]
check "single-source pieces are listed" [ "$(sed -n '/^single-source pieces/,/^$/p' "$T/out" |
	sed 1,2d | awk 'NF { printf "%s %s %s %s %s, ", $1, $2, $3, $4, $5 }')" = \
	'25 200.0 2 2 zz, 10 44.0 1 3 a\x20b, ' ]
run eval --quality -f json -m m $files
check "-f json: the figures" like '"expected": 4, "parts": 11, "hardly_used": 2, "hardly_used_tokens": 28, "single_source": 2, "single_source_tokens": 35, "over_word_ends": 1, "over_word_ends_tokens": 10, "long_runs": 1, "long_runs_tokens": 19, "longest_run": 8, "longest_piece": 8' "$T/out"
check "-f json: a list" like '"hardly_used_pieces": \[\{"id": 259, "piece": "..x20x", "length": 2, "uses": 9, "expected": 300.000000, "parts": 1\}, \{' "$T/out"
sed 's/"encoding_rate": [0-9.]*/R/' "$T/out" >expected
run eval --quality --per-file -f json -m m $files
sed 's/"encoding_rate": [0-9.]*/R/; s/, "files": .*\]}$/}/' "$T/out" >found
same "--per-file: the figures of all are those without it" found expected
run eval --quality -m m all
is 'single-source' '-'
run eval --quality -f json -m m all
check "-f json: a text of few parts does not tell" like '"single_source": null, ' "$T/out"
run eval --quality -m m /dev/null
is 'hardly used' '0 of 0 pieces with 10 uses expected'
run eval -m m $files
check "without --quality no such figure" [ -z "$(figure 'hardly used')" ]

# Files are blocks.  Of 64, the first, second and last are three parts; of 65, two.
mkdir parts
for i in 10 11 12 13 14 15 16; do for k in 0 1 2 3 4 5 6 7 8 9; do echo q >parts/$i$k; done; done
for i in 100 101 163 164; do lines 4 zz >parts/$i; done
rm parts/16[5-9]
run eval --quality -m m parts/1[0-5]? parts/16[0-3]
is 'single-source' '0 pieces, in a text of 64 parts'
echo q >parts/163
run eval --quality -m m parts/*
is 'single-source' '1 pieces, in a text of 33 parts'

# The model alone: uses are counts.
run inspect --quality m
is 'over word ends' '1 pieces'
is 'over word ends, %' '4.40 of tokens'
is 'long runs, %' '20.00 of tokens'
check "inspect: no figure of a text" [ -z "$(figure 'hardly used')" ]
check "inspect: the longest pieces" like '^       200      8  --------$' "$T/out"
run inspect --quality -f json m
check "inspect -f json" like '"over_word_ends": 1, "over_word_ends_tokens": 44, .*"longest_pieces": \[\{"id": 262, "piece": "--------", "length": 8, "count": 200\}' "$T/out"
run inspect --quality --vocab m
fails "inspect --quality --vocab" 2 '--quality excludes'

# Any number of threads, a pipe, and another kernel; lines longer than a block, and short ones.
tr -d '\n' <"$ROOT/data/prose.en.txt" >line
{ cat "$ROOT"/data/*.txt line; echo; cat line line line line; echo; cat "$ROOT"/data/*.txt; } >mix
"$BP" train -q --vocab-size 3000 -o trained "$ROOT"/data/*.txt
"$BP" eval --quality -f json -j 1 -m trained mix line | sed 's/"encoding_rate": [0-9.]*/R/' >expected
check "there are single-source pieces" like '"single_source": [1-9]' expected
for j in 2 7; do
	run eval --quality -f json -j $j -m trained mix line
	sed 's/"encoding_rate": [0-9.]*/R/' "$T/out" >found
	same "-j $j: figures and lists are those of one thread" found expected
done
cat mix | run eval --quality -f json -j 2 -m trained - line
sed 's/"encoding_rate": [0-9.]*/R/' "$T/out" >found
same "a pipe" found expected
BP_KERNEL=c11 "$BP" eval --quality -f json -j 2 -m trained mix line |
	sed 's/"encoding_rate": [0-9.]*/R/' >found
same "another kernel" found expected
"$BP" eval -f json -j 2 -m trained mix line | sed 's/"encoding_rate": [0-9.]*/R/; s/}$//' >plain
check "the other figures stay" [ "$(head -c $(($(wc -c <plain) - 1)) expected)" = "$(cat plain)" ]

# Several models: a column each, without lists; json has the lists of each.
run eval --quality -m m -m trained $files
check "two models: a column each" like '^hardly used, %  *50.00  *[0-9.]*$' "$T/out"
check "two models: no lists" [ "$(grep -c '  piece$' "$T/out")" = 0 ]
for q in m trained; do
	"$BP" eval --quality -f json -m $q $files | sed "s/^{/{\"model\": \"$q\", /"
done | sed 's/"encoding_rate": [0-9.]*/R/g' | paste -s -d , | sed 's/},{"model/}, {"model/; s/.*/[&]/' >expected
run eval --quality -f json -m m -m trained $files
sed 's/"encoding_rate": [0-9.]*/R/g' "$T/out" >found
same "two models, -f json: an array" found expected

finish
