# What people read, on a terminal or in a log: names of files, settings in files, pieces, names of
# special tokens and arguments bring no control characters into it, and a message stays one line.
. tests/cli/lib.sh
cd "$T/w" || exit 1

# Colours, a title, C1 controls (CSI in one character), direction, zero width, line separator, BOM,
# DEL, a byte that is no UTF-8; and a second line that looks like a message.
bad=$(printf 'x\033[31m\033]0;T\007\302\2331m\302\205\342\200\256\342\200\213\342\200\250\357\273\277\177\r\377\nbytepiece: all is well')
shown='x\\x1B\[31m\\x1B]0;T\\x07\\xC2\\x9B1m\\xC2\\x85\\xE2\\x80\\xAE\\xE2\\x80\\x8B\\xE2\\x80\\xA8\\xEF\\xBB\\xBF\\x7F\\x0D\\xFF\\x0Abytepiece: all is well'

# The characters that must not be there; in the C locale grep compares bytes.
harmful=$(printf '[\001-\010\013-\037\177]\|\302[\200-\240\255]\|\330\234\|\342\200[\200-\217\250-\257]\|\342\201[\240-\257]\|\343\200\200\|\357\273\277\|\377')
is_plain() { ! grep -q "$harmful" "$1"; }
one_line() { [ "$(wc -l <"$1")" = 1 ]; }
# FACT: the last run printed one line on standard error, with the name as text, and nothing harmful.
safe()
{
	check "$1: nothing harmful" is_plain "$T/err"
	check "$1: nothing harmful in the output" is_plain "$T/out"
	check "$1: one line" one_line "$T/err"
	check "$1: it is told" like "$shown" "$T/err"
}
# The same, with the hint of wrong usage below.
usage()
{
	sed '$d' "$T/err" >first
	check "$1: a hint" like '^Try ' "$T/err"
	mv first "$T/err"
	safe "$1"
}

{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >m
echo 'the other' >text
"$BP" help --fish | sed -n 's/.*__fish_use_subcommand -a \([a-z]*\) .*/\1/p' >commands

# Arguments, of every command.
for c in $(cat commands); do
	case $c in
	encode | decode | eval | view) before='-m m' ;;
	train) before='--vocab-size 300 -o out' ;;
	convert | edit) before='-o out' ;;
	build) before='--vocab-size 300 -o out --next next' ;;
	help) before= ;;
	*) before= ;;
	esac
	run $c $before "$bad"
	check "$c: it fails" [ $status != 0 ]
	if [ $c = help ]; then usage "help: a command"; else safe "$c: a file"; fi
	run $c "--$bad"
	usage "$c: an option"
	run $c "--help=$bad"
	check "$c: the value of an option: nothing harmful" is_plain "$T/err"
	check "$c: the value of an option: a line and a hint" [ "$(wc -l <"$T/err")" = 2 ]
done
run "$bad"
usage "a command"
run "-$bad"
usage "an option before the command"
run encode -m m -o "$bad/out" text
safe "an output"
run encode -m m --sample "$bad" text
usage "a number"
run encode -m m -f "$bad" text
usage "a format"
run train -o out --tmpdir "$bad" --memory 1 --vocab-size 300 text
check "a folder: nothing harmful" is_plain "$T/err"
run train -o out --vocab-size "$bad" text
check "a size: nothing harmful" is_plain "$T/err"
run inspect --piece "$bad" m
safe "a piece that is none"
run inspect --piece "$bad\\q" m
usage "a piece with a wrong escape"
run edit -m m -o out --special "$bad" text
check "a special token: nothing harmful" is_plain "$T/err"
long=$(awk 'BEGIN { for (i = 0; i < 3000; i++) printf "\033" }')
run encode -m m "$long"
check "a long name: nothing harmful" is_plain "$T/err"
check "a long name: one line" one_line "$T/err"
run encode -m m "--$long"
check "a long option: nothing harmful" is_plain "$T/err"

