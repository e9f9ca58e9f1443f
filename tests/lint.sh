#!/bin/sh
# Static analysis of the sources, in addition to the warnings of every build:
#	sh tests/lint.sh [clang-tidy|cppcheck|gcc]...
# Without an argument all three tools run; a tool that is not installed is skipped.  The status is 1
# if there is a finding.  JOBS: number of files at a time (default: number of processors).
# LINT_LOG: a file for the unchanged output of the tools, with the paths to each finding.
#
# An exception is a comment in the source, on the line of the finding or on the line before:
#	/* lint: NAME-OF-THE-FINDING: reason why it is not an error */
# An exception without a finding is reported as a finding.  .clang-tidy and the list below give the
# checks that are disabled everywhere, and the reasons.
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
# variableScope		wants variables declared in the innermost block; this project declares them
#			at the beginning of the function
# knownConditionTrueFalse	takes BP_MIN(a, b) for b, and assumes that sums of unsigned numbers do
#			not overflow: its findings were wrong each time
cppcheck_run() {
	cppcheck -q -j "$jobs" --std=c11 --enable=warning,style,performance,portability \
		--suppress=variableScope --suppress=knownConditionTrueFalse \
		--suppress=missingIncludeSystem -DBP_LINT -D_FILE_OFFSET_BITS=64 -D__GNUC__=12 \
		-Iinclude -Isrc --template='{file}:{line}:1: warning: {message} [{id}]' \
		src 2>&1
}

# Run a tool on each source, the largest first, so that no large one runs alone at the end.
each() {
	find src -name '*.c' ! -path '*/gen/*' -exec ls -S {} + |
		xargs -P "$jobs" -n 1 sh "$0" --one "$1"
}

# Print each finding once, as file:line: message [name], without those that have an exception.
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
		echo "unknown tool '$tool': use clang-tidy, cppcheck or gcc" >&2
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

# An exception may be for any of the tools: only after all three are unused ones known.
if [ "$(echo "$ran" | wc -w)" -eq 3 ]; then
	sort -u "$t/used" > "$t/used.sorted" 2>/dev/null
	grep -rn '/\* lint: [^ :]*:' src --include='*.[ch]' | cut -d: -f1,2 | sort -u |
		comm -13 "$t/used.sorted" - > "$t/unused"
	sed 's/$/: exception without a finding/' "$t/unused"
	[ ! -s "$t/unused" ] || bad=1
	echo "$(wc -l < "$t/used.sorted" | tr -d ' ') exceptions in the sources"
fi
exit $bad
