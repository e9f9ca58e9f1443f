#!/bin/sh
# Train vocabularies with the program given as the argument and with the peers that are installed,
# and print the bytes per token of unseen text: line by line, newlines not counted.
#
# VOCABULARY_TEXTS  names of texts (default: en zh code multi, and mix: the four together), with
#                   NAME.train.txt and NAME.dev.txt in the folder CORPORA, else in
#                   $BP_SHARED/corpora, else the sample in data/
# VOCABULARY_SIZES  numbers of ids (default: 8000 32000 100000)
# VOCABULARY_OURS   options of "bytepiece train", a set of them in each line (default: one set
#                   without options); the others and the peers are compared to the first
# VOCABULARY_PEERS  names of vocabulary.py (default: all but spm-unigram, which takes up to an hour)
# BENCH_PYTHON      the Python that has the peers (default: lib.sh), for example
#       python3 -m venv build/peers && build/peers/bin/pip install tokenizers sentencepiece rustbpe
#
# Neither ours nor the peers draw at random, so there are no seeds: texts of up to --sample-size are
# read whole.
set -eu
. tests/bench/lib.sh
bytepiece=$1
out=$(dirname "$bytepiece")/bench/vocabulary
mkdir -p "$out"
texts=${VOCABULARY_TEXTS:-en zh code multi mix}
sizes=${VOCABULARY_SIZES:-8000 32000 100000}
domains='en zh code multi'

if ! find_corpora; then
	echo "Only the sample in data/ is here: the figures mean little."
	texts=data
	domains=data
fi

# The training text of a name.
train_text() {
	if [ "$1" = mix ]; then
		echo "$out/mix.train.txt"
	else
		echo "$c/$1.train.txt"
	fi
}

# The domains of its unseen texts.
unseen() {
	if [ "$1" = mix ]; then
		echo "$domains"
	else
		echo "$1"
	fi
}

# From numbers of tokens on standard input, one for each unseen text of a name: bytes per token.
per_token() { # name
	for d in $(unseen "$1"); do
		tr -d '\n' < "$c/$d.dev.txt" | wc -c
	done > "$out/bytes"
	tr ' ' '\n' | paste "$out/bytes" - |
		awk '{ printf "%s%.4f", (NR > 1 ? " " : ""), $1 / $2 } END { print "" }'
}

# A row: for each domain bytes per token, and in brackets those of the first row by them.
row() { # vocabulary, name, size, figures, figures of the first row
	awk -v row="$1" -v name="$2" -v size="$3" -v figures="$4" -v ours="$5" \
		-v unseen="$(unseen "$2")" -v domains="$domains" 'BEGIN {
		n = split(unseen, u, " "); split(figures, f, " "); split(ours, o, " ")
		printf "| %s | %d | %s |", row, size, name
		for (i = 1; i <= split(domains, d, " "); i++) {
			cell = ""
			for (k = 1; k <= n; k++)
				if (u[k] == d[i])
					cell = sprintf(" %.3f (%.3f)", f[k], o[k] / f[k])
			printf "%s |", cell
		}
		print ""
	}'
}

# What "eval" says of our model on the unseen text of a domain, as a row.
measures() { # row's first cells, domain
	"$bytepiece" eval --quality -m "$out/our.model" "$c/$2.dev.txt" |
		awk -v row="$1" -v d="$2" '
		/^Renyi/ { renyi = $3 }
		/^vocabulary used/ { used = 100 * $3 / $5 }
		/^hardly used, %/ { hardly = $4 }
		/^single-source, %/ { single = $3 }
		/^over word ends, %/ { over = $5 }
		END {
			printf "| %s | %s | %s | %.0f | %.0f | %s | %s |\n", row, d, renyi, used,
				hardly, single, over
		}'
}

# The numbers of tokens of our vocabulary; its measures go to a file.
ours() { # name, size, options
	# Several words, not quoted.
	# shellcheck disable=SC2086
	"$bytepiece" train -q --vocab-size "$2" $3 -o "$out/our.model" "$(train_text "$1")"
	for d in $(unseen "$1"); do
		"$bytepiece" encode -m "$out/our.model" "$c/$d.dev.txt" | wc -w
		measures "bytepiece $3 | $2 | $1" "$d" >> "$out/measures"
	done | tr '\n' ' ' | sed 's/ $//'
}

# The numbers of tokens of a peer's vocabulary.
peer() { # peer, name, size
	peer=$1
	size=$3
	text=$(train_text "$2")
	set -- $(unseen "$2" | tr ' ' '\n' | sed "s|.*|$c/&.dev.txt|")
	OUT=$out "$python" tests/bench/vocabulary.py "$peer" "$size" "$text" "$@" 2> "$out/messages"
}

# All rows of a training text and size.
rows() { # name, size
	first=
	printf '%s\n' "${VOCABULARY_OURS-}" > "$out/ours"
	while IFS= read -r options <&3; do
		figures=$(ours "$1" "$2" "$options" | per_token "$1")
		first=${first:-$figures}
		row "bytepiece $options" "$1" "$2" "$figures" "$first"
	done 3< "$out/ours"
	for p in $present; do
		if tokens=$(peer "$p" "$1" "$2"); then
			row "$p" "$1" "$2" "$(echo "$tokens" | per_token "$1")" "$first"
		else
			echo "$p failed: $(tail -n 1 "$out/messages")"
		fi
	done
}

present=
for p in ${VOCABULARY_PEERS-bpe bpe-lines superbpe spm-bpe rustbpe}; do
	if version=$("$python" tests/bench/vocabulary.py "$p" 2> "$out/messages"); then
		present="$present $p"
		echo "$p: $version"
	else
		echo "$p: not installed for $python"
	fi
done

printf '\nBytes per token; in brackets those of the first row by them\n\n| | ids | trained on |'
printf ' %s |' $domains
printf '\n|---|---:|---|'
printf -- '---:%.0s|' $domains
echo
: > "$out/measures"
case " $texts " in *' mix '*)
	for d in $domains; do cat "$c/$d.train.txt"; done > "$out/mix.train.txt"
esac
for name in $texts; do
	for size in $sizes; do
		rows "$name" "$size"
	done
done
printf '\nMeasures of ours, by "bytepiece eval"\n\n'
echo '| | ids | trained on | unseen | Renyi efficiency | vocabulary used, % | hardly used, % |' \
	'single-source, % of tokens | over word ends, % of tokens |'
echo '|---|---:|---|---|---:|---:|---:|---:|---:|'
cat "$out/measures"
