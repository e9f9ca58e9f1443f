#!/bin/sh
# Time encoding and decoding with the program given as the argument beside the tokenizers that are
# installed: SentencePiece (spm_encode, from Debian's package sentencepiece) and Hugging Face's
# tokenizers, both with the same vocabulary, the Python package bytepiece, and the fastest from PyPI
# (peers.py): kitoken and tokie with the same vocabulary (tokie
# gives other ids: it divides text into words); gigatoken, splintr-rs and tiktoken with
# cl100k, which divide text into words first and merge pairs of bytes in each (BPE): another problem.
# BENCH_PYTHON is the Python that has them (lib.sh: its default).  A peer that is missing or fails is
# named, and has no row.  Commands are timed as whole processes, in turns, RUNS times
# (default 5).  A rate is of what a text takes longer than the first 256 KB of it, so that making the
# model ready is not in it; the start is the time for one line.
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
rm -f "$out"/e.*.log "$out/left-out"

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

peers='kitoken tokie gigatoken splintr tiktoken'

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

# A row: what it is, the logs' name, bytes and tokens of the text; their bytes per token are those of
# its part, too.
row() {
	log=$out/e.$2.log part_log=$out/e.$2.part.log start=$out/e.$2.start.log
	[ -s "$log" ] || return 0
	awk -v name="$1" -v least="$(best "$log" 1)" -v usual="$(median "$log" 1)" \
		-v least_part="$(best "$part_log" 1)" -v usual_part="$(median "$part_log" 1)" \
		-v start="$(median "$start" 1)" -v kb="$(median "$log" 2)" \
		-v bytes="$3" -v tokens="$4" -v part="$part" -v ours="$(median "$out/e.one.log" 1)" \
		-v our_part="$(median "$out/e.one.part.log" 1)" -v our_bytes="$bytes" 'BEGIN {
		more = bytes - part
		seconds = usual - usual_part
		printf "| %s | %.1f | %.1f | %s | %.2f | %.1f | %s |\n", name,
			more / (least - least_part) / 1e6, more / seconds / 1e6,
			(tokens > 0 ? sprintf("%.1f", tokens * more / bytes / seconds / 1e6) : "-"),
			seconds / more / ((ours - our_part) / (our_bytes - part)),
			start * 1000, (kb > 0 ? sprintf("%.0f", kb / 1024) : "-") }'
}

# A command on all of a text, the lines in its first 256 KB, and its first line, into the logs NAME,
# NAME.part and NAME.start: name, text, bytes of the text's part and line, command before the text.
both() {
	name=$1 on=$2
	head -c "$3" "$on" > "$out/part"
	head -c "$4" "$on" > "$out/line"
	shift 4
	timed "$out/e.$name.log" "$@" "$on" &&
		timed "$out/e.$name.part.log" "$@" "$out/part" &&
		timed_short "$out/e.$name.start.log" "$@" "$out/line"
}

# As both(), for a peer: after a failure it is not tried again.
peer() {
	case " $failed " in *" $1 "*) return 0 ;; esac
	both "$@" || {
		failed="$failed $1"
		rm -f "$out/e.$1".*log
	}
}

