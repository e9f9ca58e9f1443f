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

# --piece: what the list says of it, and the best of the ways without it.
log_p() { awk -F '\t' -v id="$1" '$1 == id { printf "%.4f", $4 }' vocab; }
run inspect --piece ab m
gives "inspect --piece" "piece            ab\nid               259\nlength           2 bytes
count            900 (rank 2 of 262)\nlog-probability  $(log_p 259)\nwithout it       a b
                 log-probability $(awk -F '\t' '$1 == 100 || $1 == 101 { s += $4 }
		END { printf "%.4f", s }' vocab)\n"
run inspect --piece '\x20the' m
check "inspect --piece takes a piece as the list has it" like '^id  *263$' "$T/out"
run inspect --piece ' the' m
check "inspect --piece takes a piece as it is" like '^id  *263$' "$T/out"
run inspect --piece 'b\x5C' --piece 'b\\' m
check "inspect --piece twice" [ "$(grep -c '^id  *260$' "$T/out")" = 2 ]
run inspect --piece a m
check "inspect --piece of a byte: there is no other way" [ "$(grep -c without "$T/out")" = 0 ]
check "inspect --piece of a byte: one byte" like '^length  *1 byte$' "$T/out"
run inspect --piece '\xE4\xB8' m
check "inspect --piece of part of a character" like '^without it  *\\xE4 \\xB8$' "$T/out"
run inspect --piece '<eos>' m
gives "inspect --piece of a special token" 'special token    <eos>\nid               2\n'
run inspect --piece nope m
fails "inspect --piece of what is none" 1 "'nope' is neither a piece nor a special token"
run inspect --piece 'a\q' m
fails "inspect --piece with another escape" 2 'backslash'
run inspect --vocab --piece a m
fails "inspect --vocab --piece" 2 'exclude each other'
# A piece whose bytes are cheaper as two others, and one that no text in normal form has.
{ piece 900 'wx'; piece 900 'yz'; printf '5 ZcyB "e\314\201"\n'; piece 1 'wxyz'; } | model >odd
run inspect --piece wxyz odd
check "inspect --piece tells of a better way" like ', which is higher$' "$T/out"
run inspect --piece 'e\xCC\x81' odd
check "inspect --piece: no other way where the normal form is another text" \
	[ "$(grep -c without "$T/out")" = 0 ]

# Ids, JSON, and the model by -m.
{ piece 900 'th'; piece 40 'the'; } | model >plain
run edit -q -m plain -o chat --special '<user>' --special 'a"b'
run inspect chat
check "all special tokens are named" like '^special tokens   <user> 261, a"b 262$' "$T/out"
run inspect --piece the chat
cp "$T/out" expected
run inspect --id 260 -m chat
same "--id is --piece, and -m the operand" "$T/out" expected
run inspect --id 261 chat
gives "--id of a special token" 'special token    <user>\nid               261\n'
run inspect --id 263 chat
fails "--id of none: the range is named" 2 "'263' is not a number from 0 to 262"
run inspect -f json chat
gives "-f json: facts" '{"model": "chat", "vocabulary_size": 263, "pieces": 258, "special_tokens": [{"id": 0, "name": "<pad>"}, {"id": 1, "name": "<bos>"}, {"id": 2, "name": "<eos>"}, {"id": 261, "name": "<user>"}, {"id": 262, "name": "a\\"b"}], "normalization": "nfc", "newlines": "end", "longest_piece": 3, "sum_of_counts": 1196, "bytes_per_counted_piece": 1.819398}\n'
run inspect -f json --piece '<user>' --id 95 chat
cp "$T/out" found
head -n 1 found >one
printf '{"id": 261, "special": "<user>"}\n' >expected
same "-f json: a special token" one expected
check "-f json: a piece, with its escapes" like \
	'^."id": 95, "piece": "..x5C", "length": 1, "count": 1, "log_probability": -7.08' found
run inspect -f json --vocab chat
check "-f json: a line for each id" [ "$(wc -l <"$T/out")" = 263 ]
run convert -m chat -f tsv -o tsv
check "convert -m" [ "$status" = 0 ]
run inspect -m chat chat
fails "a model twice" 2 'exactly one MODEL is required'

finish
