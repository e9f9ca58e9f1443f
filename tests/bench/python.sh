# The Python module's speed beside that of the program given as the argument.
set -eu
. tests/bench/lib.sh
bytepiece=$1
out=$(dirname "$bytepiece")/bench
mkdir -p "$out"
"$bytepiece" train -q --vocab-size 8000 -f binary -o "$out/python.model" data/*.txt
texts=data/prose.en.txt
[ ! -d "$BP_SHARED/corpora" ] || texts="$BP_SHARED/corpora/en.dev.txt $BP_SHARED/corpora/multi.dev.txt"
for text in $texts; do
	# Eight megabytes or more, so that the start of the program is a small part.
	: > "$out/python.txt"
	while [ "$(wc -c < "$out/python.txt")" -lt 8000000 ]; do
		cat "$text" "$text" "$text" "$text" >> "$out/python.txt"
	done
	printf '\nPython module, %s\n' "$(basename "$text")"
	BYTEPIECE_LIBRARY=$(cd "$(dirname "$bytepiece")" && pwd)/libbytepiece.so PYTHONPATH=src/python \
		PYTHONDONTWRITEBYTECODE=1 "$python" tests/bench/python.py \
		"$out/python.model" "$out/python.txt" "$bytepiece"
done