measure() { # model, text of some MB, its name
	rm -f "$out"/e.*.log
	head -c 1000000 "$2" | sed '$d' > "$out/short.txt"
	"$bytepiece" convert -q -f binary -o "$out/binary" "$1"
	"$bytepiece" encode -q -m "$1" -f u32 -o "$out/ids.u32" "$2"
	"$bytepiece" encode -q -m "$1" -o "$out/ids.txt" "$2"
	"$bytepiece" encode -q -m "$1" --whole -f u32 -o "$out/whole.u32" "$2"
	# What the first part and the first line are as text and as ids.  The part ends in whole lines:
	# not every peer takes half a character.
	line=$(head -n 1 "$2" | wc -c)
	head -c 262144 "$2" | sed '$d' > "$out/part"
	part=$(wc -c < "$out/part")
	head -n 1 "$2" > "$out/line"
	part_u32=$("$bytepiece" encode -q -m "$1" --whole -f u32 "$out/part" | wc -c)
	line_u32=$("$bytepiece" encode -q -m "$1" --whole -f u32 "$out/line" | wc -c)
	part_ids=$("$bytepiece" encode -q -m "$1" "$out/part" | wc -c)
	line_ids=$("$bytepiece" encode -q -m "$1" "$out/line" | wc -c)
	spm= hf= published= found= failed=
	if command -v spm_encode > /dev/null &&
		"$bytepiece" convert -q -f sentencepiece -o "$out/spm.model" "$1" 2> /dev/null; then
		spm="$(spm_encode --version | sed 's/^sentencepiece/SentencePiece/')"
	fi
	if "$bytepiece" convert -q -f huggingface -o "$out/tokenizer.json" "$1" 2> /dev/null &&
		present tokenizers "$python" "$out/huggingface.py" "$out/tokenizer.json" /dev/null; then
		hf=$("$python" -c 'import tokenizers; print(tokenizers.__version__)')
	fi
	if present "bytepiece (Python)" "$python" "$out/encode.py" "$1" "$out/line"; then
		published=1
	fi
	for p in $peers; do
		present "$p" "$python" tests/bench/peers.py "$p" "$out" "$out/line" && found="$found $p"
	done
	for i in $(seq "$runs"); do
		both one "$2" "$part" "$line" "$bytepiece" encode -j1 -f u32 -m "$1"
		both binary "$2" "$part" "$line" "$bytepiece" encode -j1 -f u32 -m "$out/binary"
		both ids "$2" "$part" "$line" "$bytepiece" encode -j1 -m "$1"
		both all "$2" "$part" "$line" "$bytepiece" encode -f u32 -m "$1"
		both sample "$2" "$part" "$line" "$bytepiece" encode -j1 --sample 0.2 -f u32 -m "$1"
		[ -z "$spm" ] || peer spm "$2" "$part" "$line" spm_encode --model="$out/spm.model" \
			--output_format=id
		for p in $found; do
			peer "$p" "$2" "$part" "$line" "$python" tests/bench/peers.py "$p" "$out"
		done
		[ -z "$published" ] || [ "$i" -gt 1 ] ||
			peer python "$out/short.txt" "$part" "$line" "$python" "$out/encode.py" "$1"
		[ -z "$hf" ] || [ "$i" -gt 2 ] ||
			peer hf "$out/short.txt" "$part" "$line" env TOKENIZERS_PARALLELISM=false \
				"$python" "$out/huggingface.py" "$out/tokenizer.json"
		both decode "$out/whole.u32" "$part_u32" "$line_u32" "$bytepiece" decode -f u32 --whole -m "$1"
		both text "$out/ids.txt" "$part_ids" "$line_ids" "$bytepiece" decode -m "$1"
	done
	bytes=$(wc -c < "$2")
	tokens=$(($(wc -c < "$out/ids.u32") / 4))
	printf '\n%s, %s: %s bytes per token\n\n' "$(basename "$1")" "$3" \
		"$(echo "$bytes $tokens $(wc -l < "$2")" | awk '{ printf "%.3f", ($1 - $3) / $2 }')"
	echo '| | MB/s, best | MB/s, median | million tokens/s | time / ours | start, ms | peak MB |'
	echo '|---|---:|---:|---:|---:|---:|---:|'
	row "encode -j1 -f u32" one "$bytes" "$tokens"
	row "encode -j1 -f u32, the model in binary form" binary "$bytes" "$tokens"
	row "encode -j1" ids "$bytes" "$tokens"
	row "encode -f u32, all processors" all "$bytes" "$tokens"
	row "encode -j1 --sample 0.2" sample "$bytes" "$tokens"
	row "$spm, the same vocabulary" spm "$bytes" "$tokens"
	short=$(wc -c < "$out/short.txt")
	row "tokenizers $hf (Python), the same vocabulary" hf "$short" $((tokens / (bytes / short)))
	row "bytepiece 0.6.3 (Python)" python "$short" $((tokens / (bytes / short)))
	for p in $found; do
		case $p in
		kitoken) row "$p (Python), the same vocabulary" "$p" "$bytes" "$tokens" ;;
		tokie) row "$p (Python), the same vocabulary, other ids" "$p" "$bytes" 0 ;;
		*) row "$p (Python), cl100k: BPE inside of words" "$p" "$bytes" 0 ;;
		esac
	done
	row "decode -f u32" decode "$bytes" "$tokens"
	row "decode" text "$bytes" "$tokens"
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
