# What an output must not replace, input without text, and bytes on a terminal.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >m
cp m model
awk 'BEGIN { for (i = 0; i < 50; i++) print "the other thing in the house", i }' >a.txt
sed 's/the/a/' a.txt >b.txt
cp a.txt a
cp b.txt b
small='--vocab-size 300'

# FACT PATTERN COMMAND...: wrong usage, and a.txt, b.txt and m stay.
refused()
{
	what=$1 pattern=$2
	shift 2
	run "$@"
	fails "$what" 2 "$pattern"
	same "$what: the first text stays" a.txt a
	same "$what: the second text stays" b.txt b
	same "$what: the model stays" m model
}
input='(a\.txt|b\.txt|link|hard|m|c|plan): is an input'
kind='exists and is no .*--force'
refused "train -o *.txt, without a name" "a.txt: $kind" train $small -o *.txt
refused "train: the output is an input" "$input" train $small -o a.txt a.txt b.txt
refused "train --force: the output is an input" "$input" train $small --force -o a.txt b.txt a.txt
cp a.txt s.310
refused "train: one of several sizes is an input" 's.310: is an input' train --force --vocab-size 300,310 -o s s.310
refused "train: one of several sizes is a text" "s.310: $kind" train --vocab-size 300,310 -o s b.txt
check "train: the other size is not written" [ ! -e s.300 ]
refused "train --extend" "$input" train --extend m --vocab-size 400 -o m a.txt
refused "count" "$input" count -o a.txt a.txt b.txt
refused "encode" "$input" encode -m m -o a.txt a.txt
refused "encode to its model" "$input" encode -m m -o m a.txt
refused "encode -v to its model" "$input" encode -v -m m -o m a.txt
refused "decode to its model" "$input" decode -m m -o m a.txt
refused "view" "$input" view -m m -o a.txt a.txt
refused "view -f html" "$input" view -m m -f html -o b.txt a.txt b.txt
refused "view to its model" "$input" view -m m -o m a.txt
refused "convert over a text" "a.txt: $kind" convert -o a.txt m
refused "edit over a text" "a.txt: $kind" edit -m m -o a.txt --special x
printf 'word\t5\n' >list
refused "edit: the output is a list" 'list: is an input' edit --force -o list list
if has_host; then
	ln -s a.txt link
	ln a.txt hard
	refused "an input through a link" "$input" train $small --force -o link a.txt
	refused "an input by another name" "$input" encode -m m -o hard b.txt a.txt
	refused "an output that is a link to the input" "$input" encode -m m -o a.txt link
	rm link hard
else
	skip "an input through a link" "$no_host"
fi
"$BP" count -q -o c a.txt
refused "merge" "$input" merge -o c c
"$BP" count -q --reference -o c a.txt
refused "build --next" "$input" build $small -o out --next c c
refused "build over a text" "a.txt: $kind" build $small -o a.txt --next plan c
refused "build --next over a text" "a.txt: $kind" build $small -o out --next a.txt c
"$BP" build -q $small -o out --next plan c
for f in '' '-f text'; do
	refused "count $f over a text" "a.txt: $kind" count $f -o *.txt
	refused "count $f over a model" "m: $kind" count $f -o m a.txt
	refused "merge $f over a text" "a.txt: $kind" merge $f -o a.txt c
	refused "merge $f over a model" "m: $kind" merge $f -o m c
	for old in '' '-f text'; do
		"$BP" count -q $old -o out b.txt
		run count -q $f -o out a.txt
		check "count $f replaces counts${old:+ as text}" [ "$status" = 0 ]
		run merge -q $f -o out c
		check "merge $f replaces counts${old:+ as text}" [ "$status" = 0 ]
	done
	cp a.txt out
	run count -q $f --force -o out a.txt
	check "count $f --force replaces a text" [ "$status" = 0 ]
	: >out
	run merge -q $f -o out c
	check "merge $f replaces an empty file" [ "$status" = 0 -a -s out ]
	refused "train over counts" "out: $kind" train $small -o out a.txt
	rm out
done
refused "count --plan" "$input" count --plan plan -o plan a.txt

# What is replaced without a question: an empty file, a model, an export by an export, a plan.
for f in json binary huggingface sentencepiece tsv; do
	: >out
	run convert -q -f $f -o out m
	check "convert -f $f replaces an empty file" [ "$status" = 0 -a -s out ]
	run convert -q -f $f -o out m
	check "convert -f $f replaces its like" [ "$status" = 0 ]
	run train -q $small -o out a.txt
	case $f in
	json | binary) check "train replaces a model: $f" [ "$status" = 0 ] ;;
	*) fails "train does not replace an export: $f" 2 "out: $kind" ;;
	esac
	rm out
done
run build -q $small -o out --next plan c
check "build replaces a plan" [ "$status" = 0 ]
cp m self
run edit -q -m self -o self --special x
check "a model may be edited in its place" [ "$status" = 0 ]
run convert -q -f binary -o self self
check "a model may be converted in its place" [ "$status" = 0 ]
cp a.txt out
run train -q $small --force -o out a.txt
check "train --force replaces a text" [ "$status" = 0 ]
cp a.txt out
run convert -q --force -o out m
same "convert --force replaces a text" out m

