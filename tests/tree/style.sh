# The form of the sources: lines fit into 100 columns, and each header begins with its name and a
# phrase that says what it is for.
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
