# JSON lines: --jsonl of all commands that read texts gives what -z gives for the strings.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{
	piece 900 'th'
	piece 900 'the'
	piece 900 ' the'
} | model >m
without_normalization <m >none

# Texts that end with NUL, as lines of JSON: letters of a text are escaped here and there.
to_json()
{
	od -An -v -tu1 | awk -v seed="${1-1}" '
	function start() { printf NR % 3 ? "{\"id\":%d,\"text\":\"" : "{\"m\":{\"text\":[%d]},\"text\":\"", ++n }
	BEGIN { srand(seed) }
	{
		for (i = 1; i <= NF; i++) {
			if (!open) { start(); open = 1 }
			if ($i == 0) { print "\"}"; open = 0 }
			else if ($i == 10) printf "\\n"
			else if ($i < 32 || $i == 34 || $i == 92 || ($i < 127 && rand() < 0.05))
				printf "\\u%04x", $i
			else printf "%c", $i
		}
	}'
}
noise 30000 | tr '\377\000' 'ab' >noise
{
	printf 'the other\nthe end\000\000\n\n\000e\000\314\201\000a\303\000\251\000'
	i=0
	while [ $i -lt 3000 ]; do
		printf 'the %d. thing\nother' $i
		[ $((i % 3)) = 0 ] || printf '\000'
		[ $((i % 50)) != 0 ] || printf '\n\n\000\000'
		i=$((i + 1))
	done
	printf '\000'
	cat noise noise noise noise noise noise noise noise noise noise
	printf '\000'
} >texts
to_json <texts >texts.jsonl
sed 's/"text":"/"body":"/' texts.jsonl >body.jsonl
check "the lines hold all texts" [ "$(wc -l <texts.jsonl)" = "$(tr -cd '\0' <texts | wc -c)" ]

for model in m none; do
	for options in '' '-j 1' '-j 4' '-f pieces' '-f u16' '-f u32 --bos --eos' '-f json' \
		'-f json --specials --eos' '--nbest 2' --open --flush '--sample 0.5 --seed 3' \
		'--sample 0.5 --sampler viterbi' '--specials --sample 1'; do
		"$BP" encode -m $model $options -z texts texts >want
		run encode -m $model $options --jsonl texts.jsonl texts.jsonl
		same "encode --jsonl $options with $model: as -z" "$T/out" want
	done
	run encode -m $model --jsonl=body body.jsonl
	"$BP" encode -m $model -z texts >want
	same "--jsonl=FIELD takes the texts from another member" "$T/out" want
	"$BP" encode -m $model --jsonl <texts.jsonl >"$T/out"
	same "JSON lines from standard input" "$T/out" want
	cat texts.jsonl | "$BP" encode -m $model --jsonl --flush - >"$T/out"
	same "JSON lines from a pipe with --flush" "$T/out" want
	"$BP" eval -m $model -z -f json texts | sed 's/, "encoding_rate.*//' >want
	"$BP" eval -m $model --jsonl -f json texts.jsonl | sed 's/, "encoding_rate.*//' >got
	same "eval --jsonl with $model: as -z" got want
	"$BP" view -q -m $model -z --color=always texts >want
	"$BP" view -q -m $model --jsonl --color=always texts.jsonl >got
	same "view --jsonl with $model: as -z" got want
done
no_names() { sed '/"leftOut"/d; s/"name":"[0-9a-f]*"/"name":""/'; }
for options in '--max-texts 3' '--max-bytes 12' '--max-bytes 20' '--sample 0.3' '--nbest 2' '-f html'; do
	"$BP" view -q -m m -z $options texts | no_names >want
	"$BP" view -q -m m --jsonl $options texts.jsonl | no_names >got
	same "view --jsonl $options: as -z" got want
done

# Training.
rm -f want got
head -c 60000 texts.jsonl | sed '$d' >part.jsonl
n=$(wc -l <part.jsonl)
tr '\n\0' '\0\n' <texts | head -n "$n" | tr '\n\0' '\0\n' >part
for options in '' '-j 1' '--normalize none' '--reference --order 3' '--memory 300M' '--resume r'; do
	"$BP" train -q --vocab-size 400 $options -z -o want part
	rm -rf r
	run train -q --vocab-size 400 $options --jsonl -o got part.jsonl
	same "train --jsonl $options: as -z" got want
done
"$BP" train -q --vocab-size 400 -z -o want part
"$BP" train -q --vocab-size 400 --jsonl -o got - <part.jsonl
same "train --jsonl of standard input" got want
rm -rf r
"$BP" train -q --vocab-size 400 --resume r --jsonl -o got part.jsonl
run train -q --vocab-size 400 --resume r --jsonl=body -o got part.jsonl
check "the resume folder of another member is refused" [ "$status" != 0 ]
sed "$((n / 2))q" part.jsonl >first
sed "1,$((n / 2))d" part.jsonl >second
"$BP" train -q --vocab-size 400 --jsonl -o want first second
plan= step=1
while :; do
	for i in first second; do
		"$BP" count --jsonl ${plan:+--plan $plan} -o $i.counts $i || break 2
	done
	rm -f next
	"$BP" build -q --vocab-size 400 ${plan:+--plan $plan} --next next -o got first.counts second.counts ||
		break
	[ -f next ] || break
	mv next plan
	plan=plan
done
same "count --jsonl of parts, and build: the model of train" got want

