# Several inputs, standard input among them, and "--", for every command that reads files.
. tests/cli/lib.sh

{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >"$T/m"
cd "$T/w" || exit 1
printf 'the first\nand the last, that' >one
printf 'thing\n\n' >two
: >none
head -n 40 "$ROOT/data/prose.en.txt" >three

# COMMAND OPTIONS: it gives for all of these what it gives for the files one, two and three.
inputs()
{
	"$BP" $* one two three >expected 2>"$T/err" || not_ok "$* takes three files"
	run $* one - three <two
	same "$*: - stands between files" "$T/out" expected
	run $* - two three <one
	same "$*: - stands first" "$T/out" expected
	cat three | "$BP" $* one two - >"$T/out" 2>"$T/err"
	same "$*: - stands last, and is a pipe" "$T/out" expected
	run $* one two -- three
	same "$*: -- stands between files" "$T/out" expected
	run $* -- one - three <two
	same "$*: - is standard input after --" "$T/out" expected
	cp two ./-q
	run $* one -- -q three
	same "$*: a file after -- may begin with a dash" "$T/out" expected
	run $* one ./-q three
	same "$*: and without -- when a folder is named" "$T/out" expected
	rm ./-q
}
inputs encode -m "$T/m"
inputs encode --whole -m "$T/m"
inputs encode -z -f pieces -m "$T/m"
inputs count
inputs count -f text
"$BP" count one >1
"$BP" count two >2
"$BP" count three >3
mv 1 one; mv 2 two; mv 3 three
inputs merge
printf '100 101\n3 4' >one
printf '\n\n100' >two
printf '101 102\n' >three
inputs decode -m "$T/m"
inputs decode --whole -m "$T/m"

# What is counted or trained does not go to standard output by itself, or holds a time.
head -n 30 "$ROOT/data/prose.en.txt" >one
head -n 40 "$ROOT/data/code.txt" >two
head -n 40 "$ROOT/data/dialogue.txt" >three
"$BP" train --force -q --vocab-size 400 -o expected one two three
run train --force -q --vocab-size 400 -o got one - three <two
same "train: - stands between files" got expected
cat two | "$BP" train --force -q --vocab-size 400 -o got one - -- three
same "train: - is a pipe, and -- stands between files" got expected
cp two ./-q
run train --force -q --vocab-size 400 -o got -- one -q three
same "train: a file after -- may begin with a dash" got expected
rm ./-q
run eval -m "$T/m" one two three
grep -v rate "$T/out" >expected
run eval -m "$T/m" one - three <two
grep -v rate "$T/out" >got
same "eval: - stands between files" got expected

# Standard input is read once.
printf 'the\n' >two
cp "$T/m" m
for command in 'encode -m m' 'decode -m m' 'eval -m m' 'view -m m' count merge 'train -o out' \
	'build -o out' 'edit -o out'; do
	run $command - two - <two
	fails "$command: - stands twice" 2 ': - and -: standard input can be read only once'
done
run train -o out --weight 2:- - <two
fails "train: - stands twice, once with a weight" 2 ': - and -: standard input can be read only once'
run encode -m "$T/m" none none
gives "empty files give nothing" ''
run encode -m "$T/m" none two none
gives "empty files among others give nothing" '260\n'

finish
