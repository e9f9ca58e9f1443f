#!/bin/sh
# Time encoding and decoding with the program given as the argument beside the tokenizers that are
# installed: SentencePiece (spm_encode, from Debian's package sentencepiece) and Hugging Face's
# tokenizers, both with the same vocabulary, and the Python package bytepiece.  Commands are timed as whole processes, in turns, RUNS times
# (default 5); a rate is of the time less that of the same command on no text, which is the start.
#
# Models: BENCH_MODELS, else the largest ones of $BP_SHARED/vectors, else one that is trained on data/.
# Texts: BENCH_TEXTS, else those of $BP_SHARED/corpora, else data/; each repeated up to BENCH_MB (32).
set -eu
. tests/bench/lib.sh
bytepiece=$1
runs=${RUNS:-5}
mb=${BENCH_MB:-32}
out=$(dirname "$bytepiece")/bench
mkdir -p "$out"
rm -f "$out"/e.*.log

models=${BENCH_MODELS:-}
if [ -z "$models" ] && [ -d "$BP_SHARED/vectors/models" ]; then
	models=$BP_SHARED/vectors/models/bytepiece_80k.model
elif [ -z "$models" ]; then
	models=$out/sample.model
	"$bytepiece" train -q --vocab-size 4000 -o "$models" data/*.txt
	echo "Only the sample in data/ is here: the figures mean little."
fi
texts=${BENCH_TEXTS:-}
if [ -z "$texts" ] && [ -d "$BP_SHARED/corpora" ]; then
	for domain in en zh code multi; do
		texts="$texts $BP_SHARED/corpora/$domain.train.txt"
	done
elif [ -z "$texts" ]; then
	cat data/*.txt > "$out/data.txt"
	texts=$out/data.txt
fi

cat > "$out/encode.py" << 'P'
import sys, bytepiece
t = bytepiece.Tokenizer(sys.argv[1])
for line in open(sys.argv[2], encoding='utf-8', newline='\n'):
    t.encode(line.rstrip('\n'))
P

cat > "$out/huggingface.py" << 'P'
import sys, tokenizers
t = tokenizers.Tokenizer.from_file(sys.argv[1])
for line in open(sys.argv[2], encoding='utf-8', newline='\n'):
    t.encode(line.rstrip('\n'), add_special_tokens=False)
P

# A row: name, its log, log of its start, bytes, tokens, our log and start, our bytes.
row() {
	[ -s "$2" ] || return 0
	awk -v name="$1" -v least="$(best "$2" 1)" -v usual="$(median "$2" 1)" \
		-v start="$(median "$3" 1)" -v kb="$(median "$2" 2)" -v bytes="$4" -v tokens="$5" \
		-v ours="$(median "$6" 1)" -v our_start="$(median "$7" 1)" -v our_bytes="$8" 'BEGIN {
		printf "| %s | %.1f | %.1f | %.1f | %.2f | %.0f | %s |\n", name,
			bytes / (least - start) / 1e6, bytes / (usual - start) / 1e6,
			tokens / (usual - start) / 1e6,
			((usual - start) / bytes) / ((ours - our_start) / our_bytes),
			start * 1000, (kb > 0 ? sprintf("%.0f", kb / 1024) : "-") }'
}

# Commands on a text and on none, into the logs NAME and NAME.0: name, text, command before the text.
both() {
	name=$1
	on=$2
	shift 2
	timed "$out/e.$name.log" "$@" "$on"
	timed "$out/e.$name.0.log" "$@" /dev/null
}

measure() { # model, text of some MB, its name
	rm -f "$out"/e.*.log
	head -c 1000000 "$2" | sed '$d' > "$out/short.txt"
	"$bytepiece" encode -q -m "$1" -f u32 -o "$out/ids.u32" "$2"
	"$bytepiece" encode -q -m "$1" -o "$out/ids.txt" "$2"
	"$bytepiece" encode -q -m "$1" --whole -f u32 -o "$out/whole.u32" "$2"
	peer=
	if command -v spm_encode > /dev/null &&
		"$bytepiece" convert -q -f sentencepiece -o "$out/spm.model" "$1" 2> /dev/null; then
		peer=1
	fi
	hf= python=
	if "$bytepiece" convert -q -f huggingface -o "$out/tokenizer.json" "$1" 2> /dev/null &&
		python3 "$out/huggingface.py" "$out/tokenizer.json" /dev/null 2> /dev/null; then
		hf=1
	fi
	if python3 "$out/encode.py" "$1" /dev/null 2> /dev/null; then
		python=1
	fi
	for i in $(seq "$runs"); do
		both one "$2" "$bytepiece" encode -j1 -f u32 -m "$1"
		both ids "$2" "$bytepiece" encode -j1 -m "$1"
		both all "$2" "$bytepiece" encode -f u32 -m "$1"
		both sample "$2" "$bytepiece" encode -j1 --sample 0.2 -f u32 -m "$1"
		[ -n "$peer" ] && both spm "$2" spm_encode --model="$out/spm.model" --output_format=id
		[ -n "$python" ] && [ "$i" -eq 1 ] &&
			both python "$out/short.txt" python3 "$out/encode.py" "$1"
		[ -n "$hf" ] && [ "$i" -le 2 ] &&
			both hf "$out/short.txt" env TOKENIZERS_PARALLELISM=false \
				python3 "$out/huggingface.py" "$out/tokenizer.json"
		both decode "$out/whole.u32" "$bytepiece" decode -f u32 --whole -m "$1"
		both text "$out/ids.txt" "$bytepiece" decode -m "$1"
	done
	bytes=$(wc -c < "$2")
	tokens=$(($(wc -c < "$out/ids.u32") / 4))
	printf '\n%s, %s: %s bytes per token\n\n' "$(basename "$1")" "$3" \
		"$(echo "$bytes $tokens $(wc -l < "$2")" | awk '{ printf "%.3f", ($1 - $3) / $2 }')"
	echo '| | MB/s, best | MB/s, median | million tokens/s | time / ours | start, ms | peak MB |'
	echo '|---|---:|---:|---:|---:|---:|---:|'
	ours="$out/e.one.log $out/e.one.0.log $bytes"
	row "encode -j1 -f u32" "$out/e.one.log" "$out/e.one.0.log" "$bytes" "$tokens" $ours
	row "encode -j1" "$out/e.ids.log" "$out/e.ids.0.log" "$bytes" "$tokens" $ours
	row "encode -f u32, all processors" "$out/e.all.log" "$out/e.all.0.log" "$bytes" "$tokens" $ours
	row "encode -j1 --sample 0.2" "$out/e.sample.log" "$out/e.sample.0.log" "$bytes" "$tokens" $ours
	row "SentencePiece, the same vocabulary" "$out/e.spm.log" "$out/e.spm.0.log" "$bytes" "$tokens" $ours
	short=$(wc -c < "$out/short.txt")
	row "tokenizers (Python), the same vocabulary" "$out/e.hf.log" "$out/e.hf.0.log" "$short" \
		$((tokens / (bytes / short))) $ours
	row "bytepiece 0.6.3 (Python)" "$out/e.python.log" "$out/e.python.0.log" "$short" \
		$((tokens / (bytes / short))) $ours
	row "decode -f u32" "$out/e.decode.log" "$out/e.decode.0.log" "$bytes" "$tokens" $ours
	row "decode" "$out/e.text.log" "$out/e.text.0.log" "$bytes" "$tokens" $ours
}

printf 'Machine: %s, %s processors\n' \
	"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2> /dev/null | head -n 1)" "$(nproc)"
for model in $models; do
	for text in $texts; do
		: > "$out/text.txt"
		while [ "$(wc -c < "$out/text.txt")" -lt $((mb * 1000000)) ]; do
			cat "$text" >> "$out/text.txt"
		done
		measure "$model" "$out/text.txt" "$(basename "$text")"
	done
done
