#!/bin/sh
# Run the unit test programs given as arguments, and all scripts under tests/, several at a time;
# every result is a line of the Test Anything Protocol in $BUILD/check.log.  A line is shown for each
# program, and the last one counts all results.
#
# Set by the Makefile: BUILD, the build folder; BP_SHARED, where real text and the reference's
# results are, if they are anywhere; UNICODE, where Debian's unicode-data has its files.
# May be set by the user: JOBS, how many at a time (as many as there are processors); ONLY, a pattern
# of grep -E for the names of those to run.
set -u

# One program: $1 is its number, the rest the command.
if [ "${1-}" = --one ]; then
	out=$BUILD/check/$2
	shift 2
	start=$(date +%s)
	{
		echo "# $*"
		"$@" || echo "not ok - $* ended with status $?"
	} >"$out" 2>&1
	# cmocka writes "not ok" for a test that was skipped as well.
	awk -v name="$*" -v seconds=$(($(date +%s) - start)) '
		/^(not )?ok/ { if (tolower($0) ~ /# skip/) s++; else if (/^ok/) p++; else f++ }
		END { printf "%-32s %5d passed, %d failed, %d skipped  %d s\n", name, p, f, s, seconds }
	' "$out"
	exit
fi

log=$BUILD/check.log
rm -rf "$BUILD/check"
mkdir "$BUILD/check" || exit 1

# The normalisation test is packed; one that cannot be had is skipped by the test itself.
if [ -r "$UNICODE/NormalizationTest.txt.bz2" ] && command -v bzcat > /dev/null; then
	bzcat "$UNICODE/NormalizationTest.txt.bz2" > "$BUILD/NormalizationTest.txt" &&
		BP_NORMALIZATION_TEST=$BUILD/NormalizationTest.txt
elif [ -r "$UNICODE/NormalizationTest.txt" ]; then
	BP_NORMALIZATION_TEST=$UNICODE/NormalizationTest.txt
fi
BYTEPIECE=$(cd "$BUILD" && pwd)/bytepiece
export BYTEPIECE BP_SHARED BUILD BP_NORMALIZATION_TEST CMOCKA_MESSAGE_OUTPUT=TAP

# The scripts first, for the longest are among them.
for t in tests/cli/*.sh tests/golden/*.sh tests/tree/*.sh "$@"; do
	case $t in
	*/lib.sh) ;;
	*.sh) echo "sh $t" ;;
	*) echo "$t" ;;
	esac
done | grep -E -e "${ONLY:-.}" | awk '{ printf "%03d %s\n", NR, $0 }' |
	xargs -P "${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}" -L 1 sh "$0" --one
# Whatever tests have printed, what follows has to be text to grep.
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
	grep -i '# skip' "$log.results"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
