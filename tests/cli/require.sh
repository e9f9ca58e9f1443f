# train --piece, --special, --extend: what has to be in a vocabulary is in it, however it is trained.
. tests/cli/lib.sh

cd "$T/w" || exit 1
cat "$ROOT"/data/prose.en.txt "$ROOT"/data/dialogue.txt >en
cat "$ROOT"/data/prose.zh.txt >zh
# Words that are to be pieces, each between others every time.
awk 'NF > 4 && n < 40 {
	n++
	$2 = $2 (n % 2 ? " quorvexia" : " New York")
	$4 = "in 1990 " $4 (n % 2 ? " 7 of 1984" : " 1990,")
	print
}' "$ROOT"/data/prose.en.txt >tail
cat tail >>en

# FACT OUT ARGUMENTS...: train -q -o OUT with them succeeds without a word.
trains()
{
	what=$1 out=$2
	shift 2
	run train --force -q -o "$out" "$@"
	if [ "$status" = 0 ] && is_empty "$T/err" && is_empty "$T/out"; then
		ok "$what: trains"
	else
		not_ok "$what: trains with exit 0 and nothing said"
	fi
}
# MODEL PIECE: the line of its vocabulary of this piece, or name, as inspect writes it.
line() { "$BP" inspect --vocab "$1" | awk -F '\t' -v s="$(printf %s "$2" | sed 's/\\/\\\\/g')" '$2 == s'; }
id() { line "$1" "$2" | cut -f 1; }
count() { line "$1" "$2" | cut -f 3; }
size() { "$BP" inspect "$1" | sed -n 's/^vocabulary[^0-9]*\([0-9]*\).*/\1/p'; }
# MODEL: its ids and pieces.
ids() { "$BP" inspect --vocab "$1" | cut -f 1,2; }
# OLD NEW: all that the first has is in the second under the same id.
keeps_ids()
{
	ids "$1" >its.ids
	[ -s its.ids ] && ids "$2" | head -n "$(wc -l <its.ids)" | cmp -s - its.ids
}
# FILE MODEL: decode gives back what encode was given.
round_trip() { "$BP" encode -m "$2" "$1" | "$BP" decode -m "$2" | cmp -s - "$1"; }

# Pieces.
trains "without" plain --vocab-size 900,420 en
trains "--piece" out --vocab-size 900,420 --piece quorvexia --piece 'New\x20York' --piece 'zq never' \
	--piece e --piece 'New York' --across-spaces any en
check "without --piece there is no such piece in the smaller model" [ -z "$(id plain.420 quorvexia)" ]
for n in 900 420; do
	check "--piece: it is in the model of $n" [ -n "$(id out.$n quorvexia)" ]
	check "--piece: its count in the model of $n is that of its uses" [ "$(count out.$n quorvexia)" -ge 15 ]
	check "--piece with an escaped space, model of $n" [ "$(count out.$n 'New\x20York')" = 20 ]
	check "--piece that no text has, model of $n: count 1" [ "$(count out.$n 'zq\x20never')" = 1 ]
	check "--piece: model of $n has the size asked for" [ "$(size out.$n)" = $n ]
	check "--piece: model of $n gives back the text" round_trip en out.$n
done
echo 'a quorvexia' | "$BP" encode -m out.420 -f pieces >got
check "--piece: encode uses it" like '(^| )quorvexia$' got
"$BP" inspect --vocab out.420 | awk -F '\t' '{ print $1 }' >got
awk 'BEGIN { for (i = 0; i < 417; i++) print i + 3 }' >want
same "--piece: each id is there once" got want
trains "--piece of a single byte" got --vocab-size 900 --piece e --piece '\xFF' en
same "--piece of a single byte changes nothing" got plain.900

