# eval: the figures that encode and wc give.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 9 "$(printf '\303\251')"; piece 900 'the'; piece 900 ' the'; } | model >m
cat "$ROOT"/data/prose.*.txt >text
printf 'no newline, caf\303\251, the \377 end' >unended

# NAME: that figure of the last run.
figure() { sed -n "s/^$1  *\([0-9.]*\).*/\1/p" "$T/out"; }
# FACT NAME NUMBER
is() { check "$1: $2 is $3" [ "$(figure "$2")" = "$3" ]; }

for j in 1 2 7; do
	run eval -m m -j $j text
	check "eval -j $j: exit 0" [ "$status" = 0 ]
	is "-j $j" bytes "$(tr -d '\n' <text | wc -c)"
	is "-j $j" texts "$(wc -l <text)"
	is "-j $j" tokens "$("$BP" encode -m m text | wc -w)"
	is "-j $j" characters "$(tr -d '\n\200-\277' <text | wc -c)"
	is "-j $j" 'vocabulary used' "$("$BP" encode -m m text | tr ' ' '\n' | sort -u | grep -c .)"
	is "-j $j" 'byte tokens' "$("$BP" encode -m m text | tr ' ' '\n' | awk '$1 >= 3 && $1 < 259' | wc -l)"
done
run eval -m m text unended
is "a last text without newline counts" texts $(($(wc -l <text) + 1))
is "a last text without newline counts" tokens "$("$BP" encode -m m text unended | wc -w)"
run eval --whole -m m text unended
is "--whole" texts 2
is "--whole" bytes "$(cat text unended | wc -c)"
is "--whole" tokens "$("$BP" encode --whole -m m text unended | wc -w)"
tr '\n' '\000' <text >nuls
run eval -z -m m nuls
is "-z" texts "$(wc -l <text)"
is "-z" tokens "$("$BP" encode -m m text | wc -w)"
tr -d '\n' <text >long
cat long long long long long long long long >line
run eval -m m line
is "a line of several chunks" texts 1
is "a line of several chunks" tokens "$("$BP" encode -m m line | wc -w)"
run eval -m m <text
is "standard input" texts "$(wc -l <text)"
run eval -m m /dev/null
check "nothing: exit 0" [ "$status" = 0 ]
is "nothing" texts 0
is "nothing" tokens 0
run eval -f json -m m text
check "-f json: one object" [ "$(wc -l <"$T/out")" = 1 ]
check "-f json: the figures are there" like "\"tokens\": $("$BP" encode -m m text | wc -w)," "$T/out"
if command -v python3 >/dev/null; then
	check "-f json: it is JSON" eval 'python3 -c "import json, sys; json.load(sys.stdin)" <"$T/out"'
else
	skip "-f json: it is JSON" "there is no python3"
fi
run eval text
fails "without a model" 2 'a model is needed'
run eval -m m nope
fails "a missing input" 1 ' nope: '

finish
