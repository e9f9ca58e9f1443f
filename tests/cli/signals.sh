# Signals while a file is written: no temporary is left, and the old file is as it was.
. tests/cli/lib.sh
if ! has_host; then
	skip "a signal leaves the old file and no temporary" "$no_host"
	finish
fi

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >"$T/m"
printf '{"pieces":{ old\n' >"$T/old"
endless() { yes 'the other thing in the house 0123456789'; }

# FACT SIGNAL NUMBER COMMAND...: ended by the signal while it works on input without end: that is told by
# the file ended, and an end by SIGKILL, long after, is a failure.
interrupted()
{
	what=$1 signal=$2 number=$3
	shift 3
	if ! reaches "$signal" "$number"; then
		skip "$what: SIG$signal" "SIG$signal is ignored here"
		return
	fi
	rm -rf "${T:?}/w"/* "${T:?}/w"/.[!.]*		# what the one before may have left
	cp "$T/old" out
	ran="$* (SIG$signal)"
	rm -f "$T/ended"
	{
		endless | {
			timeout -s "$signal" -k 20 --preserve-status 0.3 "$BP" "$@" >"$T/out" 2>"$T/err"
			status=$?
			: >"$T/ended"
			exit $status
		}
	} 2>/dev/null
	status=$?
	check "$what: SIG$signal ends it by this signal" [ "$status" = $((128 + number)) ]
	same "$what: SIG$signal leaves the old file" out "$T/old"
	check "$what: SIG$signal leaves nothing beside it" holds . out
	check "$what: SIG$signal leaves nothing in TMPDIR" holds "$TMPDIR"
}
for s in 'TERM 15' 'INT 2' 'HUP 1'; do
	interrupted "encode -o" $s encode -m "$T/m" -o out
	interrupted "train -o" $s train -o out --vocab-size 300
done
interrupted "encode --whole -j 7 -o" TERM 15 encode --whole -j 7 -m "$T/m" -o out
endless() { yes '100 101 260 261'; }
interrupted "decode -o" TERM 15 decode -m "$T/m" -o out
endless() { yes 'the other thing in the house 0123456789' | tr -d '\n'; }
interrupted "encode of a line without end" TERM 15 encode -m "$T/m" -o out
# Idle: it waits for input that does not come.
endless() { until [ -e "$T/ended" ]; do sleep 0.1; done; }
interrupted "encode that waits" TERM 15 encode -m "$T/m" -o out
interrupted "encode that waits" INT 2 encode -m "$T/m" -o out
endless() { printf 'the other\n'; until [ -e "$T/ended" ]; do sleep 0.1; done; }
interrupted "view that waits" TERM 15 view -m "$T/m" -f html -o out
interrupted "train that waits" TERM 15 train -o out
# Busy with training itself, after all input is read: much text of few repetitions.
if is_sanitized; then
	skip "train at work: SIGTERM" "too slow under a sanitizer"
else
	noise 1000000 | base64 -w 60 >"$T/much"
	endless() { cat "$T/much"; }
	interrupted "train at work" TERM 15 train -o out --vocab-size 9000 \
		"$T/much" "$T/much" "$T/much" "$T/much" "$T/much" "$T/much" "$T/much" "$T/much"
fi

# Inside one text, or one step of the work: the input of each command is long by its size.  It is
# ended after a moment, and is gone long before its work would have been done.
cat >"$T/busy.awk" <<'END'
BEGIN {
	x = 1
	for (i = 0; i < n; i++) {
		x = (x * 16807) % 2147483647
		y = int(x / 1000)
		s = ""
		for (k = 0; k < 6; k++) {
			s = s substr("abcdefghijklmnopqrstuvwxyz", y % 26 + 1, 1)
			y = int(y / 7) + k * 11
		}
		printf(format, s, i % 97 + 1)
	}
}
END
# FACT ARGUMENTS...: reads $T/input.
busy()
{
	what=$1
	shift
	rm -rf "${T:?}/w"/* "${T:?}/w"/.[!.]*
	cp "$T/old" out
	ran="$* (SIGTERM)"
	timeout -s TERM -k 60 --preserve-status ${moment-0.5} "$BP" "$@" <"$T/input" >"$T/out" 2>"$T/err"
	status=$?
	check "$what: SIGTERM ends it by this signal" [ "$status" = 143 ]
	check "$what: no message" eval '! grep -qv "^bytepiece: [a-z]*: .*/s" "$T/err"'
	same "$what: the old file stays" out "$T/old"
	check "$what: nothing beside it" holds . out
	check "$what: nothing in TMPDIR" holds "$TMPDIR"
}
if is_sanitized; then
	skip "inside one text" "too slow under a sanitizer"
elif reaches TERM 15; then
	awk -v n=2000000 -v format='%s ' -f "$T/busy.awk" </dev/null >"$T/line"
	cat "$T/line" "$T/line" "$T/line" "$T/line" >"$T/input"
	busy "--nbest in one text" encode -m "$T/m" --nbest 4000 -o out
	busy "--nbest of many in one text" encode -m "$T/m" --nbest 65536 -o out
	busy "-f json in one text" encode -m "$T/m" -f json -o out
	busy "--open in one text" encode -m "$T/m" --open -o out
	busy "view in one text" view -m "$T/m" --max-bytes 10G --nbest 20
	busy "view -f html in one text" view -m "$T/m" --max-bytes 10G -f html
	busy "view -o in one text" view -m "$T/m" --max-bytes 10G -o out
	busy "view -f html -o in one text" view -m "$T/m" --max-bytes 10G -f html -o out
	cat "$T/input" "$T/input" "$T/input" "$T/input" >"$T/line"
	mv "$T/line" "$T/input"
	busy "--sample in one text" encode -m "$T/m" --sample 0.1 -o out
	awk -v n=800000 -v format='%s\t%d\n' -f "$T/busy.awk" </dev/null >"$T/input"
	busy "edit" edit -o out -
	busy "edit --prune" edit --prune -o out -
	"$BP" edit -q -o "$T/large" "$T/input"
	cp "$T/large" "$T/input"
	moment=0.2
	for f in json binary huggingface sentencepiece tsv; do
		busy "convert -f $f" convert -f $f -o out -
	done
	busy "inspect --vocab" inspect --vocab -
	busy "inspect" inspect -
fi
# To standard output: what was written stays, and it ends.
if reaches TERM 15; then
	endless() { yes 'ab'; }
	endless | timeout -s TERM -k 20 --preserve-status 0.2 "$BP" encode -m "$T/m" >"$T/out" 2>"$T/err"
	status=$?
	check "encode to standard output ends by SIGTERM" [ $status = 143 ]
fi
# SIGKILL cannot be caught: a temporary may stay, but no half file under the name.
cp "$T/old" out
{ yes 'the other' | timeout -s KILL 0.2 "$BP" encode -m "$T/m" -o out; } 2>/dev/null
same "SIGKILL leaves the old file" out "$T/old"
rm -f out
{ yes 'the other' | timeout -s KILL 0.2 "$BP" encode -m "$T/m" -o out; } 2>/dev/null
check "SIGKILL leaves no half file" [ ! -e out ]
printf 'ab\n' >ab
run encode -m "$T/m" -o out ab
check "after a SIGKILL the same command works" [ "$(cat out)" = "100 101" ]

finish
