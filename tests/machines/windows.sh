# Promises that are about Windows alone, with the program for Windows under wine:
#	BYTEPIECE=/path/to/wrapper OURS=/path/to/our/program DRIVE=/folder/of/drive/C sh tests/machines/windows.sh
. tests/cli/lib.sh
cd "$T/w" || exit 1
cat "$ROOT"/data/*.txt > text
"$OURS" train -q --vocab-size 1000 -o ours text
run train -q --vocab-size 1000 -o größe-漢字-Ж.model text
same "a file name in any language" größe-漢字-Ж.model ours
cp text "Größe 漢"
run encode -m größe-漢字-Ж.model "Größe 漢"
"$OURS" encode -m ours text > ids
same "and as an input" "$T/out" ids
"$OURS" edit -q -m ours -o ours.edited --piece 'Größe漢🙂' --special '<Ж>' --special '*' --piece 'a "b" \\'
run edit -q -m ours -o edited --piece 'Größe漢🙂' --special '<Ж>' --special '*' --piece 'a "b" \\'
same "arguments in any language, with quotes, backslashes and *" edited ours.edited
run encode -m absent-漢 text
fails "a message has the name" 1 'absent-漢: No such file or directory'

"$OURS" convert -f binary -o ours.bin ours
mkdir sub
run convert -q -f binary -o 'sub\model' ours
same "a folder behind a backslash" sub/model ours.bin
run convert -q -f binary -o 'sub\model' ours
same "an old file is replaced" sub/model ours.bin
run convert -q -f binary -o 'C:\model' ours
same "another drive" "$DRIVE/model" ours.bin
rm "$DRIVE/model"
run convert -q -f binary -o 'C:model' ours
same "the current folder of another drive" "$DRIVE/model" ours.bin
rm "$DRIVE/model"
run convert -q -f binary -o NUL ours
gives "NUL is a device" ''
run convert -q -f binary -o sub ours
fails "a folder is no output" 1 'sub: is a directory'
run encode -m sub text
fails "a folder is no model" 1 'sub: Is a directory'
cp ours ours.copy
run encode -m ours -o 'sub\..\text' text
fails "an output is no input, by another name either" 2 'is an input'
check "no file is left" holds sub model
mkdir folder
cp text folder/file
ln -s folder/file link
run convert -q --force -f binary -o link ours
same "an output that is a link: the file is replaced" folder/file ours.bin
check "and the link stays" [ -h link ]
cp ours.bin own
run convert -q -o own own
run convert -q -f binary -o own own
same "the model that is read is replaced" own ours.bin
cp ours protected
chmod a-w protected
if ! is_root; then		# for whom wine opens it
	run convert -q -f binary -o protected ours
	fails "a write-protected file needs --force" 2 'protected: is write-protected'
fi
run convert -q --force -f binary -o protected ours
same "a write-protected file is replaced with --force" protected ours.bin

run train -q --vocab-size 1000 --resume 'state\new' -o x text
fails "a folder that cannot be made" 1 'No such file'
run train -q --vocab-size 1000 --resume text -o x text
fails "a file is no folder" 1 'text: Not a directory$'
run train -q --vocab-size 1000 --memory 40M -j 2 --resume state -o resumed text
same "training that can be resumed" resumed ours
check "its folder is removed" [ ! -e state ]
for i in 1 2 3 4 5 6 7 8 9 10; do cat text; done > long
"$OURS" train -q --vocab-size 1000 -o ours.long long
"$BP" train -q --vocab-size 1000 --resume state -o resumed.long long &
pid=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ ! -e state/job ] || break
	sleep 1
done
kill -STOP $pid
run train -q --vocab-size 1000 --resume state -o resumed.long long
fails "its folder is locked" 1 'state: is in use by another process'
kill -KILL $pid
wait $pid 2>/dev/null
check "the folder stays after a kill" [ -e state/job ]
run train -q --vocab-size 1000 --resume state -o resumed.long long
same "and the next training takes it up" resumed.long ours.long
check "and removes it" [ ! -e state ]
unset TMPDIR
run train -q --vocab-size 1000 --memory 10M -j 2 -o spilled text
same "temporary files in the folder of the user" spilled ours
check "they are removed" [ -z "$(find "$DRIVE/users" -name 'bytepiece.*')" ]
check "and there is no other temporary file" [ -z "$(find . -name 'bytepiece.*')" ]

# Every byte, newlines and the end of DOS files among them, through pipes.
noise 30000 > bytes
printf 'a\r\nb\032c\r\n' >> bytes
"$BP" encode -m ours --whole -f u32 < bytes > ids.u32
"$OURS" encode -m ours --whole -f u32 < bytes > ours.u32
same "streams carry bytes" ids.u32 ours.u32
"$OURS" decode -m ours -f u32 ours.u32 > ours.back
"$BP" decode -m ours -f u32 < ours.u32 | cat > back
same "both ways" back ours.back

ran="encode -m ours long"
{ "$BP" encode -m ours long 2>"$T/err"; echo $? > status; } | head -n 1 > "$T/out"
check "a pipe that nobody reads: exit 1" [ "$(cat status)" = 1 ]
check "and its message" like '^bytepiece: encode: standard output: Broken pipe' "$T/err"
finish
