# The commands of the README do what they say, and print what it shows: first the screens, line by
# line (a line's end that differs from machine to machine is "..." there), then the scripts, which
# use what the screens left.
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
		echo "ok - $fact"
	else
		echo "not ok - $fact"
		sed 's/^/# /' "$t/out"
		failed=1
	fi
}

# SHOWN OUT: the same but for "...".
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
	fact="the README's screen: $(cat "$t/$n.sh" | cut -c 1-60)"
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
exit $failed
