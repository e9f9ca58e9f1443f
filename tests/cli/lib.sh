# Read first by the scripts of this folder, which run from the repository's root, each with
#	BYTEPIECE=/path/to/bytepiece sh tests/cli/NAME.sh
# Only a POSIX shell, coreutils, diffutils, awk, sed and grep are used.
#
# A script has a folder $T of its own, removed at its end, runs the program with run, and says
# facts with check and same: "ok - FACT", or "not ok - FACT" and what was found instead.

LC_ALL=C
export LC_ALL
case ${BYTEPIECE-} in
/*) ;;
*) echo "not ok - BYTEPIECE is the absolute path of the program"; exit 1 ;;
esac
BP=$BYTEPIECE
ROOT=$PWD
T=$(mktemp -d) || exit 1
trap 'chmod -R u+rwx "$T" 2>/dev/null; rm -rf "$T"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$T/tmp" "$T/w"
TMPDIR=$T/tmp
export TMPDIR
exec </dev/null

status= ran=

ok() { printf 'ok - %s\n' "$1"; }
skip() { printf 'ok - %s # SKIP %s\n' "$1" "$2"; }

# FACT [WHAT WAS FOUND]: with it goes what the last run gave.
not_ok()
{
	: >"$T/failed"		# a variable would be lost in a pipeline
	printf 'not ok - %s\n' "$1"
	[ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
	[ -n "$ran" ] || return 0
	printf '# run: bytepiece %s: exit %s\n' "$ran" "$status"
	head -c 600 "$T/err" | head -n 5 | sed 's/^/#   error output: /'
	head -c 48 "$T/out" | od -An -c | sed 's/^/#   output: /'
}

# ARGUMENTS...: the program, its output in $T/out and $T/err, its exit in $status.
run()
{
	ran=$*
	"$BP" "$@" >"$T/out" 2>"$T/err"
	status=$?
}

# FACT COMMAND...: the fact holds if the command succeeds.
check()
{
	claim=$1
	shift
	if "$@"; then ok "$claim"; else not_ok "$claim" "this is not so: $*"; fi
}

# FACT FILE FILE: both hold the same bytes.
same()
{
	if difference=$(cmp "$2" "$3" 2>&1); then
		ok "$1"
	else
		not_ok "$1" "$difference"
		for shown in "$2" "$3"; do	# not $f, which callers loop over
			head -c 48 "$shown" | od -An -c | sed "s|^|#   ${shown##*/}: |"
		done
	fi
}

# The first line of the error output that is not about progress, which a slow machine may add, nor
# about work that is resumed, nor the note on newlines that raw ids lose, which a test of its own is about.
message()
{
	grep -vE '^bytepiece: [a-z]+: (.* [KMG]?B/s$|.* % done|.* left$|.* is resumed after |note: the ids do not hold the ends of)' \
		"$T/err" | head -n 1
}

# FACT FORMAT: the last run ended well, and wrote just this (a format of printf).
gives()
{
	printf "$2" >"$T/expected"
	if [ "$status" != 0 ]; then not_ok "$1" "the exit is not 0"
	elif [ -n "$(message)" ]; then not_ok "$1" "there is a message"
	else same "$1" "$T/out" "$T/expected"; fi
}

# FACT STATUS PATTERN: the last run failed so, with a message like this (a pattern of grep -E), which
# starts with the program's and the command's name, and printed no result.
fails()
{
	if [ "$status" != "$2" ]; then not_ok "$1" "the exit is not $2"
	elif [ -s "$T/out" ]; then not_ok "$1" "there is output"
	elif ! message | grep -q "^bytepiece: ${ran%% *}: ."; then
		not_ok "$1" "the message does not begin with 'bytepiece: ${ran%% *}: '"
	elif ! message | grep -qE -- "$3"; then not_ok "$1" "the message is not like $3"
	else ok "$1"; fi
}

# COMMAND: the formats that its option -f takes, from its help.
formats() { "$BP" "$1" --help | sed -n 's/.*--format \([a-z0-9|]*\).*/\1/p' | tr '|' ' '; }

# SIGNAL NUMBER: it reaches what we start: where a script runs in the background, SIGINT does not.
reaches() { sh -c "kill -s $1 \$\$" 2>/dev/null; [ $? = $((128 + $2)) ]; }

is_file() { [ -f "$1" ] && [ ! -h "$1" ]; }
is_empty() { [ ! -s "$1" ]; }
is_root() { [ "$(id -u)" = 0 ]; }
# FOLDER NAME...: the folder holds these and nothing else.
holds() { d=$1; shift; [ "$(ls -A "$d" | tr '\n' ' ')" = "$([ $# = 0 ] || printf '%s ' "$@")" ]; }
like() { grep -qE -- "$1" "$2"; }

# COUNT BYTES [TEXT]: a line for model(): a piece; with its text in JSON, if that is not as it stands.
piece() { printf '%s %s "%s"\n' "$1" "$(printf %s "$2" | base64 -w 0)" "${3-$2}"; }

# A model in the reference's layout: the 256 bytes with count 1, ids 3 to 258, and the pieces on
# standard input, which have to be sorted by length and bytes, from 259 on.
model()
{
	awk '
	function entry(base64, id, text, count)
	{
		printf "%s    \"%s\": [\n        %d,\n        %s,\n        %s\n    ]",
			id == 3 ? "{\n" : ",\n", base64, id, text, count
	}
	BEGIN {
		digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		for (b = 0; b < 256; b++) {
			text = b < 128 ? sprintf("%c", b) : ""
			if (b < 32)
				text = sprintf("\\u%04x", b)
			if (b >= 8 && b <= 13 && b != 11)
				text = "\\" substr("btn_fr", b - 7, 1)
			if (b == 34 || b == 92)
				text = "\\" text
			entry(substr(digit, int(b / 4) + 1, 1) substr(digit, b % 4 * 16 + 1, 1) "==",
			      b + 3, "\"" text "\"", 1)
		}
	}
	{
		count = $1
		base64 = $2
		sub(/^[^ ]* [^ ]* /, "")
		entry(base64, 258 + NR, $0, count)
	}
	END { printf "\n}" }'
}

# FILE: a model without normalisation, from one in the reference's layout on standard input.
without_normalization()
{
	printf '{"bytepiece": {"version": 1, "normalize": "none", "specials": ["<pad>", "<bos>", "<eos>"]}, "pieces": '
	cat
	printf '}'
}

# 'N' bytes of all values, always the same.
noise()
{
	awk -v n="$1" 'BEGIN {
		x = 1
		for (i = 0; i < n; i++) {
			x = (x * 16807) % 2147483647
			printf "%c", int(x / 1000) % 256
		}
	}'
}

# Built with a sanitizer: slow, and keeps memory.
# In the build from C11 alone the program knows nothing of links, devices, pipes and signals.
has_host() { [ "${C11-}" != 1 ]; }
no_host="C11 has no such things"
is_wine() { case ${BP_MACHINE-} in *-windows) ;; *) false ;; esac; }
is_sanitized() { grep -q -e __asan_init -e __tsan_init "$BP"; }

finish() { [ ! -e "$T/failed" ]; exit; }
