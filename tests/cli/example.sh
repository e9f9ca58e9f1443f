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
if [ ! -f "$BUILD/tests/fail.so" ]; then
	echo "ok - # SKIP the README's example without memory: needs a library that lets calls fail"
	exit 0
fi
n=0
while n=$((n + 1)); do
	LD_PRELOAD=$BUILD/tests/fail.so BP_FAULT=alloc BP_FAULT_AT=$n "$BUILD/tests/example" "$t/m" "$text" \
		> "$t/out" 2> "$t/err" && break
	grep -q 'out of memory' "$t/err" && [ "$n" -lt 10000 ] && continue
	echo "not ok - the README's example, allocation $n: $(cat "$t/err")"
	exit 1
done
if [ "$n" -gt 1 ]; then
	echo "ok - the README's example says that memory is out, at each of $((n - 1)) allocations"
else
	echo "not ok - the README's example: no allocation failed"
	exit 1
fi
