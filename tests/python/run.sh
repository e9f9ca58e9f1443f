# The Python module as users get it: make the wheel, install it into a fresh environment, run its
# tests there, without NumPy and with it.  BUILD has the program; WHEEL is the wheel's path.
set -eu
: "${PYTHON:=python3}"
build=$(cd "$BUILD" && pwd)
work=$build/python
rm -rf "$work"
mkdir -p "$work"
if ! "$PYTHON" -m venv "$work/venv" > "$work/venv.log" 2>&1; then
	echo "ok 1 - Python module # SKIP $PYTHON cannot make an environment (python3-venv)"
	exit 0
fi
"$work/venv/bin/pip" install -q --no-index "$WHEEL"

cat data/*.txt > "$work/text"
"$build/bytepiece" train -q --vocab-size 3000 -o "$work/model" "$work/text"
export BYTEPIECE="$build/bytepiece" MODEL="$work/model" TEXT="$work/text" INCLUDE="$PWD/include"
run()
{
	# In another folder, so that the module that is installed is imported.
	if (cd "$work" && venv/bin/python -W error "$OLDPWD/tests/python/test_bytepiece_c.py") \
			> "$work/log" 2>&1; then
		echo "ok $1 - Python module $2: $(grep '^Ran' "$work/log")"
	else
		cat "$work/log"
		echo "not ok $1 - Python module $2"
		failed=1
	fi
}
failed=0
run 1 'without NumPy'
if "$work/venv/bin/pip" install -q numpy > "$work/pip.log" 2>&1; then
	run 2 'with NumPy'
else
	echo "ok 2 - Python module with NumPy # SKIP pip cannot install NumPy"
fi
exit $failed
