#!/bin/sh
# Time training with the program given as the argument beside the tokenizers that are installed: SentencePiece
# (spm_train) and the Python package bytepiece (of the Python that lib.sh finds).  Commands are timed as whole processes,
# in turns, RUNS times (default 5); what is printed is the median, and its ratio to ours.
#
# The text is that of $BP_SHARED/corpora, or what BENCH_TRAIN and BENCH_TEXT name.  Without either
# it is the sample in data/, which is too small for more than a first look.
set -eu
. tests/bench/lib.sh
bytepiece=$1
runs=${RUNS:-5}
c=$BP_SHARED/corpora
out=$(dirname "$bytepiece")/bench
mkdir -p "$out"

if [ -n "${BENCH_TRAIN:-}" ] && [ -n "${BENCH_TEXT:-}" ]; then
	train=$BENCH_TRAIN
	unseen=$BENCH_TEXT
elif [ -d "$c" ]; then
	train=$c/en.train.txt
	unseen=$c/en.dev.txt
else
	train=$out/text.txt
	unseen=$train
	cat data/*.txt > "$train"
	echo "Only the sample in data/ is here: the figures mean little."
fi

# A row: name, its log, bytes of text, our log.
row() {
	[ -s "$2" ] || return 0
	awk -v name="$1" -v s="$(median "$2" 1)" -v kb="$(median "$2" 2)" -v bytes="$3" \
		-v ours="$(median "$4" 1)" -v our_kb="$(median "$4" 2)" 'BEGIN {
		printf "| %s | %.2f | %.2f | %.2f | %s | %s |\n", name, s, bytes / s / 1e6, s / ours,
			(kb > 0 ? sprintf("%.0f", kb / 1024) : "-"),
			(kb > 0 && our_kb > 0 ? sprintf("%.2f", kb / our_kb) : "-") }'
}

# A row of figures that were measured once, elsewhere: name, bytes, seconds, MB, our bytes, our log.
# Times are compared per byte.
recorded() {
	awk -v name="$1" -v bytes="$2" -v s="$3" -v mb="$4" -v our_bytes="$5" \
		-v ours="$(median "$6" 1)" -v our_kb="$(median "$6" 2)" 'BEGIN {
		printf "| %s | %.2f | %.2f | %.2f | %s | %s |\n", name, s, bytes / s / 1e6,
			s / bytes / (ours / our_bytes), mb,
			(our_kb > 0 ? sprintf("%.2f", mb * 1024 / our_kb) : "-") }'
}

header() {
	printf '\n%s\n\n' "$1"
	echo '| | seconds | MB/s | time / ours | peak MB | memory / ours |'
	echo '|---|---:|---:|---:|---:|---:|'
}

# Ids on standard input: the row of a model that made them.
per_token() { # name
	wc -w | awk -v name="$1" -v bytes="$(tr -d '\n' < "$unseen" | wc -c)" \
		'{ printf "| %s | %.3f |\n", name, bytes / $1 }'
}

rm -f "$out"/t?.log "$out/left-out" "$out/spm.model"
size=$(wc -c < "$train")
vocab=8000
small=$out/small.txt
head -c 1000000 "$train" | sed '$d' > "$small"
cat > "$out/train.py" << 'P'
import sys, bytepiece
class Lines:
    def __iter__(self):
        for line in open(sys.argv[1], encoding='utf-8', newline='\n'):
            yield line.rstrip('\n')
t = bytepiece.Trainer(max_vocab_size=int(sys.argv[3]), min_count=2)
t.train(Lines(), workers=1)
t.save(sys.argv[2])
P
spm=$(spm_train --version 2> /dev/null | sed 's/^sentencepiece/SentencePiece/')
for i in $(seq "$runs"); do
	timed "$out/t1.log" "$bytepiece" train -q --vocab-size $vocab -o "$out/our.model" "$train"
	timed "$out/t2.log" "$bytepiece" train -q --reference --vocab-size $vocab \
		-o "$out/reference.model" "$train"
	timed "$out/t6.log" "$bytepiece" train -q --memory 128M --vocab-size $vocab \
		-o "$out/spilled.model" "$train"
	if [ "$i" -le 2 ] && command -v spm_train > /dev/null; then
		timed "$out/t3.log" spm_train --model_type=unigram --vocab_size=$vocab \
			--input="$train" --model_prefix="$out/spm" --max_sentence_length=100000 \
			--character_coverage=1 --hard_vocab_limit=false --num_threads=2 || rm -f "$out/t3.log"
	fi
done
timed "$out/t4.log" "$bytepiece" train -q --reference --vocab-size $vocab -o "$out/s.model" "$small"
if present "bytepiece (Python)" "$python" -c 'import bytepiece'; then
	timed "$out/t5.log" "$python" "$out/train.py" "$small" "$out/python.model" $vocab ||
		rm -f "$out/t5.log"
fi
header "Training, $vocab pieces from $(basename "$train"), all processors"
row "bytepiece" "$out/t1.log" "$size" "$out/t1.log"
row "bytepiece --reference" "$out/t2.log" "$size" "$out/t1.log"
row "bytepiece --memory 128M" "$out/t6.log" "$size" "$out/t1.log"
row "$spm Unigram" "$out/t3.log" "$size" "$out/t1.log"
recorded "bytepiece 0.6.3 (Python), recorded: 16 MB of English, processor seconds" \
	16000000 202 1100 "$size" "$out/t1.log"
printf '\nBytes per token on text not trained on (%s), newlines not counted\n\n' "$(basename "$unseen")"
echo '| | bytes per token |'
echo '|---|---:|'
"$bytepiece" encode -m "$out/our.model" "$unseen" | per_token "bytepiece"
"$bytepiece" encode -m "$out/reference.model" "$unseen" | per_token "bytepiece --reference"
if [ -r "$out/spm.model" ]; then
	spm_encode --model="$out/spm.model" --output_format=id "$unseen" |
		per_token "$spm Unigram"
fi
header "Training as the Python package does, on the first MB of it"
row "bytepiece --reference" "$out/t4.log" 1000000 "$out/t4.log"
row "bytepiece 0.6.3 (Python)" "$out/t5.log" 1000000 "$out/t4.log"

# A large text, once: BENCH_LARGE names it, BENCH_LARGE_TEXT another text of its kind.
[ -n "${BENCH_LARGE:-}" ] && [ -x /usr/bin/time ] || exit 0
# NAME COMMAND...
large() {
	name=$1
	shift
	run /usr/bin/time -o "$out/memory" -f '%e %U %S %M' "$@" || return 1
	awk -v name="$name" '{ printf "| %s | %.0f | %.0f | %.0f |\n", name, $1, $2 + $3, $4 / 1024 }' "$out/memory"
}
printf '\nTraining, 32000 pieces from %s, %s bytes, all processors\n\n' "$(basename "$BENCH_LARGE")" \
	"$(wc -c < "$BENCH_LARGE")"
echo '| | seconds | CPU seconds | peak MB |'
echo '|---|---:|---:|---:|'
large "bytepiece" "$bytepiece" train -q --vocab-size 32000 -o "$out/large.model" "$BENCH_LARGE"
large "bytepiece --memory 512M" "$bytepiece" train -q --memory 512M --vocab-size 32000 -o "$out/large.512" "$BENCH_LARGE"
cmp "$out/large.model" "$out/large.512"
large "bytepiece, the text eight times through a pipe" sh -c '
	for i in 1 2 3 4 5 6 7 8; do tr 0-9 "$(echo 0123456789 | cut -c $i-)0123456789" < "$1"; done |
	"$2" train -q --vocab-size 32000 -o "$3"' sh "$BENCH_LARGE" "$bytepiece" "$out/large.pipe"
if command -v spm_train > /dev/null; then
	large "$spm Unigram, 500,000 drawn lines" spm_train --model_type=unigram --vocab_size=32000 \
		--input="$BENCH_LARGE" --model_prefix="$out/spm-large" --input_sentence_size=500000 \
		--max_sentence_length=100000 --character_coverage=1 --hard_vocab_limit=false --num_threads=2 ||
		rm -f "$out/spm-large.model"
fi
[ -n "${BENCH_LARGE_TEXT:-}" ] || exit 0
unseen=$BENCH_LARGE_TEXT
printf '\nBytes per token on %s\n\n| | bytes per token |\n|---|---:|\n' "$(basename "$unseen")"
"$bytepiece" encode -m "$out/large.model" "$unseen" | per_token "bytepiece"
[ ! -r "$out/spm-large.model" ] ||
	spm_encode --model="$out/spm-large.model" --output_format=id "$unseen" | per_token "$spm Unigram"
