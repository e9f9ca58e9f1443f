#!/bin/sh
# Run the unit test programs given as arguments, then all scripts under tests/; every result is a
# line of the Test Anything Protocol, and the last line counts them.
#
# Set by the Makefile: BUILD, the build folder; BP_SHARED, where real text and the reference's
# results are, if they are anywhere; UNICODE, where Debian's unicode-data has its files.
set -u
log=$BUILD/check.log
: > "$log" || exit 1

# The normalisation test is packed; one that cannot be had is skipped by the test itself.
if [ -r "$UNICODE/NormalizationTest.txt.bz2" ] && command -v bzcat > /dev/null; then
	bzcat "$UNICODE/NormalizationTest.txt.bz2" > "$BUILD/NormalizationTest.txt" &&
		BP_NORMALIZATION_TEST=$BUILD/NormalizationTest.txt
elif [ -r "$UNICODE/NormalizationTest.txt" ]; then
	BP_NORMALIZATION_TEST=$UNICODE/NormalizationTest.txt
fi
BYTEPIECE=$(cd "$BUILD" && pwd)/bytepiece
export BYTEPIECE BP_SHARED BUILD BP_NORMALIZATION_TEST CMOCKA_MESSAGE_OUTPUT=TAP

run() {
	echo "# $1"
	"$@" || echo "not ok - $1 ended with status $?"
}

{
	for t in "$@"; do
		run "$t"
	done
	for t in tests/tree/*.sh tests/golden/*.sh tests/cli/*.sh; do
		case $t in
		*/lib.sh) ;;
		*) run sh "$t" ;;
		esac
	done
} 2>&1 | tee "$log"

# cmocka writes "not ok" for a test that was skipped as well.
sed -n '/^ok/p; /^not ok/p' "$log" > "$log.results"
failed=$(grep -vi '# skip' "$log.results" | grep -c '^not ok')
skipped=$(grep -ci '# skip' "$log.results")
passed=$(grep -vi '# skip' "$log.results" | grep -c '^ok')
if [ "$failed" -gt 0 ]; then
	echo "Failed:"
	grep -vi '# skip' "$log.results" | grep '^not ok'
fi
if [ "$skipped" -gt 0 ]; then
	echo "Skipped:"
	grep -i '# skip' "$log.results"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
