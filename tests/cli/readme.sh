# The commands of the README do what they say.
set -u
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' README.md > "$t/commands"
cp -r data "$t/data"
if [ -s "$t/commands" ] &&
	(cd "$t" && PATH=$(dirname "$BYTEPIECE"):$PATH sh -e ./commands) > "$t/out" 2>&1; then
	echo "ok - the README's commands run"
else
	echo "not ok - the README's commands run"
	sed 's/^/# /' "$t/out"
	exit 1
fi
