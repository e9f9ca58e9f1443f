# Progress on a terminal and in a log, and Ctrl-C.  The terminal is that of util-linux's script.
. tests/cli/lib.sh
if ! has_host; then
	skip "progress on a terminal" "$no_host"
	finish
fi

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >m
awk 'BEGIN { for (i = 0; i < 100000; i++) print "the other thing in the house", i }' >text
"$BP" encode -m m text >ids
mkfifo slow
# A chunk of text now and then, for SECONDS or until nobody reads it; to a pipe, which waits until the
# reader opens it: then there is the file begun.
feed() { : >begun; i=0; while [ $i -lt "$(($1 * 3))" ] && cat text; do sleep 0.33; i=$((i + 1)); done; }
lines() { tr '\r' '\n' <"$1"; }

# FILE SECONDS: full lines, at most one for every ten seconds: none of short work.
is_log()
{
	[ "$(wc -l <"$1")" -le $(($2 / 10)) ] &&
		[ "$(tr '\r' '|' <"$1" |
			grep -cvE '^bytepiece: encode: encode: [0-9.]+ MB, [0-9.]+ [KM]?B/s[|]?$')" = 0 ]
}

# Less than ten seconds of work in a log, but on a very slow machine.
feed 2 >slow &
begun=$(date +%s)
run encode -m m -o out slow
took=$(($(date +%s) - begun))
wait
check "in a log nothing is said of short work" is_log "$T/err" $took

if [ -n "${BP_QUICK-}" ]; then
	skip "a line in the log every ten seconds" "it takes ten seconds"
else
	mkfifo quiet
	feed 11 >slow &
	feed 11 >quiet &
	"$BP" encode -q -m m -o out quiet 2>said &
	run encode -m m slow
	wait
	check "in a log there is a line after ten seconds" [ "$(wc -l <"$T/err")" -ge 1 ]
	check "it is a full line with the rate" \
		[ "$(grep -cvE '^bytepiece: encode: encode: [0-9.]+ MB, [0-9.]+ [KM]?B/s$' "$T/err")" = 0 ]
	check "-q silences that" is_empty said
fi

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	skip "progress on a terminal" "there is no such program as util-linux's script"
	finish
fi
SHELL=/bin/sh TERM=xterm
export SHELL TERM BP

# COMMAND: for sh, on a terminal; what it shows is in the file shown, its exit in $status.
terminal()
{
	ran=$1
	script -qec "$1" /dev/null <"${2-/dev/null}" >shown
	status=$?
	cp shown "$T/out"
	: >"$T/err"
}
escape=$(printf '\033')

feed 2 >slow &
terminal '$BP encode -m m -o out slow'
wait
check "live: exit 0" [ $status = 0 ]
check "live: the line is rewritten" [ "$(lines shown | grep -c '^encode: [0-9.]* MB, [0-9.]* [KM]*B/s *$')" -ge 2 ]
check "live: there is no second line" [ "$(tr -dc '\n' <shown | wc -c)" = 0 ]
check "live: it is gone at the end" [ -z "$(lines shown | tail -n 1 | tr -d ' ')" ]
check "live: no colours, no other controls" [ "$(grep -c "$escape" shown)" = 0 ]
for c in encode\ -v 'encode -m none'; do
	terminal "\$BP $c -m m text -o out"
	check "no colours in messages either: $c" [ "$(grep -c "$escape" shown)" = 0 ]
done

# The time left is told where the size of the input is known; the reader is the slow one.
terminal '$BP encode -m m text text text text text text | { head -c 900000; sleep 1.5; cat; } >out'
check "live: the time left is told" like 'MB of [0-9.]+ MB, [0-9.]+ [KM]?B/s, [0-9]+ s left' shown

feed 2 >slow &
terminal 'COLUMNS=24 $BP encode -m m -o out slow'
wait
check "live: it is no wider than the terminal" [ "$(lines shown | awk 'length > 23' | wc -l)" = 0 ]
check "live: it is there in a narrow one" like 'encode: [0-9]' shown
feed 2 >slow &
terminal '$BP encode -q -m m -o out slow'
wait
check "live: -q silences it" is_empty shown
feed 2 >slow &
terminal '$BP encode -m m slow'
wait
check "live: no line among results on the same terminal" [ "$(grep -c 'B/s' shown)" = 0 ]
feed 2 >slow &
begun=$(date +%s)
terminal 'TERM=dumb $BP encode -m m -o out slow'
took=$(($(date +%s) - begun))
wait
check "live: not on a terminal that cannot go back" is_log shown $took
feed 2 >slow &
terminal '$BP eval -m m slow'
wait
check "live: it is gone before a result" [ "$(lines shown | grep -c '^bytes  ')" = 1 ]
check "live: nothing else than blanks was before it" \
	[ -z "$(lines shown | sed '/^bytes  /,$d' | tail -n 1 | tr -d ' ')" ]

# Ctrl-C: typed at the terminal, while it works.  Under a shell that runs this in the background it
# would be ignored, here and in what is run from here; a shell cannot undo that, env can.
if env --default-signal=INT true 2>/dev/null; then
	default_signal='env --default-signal=INT'
elif [ "$(sh -c 'kill -s INT $$; echo ignored')" = ignored ]; then
	skip "Ctrl-C" "it is ignored here, and this env has no --default-signal"
	finish
else
	default_signal=
fi
printf '{"pieces":{ old\n' >old
typed()
{
	rm -f out slow typed status shown
	cp old out
	mkfifo slow typed
	feed 60 2>/dev/null >slow &
	{ until like B/s shown; do sleep 0.1; done 2>/dev/null; printf '\003'; until [ -e status ]; do sleep 0.1; done; } >typed &
	terminal "trap : INT; $default_signal \$BP $1; echo \$? >status" typed
	wait
	check "Ctrl-C ends $1 by SIGINT" [ "$(cat status)" = 130 ]
	check "Ctrl-C: the old file stays: $1" cmp -s out old
	check "Ctrl-C leaves nothing beside it: $1" [ -z "$(find . -name '*out?*')" ]
	check "Ctrl-C leaves nothing in TMPDIR: $1" holds "$TMPDIR"
	check "Ctrl-C: no message, and no rest of the line: $1" \
		[ -z "$(lines shown | tail -n 1 | tr -d ' ')" ]
}
typed 'encode -m m -o out slow'
typed 'train -o out --vocab-size 300 slow'

# A training tells its step; what is kept of it when it is ended, and where it is continued.
feed 2 >slow &
terminal '$BP train -o out --vocab-size 300 slow'
wait
check "training: the live line tells the step" \
	[ "$(lines shown | grep -cE '^step 1 of [0-9], [a-z ]+: [0-9.]+ [KM]B, ')" -ge 1 ]
rm -f begun
feed 60 >slow 2>said &
"$BP" train -o out --resume work --vocab-size 300 slow 2>"$T/err" &
job=$!
until [ -e begun ]; do sleep 0.1; done
sleep 1
kill -TERM $job
wait
check "a training that is ended tells that it can be continued" \
	like 'the same command continues it' "$T/err"
rm -rf work

finish
