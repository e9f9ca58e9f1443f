# Inputs that a stranger may have made for a program to take long: twice the input is no more than
# about twice the work, counted in instructions (valgrind); no times.  Without valgrind nothing is
# counted.
. tests/cli/lib.sh

# FACT COMMAND...: @ in the command stands for 1 and then for 2, the sizes.
linear()
{
	fact=$1
	shift
	one= two=
	for size in 1 2; do
		words=
		for w in "$@"; do
			words="$words $(printf '%s' "$w" | sed "s/@/$size/")"
		done
		rm -f "$T/made"
		# $words is split: no word has a blank
		valgrind --tool=callgrind --callgrind-out-file=/dev/null "$BP" $words \
			>"$T/out" 2>"$T/err" </dev/null || { not_ok "$fact: size $size" "$(cat "$T/err")"; return; }
		n=$(sed -n 's/^==.*Collected : //p' "$T/err")
		[ "$size" = 1 ] && one=$n || two=$n
	done
	# Sorting and larger caches are allowed for: quadratic work is four times as much.
	check "$fact: $one and $two instructions" [ "${one:-0}" -gt 0 -a "${two:-0}" -gt 0 -a \
		$((${two:-0} / 100)) -lt $((${one:-0} * 3 / 100)) ]
}

if is_sanitized; then
	skip "work is linear" "sanitizers and valgrind exclude each other"
	exit
elif ! command -v valgrind >/dev/null; then
	skip "work is linear" "valgrind is not installed"
	exit
fi
case $(valgrind "$BP" --version 2>&1) in
*bytepiece*) ;;
*) skip "work is linear" "valgrind cannot run this program"; exit ;;
esac

# Words of three letters, and pairs of them that are a little more probable than their parts, all but
# the first pair: it goes, and its count makes a part of the second pair more probable.
for size in 1 2; do
	awk -v n=$((1000 * size)) 'function word(i) {
		return sprintf("%c%c%c", 98 + i % 24, 98 + int(i / 24) % 24, 98 + int(i / 576))
	}
	BEGIN {
		print "a\t4000000000000000000"
		three = 333333333333333
		total = 4e18 + n * (three + 2e10)
		for (i = 0; i < n; i++)
			printf "%s\t%.0f\n", word(i), three
		for (i = 1; i < n; i++)
			printf "%s%s\t%.0f\n", word(i - 1), word(i),
				three * three / total * (i == 1 ? 1 - 2e-5 : 1 + 2e-5)
	}' >"$T/list$size"
	# Tokens a, a_, a__ ... and pieces of these names: 155 and 200 of them, in 12 and 20 KB.
	awk -v n=$((110 + 45 * size)) 'BEGIN {
		printf "a\t5"
		for (i = 1; i < n; i++) { s = s "_"; printf "\na%s\t5", s }
		print ""
	}' >"$T/names$size"
	awk -v n=$((110 + 45 * size)) 'BEGIN {
		for (i = 0; i < n; i++) { print "--special=a" s; s = s "_" }
	}' >"$T/special$size"
	# shellcheck disable=SC2046
	"$BP" edit -q --normalize none $(cat "$T/special$size") -o "$T/under$size" "$T/names$size"
	awk -v n=$((3000 * size)) 'BEGIN { for (i = 0; i < n; i++) print "--special=s" i }' \
		>"$T/special$size"
	# shellcheck disable=SC2046
	"$BP" edit -q --normalize none $(cat "$T/special$size") -o "$T/many$size" /dev/null
done
linear "pruning a list" edit -q --prune -o "$T/made" "$T/list@"
for form in huggingface sentencepiece; do
	linear "names with underscores, $form" convert -q -f $form -o "$T/made" "$T/under@"
	linear "many special tokens, $form" convert -q -f $form -o "$T/made" "$T/many@"
done
linear "many special tokens in a text" encode -q --specials -m "$T/many@" -o "$T/made" "$T/names1"

# Cases that were found by others, where they are kept: half of each, and all of it.
cases=${BP_SHARED-}/cases/trust
if [ ! -d "$cases" ]; then
	skip "cases that were found" "BP_SHARED has none"
	exit
fi
for name in D7-words.tsv D7-text; do
	head -n $(($(wc -l <"$cases/$name") / 4)) "$cases/$name" >"$T/$name.1"
	head -n $(($(wc -l <"$cases/$name") / 2)) "$cases/$name" >"$T/$name.2"
	cat "$T/$name.1" "$T/$name.1" >"$T/$name.twice.1"
	cat "$T/$name.2" "$T/$name.2" >"$T/$name.twice.2"
done
linear "words of one slot" edit -q --normalize none -o "$T/made" "$T/D7-words.tsv.@"
linear "words of one slot in a text" train -q -j1 --vocab-size 300 --across-spaces words \
	--normalize none -o "$T/made" "$T/D7-text.@"
linear "n-grams of one slot in a text" train -q -j1 --vocab-size 300 --reference \
	--normalize none -o "$T/made" "$T/D7-text.twice.@"
head -c 500 "$cases/D6-open.json.txt" >"$T/open.1"
head -c 1000 "$cases/D6-open.json.txt" >"$T/open.2"
linear "a text to be continued" encode -q -j1 -m "$cases/D6-open.json" --open -o "$T/made" "$T/open.@"
