# encode -f pieces: what is printed as it is, and what as \xNN.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 900 'ab'
	piece 900 'b\' 'b\\'
	printf '900 wqA= "\302\240"\n'		# U+00A0
	printf '900 w6k= "\303\251"\n'		# U+00E9
	printf '900 5Lg= ""\n'			# the first two bytes of U+4E2D
	printf '900 4oCo "\342\200\250"\n'	# U+2028
	printf '900 44CA "\343\200\200"\n'	# U+3000
	printf '900 5Lit "\344\270\255"\n'	# U+4E2D
	piece 900 ' the'
	printf '900 7aCAIQ== "!"\n'		# a surrogate and '!'
	printf '900 8J+YgA== "\360\237\230\200"\n' # U+1F600
	printf '900 YQAJf2I= "a\\u0000\\t\177b"\n'
} | model >m

# FACT TEXT PIECES [OPTIONS...]: it gives these pieces.  Either case of \xNN will do.
splits()
{
	fact=$1 text=$2
	printf "$3" >expected
	shift 3
	printf "$text" >text
	run encode -m m -f pieces "$@" text
	check "$fact: exit 0" [ "$status" = 0 ]
	awk '{
		out = ""
		while (match($0, /\\x[0-9a-f][0-9a-f]/)) {
			out = out substr($0, 1, RSTART + 1) toupper(substr($0, RSTART + 2, 2))
			$0 = substr($0, RSTART + 4)
		}
		lines = lines sep out $0
		sep = "\n"
	}
	END { printf "%s", lines }' "$T/out" >got
	[ -n "$(tail -c 1 "$T/out")" ] || [ ! -s "$T/out" ] || echo >>got
	same "$fact" got expected
}
splits "letters stand for themselves" 'abc\n' 'ab c\n'
splits "a space is \\x20" 'ab the\n' 'ab \\x20the\n'
splits "spaces alone" '  \n' '\\x20 \\x20\n'
splits "tab, CR, DEL and NUL are escaped" '\t\r\177\000\n' '\\x09 \\x0D \\x7F \\x00\n'
splits "all in one piece" 'a\000\t\177b\n' 'a\\x00\\x09\\x7Fb\n'
splits "a backslash is \\x5C" 'a\\bb\\\n' 'a \\x5C b b\\x5C\n'
splits "what looks like an escape is told apart" '\\x20\n' '\\x5C x 2 0\n'
splits "characters beyond ASCII stand for themselves" '\303\251\344\270\255\360\237\230\200\n' \
	'\303\251 \344\270\255 \360\237\230\200\n'
splits "bytes that are not valid UTF-8 are escaped" '\200\377\300\201\n' '\\x80 \\xFF \\xC0 \\x81\n'
splits "a part of a character is escaped" '\344\270 \255\n' '\\xE4\\xB8 \\x20 \\xAD\n'
splits "a surrogate is escaped" '\355\240\200!\n' '\\xED\\xA0\\x80!\n'
splits "a piece that is a character's first byte is escaped" '\303\250\n' '\\xC3 \\xA8\n'
splits "newlines are escaped with --whole" 'ab\n\nab\n' 'ab \\x0A \\x0A ab \\x0A\n' --whole
splits "newlines are escaped with -z" 'ab\n\000ab\n\000' 'ab \\x0A\nab \\x0A\n' -z
splits "an empty line gives an empty line" '\nab\n\n' '\nab\n\n'
splits "a last line without newline gives none" 'ab\nab' 'ab\nab'
splits "no input gives no line" '' ''

# Every byte by itself, backwards so that no longer piece fits.
awk 'BEGIN {
	for (i = 255; i >= 0; i--) {
		escape = i < 33 || i > 126 || i == 92
		printf "%s%s", (i < 255 ? " " : ""), sprintf(escape ? "\\\\x%02X" : "\\%03o", i)
	}
	printf "\\n"
}' >forms
splits "every byte has its form" "$(awk 'BEGIN { for (i = 255; i >= 0; i--) printf "\\%03o", i }')" \
	"$(cat forms)" --whole
# Blanks and invisible characters beyond ASCII are escaped, and read back.
for c in '\302\240' '\342\200\250' '\343\200\200'; do
	printf "$c\n" >text
	run encode -m m -f pieces text
	printf "$c" | od -An -tx1 | tr -d '\n' | sed 's/ /\\x/g' | tr 'a-wyz' 'A-WYZ' >escaped
	echo >>escaped
	same "a blank beyond ASCII ($c) is one piece, escaped" "$T/out" escaped
	run inspect --piece "$(cat escaped)" m
	check "its text ($c) is read back" [ "$status" = 0 ]
done
for j in 1 2 7; do
	cat "$ROOT"/data/*.txt "$BP" | head -c 1000000 | "$BP" encode -m m -f pieces -j $j >pieces$j
	[ $j = 1 ] || same "pieces do not depend on the number of threads ($j)" pieces$j pieces1
done
cat "$ROOT"/data/*.txt "$BP" | head -c 1000000 | "$BP" encode -m m >ids
awk '{ print NF }' ids >n-ids
awk '{ print NF }' pieces1 >n-pieces
check "pieces are printed" [ -s pieces1 ]
same "there are as many pieces as ids on every line" n-pieces n-ids
check "pieces hold no control characters" [ -z "$(tr -d '\n \041-\377' <pieces1)" ]

finish
