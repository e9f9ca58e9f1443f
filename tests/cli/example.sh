# The README's example program, built by the Makefile from the README, gives the program's ids.
set -u
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
text='The keeper lit the lamp; 灯塔亮了。'
"$BYTEPIECE" train -q --vocab-size 2000 -o "$t/m" data/*.txt
printf '%s\n' "$text" | "$BYTEPIECE" encode -m "$t/m" > "$t/program"
if "$BUILD/tests/example" "$t/m" "$text" > "$t/example" && cmp "$t/program" "$t/example"; then
	echo "ok - the README's example prints the ids that the program prints"
else
	echo "not ok - the README's example prints the ids that the program prints"
	exit 1
fi
if "$BUILD/tests/example" "$t/absent" "$text" > "$t/out" 2> "$t/err" || ! grep -q absent "$t/err"; then
	echo "not ok - the README's example says which model it cannot read"
	exit 1
fi
echo "ok - the README's example says which model it cannot read"
