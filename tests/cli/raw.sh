# encode and decode -f u16 and u32: the same ids as in decimal, and the text back.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >m
cat "$ROOT"/data/*.txt "$ROOT"/data/*.txt >text
if [ "${BP_QUICK-}" != 1 ]; then
	cat text text text text >more
	mv more text
fi
"$BP" encode --whole -m m text >ids
"$BP" encode --whole -m m text | "$BP" decode --whole -m m >nfc

# FILE BYTES: raw ids as decimal ones on a line.
as_decimal() { od -An -v -tu"$2" -w"$2" "$1" | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'; echo; }

for width in 2 4; do
	f=u$((8 * width))
	for j in 1 2 7; do
		run encode -f $f --whole -j $j -m m text
		check "encode -f $f -j $j: exit 0" [ "$status" = 0 ]
		cp "$T/out" raw
		as_decimal raw $width >decimal
		same "encode -f $f -j $j: the ids are those in decimal" decimal ids
	done
	run decode -f $f --whole -m m raw
	same "decode -f $f: text comes back" "$T/out" nfc
	run decode -f $f -m m - <raw
	same "decode -f $f: from standard input, and without --whole" "$T/out" nfc
	"$BP" encode -m m text | tr '\n' ' ' | tr -s ' ' | sed 's/ $//' >lines
	echo >>lines
	run encode -f $f -m m text
	cp "$T/out" raw
	as_decimal raw $width >decimal
	same "encode -f $f: lines follow each other" decimal lines
	run encode -f $f --whole -m m text text
	cp "$T/out" raw
	run decode -f $f --whole -m m raw
	cat nfc nfc >twice
	same "encode -f $f: two files follow each other" "$T/out" twice
	run encode -f $f -m m /dev/null
	gives "encode -f $f of nothing is nothing" ''
	run decode -f $f -m m /dev/null
	gives "decode -f $f of nothing is nothing" ''
	head -c 5 raw >cut
	run decode -f $f -m m cut
	if [ "$status" = 1 ] && like 'cut: byte 4: the file ends inside an id' "$T/err"; then
		ok "decode -f $f: an id that is cut is an error"
	else
		not_ok "decode -f $f: an id that is cut is an error"
	fi
done
printf '\003\000\010\377' >wrong
run decode -f u16 -m m wrong
check "an unknown id: exit 1, and where it is" eval \
	'[ "$status" = 1 ] && like "wrong: byte 2: an id that is not in the vocabulary" "$T/err"'
printf '\000\000\001\000\002\000\003\000\144\000' >control
run decode -f u16 -m m control
gives "control tokens give no bytes" '\000a'
cp nfc old
run decode -f u16 -m m -o old wrong
same "an unknown id leaves the old file" old nfc

# More ids than two bytes hold.
awk 'BEGIN {
	digit = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for (a = 33; a < 127; a++) if (a != 34 && a != 92) for (b = 33; b < 127; b++) if (b != 34 && b != 92)
		for (c = 33; c < 127 && n < 65280; c++) if (c != 34 && c != 92) {
			x = a * 65536 + b * 256 + c
			printf "1 %s%s%s%s \"%c%c%c\"\n", substr(digit, int(x / 262144) + 1, 1),
				substr(digit, int(x / 4096) % 64 + 1, 1), substr(digit, int(x / 64) % 64 + 1, 1),
				substr(digit, x % 64 + 1, 1), a, b, c
			n++
		}
}' >pieces
head -n 65277 pieces | model >most
head -n 65278 pieces | model >too-many
printf 'abc xyz' >short
run encode -f u16 -m most short
check "65536 ids fit in two bytes" [ "$status" = 0 ]
run encode -f u16 -m too-many short
fails "65537 ids do not: wrong usage" 2 "65537 ids, too many for the 2 bytes of an id of -f u16;"
run encode -f u32 -m too-many short
check "but in four" [ "$status" = 0 ]

finish
