#!/bin/sh
# Line coverage of the tests, by gcc's gcov:
#	sh tests/coverage.sh BUILD
# BUILD was built with --coverage and has run the tests.  Prints a line for each folder and file, with
# most lines not run first, and the total; the status is 1 if the total is below COVERAGE_LEAST
# (default 90 percent).  $BUILD/coverage has the sources with the number of times each line ran.
set -u
build=$1
least=${COVERAGE_LEAST:-90}
top=$(pwd)
mkdir -p "$build/coverage" || exit 1
# The fuzz targets compile main.c a second time, with other flags, which would count twice.
find "$build" -name '*.gcno' ! -path '*/tests/*' ! -path '*/fuzz/*' | sort > "$build/coverage/list"
[ -s "$build/coverage/list" ] || { echo "nothing below $build was built for gcov" >&2; exit 1; }
# An inline function of a header is counted in each source that includes it.  The source that runs
# most of the header is counted: that is close to the union.
while read -r notes; do
	"${GCOV:-gcov}" -r -s "$top" -o "$notes" "$notes" 2>/dev/null
	for f in *.gcov; do
		[ ! -e "$f" ] || mv "$f" "$build/coverage/"
	done
done < "$build/coverage/list" | awk -v least="$least" '
	/^File / { gsub("\047", ""); file = $2 }
	/^Lines executed:/ && file ~ /^src\/.*\.[ch]$/ {
		split($2, x, /[:%]/)
		lines = $4
		ran = int(lines * x[2] / 100 + 0.5)
		if (!(file in n) || ran > r[file]) { n[file] = lines; r[file] = ran }
		file = ""
	}
	/^Lines executed:/ { file = "" }
	END {
		for (f in n) {
			folder = f
			sub("/[^/]*$", "/", folder)
			n_in[folder] += n[f]; r_in[folder] += r[f]
			all += n[f]; ran_all += r[f]
			if (n[f] > 0)
				printf "1 %6d %6d %5.1f %% %s\n", n[f] - r[f], n[f], 100 * r[f] / n[f], f
		}
		for (f in n_in)
			printf "0 %6d %6d %5.1f %% %s\n", n_in[f] - r_in[f], n_in[f], 100 * r_in[f] / n_in[f], f
		printf "2 %6d %6d %5.1f %% %s\n", all - ran_all, all, all ? 100 * ran_all / all : 0, "all"
		exit(all == 0 || 100 * ran_all < least * all)
	}' > "$build/coverage/table"
status=$?
echo "not run  lines"
sort -k 1,1n -k 2,2nr "$build/coverage/table" | sed 's/^[012] //'
exit $status
