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

# Each allocation fails in turn: the message is that of the call, never one that is not set.
failing() { env LD_PRELOAD="$BUILD/tests/fail.so" BP_FAULT=alloc "$@" "$BUILD/tests/example" "$t/m" "$text" > "$t/out" 2> "$t/err"; }
if [ ! -f "$BUILD/tests/fail.so" ] || failing BP_FAULT_AT=1; then
	echo "ok - # SKIP the README's example without memory: needs a library that lets calls fail"
	exit 0
fi
failing BP_FAULT_AT=0 BP_FAULT_COUNT="$t/calls"
n=0 calls=$(cat "$t/calls")
while [ "$n" -lt "$calls" ]; do
	n=$((n + 1))
	if ! failing BP_FAULT_AT=$n && ! grep -q 'out of memory' "$t/err"; then
		echo "not ok - the README's example, allocation $n: $(cat "$t/err")"
		exit 1
	fi
done
echo "ok - the README's example says that memory is out, at each of $calls allocations"