# Nothing in.
rm out
: >empty
printf '\n\n' >newlines
for file in empty newlines; do
	for command in train count; do
		run $command -q -o out $file
		fails "$command of $file" 1 'no text'
		check "$command of $file writes nothing" [ ! -e out ]
		run $command -q --allow-empty -o out $file
		check "$command --allow-empty of $file" [ "$status" = 0 -a -s out ]
		rm -f out
	done
done
run train -q $small -o out empty a.txt
check "an empty file beside a text is no fault" [ "$status" = 0 ]

# The index of encode is an output as well, and so is standard output.
cp m m.kept
cp a.txt a.kept
for index in m a.txt; do
	run encode -q -f u16 -m m -o out --index $index a.txt
	fails "encode --index $index, an input" 2 'cannot be the output too'
done
same "the model is kept" m m.kept
same "the text is kept" a.txt a.kept
refused_stdout()
{
	check "$1: exit 2" [ $? = 2 ]
	check "$1: the message" like 'standard output: is an input' err
	same "$1: the file is kept" a.txt a.kept
}
if is_wine; then
	skip "FILE >>FILE" "wine does not tell a program the file of a stream that a POSIX shell opened"
else
	"$BP" encode -m m a.txt >>a.txt 2>err
	refused_stdout "encode FILE >>FILE"
	"$BP" encode -m m <a.txt >>a.txt 2>err
	refused_stdout "encode <FILE >>FILE"
	"$BP" decode -m m a.txt >>a.txt 2>err
	refused_stdout "decode FILE >>FILE"
	"$BP" encode -q -f u16 -m m --index out a.txt >out 2>err
	check "encode --index FILE >FILE: exit 2" [ $? = 2 ]
fi
for f in tsv huggingface sentencepiece; do
	run convert -q -f $f -o m m
	fails "convert -f $f over its model" 2 'cannot be the output too'
done
same "the model is kept by exports" m m.kept
run convert -q -f binary -o m m
check "convert -f binary in place" [ "$status" = 0 ]
mv m.kept m
rm -f out

# Bytes to a terminal, that of util-linux's script.
if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	skip "bytes to a terminal" "there is no such program as util-linux's script"
	finish
fi
SHELL=/bin/sh
export SHELL BP
# FACT COMMAND: for sh, on a terminal.
on_terminal() { script -qec "$1" /dev/null </dev/null >shown; }
for command in 'encode -f u16 -m m a.txt' 'encode -f u32 -m m a.txt' 'count a.txt' 'merge c' \
	'convert -f binary -o - m' 'convert -f sentencepiece -o - m'; do
	on_terminal "\$BP $command; echo exit \$?"
	check "no bytes to a terminal: $command" like 'not written to a terminal' shown
	check "that fails: $command" like '^exit 1' shown
done
for command in 'encode -f u16 -m m -o - a.txt' 'count -o - a.txt' 'merge -f text c' 'encode -m m a.txt' \
	'count -f text a.txt' 'convert -o - m' 'count a.txt | cat'; do
	on_terminal "\$BP $command; echo exit \$?"
	check "no refusal: $command" eval '! grep -q "not written" shown && grep -aq "exit 0" shown'
done

# Write-protected files stay without --force, for those whom permissions bind.
as_user() { "$@"; }
if is_root; then
	as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
fi
chmod 711 "$T"
chmod 777 "$T/w"
if ! has_host; then
	skip "write-protected outputs" "$no_host"
elif ! as_user "$BP" --version >"$T/out" 2>&1; then
	skip "write-protected outputs" "no other user can be had here"
else
	cp m kept
	: >nothing
	cp c kept.c
	chmod 444 kept nothing kept.c
	cp kept old
	for o in kept nothing kept.c; do
		cp $o old.$o
		for command in "train $small" "edit -m m --special x" 'convert -f binary' "build $small --next n" count merge; do
			case $command in convert*) in=m ;; edit*) in= ;; build* | merge) in=c ;; *) in=b.txt ;; esac
			ran="$command -o $o $in"
			as_user "$BP" $command -o $o $in >"$T/out" 2>"$T/err"
			status=$?
			fails "$command: $o is write-protected" 2 "$o: is write-protected: .* --force"
		done
		for command in 'encode -m m' 'encode -m m -f u16 -o x --index' 'decode -m m' 'view -m m' ; do
			case $command in *--index) to= ;; *) to=-o ;; esac
			ran="$command $to $o b.txt"
			as_user "$BP" $command $to $o b.txt >"$T/out" 2>"$T/err"
			status=$?
			fails "$command: $o is write-protected" 2 "$o: is write-protected: .* or make it writable|make the file writable"
			check "$command: $o: --force is not named" [ -z "$(grep -e --force "$T/err")" ]
		done
		same "$o is as it was" $o old.$o
	done
	as_user "$BP" convert -q --force -f binary -o kept m
	check "--force replaces a write-protected file" eval '! cmp -s kept old.kept'
	check "it stays write-protected" eval '[ "$(ls -l kept | cut -c 1-10)" = -r--r--r-- ]'
fi

finish
