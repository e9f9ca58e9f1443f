# train: what it writes, what it says, and what its options do.
. tests/cli/lib.sh

cd "$T/w" || exit 1
awk 'NR % 2' "$ROOT"/data/*.txt >all		# half will do

# FACT [ARGUMENTS...]: train -q -o out with them succeeds without a word.
trains()
{
	what=$1
	shift
	rm -f out
	run train -q -o out "$@"
	if [ "$status" = 0 ] && is_empty "$T/err" && is_empty "$T/out" && is_file out; then
		ok "$what: writes a model"
	else
		not_ok "$what: writes a model, with exit 0 and nothing said"
	fi
}
# MODEL FILTER: how many pieces of more than one byte pass the filter, a condition of awk on text
# (as inspect prints it), bytes (with a question mark for each escaped byte), len and count.
pieces()
{
	"$BP" inspect --vocab "$1" | awk -F '\t' '{
		text = $2
		bytes = $2
		gsub(/\\x[0-9A-Fa-f][0-9A-Fa-f]/, "?", bytes)
		len = length(bytes)
		count = $3
		if (len > 1 && ('"$2"'))
			n++
	}
	END { print n + 0 }'
}
has_none() { [ -s "$1" ] && [ "$(pieces "$1" "$2")" = 0 ]; }
has_some() { [ "$(pieces "$1" "$2")" -gt 0 ]; }
vocabulary() { "$BP" inspect "$1" | sed -n 's/^vocabulary[^0-9]*\([0-9]*\).*/\1/p'; }

# What is written and said.
run train -o model --vocab-size 2000 all
check "train ends with exit 0" [ "$status" = 0 ]
check "train prints nothing to standard output" is_empty "$T/out"
bytes=$(tr -d '\n' <all | wc -c)
kb=$((bytes / 1000))
check "the summary tells the bytes" \
	like "($kb|$((kb + 1))|$((bytes / 1024))|$((bytes / 1024 + 1)))(\.[0-9])? K|$bytes" "$T/err"
check "the summary tells the segments" like '[0-9]+ segments' "$T/err"
n=$(vocabulary model)
check "the summary tells the vocabulary" like "vocabulary.*[^0-9]$n[^0-9]" "$T/err"
check "the summary tells bytes per token" like '[0-9]\.[0-9]+ bytes per token' "$T/err"
check "the summary tells seconds" like '[0-9]\.[0-9]+ s[^a-z]' "$T/err"
if has_host; then
	check "the summary tells peak memory" like 'memory.*[0-9] ?[KMG]i?B' "$T/err"
fi
check "each line of the summary begins with the program's name" \
	[ "$(grep -vc '^bytepiece: train: ' "$T/err")" = 0 ]
said=$(sed -n 's/.* \([0-9]*\.[0-9]*\) bytes per token.*/\1/p' "$T/err")
tokens=$("$BP" encode -m model all | wc -w)
check "bytes per token is what encode gives: $said" awk -v said="$said" -v tokens="$tokens" -v bytes="$bytes" \
	'BEGIN { d = said - bytes / tokens; exit !(d < 0.011 && d > -0.011) }'
check "the vocabulary has the size asked for" [ "$n" = 2000 ]
check "the model ends without a newline, as the reference's do" \
	[ "$(tail -c 3 model | od -An -c | tr -d ' ')" = ']\n}' ]
trains "train -q" --vocab-size 2000 all
same "train -q writes the same model" out model
run train -v -o out --vocab-size 2000 all
same "train -v writes the same model" out model

# The same model from the same text.
for j in 1 2 7; do
	trains "train -j $j" -j $j --vocab-size 2000 all
	same "train -j $j writes the same model" out model
