# Random segmentation and the n best: the same for any threads and any way in, and what is refused.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 30 'ab'
	piece 20 'bc'
	printf '900 w6k= "\303\251"\n'
	piece 50 'the'
	piece 25 'aaaa'
	piece 40 'the '
	piece 5 ' the other'
} | model >m
without_normalization <m >none

# Text with lines of any length, one longer than several chunks, NULs, no newline at the end.
{
	cat "$ROOT"/data/*.txt
	printf '\n\n\n\0\n\0the\n'
	yes 'the other the abc ' | head -n 60000 | tr -d '\n'
	printf '\ne\314\201 the\n\n'
	noise 100000
	head -c 300000 /dev/zero | tr '\0' a
	printf '\nthe end'
} >text
"$BP" encode --whole -m m text | "$BP" decode --whole -m m >nfc
tr '\n' ' ' <text | head -c 700000 >line

for how in '--sample 0.2' '--sample=0 --seed 7' '--sample 0.3 --sampler viterbi' \
	'--sample 60 --sampler=perfect'; do
	for mode in '' -z --whole; do
		what="$how${mode:+ $mode}"
		"$BP" encode $how $mode -j 1 -m none text >ids-1 &&
			"$BP" decode $mode -m none ids-1 >out
		same "$what: decoding gives the text" out text
		"$BP" encode $how $mode -j 1 -m m text | "$BP" decode $mode -m m >out
		same "$what: decoding gives the normal form of the text" out nfc
		for j in 2 7; do
			"$BP" encode $how $mode -j $j -m none text >ids-j
			same "$what: $j threads give the ids of one" ids-j ids-1
		done
		cat text | "$BP" encode $how $mode -j 3 -m none >ids-j
		same "$what: standard input gives the ids of the file" ids-j ids-1
		{ head -c 5000 text; sleep 0.1; tail -c +5001 text; } |
			"$BP" encode $how $mode -j 2 -m none >ids-j
		same "$what: input that comes in parts is not cut at them" ids-j ids-1
		"$BP" encode $how $mode -j 2 -m m text >ids-j
		"$BP" encode $how $mode -j 1 -m m text >ids-m
		same "$what: with normalisation, 2 threads give the ids of one" ids-j ids-m
	done
	"$BP" encode $how -j 1 -m none text line text >ids-1
	"$BP" encode $how -j 4 -m none text line text >ids-j
	same "$how: several files, 4 threads give the ids of one" ids-j ids-1
done

"$BP" encode --sample 0.2 -m none text >ids
"$BP" encode --sample 0.2 --seed 0 --sampler perfect -m none text >ids-0
same "the seed is 0 and the sampler perfect if none is given" ids-0 ids
"$BP" encode --sample 0.2 --seed 1 -m none text >ids-1
check "another seed gives other ids" [ "$(cmp -s ids ids-1; echo $?)" = 1 ]
"$BP" encode --sample 0.2 --sampler viterbi -m none text >ids-1
check "another sampler gives other ids" [ "$(cmp -s ids ids-1; echo $?)" = 1 ]
"$BP" encode --sample 0.3 -m none text >ids-1
check "another alpha gives other ids" [ "$(cmp -s ids ids-1; echo $?)" = 1 ]
yes 'abc the abc the other abc' | head -n 1000 >equal
"$BP" encode --sample 0 -m m equal | sort -u >different
check "equal lines are drawn apart from each other" [ "$(wc -l <different)" -gt 100 ]
"$BP" encode --sample 0.3 -m m equal equal >ids
head -n 1000 ids >ids-1
tail -n 1000 ids >ids-2
check "equal files are drawn apart from each other" [ "$(cmp -s ids-1 ids-2; echo $?)" = 1 ]
"$BP" encode --sample 0.3 -m m equal >ids
same "what follows changes nothing" ids-1 ids
{ printf 'abc abc\nabc\n'; tail -n +3 equal; } >other
"$BP" encode --sample 0.3 -m m other | tail -n +3 >ids-1
tail -n +3 ids >ids-2
same "lines before, if they are as many, change nothing" ids-1 ids-2
for s in perfect viterbi; do
	"$BP" encode --sample 1e6 --sampler $s -m m equal >ids
	"$BP" encode -m m equal >best
	same "a large alpha gives the best segmentation ($s)" ids best
done

# Formats.
"$BP" encode --sample 0.4 -m none text >ids
"$BP" encode --sample 0.4 -m none -f pieces text | awk '{ n += NF } END { print n }' >n-pieces
awk '{ n += NF } END { print n }' ids >n-ids
same "as pieces they are as many" n-pieces n-ids
for f in u16 u32; do
	"$BP" encode --sample 0.4 -m none -f $f text >raw
	"$BP" decode --whole -m none -f $f raw | "$BP" encode --whole -m none >ids-f
	tr -d '\n' <text | "$BP" encode --whole -m none >ids-text
	same "as $f they are the same text" ids-f ids-text
	check "as $f they are as many" [ "$(wc -c <raw)" = "$(($(cat n-ids) * ${f#u} / 8))" ]
done

# The n best.
printf 'abc\n\nab\n' >abc
run encode -m m --nbest 3 -f pieces abc
check "--nbest ends with exit 0" [ "$status" = 0 ]
sed 's/^.*	/S	/' "$T/out" >lines
printf 'S	ab c\nS	a bc\nS	a b c\n\nS	\n\nS	ab\nS	a b\n\n' >expected
same "--nbest: lines of score and pieces, best first, and an empty line after each text" lines expected
run encode -m m --nbest 1 abc
# 256 bytes of count 1, and the pieces: a sum of 1326.
awk 'BEGIN { printf "%.9f", log(30 / 1326) + log(1 / 1326) }' >expected
head -n 1 "$T/out" | awk '{ printf "%.9f", $1 }' >score
same "--nbest: the score is the log-probability" score expected
run encode -m m --nbest 2 --whole abc
check "--nbest --whole: one text with its newlines" [ "$(wc -l <"$T/out")" = 3 ]
printf 'ab\nab\0\0ab' >nuls
run encode -m m --nbest 9 -z nuls
check "--nbest -z: texts end in NUL" [ "$(tr -d -c '\n' <"$T/out" | wc -c)" = 10 ]
tr -d '\0' <text | head -n 300 >some
for mode in '' -z --whole; do
	"$BP" encode -m m --nbest 1 $mode some | sed '/^$/d; s/^[^	]*	//' >first
	"$BP" encode -m m $mode some >best
	[ -z "$(tail -c 1 best)" ] || echo >>best
	same "--nbest 1 is what encode gives${mode:+ with $mode}" first best
	"$BP" encode -m m --nbest 4 -j 1 $mode some >one
	"$BP" encode -m m --nbest 4 -j 3 $mode <some >more
	same "--nbest: 3 threads give the lines of one${mode:+ with $mode}" more one
done
"$BP" encode -m m --nbest 3 line >out
"$BP" encode -m m line >best
check "--nbest: a line longer than a chunk has its n lines" [ "$(wc -l <out)" = 4 ]
head -n 1 out | sed 's/^[^	]*	//' | tr -d '\n' >first
tr -d '\n' <best >best-1
same "--nbest: and the first is what encode gives" first best-1
run encode -m m --nbest 3 /dev/null
gives "--nbest: no text gives no line" ''

# PATTERN ARGUMENTS...: wrong usage, with a message like this.
wrong()
{
	pattern=$1
	shift
	run "$@"
	fails "exit 2 and a message that names it: bytepiece $*" 2 "$pattern"
}
for a in '' -1 -0.5 nan inf -inf NaN infinity 1e999 0x1p3 1,5 ' 1' '1 ' +1 x 1x . e5; do
	wrong '--sample' encode -m m --sample "$a" abc
done
wrong '--sample' encode -m m abc --sample
for a in '' -1 x 1x 1.5 99999999999999999999; do
	wrong '--seed' encode -m m --sample 1 --seed "$a" abc
done
wrong '--sampler' encode -m m --sample 1 --sampler best abc
wrong '--sample' encode -m m --seed 1 abc
wrong '--sample' encode -m m --sampler viterbi abc
for a in '' 0 -1 x 1.5 65537; do
	wrong '--nbest' encode -m m --nbest "$a" abc
done
wrong "--nbest and --sample" encode -m m --nbest 2 --sample 1 abc
wrong "--open and --sample" encode -m m --open --sample 1 abc
wrong "--open and --nbest" encode -m m --open --nbest 2 abc
wrong "--sample and -f json" encode -m m --sample 1 -f json abc
for f in u16 u32 json; do
	wrong "--nbest needs .*, not -f $f" encode -m m --nbest 2 -f $f abc
	wrong "--open needs .*, not -f $f" encode -m m --open -f $f abc
done
# The rules come before the model, with -v too.
wrong "--open and --nbest" encode -v -m none-such --open --nbest 2 abc
for a in 0 0.0 .5 1. 1e-3 1E3 5; do
	run encode -m m --sample $a abc
	check "--sample $a is a number" [ "$status" = 0 ]
done

finish
