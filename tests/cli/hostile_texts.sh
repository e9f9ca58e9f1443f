# Texts that are hard on a search: they come back, and time and memory do not grow faster than they do.
. tests/cli/lib.sh

cd "$T/w" || exit 1
run train -q --normalize none --vocab-size 2000 -o json "$ROOT"/data/prose.en.txt "$ROOT"/data/code.txt
run convert -f binary -o trained json
check "a model can be made" [ "$status" = 0 ]
# With it the paths to odd and even places in a run of one letter have nothing in common.
piece 5000 'aa' | model | without_normalization >pairs
small=1000000 large=4000000
if is_sanitized || [ "${BP_QUICK-}" = 1 ]; then
	small=250000 large=1000000
fi
measured=
if is_sanitized; then
	skip "memory is measured" "a sanitizer takes more"
elif /usr/bin/time -f %M true 2>peak && like '^[0-9]+$' peak; then
	measured=1
else
	skip "memory is measured" "no /usr/bin/time -f"
fi
counted=
if [ "${BP_QUICK-}" = 1 ] || is_sanitized || ! command -v valgrind >/dev/null; then
	skip "instructions are counted" "it has to be quick, or there is no valgrind"
else
	counted=1
fi
# KIND BYTES: a text into the file 'text'.
text() { sh "$ROOT/tests/fuzz/texts.sh" "$1" "$2" "$model" "$BP" "$ROOT/data/prose.en.txt"; }
# FACT ARGUMENTS...: the program, its peak of memory in 'peak'.
measure()
{
	fact=$1
	shift
	ran=$*
	if [ -n "$measured" ]; then
		/usr/bin/time -q -o time -f %M "$BP" "$@" >"$T/out" 2>"$T/err"
		status=$?
		peak=$(tail -n 1 time)
	else
		"$BP" "$@" >"$T/out" 2>"$T/err"
		status=$?
		peak=0
	fi
	[ $status = 0 ] || not_ok "$fact: exit 0"
}
# WHAT ARGUMENTS...: encode the text of 'kind' with 'model' in each size, and decode it.
sizes()
{
	what="$kind, $1"
	shift
	for size in $small $large; do
		text "$kind" $size
		measure "$what of $size bytes" encode -m $model --whole -f u32 -o ids "$@" text
		[ $size = $small ] && first=$peak || last=$peak
		# With more threads the smaller text may not fill the chunks of all.
		measure "$what of $size bytes back" decode -j 1 -m $model --whole -f u32 -o back ids
		[ $size = $small ] && first_back=$peak || last_back=$peak
		same "$what of $size bytes: comes back" back text
	done
	[ -n "$measured" ] || return 0
	more=2000
	# Where the paths through a run never meet, each byte of it takes some memory: eight bytes in
	# arrays that double as they grow.
	[ $model = trained ] || more=$((2000 + 20 * (large - small) / 1024))
	check "$what: a text four times as large takes at most $more KiB more: $first, $last" \
		[ $((last - first)) -le $more ]
	check "$what: decoding takes no more for a larger text: $first_back, $last_back" \
		[ $((last_back - first_back)) -le 1000 ]
}
# BYTES ARGUMENTS...: instructions for a text of 'kind'.
instructions()
{
	text "$kind" "$1"
	shift
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$BP" "$@" text 2>&1 >"$T/out" |
		sed -n 's/.*Collected : //p'
}
model=trained
for kind in repeated alternating fibonacci random pieces nuls newlines line; do
	sizes "the best segmentation" -j 1
	sizes "a random segmentation" -j 1 --sample 0.2
	[ -n "$counted" ] || continue
	once=$(instructions 150000 encode -j 1 -q -m $model --whole -f u32)
	more=$(instructions 600000 encode -j 1 -q -m $model --whole -f u32)
	check "$kind: four times the text takes at most five times the instructions: $once, $more" \
		[ "$more" -le $((5 * once)) ]
done
kind=repeated model=pairs
sizes "paths that never meet" -j 1
sizes "a random one of paths that never meet" -j 1 --sample 0.2
finish