done
trains "standard input" --vocab-size 2000 <all
same "standard input gives the same model" out model
cat all | "$BP" train -q -o out --vocab-size 2000
same "a pipe gives the same model" out model
cat all | "$BP" train -q -o out --vocab-size 2000 -
same "a pipe named - gives the same model" out model
mkfifo fifo
cat all >fifo &
writer=$!
trains "a named pipe" --vocab-size 2000 fifo
kill $writer 2>/dev/null
wait
same "a named pipe gives the same model" out model
head -n 400 all >first
tail -n +401 all >second
trains "two files" --vocab-size 2000 first second
mv out two
trains "two files in the other order" --vocab-size 2000 second first
same "the order of files makes no difference" out two
trains "a file and standard input" --vocab-size 2000 first - <second
same "a file and standard input give the same model as two files" out two
trains "--reference with one file" --reference --vocab-size 2000 all
mv out reference
trains "--reference with two files" --reference --vocab-size 2000 second first
same "--reference: a text in two files gives the same model" out reference
check "what was kept of standard input is gone" holds "$TMPDIR"
tr '\n' '\000' <all >nuls
trains "train -z" -z --newlines end --vocab-size 2000 nuls
same "train -z: the same texts give the same model" out model
printf %s "$(cat all)" >unended
trains "a last line without newline" --vocab-size 2000 unended
same "a last line without newline gives the same model" out model
trains "standard input without newline" --vocab-size 2000 <unended
same "standard input without newline gives the same model" out model
for mode in --reference '--reference --whole' '--whole' '--normalize none' '--isolate-digits -z'; do
	trains "train $mode -j 1" $mode -j 1 --vocab-size 1000 all
	mv out one
	trains "train $mode -j 7" $mode -j 7 --vocab-size 1000 all
	same "train $mode -j 7 writes the same model as -j 1" out one
done

# Sizes that a text has too few strings for: 285 strings that end in no space occur twice.
printf 'one two three four five six\n%.0s' 1 2 >short
for s in 300 544; do
	run train -o out --vocab-size $s --exact-size short
	check "$s ids of a short text: exit 0" [ "$status" = 0 ]
	check "$s ids of a short text: reached" [ "$(vocabulary out)" = $s ]
	check "$s ids of a short text: no word of too few" [ "$(grep -c candidates "$T/err")" = 0 ]
done
run train -o out --vocab-size 545 short
check "more ids than a text has strings for: exit 0" [ "$status" = 0 ]
check "more ids than a text has strings for: all are in" [ "$(vocabulary out)" = 544 ]
check "more ids than a text has strings for: told why" like 'at least 2 times' "$T/err"
run train -o out --vocab-size 300 --min-count 3 short
check "strings that occur too seldom fill no vocabulary" [ "$(vocabulary out)" -lt 300 ]
check "strings that occur too seldom: told why" like 'at least 3 times' "$T/err"
rm -f out
run train -q -o out --exact-size --vocab-size 545 short
fails "--exact-size and too few strings" 1 '544 ids \(545 requested\)'
check "--exact-size and too few strings: no model" [ ! -e out ]
run train -q -o out --exact-size --reference --vocab-size 545 short
fails "--exact-size of the published algorithm" 1 requested

# Sizes.
run train -q -o sizes --vocab-size 500,2000,259,1000 all
check "several sizes: exit 0" [ "$status" = 0 ]
check "several sizes: each is in a file of its own" \
	[ "$(echo sizes*)" = "sizes.1000 sizes.2000 sizes.259 sizes.500" ]
for s in 259 500 1000 2000; do
	n=$(vocabulary sizes.$s)
	check "several sizes: $s has that size, or a little less" [ "$n" -le $s -a "$n" -gt $((s - s / 20)) ]
done
same "several sizes: the largest is as it is alone" sizes.2000 model
check "the smallest vocabulary has 256 pieces" [ "$("$BP" inspect --vocab sizes.259 | wc -l)" = 256 ]
run train -q -o sizes-7 -j 7 --vocab-size 2000,1000,500,259 all
for s in 259 500 1000 2000; do
	same "several sizes: neither their order nor threads make a difference for $s" sizes-7.$s sizes.$s
done
run train -o said --vocab-size 300,400 all
check "several sizes: the summary tells each" [ "$(grep -c 'bytes per token' "$T/err")" = 2 ]
run train -o - --vocab-size 300,400 all
fails "several sizes to standard output" 2 '-o - and several sizes exclude each other'
trains "the default size" all
check "the default size is more than 2000" [ "$(vocabulary out)" -gt 2000 ]
trains "one size after another on the command line" --vocab-size 300 --vocab-size 2000 all
same "of two --vocab-size the last holds" out model

# Next to nothing.
model </dev/null >bytes
: >empty
printf a >a
printf '\n' >newline
for mode in '' '-z --newlines end' '--whole --newlines end' --reference '--isolate-digits' \
	'--ensure-unicode no' '--reference --order 1' '--reference --order 7' \
	'--min-count 1'; do
	trains "no input${mode:+ with $mode}" --allow-empty $mode empty
	same "no input${mode:+ with $mode} gives the 256 bytes with count 1" out bytes
	trains "one byte${mode:+ with $mode}" $mode a
	same "one byte${mode:+ with $mode} gives the same" out bytes