trains "escapes" got --vocab-size 420 --piece 'a\tb\\c\xE9\n' zh
check "--piece: \\t, \\n, \\\\ and \\xNN are bytes" [ -n "$(id got 'a\x09b\x5Cc\xE9\x0A')" ]
trains "--piece in another normal form" got --vocab-size 420 --piece 'qe\xCC\x81q' zh
check "--piece is normalised" [ -n "$(id got "$(printf 'q\303\251q')")" ]
trains "--piece with --normalize none" got --vocab-size 420 --piece 'qe\xCC\x81q' --normalize none zh
check "--piece is as it stands with --normalize none" [ -n "$(id got "$(printf 'qe\314\201q')")" ]
trains "--piece that cuts a character" got --vocab-size 420 --piece 'stood\xE4' --max-piece-length 4 en
check "--piece may cut a character, and be longer than others" [ -n "$(id got 'stood\xE4')" ]

# Where training cuts, or lets no other piece be.
# Lines are texts: no piece lies across two of them, although blocks hold them one behind the other.
for i in 1 2 3 4 5; do printf 'xab\ncdy\nbc\n'; done >lines
for option in '' --isolate-digits '--punctuation apart'; do
	run train --force -q -o got $option --vocab-size 262 --piece bc lines
	check "--piece $option: at the end of a line: there are 5 uses" [ "$(count got bc)" = 5 ]
	"$BP" inspect --vocab got | tail -n 3 | cut -f 2,3 >its
	printf 'bc\t5\ncdy\t5\nxab\t5\n' >want
	same "--piece $option: at the end of a line: no segment goes on in the next one" its want
done
digits="--vocab-size 900 --isolate-digits --piece 1990 --piece 7\\x20of\\x201984"
trains "--piece with digits" got $digits en
check "--isolate-digits: uses of a piece with digits are counted" [ "$(count got 1990)" = 60 ]
check "--isolate-digits: those of another" [ "$(count got '7\x20of\x201984')" = 20 ]
"$BP" inspect --vocab got | awk -F '\t' '{
	gsub(/\\x[0-9A-F][0-9A-F]/, "?", $2)
	if ($2 ~ /[0-9]/ && length($2) > 1)
		print $2
}' | sort >its.digits
printf '1990\n7?of?1984\n' >want
same "--isolate-digits: there are no other pieces with digits" its.digits want
trains "--piece over a space" got --vocab-size 900 --across-spaces no --piece 'New York' en
check "--across-spaces no: uses of a piece over a space are counted" [ "$(count got 'New\x20York')" = 20 ]
"$BP" inspect --vocab got | awk -F '\t' '$2 ~ /.\\x20./ && $2 !~ /^(\\x20)+$/' | grep -v York >got.spaces
check "--across-spaces no: there are no others over a space" is_empty got.spaces

# Special tokens.
special='--special <|end|> --special <|a\b|>'
trains "--special" out --vocab-size 420 $special --piece quorvexia en
check "--special: it is counted in the size" [ "$(size out)" = 420 ]
"$BP" inspect --vocab out | tail -n 2 | cut -f 1-3 >got
printf '418\t<|end|>\t0\n419\t<|a\\x5Cb|>\t0\n' >want
same "--special: the last ids, in the order given, with count 0" got want
echo 'so <|end|> it is' >said
"$BP" encode -m out said | tr ' ' '\n' >got
check "--special: no text gives it" [ -s got -a -z "$(grep -x 418 got)" ]
check "--special: its name is text as any other" round_trip said out
trains "--special with the bytes of a piece" got --vocab-size 420 --special quorvexia --piece quorvexia en
check "--special with the bytes of a piece: both are there" [ "$(id got quorvexia | wc -l)" = 2 ]

# Extended.
trains "--extend" more --vocab-size 700,620 --extend out --piece 'a new one' --special '<|end|>' --special new zh
for n in 700 620; do
	check "--extend: all ids are kept in the model of $n" keeps_ids out more.$n
	check "--extend: the model of $n has the size asked for" [ "$(size more.$n)" = $n ]
	check "--extend: model of $n: a new special token has the last id" [ "$(id more.$n new)" = $((n - 1)) ]
	check "--extend: model of $n: a special token that was there is there once" [ "$(id more.$n '<|end|>')" = 418 ]
	check "--extend: model of $n has the piece asked for" [ -n "$(id more.$n 'a\x20new\x20one')" ]
	check "--extend: model of $n gives back the text" round_trip zh more.$n
