# encode --specials, decode --specials: special tokens in text by their names, wherever it is cut.
. tests/cli/lib.sh

cd "$T/w" || exit 1
long=$(head -c 3000 /dev/zero | tr '\0' n)
{ piece 900 'th'; piece 900 "$(printf '\303\251')"; piece 900 'the'; piece 900 ' the'; piece 20 'aaaaaaaa'; } |
	model >plain
# FILE NORMALIZATION: a model with more special tokens, ids 264 to 270.
with_specials()
{
	printf '{"bytepiece": {"version": 1, "normalize": "%s", "specials": [' "$2"
	printf '"<pad>", "<bos>", "<eos>", "<x>", "<xx", "<x>y", "aaaa", "end\\n", "\341\271\251", "<%s>"]}, ' "$long"
	printf '"pieces": '
	cat "$1"
	printf '}'
}
with_specials plain nfc >m
with_specials plain none >none
x=264 xx=265 xy=266 aaaa=267 end=268 s_dots=269 long_id=270
th=259 the_=262	# "the" and " the"

# FACT TEXT IDS OPTIONS...: the text (a format of printf) gives these ids, and they give it back.
finds()
{
	fact=$1 text=$2 ids=$3
	shift 3
	printf "$text" >text
	run encode --specials -m m "$@" text
	gives "$fact" "$ids"
	records=
	for o; do case $o in -z | --whole) records=$o ;; esac; done
	run decode --specials -m m $records "$T/expected"
	gives "$fact: and back" "$text"
}
finds "the three that every model has" 'a<bos>b<eos><pad>\n' '100 1 101 2 0\n'
finds "a token alone" '<bos>\n' '1\n'
finds "others" 'a<x>b\n' "100 $x 101\n"
finds "of those that begin at a place the longest" '<x>y<x><x>yy\n' "$xy $x $xy 124\n"
finds "the leftmost first" '<<x>>\n' "63 $x 65\n"
finds "one that might have gone on" '<xx<x<x\n' "$xx 63 123 63 123\n"
finds "they follow each other without overlap" 'aaaaaaaaaa\n' "$aaaa $aaaa 100 100\n"
finds "a long one" "<$long><${long}n\n" "$long_id 63$(printf '%3001s' '' | sed 's/ / 113/g')\n"
finds "no piece goes over one" 'th<bos>e the\n' "$th 1 104 $the_\n"
finds "a last line without newline" '<bos>a\n<eos>' '1 100\n2'
finds "empty lines" '\n<pad>\n\n' '\n0\n\n'
finds "a newline ends no name" 'end\n<x\n>\n' '104 113 103\n63 123\n65\n'
finds "--whole: a name with a newline" 'an end\n\nend\n' "100 113 35 $end 13 $end\n" --whole
finds "-z: a name with a newline" 'end\n\000e\000nd\n' "$end\n104\n113 103 13" -z
printf '<x>\na<bos>\n\n' >text
run encode --specials --bos --eos -m m text
gives "with --bos and --eos" "1 $x 2\n1 100 1 2\n1 2\n"
printf 'x<bos>e\314\201\n' >nfd
run encode --specials -f json -m m nfd
gives "-f json: what is between is brought into normal form, places are those of the input" \
	'{"ids": [123, 1, 260], "pieces": ["x", "<bos>", "\303\251"], "offsets": [[0, 1], [1, 6], [6, 9]]}\n'
# The letter s with two dots, as a name and in parts.
printf 'a<bos>s\314\243\314\207\341\271\251\n' >mark
run encode --specials -f json -m m mark
sed 's/"pieces.*offsets"/"offsets"/' "$T/out" >out
printf '{"ids": [100, 1, 228, 188, 172, %s], "offsets": [[0, 1], [1, 6], [6, 11], [6, 11], [6, 11], [11, 14]]}\n' \
	$s_dots >expected
same "-f json: they are looked for in the text as it is given" out expected
printf 'a<x>\n' >text
run encode --specials -f pieces -m m text
gives "-f pieces: their names" 'a <x>\n'
run encode --specials -f u16 -m m text
gives "-f u16" 'd\000\010\001'
run decode -m m "$T/w/text"
fails "decode of what is no id" 1 'line 1, position 1'
printf "100 1 $x 101\n" >ids
run decode -m m ids
gives "decode without --specials: nothing for them" 'ab\n'
run decode --specials -m m ids
gives "decode --specials: their names" 'a<bos><x>b\n'
run encode -m m text
gives "without --specials names are text" '100 63 123 65\n'
for with in '--nbest 2' --open; do
	run encode --specials $with -m m text
	fails "$with --specials" 2 "--specials and ${with% *} exclude each other"