# Files of such names, with output and without.
if (: >"$bad") 2>/dev/null && [ -f "$bad" ]; then
	cp m "$bad"
	run inspect "$bad"
	check "inspect: exit 0" [ $status = 0 ]
	check "inspect: nothing harmful" is_plain "$T/out"
	check "inspect: the name is told" like "^model  *$shown\$" "$T/out"
	check "inspect: as many lines as with another name" \
		[ "$(wc -l <"$T/out")" = "$("$BP" inspect m | wc -l)" ]
	run encode -v -m "$bad" text
	check "-v: nothing harmful" is_plain "$T/err"
	check "-v: the name is told" like "$shown" "$T/err"
	for c in 'inspect' 'convert -o out' 'merge --force -o out' 'build --vocab-size 300 -o out --next next' \
		'train -o out --vocab-size 300 --extend' 'edit -o out' 'decode -m m' 'view -m' 'eval -m'; do
		printf 'bad content' >"$bad"
		run $c "$bad"
		check "$c: it fails" [ $status != 0 ]
		safe "$c: a faulty file"
	done
	echo '[1,' >"$bad"
	run inspect "$bad"
	safe "a faulty model"
else
	skip "files of such names" "this file system has no such names"
fi

# What files hold.
"$BP" count -o counts text 2>/dev/null
"$BP" count --help | grep -q -- '--text' && "$BP" count --text -o counts text
for f in "$BP_SHARED"/cases/trust/D10-counts; do
	[ -r "$f" ] || { skip "settings in counts" "no $f"; continue; }
	run merge --force -o out "$f.good" "$f"
	check "settings in counts: nothing harmful" is_plain "$T/err"
	check "settings in counts: one line" one_line "$T/err"
done
if has_host; then
	mkdir work
	printf 'bytepiece=1 %s\n' "$bad" >work/job
	run train -o out --vocab-size 300 --resume work text
	check "settings in a folder: nothing harmful" is_plain "$T/err"
	check "settings in a folder: one line" one_line "$T/err"
	check "settings in a folder: they are told" like 'x\\x1B\[31m' "$T/err"
else
	skip "settings in a folder" "$no_host"
fi
# A word, a piece and a special token of such bytes, in all outputs for people, and back.
printf 'x\\x1B[31m\\x07\302\2331m\302\205\342\200\256\342\200\213\342\200\250\357\273\277\\x7F\\x0D\343\200\200\302\240\t7\n' >list
run edit -m m -o odd list
check "a word of such characters is taken" [ $status = 0 ]
"$BP" inspect --vocab odd >vocab
check "inspect --vocab: nothing harmful" is_plain vocab
check "inspect --vocab: the piece is one" \
	like '^262	x\\x1B\[31m\\x07\\xC2\\x9B1m\\xC2\\x85\\xE2\\x80\\xAE\\xE2\\x80\\x8B\\xE2\\x80\\xA8\\xEF\\xBB\\xBF\\x7F\\x0D\\xE3\\x80\\x80\\xC2\\xA0	7	' vocab
awk -F '\t' '$1 == 262 { print $2 "\t" $3 }' vocab >again
run edit -m m -o odd2 again
same "the list of inspect is read back" odd2 odd
piece=$(awk -F '\t' '$1 == 262 { print $2 }' vocab)
run inspect --piece "$piece" odd
check "inspect --piece: it is found" like "^id  *262\$" "$T/out"
check "inspect --piece: nothing harmful" is_plain "$T/out"
printf 'x\033[31m\007\302\2331m\302\205\342\200\256\342\200\213\342\200\250\357\273\277\177\r\343\200\200\302\240the' >odd.txt
for c in 'encode -f pieces' 'encode -f json' 'encode -f pieces --open' 'encode -f pieces --nbest 2' view \
	'view --nbest 2' 'view --sample 1'; do
	run $c -m odd odd.txt
	check "$c: exit 0" [ $status = 0 ]
	# Colours are view's own, on a terminal alone.
	check "$c: nothing harmful" is_plain "$T/out"
done
run convert -f tsv -o odd.tsv odd
check "convert -f tsv: nothing harmful" is_plain odd.tsv
run encode -f pieces -m odd odd.txt
check "the piece has one form in all outputs" [ "$(cut -d ' ' -f 1 "$T/out")" = "$piece" ]

# On a terminal.
if has_host && script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	SHELL=/bin/sh TERM=xterm
	export SHELL TERM BP
	mine=$(printf '\033\[38;5;16;48;5;[0-9]*m\|\033\[0m')
	for c in view 'view --nbest 2' 'encode -f pieces' 'encode -f json'; do
		script -qec "\$BP $c -m odd odd.txt" /dev/null </dev/null | tr -d '\r' |
			sed "s/$mine//g" >seen
		check "$c on a terminal: nothing harmful" is_plain seen
	done
else
	skip "on a terminal" "there is no such program as util-linux's script"
fi
finish