done
"$BP" inspect --vocab more.700 | sed '1,417d; $d' | awk -F '\t' '{
	gsub(/\\x[0-9A-F][0-9A-F]/, "?", $2)
	print length($2) " " $1
}' >got
check "--extend: new pieces are in the order of length" sort -c -n -k 1,1 got
tokens() { "$BP" encode -m "$1" "$2" | wc -w; }
check "--extend: the new text takes far fewer tokens" [ $(($(tokens more.700 zh) * 3)) -lt $(($(tokens out zh) * 2)) ]
check "--extend: the old text takes hardly any more" [ $(($(tokens more.700 en) * 50)) -lt $(($(tokens out en) * 51)) ]
trains "--extend to the same size" got --vocab-size 420 --extend out zh
ids got >got.ids
ids out >out.ids
same "--extend to the same size: nothing is new" got.ids out.ids
trains "--extend what was extended" got --vocab-size 760 --extend more.700 en
check "--extend what was extended: all ids are kept" keeps_ids more.700 got
trains "a model that does not normalize" raw --vocab-size 420 --normalize none en
trains "--extend it" got --vocab-size 500 --extend raw zh
check "--extend: normalisation is that of the model" eval '"$BP" inspect got | grep -q "normalisation *none"'
trains "--extend it, --normalize none" got2 --vocab-size 500 --extend raw --normalize none zh
same "--extend it, --normalize none: the same" got got2
trains "--extend with the published algorithm" got --reference --vocab-size 700 --extend out zh
check "--extend with the published algorithm: all ids are kept" keeps_ids out got
trains "--piece with the published algorithm" got --reference --vocab-size 700,420 --piece 'zq never' --special xq en
for n in 700 420; do
	check "--piece with the published algorithm: in the model of $n" [ "$(count got.$n 'zq\x20never')" = 1 ]
	check "--special with the published algorithm: the last id of $n" [ "$(id got.$n xq)" = $(($(size got.$n) - 1)) ]
done

# The same model from parts, with any memory and threads, and after a kill.
cp zh part1
awk 'NR % 2' en >part2
awk 'NR % 2 == 0' en >part3
# FACT MERGE FORMAT COUNT-OPTIONS: the models of want.SIZE by count and build.
in_parts()
{
	fact=$1 merge=$2 format=$3
	shift 3
	rm -f got* c.* plan next
	plan= step=0
	while [ $step -lt 9 ]; do
		step=$((step + 1))
		for i in 1 2 3; do
			if [ -n "$plan" ]; then
				run count -f $format -o c.$i $plan part$i
			else
				run count -f $format -o c.$i "$@" part$i
			fi
			[ "$status" = 0 ] || not_ok "$fact: count"
		done
		$merge
		run build -q -o got --next next --vocab-size 900,700 $plan all
		[ "$status" = 0 ] || not_ok "$fact: build"
		[ -e next ] || break
		mv next plan
		plan='--plan plan'
	done
	same "$fact: the model" got.900 want.900
	same "$fact: the smaller model" got.700 want.700
}
by_merge() { "$BP" merge -o all c.3 c.1 c.2; }
by_sort() { LC_ALL=C sort -m c.* >all; }
for options in '' --reference '--isolate-digits'; do
	set -- $options --extend out --piece 'New\x20York' --piece '1990 u' --special new --special '<pad2>'
	trains "$options, at once" want --vocab-size 900,700 "$@" part1 part2 part3
	in_parts "$options in parts" by_merge binary "$@"
	[ "$options" = --reference ] || in_parts "$options in parts, as text" by_sort text "$@"
	trains "$options -j 7 --memory" got -j 7 --memory 24M --vocab-size 900,700 "$@" part1 part2 part3
	same "$options -j 7 --memory 24M: the same model" got.900 want.900
	same "$options -j 7 --memory 24M: the same smaller model" got.700 want.700
