# inspect: what a model is and holds.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 900 'ab'
	piece 44 'b\' 'b\\'
	printf '7 w6k= "\303\251"\n'		# U+00E9
	printf '8 5Lg= ""\n'			# the first two bytes of U+4E2D
	piece 1234567890123 ' the'
	printf '12 YQAJf2I= "a\\u0000\\t\177b"\n'
} | model >m
without_normalization <m >none
sum=$((256 + 900 + 44 + 7 + 8 + 1234567890123 + 12))

run inspect m
check "inspect ends with exit 0" [ "$status" = 0 ]
check "inspect prints nothing to standard error" is_empty "$T/err"
check "inspect names the model" like '(^| )m$' "$T/out"
check "inspect tells the size of the vocabulary" like 'vocabulary.* 265( |$)' "$T/out"
check "inspect tells the number of pieces" like '[( ]262 pieces' "$T/out"
check "inspect tells the normalisation nfc" like 'normali[sz]ation.* nfc' "$T/out"
check "inspect tells the longest piece" like 'longest.* 5 bytes' "$T/out"
check "inspect tells the sum of counts" like "counts.* $sum( |\$)" "$T/out"
run inspect none
check "inspect tells the normalisation none" like 'normali[sz]ation.* none' "$T/out"
check "inspect tells no other normalisation then" [ "$(grep -c nfc "$T/out")" = 0 ]

run inspect --vocab m
check "inspect --vocab ends with exit 0" [ "$status" = 0 ]
check "inspect --vocab prints nothing to standard error" is_empty "$T/err"
cp "$T/out" vocab
check "inspect --vocab has a line for each piece" [ "$(wc -l <vocab)" = 262 ]
check "inspect --vocab has four columns, tabs between" \
	[ "$(awk -F '\t' 'NF != 4' vocab | wc -l)" = 0 ]
awk 'BEGIN { for (i = 3; i < 265; i++) print i }' >expected
cut -f 1 vocab >ids
same "inspect --vocab has all ids of pieces, ascending" ids expected
cut -f 3 vocab | tail -n 6 >counts
cut -f 3 vocab | head -n 256 | sort -u >ones
printf '1\n' >one
same "inspect --vocab has the counts of bytes" ones one
check "inspect --vocab has the counts of longer pieces" \
	[ "$(tr '\n' ' ' <counts)" = "900 44 7 8 1234567890123 12 " ]
cut -f 2 vocab | tail -n 6 >pieces
printf 'ab\nb\\x5C\n\303\251\n\\xE4\\xB8\n\\x20the\na\\x00\\x09\\x7Fb\n' >expected
same "inspect --vocab has the pieces as encode -f pieces prints them" pieces expected
cut -f 2 vocab | head -n 33 | tail -n 1 >piece
printf '\\x20\n' >expected
same "inspect --vocab escapes a space" piece expected
check "inspect --vocab has no piece twice" [ "$(cut -f 2 vocab | sort -u | wc -l)" = 262 ]
wrong=$(awk -F '\t' -v sum=$sum '{
	d = $4 - (log($3) - log(sum))
	if (d < -1e-9 || d > 1e-9 || $4 !~ /^-[0-9]+\.[0-9]+$/ && $4 !~ /^-[0-9.]+e-?[0-9]+$/)
		print
}' vocab)
check "inspect --vocab has the log-probabilities" [ -z "$wrong" ]
run inspect --vocab <m
same "inspect reads standard input without a file" "$T/out" vocab
run inspect --vocab none
same "inspect --vocab is the same without normalisation" "$T/out" vocab
run inspect --vocab -q m
same "inspect -q prints results" "$T/out" vocab

finish
