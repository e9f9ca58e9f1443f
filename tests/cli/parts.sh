# count, merge, build: training in parts gives the model of training at once, however it is done.
. tests/cli/lib.sh

cd "$T/w" || exit 1
quick=
if is_sanitized || [ "${BP_QUICK-}" = 1 ]; then
	quick=1
fi
for f in "$ROOT"/data/*.txt; do
	awk 'NR % 4 == 1' "$f" >"part.${f##*/}"
done
: >part.empty
parts=$(echo part.*)
sizes=900,400

# One part, with the program's options before it: its counts to a file.
one() { out=$1; shift; "$BP" count --allow-empty -o "$out" "$@"; }

# Ways to count the part $1 to c/$1, with the options that follow, and then to say with 'counts' what
# build is to be given.
count_plain() { part=$1; shift; one "c/$part" "$@" "$part"; }
all_plain() { counts=$(echo c/*); }
count_varied()
{
	part=$1
	shift
	turn=$((turn + 1))
	case $((turn % 4)) in
	0) one "c/$part" -j 1 "$@" "$part" ;;
	1) one "c/$part" -j 7 --memory 1M "$@" "$part" ;;
	2) one "c/$part" -j 31 --memory 1M --tmpdir "$T/tmp" "$@" -- "$part" ;;
	3) one "c/$part" --memory 8G "$@" "$part" ;;
	esac
}
all_reversed() { counts=$(ls -r c/*); }
all_merged() { "$BP" merge -o all c/* && counts=all; }
all_grouped()
{
	set -- c/*
	last=
	for f in "$@"; do
		[ "$f" = "$1" ] || [ "$f" = "$2" ] || last="$f $last"
	done
	"$BP" merge -o one "$2" && "$BP" merge -o two $last -j 7 && "$BP" merge two one -o three && counts="three $1"
}
all_each_merged()
{
	for f in c/*; do
		"$BP" merge "$f" >"$f.merged" && cmp -s "$f" "$f.merged" || { echo "merging one changes it" >&2; return 1; }
	done
	counts=$(echo c/*.merged)
}
count_text() { part=$1; shift; one "c/$part" -f text "$@" "$part"; }
count_mixed()
{
	part=$1
	shift
	turn=$((turn + 1))
	format=text
	[ $((turn % 2)) = 0 ] || format=binary
	one "c/$part" --format=$format "$@" "$part"
}
all_mixed_merged() { "$BP" merge -f text -o all c/* && counts=all; }
all_text_and_back()
{
	"$BP" merge -o all c/* && "$BP" merge -f text all >all.text && "$BP" merge -f binary <all.text >again &&
		{ cmp -s all again || { echo "text and back is not the same" >&2; false; }; } && counts=again
}
# By programs that know nothing but lines.
all_sorted() { LC_ALL=C sort -m c/* >all && counts=all; }
all_sorted_apart() { cat c/* | LC_ALL=C sort >all && counts=all; }
# FILES: dealt out by a hash of the key, each file in order.
deal()
{
	rm -f s.*
	LC_ALL=C sort -m c/* | awk -F '\t' -v n="$1" '
	BEGIN {
		for (i = 0; i < 16; i++)
			value[substr("0123456789abcdef", i + 1, 1)] = i
	}
	{
		h = 7
		for (i = length($1); i > 0 && i > length($1) - 40; i--)
			h = (h * 31 + value[substr($1, i, 1)]) % 65521
		print >("s." h % n)
	}'
	counts=$(ls -r s.*)
}
all_shuffled() { deal 5; }
all_dealt() { deal 300; }
# Each range of keys added up by itself: settings and totals, blocks, counts; with the settings
# of all as well, counted once.
all_ranges()
{
	rm -f s.* m.s.*
	LC_ALL=C sort -m c/* | awk '{ print >("s." (/^0[01]/ ? 1 : /^02/ ? 2 : 3)) }'
	counts=
	for f in s.*; do
		"$BP" merge -o "m.$f" "$f" || return
		counts="$counts m.$f"
	done
}
all_ranges_bounded()
{
	head=$(cat c/* | grep '^00' | cut -f 1 | uniq)
	deal 3
	counts=
	for f in s.*; do
		printf '%s\t0\n' "$head" | LC_ALL=C sort -m - "$f" | "$BP" merge -f text -o "m.$f" || return
		counts="$counts m.$f"
	done
}
# Each count above 2 on three adjacent lines, and one of them is 0 or more.
all_repeated()
{
	LC_ALL=C sort -m c/* | awk -F '\t' '
	$2 < 3 { print; next }
	{
		print $1 "\t1"
		print $1 "\t0"
		printf "%s\t%.0f\n", $1, $2 - 1
	}' >all && counts=all
}
# Through pipes.
count_pipe() { part=$1; shift; cat "$part" | "$BP" count --allow-empty "$@" | cat >"c/$part"; }
all_pipe()
{
	set -- c/*
	first=$1
	shift
	cat "$first" | "$BP" merge - "$@" | "$BP" merge -f text | "$BP" merge - -o - | cat >all && counts=-
}

# FACT COUNT ALL OPTIONS [RECORDS]: the loop, with these ways to count and to join; the models are
# those of train with the same options.  RECORDS are options that say what a text is.
loop()
{
	fact=$1 count=$2 all=$3 options=$4
	if [ "$options" != "$trained" ]; then
		rm -f want*
		run train --allow-empty -o want --vocab-size $sizes $options $parts
		[ "$status" = 0 ] || not_ok "$fact: trains at once"
		grep ' segments$' "$T/err" | sed 's/^.*train: //' >said
		grep ': vocabulary' "$T/err" | sed 's/^.*train: //' >>said
		trained=$options
	fi
	rm -rf c got* next.plan this.plan all
	ran="(in parts: $count, $all, $options)" plan= step=0 turn=0 status=0
	: >"$T/out"
	while [ $step -lt 9 ]; do
		step=$((step + 1))
		rm -rf c
		mkdir c
		: >all
		: >"$T/err"
		for part in $parts; do
			if [ -n "$plan" ]; then
				$count "$part" --plan this.plan 2>>"$T/err" || status="$? of count"
			else
				$count "$part" $options 2>>"$T/err" || status="$? of count"
			fi
		done
		if [ -s "$T/err" ]; then
			not_ok "$fact: counting says nothing"
			return
		fi
		$all 2>>"$T/err" || status="$? of merge"
		"$BP" build $plan -o got --next next.plan --vocab-size $sizes $counts <all 2>"$T/err" ||
			status="$? of build"
		if [ "$status" != 0 ]; then
			not_ok "$fact: step $step"
			return
		fi
		[ -e next.plan ] || break
		if [ -e got ] || [ -e got.900 ]; then
			not_ok "$fact: no model is written before the last step"
			return
		fi
		mv next.plan this.plan
		plan="--plan this.plan"
	done
	same "$fact: the model after $step steps" got.900 want.900
	same "$fact: the smaller model" got.400 want.400
	sed 's/^.*build: //' "$T/err" | grep -e ' segments$' -e '^vocabulary' >its.said
	same "$fact: the summary" its.said said
}
# What is left out when it has to be quick.
more() { [ -n "$quick" ] || "$@"; }
trained=none
shorter='--max-piece-length 12'
loop "plain" count_plain all_plain ""
parts="part.code.txt part.empty part.languages.txt part.tables.txt"
loop "-j and --memory" count_varied all_reversed "$shorter"
more loop "merged" count_plain all_merged "$shorter"
loop "merged in groups" count_varied all_grouped "$shorter"
more loop "each merged" count_plain all_each_merged "$shorter"
more loop "text" count_text all_reversed "$shorter"
more loop "text and binary" count_mixed all_plain "$shorter"
loop "text and binary, merged" count_mixed all_mixed_merged "$shorter"
more loop "text and back" count_plain all_text_and_back "$shorter"
more loop "sort -m" count_text all_sorted "$shorter"
more loop "sort" count_text all_sorted_apart "$shorter"
loop "lines shuffled by key" count_text all_shuffled "$shorter"
loop "ranges of keys merged" count_text all_ranges "$shorter"
more loop "the same, each with the settings" count_text all_ranges_bounded "$shorter --sample-size 3K"
more loop "repeated keys" count_text all_repeated "$shorter"
loop "pipes" count_pipe all_pipe "$shorter"
for way in 'count_varied all_grouped' 'count_text all_shuffled' 'count_pipe all_pipe' 'count_mixed all_plain'; do
	loop "--reference: $way" $way --reference
	[ -z "$quick" ] || break
done
# With the whole size a part sends less, and the model is that of the whole.
awk -v copies=80 '
BEGIN { alphabet = "abcdefghijklmnopqrstuvwxyz" }
{ line[NR] = $0 }
END {
	for (i = 0; i < copies; i++) {
		for (k = 1; k <= NR; k++)
			print line[k] ", " i * k % 7919
		if (i % 20 == 19)
			close("big." int(i / 20))
	}
}' "$ROOT"/data/*.txt | split -C 2600000 -a 1 - big.
few="--count-size 1M --sample-size 50K"
"$BP" train -q -o want --vocab-size 900 $few big.*
for size in '' 10M 8000000T; do
	for f in big.?; do
		"$BP" count ${size:+--whole-size $size} $few -o "big$size.c.${f#big.}" $f
	done
done
run build -o got --vocab-size 900 big.c.*
same "without --whole-size: the model" got want
run build -o got --vocab-size 900 big10M.c.*
same "with --whole-size: the model" got want
"$BP" merge -o all big10M.c.*
run build -o got --vocab-size 900 all
same "with --whole-size, merged: the model" got want
check "with --whole-size a part sends less" [ $(($(cat big10M.c.* | wc -c) * 4)) -lt $(($(cat big.c.* | wc -c) * 3)) ]
cp want got
run build -o got --vocab-size 900 big8000000T.c.*
fails "with a --whole-size that is too large" 1 '--count-size 1048576: --whole-size [0-9]* is more than the text'
same "with a --whole-size that is too large: the old model stays" got want
run merge -o all big10M.c.a big.c.b
fails "parts with different --whole-size" 1 'counted with other settings.*whole-size='
run count --reference --whole-size 10M -o all big.a
fails "count --reference --whole-size is wrong usage" 2 'whole-size'
rm -f big* all got

i=0
for given in '--min-count 3' '--isolate-digits' '--ensure-unicode no' '--normalize none' '-z' '--whole' \
	'--across-spaces words' '--across-spaces no' '--sample-size 3K' '--count-size 40K' '--specials --special the' \
	'--ensure-unicode begin' '--digits upto3 --punctuation apart --across-spaces any' '--reference --specials --special the' \
	'--reference --min-count 3 --order 4 --isolate-digits' '--reference --ensure-unicode no --whole' \
	'--reference --normalize none -z --max-piece-length 9'; do
	i=$((i + 1))
	[ -n "$quick" ] && [ $((i % 4)) != 1 ] && continue
	case $((i % 3)) in
	0) way='count_varied all_grouped' ;;
	1) way='count_text all_shuffled' ;;
	2) way='count_mixed all_pipe' ;;
	esac
	loop "$given" $way "$shorter $given"
done
loop "a small sample, merged" count_plain all_grouped "$shorter --sample-size 3K"
more loop "a small sample, as text" count_text all_sorted "$shorter --sample-size 3K"
check "the sample was a selection" eval '"$BP" train -o out $shorter --sample-size 3K --vocab-size 900 $parts 2>&1 | grep -q "a sample"'
more loop "a sample of a byte" count_varied all_grouped "$shorter --sample-size 1"
more loop "more files than can be open" count_text all_dealt "$shorter"

# Nothing at all.
saved=$parts parts=part.empty trained=none
for options in '' --reference --whole; do
	[ -n "$quick" ] && [ "$options" = --whole ] && continue
	loop "nothing but an empty part${options:+ $options}" count_plain all_plain "$options"
done
parts=$saved

# Wrong usage.
printf '{"pieces":{ old\n' >old
cp old out
one c1 part.code.txt
one r1 --reference part.code.txt
run build --next next.plan c1
fails "build without -o, with counts of the last step, is wrong usage" 2 'give a model: -o'
run build c1
fails "build without -o and --next is wrong usage" 2 '-o'
run build -o out r1
fails "build without --next, of a first step, is wrong usage" 2 '--next'
same "wrong usage leaves the old model" out old
run merge -f other c1
fails "merge -f other is wrong usage" 2 'format'
run count -f other part.code.txt
fails "count -f other is wrong usage" 2 'format'
run count --reference --across-spaces no part.code.txt
fails "count --reference --across-spaces no is wrong usage" 2 'spaces'
run build -o out --next next.plan --vocab-size 258 c1
fails "build --vocab-size 258 is wrong usage" 2 '258|259'
for option in --min-count=3 --reference --sample-size=1M --whole-size=1M --resume=x; do
	run build -o out --next next.plan $option c1
	fails "build knows no $option" 2 "$option|${option%%=*}"
done
run merge --plan c1
fails "merge knows no --plan" 2 'plan'
check "wrong usage makes no plan" [ ! -e next.plan ]

# Where the results go.
run count -q part.code.txt
mv "$T/out" out1
check "count -q says nothing" is_empty "$T/err"
same "count writes to standard output" out1 c1
run count -v -o out1 part.code.txt
check "count -v explains" [ -s "$T/err" ]
same "count -v counts the same" out1 c1
run merge -o out1 c1 none
fails "merge of a file that is not there" 1 ' none: No such file'
run count -o out1 part.code.txt none
fails "count of a file that is not there" 1 ' none: No such file'
run count -o out1 --plan none part.code.txt
fails "count with a plan that is not there" 1 ' none: No such file'
run build -o out --next next.plan c1 none
fails "build with counts that are not there" 1 ' none: No such file'
run build -o out --next next.plan --plan none c1
fails "build with a plan that is not there" 1 ' none: No such file'
run build -o none/out --next next.plan c1
fails "build -o in a folder that is not there" 1 ' none/out: cannot create a file in the folder none: No such file'
run build -o out --next none/next.plan r1
fails "build --next in a folder that is not there" 1 ' none/next.plan: cannot create a file in the folder none: No such file'
same "failures leave the counts" out1 c1
same "failures leave the old model" out old
check "failures make no plan" [ ! -e next.plan ]
if [ -c /dev/full ]; then
	run count -o /dev/full part.code.txt
	fails "count -o /dev/full" 1 ' /dev/full: No space left on device$'
	run merge -f text -o /dev/full c1
	fails "merge -o /dev/full" 1 ' /dev/full: No space left on device$'
	run build -o out --next /dev/full r1
	fails "build --next /dev/full" 1 ' /dev/full: No space left on device$'
	"$BP" count part.code.txt >/dev/full 2>"$T/err"
	status=$? ran="count >/dev/full"
	fails "count to a full disk" 1 'standard output: No space left on device$'
fi

# FACT PATTERN ARGUMENTS...: build refuses, and leaves model and plan; merge too, with MERGE=1.
refused()
{
	fact=$1 pattern=$2
	shift 2
	cp old next.plan
	run build --force -o out --next next.plan "$@"
	fails "build: $fact: refused" 1 "$pattern"
	same "build: $fact: the old model stays" out old
	same "build: $fact: what was at --next stays" next.plan old
	rm next.plan
}
merge_refused()
{
	fact=$1 pattern=$2
	shift 2
	cp old merged
	run merge --force -o merged "$@"
	fails "merge: $fact: refused" 1 "$pattern"
	same "merge: $fact: what was at -o stays" merged old
}
both_refused() { refused "$@"; more merge_refused "$@"; }

# Counted otherwise.
one t1 -f text part.code.txt
one c2 part.tables.txt
one t2 -f text part.tables.txt
for options in '--min-count 3' '--isolate-digits' '--ensure-unicode no' '--normalize none' '-z' '--whole' \
	'--across-spaces words' '--across-spaces any' '--sample-size 3K' '--count-size 3K' '--whole-size 3K' '--reference' \
	'--max-piece-length 12' '--specials' '--digits upto3' '--punctuation apart'; do
	one other $options part.tables.txt
	both_refused "counts with $options beside others" ' (c1|other): .*(c1|other)' c1 other
	[ -z "$quick" ] || break
	one other -f text $options part.tables.txt
	both_refused "counts with $options beside others, as text" ' (t1|other): .*(t1|other)' other t1
done
one other --reference --order 5 part.code.txt
both_refused "other orders" ' (r1|other): .*order=5' r1 other

# Another step, another plan.
one r2 --reference part.tables.txt
"$BP" build -q -o out --next plan1 r1 r2
run build -q --next alone r1 r2
same "build --next needs no -o" plan1 alone
rm alone
one c1.2 --plan plan1 part.code.txt
one c2.2 --plan plan1 part.tables.txt
"$BP" build -q -o out --next other.plan r1
one other.2 --plan other.plan part.code.txt
same "until the last step the old model stays" out old
refused "counts of the first step with a plan" ' r1: .*step 2' --plan plan1 r1 r2
refused "counts of the second step without a plan" ' c1.2: .*step 2' c1.2 c2.2
both_refused "counts of two steps" ' (r1|c2.2): .*(r1|c2.2)' r1 c2.2
refused "counts without steps with a plan" ' c1: ' --plan plan1 c1
refused "counts of another plan" ' other.2: ' --plan plan1 other.2
refused "counts of two plans" ' (c1.2|other.2): ' --plan plan1 c1.2 other.2
refused "counts of the second step without a part" ' c1.2: parts are missing' --plan plan1 c1.2
refused "counts of the second step with a part twice" ' 3 files of counts: parts are missing, or not those' \
	--plan plan1 c1.2 c2.2 c2.2
merge_refused "counts of two plans" ' (c1.2|other.2): .*(c1.2|other.2)' c1.2 other.2
run count --plan plan1 -z --min-count 7 -o out1 part.code.txt
check "count --plan takes the options from the plan" eval '[ $status = 0 ] && cmp -s out1 c1.2'

# Other files.
"$BP" train -q -o model --vocab-size 300 part.code.txt
"$BP" encode -m model -o ids part.code.txt
noise 3000 >noise
printf 'bprows1\n' >head
for f in model ids noise head part.code.txt old; do
	case $quick,$f in 1,ids | 1,head | 1,part*) continue ;; esac
	both_refused "$f as counts" " $f: " $f
	both_refused "$f beside counts" " $f: " c1 $f
	refused "$f as plan" " $f: " --plan $f c1.2 c2.2
	run count --plan $f -o none part.code.txt
	fails "count: $f as plan: refused" 1 " $f: "
done
refused "an empty file as counts" ' part.empty: |settings' part.empty
refused "an empty file as plan" ' part.empty: ' --plan part.empty c1.2 c2.2
refused "a plan as counts" ' plan1: ' plan1
refused "a plan as counts of the second step" ' plan1: ' --plan plan1 plan1
both_refused "a plan beside counts" ' (plan1|c1): ' c1 plan1
refused "counts as plan" ' c1: ' --plan c1 c1.2 c2.2
refused "counts of the second step as plan" ' c1.2: ' --plan c1.2 c1.2 c2.2
merge_refused "plans" ' (plan1|other.plan): ' plan1 other.plan
run count --plan c1 -o none part.code.txt
fails "count: counts as plan: refused" 1 ' c1: '
check "count: no counts are made then" [ ! -e none ]

# Damaged.
# FILE OFFSET: flip a bit there; negative: from the end.
flip()
{
	size=$(($(wc -c <"$1")))
	at=$2
	[ "$at" -ge 0 ] || at=$((size + at))
	byte=$(od -An -tu1 -j $at -N 1 "$1")
	head -c $at "$1"
	printf "\\$(printf %03o $((byte ^ 1 << at % 8)))"
	tail -c +$((at + 2)) "$1"
}
middle=$(($(wc -c <c1) / 2))
for at in 0 7 8 12 40 150 500 $middle -11 -10 -9 -8 -1; do
	case $quick,$at in 1,[078] | 1,?? | 1,-?) continue ;; esac
	flip c1 $at >bad
	both_refused "counts with a bit flipped at $at" ' bad: ' bad c2
	both_refused "the same behind other counts" ' bad: ' c2 bad
	flip plan1 $at >bad
	refused "a plan with a bit flipped at $at" ' bad: ' --plan bad c1.2 c2.2
	run count --plan bad -o none part.code.txt
	fails "count: a plan with a bit flipped at $at: refused" 1 ' bad: '
done
for n in 1 7 8 9 100 $middle $(($(wc -c <c1) - 8)) $(($(wc -c <c1) - 1)); do
	case $quick,$n in 1,? | 1,100) continue ;; esac
	head -c $n c1 >bad
	both_refused "counts cut to $n bytes" ' bad: ' bad c2
	head -c $n plan1 >bad
	refused "a plan cut to $n bytes" ' bad: ' --plan bad c1.2 c2.2
done
cat c1 c2 >bad
both_refused "counts behind counts" ' bad: ' bad

# Text: lines missing, moved, spoiled.  Blocks and counts; those of --reference.
missing='parts are missing|damaged|missing'
# FACT AWK-FILTER: without the lines that pass it
without()
{
	awk -F '\t' "!($2)" all >bad
	cmp -s bad all && not_ok "$1: there is something missing"
	refused "$1" " bad: .*($missing)" bad
}
LC_ALL=C sort -m t1 t2 >all
without "text without the blocks" 'substr($1, 1, 2) == "02"'
without "text without a block" 'substr($1, 1, 2) == "02" && !done++'
without "blocks without the bytes" '$1 ~ /^016279746573/'
one t1 -f text --reference part.code.txt
one t2 -f text --reference part.tables.txt
LC_ALL=C sort -m t1 t2 >all
without "text without one line of counts" 'substr($1, 1, 2) == "03" && !done++'
without "text without the last line" "NR == $(($(wc -l <all)))"
without "text without every third line of counts" 'substr($1, 1, 2) == "03" && NR % 3 == 0'
without "text without the second half" "NR > $(($(wc -l <all) / 2))"
without "text without what was counted" '$1 ~ /^01636f756e746564/'
without "text without the bytes" '$1 ~ /^016279746573/'
without "text without the segments" '$1 ~ /^017365676d656e7473/'
awk -F '\t' 'substr($1, 1, 2) != "00"' all >bad
refused "text without settings" ' bad: .*settings' bad
awk -F '\t' 'substr($1, 1, 2) == "03"' all >bad
refused "text of counts alone" ' bad: ' bad
awk -F '\t' '{ print >("piece." NR % 3) }' all
refused "a third of the lines" " piece.1: " piece.1
refused "two thirds of the lines" " 2 files of counts: " piece.1 piece.0
refused "four thirds of the lines" " 4 files of counts: " piece.1 piece.0 piece.2 piece.2
"$BP" build -q -o out --next next.plan piece.2 piece.0 piece.1
same "three thirds of the lines give the plan" next.plan plan1
awk -F '\t' '{ print $1 "\t" $2 + (NR == 200) }' all >bad
refused "text with a count too many" " bad: " bad
# FACT LINE AWK-PROGRAM
turn=0
spoiled()
{
	turn=$((turn + 1))
	[ -n "$quick" ] && [ $((turn % 4)) != 1 ] && return
	awk -F '\t' -v OFS='\t' "$3" all >bad
	both_refused "$1" " bad: line $2: " bad
}
spoiled "text that is not sorted" 11 'NR == 10 { line = $0; next } { print } NR == 11 { print line }'
spoiled "text in the order of another locale" 101 'NR == 100 { print; print "0248"; next } 1'
spoiled "a line without a count" 50 'NR == 50 { print $1; next } 1'
spoiled "a line with an empty count" 50 'NR == 50 { print $1 "\t"; next } 1'
spoiled "a count that is no number" 50 'NR == 50 { print $1 "\tx"; next } 1'
spoiled "a negative count" 50 'NR == 50 { print $1 "\t-1"; next } 1'
spoiled "a count with a blank behind it" 50 'NR == 50 { print $0 " "; next } 1'
spoiled "a count of more than 64 bits" 50 'NR == 50 { print $1 "\t18446744073709551616"; next } 1'
spoiled "three columns" 50 'NR == 50 { print $0 "\t1"; next } 1'
spoiled "a key in upper case" 50 'NR == 50 { print toupper(substr($1, 1, 8)) "FF", $2; next } 1'
spoiled "half a byte in a key" 50 'NR == 50 { print $1 "0", $2; next } 1'
spoiled "an empty key" 1 'NR == 1 { print "\t1" } 1'
spoiled "an empty line" 50 'NR == 50 { print "" } 1'
spoiled "lines that end in CR LF" 1 '{ print $0 "\r" }'
printf %s "$(cat all)" >bad
both_refused "a last line without newline" ' bad: line [0-9]*: ' bad
LC_ALL=C sort -r all >bad
both_refused "text sorted backwards" ' bad: line 2: |settings' bad
cat t1 t2 >bad
both_refused "text behind text" ' bad: line [0-9]*: ' bad
awk -F '\t' -v OFS='\t' 'substr($1, 1, 2) == "03" && !done++ { print $1, "18446744073709551615"; next } 1' t1 >bad
both_refused "a sum of more than 64 bits" ' (bad|t1): ' bad t1
check "nothing is left in TMPDIR" holds "$TMPDIR"
check "nothing is left beside the results" [ "$(ls -A | grep -c 'tmp')" = 0 ]

finish
