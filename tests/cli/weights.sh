# train and count with weights: a text of weight w counts as w occurrences of it.
. tests/cli/lib.sh

cd "$T/w" || exit 1
tab=$(printf '\t')
cat "$ROOT"/data/*.txt >text
quick=
if is_sanitized || [ "${BP_QUICK-}" = 1 ]; then
	awk 'NR % 4 == 1' "$ROOT"/data/*.txt >text
	quick=1
fi
# Of one block, whatever its weights below: there nothing is drawn, and equal blocks do not occur.
head -c 7000 text | sed '$d' >small
# LINES with their weights, and so often as these say; some lines end in digits or hold tabs.
awk '{ print $0 "\t" 1 + NR % 4 }' small >small.tsv
awk '{ for (i = 0; i <= NR % 4; i++) print }' small >small.copies

# MODEL ARGUMENTS...: trains it; its summary is in MODEL.said.
trains()
{
	model=$1
	shift
	run train -o "$model" "$@"
	[ "$status" = 0 ] || not_ok "train $*: exit 0"
	grep -E ' segments$|: vocabulary |bytes per token on' "$T/err" >"$model.said"
}

for options in '--vocab-size 900' '--vocab-size 700,500 --across-spaces words' \
	'--vocab-size 600 --normalize none --digits single --piece qqq' '--vocab-size 1500 --reference' \
	'--vocab-size 1500 --reference --order 3 --min-count 3'; do
	[ -z "$quick" ] || case $options in *,* | *3) continue ;; esac
	rm -f a* b*
	trains a $options small.copies
	trains b $options --weighted small.tsv
	cat b.* >b.all
	for m in a a.[0-9]*; do
		[ ! -f "$m" ] || same "$options: weighted lines as their copies: ${m#a}" "$m" "b${m#a}"
	done
	same "$options: weighted lines as their copies: the summary" a.said b.said
	cat small small small >three
	trains a $options three
	trains b $options --weight 3:small
	for m in a a.[0-9]*; do
		[ ! -f "$m" ] || same "$options: a weighted file as three of it: ${m#a}" "$m" "b${m#a}"
	done
	same "$options: a weighted file as three of it: the summary" a.said b.said
done

# The weight of the line times that of the file; inputs without weights beside.
awk '{ for (i = 0; i < 6; i++) print }' small >six
sed "s/\$/${tab}2/" small >two.tsv
trains a --vocab-size 700 six
trains b --vocab-size 700 --weighted --weight 3:two.tsv
same "the weight of a line times that of its file" a b
if [ -z "$quick" ]; then
	trains a --vocab-size 2000 --reference small "$ROOT/data/code.txt" small "$ROOT/data/code.txt"
	trains b --vocab-size 2000 --reference --weight 2:small --weight "2:$ROOT/data/code.txt"
	same "--reference: two weighted files, of any size" a b
	same "--reference: two weighted files: the summary" a.said b.said
fi

# Weights of 1 change nothing, in no file.
sed "s/\$/${tab}1/" text >ones.tsv
trains a --vocab-size 2000 text
trains b --vocab-size 2000 --weighted ones.tsv
same "lines of weight 1" a b
same "lines of weight 1: the summary" a.said b.said
trains b --vocab-size 2000 --weight 1:text
same "a file of weight 1" a b
trains b --vocab-size 2000 --sample-size 30K --count-size 60K --weighted ones.tsv
trains a --vocab-size 2000 --sample-size 30K --count-size 60K text
same "lines of weight 1, of which some are drawn" a b
run count -o a.counts text
run count -o b.counts --weighted ones.tsv
same "count: lines of weight 1" a.counts b.counts
! "$BP" count --weight 2:text | cmp -s - a.counts || not_ok "count: a file of weight 2 gives other counts"

# Threads, memory, parts and their order, checkpoints; all in memory, and drawn.
awk '{ print $0 "\t" 1 + NR * NR % 100 }' text >some.tsv
awk 'NR % 2' some.tsv >part1
awk 'NR % 2 == 0' some.tsv >part2
awk 'NR % 3 == 0' "$ROOT"/data/*.txt >plain
for options in '' '--sample-size 40K --count-size 80K' '--reference'; do
	f="--vocab-size 1200 $options"
	trains whole $f -j 1 --weighted --weight 5:part1 part2
	for how in '-j 7' '-j 2 --memory 24M' '--resume work'; do
		trains other $f $how --weighted part2 --weight 5:part1
		same "$options $how: the same model" whole other
	done
	rm -f p p1 p2
	run count -o p1 $options --weighted part2
	run count -o p2 $options --weighted --weight 5:part1
	case $options in
	--reference)
		run build -o no --next plan p2 p1
		run count -o p1 --plan plan --weighted part2
		run count -o p2 --plan plan --weighted --weight 5:part1
		run build -o other --vocab-size 1200 --plan plan p2 p1
		;;
	*)
		run merge -o p p2 p1
		run build -o other --vocab-size 1200 p
		;;
	esac
	[ "$status" = 0 ] || not_ok "$options: in parts: exit 0"
	same "$options: in parts: the same model" whole other
	trains whole $f plain --weight 2:small
	run count -o p1 $options plain
	run count -o p2 $options --weight 2:small
	[ "$options" = --reference ] && continue
	run build -o other --vocab-size 1200 p1 p2
	same "$options: parts with weights and without: the same model" whole other
done
trains a --vocab-size 1200 --weighted some.tsv
run train -q -o b --vocab-size 1200 --weighted <some.tsv
same "weighted lines from standard input" a b
run train -q -o b --vocab-size 700 --weight 3:- <small
trains a --vocab-size 700 --weight 3:small
same "a weight for standard input" a b

# A file of large weight is learned; the same file without it is not.
awk 'NR <= 40' "$ROOT/data/prose.zh.txt" >rare
for w in 1 1000; do
	run train -q -o "w$w" --vocab-size 1000 text --weight $w:rare
	"$BP" eval -m "w$w" -f json rare | sed 's/.*"tokens": \([0-9]*\).*/\1/' >tokens.$w
