# Where results go: -o writes a file whole or not at all; standard output that cannot be written.
. tests/cli/lib.sh
if ! has_host; then
	skip "-o writes a file whole or not at all" "$no_host"
	finish
fi

cd "$T/w" || exit 1
{ piece 50 'aa'; piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >"$T/m"
cat "$ROOT"/data/*.txt >"$T/text"
"$BP" encode -m "$T/m" "$T/text" >"$T/ids"
printf 'old\n' >"$T/old"

# FACT: after a failure the file named out is the old one, and nothing lies beside it.
is_left()
{
	same "$1: the old file stays" out "$T/old"
	check "$1: nothing lies beside it" holds . out
}
run encode -m "$T/m" -o out "$T/text"
gives "-o: nothing goes to standard output" ''
same "-o: the file has what standard output would have" out "$T/ids"
check "-o: nothing lies beside the file" holds . out
cp "$T/old" out
run encode -m "$T/m" -o out "$T/text"
same "-o: an existing file is replaced" out "$T/ids"
cp "$T/old" out
if is_wine; then
	skip "-o: beyond the limit of file sizes" "wine's own files would be beyond it"
else
	ran="encode under ulimit -f"
	(ulimit -f 1 && exec "$BP" encode -m "$T/m" -o out "$T/text") >"$T/out" 2>"$T/err"
	status=$?
	fails "-o: beyond the limit of file sizes" 1 ' out: File too large$'
	is_left "-o: beyond the limit of file sizes"
fi
ln out link
run encode -m "$T/m" -o out "$T/text"
same "-o: a second name of the old file keeps the old content" link "$T/old"
rm link
cp out ids
run decode -m "$T/m" -o out out
fails "-o: the file must not be an input" 2 "out: is an input"
same "-o: then the input stays" out ids
rm ids
chmod 640 out
run encode -m "$T/m" -o out "$T/text"
check "-o: a replaced file keeps its mode" [ "$(ls -l out | cut -c 1-10)" = -rw-r----- ]
rm out
(umask 027; "$BP" encode -m "$T/m" -o out "$T/text")
check "-o: a new file has the mode of the umask" [ "$(ls -l out | cut -c 1-10)" = -rw-r----- ]
rm -f out
run encode -m "$T/m" -o out
check "-o: no input makes an empty file" [ -f out ] 
check "-o: no input makes an empty file: of no bytes" is_empty out

# Failures.
cp "$T/old" out
run encode -m "$T/m" -o out "$T/text" nope
fails "a missing second input" 1 ' nope: No such file or directory'
is_left "a missing second input"
run encode -m "$T/m" -o out "$T/text" "$T"
fails "a folder as second input" 1 "$T: Is a directory"
is_left "a folder as second input"
run encode -m nope -o out "$T/text"
fails "a missing model" 1 ' nope: No such file or directory'
is_left "a missing model"
run encode -m "$T/m" -o out --foo "$T/text"
is_left "wrong usage"
echo 70000 >"$T/wrong"
for j in 1 2 7; do
	run decode -m "$T/m" -j $j -o out "$T/ids" "$T/wrong"
	fails "an unknown id at the end (-j $j)" 1 'wrong: line 1, position 1: '
	is_left "an unknown id at the end (-j $j)"
done
rm out
run encode -m "$T/m" -o out "$T/text" nope
check "a missing second input leaves no new file" holds .
run decode -m "$T/m" -o out "$T/ids" "$T/wrong"
check "an unknown id leaves no new file" holds .

# What is not a file.
mkdir folder
run encode -m "$T/m" -o folder "$T/text"
fails "-o FOLDER" 1 ' folder: [iI]s a directory$'
run encode -m "$T/m" -o folder/ "$T/text"
fails "-o FOLDER/" 1 ' folder/: [iI]s a directory$'
check "-o FOLDER: nothing is in it" holds folder
run encode -m "$T/m" -o folder/out "$T/text"
same "-o FOLDER/FILE: the file is written" folder/out "$T/ids"
check "-o FOLDER/FILE: nothing lies beside it" holds folder out
run encode -m "$T/m" -o none/out "$T/text"
fails "-o into a missing folder" 1 ' none/out: cannot create a file in the folder none: No such file or directory$'
run encode -m "$T/m" -o folder/out/x "$T/text"
fails "-o below a file" 1 ' folder/out/x: cannot create a file in the folder folder/out: Not a directory$'
run encode -m "$T/m" -o '' "$T/text"
fails "-o with an empty name" 1 ': '
check "-o that fails leaves nothing" holds . folder
if is_root; then
	skip "-o into a read-only folder fails" "this user may write everywhere"
else
	chmod 555 folder
	run encode -m "$T/m" -o folder/new "$T/text"
	fails "-o into a read-only folder fails" 1 ' folder/new: cannot create a file in the folder folder: Permission denied$'
	chmod 755 folder
fi
rm -r folder
device() { ls -l "$1" | cut -c 1-20; }		# its type, mode and owner
null=$(device /dev/null)
ls /dev >"$T/dev"
run encode -m "$T/m" -o /dev/null "$T/text"
gives "-o /dev/null works" ''
check "-o /dev/null leaves the device" [ -c /dev/null ]
check "-o /dev/null leaves the device's mode and owner" \
	[ "$(device /dev/null)" = "$null" ]
if [ -c /dev/full ]; then
	run encode -m "$T/m" -o /dev/full "$T/text"
	fails "-o /dev/full" 1 ' /dev/full: No space left on device$'
	run decode -m "$T/m" -o /dev/full "$T/ids"
	fails "decode -o /dev/full" 1 ' /dev/full: No space left on device$'
	check "-o /dev/full leaves the device" [ -c /dev/full ]
	ls /dev >"$T/dev-now"
	same "-o /dev/full leaves nothing beside it" "$T/dev-now" "$T/dev"
else
	skip "-o /dev/full" "there is no such device"
fi
mkfifo fifo
timeout 60 cat fifo >got &
run encode -m "$T/m" -o fifo "$T/text"
wait
same "-o FIFO: it is written to" got "$T/ids"
check "-o FIFO: it is one still" [ -p fifo ]
rm fifo got

# Links.
mkdir there
cp "$T/old" there/target
ln -s there/target link
run encode -m "$T/m" -o link "$T/text"
check "-o LINK: the link stays a link" [ -h link ]
same "-o LINK: what it points to is written" there/target "$T/ids"
check "-o LINK: nothing lies beside it" holds . link there
check "-o LINK: nothing lies beside what it points to" holds there target
cp "$T/old" there/target
run encode -m "$T/m" -o link "$T/text" nope
same "-o LINK: a failure leaves what it points to" there/target "$T/old"
rm there/target
run encode -m "$T/m" -o link "$T/text"
check "-o LINK to nothing: the link stays a link" [ -h link ]
check "-o LINK to nothing: the file it names is made" cmp -s there/target "$T/ids"
rm -rf there link
ln -s /dev/null link
run encode -m "$T/m" -o link "$T/text"
check "-o LINK to /dev/null: the link stays a link" [ -h link ]
rm link
long=$(printf '%0255d' 0)
if : >$long 2>/dev/null; then
	run encode -m "$T/m" -o $long "$T/text"
	check "-o: the longest name that a file can have" cmp -s $long "$T/ids"
else
	skip "-o: the longest name that a file can have" "here it is shorter than 255"
fi
rm -f $long

# -o /dev/stdout, into a file that others write to as well.
ran=
if [ -e /dev/stdout ]; then
	{ echo first; echo ab | "$BP" encode -m "$T/m" -o /dev/stdout; echo last; } >out
	check "-o /dev/stdout leaves what was there and what comes after" \
		[ "$(cat out)" = "$(printf 'first\n100 101\nlast')" ]
	echo ab | "$BP" encode -m "$T/m" -o /dev/stdout | cat >out
	check "-o /dev/stdout works in a pipe" [ "$(cat out)" = "100 101" ]
fi

# Standard streams that are closed: a file must not take their place.
printf '100 101\n' >expected
printf 'ab\n' >ab
"$BP" encode -m "$T/m" -o out ab <&-
same "-o with standard input closed" out expected
"$BP" encode -v -m "$T/m" -o out ab 2>&-
same "-o with standard error closed" out expected
"$BP" encode -v -m "$T/m" -o out ab <&- >&- 2>&-
same "-o with all three closed" out expected
cp "$T/old" out
"$BP" encode -m "$T/m" -o out ab nope <&- >&- 2>&-
check "a failure with all three closed has exit 1" [ $? = 1 ]
same "a failure with all three closed leaves the old file" out "$T/old"
"$BP" train -o trained --vocab-size 300 ab 2>"$T/err"
"$BP" train -o trained-closed --vocab-size 300 ab 2>&-
same "train -o with standard error closed" trained-closed trained
"$BP" train -o trained-closed --vocab-size 300 ab <&- >&- 2>&-
same "train -o with all three closed" trained-closed trained

# COMMAND...: closed or full standard output.
bad_output()
{
	ran=$*
	: >"$T/out"
	"$BP" "$@" >&- 2>"$T/err"
	status=$?
	check "closed standard output: exit 1: $1 ${2##*/}" [ $status = 1 ]
	check "closed standard output: a message: $1 ${2##*/}" like '^bytepiece: .*standard output: ' "$T/err"
	[ -c /dev/full ] || return 0
	"$BP" "$@" >/dev/full 2>"$T/err"
	status=$?
	check "full standard output: exit 1: $1 ${2##*/}" [ $status = 1 ]
	check "full standard output: a message: $1 ${2##*/}" \
		like '^bytepiece: .*standard output: No space left on device$' "$T/err"
	check "full standard output: one line: $1 ${2##*/}" [ "$(wc -l <"$T/err")" = 1 ]
}
bad_output --help
bad_output --version
bad_output encode --help
bad_output train --help
bad_output help --man
bad_output inspect "$T/m"
bad_output inspect --vocab "$T/m"
bad_output inspect --piece a "$T/m"
bad_output view -q -m "$T/m" "$T/text"
bad_output eval -m "$T/m" "$T/text"
bad_output encode "$T/text" -m "$T/m"
bad_output encode ab -m "$T/m"
bad_output encode --whole -m "$T/m" "$T/text"
bad_output encode -f pieces -m "$T/m" "$T/text"
bad_output decode "$T/ids" -m "$T/m"

