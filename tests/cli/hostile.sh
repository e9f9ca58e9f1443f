# Models, counts and plans made to do harm: refused, at once, in little memory.  Their checksums are right.
. tests/cli/lib.sh

SEAL=$(cd "${BUILD:-/nonexistent}" 2>/dev/null && pwd)/fuzz/seal
if [ ! -x "$SEAL" ]; then
	not_ok "BUILD has fuzz/seal, which makes checksums right"
	finish
fi
cd "$T/w" || exit 1
MOST=40000	# KiB for a file of a few KB; the program itself takes some 4000
measured=
if is_sanitized; then
	skip "memory is measured" "a sanitizer takes more"
elif [ -n "${EMU-}" ]; then
	skip "memory is measured" "an emulator takes more"
elif /usr/bin/time -f %M true 2>peak && like '^[0-9]+$' peak; then
	measured=1
else
	skip "memory is measured" "no /usr/bin/time -f"
fi
# KIB ARGUMENTS...: the program, with its peak of memory in 'peak'; ended after a minute.
limited()
{
	most=$1 ran="$2 $3 $4 ..."
	shift
	if [ -n "$measured" ]; then
		timeout 60 /usr/bin/time -q -o peak -f %M "$BP" "$@" >"$T/out" 2>"$T/err"
	else
		echo 0 >peak
		timeout 60 "$BP" "$@" >"$T/out" 2>"$T/err"
	fi
	status=$?
	# A file, because some callers stand in pipelines.
	echo "$(tail -n 1 peak) $most" >>tried
}
# FACT PATTERN KIB: what limited() ran has failed with such a message, in that much memory.
refused()
{
	fails "$1" 1 "$2"
	peak=$(tail -n 1 peak)
	check "$1: the peak of memory, $peak KiB, is at most $3 KiB" [ "$peak" -le "$3" ]
}

# N BYTES: a number in so many bytes, lowest first, as printf takes them.
le()
{
	value=$1 left=$2
	while [ "$left" -gt 0 ]; do
		printf '\\%03o' $((value & 255))
		value=$((value >> 8)) left=$((left - 1))
	done
}
ONES='\377\377\377\377\377\377\377\377'
# FILE OFFSET ESCAPES...: bytes at a place.
put()
{
	file=$1 at=$2
	shift 2
	printf "$*" | dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
}
# FILE OFFSET BYTES: the number there.
get() { od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; }

# The layout is that of src/model/model_binary.h, version 1.
{ piece 100 'th'; piece 60 'hey'; piece 90 'the'; piece 80 ' the'; piece 70 'they'; } | model >json
run convert -f binary -o good json
check "a binary model can be made" [ "$status" = 0 -a "$(get good 8 4)" = 1 ]
pieces=$(get good 16 8) bytes=$(get good 24 8) slots=$(get good 32 8) size=$(wc -c <good)
slot=48
count=$((slot + 8 * slots))
longest=$((count + 8 * pieces))
shorter=$((longest + 4 * slots))
length=$((shorter + 4 * pieces))
text=$((length + 2 * pieces))
check "its layout is as this test takes it" [ $((text + bytes + 8)) = "$size" ]
printf 'they, the other then, they: hey \377\000\n' >in
run encode -v -m good in
cp "$T/out" ids

# FACT PATTERN: the model h is refused as a whole; where all that is used of it is what a short text can
# hold, it gives the right ids if it gives any.
model_refused()
{
	"$SEAL" h
	limited $MOST encode -v -m h in
	refused "$1" "^bytepiece: encode: h: byte [0-9]+: .*$2" $MOST
	limited $MOST encode -m h in
	if [ "$status" = 0 ]; then
		same "$1: a short text has the right ids" "$T/out" ids
	else
		refused "$1: a short text" "^bytepiece: encode: h: byte [0-9]+: .*$2" $MOST
	fi
}
# FACT PATTERN OFFSET ESCAPES: the same with bytes changed.
changed()
{
	cp good h
	put h "$3" "$4"
	model_refused "$1" "$2"
}
cp good h
"$SEAL" h
same "a good file keeps its checksums" h good

