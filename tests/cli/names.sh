# Names of special tokens in texts: train, count, eval and view --specials; and the files of names and pieces.
. tests/cli/lib.sh

cd "$T/w" || exit 1
quick=
if is_sanitized || [ "${BP_QUICK-}" = 1 ]; then quick=1; fi

# A conversation: each turn between two names, some turns without text between them.
awk 'NR % 3 == 0 { print "<|user|>" $0 "<|end|>" } NR % 3 == 1 { print "<|bot|> " $0 "<|end|><pad>" }
	NR % 3 == 2 { printf "%s<|bot|><|bot|>", $0 }' "$ROOT/data/prose.en.txt" | head -c 150000 >chat
# The same with an end of a text in place of each name, for -z.
sed 's/<|user|>/\n/g; s/<|bot|>/\n/g; s/<|end|>/\n/g; s/<pad>/\n/g' chat | tr '\n' '\000' >cut
tr '\n' '\000' <chat >chat0
names='--special <|user|> --special <|bot|> --special <|end|>'
size='--vocab-size 1500'

# FACT [ARGUMENTS...]: trains out.
trains()
{
	what=$1
	shift
	rm -f out
	run train -q -o out "$@"
	check "$what: there is a model, and nothing said" [ "$status" = 0 -a -s out -a ! -s "$T/err" ]
}
has_piece() { "$BP" inspect --vocab "$1" | awk -F '\t' '$3 > 0' | cut -f 2 | grep -qE "$2"; }

# Training: names are ends of texts.
for more in '' --reference '--across-spaces words' '--normalize none'; do
	trains "texts that are cut at names $more" $size $names $more -z cut
	mv out want
	trains "--specials $more" $size $names $more --specials -z chat0
	same "--specials $more: names are ends of texts" out want
	check "--specials $more: no piece has a part of a name" eval '! has_piece out "<[|]|[|]>|<pad"'
	trains "without --specials $more" $size $names $more -z chat0
	check "without --specials $more names are learned" has_piece out '<[|]'
	[ -z "$quick" ] || break
done
trains "--whole --specials" $size $names --specials --whole chat
mv out want
cat chat | "$BP" train -q -o out $size $names --specials --whole
same "a pipe with names" out want
printf '{"text": "a <|end|> b <|end|> b"}\n' >jsonl
trains "--jsonl --specials" --vocab-size 300 $names --specials --jsonl jsonl
check "--jsonl --specials: no name is learned" eval '! has_piece out "<[|]|[|]>"'
printf '<|end|><pad>\n<|bot|>\n' >nothing
run train -q -o out $names --specials nothing
fails "names alone are no text" 1 'no text in the input'
trains "names of the model to be extended" $size --extend want --specials -z chat0
check "they are not learned" eval '! has_piece out "<[|]|[|]>"'
run train -o out $names --specials chat
check "the summary tells the bytes of the text without names" \
	like "$(($(tr -d '\n' <cut | tr -d '\000' | wc -c) / 1000))(\.[0-9])? KB in" "$T/err"

# Large text, also in one line, whose segments are longer than a chunk; names at all offsets of chunks.
[ -n "$quick" ] && times=2 || times=9
i=0
while [ $i -lt $times ]; do
	cat chat
	head -c "$((i * 7001))" chat | tr '\n' '#'
	i=$((i + 1))
done >large
tr '\n' '#' <large >line
for text in large line; do
	sed 's/<|user|>/\n/g; s/<|bot|>/\n/g; s/<|end|>/\n/g; s/<pad>/\n/g' $text >$text.cut
	[ $text = line ] || tr '\n' '\000' <large.cut >large.cut0
	trains "$text, -j 1" -j 1 $size $names --specials --sample-size 200K $text
	mv out want
	for options in '-j 2' '-j 5 --memory 1M'; do
		trains "$text, $options" $options $size $names --specials --sample-size 200K $text
		same "$text, $options: the same model" out want
	done
done
# The published algorithm draws no sample, so that the bounds of chunks do not matter.
trains "line, cut at names" --reference $size $names line.cut
mv out want
trains "line, --specials" --reference $size $names --specials line
same "a long line: names are ends of texts" out want

# Evaluation: names are counted apart, and no other figure has them.
trains "a model" $size $names --specials chat
mv out m
# FILE FIGURE: the number behind a figure.
figure() { sed -n "s/^$2  *\([0-9.]*\).*/\1/p" "$1"; }
for text in chat large line; do
	n=$(grep -oE '<\|user\|>|<\|bot\|>|<\|end\|>|<pad>' $text | wc -l)
	case $text in chat) tr '\000' '\n' <cut >$text.cut ;; esac
	"$BP" eval -m m $text.cut >want
	for options in '-j 1' '-j 5'; do
		"$BP" eval --specials $options -m m $text >got
		check "eval --specials $options $text: $n special tokens" [ "$(figure got 'special tokens')" = "$n" ]
		for f in bytes characters words tokens 'bytes per token' 'byte tokens' 'vocabulary used' 'Renyi efficiency'; do
			check "eval --specials $options $text: '$f' is that of the text between names" \
				[ -n "$(figure want "$f")" -a "$(figure got "$f")" = "$(figure want "$f")" ]
		done
		check "eval --specials $options $text: texts are lines" \
			[ "$(figure got texts)" = "$("$BP" eval -m m $text | sed -n 's/^texts *//p')" ]
	done
