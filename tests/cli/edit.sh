# edit: vocabularies from lists, with special tokens, cut; and what other commands make of them.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 900 'ab'
	piece 40 'the'
} | model >m
printf 'ab the <user> lamp\n\303\251 <pad>\n' >text

run edit -m m -o same
same "without anything to change the model is written as it was" same m
check "what was done is said on one line of standard error" [ "$(wc -l <"$T/err")" = 1 ]
check "and nothing on standard output" is_empty "$T/out"
run edit -q -m m -o same
check "with -q nothing is said" is_empty "$T/err"

# Special tokens.
run edit -m m -o chat --special '<user>' --special '<bot>' --special '<user>'
check "special tokens are added" like \
	'^bytepiece: edit: added: pieces 0, special tokens 2; already present: 1; removed: 0; vocabulary of 263 ids$' "$T/err"
run inspect chat
check "inspect counts them" like '263 .258 pieces, .* and 2 more' "$T/out"
run inspect --vocab chat
check "inspect --vocab lists them" [ "$(tail -n 2 "$T/out")" = "$(printf \
	'261\t<user>\t0\t-inf\n262\t<bot>\t0\t-inf')" ]
"$BP" encode -m m text >expected
run encode -m chat text
same "no text gives them, though it spells their names" "$T/out" expected
printf '261 100 262\n0 1 2 101\n' >ids
run decode -m chat ids
gives "decode: special tokens give nothing" 'a\nb\n'
run edit -m chat -f binary -o chat.bin
run encode -m chat.bin text
same "from the binary form it is the same" "$T/out" expected
run convert -o back chat.bin
same "and JSON comes back from it" back chat
run edit -m chat -o more --piece '<user>' --special '<end>'
run encode -m more -f pieces text
check "a piece may be called as a special token" like 'x20 <user> ' "$T/out"
run inspect --vocab more
check "the ids before stay" [ "$(sed -n '259,262p' "$T/out" | cut -f 1,2 | tr '\t\n' '  ')" = \
	'261 <user> 262 <bot> 263 <user> 264 <end> ' ]

# Lists.
printf 'lamp\t30\n\\x20lamp\t20\ne\314\201\t5\nthe\t7\n' >list
run edit -m m -o listed list
check "words of lists are added" like ': added: pieces 3, .* already present: 1; removed: 0; vocabulary of 264 ids$' \
	"$T/err"
run inspect --vocab listed
check "behind what was there, by length and bytes, with their counts" [ \
	"$(sed -n '258,261p' "$T/out" | cut -f 1-3 | tr '\t\n' '  ')" = \
	"$(printf '260 the 40 261 \303\251 5 262 lamp 30 263 \\x20lamp 20 ')" ]
run edit -m m -o listed2 --counts add - <list
"$BP" inspect --vocab listed2 | cut -f 2,3 >found
check "--counts add adds those of pieces that are there, from standard input" like '^the.47$' found
run edit -o new list
"$BP" inspect --vocab listed | tail -n 3 | cut -f 2,3 >expected
"$BP" inspect --vocab new | grep -v '^[0-9]*.the' | tail -n 3 | cut -f 2,3 >found
same "without a model the list is one" found expected
"$BP" inspect --vocab m | cut -f 2,3 >whole
run edit -o again whole
same "what inspect --vocab lists makes the model again" again m
run edit -o pruned --prune whole
check "--prune ends well" [ "$status" = 0 ]

# Cutting.
run edit -m listed -o less --vocab-size 262
check "--vocab-size leaves out what is rare" like 'removed: 2; vocabulary of 262 ids$' "$T/err"
"$BP" inspect --vocab less | tail -n 3 | cut -f 1-3 | tr '\t\n' '  ' >found
check "and ids close up" [ "$(cat found)" = '259 ab 900 260 the 40 261 lamp 50 ' ] ||
	sed 's/^/# /' found

# What is wrong.
printf 'a\t1\nb 2\n' >bad
run edit -m m -o out list bad
fails "a faulty list is named with its line" 1 ': bad: line 2: '
run edit -m m -o out nowhere
fails "a list that is missing is named" 1 'nowhere'
run edit -m bad -o out
fails "a model that is none is named" 1 'bad: byte'
run edit -m m
fails "a file to write is needed" 2 '-o OUT'
run edit -o out
fails "something to make a model of is needed" 2 '-m MODEL or LIST'
run edit -m m -o out --piece ''
fails "an empty piece is refused" 2 'piece .* is empty'
run edit -m m -o out --piece 'a\q'
fails "what is no escape is refused" 2 'backslash'
run edit -m m -o out --special '<eos>'
fails "a special token that every model has is refused" 2 '<eos>'
run edit -m m -o out --prune
fails "--prune is for new models" 2 'prune'
run edit -m m -o out --normalize none
fails "--normalize is for new models" 2 'normalize'
run edit -m chat -o out --vocab-size 260
fails "a size without room is refused" 2 'no room for the 261 required'
check "and then nothing is written" [ ! -e out ]

# Exports keep the ids.
run convert -f huggingface -o hf chat.bin
check "tokenizer.json has special tokens as added ones" like \
	'"id": 262, "content": "<bot>", .*"special": true' hf
check "and in their places" [ "$(grep -c -e '^    \["<bot>", -1e30\]$' hf)" = 1 ]
run convert -f sentencepiece -o sp more
check "a name that is a piece as well is changed, and said" like 'named <user>_' "$T/err"
check "in the file too" grep -q '<user>_' sp
# Pieces removed: the count goes to the parts, and ids move up or stay.
{ piece 900 'ab'; piece 100 'abc'; piece 40 'the'; } | model >more
run edit -m more -o less --remove abc
check "--remove: what was done is said" like 'removed: 1; vocabulary of 261 ids' "$T/err"
"$BP" inspect --vocab less | tail -n 2 | cut -f 1-3 | tr '\t\n' '  ' >found
printf '259 ab 1000 260 the 40 ' >expected
same "--remove: its count goes to its parts, and ids move up" found expected
check "--remove: each part got the count" [ "$("$BP" inspect --vocab less | grep -c '^102.c.101')" = 1 ]
run edit -m more -o kept --remove ab --keep-ids
"$BP" inspect --vocab kept | tail -n 3 | cut -f 1-3 | tr '\t\n' '  ' >found
printf '259 <unused259> 0 260 abc 100 261 the 40 ' >expected
same "--keep-ids: no id moves" found expected
for form in json binary; do
	run convert -f $form -o form kept
	run convert -o back form
	same "--keep-ids: the model in form $form" back kept
done
printf 'the cab' | "$BP" encode -m kept >ids
check "--keep-ids: no text gives the id" [ "$(cat ids)" = '261 35 102 100 101' ]
printf '\357\273\277ab\t5\r\nthe\r\n\\x61bc\n' >names
run edit -m more -o none --remove-file names
check "--remove-file" like 'removed: 3; vocabulary of 259 ids' "$T/err"
run edit -m more -o x --remove zz
fails "--remove of no piece" 2 "'zz'.*is not in the model"
run edit -m more -o x --remove a
fails "--remove of a byte" 2 'is a single byte'
run edit -m more -o x --remove ab --piece ab
fails "--remove of a piece to be added" 2 'is to be added, too'
run edit -o x --remove ab names
fails "--remove without a model" 2 'needs -m MODEL'
run edit -m more -o x --keep-ids
fails "--keep-ids alone" 2 'needs --remove'

finish
