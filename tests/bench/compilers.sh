#!/bin/sh
# Instructions of encode and decode as built by gcc and by clang, side by side, and their ratio: no
# compiler may be left behind.  Folders for the builds: the argument, with -gcc and -clang behind it.
# BENCH_MODELS, BENCH_TEXTS: as in encode.sh.  Needs both compilers and valgrind; prints, and judges
# nothing.
set -eu
build=$1
for tool in gcc clang valgrind; do
	command -v $tool >/dev/null || { echo "compilers: skipped, no $tool"; exit 0; }
done
for cc in gcc clang; do
	make -s CC=$cc CFLAGS=-O2 BUILD="$build-$cc" "$build-$cc/bytepiece"
done
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

texts=${BENCH_TEXTS:-}
if [ -z "$texts" ] && [ -d "$BP_SHARED/corpora" ]; then
	texts=$(ls "$BP_SHARED"/corpora/*.dev.txt)
elif [ -z "$texts" ]; then
	texts=$(ls data/*.txt)
fi
models=${BENCH_MODELS:-}
if [ -z "$models" ] && [ -d "$BP_SHARED/vectors/models" ]; then
	models=$BP_SHARED/vectors/models/bytepiece_80k.model
elif [ -z "$models" ]; then
	models=$T/sample.model
	"$build-gcc/bytepiece" train -q --vocab-size 4000 -o "$models" data/*.txt
fi

# COMPILER COMMAND FILE: instructions, in millions, the start included.
count()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$build-$1/bytepiece" "$2" -q -j1 \
		-f u32 -m "$T/model" -o /dev/null "$3" 2>&1 | awk '/Collected/ { print $4 / 1e6 }'
}

printf '%-36s %10s %10s %6s\n' 'million instructions' gcc clang ratio
for model in $models; do
	"$build-gcc/bytepiece" convert -q -f binary -o "$T/model" "$model"
	for text in $texts; do
		"$build-gcc/bytepiece" encode -q -f u32 -m "$T/model" -o "$T/ids" "$text"
		for command in encode decode; do
			input=$text
			[ $command = encode ] || input=$T/ids
			for cc in gcc clang; do
				count $cc $command "$input"
			done | awk -v name="$(basename "$model" | cut -c 1-14) $command ${text##*/}" '
				{ n[NR] = $1 }
				END { printf "%-36s %10.1f %10.1f %6.2f\n", name, n[1], n[2], n[2] / n[1] }'
		done
	done
done
