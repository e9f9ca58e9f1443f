# encode of little text, of which only what it can hold of the vocabulary is made ready: all is as if
# the whole were, as it is with -v, for several files, and for more text.
. tests/cli/lib.sh

seal=$(cd "${BUILD:-/nonexistent}" 2>/dev/null && pwd)/fuzz/seal
shared=$(cd "${BP_SHARED:-/nonexistent}" 2>/dev/null && pwd)
cd "$T/w" || exit 1
# Bytes of text that are little, for a model that is read ready to search with and for one that is not.
READY=$((16 * 1024)) LITTLE=$((128 * 1024))
quick=
[ -z "${BP_QUICK-}" ] || quick=1
is_sanitized && quick=1

# Models: as trained, with special tokens; pieces added behind them, out of their order; without
# normalisation; each in both forms.
# A mark with a letter behind it: at the beginning of a text, but not behind a '>', which it joins.
struck=$(printf '\314\270x')
if ! "$BP" train -q --vocab-size 6000 --piece "$struck" -o trained "$ROOT"/data/*.txt ||
	! "$BP" train -q --vocab-size 3000 --normalize none -o none "$ROOT"/data/*.txt ||
	! "$BP" edit -q -m trained -o ordered --special '<user>' --special '<|bot|>' ||
	! "$BP" edit -q -m ordered -o added --piece ' the lamp' --piece 'q' --piece 'zqj' --piece '\n\n' \
		--special '<end>' --piece 'qz' --piece '<user>'; then
	not_ok "models can be made"
	finish
fi
# MODEL: pieces that are shorter than the one before, or stand behind a special token.
misplaced()
{
	"$BP" inspect --vocab "$1" | awk -F '\t' '
	$3 == 0 { special = 1; next }
	{ gsub(/\\x../, "x", $2); n += special || length($2) < last; last = length($2) }
	END { print n + 0 }'
}
check "in one model pieces are out of order" [ "$(misplaced added)" -ge 4 ]
check "in another they are not" [ "$(misplaced ordered)" = 0 ]
for m in ordered added none; do
	"$BP" convert -q -f binary -o $m.bin $m || not_ok "there is a binary form of $m"
done

# FACT: what the last run gave is what was wanted.
is_wanted()
{
	if [ "$status" != "$wanted" ]; then not_ok "$1" "the exit is not $wanted"
	elif [ -s "$T/err" ] && [ -n "$(message)" ]; then not_ok "$1" "there is a message"
	else same "$1" "$T/out" want; fi
}
# ARGUMENTS...: what the whole vocabulary gives is wanted.
want()
{
	"$BP" encode -v "$@" >want 2>"$T/err"
	wanted=$?
	ran="encode -v $*" status=$wanted
	[ $wanted = 0 ] || not_ok "encode -v $*: exit 0"
}
# COMMAND ARGUMENTS...: encode what the command writes into a pipe.
through()
{
	$1 | { shift; run encode "$@"; echo $status >status; }
	shift
	status=$(cat status) ran="encode $* (through a pipe)"
}
slowly()
{
	half=$(($(wc -c <"$file") / 2))
	head -c $half "$file"
	sleep 0.05
	tail -c +$((half + 1)) "$file"
}
# FACT FILE OPTIONS...: from a file, from standard input, through a pipe.
alike()
{
	fact=$1 file=$2
	shift 2
	want "$@" "$file"
	run encode "$@" "$file"
	is_wanted "$fact"
	run encode "$@" <"$file"
	is_wanted "$fact, standard input"
	through "cat $file" "$@"
	is_wanted "$fact, a pipe"
}
# The same, also through a pipe in two parts, and into a file.
all_alike()
{
	alike "$@"
	shift 2
	through slowly "$@"
	is_wanted "$fact, a slow pipe"
	run encode "$@" -o to "$file"
	cp to "$T/out"
	rm -f to
	is_wanted "$fact, into a file"
}

# Texts of all kinds.
mkdir t
: >t/empty
printf a >t/byte
printf '\377' >t/high
printf '\000' >t/nul
printf '\n' >t/newline
printf '\n\n\n\n\n' >t/newlines
printf 'The keeper lit the lamp.\n' >t/line
printf 'The keeper lit\n\n\nthe lamp' >t/unended
printf '\000the\000\000lamp\n\000\n' >t/nuls
printf 'zqj qz q \n\nthe lamp the lamp <user>the<user>\n' >t/added
printf '<user>the <|bot|><bos>lamp<eo\n<eos><user' >t/names
printf '\300\200\377\303\n\251\355\240\200 \364\220\200\200\360\237\230\nthe \342\202' >t/malformed
# Composed, put in order, made longer, and kept apart by a newline and a NUL.
{
	printf 'Cafe\314\201 e\314\201\314\243 \341\204\222\341\205\241\341\206\253 '
	printf '\342\204\253\357\254\254e\n\314\201e\000\314\201'
} >t/marks
printf '<user>%s <bos>%s\n' "$struck" "$struck" >t/struck
noise 3000 >t/noise
{ head -c 1500 "$ROOT/data/languages.txt"; cat t/*; head -c 1500 "$ROOT/data/prose.zh.txt"; } >all
mv all t
modes='lines -z --whole'
models='ordered ordered.bin added added.bin none none.bin'
[ -z "$quick" ] || models='ordered.bin added none'
for m in $models; do
	for text in t/*; do
		for mode in $modes; do
			[ $mode != lines ] || mode=
			want -m $m $mode $text
			run encode -m $m $mode $text
			is_wanted "$m, ${text#t/}${mode:+ with $mode}"
		done
	done
done
for text in empty nul unended marks all; do
	all_alike "$text, JSON" t/$text -m ordered
	all_alike "$text, binary" t/$text -m ordered.bin --whole
done
for m in ordered ordered.bin added none; do
	for options in '' --bos '-z -f u32' '--whole --eos'; do
		for text in names struck; do
			want -m $m --specials $options t/$text
			run encode -m $m --specials $options t/$text
			is_wanted "$m, $text with --specials $options"
		done
	done
done
"$BP" encode -m none.bin --whole t/all | "$BP" decode -m none.bin --whole >back
same "all comes back without normalisation" back t/all

# Formats and options.
models='ordered ordered.bin added.bin none'
[ -z "$quick" ] || models=ordered.bin
for m in $models; do
	for format in $(formats encode); do
		for options in '' --bos --eos '--bos --eos' --specials '--specials --bos --eos' --flush \
			'-j 1' '-j 4' '-z --eos' '--whole --bos' '-z --specials' '--whole --specials' \
			'-z --flush' '--whole --flush' -q; do
			want -m $m -f $format $options t/all
			run encode -m $m -f $format $options t/all
			is_wanted "$m: -f $format $options"
		done
	done
done

# Several files, and standard input among them.
for m in ordered ordered.bin; do
	for mode in $modes; do
		[ $mode != lines ] || mode=
		what="$m, several files${mode:+ with $mode}"
		want -m $m $mode t/unended t/empty t/marks t/line
		run encode -m $m $mode t/unended t/empty t/marks t/line
		is_wanted "$what"
		run encode -m $m $mode t/unended t/empty - t/line <t/marks
		is_wanted "$what, one of them standard input"
		for files in "t/empty t/all" "t/all t/empty" "t/empty t/empty" "t/line t/line"; do
			want -m $m $mode $files
			run encode -m $m $mode $files
			is_wanted "$what: $files"
		done
	done
	# What a list of files gives is what each gives, here in a line of its own.
	want -m $m --whole t/*
	for text in t/*; do "$BP" encode -m $m --whole $text; done >"$T/out"
	same "$m, several files: each by itself" "$T/out" want
done

# Where little text ends.
cat "$ROOT"/data/*.txt "$ROOT"/data/*.txt >much
pattern() { yes "$(printf "$1")" | tr -d '\n'; }
# KIND BYTES
text()
{
	case $1 in
	lines) cat much ;;
	line) tr '\n' ' ' <much ;;
	nuls) tr '\n' '\000' <much ;;
	newlines) tr -c '\n' '\n' <much ;;
	letter) tr -c a a <much ;;
	marks) pattern 'e\314\201\314\243\357\254\254 \341\204\222\341\205\241' ;;
	noise) cat noise noise ;;
	esac 2>/dev/null | head -c "$2"
}
noise 100000 >noise
kinds='lines line nuls marks newlines letter noise'
[ -z "$quick" ] || kinds='lines line marks'
for kind in $kinds; do
	for size in $READY $LITTLE; do
		for more in -1 0 1; do
			text $kind $((size + more)) >in
			check "$kind, $size $more: there are as many bytes" \
				[ "$(wc -c <in)" = $((size + more)) ]
			for m in ordered ordered.bin; do
				what="$m, $kind, $size $more"
				if [ $kind = lines ] || [ $kind = line ]; then
					alike "$what" in -m $m
					continue
				fi
				mode=
				[ $kind != nuls ] || mode=-z
				want -m $m $mode in
				run encode -m $m $mode in
				is_wanted "$what"
				want -m $m --whole in
				run encode -m $m --whole -j 4 <in
				is_wanted "$what, --whole, standard input"
			done
			want -m added.bin -f u32 in
			run encode -m added.bin -f u32 in
			is_wanted "added.bin, $kind, $size $more"
		done
	done
done

# With a binary model whose automaton is wrong it is seen which texts need no automaton: these tests
# are of what they are meant to be.
binary="little text does without the automaton of a binary model"
if [ -x "$seal" ]; then
	"$BP" convert -q -f binary -o wrong trained
	printf '\377\377\377\377\377\377\377\377' | dd of=wrong bs=1 seek=48 conv=notrunc 2>/dev/null
	"$seal" wrong
	text lines $READY >in
	want -m trained in
	run encode -m wrong in
	is_wanted "$binary"
	run encode -m wrong <in
	is_wanted "$binary, standard input"
	run encode -v -m wrong in
	check "$binary, but with -v" [ "$status" = 1 ]
	text lines $((READY + 1)) >in
	run encode -m wrong -o to in
	fails "more text does not" 1 ' wrong: byte [0-9]+: '
	run encode -m wrong -o to <in
	fails "more text does not, standard input" 1 ' wrong: byte [0-9]+: '
	run encode -m wrong -o to in in
	fails "two files do not" 1 ' wrong: byte [0-9]+: '
	check "then nothing is written" [ ! -e to ]
else
	skip "$binary" "BUILD has no fuzz/seal"
fi

# Much text through a pipe, of which only the beginning is there at first; and what comes behind that
# has other pieces.
n=4000000
[ -z "$quick" ] || n=1000000
while [ "$(wc -c <much)" -lt $n ]; do cat much much >more; mv more much; done
yes '0 1 2 3 4 5 6 7' 2>/dev/null | head -c $((LITTLE + 5000)) >digits
{ cat digits; head -c $n much; } >lines
tr '\n' ' ' <lines >line
tr '\n' '\000' <lines >nuls
{
	printf 'short\n'
	head -c $((n / 3)) line
	printf '\n\nshort\n'
	head -c $((n / 3)) line
} >both
# In a run of one letter nothing is certain before its end.
{ cat digits; printf 'the lamp '; tr -c a a <line | head -c $((n / 5)); printf '\nshort\n'; } >run
in_parts()
{
	head -c 1000 "$file"
	sleep 0.05
	tail -c +1001 "$file"
}
for m in ordered ordered.bin; do
	for file in lines line both run nuls; do
		case $file in
		nuls) modes=-z ;;
		both) modes='lines -z --whole' ;;
		*) modes='lines --whole' ;;
		esac
		for mode in $modes; do
			what="$m, much text through a pipe, $file with $mode"
			[ $mode != lines ] || mode=
			want -m $m $mode -j 1 $file
			through in_parts -m $m $mode -j 4
			is_wanted "$what, -j 4"
			[ $file = both ] || continue
			through in_parts -m $m $mode -j 1
			is_wanted "$what, -j 1"
		done
	done
	file=both
	for options in '-f pieces' '-f u32' '--bos --eos' --specials --flush; do
		want -m $m $options -j 1 $file
		through in_parts -m $m $options -j 4
		is_wanted "$m, much text through a pipe, $options"
	done
done

# The model on standard input.
for m in ordered ordered.bin added added.bin none.bin; do
	want -m $m t/all
	run encode -m - t/all <$m
	is_wanted "-m -, $m"
	through "cat $m" -m - t/all
	is_wanted "-m -, $m, a pipe"
	want -m $m t/line t/all
	run encode -m - t/line t/all <$m
	is_wanted "-m -, $m, two texts"
	run encode -m - - <$m
	fails "-m -, $m, where the text would be too" 2 'read only once'
done
file=ordered.bin
want -m ordered.bin t/all
through slowly -m - t/all
is_wanted "-m -, a slow pipe"
run encode -m - t/all <t/all
fails "-m -: what is no model" 1 ' standard input: byte [0-9]+: '

# Models that cannot be read, or are none.
head -c 20000 ordered.bin >cut.bin
cp ordered.bin bad.bin
printf '\001' | dd of=bad.bin bs=1 seek=30000 conv=notrunc 2>/dev/null
head -c 20000 ordered >cut
sed 's/"AQ==": \[/"AA==": [/' ordered >twice
check "a model that has a piece twice can be made" [ "$(grep -c '"AA==": \[' twice)" = 2 ]
mkdir folder
echo old >to
for m in nope folder cut.bin bad.bin cut twice t/line t/empty; do
	run encode -m $m t/line
	fails "a model that is none: $m" 1 " $m: "
	run encode -m $m -o to t/line
	fails "a model that is none, -o: $m" 1 " $m: "
	check "then the old file stays: $m" [ "$(cat to)" = old ]
done
awk 'BEGIN { for (i = 0; i < 65300; i++) printf "%c%c%c%c\t%d\n", 97 + i % 26, 97 + int(i / 26) % 26,
	97 + int(i / 676) % 26, 97 + int(i / 17576), 1 + i % 7 }' >words
if "$BP" edit -q -o large words && "$BP" convert -q -f binary -o large.bin large; then
	for m in large large.bin; do
		alike "$m" t/all -m $m
		run encode -m $m -f u16 -o to t/line
		fails "$m: ids that do not fit in two bytes" 2 'too many for the 2 bytes of an id'
	done
else
	not_ok "a large model can be made"
fi
check "then the old file stays" [ "$(cat to)" = old ]

# Input that cannot be read.
cp t/line secret
chmod 000 secret
for m in ordered ordered.bin; do
	run encode -m $m -o to nope
	fails "$m: a missing file" 1 ' nope: No such file or directory$'
	run encode -m $m -o to folder
	fails "$m: a folder" 1 ' folder: Is a directory$'
	run encode -m $m -o to <folder
	fails "$m: a folder as standard input" 1 ' standard input: Is a directory$'
	run encode -m $m -o to t/line nope
	fails "$m: a missing second file" 1 ' nope: No such file or directory$'
	if [ -r secret ]; then
		skip "$m: a file that may not be read" "this user may read everything"
	else
		run encode -m $m -o to secret
		fails "$m: a file that may not be read" 1 ' secret: Permission denied$'
	fi
	check "$m: then the old file stays" [ "$(cat to)" = old ]
done
rm to
run encode -m ordered -o to nope
check "a missing file leaves no new one" [ ! -e to ]

# Output that cannot be written.
if has_host; then
	for m in ordered ordered.bin; do
		run encode -m $m -o nowhere/to t/line
		fails "$m: -o into a missing folder" 1 ' nowhere/to: cannot create a file in the folder nowhere: No such file or directory$'
		run encode -m $m -o folder t/line
		fails "$m: -o FOLDER" 1 ' folder: [iI]s a directory$'
		: >"$T/out"
		"$BP" encode -m $m t/line >&- 2>"$T/err"
		status=$? ran="encode -m $m t/line >&-"
		fails "$m: closed standard output" 1 ' standard output: '
		if [ -c /dev/full ]; then
			run encode -m $m -o /dev/full t/line
			fails "$m: -o /dev/full" 1 ' /dev/full: No space left on device$'
			: >"$T/out"
			"$BP" encode -m $m t/line >/dev/full 2>"$T/err"
			status=$? ran="encode -m $m t/line >/dev/full"
			fails "$m: full standard output" 1 ' standard output: No space left on device$'
		else
			skip "$m: full standard output" "there is no /dev/full"
		fi
	done
else
	skip "output that cannot be written" "$no_host"
fi

# Real text and published models.
models=$(ls "$shared"/vectors/models/*.model 2>/dev/null)
[ -z "$quick" ] || models=$(printf '%s\n' "$models" | tail -n 1)
vectors="the reference's ids of few lines"
[ -n "$shared" ] && [ -d "$shared/vectors/ids" ] && [ -n "$models" ] ||
	skip "$vectors" "BP_SHARED has no vectors"
# As many lines as a model that is read ready takes for little text.
few() { awk '(n += length($0) + 1) < '$READY "$1" | wc -l; }
for model in $models; do
	name=${model##*/}
	name=${name%.model}
	"$BP" convert -q -f binary -o $name.bin "$model" || not_ok "there is a binary form of $name"
	for text in "$shared"/vectors/text/*.txt; do
		x=${text##*/}
		ids=$shared/vectors/ids/$name.${x%.txt}.lines
		lines=$(few "$text")
		head -n "$lines" "$text" >in
		head -n "$lines" "$ids" >want
		wanted=0
		for m in "$model" $name.bin; do
			run encode -m "$m" in
			is_wanted "$vectors: ${m##*/}, $x"
			"$BP" encode -v -m "$m" in >"$T/out" 2>/dev/null
			same "$vectors, with -v: ${m##*/}, $x" "$T/out" want
		done
	done
