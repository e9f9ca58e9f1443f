#!/bin/sh
# The effect of a tokenizer on a small language model: train vocabularies with the program given as the
# argument and with the peers that are installed, and print for each the bits per byte of unseen text under
# an n-gram model over its ids (bits.c), with all n-grams and with an equal number of them.  Lower is better.
#
# BITS_TEXTS    names of texts (default: en code zh): NAME.train.txt and NAME.dev.txt in the folder CORPORA,
#               else $BP_SHARED/corpora, else the sample in data/
# BITS_SIZE     number of ids (default: 32000)
# BITS_NGRAMS   the equal number of bigrams and trigrams (default: 1000000)
# BITS_OURS     lists of options of "bytepiece train", one in each line
# BITS_PEERS    names of bits.py (default: bpe superbpe)
# BITS_IDS      files of ids of any other tokenizer, one in each line: NAME TEXT IDS EOS TRAIN_IDS DEV_IDS, as
#               bits.c reads them, with EOS at the end of each line of NAME's text TEXT
# BENCH_PYTHON  the Python that has the peers (default: that of build/peers, if it is there, else python3):
#               python3 -m venv build/peers && build/peers/bin/pip install tokenizers
#
# Each line is a text, and its end is one more id and byte to predict.  Nothing is random.
set -eu
bytepiece=$1
bits=$(dirname "$bytepiece")/bits
out=$(dirname "$bytepiece")/bench/bits
mkdir -p "$out"
python=${BENCH_PYTHON:-$(dirname "$bytepiece")/peers/bin/python}
[ -x "$python" ] || python=python3
size=${BITS_SIZE:-32000}
ngrams=${BITS_NGRAMS:-1000000}
texts=${BITS_TEXTS:-en code zh}

c=${CORPORA:-${BP_SHARED:-../shared}/corpora}
if [ ! -d "$c" ]; then
	echo "Only the sample in data/ is here, and the model has seen it: the figures mean little."
	c=$out/sample
	mkdir -p "$c"
	cat data/*.txt > "$c/data.train.txt"
	cp "$c/data.train.txt" "$c/data.dev.txt"
	texts=data
fi

# A row: the same n-gram model, with all its n-grams and with some.
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
		"$bytepiece" encode -q --eos -f u32 -m "$out/model" -o "$out/$part.u32" "$c/$1.$part.txt"
	done
	row "bytepiece${2:+ \`$2\`}" "$1" "$size" 2 "$out/train.u32" "$out/dev.u32"
}

peer() { # text, name
	"$python" "$(dirname "$0")/bits.py" "$2" "$size" "$c/$1.train.txt" \
		"$c/$1.train.txt" "$out/train.u32" "$c/$1.dev.txt" "$out/dev.u32"
	row "$2" "$1" "$((size + 1))" "$size" "$out/train.u32" "$out/dev.u32"
}

echo "| vocabulary, $size ids | text | bytes per token | bits per byte | n-grams, thousands | bits per byte, $ngrams n-grams |"
echo "|---|---|---:|---:|---:|---:|"
for t in $texts; do
	printf '%s\n' "${BITS_OURS-
--across-spaces words
--across-spaces no}" | while read -r options; do ours "$t" "$options"; done
	for p in ${BITS_PEERS-bpe superbpe}; do
		if "$python" -c 'import tokenizers' 2> /dev/null; then
			peer "$t" "$p"
		else
			echo "$p: tokenizers is not installed" >&2
		fi
	done
	[ -z "${BITS_IDS-}" ] || printf '%s\n' "$BITS_IDS" | while read -r name text n eos train dev; do
		[ "$text" != "$t" ] || row "$name" "$t" "$n" "$eos" "$train" "$dev"
	done
done