# Readers that go away.
(yes; echo $? >yes) | head -n 1 >/dev/null
endless() { yes 'the other' ; }
gone="a reader that goes away"
if [ "$(cat yes)" = 141 ]; then
	for c in encode 'encode --whole' 'encode -f pieces'; do
		endless | { "$BP" $c -m "$T/m" 2>"$T/err"; echo $? >status; } | head -c 9 >head
		check "$gone: $c ends by SIGPIPE" [ "$(cat status)" = 141 ]
		check "$gone: $c says nothing" is_empty "$T/err"
	done
	yes '100 101' | { "$BP" decode -m "$T/m" 2>"$T/err"; echo $? >status; } | head -n 1 >head
	check "$gone: decode ends by SIGPIPE" [ "$(cat status)" = 141 ]
	check "$gone: decode says nothing" is_empty "$T/err"
	check "$gone: the reader has its line" [ "$(cat head)" = ab ]
else
	skip "$gone" "SIGPIPE is ignored here"
fi
endless | (trap '' PIPE; "$BP" encode -m "$T/m" 2>"$T/err"; echo $? >status) | head -n 1 >head
check "$gone with SIGPIPE ignored: exit 1" [ "$(cat status)" = 1 ]
check "$gone with SIGPIPE ignored: a message" \
	like '^bytepiece: encode: standard output: Broken pipe$' "$T/err"
yes '100 101' | (trap '' PIPE; "$BP" decode -m "$T/m" 2>"$T/err"; echo $? >status) | head -n 1 >head
check "$gone with SIGPIPE ignored: exit 1 of decode" [ "$(cat status)" = 1 ]
check "$gone with SIGPIPE ignored: a message of decode" \
	like '^bytepiece: decode: standard output: Broken pipe$' "$T/err"

finish
