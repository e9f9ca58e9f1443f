# Temporary files beside an output: who may read them, their names, and those of killed processes.
. tests/cli/lib.sh
if ! has_host; then
	skip "temporary files beside an output" "$no_host"
	finish
fi

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >"$T/m"
awk 'BEGIN { for (i = 0; i < 9000; i++) print "the other thing in the house", i }' >"$T/text"
"$BP" encode -m "$T/m" "$T/text" >"$T/ids"
"$BP" count -o "$T/counts" "$T/text" 2>/dev/null
mkfifo "$T/slow" "$T/go"
mode() { ls -l "$1" | cut -c 1-10; }
temporaries() { find . -name 'bytepiece.*'; }
# Wait until the folder has a temporary of the writer, and its input has begun: if it was killed before
# it opened the pipe, the feeder would wait there for ever.
until_begun()
{
	n=0
	while ! { [ -e "$T/fed" ] && temporaries | grep -q "\.$writer\."; } && [ $n -lt 100 ]; do
		sleep 0.1
		n=$((n + 1))
	done
}
# ARGUMENTS...: begin a command that waits for more of its input "$T/slow"; its process is $writer.
begin()
{
	: >"$T/err"
	rm -f "$T/fed"
	"$BP" "$@" >"$T/out" 2>"$T/err" &
	writer=$!
	{ : >"$T/fed"; head -c 100000 "$T/text"; cat "$T/go"; tail -c +100001 "$T/text"; } >"$T/slow" 2>/dev/null &
	feeder=$!
	until_begun
}
end() { : >"$T/go"; wait $writer; status=$?; wait $feeder; }

umask 022
for m in 600 640 400 644; do
	echo old >out
	chmod $m out
	wanted=$(mode out)
	begin encode -m "$T/m" -o out "$T/slow"
	check "mode $m: there is one temporary" [ "$(temporaries | wc -l)" = 1 ]
	check "mode $m: the temporary has the mode of the file" [ "$(mode "$(temporaries)")" = "$wanted" ]
	end
	check "mode $m: exit 0" [ $status = 0 ]
	same "mode $m: the file is whole" out "$T/ids"
	check "mode $m: it is kept" [ "$(mode out)" = "$wanted" ]
	check "mode $m: nothing lies beside it" holds . out
	rm -f out
done
# All commands that write files, at their end.
for c in "train --vocab-size 300 $T/text" "encode -m $T/m $T/text" "decode -m $T/m $T/ids" "count $T/text" \
	"merge $T/counts" "convert -f binary $T/m" "convert -f tsv $T/m" "convert -f sentencepiece $T/m" \
	"edit -m $T/m --special <a>"; do
	: >out
	chmod 600 out
	run $c -o out
	check "${c%% *}: exit 0" [ $status = 0 ]
	check "${c%% *}: mode 600 is kept" [ "$(mode out)" = -rw------- ]
	rm -f out
	(umask 027; "$BP" $c -o out 2>/dev/null)
	check "${c%% *}: a new file has the mode of the umask" [ "$(mode out)" = -rw-r----- ]
	rm -f out
done
if is_root; then
	echo old >out
	chown 54321:54322 out
	chmod 640 out
	run encode -m "$T/m" -o out "$T/text"
	check "owner and group are kept" [ "$(ls -ln out | awk '{ print $1, $3, $4 }')" = "-rw-r----- 54321 54322" ]
	rm out
else
	skip "owner and group are kept" "this user may not give files away"
fi

# Of killed processes.
begin encode -m "$T/m" -o out "$T/slow"
kill -s KILL $writer
wait $writer 2>/dev/null
# All of the feeder ends, or the pipe would keep the bytes that were not read for the next command.
: >"$T/go"
wait $feeder 2>/dev/null
check "a killed process leaves a file" [ "$(temporaries | wc -l)" = 1 ]
begin encode -m "$T/m" -o other "$T/slow"
check "the next one removes it, and has its own" [ "$(temporaries | wc -l)" = 1 ]
own=$(temporaries)
run encode -m "$T/m" -o out "$T/text"
same "one beside it writes its file" out "$T/ids"
check "a file in use stays" [ -e "$own" ]
kill -s STOP $writer
run encode -m "$T/m" -o out "$T/text"
check "a file of a stopped process stays" [ -e "$own" ]
kill -s CONT $writer
end
same "the writer was not disturbed" other "$T/ids"
check "nothing is left" holds . other out
rm -f other out

# Names of an earlier version, as many as it tried.
awk 'BEGIN { for (i = 0; i < 1000; i++) print "bytepiece.tmp" i; print "bytepiece.tmp" }' | xargs touch
run encode -m "$T/m" -o out "$T/text"
check "a folder full of other names: exit 0" [ $status = 0 ]
same "a folder full of other names: the file is whole" out "$T/ids"
check "a folder full of other names: they stay" [ "$(temporaries | wc -l)" = 1001 ]
finish