done

# Slices of all sizes from within real text; a list of files takes the whole vocabulary.
slices="slices of real text"
model=$(printf '%s\n' "$models" | tail -n 1)
[ -d "$shared/corpora" ] || skip "$slices" "BP_SHARED has no corpora"
for text in "$shared"/corpora/*.txt; do
	x=${text##*/}
	models=${model:+$name.bin}
	case $x in
	'*.txt' | LICENCES.txt) continue ;;
	*.train.txt) [ -z "$quick" ] || continue ;;
	*) models="$model $models ordered.bin none.bin" ;;
	esac
	rm -rf s
	mkdir s
	at=1 i=10
	# With the newline behind it, a slice may come to just a limit.
	for size in 1 7 100 5000 $((READY - 2)) $((READY - 1)) 60000 $((LITTLE - 2)); do
		{ tail -c +$at "$text" | head -c $size; echo; } >s/$i
		at=$((at + size * 3 / 2 + 1)) i=$((i + 1))
	done
	for m in $models; do
		modes='lines --whole'
		[ "$m" != "$model" ] || modes=lines
		for mode in $modes; do
			what="$slices: ${m##*/}, $x with $mode"
			[ $mode != lines ] || mode=
			want -m "$m" $mode s/*
			: >got
			for slice in s/*; do
				run encode -m "$m" $mode $slice
				cat "$T/out" >>got
				[ "$status" = 0 ] || not_ok "$what: exit 0"
			done
			same "$what" got want
		done
	done
done
finish
