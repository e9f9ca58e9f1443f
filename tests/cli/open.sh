# encode --open: the ids that every continuation keeps, and the bytes left; in every mode.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 900 'qu'
	piece 900 'th'
	printf '900 w6k= "\303\251"\n'		# U+00E9
	piece 900 'the'
	piece 900 ' the'
	printf '900 Y2Fmw6k= "caf\303\251"\n'
	piece 900 'quick'
	piece 900 'there is'
} | model >m
without_normalization <m >none
_the=263	# ids of single bytes are three more than the byte

# FACT TEXT LINES [OPTIONS...]: the text (a format of printf) gives these lines.
opens()
{
	fact=$1 text=$2 lines=$3
	shift 3
	printf "$text" >text
	run encode --open "$@" text
	gives "$fact" "$lines"
}
opens "a word that may go on is left" 'a qu\n' '100 35\tqu\n' -m m
opens "and the space before it, if that may belong to it" 'a th\n' '100\t\\x20th\n' -m m
opens "what no piece goes beyond is not" 'a the.\n' "100 $_the 49\t\n" -m m
opens "longer pieces count as well" 'there i\n' '\tthere\\x20i\n' -m m
opens "a letter that a mark may join is left" 'xcaf\n' '123\tcaf\n' -m m
opens "also where no piece begins with it" 'xxe\n' '123 123\te\n' -m m
opens "without normalisation it is not" 'xxe\n' '123 123 104\t\n' -m none
opens "marks are left with their letter, in normal form" 'x.e\314\201\n' "123 49\t\303\251\n" -m m
opens "a character that is not at its end is left" 'x.\342\200\n' '123 49\t\\xE2\\x80\n' -m m
opens "-f pieces" 'a a the qu\n' 'a \\x20 a \\x20the \\x20\tqu\n' -m m -f pieces
opens "bytes left that would confuse" 'x.\\ \n' '123 49 95\t\\x20\n' -m m
opens "no input gives no line" '' '' -m m
opens "an empty line leaves nothing" '\n' '\t\n' -m m
opens "a last line without newline gives a line" 'x.\na qu' '123 49\t\n100 35\tqu\n' -m m
opens "-z: texts end in NUL" 'a\nqu\000x.\n\000' '100 13\tqu\n123 49 13\t\n' -m m -z
opens "--whole: a file is a text" 'a\nqu' '100 13\tqu\n' -m m --whole
: >empty
printf 'qu' >qu
run encode --open --whole -m m empty qu
gives "--whole: each file gives a line, also an empty one" '\t\n\tqu\n'
run encode --open --whole -j 3 -m m qu - empty <qu
gives "standard input stands between files" '\tqu\n\tqu\n\t\n'
run encode --open -m m -o out qu
gives "-o writes to a file" ''
printf '\tqu\n' >expected
same "-o: the same lines" out expected

# Larger texts, one line longer than a chunk; of letters alone, so that what is left stands as
# it is.
{
	cat "$ROOT"/data/prose.en.txt "$ROOT"/data/dialogue.txt
	yes 'the quick there is ' | head -n 40000 | tr -d '\n'
	printf '\n\n'
	cat "$ROOT"/data/prose.en.txt
} | tr -dc 'a-z \n' | tr ' ' '_' >text
for how in '-f ids' '-f pieces' -z --whole; do
	"$BP" encode --open $how -j 1 -m m text >lines-1
	for j in 2 7; do
		"$BP" encode --open $how -j $j -m m text >lines-j
		same "$how: $j threads give the lines of one" lines-j lines-1
	done
	cat text | "$BP" encode --open $how -j 2 -m m >lines-j
	same "$how: a pipe gives the lines of the file" lines-j lines-1
	"$BP" encode --open $how --flush -m m text >lines-j
	same "$how --flush: the same lines" lines-j lines-1
done
"$BP" encode --open -m m text >lines
cut -f 1 lines | "$BP" decode -m m >kept
cut -f 2 lines | paste -d '\0' kept - >out
same "the ids and the bytes left are the text" out text
"$BP" encode -m m text >ids
check "the ids are those that the text begins with" \
	[ "$(cut -f 1 lines | paste - ids | awk -F '\t' '$1 != "" && index($2 " ", $1 " ") != 1' | wc -l)" = 0 ]
check "some lines leave bytes" [ "$(cut -f 2 lines | grep -c .)" -gt 50 ]
check "some lines leave none" [ "$(cut -f 2 lines | grep -vc .)" -gt 5 ]

# FACT PATTERN OPTIONS...
refuses()
{
	fact=$1 pattern=$2
	shift 2
	run encode --open "$@" text
	fails "$fact" 2 "$pattern"
}
refuses "-f u16 is refused" "--open needs a format with lines of tokens .*, not -f u16" -m m -f u16
refuses "-f u32 is refused" "--open needs a format with lines of tokens .*, not -f u32" -m m -f u32 -o new
refuses "--sample is refused" "--open and --sample exclude each other" -m m --sample 0.1
refuses "--nbest is refused" "--open and --nbest exclude each other" -m m --nbest 2
refuses "a value is refused" '--open' -m m --open=1
check "what is refused writes no file" [ ! -e new ]

finish