# Heads that claim much, with nothing behind them.  There may be no addresses for so much.
claimed='h: byte [0-9]+: '
[ "${BP_MACHINE-}" != m32 ] || claimed="($claimed|out of memory$)"
claims()
{
	head -c 48 good >h
	put h 16 "$(le "$2" 8)$(le "$3" 8)$(le "$4" 8)"
	"$SEAL" h
	limited $MOST encode -m h in
	refused "a head of 48 bytes that claims $1" "^bytepiece: encode: $claimed" $MOST
}
G=1000000000
claims "a billion pieces" $G $((5 * G)) 256
claims "a billion pieces of 65535 bytes" $G $((65535 * G)) 256
claims "2^31 - 1 pieces and 2^27 slots" 2147483647 $((65535 * 2147483647)) 134217728
claims "2^31 pieces" 2147483648 $((4 * G)) 256
claims "2^63 - 1 pieces" 9223372036854775807 9223372036854775807 256
claims "2^27 slots" 256 256 134217728
claims "2^27 + 256 slots" 256 256 134217984
claims "2^61 slots" 256 256 $((1 << 61))
claims "a piece of a gigabyte" 257 $((256 + (1 << 30))) 256
claims "pieces whose bytes overflow" 300 -1 256
claims "pieces whose bytes overflow when they are added up" 300 -70000 256
claims "no pieces" 0 0 256
claims "no slots" 256 256 0
for command in inspect convert; do
	out=
	[ $command = inspect ] || out='-f json -o out'
	limited $MOST $command $out h
	refused "$command refuses it too" "^bytepiece: $command: h: byte [0-9]+: " $MOST
done
check "convert writes nothing then" [ ! -e out ]

# The same, where all else of the file is there.
changed "a billion pieces, in a whole file" '' 16 "$(le $G 8)"
changed "one piece more" '' 16 "$(le $((pieces + 1)) 8)"
changed "one piece less" '' 16 "$(le $((pieces - 1)) 8)"
changed "256 slots more" '' 32 "$(le $((slots + 256)) 8)"
changed "256 slots less" '' 32 "$(le $((slots - 256)) 8)"
changed "one byte of text more" '' 24 "$(le $((bytes + 1)) 8)"
changed "an unknown version" '' 8 '\377'
changed "unknown flags" '' 12 '\376'

# The automaton.  A slot has the byte in bits 0-8, where to fall back in 9-36, its base in 37-63.
used=	# slots with a state: the first with 't', and the last of all
i=1
while [ $i -lt "$slots" ]; do
	w=$(get good $((slot + 8 * i)) 8)
	[ $((w & 511)) = 256 ] || used="$used $i"
	i=$((i + 1))