done

# What the counts tell has to be whole.
set -- --extend out --piece 'New\x20York' --special new
"$BP" count -f text -o all "$@" zh
head -n 1 all | grep -q ' required=' || head -n 1 all >/dev/null
grep -n '^06' all | cut -d : -f 1 >lines
check "counts carry what is required" [ "$(wc -l <lines)" = 419 ]
# FACT FILTER...
spoiled()
{
	fact=$1
	shift
	"$@" all >spoiled
	run build -o got --next next --vocab-size 900 spoiled
	fails "$fact is refused" 1 'spoiled: (damaged|parts are missing)'
}
spoiled "a requirement less" sed '/^06000000ff/d'
spoiled "the last requirement less" sed '$d'
spoiled "no requirement" sed '/^06/d'
spoiled "a requirement counted twice" sed '/^06000000ff/s/1$/2/'
spoiled "another count in it" sed '/^06000000ff/s/^\(.\{27\}\)./\17/'
"$BP" count -f text -o other "$@" --piece more zh
run merge -o got all other
fails "counts of other requirements do not merge" 1 'counted with other settings.*required='

# Killed, and taken up.
if has_host; then
	set -- --vocab-size 900,700 "$@"
	trains "at once" want "$@" zh en
	for place in place fit; do
		rm -rf work
		mkdir work work/$place
		run train -q -o got --resume work "$@" zh en
		[ "$status" = 1 ] || not_ok "left at the $place"
		rmdir work/$place
		run train -q -o got --resume work "$@" --piece 'an other' zh en
		fails "left at the $place, another piece: refused" 1 "now 'piece an.x20other'"
		run train -q -o got --resume work "$@" --special other zh en
		fails "left at the $place, another special token: refused" 1 "now 'special other'"
		run train -q -o got --resume work --vocab-size 900,700 --extend raw --normalize none zh en
		fails "left at the $place, another model: refused" 1 "work: holds work of another training"
		run train -q -o got --resume work -f binary "$@" zh en
		fails "left at the $place, another form: refused" 1 "now 'format binary'"
		trains "left at the $place" got --resume work "$@" zh en
		same "left at the $place: the same model" got.900 want.900
		same "left at the $place: the same smaller model" got.700 want.700
	done
fi

# Wrong usage.
cp plain.420 old
for piece in '' 'a\nb' 'a\qb' 'a\x4' 'a\'; do
	run train -o old --vocab-size 420 --piece "$piece" en
	fails "--piece '$piece' is wrong usage" 2 'piece'
done
for name in '' '<bos>' "$(printf '\377')"; do
	run train -o old --vocab-size 420 --special "$name" en
	fails "--special '$name' is wrong usage" 2 'special token'
done
run train -o old --vocab-size 419 --extend out zh
fails "--extend with a size that is too small is wrong usage" 2 '419 ids has no room'
run train -o old --vocab-size 260,261 --piece ab --piece cd --special e zh
fails "more pieces than there is room for is wrong usage" 2 '260 ids has no room.* 2 pieces and 1 special'
run train -o old --vocab-size 900 --extend out --normalize none zh
fails "--extend with another normalisation is wrong usage" 2 '--normalize none: out has nfc'
run train -o old --vocab-size 900 --extend raw --normalize nfc zh
fails "--extend with the other one too" 2 '--normalize nfc: raw has none'
run train -o old --vocab-size 900 --extend en zh
fails "--extend with what is no model" 1 'en: '
run build -o old --next next --vocab-size 400 all
fails "build with a size that is too small is wrong usage" 2 '400 ids has no room'
same "nothing was written" old plain.420
finish
