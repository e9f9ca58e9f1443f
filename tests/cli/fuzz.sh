# The fuzz targets take their seeds and what they once found, and copies with some bytes changed.
. tests/cli/lib.sh

if [ ! -d "${BUILD-}/fuzz" ]; then
	not_ok "fuzz targets are built in BUILD"
	finish
fi
if ! sh tests/fuzz/seeds.sh "$BP" "$T/seeds" >"$T/out" 2>&1; then
	not_ok "seeds for the fuzz targets can be made" "$(cat "$T/out")"
	finish
fi
copies=25
[ -z "${BP_QUICK-}" ] || copies=5
for source in tests/fuzz/fuzz_*.c; do
	name=${source##*/fuzz_}
	name=${name%.c}
	n=$(ls "$T/seeds/$name" | wc -l)
	"$BUILD/fuzz/fuzz_$name" $copies "$T/seeds/$name"/* >"$T/out" 2>"$T/err"
	status=$?
	check "fuzz: $name: exit 0" [ $status = 0 ]
	inputs=$((n * (copies + 1) + 1))
	check "fuzz: $name: it has seeds, $n, and takes all $inputs inputs" \
		[ "$n" -gt 0 -a "$(cat "$T/out")" = $inputs ]
	[ $status = 0 ] || tail -n 5 "$T/err" | sed "s/^/# /"
done
MAKEFLAGS= make -n fuzz ONLY='kernel|json_l' >"$T/out" 2>&1
check "make fuzz ONLY=: the targets whose names match" \
	like 'run.sh fuzz_json_lines fuzz_kernel$' "$T/out"
sh tests/fuzz/run.sh >"$T/out" 2>&1
check "no target: a failure" [ $? = 1 -a "$(grep -c 'no fuzz target has a name' "$T/out")" = 1 ]
finish
