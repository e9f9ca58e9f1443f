# The form of the sources: lines fit into 100 columns, each header begins with its name and a phrase
# that says what it is for, and one file writes to standard error.
set -u
fact() { # text, findings
	if [ -z "$2" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		echo "$2" | sed 's/^/# /'
	fi
}

# Bytes are counted: the sources are ASCII but for a few letters in comments.
long=$(find src include -name '*.[ch]' ! -path '*/gen/*' | sort | while read -r f; do
	expand -t 8 "$f" | LC_ALL=C awk -v f="$f" \
		'length > 100 { print f ":" NR ": " length " columns" }'
done)
fact "no line of the sources has over 100 columns" "$long"

# "/* NAME.h - ..." in the first line, or after "/*" in the second one.
unnamed=$(find src include -name '*.h' ! -path '*/gen/*' | sort | while read -r f; do
	head -n 2 "$f" | tr -d '\n' | sed 's|^/\*  *\* *|/* |' |
		grep -q "^/\* ${f##*/} - [^ ]" || echo "$f"
done)
fact "each header begins with its own name and a phrase" "$unnamed"

# Doubles become integers and text in base/number.h alone, which does not depend on the locale; the
# program prints some itself, but never calls setlocale(), so its locale is "C".
found=$(grep -nE "(setlocale|localeconv|uselocale) *[(]" src/*/*.c src/*/*/*.c)
fact "nothing sets or asks the locale" "$found"
found=$(grep -nE '%[-+ #0]*[0-9*]*([.][0-9*]+)?[efgaEFGA][^a-z]|strto(d|f|ld)[(]|atof[(]' \
	src/*/*.[ch] src/*/*/*.[ch] | grep -v -e '^src/cli/' -e '^src/base/number[.]c' -e '/gen/')
fact "the library converts doubles to text in base/number.c alone" "$found"

# Standard error belongs to the messages (src/cli/msg.c).  host_posix.c asks what its descriptor is.
writers=$(grep -nwE 'stderr|perror|psignal|STDERR_FILENO|__stderrp' -r src include --include='*.[ch]' |
	grep -v -e '^src/[a-z]*/gen/' -e '^src/cli/msg\.c:')
others=$(echo "$writers" | grep -v '^src/base/host_posix\.c:.*STDERR_FILENO')
fact "nothing but the messages writes to standard error" "$others"
used=$(grep -nE '(write|dprintf|fdopen|dup2?) *\(.*STDERR' -r src include)
fact "the descriptor of standard error is not written to" "$used"
