# The README: its screens are compared line by line with the output of their commands ("..." stands for
# the end of a line that differs from machine to machine); then its scripts run, in the folder where
# the screens left their files; and each link of the READMEs leads to a file and to a heading in it.
set -u
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
cp -r data "$t/data"
PATH=$(dirname "$BYTEPIECE"):$PATH
export PATH
LC_ALL=C.UTF-8
export LC_ALL
failed=0
result()
{
	if "$@"; then
		printf 'ok - %s\n' "$fact"
	else
		printf 'not ok - %s\n' "$fact"
		sed 's/^/# /' "$t/out"
		failed=1
	fi
}

# SHOWN OUT: both files have equal lines, as far as SHOWN has no "..." at their end.
alike()
{
	awk -v shown="$1" '
	{
		if ((getline want <shown) <= 0) { extra = 1; exit }
		if (want ~ /\.\.\.$/) {
			n = length(want) - 3
			$0 = substr($0, 1, n) "..."
		}
		if ($0 != want) { differs = 1; exit }
	}
	END { exit extra || differs || (getline want <shown) > 0 }' "$2"
}
awk -v t="$t" '
/^```console$/ { on = 1; next }
/^```/ { on = 0 }
!on { next }
/^\$ / { n++; print substr($0, 3) >(t "/" n ".sh"); printf "" >(t "/" n ".shown"); next }
{ print >(t "/" n ".shown") }' README.md
n=1
while [ -e "$t/$n.sh" ]; do
	fact="the README's screen: $(cut -c 1-60 "$t/$n.sh")"
	(cd "$t" && sh "./$n.sh") >"$t/out" 2>&1
	result alike "$t/$n.shown" "$t/out"
	n=$((n + 1))
done
fact="the README has screens"
result [ $n -gt 10 ]

awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' README.md >"$t/commands"
fact="the README's commands run"
(cd "$t" && [ -s commands ] && sh -e ./commands) >"$t/out" 2>&1
result [ $? = 0 ]

# FILE: the names by which links lead to its headings, one a line.
headings() { sed -n 's/^##* //p' "$1" | tr 'A-Z' 'a-z' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'; }

# FILE LINK: the link in the file leads to a file of the tree and, with #, to a heading in it.
leads_somewhere()
{
	case $2 in *://*) return 0 ;; esac
	target=$1
	[ -z "${2%%#*}" ] || target=$(dirname "$1")/${2%%#*}
	[ -e "$target" ] || return 1
	case $2 in *'#'*) headings "$target" | grep -q -x -F -e "${2#*#}" ;; esac
}

for f in README.md src/README.md tests/README.md tests/cluster/README.md; do
	# Code in backquotes may look like a link.
	sed 's/`[^`]*`//g' "$f" | grep -o ']([^)]*)' | sed 's/^](//; s/)$//' >"$t/links"
	while read -r link; do
		leads_somewhere "$f" "$link" || echo "$link leads nowhere"
	done <"$t/links" >"$t/out"
	fact="the links of $f lead somewhere"
	result [ ! -s "$t/out" ]
done
exit $failed