done
trains "a newline" --allow-empty newline
same "an empty line gives the same" out bytes
trains "a newline with --whole" --allow-empty --whole --newlines end newline
same "a newline as a text gives the same" out bytes
printf 'aaa\nab' >aaa
sed '/"YQ=="/,/]/s/ 1$/ 4/' bytes >expected
trains "five bytes" --min-count 9 --vocab-size 300 aaa
same "a model of a few bytes counts them" out expected
run train --allow-empty -o out empty
check "no input is summed up" like '0 B|0 bytes' "$T/err"
noise 30000 >noise
for j in 1 2 7; do
	trains "bytes of all values -j $j" -j $j --vocab-size 600 noise
	[ $j = 1 ] && mv out one && continue
	same "bytes of all values: -j $j writes the same model as -j 1" out one
done
"$BP" encode -m one noise | "$BP" decode -m one >nfc
"$BP" encode -m one nfc | "$BP" decode -m one >out
same "bytes of all values come back" out nfc
n=500000
is_sanitized && n=50000
head -c $n /dev/zero | tr '\0' a >long
trains "a long line of one letter" --vocab-size 300 long
"$BP" encode -m out long | "$BP" decode -m out >back
same "a long line comes back" back long
head -c $n /dev/zero | tr '\0' '\n' >newlines
trains "a great many newlines with --whole" --whole newlines
"$BP" encode --whole -m out newlines | "$BP" decode --whole -m out >back
same "a great many newlines come back" back newlines

# Options.
check "there are pieces of more than 5 bytes" has_some model 'len > 5'
trains "--max-piece-length 5" --max-piece-length 5 --vocab-size 2000 all
check "--max-piece-length 5: no piece is longer" has_none out 'len > 5'
check "--max-piece-length 5: some are as long" has_some out 'len == 5'
trains "--max-piece-length 1" --max-piece-length 1 --vocab-size 2000 all
check "--max-piece-length 1: there are only bytes" has_none out 'len > 1'
check "--reference: there are pieces with a count below 10" has_some reference 'count < 10'
trains "--min-count 10" --reference --min-count 10 --vocab-size 2000 all
check "--reference --min-count 10: no piece is rarer" has_none out 'count < 10'
check "--reference --min-count 10: there are pieces" has_some out 'len > 1'
check "there are pieces with digits and more" has_some model 'bytes ~ /[0-9]/'
{
	cat all
	for i in 1 2 3 4 5 6 7 8 9; do
		printf 'in 1984 \331\243\331\244\331\245 \357\274\221\357\274\222\n'
	done
} >digits
trains "without --isolate-digits" --vocab-size 3000 --min-count 5 digits
check "without --isolate-digits: there are pieces with several Arabic digits" has_some out 'text ~ /\331.\331/'
trains "--isolate-digits" --isolate-digits --vocab-size 3000 --min-count 5 digits
check "--isolate-digits: no piece has a digit and more" has_none out 'bytes ~ /[0-9]/'
check "--isolate-digits: no piece has an Arabic digit and more" has_none out \
	'text ~ /\331[\240-\251]/ && len > 2'
check "--isolate-digits: no piece has a fullwidth digit and more" has_none out \
	'text ~ /\357\274[\220-\231]/ && len > 3'
check "--isolate-digits: there are pieces still" has_some out 'len > 5'
mv out single
trains "--digits single" --digits single --vocab-size 3000 --min-count 5 digits
same "--digits single is --isolate-digits" out single
trains "--digits any" --digits any --vocab-size 2000 all
same "--digits any is the default" out model
for more in '' --reference; do
	trains "--digits upto3 $more" --digits upto3 $more --vocab-size 3000 --min-count 5 digits
	check "--digits upto3 $more: a piece with a digit is one to three" has_none out \
		'bytes ~ /[0-9]/ && bytes !~ /^[0-9][0-9]?[0-9]?$/'
	check "--digits upto3 $more: so it is of other scripts" has_none out \
		'text ~ /\331[\240-\251]/ && text !~ /^(\331[\240-\251])(\331[\240-\251])?(\331[\240-\251])?$/'
	check "--digits upto3 $more: there are pieces of three digits" has_some out 'bytes ~ /^[0-9][0-9][0-9]$/'
	check "--digits upto3 $more: and of three Arabic ones" has_some out \
		'text ~ /^\331[\240-\251]\331[\240-\251]\331[\240-\251]$/'
	check "some pieces join letters and punctuation" has_some out 'text ~ /[a-z]/ && text ~ /[,.()]/'
	trains "--punctuation apart $more" --punctuation apart $more --vocab-size 3000 --min-count 5 digits
	check "--punctuation apart $more: no piece joins letters and punctuation" has_none out \
		'text ~ /[0-9A-Za-z\343-\355]/ && text ~ /[-!"#$%&(-\/:-@[-`{-~]/ && text !~ /\\/'
	check "--punctuation apart $more: it may begin with a space" has_some out 'text ~ /^\\x20[a-z]+$/'
