# --newlines: pieces with newlines at their end, at their beginning or anywhere; the rule is a setting of
# the model, which every command keeps and every way of encoding obeys.
. tests/cli/lib.sh

cd "$T/w" || exit 1
rules='end begin text'
awk 'NR % 40 == 0 { printf "%s%c", $0, 0; next } { print }' "$ROOT"/data/code.txt "$ROOT"/data/prose.en.txt \
	"$ROOT"/data/dialogue.txt >docs
awk 'NR % 7 == 0 { printf "%s%c", $0, 0; next } { print }' "$ROOT"/data/languages.txt >other
tr '\000' '\n' <docs >lines
few='-q --vocab-size 1500'

for rule in $rules; do
	"$BP" train $few -z --newlines $rule -o $rule docs other || not_ok "train --newlines $rule"
	"$BP" inspect --vocab $rule | cut -f 2 >vocab.$rule
done
# NAME PATTERN: pieces of that vocabulary.
pieces() { grep -cE -- "$2" "vocab.$1"; }
after='\\x0A([^\\]|\\x[1-9A-F]|\\x0[^A])'	# another byte behind a newline, or before one
before='([^A]|[^0]A|[^x]0A)\\x0A'
check "end: newlines at the end of pieces, nowhere else" \
	eval '[ $(pieces end "$after") = 0 ] && [ $(pieces end "$before") -gt 5 ]'
check "begin: newlines at the beginning of pieces, nowhere else" \
	eval '[ $(pieces begin "$before") = 0 ] && [ $(pieces begin "$after") -gt 5 ]'
check "text: newlines anywhere in pieces" \
	eval '[ $(pieces text "$before") -gt 5 ] && [ $(pieces text "$after") -gt 5 ]'

# The default.
same_rule() { [ "$("$BP" inspect "$1" | sed -n 's/^newlines  *//p')" = "$2" ]; }
"$BP" train $few -z -o model docs other
same "-z: text is the default" model text
"$BP" train $few --whole -o model lines
check "--whole: text is the default" same_rule model text
printf '{"text": "one\\ntwo\\none\\ntwo"}\n' >docs.jsonl
"$BP" train -q --vocab-size 261 --jsonl -o model docs.jsonl
check "--jsonl: text is the default" same_rule model text
"$BP" train $few -o model lines
"$BP" train $few --newlines end -o model.end lines
same "lines: end is the default" model model.end
check "lines: the model is one of the Python package" eval '! grep -q "\"bytepiece\"" model'
"$BP" train -q --reference --whole --vocab-size 500 -o model lines
check "--reference: end is the default" same_rule model end
check "such a model is one of the Python package" eval '! grep -q "\"bytepiece\"" model'
run train --reference --extend text -o no lines
fails "--reference excludes --extend of a model of text" 2 "--newlines text and --reference exclude"
for rule in begin text; do
	run train --reference --newlines $rule -o no lines
	fails "--reference excludes --newlines $rule" 2 "--newlines $rule and --reference exclude each other"
	check "the Python package refuses $rule: the settings stand in the file" \
		grep -q "\"newlines\": \"$rule\"" $rule
done

# Encoding: texts of all lengths, one longer than a chunk, by all ways.
{
	printf '\n\n\000a\n\000\na\000\000\n\n\nb\n\nc'
	cat docs
	i=0
	while [ $i -lt 8 ]; do
		cat lines
		i=$((i + 1))
	done
	printf '\000'
	cat other
} >texts
tr '\000' '\n' <texts >whole
for rule in $rules; do
	run encode -z -m $rule -j 1 texts
	mv "$T/out" ids
	check "$rule: texts are encoded" [ "$status" = 0 ]
	"$BP" decode -z -m $rule ids | cmp -s - texts || not_ok "$rule: texts come back"
	for threads in 2 4; do
		"$BP" encode -z -m $rule -j $threads texts | cmp -s - ids ||
			not_ok "$rule: the ids by $threads threads are those by one"
	done
	"$BP" encode -z -m $rule --flush texts | cmp -s - ids || not_ok "$rule: --flush"
	cat texts | "$BP" encode -z -m $rule | cmp -s - ids || not_ok "$rule: a pipe"
	"$BP" encode -z -m $rule --nbest 1 -f pieces other | cut -f 2 | grep . >best
	"$BP" encode -z -m $rule -f pieces other | grep . >pieces
	same "$rule: --nbest 1 gives the best" best pieces
	"$BP" encode -z -m $rule -f json other | sed 's/.*"ids": \[\([^]]*\)\].*/\1/; s/,//g' >json
	{ "$BP" encode -z -m $rule other; echo; } | same "$rule: -f json has the ids" json -
	"$BP" encode -z -m $rule --open docs | cut -f 1 >open
	"$BP" encode -z -m $rule docs | paste -d '|' open - | awk -F '|' '
		index($2 " ", $1 " ") != 1 && $1 != "" || length($2) - length($1) > 60 { bad = 1 }
		END { exit bad || NR == 0 }'
	check "$rule: --open gives nearly all ids, which stay" [ $? = 0 ]
	"$BP" encode --whole -m $rule -j 1 -f u32 whole >raw
	"$BP" encode --whole -m $rule -j 3 -f u32 whole | same "$rule: a large text by three threads" raw -
	"$BP" decode -f u32 -m $rule raw | same "$rule: a large text comes back" - whole
	"$BP" encode -z -m $rule -j 1 --sample 0.3 --seed 7 texts >drawn
	"$BP" encode -z -m $rule -j 3 --sample 0.3 --seed 7 texts | same "$rule: drawn by three threads" drawn -
	"$BP" decode -z -m $rule drawn | same "$rule: drawn texts come back" - texts
