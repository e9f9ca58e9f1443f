#!/bin/sh
# A demonstration on real text: train on data/ and the sources, encode, decode, compare.
# Arguments: the program, and a folder for its output.
set -eu
bytepiece=$1
out=$2
mkdir -p "$out"
texts=$(ls data/*.txt src/*/*.c src/*/*.h include/*.h)

say() {
	echo
	echo "\$ $*"
}

say "bytepiece train --vocab-size 6000 -o $out/demo.model data/*.txt src/*/*.[ch] include/*.h"
# shellcheck disable=SC2086
"$bytepiece" train --vocab-size 6000 -o "$out/demo.model" $texts

say bytepiece inspect $out/demo.model
"$bytepiece" inspect "$out/demo.model"

cat data/*.txt > "$out/text.txt"
say "cat data/*.txt > $out/text.txt"
say bytepiece encode -m $out/demo.model -o $out/text.ids $out/text.txt
"$bytepiece" encode -m "$out/demo.model" -o "$out/text.ids" "$out/text.txt"
say bytepiece decode -m $out/demo.model -o $out/text.back $out/text.ids
"$bytepiece" decode -m "$out/demo.model" -o "$out/text.back" "$out/text.ids"
say cmp $out/text.txt $out/text.back
cmp "$out/text.txt" "$out/text.back"
echo "$(wc -c < "$out/text.txt") bytes were encoded as $(wc -w < "$out/text.ids") ids, and decoding restored them"

say bytepiece encode -m $out/demo.model -f pieces
for f in data/prose.en.txt data/prose.zh.txt data/languages.txt data/code.txt; do
	awk 'length($0) > 40 { n++ } n == 3 { print; exit }' "$f"
done > "$out/lines.txt"
"$bytepiece" encode -m "$out/demo.model" -f pieces "$out/lines.txt"