done
check "a weight gives a file more pieces" [ "$(cat tokens.1000)" -lt "$(cat tokens.1)" ]

# Names of special tokens divide a weighted text, which keeps its weight; a long line.
printf 'one<s>two<s>three\t3\nfour\t1\n' >names.tsv
printf 'one<s>two<s>three\none<s>two<s>three\none<s>two<s>three\nfour\n' >names
trains a --vocab-size 270 --specials --special '<s>' names
trains b --vocab-size 270 --specials --special '<s>' --weighted names.tsv
same "--specials: the parts of a text have its weight" a b
awk 'BEGIN { for (i = 0; i < 60000; i++) printf "word%d ", i % 777 }' >long
printf '\nend\n' >>long
cat long long >long2
sed "s/\$/${tab}2/" long >long.tsv
trains a --vocab-size 2000 --reference long2
trains b --vocab-size 2000 --reference --weighted long.tsv
same "a line longer than a chunk" a b
printf 'a\tb\t5\r\n\t3\n\t\t2\n' >tabs.tsv
run train -o a --vocab-size 260 --weighted tabs.tsv
check "the last tab divides; texts may be empty, or tabs" like ': 17 B in 7 segments' "$T/err"

# Wrong lines and options.
for line in '' text "text$tab" "text${tab}0" "text${tab}x" "text${tab}1 " "text${tab}9223372036854775808"; do
	printf 'a\t1\n%s\nb\t1\n' "$line" >bad
	run train -o no --weighted bad
	fails "the line '$line'" 1 '^bytepiece: train: bad: line 2: (a |the count )'
	run count -o no --weighted bad
	fails "count: the line '$line'" 1 '^bytepiece: count: bad: line 2: (a |the count )'
