# encode -f json: ids, pieces, and where they stand in the input, also where normalising changed it.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 "$(printf '\303\251')"; piece 900 'the'; piece 900 ' the'; } | model >m

# FACT TEXT PIECES OFFSETS: the object of one text; TEXT is a format of printf.
object()
{
	printf "$2" >text
	run encode -f json -m m text
	printf '"pieces": [%s], "offsets": [%s]}\n' "$3" "$4" >expected
	sed 's/^.*], "pieces"/"pieces"/' "$T/out" >got
	same "$1" got expected
	ids=$(sed 's/^{"ids": \[//; s/\].*//; s/,//g' "$T/out")
	check "$1: the ids are those of -f ids" [ "$ids" = "$("$BP" encode -m m text)" ]
}

object "an empty text" '\n' '' ''
object "pieces follow each other" 'then the' '"the", "n", "\\x20the"' '[0, 3], [3, 4], [4, 8]'
object "quotation marks and backslashes" '"\\' '"\"", "\\x5C"' '[0, 1], [1, 2]'
object "malformed bytes" '\377\000th' '"\\xFF", "\\x00", "th"' '[0, 1], [1, 2], [2, 4]'
object "two characters become one" 'ae\314\201b' '"a", "'"$(printf '\303\251')"'", "b"' \
	'[0, 1], [1, 4], [4, 5]'
object "places before and behind a change" 'the e\314\201e\314\201 the' \
	'"the", "\\x20", "'"$(printf '\303\251')"'", "'"$(printf '\303\251')"'", "\\x20the"' \
	'[0, 3], [3, 4], [4, 7], [7, 10], [10, 14]'
# The dot below goes before the acute: both pieces of bytes stand for all of it.
object "pieces inside of what changed" 'xe\314\201\314\243' \
	'"x", "\\xE1", "\\xBA", "\\xB9", "\\xCC", "\\x81"' \
	'[0, 1], [1, 6], [1, 6], [1, 6], [1, 6], [1, 6]'

cat "$ROOT"/data/*.txt >text
"$BP" encode -m m text | sed 's/ /, /g' >ids
check "the sample gives ids" [ -s ids ]
for j in 1 2 7; do
	run encode -j $j -f json -m m text
	sed 's/^{"ids": \[//; s/\].*//' "$T/out" >got
	same "-j $j: the ids of each line" got ids
done
run encode -f json --whole -m m text
check "--whole: one object" [ "$(wc -l <"$T/out")" -eq 1 ]
printf 'a\nb\000c' >nuls
run encode -f json -z -m m nuls
check "-z: an object for each text" [ "$(wc -l <"$T/out")" -eq 2 ]
for with in '--sample 0.5' '--nbest 2' --open; do
	run encode -f json $with -m m text
	check "$with -f json: wrong usage" [ "$status" = 2 ]
done
finish