done

# Texts made of parts and names: the ids are those of the parts, each a text by itself, with the
# tokens between.  Parts have no names; their lengths put names on what the program reads at a time.
noise 150000 >noise
cat "$ROOT"/data/*.txt >prose
tr -d '\n' <prose >line
head -c 300001 /dev/zero | tr '\0' b >bs
yes ' the' | tr -d '\n' | head -c 300000 >thes
head -c 200000 /dev/zero | tr '\0' '\n' >newlines
: >empty
head -c 131000 line >p0
head -c 131070 thes >p1
head -c 66 bs >p2
printf 'the end' >p3
# PARTS...: makes 'whole' of them, and its ids in 'expected'; marks are put behind it by the caller.
compose()
{
	: >whole
	first=1
	"$BP" encode --whole -m none "$@" >part-ids
	for p; do
		[ -n "$first" ] || printf '<x>y' >>whole
		first=
		cat "$p" >>whole
	done
	awk -v id=$xy '{ line = line (NR > 1 ? " " id : "") (length($0) > 0 ? " " : "") $0 }
		END { sub(/^ /, "", line); printf "%s\n", line }' part-ids >expected
}
# FACT OPTIONS...: any number of threads gives what is expected of 'whole', and it comes back.
composed()
{
	fact=$1
	shift
	for j in 1 2 7; do
		"$BP" encode --specials "$@" -j $j -m none whole >out
		same "$fact: the ids of the parts, $j threads" out expected
	done
	"$BP" encode --specials "$@" -m none <whole >out
	same "$fact: from standard input" out expected
	"$BP" decode --specials "$@" -m none out >back
	same "$fact: and back" back whole
}
compose p0 p2 p3 p1 empty p3 bs p2 empty empty line thes p0
composed "a long text" --whole
printf '\n' >>whole
composed "a long line"
compose prose newlines p0 noise p2 newlines newlines prose thes empty bs
composed "lines, --whole" --whole
printf '\000' >nul
tr '\000' '\001' <noise >no-nuls
compose prose newlines p0 no-nuls p2 newlines newlines prose thes empty bs
cat nul >>whole
composed "lines, -z" -z
# Over the place where a block of 128 KB ends.
n=131060
while [ $n -le 131074 ]; do
	for of in thes bs; do
		head -c $n $of >p
		compose p p3 p
		"$BP" encode --specials --whole -j 2 -m none whole >out
		cmp -s out expected || not_ok "a name behind $n bytes of $of"
	done
	n=$((n + 1))
done
check "names over the end of a block" [ ! -e "$T/failed" ]
{ cat prose; printf 'the <x>y the<eos>\n\n<x>'; cat line; printf '<bos>\n'; cat noise thes; } >mixture
for mode in '' -z --whole; do
	for more in '' '--bos --eos' '--sample 0.3'; do
		"$BP" encode --specials $mode $more -j 1 -m none mixture mixture >ids
		for j in 2 7; do
			"$BP" encode --specials $mode $more -j $j -m none mixture mixture >ids-j
			same "$j threads give the ids of one${mode:+, $mode}${more:+, $more}" ids-j ids
		done
	done
	"$BP" encode --specials $mode --flush -m none <mixture >ids-j
	"$BP" encode --specials $mode -m none mixture >ids
	same "--flush changes nothing${mode:+, $mode}" ids-j ids
	"$BP" decode --specials $mode -m none ids >out
	same "the mixture comes back${mode:+, $mode}" out mixture
	"$BP" encode $mode -m none prose >expected
	"$BP" encode --specials $mode -m none prose >out
	same "text without names is encoded as without the option${mode:+, $mode}" out expected
done
"$BP" encode --specials -f json -m none mixture | sed 's/^{"ids": \[//; s/\].*//; s/,//g' >out
"$BP" encode --specials -m none mixture >expected
echo >>expected	# the last text has no newline
same "-f json: the same ids" out expected
# Draws: equal parts of a line are cut each in its own way.
for i in 1 2 3 4 5 6 7 8; do printf 'the aaaaaaa the<bos>'; done >equal
"$BP" encode --specials --sample 0 -m none equal | sed 's/ 1 /\n/g; s/ 1$//' | sort -u >ways
check "--sample: parts of a line are drawn apart from each other" [ "$(wc -l <ways)" -gt 2 ]

finish