done
set -- $used
check "the states are found" [ $# -ge "$pieces" ]
first=$1 last=
for i; do last=$i; done
# SLOT LABEL FAIL BASE: change these parts of it that are not "-".
set_slot()
{
	w=$(get good $((slot + 8 * $1)) 8)
	l=$((w & 511)) f=$((w >> 9 & 268435455)) b=$((w >> 37 & 134217727))
	[ "$2" = - ] || l=$2
	[ "$3" = - ] || f=$3
	[ "$4" = - ] || b=$4
	put h $((slot + 8 * $1)) "$(le $((l | f << 9 | b << 37)) 8)"
}
# FACT SLOT LABEL FAIL BASE
slot_changed()
{
	cp good h
	shift_fact=$1
	shift
	set_slot "$@"
	model_refused "$shift_fact" ''
}
for i in $first $last; do
	slot_changed "slot $i falls back to itself" "$i" - "$i" -
	slot_changed "slot $i falls back past the end" "$i" - "$slots" -
	slot_changed "slot $i falls back far past the end" "$i" - 268435455 -
	slot_changed "slot $i leads past the end" "$i" - - "$slots"
	slot_changed "slot $i leads far past the end" "$i" - - 134217727
	slot_changed "slot $i has a byte that is none" "$i" 511 - -
	slot_changed "slot $i has another byte" "$i" $(((w ^ 1) & 255)) - -
done
slot_changed "the root falls back" 0 - "$first" -
slot_changed "the root leads past the end" 0 - - 134217727
slot_changed "the root leads nowhere" 0 - - 0
slot_changed "the root is a byte" 0 65 - -
cp good h
set_slot "$first" - "$last" -
set_slot "$last" - "$first" -
model_refused "two slots that fall back to each other" ''
cp good h
for i in $used; do
	set_slot "$i" - "$i" -
done
model_refused "all slots fall back to themselves" ''
cp good h
i=0
while [ $i -lt "$slots" ]; do
	put h $((slot + 8 * i)) "$ONES"
	i=$((i + 1))
done
model_refused "all slots are all ones" ''

# Pieces below pieces, found pieces, lengths, bytes.
for p in 0 256 $((pieces - 1)); do
	changed "piece $p is below itself" '' $((shorter + 4 * p)) "$(le "$p" 4)"
	changed "below piece $p is one past the end" '' $((shorter + 4 * p)) "$(le "$pieces" 4)"
	changed "below piece $p is one far past the end" '' $((shorter + 4 * p)) '\376\377\377\377'
done
changed "two pieces below each other" '' $((shorter + 4 * 256)) "$(le 257 4)$(le 256 4)"
changed "a long piece with none below it" '' $((shorter + 4 * 256)) '\377\377\377\377'
for p in "$first" "$last"; do	# at the root nothing is looked for
	changed "in slot $p ends a piece past the end" '' $((longest + 4 * p)) "$(le "$pieces" 4)"
	changed "in slot $p ends a piece far past the end" '' $((longest + 4 * p)) '\377\377\377\377'
done
for n in 0 2 65535; do
	changed "the first piece has $n bytes" '' "$length" "$(le $n 2)"
	changed "the last piece has $n bytes" '' $((text - 2)) "$(le $n 2)"
done
changed "lengths that add up, but are swapped" '' "$length" "$(le 4 2)"
changed "two pieces alike" '' "$text" '\001'
changed "pieces out of order" '' "$text" '\377'

# Counts.
changed "a count of nothing" 'zero' "$count" "$(le 0 8)"
changed "a count of 2^63" 'large' "$count" '\000\000\000\000\000\000\000\200'
changed "a count of 2^64 - 1" 'large' $((count + 8 * 256)) "$ONES"
changed "counts that add up to 2^63" 'large' "$count" '\377\377\377\377\377\377\377\177\001'
cp good h
i=0
while [ $i -lt "$pieces" ]; do
	put h $((count + 8 * i)) '\000\000\000\000\000\000\000\020'
	i=$((i + 1))
done
model_refused "counts whose sum overflows" 'large'

# Other ends.
head -c $((size - 9)) good >h
model_refused "cut off before the checksum" ''
{ cat good; head -c 100 /dev/zero; } >h
model_refused "more behind it" ''
for n in 1 8 47 49 56; do
	head -c $n good >h
	model_refused "$n bytes of it" ''
done

# The same with ids in any order and special tokens: version 2, which says which piece is which.
mv good first-version
run edit -q -m json --special '<one>' --special '<two>' --piece zz -f binary -o good
pieces=$(get good 16 8) bytes=$(get good 24 8) slots=$(get good 32 8) size=$(wc -c <good)
count=$((slot + 8 * slots))
places=$((count + 12 * pieces + 4 * slots))
length=$((places + 4 * pieces))
text=$((length + 2 * pieces))
check "a binary model of version 2 can be made" [ "$status,$(get good 8 4)" = 0,2 ]
check "its layout is as this test takes it" [ $((text + bytes + 8)) = "$size" ]
for i in 0 $((pieces / 2)) $((pieces - 1)); do
	at=$((places + 4 * i))
	changed "piece $i is one past the end" '' $at "$(le "$pieces" 4)"
	changed "piece $i is one far past the end" '' $at '\377\377\377\377'
	changed "piece $i is another one" '' $at "$(le $(($(get good $at 4) ^ 1)) 4)"
done
changed "a byte that is a special token" '' "$count" "$(le 0 8)"
changed "a special token of no bytes" '' $((text - 2)) "$(le 0 2)"
changed "a special token longer than all" '' $((text - 2)) '\377\377'
changed "a special token whose name is no UTF-8" '' $((size - 9)) '\377'
changed "two special tokens of the same name" '' $((size - 12)) 'one'
cp good h
i=0
while [ $i -lt "$pieces" ]; do
	put h $((count + 8 * i)) "$(le 0 8)"
	i=$((i + 1))
done
model_refused "nothing but special tokens" ''
cp first-version h
put h 8 '\002'
model_refused "the first version, said to be the second" ''
cp good h
put h 8 '\001'
model_refused "the second version, said to be the first" ''

# JSON.
json_refused()
{
	cat >h
	kib=$((MOST + $(wc -c <h) / 1024 * 4))
	limited $kib encode -m h in
	refused "JSON: $1" '^bytepiece: encode: h: byte [0-9]+: ' $kib
}
# LETTERS BYTES: so many of them.
many() { head -c "$2" /dev/zero | tr '\0' "$1"; }
many '[' 4000000 | json_refused "4 MB of brackets"
{ printf '{"AA==": '; many '[' 4000000; } | json_refused "4 MB of brackets as a value"
{ printf '{"bytepiece": '; many '[' 4000000; } | json_refused "4 MB of brackets as settings"
awk 'BEGIN { for (i = 0; i < 500000; i++) printf "{\"AA==\":" }' | json_refused "500000 braces"
awk 'BEGIN { for (i = 0; i < 500000; i++) printf "{\"bytepiece\":" }' | json_refused "500000 settings"
awk 'BEGIN { printf "{"; for (i = 0; i < 200000; i++) printf "\"AA==\":[3,\"\",1]," }' |
	json_refused "200000 times the same piece"
awk 'BEGIN { printf "{"; for (i = 0; i < 200000; i++) printf "\"bytepiece\":{}," }' |
	json_refused "200000 times the settings"
for id in 4294967295 4294967296 9223372036854775807 18446744073709551615 -1 1e9 1000000003; do
	sed "s/260,/$id,/" json | json_refused "an id of $id"
done
for n in 9223372036854775808 18446744073709551615 99999999999999999999999999999999 1e308 0; do
	sed "s/ 90\$/ $n/" json | json_refused "a count of $n"
done
awk '{ if ($1 == "1") sub(/1/, "9000000000000000000"); print }' json | json_refused "counts whose sum overflows"
{ printf '{"AA==": [3, "", '; many 9 4000000; } | json_refused "a number of 4 MB"
{ printf '{"'; many A 4000000; printf '": [3, "", 1]}'; } | json_refused "a piece of 3 MB"
{ printf '{"AA==": [3, "'; many '\\' 4000000; printf '", 1]}'; } | json_refused "4 MB of backslashes"

settings='"bytepiece": {"version": 1, "normalize": "nfc", "specials": ["<pad>", "<bos>", "<eos>"'
awk 'BEGIN { for (i = 0; i < 300000; i++) printf ", \"%d\"", i }' >names
{ printf '{%s' "$settings"; cat names; printf ']}, "pieces": '; cat json; printf '}'; } >more
limited $((MOST * 4)) inspect more
peak=$(tail -n 1 peak)
check "JSON: 300000 special tokens: taken" [ $status = 0 ]
check "JSON: 300000 special tokens: the peak of memory, $peak KiB, is at most $((MOST * 4)) KiB" \
	[ "$peak" -le $((MOST * 4)) ]
{ printf '{%s' "$settings"; cat names names; printf ']}, "pieces": '; cat json; printf '}'; } |
	json_refused "special tokens twice"
{ printf '{%s, "' "$settings"; many A 4000000; printf '"]}, "pieces": '; cat json; printf '}'; } |
	json_refused "a special token of 4 MB"
for name in '' '<pad>' '\ud800'; do
	{ printf '{%s' "$settings"; printf ', "%s"]}, "pieces": ' "$name"; cat json; printf '}'; } |
		json_refused "a special token '$name'"
done

# Counts and plans.
printf 'the cat and the dog and the cat\n' >in
run count --reference -o counts in
run build --vocab-size 300 -o model --next plan counts
check "counts and a plan can be made" is_file plan
run merge -f text -o as-text counts
settings=$(sed -n '1s/\t.*//p' as-text)
# FACT [PATTERN]: the counts h are refused by what reads them.
counts_refused()
{
	"$SEAL" h
	rm -f model next
	limited $MOST merge -o merged h
	merged=$status
	[ "$status" = 0 ] || refused "merge: $1" '^bytepiece: merge: ' $MOST
	limited $MOST build --vocab-size 300 -o model --next next h
	refused "build: $1" "^bytepiece: build: .*${2-}" $MOST
	check "$1: nothing is written" [ ! -e model -a ! -e next ]
}
# FACT ESCAPES: rows after the first eight bytes.
rows()
{
	{ printf 'bprows1\n'; printf "$2"; } >h
	counts_refused "$1"
	{ printf 'bprows1\n'; printf "$2"; printf '12345678'; } >h
	counts_refused "$1, and a checksum"
}
rows "a key of a gigabyte in 20 bytes" '\000\200\200\200\200\004'
rows "a key of 2^63 bytes" '\000\200\200\200\200\200\200\200\200\200\001'
rows "a key that shares a gigabyte with nothing" '\200\200\200\200\004\001a\001'
rows "a number that does not end" '\000\377\377\377\377\377\377\377\377\377\377\377\377\377\377'
rows "a key of no bytes" '\000\000\001\000\000'
rows "a count of more than 64 bits" '\000\001\000\377\377\377\377\377\377\377\377\377\177\000\000'
rows "nothing" '\000\000'
rows "a key that is not settings" '\000\001\003\001\000\000'
rows "an unknown kind" '\000\001\377\001\000\000'
# FACT: the rows of text on standard input.
text_rows() { cat >h; counts_refused "text: $1"; }
printf '00\t1\n' | text_rows "empty settings"
printf '%s\t18446744073709551615\n' "$settings" | text_rows "2^64 - 1 parts"
{ sed -n '1p' as-text; sed -n '1p' as-text | sed 's/\t.*/\t18446744073709551615/'; } | text_rows "parts that overflow"
sed '2,5s/\t.*/\t18446744073709551615/' as-text | sed '6,$d' | text_rows "totals of 2^64 - 1"
printf '%s\t99999999999999999999999999\n' "$settings" | text_rows "a count of many digits"
printf '%s\t1\n0' "$settings" | text_rows "half a byte"
many 0 1000000 | text_rows "a key of a million digits and no end"
{ many 0 3000000; printf '\t1\n'; } | text_rows "a key of 1.5 MB"
# Settings that ask for much, where the counts say no more.
hex() { printf '%s' "$1" | od -An -v -t x1 | tr -d ' \n'; }
for option in order=99999999 order=0 max-piece-length=4294967297 sample-size=18446744073709551616 step=99999999999 \
	min-count=0 bytepiece=1 recipe=other; do
	old=${option%%=*}
	words=$(tr -c '[:print:]' '\n' <counts | grep '^bytepiece=')
	check "the counts have a setting $old" eval 'case $words in *"$old="*) ;; *) false ;; esac'
	words=$(echo "$words" | sed "s/$old=[^ ]*/$option/")
	{ printf '00%s\t1\n' "$(hex "$words")"; sed 1d as-text; } | text_rows "settings with $option"
done
# Plans: each byte of one, all ones.
n=$(wc -c <plan)
at=8 step=7
[ -z "${BP_QUICK-}" ] || step=31
bad=0 tried=0
while [ $at -lt $((n - 8)) ]; do
	cp plan h
	put h $at '\377'
	"$SEAL" h
	limited $MOST count --plan h -o counted in
	tried=$((tried + 1))
	case $status in
	0) ;;
	1) like '^bytepiece: count: ' "$T/err" || bad=$((bad + 1)) ;;
	*) bad=$((bad + 1)) ;;
	esac
	[ "$(tail -n 1 peak)" -le $MOST ] || bad=$((bad + 1))
	at=$((at + step))
done
check "$tried plans with a byte of all ones: taken or refused, in at most $MOST KiB" [ $bad = 0 ]
awk -v usual=$MOST '$2 == usual && $1 > peak { peak = $1 }
	END { printf "# %d runs on harmful files; of those limited to %d KiB the greatest peak: %d KiB\n",
		NR, usual, peak }' tried
finish
