# tests/bench/bits.c, the model of make bench-model: bits per byte that were computed by hand.
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
failed=0
# It ends without freeing anything.
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS

# TRAIN TEST EXPRESSION NGRAMS [OPTION...]: ids, one digit each, 0 ends a text; the sum of the binary
# logarithms of the probabilities is that of the expression; four ids, two bytes.
gives()
{
	for i in 1 2; do
		printf "$(printf %s "$1" | sed 's/./\\00&\\000/g')" >"$t/$i.u16"
		shift
	done
	expected=$(awk "BEGIN { printf \"2\t%.4f\t%d\", -log($1) / log(2) / 2, $2 }")
	shift 2
	got=$("$BUILD/tests/bits" "$@" 4 0 "$t/1.u16" "$t/2.u16" 2 2>&1)
	if [ "$got" = "$expected" ]; then
		echo "ok - bits $*: $got"
	else
		echo "not ok - bits $*: $got, not $expected"
		failed=1
	fi
}

# One text of one id.  All counts are 1, and all discounts 1/2, since none is 2.  Ids 0 and 1 have
# (1/2 + 1/4) / 2 = 3/8, behind one id 1/2 + 3/16 = 11/16, behind two 1/2 + 11/32 = 27/32.
gives 10 10 '27 / 32 * 27 / 32' 4
# Id 2: 1/8 by itself, half of that behind the beginning, and again.  Behind it nothing is known.
gives 10 20 '1 / 32 * 3 / 8' 4
# One of the trigrams is left out: what it had goes to the bigram.
gives 10 10 '27 / 32 * 11 / 16' 3 -n 3
# Counts of 1 and 2.  Of the trigrams (start start 1) 2, (start 1 0) 2, (start start 2) 1 and
# (start 2 0) 1: y = 2 / (2 + 2 * 2) = 1/3, the discounts 1 - 2 * y * 2 / 2 = 1/3, and 1/2 for a
# count of 2, since none is 3.  Of the bigrams (start 1) 2, (start 2), (1 0) and (2 0) 1: y = 3/5,
# 1 - 2 * y * 1 / 3 = 3/5, and 1/2.  Of the ids, 0 two times, 1 and 2: 1/2 and 1/2.
one='(1 / 2 + 3 / 2 / 4) / 4' zero='(3 / 2 + 3 / 2 / 4) / 4'
one="(3 / 2 + (1 / 2 + 3 / 5) * $one) / 3" zero="2 / 5 + 3 / 5 * $zero"
one="(3 / 2 + (1 / 2 + 1 / 3) * $one) / 3" zero="(3 / 2 + 1 / 2 * ($zero)) / 2"
gives 101020 10 "$one * $zero" 8
exit $failed
