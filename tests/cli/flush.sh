# --flush: a program can write a text, wait for the answer, and go on.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >m

# COMMAND...: what "bytepiece COMMAND" answers to the lines of standard input, of which each is
# written when the answer to the one before has come.
converse()
{
	rm -f ask answer
	mkfifo ask answer || return 1
	timeout 60 "$BP" "$@" <ask >answer 2>"$T/err" &
	talker=$!
	exec 3>ask 4<answer
	while IFS= read -r line <&5; do
		printf '%s\n' "$line" >&3
		IFS= read -r reply <&4 || break
		printf '%s\n' "$reply"
	done
	exec 3>&-
	cat <&4
	exec 4<&-
	wait "$talker"
	status=$?
}

printf 'the first\n\nthen the last\nand the end of the\n' >text
"$BP" encode -m m text >ids
converse encode --flush -m m 5<text >got
same "encode --flush: each line is answered at once" got ids
check "encode --flush: exit 0" [ "$status" = 0 ]
converse encode -j 4 --flush -f pieces -m m 5<text >got
"$BP" encode -f pieces -m m text >pieces
same "encode --flush -j 4 -f pieces: each line is answered at once" got pieces
converse encode --sample 0.5 --flush -m m 5<text >got
"$BP" encode --sample 0.5 -m m text >sampled
same "encode --flush --sample: each line is answered at once" got sampled
converse decode --flush -m m 5<ids >got
same "decode --flush: each line is answered at once" got text
check "decode --flush: exit 0" [ "$status" = 0 ]

# An id may have the byte of a newline in it, and raw ids have no ends of texts.
awk 'BEGIN { for (i = 3; i < 262; i++) printf "%d ", i }' | "$BP" decode -m m -o bytes
for f in u16 u32; do
	"$BP" encode --whole -m m -f $f -o raw bytes
	run decode --flush -m m -f $f raw
	same "decode --flush -f $f: all ids" "$T/out" bytes
done

printf 'the\0first\n\0\0last' >nuls
run encode -z --flush -m m nuls
cp "$T/out" got
"$BP" encode -z -m m nuls >all
same "encode --flush -z: the same ids" got all
cat "$ROOT"/data/*.txt >big
run encode --flush -m m big nuls big
cp "$T/out" got
"$BP" encode -m m big nuls big >all
same "encode --flush: files give the same ids" got all
run encode --flush --whole -m m big nuls
cp "$T/out" got
"$BP" encode --whole -m m big nuls >all
same "encode --flush --whole: files give the same ids" got all
tr '\n' ' ' <big >line
run encode --flush -m m line
cp "$T/out" got
"$BP" encode -m m line >all
same "encode --flush: a long line gives the same ids" got all

finish