done
trains "--punctuation any" --punctuation any --vocab-size 2000 all
same "--punctuation any is the default" out model
cp model out
run train -o out --isolate-digits --digits any all
fails "--isolate-digits --digits any" 2 '--isolate-digits is a name of --digits single'
run train -o out --digits 3 all
fails "--digits 3" 2 'digits'
same "wrong usage leaves the old model" out model
check "pieces do not begin inside a character" has_none model 'text ~ /^\\x[89AB]/'
trains "--ensure-unicode no" --ensure-unicode no --vocab-size 2000 all
check "--ensure-unicode no: some pieces do" has_some out 'text ~ /^\\x[89AB]/'
trains "--ensure-unicode yes" --ensure-unicode yes --vocab-size 2000 all
check "--ensure-unicode yes: no piece is a beginning of a character" \
	has_none out 'text ~ /^\\xE[0-9A-F]\\x[89AB][0-9A-F]$/'
printf '\344\270\217' >rare		# U+4E0F
check "--ensure-unicode yes: a character that the text lacks is three tokens" \
	[ "$("$BP" encode -m out rare | wc -w)" = 3 ]
for how in begin begin-all; do
	trains "--ensure-unicode $how" --ensure-unicode $how --vocab-size 2000 all
	check "--ensure-unicode $how: no piece begins inside a character" has_none out 'text ~ /^\\x[89AB]/'
	check "--ensure-unicode $how: some are beginnings of characters" has_some out \
		'text ~ /^\\xE[0-9A-F]\\x[89AB][0-9A-F]$/'
	check "--ensure-unicode $how: a character that the text lacks is two tokens" \
		[ "$("$BP" encode -m out rare | wc -w)" = 2 ]
	[ $how = begin-all ] || same "--ensure-unicode $how is the default" out model
done
check "--ensure-unicode begin-all: all pairs are there" \
	[ "$(pieces out 'text ~ /^\\x[E-F][0-9A-F]\\x[89AB][0-9A-F]$/')" -ge 894 ]
# Room for the ten characters alone: one yields to the beginning, of which there would be no use.
for c in 200 201 202 203 204 205 206 207 210 211; do
	for w in a b c d e f g h; do printf "\\351\\261\\$c$w\n"; done
done >leads
trains "characters that begin alike" --vocab-size 269 leads
check "characters that begin alike: their beginning is a piece" has_some out 'text ~ /^\\xE9\\xB1$/'
run train -o out --ensure-unicode begin --reference all
fails "--ensure-unicode begin --reference" 2 '--ensure-unicode begin and --reference exclude'
run train -o out --ensure-unicode begin-all --reference all
fails "--ensure-unicode begin-all --reference" 2 '--ensure-unicode begin-all and --reference exclude'
trains "--reference" --reference --vocab-size 1000 all
mv out reference
trains "--reference --ensure-unicode yes" --reference --ensure-unicode yes --vocab-size 1000 all
same "--reference --ensure-unicode yes is --reference" out reference
run train -o out --ensure-unicode begin-all --vocab-size 1000 all
fails "--ensure-unicode begin-all and a small size" 2 'no room for all that is required'
trains "--min-count 2 and --max-piece-length 36" --min-count 2 --max-piece-length 36 \
	--normalize nfc --vocab-size 2000 all
same "these are the defaults" out model
for n in 1 2 3 4 5 7; do
	trains "--reference --order $n" --reference --order $n --vocab-size 2000 all
	check "--reference --order $n: the model is another" eval '! cmp -s out reference'
	"$BP" encode -m out all | "$BP" decode -m out >back
	same "--reference --order $n: text comes back" back all
done
check "lines hold no newlines" has_none model 'text ~ /\\x0A/'
trains "--whole" --whole --newlines end --vocab-size 2000 all
check "--whole: there are pieces with newlines" has_some out 'text ~ /\\x0A/'
check "--whole: nothing follows a newline in a piece" has_none out \
	'text ~ /\\x0A./ && text !~ /^[^\\]*(\\x[2-9A-F][0-9A-F][^\\]*)*(\\x0A)+$/'