done
"$BP" eval -m m chat >got
check "eval without --specials: names are text" [ "$(figure got 'special tokens')" = 0 ]
check "and their bytes count" [ "$(figure got bytes)" = "$(tr -d '\n' <chat | wc -c)" ]
run eval -f json --specials --per-file -m m chat chat
check "JSON tells the number of special tokens" like '"specials": [1-9]' "$T/out"

# View.
printf 'the <|user|>cat<|end|><pad>\n\\\342\225\221\n' >few
run view --specials -m m few
check "view: special tokens stand between double lines" [ "$(head -n 1 "$T/out" | tr -d '\342\224\202')" = \
	"$(printf 'the \342\225\221<|user|>\342\225\221cat\342\225\221<|end|>\342\225\221<pad>\342\225\221' |
	tr -d '\342\224\202')" ]
check "view: the line is escaped in texts" eval 'sed -n 2p "$T/out" | grep -q "xE2.*x95.*x91"'
run view --specials --color always -m m few
check "view: in colour they have a colour of their own" like '157m<\|user\|>' "$T/out"
for wrong in '-f html' '--sample 1' '--nbest 2'; do
	run view --specials $wrong -m m few
	fails "view --specials $wrong" 2 '--specials shows the best segmentation alone'
done

# Files of names and of pieces.
printf '\357\273\277<|user|>\r\n\n<|bot|>\tignored\n<|end\\x7C>' >names
printf 'of the\n\\x20\\tx\\\\\r\n\\xE4\\xB8\n' >pieces
trains "by options" $size $names --piece 'of the' --piece '\x20\tx\\' --piece '\xE4\xB8' chat
mv out want
trains "by files" $size --special-file names --piece-file pieces chat
same "files of names and pieces are as the options" out want
trains "both" $size --special '<|user|>' --special-file names --piece 'of the' --piece-file pieces chat
same "what is given twice is there once" out want
"$BP" count $names --piece 'of the' --piece '\x20\tx\\' --piece '\xE4\xB8' -o want chat
"$BP" count --special-file names --piece-file pieces -o out chat
same "count: files are as the options" out want
rm want out
"$BP" edit -q -m m -o want --special '<a>' --piece 'of the' --piece '\x20\tx\\' --piece '\xE4\xB8' --remove th
printf '<a>\n' >a
printf 'th\n' >th
"$BP" edit -q -m m -o out --special-file a --piece-file pieces --remove-file th
same "edit: files are as the options" out want
trains "by options" $size $names --piece 'of the' --piece '\x20\tx\\' --piece '\xE4\xB8' chat
mv out want
"$BP" train -q -o out $size --special-file - --piece-file pieces chat <names
same "a file from standard input" out want
printf 'a\nb\\x\n' >wrong
printf 'a\0b\n' >nul
for option in --special-file --piece-file; do
	run train -o out $option wrong chat
	fails "$option: a wrong escape" 1 'wrong: line 2: a backslash'
	run train -o out $option nul chat
	fails "$option: a NUL" 1 'nul: line 1: a NUL byte'
	run train -o out $option absent chat
	fails "$option: no file" 1 'absent: No such file'
	run train -o out $option . chat
	fails "$option: a folder" 1 'directory'
	cp want names2
	run train --force -o names2 $option names2 chat
	fails "$option: the output is an input" 2 'is an input'
done
printf '<a>\n\\xFF\\xFE\n' >utf8
for command in 'train -o out' 'count -o out1' 'edit --force -o out --piece x'; do
	run $command --special-file utf8 $(case $command in edit*) ;; *) echo chat ;; esac)
	fails "${command%% *} --special-file: a name that is no UTF-8" 1 "utf8: line 2: special token '.*' is not valid UTF-8"
	run $command --special "$(printf '\377')" $(case $command in edit*) ;; *) echo chat ;; esac)
	fails "${command%% *} --special: a name that is no UTF-8" 2 "special token '.*' is not valid UTF-8"
done
printf 'ab\nc\\nd\n' >lines
run train -o out --piece-file lines chat
fails "--piece-file: a newline inside" 1 'lines: line 2: piece .* after a newline'
run edit --force -o out --piece-file lines
fails "edit --piece-file: a newline inside" 1 'lines: line 2: piece .* after a newline'
printf 'of the\nno such piece\n' >gone
run edit --force -m want -o out --remove-file gone
fails "--remove-file: a piece that is not there" 1 'gone: line [12]: piece to remove .* is not in the model'
same "wrong files leave the old model" out want

finish
