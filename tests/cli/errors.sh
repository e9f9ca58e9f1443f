# Files that cannot be read, and ids that cannot be decoded.
. tests/cli/lib.sh

model </dev/null >"$T/m"
printf 'ab\n' >"$T/t"
printf '100 101\n' >"$T/ids"
cd "$T/w" || exit 1
mkdir folder

run encode -m "$T/m" nope
fails "encode: a missing file is named, with the reason" 1 ' nope: No such file or directory$'
run encode -m "$T/m" "$T/t/x"
fails "encode: a file below a file is named" 1 "$T/t/x: Not a directory\$"
run encode -m "$T/m" folder
fails "encode: a folder as input is an error" 1 ' folder: Is a directory$'
run encode -m "$T/m" <folder
fails "encode: a folder as standard input is an error" 1 ' standard input: Is a directory$'
run encode -m nope "$T/t"
fails "encode: a missing model is named" 1 ' nope: No such file or directory$'
run encode -m folder "$T/t"
fails "encode: a folder as model is an error" 1 ' folder: Is a directory$'
run encode -m '' "$T/t"
fails "encode: an empty model name is an error" 1 'No such file or directory$'
run decode -m "$T/m" nope
fails "decode: a missing file is named" 1 ' nope: No such file or directory$'
run decode -m "$T/m" folder
fails "decode: a folder as input is an error" 1 ' folder: Is a directory$'
run decode -m nope "$T/ids"
fails "decode: a missing model is named" 1 ' nope: No such file or directory$'
run inspect nope
fails "inspect: a missing model is named" 1 ' nope: No such file or directory$'
run inspect folder
fails "inspect: a folder as model is an error" 1 ' folder: Is a directory$'
run inspect "$T/t"
fails "inspect: what is not a model is named, with the place" 1 "$T/t: byte 0: "
run encode --whole -m "$T/m" nope
fails "encode --whole: a missing file is named" 1 ' nope: No such file or directory$'
run encode -z -m "$T/m" -f pieces folder
fails "encode -z: a folder as input is an error" 1 ' folder: Is a directory$'
run encode -m "$T/m" "$T/t" nope
check "a missing second file ends with exit 1" [ "$status" = 1 ]
check "a missing second file is named" like ' nope: No such file or directory$' "$T/err"

cp "$T/t" secret
chmod 000 secret
if [ -r secret ]; then
	skip "an unreadable file is named, with the reason" "this user may read everything"
	skip "an unreadable model is named, with the reason" "this user may read everything"
else
	run encode -m "$T/m" secret
	fails "an unreadable file is named, with the reason" 1 ' secret: Permission denied$'
	run encode -m secret "$T/t"
	fails "an unreadable model is named, with the reason" 1 ' secret: Permission denied$'
fi

run encode -m nope "$T/t" -q
check "-q leaves errors to be seen" like ' nope: No such file or directory$' "$T/err"
run encode -q -m "$T/m" "$T/t"
gives "-q prints the results" '100 101\n'
run encode -v -m "$T/m" "$T/t"
check "-v changes nothing in the output" [ "$(cat "$T/out")" = "100 101" ]
check "-v explains on standard error" [ -s "$T/err" ]

# INPUT PLACE: no ids there.  Where the id stands after others on its line, those before it may
# have been written already.
wrong_ids()
{
	printf "$1" >in
	run decode -m "$T/m" -o out in
	fails "decode: '$1' is an error at $2" 1 " in: $2: "
	check "decode: '$1' writes no file" [ ! -e out ]
}
wrong_ids '259\n' 'line 1, position 1'
wrong_ids '100 259\n' 'line 1, position 2'
wrong_ids '100\n101 102\n\n103 104 70000\n' 'line 4, position 3'
wrong_ids 'a' 'line 1, position 1'
wrong_ids '100 b\n' 'line 1, position 2'
wrong_ids '100 10b\n' 'line 1, position 2'
wrong_ids '100\n100 -1\n' 'line 2, position 2'
wrong_ids '+5' 'line 1, position 1'
wrong_ids '1.5' 'line 1, position 1'
wrong_ids '1e2' 'line 1, position 1'
wrong_ids '0x10' 'line 1, position 1'
wrong_ids '100,101' 'line 1, position 1'
wrong_ids '4294967396' 'line 1, position 1'
wrong_ids '18446744073709551716\n' 'line 1, position 1'
wrong_ids '1000000000000000000000000000000\n' 'line 1, position 1'
wrong_ids '100\000101\n' 'line 1, position 1'
wrong_ids '\377\n' 'line 1, position 1'
printf '100 101 102\n259\n' >second
run decode -m "$T/m" -o out "$T/ids" second
fails "decode: an error names the file it is in and the line there" 1 ' second: line 2, position 1: '
run decode -m "$T/m" -o out <second
fails "decode: an error in standard input is said to be there" 1 ' standard input: line 2, position 1: '
run decode -z -m "$T/m" -o out second
fails "decode -z: an error is at its line and position" 1 ' second: line 2, position 1: '
run decode --whole -m "$T/m" -o out second
fails "decode --whole: an error is at its line and position" 1 ' second: line 2, position 1: '
awk 'BEGIN { for (i = 0; i < 300000; i++) print 100, 101, 102 + i % 3; print 100, 300 }' >many
for j in 1 2 7; do
	run decode -j $j -m "$T/m" -o out many
	fails "decode -j $j: an error far down is at its line and position" 1 \
		' many: line 300001, position 2: '
done
awk 'BEGIN { for (i = 0; i < 900000; i++) printf "%d ", 100 + i % 3; print 300 }' >long
run decode -m "$T/m" -o out long
fails "decode: an error far right is at its line and position" 1 ' long: line 1, position 900001: '
head -c 3000000 /dev/zero | tr '\0' 1 >digits
run decode -m "$T/m" -o out digits
fails "decode: three million digits are no id" 1 ' digits: line 1, position 1: '
check "decode: an error leaves no file" [ ! -e out ]

finish