"$BP" encode --whole -m out all | "$BP" decode --whole -m out >back
same "--whole: text comes back" back all

# Normalisation.
for i in 1 2 3 4 5 6 7 8 9; do
	printf 'cafe\314\201 re\314\201sume\314\201 \341\204\222\341\205\241\341\206\253\n'
done >nfd
printf "s/e\314\201/\303\251/g\ns/\341\204\222\341\205\241\341\206\253/\355\225\234/g\n" >compose
sed -f compose nfd >nfc
trains "text in form C" --vocab-size 300 nfc
mv out of-nfc
trains "text in form D" --vocab-size 300 nfd
same "text in form D gives the same model" out of-nfc
"$BP" encode -m out nfd | "$BP" decode -m out >back
same "text in form D comes back in form C" back nfc
run inspect out
check "inspect says nfc" like 'normali[sz]ation.* nfc' "$T/out"
trains "--normalize none" --normalize none --vocab-size 300 nfd
check "--normalize none: the model says so" like '"normalize": *"none"' out
check "--normalize none: pieces hold marks apart" has_some out 'text ~ /e\314\201/'
run inspect out
check "--normalize none: inspect says so" like 'normali[sz]ation.* none' "$T/out"
for mode in '' -z --whole; do
	"$BP" encode $mode -m out nfd | "$BP" decode $mode -m out >back
	same "--normalize none: text in form D comes back${mode:+ with $mode}" back nfd
	"$BP" encode $mode -m out noise | "$BP" decode $mode -m out >back
	same "--normalize none: bytes of all values come back${mode:+ with $mode}" back noise
done

# Where the model goes.
mkdir d
cp model d/out
printf '{"pieces":{ old\n' >old
cp old d/out
cd d || exit 1
run train -q -o out --vocab-size 2000 ../all
same "an existing model is replaced" out ../model
check "nothing lies beside it" holds . out
cp ../old out
run train -q -o out ../all nope
fails "a missing second input" 1 ' nope: No such file or directory$'
same "a missing second input leaves the old model" out ../old
run train -q -o out ../all ..
fails "a folder as second input" 1 ' \.\.: Is a directory$'
run train -q -o out --reference --vocab-size 300 --order 9 ../all
check "wrong usage: exit 2" [ "$status" = 2 ]
same "failures leave the old model" out ../old
check "failures leave nothing beside it" holds . out
check "failures leave nothing in TMPDIR" holds "$TMPDIR"
run train -q -o none/out ../all
fails "-o into a missing folder" 1 ' none/out: cannot create a file in the folder none: No such file or directory$'
if has_host; then
	run train -q -o .. ../all
	fails "-o FOLDER" 1 ' \.\.: [iI]s a directory$'
fi
if [ -c /dev/full ]; then
	run train -q -o /dev/full ../all
	fails "-o /dev/full" 1 ' /dev/full: No space left on device$'
fi
run train -q -o /dev/null --vocab-size 300 ../all
check "-o /dev/null: exit 0" [ "$status" = 0 ]
check "-o /dev/null leaves the device" [ -c /dev/null ]
mkdir out.300
run train -q -o out --vocab-size 300,400 ../all
fails "-o FILE where FILE.SIZE is a folder" 1 ' out\.300: [iI]s a directory$'
check "-o FILE where FILE.SIZE is a folder: no temporaries are left" \
	[ "$(ls -A | grep -vx -e out -e out.300 -e out.400)" = "" ]
rmdir out.300
cp ../all text
run train -q -o text --vocab-size 2000 text
fails "the model must not replace its input" 2 "text: is an input"
same "then the input stays" text ../all
if has_host; then
	ln -s text link
	run train --force -q -o link --vocab-size 300 ../all
	check "-o LINK: the link stays a link" [ -h link ]
	run inspect text
	check "-o LINK: the model is written where it points" like ' 300 ' "$T/out"
fi

# TMPDIR that does not exist, for what comes through a pipe.
cat ../all | TMPDIR=/nonexistent "$BP" train -q -o out --vocab-size 2000 2>"$T/err"
status=$?
check "a missing TMPDIR is no fault, or one that is told" \
	eval '{ [ $status = 0 ] && cmp -s out ../model; } || { [ $status = 1 ] && [ -s "$T/err" ]; }'

finish
