#!/bin/sh
# Run the unit test programs given as arguments, and all scripts under tests/, several at a time.
# All results go to $BUILD/check.log as lines of the Test Anything Protocol.  On standard output: a
# line for each program, the failed and the skipped tests, and the number of each.
#
# The Makefile sets: BUILD, the build folder; BP_SHARED, the folder of real text and of the
# reference's results (it may be missing); UNICODE, the folder of Debian's unicode-data.
# The user may set: JOBS, the number of programs that run at a time (default: the number of
# processors); ONLY, a pattern of grep -E for the names of the programs to run.
set -u

# Run one program: $2 is its number, the rest its command.
if [ "${1-}" = --one ]; then
	out=$BUILD/check/$2
	shift 2
	start=$(date +%s)
	{
		echo "# $*"
		"$@" || echo "not ok - $* ended with status $?"
	} >"$out" 2>&1
	# cmocka writes "not ok" for a skipped test too: only "# SKIP" at its end tells it from a
	# failed one.
	awk -v name="$*" -v seconds=$(($(date +%s) - start)) '
		/^(not )?ok/ { if (tolower($0) ~ /# skip/) s++; else if (/^ok/) p++; else f++ }
		END { printf "%-32s %5d passed, %d failed, %d skipped  %d s\n", name, p, f, s, seconds }
	' "$out"
	exit
fi

log=$BUILD/check.log
rm -rf "$BUILD/check"
mkdir "$BUILD/check" || exit 1

# test_nfc reads Unicode's own test, which Debian packs; without that file it skips the test.
if [ -r "$UNICODE/NormalizationTest.txt.bz2" ] && command -v bzcat > /dev/null; then
	bzcat "$UNICODE/NormalizationTest.txt.bz2" > "$BUILD/NormalizationTest.txt" &&
		BP_NORMALIZATION_TEST=$BUILD/NormalizationTest.txt
elif [ -r "$UNICODE/NormalizationTest.txt" ]; then
	BP_NORMALIZATION_TEST=$UNICODE/NormalizationTest.txt
fi
BYTEPIECE=$(cd "$BUILD" && pwd)/bytepiece
# Tests change the folder.
[ ! -d "$BP_SHARED" ] || BP_SHARED=$(cd "$BP_SHARED" && pwd)
export BYTEPIECE BP_SHARED BUILD BP_NORMALIZATION_TEST CMOCKA_MESSAGE_OUTPUT=TAP

# The scripts come first: the longest tests are among them, and a long test that starts last would
# keep one processor busy alone.
for t in tests/cli/*.sh tests/golden/*.sh tests/tree/*.sh "$@"; do
	case $t in
	*/lib.sh) ;;
	*.sh) echo "sh $t" ;;
	*) echo "$t" ;;
	esac
done | grep -E -e "${ONLY:-.}" | awk '{ printf "%03d %s\n", NR, $0 }' |
	xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}" -L 1 sh "$0" --one
# Tests may have printed any bytes: in the C locale and without NUL they are text to grep.
LC_ALL=C
export LC_ALL
cat "$BUILD"/check/* | tr -d '\000' >"$log" || exit 1

sed -n '/^ok/p; /^not ok/p' "$log" > "$log.results"
failed=$(grep -vi '# skip' "$log.results" | grep -c '^not ok')
skipped=$(grep -ci '# skip' "$log.results")
passed=$(grep -vi '# skip' "$log.results" | grep -c '^ok')
if [ "$failed" -gt 0 ]; then
	echo "Failed ($log has the rest):"
	grep -A 9 '^not ok' "$log" | grep -vi '^not ok.*# skip' | grep -e '^not ok' -e '^#'
fi
if [ "$skipped" -gt 0 ]; then
	echo "Skipped:"
	# "ok - NAME # SKIP REASON" of scripts, "not ok NUMBER # SKIP NAME" of cmocka.
	sed -nE 's/^ok - (.*) # SKIP (.*)/  \1: \2/p; s/^not ok [0-9]+ # SKIP (.*)/  \1/p' "$log.results"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