done
# Each segment has random numbers of its own.
printf '\nabab\nabab\nabab\nabab\nabab\nabab\nabab\nabab' >repeated
"$BP" edit -q --newlines begin --piece '\nab' --piece ab --piece aba -o small
for seed in 1 2 3 4; do
	"$BP" encode --whole -m small -f pieces --sample 0 --seed $seed repeated | sed 's/ *\\x0A/|/g' | tr '|' '\n' |
		sed 's/^ *//; /^$/d' | sort -u
done | sort -u | wc -l >kinds
check "begin: segments are drawn apart" [ "$(cat kinds)" -gt 2 ]

# Forms of the model.
for rule in $rules; do
	"$BP" convert -q -f binary -o bin $rule
	check "$rule: the binary form keeps the rule" same_rule bin $rule
	"$BP" encode -z -m bin texts >got
	"$BP" encode -z -m $rule texts | same "$rule: ids by the binary form" got -
	"$BP" convert -q -f json -o back bin
	same "$rule: the JSON form comes back" back $rule
	od -An -tu1 -j12 -N4 bin | tr -d ' \n' >flags.$rule
done
check "flags of binary models" eval '[ "$(cat flags.end flags.begin flags.text)" = 000020004000 ]'

# Training in parts, with little memory, resumed; other rules are refused.
for rule in $rules; do
	"$BP" count -z --newlines $rule -o c1 docs && "$BP" count -z --newlines $rule -f text -o c2 other &&
		"$BP" merge -o c c1 c2 && "$BP" build $few -o model c
	same "$rule: parts give the model of the whole" model $rule
	"$BP" train $few -z --newlines $rule -j 3 --memory 20M -o model docs other
	same "$rule: threads and --memory change nothing" model $rule
done
"$BP" count -z --newlines end -o c1 docs
run build -o no c1 c2
fails "counts of two rules are not added up" 1 'c2: '
if has_host; then
	"$BP" train $few -z --resume work -o model docs other
	same "--resume gives the model of the whole" model text
fi

# Edited and extended models keep the rule; pieces have to be possible by it.
for rule in $rules; do
	"$BP" edit -q -m $rule --piece 'ab cd' -o edited
	check "edit keeps $rule" same_rule edited $rule
	"$BP" train -q --vocab-size 1600 --extend $rule -o extended "$ROOT/data/prose.zh.txt"
	check "--extend keeps $rule" same_rule extended $rule
done
possible() { "$BP" edit -q -m "$1" --piece "$2" -o edited 2>/dev/null; }
check "pieces that the rules allow" eval 'possible end "q\n\n" && possible begin "\n\nq" && possible text "q\nq"'
check "pieces that they do not allow" \
	eval '! possible end "\nq" && ! possible begin "q\n" && ! possible end "q\nq" && ! possible begin "q\nq"'
run edit -m begin --piece 'q\n' -o no
fails "the message says why" 2 'other bytes before a newline'
printf 'q\\nq\t5\n' >list
"$BP" edit -q --newlines text -o new list
check "a new model of a list has the rule of --newlines" same_rule new text
run edit -o no list
fails "by default that of the Python package" 1 'list.*after a newline'
run edit -m text --newlines text --piece q -o no
fails "--newlines and -m" 2 '--newlines and -m exclude each other'
run train --extend text --newlines end -o no lines
fails "--newlines and --extend of another rule" 2 'has --newlines text, which --extend keeps'
"$BP" train -q -z --vocab-size 1600 --newlines text --piece 'zq\nqz' -o model docs
"$BP" inspect --vocab model >vocab
check "--piece with a newline inside" grep -qF 'zq\x0Aqz' vocab

# Reports.
run eval -z -m text docs
check "eval says the rule where texts may have newlines" like '^newlines  *text$' "$T/out"
run eval -z -m end -m begin docs
check "eval of two models" like '^newlines  *end  *begin$' "$T/out"
run eval -z -f json -m begin docs
check "eval -f json" like '"newlines": "begin"' "$T/out"
run eval -m text lines
check "eval of lines does not" eval '! like newlines "$T/out"'
run inspect -f json text
check "inspect -f json" like '"newlines": "text"' "$T/out"
finish
