# Let each fuzz target named search for FUZZ_SECONDS, FUZZ_JOBS at a time (default: the number of
# processors).  Ends with a table of inputs and finds; fails if there is a find, and tells where.
# Inputs that reached more code stay in BUILD/corpus, to go on from.
set -u
build=$(cd "$BUILD" && pwd) || exit 1
export build
: "${FUZZ_JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}"

# One target: its row of the table is left in the folder of logs.
if [ "${1-}" = --one ]; then
	name=${2#fuzz_} log=$build/logs/${2#fuzz_} start=$(date +%s)
	dictionary=$build/seeds/$name.dict
	[ -f "$dictionary" ] || dictionary=
	"$build/fuzz/$2" -max_total_time="$FUZZ_SECONDS" -timeout=120 -rss_limit_mb=2560 \
		-max_len=8192 -len_control=20 -print_final_stats=1 ${dictionary:+-dict="$dictionary"} \
		-artifact_prefix="$build/finds/$name-" "$build/corpus/$name" "$build/seeds/$name" \
		>"$log" 2>&1
	status=$?
	inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	finds=$(ls "$build/finds" | grep -cE "^$name-(crash|leak|oom|timeout)-")
	[ $status = 0 ] || [ "$finds" -gt 0 ] || finds=1	# it did not even begin
	printf '%-10s %12d %8d %8d %6d\n' "$name" "${inputs:-0}" $(($(date +%s) - start)) \
		"${edges:-0}" "$finds" | tee "$log.row"
	[ $status = 0 ] || tail -n 40 "$log"
	exit $status
fi

[ $# -gt 0 ] || { echo "no fuzz target has a name that matches '${ONLY-}'" >&2; exit 1; }
rm -rf "$build/finds" "$build/logs" "$build/seeds"
mkdir -p "$build/finds" "$build/logs" || exit 1
for t in "$@"; do
	mkdir -p "$build/corpus/${t#fuzz_}" || exit 1
done
sh tests/fuzz/seeds.sh "$build/bytepiece" "$build/seeds" || exit 1

# Files that targets write had better stay in memory.
TMPDIR=$(mktemp -d /dev/shm/fuzz.XXXXXX 2>/dev/null || mktemp -d) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM HUP
export FUZZ_SECONDS
echo "$@" | tr ' ' '\n' | xargs -P "$FUZZ_JOBS" -I TARGET sh "$0" --one TARGET
status=$?
echo
printf '%-10s %12s %8s %8s %6s\n' target inputs seconds edges finds
sort "$build"/logs/*.row | awk '{ print; for (i = 2; i <= 5; i++) sum[i] += $i }
	END { printf "%-10s %12d %8d %8d %6d\n", "all", sum[2], sum[3], sum[4], sum[5] }'
[ $status = 0 ] || { echo "see $build/finds and $build/logs"; exit 1; }
