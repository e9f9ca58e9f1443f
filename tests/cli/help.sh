# Help, its examples, hints at mistyped words, the manual page and the completions.
. tests/cli/lib.sh

cd "$T/w" || exit 1
"$BP" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' >"$T/commands"
check "the help has commands" [ "$(wc -l <"$T/commands")" -ge 8 ]

# All examples of all commands, in a folder with what they speak of.
cp "$ROOT"/data/*.txt .
cp prose.en.txt text.txt
printf 'Leuchtfeuer\t12\n' >words.tsv
cp dialogue.txt part.txt
mkdir bin
ln -s "$BP" bin/bytepiece
PATH=$PWD/bin:$PATH
bytepiece count -o other.counts text.txt &&
	bytepiece train -q --vocab-size 2000 -o my.model part.txt &&
	bytepiece convert -f binary -o my.bin my.model
check "what the examples begin with can be made" [ -e other.counts ]
ran=
while read -r c; do
	run "$c" --help
	check "$c --help fits into 80 columns" [ -z "$(awk 'length > 79 && !/^  (bytepiece|echo) /' "$T/out")" ]
	cp "$T/out" help
	run "$c" -h
	same "$c -h is the same" help "$T/out"
	run help "$c"
	same "help $c is the same" help "$T/out"
	sed '1,/^Examples:$/d' help >examples
	n=$(wc -l <examples)
	check "$c --help has one to three examples" [ "$n" -ge 1 -a "$n" -le 3 ]
	while read -r example <&4; do
		case $example in *'| man '* | eval*) continue ;; esac
		case $example in *--resume*) has_host || continue ;; esac
		ran=
		sh -c "$example" >"$T/out" 2>"$T/err"
		status=$?
		check "its example works: $example" [ $status = 0 ]
	done 4<examples
done <"$T/commands"
ran=
rm -rf ./*

# WORDS MEANT...: a hint at this; or at nothing, if it is empty.
hint()
{
	meant=$1
	shift
	run "$@"
	if [ -z "$meant" ]; then
		fails "no hint: bytepiece $*" 2 "([^?]$)"
	else
		check "a hint: bytepiece $*: exit 2" [ "$status" = 2 ]
		check "a hint: bytepiece $*: nothing on standard output" is_empty "$T/out"
		check "a hint: bytepiece $*: $meant" like "; did you mean '$meant'\\?\$" "$T/err"
	fi
}
hint encode encdoe
hint encode Encode
hint encode encod
hint train trian
hint inspect inspct
hint encode help encodee
hint --format encode --fromat ids
hint --format encode --Format=ids
hint --vocab-size train --vocab_size 300
hint --vocab-size train --vocab 300
hint --help train --hlep
hint --threads decode --treads 2
hint ids encode -f idz
hint ids encode --format=IDS
hint pieces encode -f piece
hint words train --across-spaces word
hint '' encode --zzz
hint '' encode -f q
hint '' encode --
hint '' encode --format=
hint '' encode "--$(printf '%099d' 0)"
run tokenize
check "no hint where nothing is near" like "unknown command 'tokenize'\$" "$T/err"
run -q encode
check "an option before the command is said to be there" like "'-q': the command comes first" "$T/err"
run help encode decode
fails "help for two commands is refused" 2 'one command or one option'
run help --man --bash
fails "two forms of help are refused" 2 'one command or one option'
run help --man encode
fails "a form of help for one command is refused" 2 'one command or one option'
run help
cp "$T/out" got
run --help
same "help alone is --help" got "$T/out"

# The manual page.
run help --man
cp "$T/out" page
check "help --man ends with exit 0" [ "$status" = 0 ]
for s in NAME SYNOPSIS DESCRIPTION COMMANDS FILES ENVIRONMENT 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
	check "the manual page has $s" like "^\\.SH $s\$" page
done
sed 's/\\-/-/g; s/\\f.//g' page >plain
while read -r c; do
	"$BP" "$c" --help | sed -n 's/^  .* \(--[a-z0-9-]*\).*/\1/p' >options
	sed -n "/^\\.SS $c\$/,/^\\.S[HS] /p; /^\\.SS All/,/^\\.SH /p" plain >part
	missing=$(while read -r o; do like "^(-[a-z], )?$o( |\[=|\$)" part || echo "$o"; done <options)
	check "the manual page has all options of $c ($(wc -l <options))" [ -z "$missing" ]
done <"$T/commands"
if command -v groff >/dev/null; then
	groff -man -ww -z page >said 2>&1
	check "groff finds no fault in the manual page" is_empty said
else
	skip "groff finds no fault in the manual page" "groff is missing"
fi
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning page | grep -v 'missing date' >said
	check "mandoc finds no fault in the manual page" is_empty said
else
	skip "mandoc finds no fault in the manual page" "mandoc is missing"
fi

ran=
# Completions: WORDS..., the last of them unfinished, and what is offered for it.
raw=$(formats encode | tr ' ' '\n' | grep ^u | xargs)
: >file; mkdir folder
if command -v bash >/dev/null; then
	"$BP" help --bash >bash
	cat >ask <<'END'
. ./bash
COMP_WORDS=(bytepiece "$@")
COMP_CWORD=$#
_bytepiece
echo "${COMPREPLY[@]}"
END
	offers()
	{
		wanted=$1
		shift
		got=$(bash ./ask "$@" 2>&1)
		check "bash: after '$*': $wanted: $got" [ "$got" = "$wanted" ]
	}
	offers encode en
	offers --version --v
	offers '--threads' encode --th
	offers "$raw" encode -f u
	offers 'no yes begin begin-all' train --ensure-unicode =
	offers 'perfect' encode --sampler = p
	offers 'no yes begin begin-all' train --ensure-unicode ''
	offers '' train -o ''
	offers '' train --vocab-size ''
	offers '' encode -- --f
	offers 'encode eval edit' help e
	offers '--man' help --m
else
	skip "completions of bash" "bash is missing"
fi
if command -v zsh >/dev/null; then
	"$BP" help --zsh >zsh
	zsh -n zsh >said 2>&1
	check "zsh: the completions are well-formed" is_empty said
	check "zsh: they say whose they are" [ "$(head -n 1 zsh)" = "#compdef bytepiece" ]
else
	skip "completions of zsh" "zsh is missing"
fi
if command -v fish >/dev/null; then
	"$BP" help --fish >fish
	offers()
	{
		wanted=$1
		shift
		got=$(HOME=$T/tmp fish -N -c "source ./fish; complete -C 'bytepiece $*'" 2>&1 | cut -f 1 | tr '\n' ' ')
		check "fish: after '$*': $wanted: $got" [ "$got" = "$wanted " ]
	}
	offers encode enc
	offers '--threads' encode --th
	offers "$(echo $raw | tr ' ' '\n' | sort | xargs)" encode -f u
	offers '--sampler=perfect' encode --sampler=p
	offers 'folder/' train --tmpdir ''
	offers 'edit encode eval' help e
	rm -rf "$T/tmp"/* "$T/tmp"/.[!.]*
else
	skip "completions of fish" "fish is missing"
fi

finish
