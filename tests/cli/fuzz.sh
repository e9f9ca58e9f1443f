# The fuzz targets take their seeds and what they once found.
. tests/cli/lib.sh

if [ ! -d "${BUILD-}/fuzz" ]; then
	not_ok "fuzz targets are built in BUILD"
	finish
fi
if ! sh tests/fuzz/seeds.sh "$BP" "$T/seeds" >"$T/out" 2>&1; then
	not_ok "seeds for the fuzz targets can be made" "$(cat "$T/out")"
	finish
fi
for source in tests/fuzz/fuzz_*.c; do
	name=${source##*/fuzz_}
	name=${name%.c}
	n=$(ls "$T/seeds/$name" | wc -l)
	"$BUILD/fuzz/fuzz_$name" "$T/seeds/$name"/* >"$T/out" 2>"$T/err"
	status=$?
	check "fuzz: $name: exit 0" [ $status = 0 ]
	check "fuzz: $name: it has seeds, and takes all $n of them and nothing" \
		[ "$n" -gt 0 -a "$(cat "$T/out")" = $((n + 1)) ]
	[ $status = 0 ] || tail -n 5 "$T/err" | sed "s/^/# /"
done
finish
