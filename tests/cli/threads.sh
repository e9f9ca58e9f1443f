# Every command that works in several threads gives with three of them what it gives with one.  It is
# short, to be run under the thread sanitizer.
. tests/cli/lib.sh

cd "$T/w" || exit 1
cat "$ROOT"/data/*.txt >text
tr '\n' ' ' <text >line
head -c 20000 text >short

# FACT ARGUMENTS...: a command that writes -o.
alike()
{
	fact=$1
	shift
	rm -f one three
	run "$@" -j 1 -o one
	[ "$status" = 0 ] || not_ok "$fact: one thread: exit 0"
	run "$@" -j 3 -o three
	[ "$status" = 0 ] || not_ok "$fact: three threads: exit 0"
	same "$fact" three one
}
alike "train" train -q --vocab-size 900 short "$ROOT/data/code.txt"
mv one m
alike "train --reference" train -q --reference --vocab-size 900 short "$ROOT/data/code.txt"
alike "train --memory" train -q --memory 1M --vocab-size 900 text
alike "count" count -q short "$ROOT/data/code.txt"
alike "encode" encode -q -m m text
alike "encode, a long line" encode -q -m m -f u16 line
alike "encode --whole" encode -q -m m --whole text line short
alike "encode -f pieces --bos" encode -q -m m -f pieces --bos text
alike "encode -f json" encode -q -m m -f json text
alike "encode --nbest" encode -q -m m --nbest 3 short
alike "encode --open" encode -q -m m --open short
alike "encode --sample" encode -q -m m --sample 0.3 --seed 5 text
alike "encode --sample, a long line" encode -q -m m --sample 0.3 --seed 5 line
alike "encode --sampler viterbi" encode -q -m m --sample 0.3 --sampler viterbi text
alike "encode --specials" encode -q -m m --specials text
run encode -q -m m -o ids text
alike "decode" decode -q -m m ids
for threads in 1 3; do
	run eval -q -m m -j $threads -f json text
	sed 's/"encoding_rate": *[0-9.e+-]*//g' "$T/out" >eval.$threads
done
same "eval" eval.3 eval.1
finish
