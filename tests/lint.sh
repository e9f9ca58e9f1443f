#!/bin/sh
# What three analysers find in the sources, next to the warnings of every build:
#	sh tests/lint.sh [clang-tidy|cppcheck|gcc]...
# All of them if none is named; one that is not installed is skipped.  Ends with status 1 if there is
# a finding.  JOBS: files at a time (as many as there are processors).  LINT_LOG: where the findings
# go as the tools wrote them, paths to them included.
#
# An exception stands in the source with its reason, on the line of the finding or on the one before:
#	/* lint: what-it-is-called: why it is none */
# One that nothing is found for any more is a finding as well.  What is left out altogether is
# explained in .clang-tidy and below.
set -u
flags='-std=c11 -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc'
export flags
if [ "${1-}" = --one ]; then
	tool=$2
	shift 2
	for f; do
		# shellcheck disable=SC2086
		case $tool in
		clang-tidy) out=$(clang-tidy --quiet "$f" -- $flags -DBP_LINT 2>/dev/null) ;;
		gcc) out=$("${GCC:-gcc}" $flags -O1 -fanalyzer -c -o /dev/null "$f" 2>&1) ;;
		esac
		status=$?
		printf '%s\n' "$out"
		case $status$out in
		0* | *': warning: '* | *': error: '* | *': fatal error: '*) ;;
		*) echo "$f:1:1: error: $tool ended with status $status [status]" ;;
		esac
	done
	exit 0
fi

t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
log=${LINT_LOG:-$t/log}
: > "$log"
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
bad=0 ran=

# cppcheck 2.10:
# variableScope		wants variables declared in the innermost block; here they stand at the
#			beginning of the function
# knownConditionTrueFalse	takes BP_MIN(a, b) for b, and sums of unsigned numbers for such that
#			do not overflow; what it said of that was wrong each time
cppcheck_run() {
	cppcheck -q -j "$jobs" --std=c11 --enable=warning,style,performance,portability \
		--suppress=variableScope --suppress=knownConditionTrueFalse \
		--suppress=missingIncludeSystem -DBP_LINT -D_FILE_OFFSET_BITS=64 -D__GNUC__=12 \
		-Iinclude -Isrc --template='{file}:{line}:1: warning: {message} [{id}]' \
		src 2>&1
}

# The sources one by one, those that take longest first.
each() {
	find src -name '*.c' ! -path '*/gen/*' -exec ls -S {} + |
		xargs -P "$jobs" -n 1 sh "$0" --one "$1"
}

# Findings as file:line: message [name], each once, less those that the source explains.
sift() { # tool
	sed -n "s|^$PWD/||; s/^\([^: ]*\):\([0-9]*\):[0-9]*: \(warning\|error\|fatal error\): \(.*\)/\1:\2: \4/p" |
		sort -u | awk -v used="$t/used" '
		{
			split($0, at, ":")
			if (!((at[1], 0) in line)) {
				for (n = 0; (getline text < at[1]) > 0; )
					line[at[1], ++n] = text
				line[at[1], 0] = n
			}
			for (i = at[2]; i >= at[2] - 1 && i > 0; i--) {
				if (!match(line[at[1], i], /\/\* lint: [^ :]+:/))
					continue
				name = substr(line[at[1], i], RSTART + 9, RLENGTH - 10)
				if (index($0, name)) {
					print at[1] ":" i >> used
					next
				}
			}
			print
		}'
}

[ $# -gt 0 ] || set -- gcc cppcheck clang-tidy
for tool; do
	case $tool in
	gcc) command=${GCC:-gcc} ;;
	clang-tidy | cppcheck) command=$tool ;;
	*)
		echo "clang-tidy, cppcheck or gcc, not '$tool'" >&2
		exit 2
		;;
	esac
	if ! command -v "$command" > /dev/null; then
		echo "$tool: skipped, it is not installed"
		continue
	fi
	start=$(date +%s)
	case $tool in
	cppcheck) cppcheck_run > "$t/out" || bad=1 ;;
	gcc | clang-tidy) each "$tool" > "$t/out" || bad=1 ;;
	esac
	cat "$t/out" >> "$log"
	sift < "$t/out" > "$t/found"
	cat "$t/found"
	[ ! -s "$t/found" ] || bad=1
	echo "$tool: $(wc -l < "$t/found" | tr -d ' ') findings, $(($(date +%s) - start)) s"
	ran="$ran $tool"
done

# Only if all have run is it known which exceptions are of no use.
if [ "$(echo "$ran" | wc -w)" -eq 3 ]; then
	sort -u "$t/used" > "$t/used.sorted" 2>/dev/null
	grep -rn '/\* lint: [^ :]*:' src --include='*.[ch]' | cut -d: -f1,2 | sort -u |
		comm -13 "$t/used.sorted" - > "$t/unused"
	sed 's/$/: nothing is found here any more/' "$t/unused"
	[ ! -s "$t/unused" ] || bad=1
	echo "$(wc -l < "$t/used.sorted" | tr -d ' ') exceptions in the sources"
fi
exit $bad