# Lines that are no texts.
printf '{"text":"the"}\n\n \r\n{"text":["the"]}\n{"text":"a"}\r\n{"txt":"b"}\n{"text":"\\ud800"}\n{"text":"c"' >bad
printf '{"text":"the"}\n{"text":"a"}' >good
run encode -m m --jsonl -o out good bad
fails "a line without the member fails with file and line" 1 'bad: line 4: no string with the name "text"'
check "and no output" [ ! -e out ]
for c in encode eval view; do
	run $c -m m --jsonl bad
	check "$c: exit 1" [ "$status" = 1 ]
	check "$c: names file and line" like "^bytepiece: $c: bad: line 4: " "$T/err"
	run $c -m m --jsonl --skip-bad bad
	check "$c --skip-bad: exit 0" [ "$status" = 0 ]
	check "$c --skip-bad: the number at the end" \
		like "^bytepiece: $c: 4 lines skipped; the first: bad: line 4: no string" "$T/err"
	run $c -m m --jsonl --skip-bad -q bad
	check "$c --skip-bad -q: no message" is_empty "$T/err"
done
run encode -m m --jsonl --skip-bad bad
check "--skip-bad: the other lines" [ "$(tr '\n' , <"$T/out")" = 260,100, ]
run encode -m m --jsonl --skip-bad good bad bad
check "--skip-bad: of all files" like '^bytepiece: encode: 8 lines skipped' "$T/err"
sed 4q bad | cat - part.jsonl >bad2
for c in train count; do
	run $c --jsonl -o out bad2
	fails "$c: names file and line" 1 'bad2: line 4: no string'
	check "$c: no output file" [ ! -e out ]
	run $c --jsonl --skip-bad -o out bad2
	check "$c --skip-bad: one line, once" like "^bytepiece: $c: 1 line skipped; the first" "$T/err"
	rm -f out
done
printf '{"text":"a"}\n{"text":"a\tb"}\n' >tab
run encode -m m --jsonl tab
fails "a damaged line fails with its place" 1 'tab: line 2, byte 11: damaged JSON: a control character'
printf '{"text":"a\377"}\n' >ff
run encode -m m --jsonl ff
fails "the byte FF is refused" 1 'ff: line 1, byte 11: damaged JSON: a byte FF'
run encode -m m --jsonl m
check "a file that is no JSON lines fails" [ "$status" = 1 ]

for c in encode eval view; do
	run $c -m m --jsonl -z good
	fails "$c: --jsonl and -z exclude each other" 2 '--jsonl and -z'
	run $c -m m --whole --jsonl=text good
	fails "$c: --jsonl and --whole exclude each other" 2 '--jsonl and --whole'
	run $c -m m --skip-bad good
	fails "$c: --skip-bad needs --jsonl" 2 '--skip-bad needs --jsonl'
	run $c --help
	check "$c --help tells the form of --jsonl" like '--jsonl\[=FIELD\]' "$T/out"
done
run decode -m m --jsonl good
fails "decode has no JSON lines" 2 'unknown option'
printf '{"":"the","--":"a"}\n' >names
run encode -m m --jsonl= names
gives "a member with an empty name" '260\n'
run encode -m m --jsonl=-- names
gives "a member with another name" '100\n'
run encode -m m --jsonl good
gives "the word behind --jsonl is a file" '260\n100\n'

# Against Python: the lines that it accepts, and their strings.
if command -v python3 >/dev/null; then
	python3 - >expected <<'END'
import json, random, sys
rng = random.Random(7)
letters = ['a', 'the', ' ', '\n', '"', '\\', '/', '\t', '\x01', '\x7f', '\u00e9', '\u20ac',
           '\u4e2d', '\U0001f600', '\U0010ffff', '\uffff', '\ud7ff', '\ue000']
def string(n): return ''.join(rng.choice(letters) for _ in range(rng.randrange(n)))
def value(depth):
    k = rng.randrange(8 if depth else 6)
    if k < 6:
        return [None, True, -0.5, 10 ** 20, string(8), float('nan')][k]
    if k == 6:
        return [value(depth - 1) for _ in range(rng.randrange(3))]
    return {string(4): value(depth - 1) for _ in range(rng.randrange(3))}
def member(d, name, v):
    return '%s%s: %s' % (' ' * rng.randrange(2), json.dumps(name, ensure_ascii=rng.random() < .5),
                         json.dumps(v, ensure_ascii=rng.random() < .5, indent=None))
lines, texts = [], []
for i in range(6000):
    members = [member(0, string(4), value(3)) for _ in range(rng.randrange(3))]
    members += [member(0, 'text', string(30) if rng.random() < .9 else value(2))
                for _ in range(rng.choice([0, 1, 1, 1, 1, 2]))]
    rng.shuffle(members)
    line = '{' + ','.join(members) + '}' + ' ' * rng.randrange(2)
    if rng.random() < .6:      # damage it, with bytes that matter
        for _ in range(rng.randrange(1, 3)):
            at, n = rng.randrange(len(line)), rng.randrange(3)
            line = line[:at] + ''.join(rng.choice('{}[]",:\\ue0d81-+.E truN\t') for _ in range(n)) + \
                line[at + rng.randrange(3):]
    if '\n' in line or '\udcff' in line:
        continue
    lines.append(line)
    try:
        v = json.loads(line)
        t = v['text'] if isinstance(v, dict) else None
        if isinstance(t, str):
            texts.append(t.encode())
    except (ValueError, KeyError):
        pass
open('lines.jsonl', 'wb').write(b''.join(s.encode() + b'\n' for s in lines))
sys.stdout.buffer.write(b''.join(t + b'\0' for t in texts))
END
	"$BP" encode -q -m none --jsonl --skip-bad lines.jsonl >ids
	"$BP" decode -m none -z ids >got
	check "Python accepts many of the lines" [ "$(wc -l <ids)" -gt 2000 ]
	same "the lines and strings that Python's json accepts" got expected
else
	skip "the lines and strings that Python's json accepts" "python3 is missing"
fi
finish
