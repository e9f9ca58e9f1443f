# Standard input, output and error that are closed at the start: no file takes their place, so that
# no message gets into a result and no file is read as standard input.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >m
awk 'BEGIN { for (i = 0; i < 3000; i++) print "the other thing in the house", i * i % 1009 }' >text
"$BP" encode -m m text >ids
"$BP" count -o counts text 2>/dev/null
"$BP" count --reference -o counts.reference text 2>/dev/null
printf 'the\t5\nhouse\t4\n' >list
: >nothing

# The arguments of each command, with FILE in place of standard output, or without -o; -v makes it
# talk.  To a command without such a form nothing is printed.
with_file()
{
	case $1 in
	train) echo "-v --vocab-size 300 -o $2 text" ;;
	encode) echo "-v -m m -o $2 text" ;;
	decode) echo "-v -m m -o $2 ids" ;;
	count) echo "-v -o $2 text" ;;
	merge) echo "-v -o $2 counts counts" ;;
	build) echo "-v --vocab-size 300 -o model --next $2 counts.reference" ;;
	convert) echo "-v -f binary -o $2 m" ;;
	edit) echo "-v -m m -o $2 list" ;;
	esac
}
without_file()
{
	case $1 in
	encode | view | eval) echo "-v -m m text" ;;
	decode) echo "-v -m m ids" ;;
	count) echo "-v text" ;;
	merge) echo "-v counts counts" ;;
	train | convert | edit) with_file "$1" - ;;
	inspect) echo "-v --vocab m" ;;
	help) echo "encode" ;;
	esac
}
# From standard input, where a command reads it.
from_stdin() { without_file "$1" | sed 's/ \(text\|ids\|counts counts\|list\)$//'; }
reads_stdin() { case $1 in inspect | help | build | convert) false ;; esac; }

# DIGITS: the redirections that close these descriptors.
closing() { echo "$1" | sed 's/0/ 0<\&-/; s/1/ 1>\&-/; s/2/ 2>\&-/'; }
is_in() { case $2 in *$1*) ;; *) false ;; esac; }
without_rate() { sed '/^encoding rate/d' "$1"; }

# COMMAND ARGUMENTS DIGITS: run with descriptors closed.
run_closed()
{
	ran="$1 $2 (closed: $3)"
	rm -f file
	: >"$T/out"
	: >"$T/err"
	eval "\"\$BP\" $1 $2 <\"\${input-/dev/null}\" >\"\$T/out\" 2>\"\$T/err\" $(closing "$3")"
	status=$?
	without_rate "$T/out" >got
}

"$BP" help --fish | sed -n 's/.*__fish_use_subcommand -a \([a-z]*\) .*/\1/p' >commands
for c in $(cat commands); do
	check "$c is tried" [ -n "$(with_file "$c" file)$(without_file "$c")" ]
	if [ -n "$(with_file "$c" file)" ]; then
		run_closed "$c" "$(with_file "$c" file)" ''
		check "$c -o: exit 0" [ $status = 0 ]
		mv file whole
		for d in 0 1 2 01 02 12 012; do
			run_closed "$c" "$(with_file "$c" file)" $d
			check "$c -o, $d closed: exit 0" [ $status = 0 ]
			same "$c -o, $d closed: the same file" file whole
			check "$c -o, $d closed: nothing on standard output" is_empty "$T/out"
		done
	fi
	[ -n "$(without_file "$c")" ] || continue
	run_closed "$c" "$(without_file "$c")" ''
	check "$c: exit 0" [ $status = 0 ]
	mv got whole
	for d in 0 2 02; do
		run_closed "$c" "$(without_file "$c")" $d
		check "$c, $d closed: exit 0" [ $status = 0 ]
		same "$c, $d closed: the same output" got whole
	done
	for d in 1 01 12 012; do
		run_closed "$c" "$(without_file "$c")" $d
		check "$c, $d closed: exit 1" [ $status = 1 ]
		is_in 2 $d ||
			check "$c, $d closed: standard output is named" like 'standard output: ' "$T/err"
	done
	reads_stdin "$c" || continue
	input=nothing
	run_closed "$c" "$(from_stdin "$c")" ''
	empty=$status
	mv got whole
	input=/dev/null
	for d in 0 02; do
		run_closed "$c" "$(from_stdin "$c")" $d
		check "$c, $d closed: exit as for an empty input" [ $status = $empty ]
		same "$c, $d closed: standard input is empty" got whole
	done
done

# Wrong usage and errors have nowhere to go, and go nowhere.
for d in 2 02 12; do
	run_closed '' '' $d
	check "no command, $d closed: exit 2" [ $status = 2 ]
	run_closed encode '-m m -o file none' $d
	check "an error, $d closed: exit 1" [ $status = 1 ]
	check "an error, $d closed: no file" [ ! -e file ]
	cp text file
	eval "\"\$BP\" encode -m m --foo file >\"\$T/out\" $(closing $d)" 2>/dev/null
	same "an error, $d closed: an input is not written to" file text
done
# Names of standard output lead to it, not to the null device.
for name in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
	run_closed encode "-m m -o $name text" 1
	check "-o $name, 1 closed: exit 1" [ $status = 1 ]
	run encode -m m -o $name text
	same "-o $name" "$T/out" ids
done

if [ -n "${BP_QUICK-}" ]; then
	skip "progress with standard error closed" "it takes ten seconds"
	finish
fi
# Long work reports progress, and there is nobody to read it.
slowly() { head -c 60000 "$1"; sleep 11; tail -c +60001 "$1"; }
for d in 2 02; do
	mkfifo fifo$d fifo-ids$d fifo-count$d
	slowly text >fifo$d &
	slowly ids >fifo-ids$d &
	slowly text >fifo-count$d &
	eval "\"\$BP\" encode -m m -o encoded$d fifo$d $(closing $d)" &
	eval "\"\$BP\" decode -m m -o decoded$d fifo-ids$d $(closing $d)" &
	eval "\"\$BP\" count -o counts$d fifo-count$d $(closing $d)" &
done
slowly text | "$BP" count -o counts-stdin 2>&- &
slowly text | "$BP" train --vocab-size 300 -o model-stdin 2>&- &
slowly text | "$BP" eval -m m >eval-stdin 2>&- &
slowly text | "$BP" encode -m m >encode-stdin 2>&- &
wait
"$BP" train -q --vocab-size 300 -o model text
"$BP" eval -m m text | without_rate /dev/stdin >whole
for d in 2 02; do
	same "encode: progress, $d closed" encoded$d ids
	same "decode: progress, $d closed" decoded$d text
	same "count: progress, $d closed" counts$d counts
done
same "count: standard input, progress, 2 closed" counts-stdin counts
same "train: standard input, progress, 2 closed" model-stdin model
same "encode: standard input, progress, 2 closed" encode-stdin ids
without_rate eval-stdin >got
same "eval: standard input, progress, 2 closed" got whole
finish
