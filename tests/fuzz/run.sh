# Let each fuzz target named look for FUZZ_SECONDS, as many at a time as there are processors or as
# FUZZ_JOBS says; fails if one of them found something, and says where it is.  What was learned stays
# in BUILD/corpus, to go on from.
set -u
build=$(cd "$BUILD" && pwd) || exit 1
export build
: "${FUZZ_JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}"
rm -rf "$build/finds"
mkdir -p "$build/finds" "$build/logs" || exit 1
for t in "$@"; do
	mkdir -p "$build/corpus/${t#fuzz_}" || exit 1
done
rm -rf "$build/seeds"
sh tests/fuzz/seeds.sh "$build/bytepiece" "$build/seeds" || exit 1

# Files that targets write had better stay in memory.
TMPDIR=$(mktemp -d /dev/shm/fuzz.XXXXXX 2>/dev/null || mktemp -d) || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM HUP
echo "$@" | tr ' ' '\n' | xargs -P "$FUZZ_JOBS" -I TARGET sh -c '
	t=TARGET
	name=${t#fuzz_}
	if "$build/fuzz/$t" -max_total_time="$FUZZ_SECONDS" -timeout=120 -rss_limit_mb=2560 \
		-max_len=8192 -len_control=20 -print_final_stats=1 -artifact_prefix="$build/finds/$name-" \
		"$build/corpus/$name" "$build/seeds/$name" >"$build/logs/$name" 2>&1; then
		echo "$name: nothing found: $(grep -E "^Done|cov:" "$build/logs/$name" | tail -n 2 |
			tr "\n" " " | tr -s "\t " " ")"
	else
		echo "$name: FOUND SOMETHING:"
		tail -n 40 "$build/logs/$name"
		exit 1
	fi' || { echo "see $build/finds and $build/logs"; exit 1; }
