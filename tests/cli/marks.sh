# encode --bos, --eos: a token before and after each text, wherever the text is cut for the work.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; piece 20 'aaaaaaaa'; } | model >m
the=260

# FACT TEXT IDS OPTIONS...: the text (a format of printf) gives these ids, and they give it back.
marked()
{
	fact=$1 text=$2 ids=$3
	shift 3
	printf "$text" >text
	run encode -m m "$@" text
	gives "$fact" "$ids"
	records=
	for o; do case $o in -z | --whole) records=$o ;; esac; done
	run decode -m m $records "$T/expected"
	gives "$fact: and back" "$text"
}
marked "--bos" 'ab\nthe\n' "1 100 101\n1 $the\n" --bos
marked "--eos" 'ab\nthe\n' "100 101 2\n$the 2\n" --eos
marked "both" 'ab\nthe\n' "1 100 101 2\n1 $the 2\n" --bos --eos
marked "an empty line" '\n' '1 2\n' --bos --eos
marked "empty lines between others" '\na\n\n\nb\n\n' '1 2\n1 100 2\n1 2\n1 2\n1 101 2\n1 2\n' --bos --eos
marked "--bos: an empty line" '\n' '1\n' --bos
marked "--eos: an empty line" '\n' '2\n' --eos
marked "no line" '' '' --bos --eos
marked "a last line without newline" 'a\nb' '1 100 2\n1 101 2' --bos --eos
marked "-z: a text with newlines" 'a\n\nb\000\000c\n\000' '1 100 13 13 101 2\n1 2\n1 102 13 2\n' \
	-z --bos --eos
marked "-z: a last text without NUL" 'a\000\nb\n' '1 100 2\n1 13 101 13 2' -z --bos --eos
marked "--whole" 'a\nb\n' '1 100 13 101 13 2\n' --whole --bos --eos
marked "--whole: nothing" '' '1 2\n' --whole --bos --eos
printf 'a\nb' >ab
printf 'c\n' >c
: >empty
run encode --bos --eos -m m ab c empty ab
gives "several files" '1 100 2\n1 101 2\n1 102 2\n1 100 2\n1 101 2'
run encode --whole --bos --eos -m m ab empty c
gives "--whole: several files" '1 100 13 101 2\n1 2\n1 102 13 2\n'
run encode -f pieces --bos --eos -m m ab
gives "-f pieces: their names" '<bos> a <eos>\n<bos> b <eos>'
run encode -f json --bos --eos -m m ab
gives "-f json: empty places at the ends" '{"ids": [1, 100, 2], "pieces": ["<bos>", "a", "<eos>"], "offsets": [[0, 0], [0, 1], [1, 1]]}
{"ids": [1, 101, 2], "pieces": ["<bos>", "b", "<eos>"], "offsets": [[0, 0], [0, 1], [1, 1]]}\n'
printf '\ne\314\201\n' >json
run encode -f json --eos -m m json
check "-f json: an empty text" [ "$(head -n 1 "$T/out")" = \
	'{"ids": [2], "pieces": ["<eos>"], "offsets": [[0, 0]]}' ]
check "-f json: the end is one of the input" like '\[0, 3\], \[3, 3\]\]}$' "$T/out"
run encode --whole -f u16 --bos --eos -m m c
gives "-f u16" '\001\000\146\000\015\000\002\000'
run encode -f u32 --bos --eos -m m c
gives "-f u32" '\001\000\000\000\146\000\000\000\002\000\000\000'
run encode --nbest 2 -m m --bos --eos c
check "--nbest: each way has them" like '^-[0-9.]*	1 102 2$' "$T/out"
run encode --open -f pieces -m m --bos c
gives "--open --bos" '<bos>\tc\n'
run encode --open -m m --eos c
fails "--open --eos" 2 "--open and --eos exclude each other"

# Texts that are cut for the work anywhere: the ids are those without, and the marks at the ends.
noise 150000 >noise
head -c 300001 /dev/zero | tr '\0' a >as
head -c 300000 /dev/zero | tr '\0' '\n' >newlines
head -c 262144 noise | tr '\n' x >full
cat "$ROOT"/data/*.txt >prose
tr -d '\n' <prose >line
cat line line line >long
{ cat long; echo; } >ended
head -c 131071 long >chunk
{ cat chunk; printf '\n'; cat chunk; printf '\n\n'; } >chunks
{ cat as newlines prose noise long; printf '\nthe end'; } >mixture
tr '\n' '\000' <prose >nuls
# OPTIONS...: sets $with and $without, files of ids.
twice()
{
	"$BP" encode -m m "$@" >without
	"$BP" encode -m m --bos --eos "$@" >with
}
for f in prose long ended chunks as newlines noise mixture nuls; do
	for mode in '' -z --whole; do
		twice $mode $f
		sed 's/.*/1 & 2/; s/  / /' without >expected
		same "$f${mode:+ with $mode}: the ids of each text between marks" with expected
		for j in 1 2 7; do
			"$BP" encode -m m -j $j --bos --eos $mode <$f >with-j
			same "$f${mode:+ with $mode}: $j threads" with-j with
		done
	done
done
twice mixture prose empty long chunks
sed 's/.*/1 & 2/; s/  / /' without >expected
same "several files: the ids of each text between marks" with expected
twice --sample 0.3 mixture
sed 's/.*/1 & 2/; s/  / /' without >expected
same "--sample: what is drawn is the same" with expected
twice --flush prose long
sed 's/.*/1 & 2/; s/  / /' without >expected
same "--flush: the ids of each text between marks" with expected
for mode in '' -z --whole; do
	"$BP" encode --bos --eos $mode -m m mixture | "$BP" decode $mode -m m >out
	"$BP" encode $mode -m m mixture | "$BP" decode $mode -m m >expected
	same "decode gives the input back${mode:+ with $mode}" out expected
	{ "$BP" encode --bos --eos $mode -m m mixture; echo; } | tr -s ' \n' '\n\n' >expected
	for f in u16 u32; do
		case $f in u16) n=2 ;; *) n=4 ;; esac
		"$BP" encode -f $f --bos --eos $mode -m m mixture | od -An -v -t u$n | tr -s ' \n' '\n\n' |
			sed '/^$/d' >out
		same "-f $f${mode:+ with $mode}: the same ids" out expected
	done
done

finish