done
# Weights whose sums are too large: the text that is too much is named, for any number of threads.
too_much='the sum of all bytes up to here, times their weights, is 2\^63 or more$'
printf 'a\t1\nab\t9223372036854775807\n' >bad
run train -o no --weighted bad
fails "sums of 2^63" 1 "^bytepiece: train: bad: line 2: $too_much"
printf 'a\t9223372036854775807\n' >most
printf '\t7\nb\t1\n' >bad
for j in 1 3; do
	run count -o no -j $j --weighted most bad
	fails "-j $j: sums of 2^63 in two files" 1 "^bytepiece: count: bad: line 2: $too_much"
	run count -o no -j $j --weight 9223372036854775807:small
	fails "-j $j: a file of large weight" 1 "^bytepiece: count: small: $too_much"
done
# In a file of several chunks: in a line longer than one, and among many lines.
awk 'BEGIN { for (i = 0; i < 9000; i++) print "a line of thirty-one characters\t1" }' >many
awk 'BEGIN { for (i = 0; i < 600000; i++) printf "b"; print "\t10000000000000" }' >long.tsv
(cat many; sed p long.tsv; cat many) >bad
(cat many many; printf 'b\t9223372036854217807\nb\t1\n'; cat many) >bad2
for j in 1 3; do
	run count -o no -j $j --weighted bad
	fails "-j $j: sums of 2^63 in a long line" 1 "^bytepiece: count: bad: line 9002: $too_much"
	run count -o no -j $j --weighted bad2
	fails "-j $j: sums of 2^63 among many lines" 1 "^bytepiece: count: bad2: line 18002: $too_much"
done
printf 'a\t9223372036854775807\n' >bad
run count -o no -j 1 --weighted --weight 2:bad
fails "products of 2^63" 1 'count: bad: line 1: its weight times that of the file is 2\^63 or more$'
run train -q -o a --vocab-size 259 --weighted bad
check "sums of 2^63 - 1" [ "$status" = 0 ]
printf 'ab\t2305843009213693952\n' >bad
for options in '' --reference; do
	run count -o p1 $options --weighted bad
	run build -o no p1 p1
	fails "$options: sums of 2^63 in two parts" 1 'the counts are too large: their sum is 2\^63 or more'
done
for word in 0:small small 2 2: :small -1:small 1x:small 9223372036854775808:small 99999999999999999999:small; do
	run train -o no --weight "$word"
	fails "--weight $word" 2 "'$word' is not N:FILE"
done
run train -o no --weight 2:absent
fails "a file that is not there" 1 'absent: '
for option in -z --whole --jsonl; do
	run train -o no --weighted $option small.tsv
	fails "--weighted and $option" 2 "--weighted and $option exclude each other"
done
run encode --weighted small.tsv
fails "encode --weighted" 2 'unknown option'
run train -o small --weight 2:small
fails "an output that is a weighted input" 2 'is an input'
check "nothing was written" [ ! -e no ]

# --resume: which input changed, and how.  The folder stays, because no model has that size.
if has_host; then
	cp some.tsv mine
	job='train -o no --vocab-size 300 --min-count 100000000 --exact-size --resume work --weighted'
	run $job --weight 2:mine
	run $job --weight 3:mine
	fails "--resume with another weight" 1 'work: holds work with the weight 2 for mine, not 3; --restart'
	printf 'a\t2\n' >>mine
	run $job --weight 2:mine
	fails "--resume with a longer file" 1 'work: mine has changed since this training began: [0-9]+ bytes now, [0-9]+ then'
	cp some.tsv mine
	touch -t 200001010000 mine
	run $job --weight 2:mine
	fails "--resume with a file of another time" 1 'work: mine was written again since this training began'
	run $job --weight 2:mine some.tsv
	fails "--resume with another file" 1 "work: holds work of another training, or of other input; .*\\(now 'some.tsv', then 'mine'"
fi
finish
