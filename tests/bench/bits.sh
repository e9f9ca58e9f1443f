#!/bin/sh
# The effect of a tokenizer on a small language model: train vocabularies with the program given as
# the argument and with the peers that are installed, and print for each the bits per byte of unseen
# text under an n-gram model over its ids (bits.c), with all n-grams and with an equal number of
# them.  Lower is better.
#
# BITS_TEXTS    names of texts (default: en code zh), with NAME.train.txt and NAME.dev.txt in the
#               folder CORPORA, else in $BP_SHARED/corpora, else the sample in data/
# BITS_SIZE     number of ids (default: 32000)
# BITS_NGRAMS   the equal number of bigrams and trigrams (default: 1000000)
# BITS_OURS     options of "bytepiece train", a set of them in each line
# BITS_PEERS    names of vocabulary.py (default: bpe superbpe)
# BITS_IDS      ids of any other tokenizer, a line for each: NAME TEXT IDS EOS TRAIN DEV, the last
#               two being files of ids as bits.c reads them, with the id EOS behind each line
# BENCH_PYTHON  the Python that has the peers, as for vocabulary.sh
#
# Each line is a text, and its end is one more id and byte to predict.  Nothing is drawn at random.
set -eu
. tests/bench/lib.sh
bytepiece=$1
bits=$(dirname "$bytepiece")/tests/bits
out=$(dirname "$bytepiece")/bench/bits
mkdir -p "$out"
python=${BENCH_PYTHON:-$(dirname "$bytepiece")/peers/bin/python}
[ -x "$python" ] || python=python3
size=${BITS_SIZE:-32000}
ngrams=${BITS_NGRAMS:-1000000}
texts=${BITS_TEXTS:-en code zh}

if ! find_corpora; then
	echo "Only the sample in data/ is here, and the model has seen it: the figures mean little."
	texts=data
fi

# A row, of models with all n-grams and with some.
row() { # name, text, number of ids, end of text, ids of the training text, ids of the unseen text
	bytes=$(wc -c < "$c/$2.dev.txt")
	all=$("$bits" "$3" "$4" "$5" "$6" "$bytes")
	some=$("$bits" -n "$ngrams" "$3" "$4" "$5" "$6" "$bytes")
	lines=$(wc -l < "$c/$2.dev.txt")
	printf '%s\t%s\n' "$all" "$some" | awk -F '\t' -v name="$1" -v text="$2" \
		-v bytes="$bytes" -v lines="$lines" '{
		printf "| %s | %s | %.3f | %.4f | %d | %.4f |\n", name, text,
			(bytes - lines) / ($1 - lines), $2, $3 / 1000, $5
	}'
}

ours() { # text, options
	# Several words, not quoted.
	# shellcheck disable=SC2086
	"$bytepiece" train -q --vocab-size "$size" $2 -o "$out/model" "$c/$1.train.txt"
	for part in train dev; do
		"$bytepiece" encode -q --eos -f u32 -m "$out/model" -o "$out/$part.u32" \
			"$c/$1.$part.txt"
	done
	row "bytepiece${2:+ \`$2\`}" "$1" "$size" 2 "$out/train.u32" "$out/dev.u32"
}

peer() { # text, name
	OUT=$out "$python" tests/bench/vocabulary.py "$2" "$size" "$c/$1.train.txt" \
		"$c/$1.train.txt=$out/train.u32" "$c/$1.dev.txt=$out/dev.u32" > "$out/counts"
	row "$2" "$1" "$((size + 1))" "$size" "$out/train.u32" "$out/dev.u32"
}

echo "| vocabulary, $size ids | text | bytes per token | bits per byte | n-grams, thousands |" \
	"bits per byte, $ngrams n-grams |"
echo "|---|---|---:|---:|---:|---:|"
for t in $texts; do
	printf '%s\n' "${BITS_OURS-
--across-spaces words
--across-spaces no}" | while read -r options; do ours "$t" "$options"; done
	for p in ${BITS_PEERS-bpe superbpe}; do
		if "$python" tests/bench/vocabulary.py "$p" > "$out/version" 2> /dev/null; then
			peer "$t" "$p"
		else
			echo "$p: not installed for $python" >&2
		fi
	done
	printf '%s\n' "${BITS_IDS-}" | while read -r name text n eos train dev; do
		[ "$text" != "$t" ] || row "$name" "$t" "$n" "$eos" "$train" "$dev"
	done
done
