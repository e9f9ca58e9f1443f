# train --across-spaces: which pieces may hold a space after another character.
. tests/cli/lib.sh

cd "$T/w" || exit 1
cat "$ROOT"/data/*.txt >text
quick=
if is_sanitized || [ "${BP_QUICK-}" = 1 ]; then
	awk 'NR % 4 == 1' "$ROOT"/data/*.txt >text
	quick=1
fi

# FACT [ARGUMENTS...]: trains out.
trains()
{
	what=$1
	shift
	rm -f out
	run train -q -o out "$@"
	if [ "$status" = 0 ] && is_empty "$T/err" && is_file out; then
		ok "$what: there is a model"
	else
		not_ok "$what: there is a model, with exit 0 and nothing said"
	fi
}

# RULE [WORDS]: how many pieces of 'out' have a space after the first byte, and of these how many
# break the rule; for 'words' the words are those of a file, one per line.  Prints "N BROKEN EXAMPLE".
across()
{
	"$BP" inspect --vocab out | awk -F '\t' -v rule="$1" -v words="${2-}" '
	function value(hex) { return 16 * (index(digits, substr(hex, 1, 1)) - 1) + index(digits, substr(hex, 2)) - 1 }
	function bytes(text,    s) {
		s = ""
		while (match(text, /\\x[0-9A-F][0-9A-F]/)) {
			s = s substr(text, 1, RSTART - 1) sprintf("%c", value(substr(text, RSTART + 2, 2)))
			text = substr(text, RSTART + 4)
		}
		return s text
	}
	function obeys(s,    n, w, i) {
		if (rule == "no")
			return s ~ /^[ \n]*[^ ]*$/
		if (rule == "inside")
			return s !~ /[0-9A-Za-z] +$/
		if (s ~ /^[ \n]*$/)
			return 1
		if (s !~ /^[ \n]/)
			return 0
		n = split(s, w, /[ \n]+/)
		for (i = 1; i <= n; i++) {
			if (w[i] != "" && !(w[i] in word))
				return 0
		}
		return 1
	}
	BEGIN {
		digits = "0123456789ABCDEF"
		while (words != "" && (getline line <words) > 0)
			word[line] = 1
	}
	$2 !~ /^(\\x..|.)$/ {
		s = bytes($2)
		if (index(substr(s, 2), " ") == 0)
			next
		n++
		if (!obeys(s) && ++broken == 1)
			example = $2
	}
	END { printf "%d %d %s\n", n, broken, example }'
}

# FACT RULE [WORDS]: 'out' keeps it, and for 'words' there is something to be kept to.
keeps()
{
	set -- "$1" "$2" $(across "$2" ${3+"$3"})
	ran=
	if [ "$4" != 0 ]; then not_ok "$1" "$4 of $3 pieces do not, such as '$5'"
	elif [ "$2" = words ] && [ "$3" = 0 ]; then not_ok "$1" "there is no piece over a space"
	else ok "$1"; fi
}

# FACT RULE [WORDS]: 'out' does not keep it.
breaks()
{
	set -- "$1" $(across "$2" ${3+"$3"})
	check "$1" [ "$3" != 0 ]
}

# FACT TEXT [OPTIONS...]: the text comes back.
comes_back()
{
	what=$1 text=$2
	shift 2
	"$BP" encode "$@" -m out "$text" | "$BP" decode "$@" -m out >back
	same "$what" back "$text"
}

# The words of a text in form C: what stands between spaces, newlines and NULs.
words() { tr ' \000' '\n\n' | sort -u | sed '/^$/d'; }

trains "the default" --vocab-size 3000 text
mv out default
trains "any" --vocab-size 3000 --across-spaces any text
comes_back "any: text comes back" text
"$BP" encode -m out text | "$BP" decode -m out | words >words
breaks "any: some pieces hold a space after another character" no
breaks "any: some of these do not hold whole words" words words
breaks "the words are looked for: none of no words is one" words /dev/null

breaks "any: some of them end in a space behind a letter" inside

trains "inside" --vocab-size 3000 --across-spaces inside text
same "inside is the default" out default
keeps "inside: no piece ends in a space behind a letter or digit" inside
breaks "inside: there are pieces over a space" no
check "inside: pieces end in a space behind other characters" eval '"$BP" inspect --vocab out | grep -q "	,.x20	"'
comes_back "inside: text comes back" text
mv out inside
trains "no" --vocab-size 3000 --across-spaces no text
keeps "no: no piece holds a space after another character" no
check "no: pieces begin with a space" eval '"$BP" inspect --vocab out | grep -q "	.x20[a-z]"'
comes_back "no: text comes back" text
mv out no
trains "words" --vocab-size 3000 --across-spaces words text
keeps "words: pieces over a space begin with one and hold whole words" words words
breaks "words: there are pieces over a space" no
comes_back "words: text comes back" text
mv out words.model
check "the three models differ" eval '! cmp -s no default && ! cmp -s words.model default && ! cmp -s no words.model'

for rule in no words inside; do
	model=$rule
	[ $rule = words ] && model=words.model
	for options in '-j 1' '-j 2' '-j 7' '-j 7 --memory 1M' '--memory 8G'; do
		[ -n "$quick" ] && [ "$options" != '-j 7 --memory 1M' ] && continue
		trains "$rule $options" $options --vocab-size 3000 --across-spaces $rule text
		same "$rule $options: the same model" out $model
	done
done

# With other options.
for options in '--ensure-unicode no' '--normalize none' '--min-count 5' '--max-piece-length 12' '-z' '--whole' \
	'--sample-size 32K' '--vocab-size 600'; do
	for rule in no words inside; do
		trains "$rule $options" --vocab-size 3000 --across-spaces $rule $options text
		"$BP" encode --whole -m out text | "$BP" decode --whole -m out | words >its.words
		keeps "$rule $options: the rule is kept" $rule its.words
		[ -n "$quick" ] || comes_back "$rule $options: text comes back" text --whole
	done
done
rm -f out
run train -q -o out --vocab-size 400,3000,1000 --across-spaces words text
check "several sizes: exit 0" [ "$status" = 0 ]
same "words: of several sizes the largest is as it is alone" out.3000 words.model
for size in 400 1000; do
	mv out.$size out
	keeps "words: of several sizes $size keeps the rule" words words
done

# A long text without newline is cut for training; halves of words are no words.
tr '\n' ' ' <text >line
for options in '' --whole; do
	trains "a long line${options:+ $options}" --vocab-size 3000 --across-spaces words $options line
	words <line >its.words
	keeps "a long line${options:+ $options}: pieces over a space hold whole words" words its.words
done
awk 'BEGIN { for (i = 0; i < 30000; i++) printf "%s", "see the abcdef" }' >line
trains "one line of the same" --vocab-size 300 --across-spaces words line
words <line >its.words
keeps "one line of the same: pieces over a space hold whole words" words its.words

# Blanks in a row, and at the borders of lines.
awk 'BEGIN { for (i = 0; i < 300; i++) print "    if  x  ==  y :  \n\tgo  on \n\n        end  if" }' >blanks
for rule in no words inside any; do
	for options in '' --whole; do
		trains "blanks, $rule${options:+ $options}" --vocab-size 330 --across-spaces $rule $options blanks
		words <blanks >its.words
		[ $rule = any ] || keeps "blanks, $rule${options:+ $options}: the rule is kept" $rule its.words
		comes_back "blanks, $rule${options:+ $options}: text comes back" blanks $options
		[ $rule != no ] || check "blanks, no: a piece begins with several" \
			eval '"$BP" inspect --vocab out | grep -q "	.x20.x20.x20.x20if	"'
	done
done

# Digits that are set apart do not make words of what is beside them.
awk 'BEGIN { for (i = 0; i < 900; i++) print "see the abc" i % 10 " and go" }' >digits
trains "digits set apart" --vocab-size 400 --isolate-digits --across-spaces words digits
words <digits >its.words
keeps "words --isolate-digits: what stands before a digit is no whole word" words its.words

awk 'BEGIN { for (i = 0; i < 900; i++) print "see the abc, and go" }' >commas
trains "punctuation set apart" --vocab-size 400 --punctuation apart --across-spaces words commas
words <commas >its.words
keeps "words --punctuation apart: what stands before punctuation is no whole word" words its.words

# Wrong usage.
cp default out
for rule in no words inside; do
	run train -o out --reference --across-spaces $rule text
	fails "--reference --across-spaces $rule is refused" 2 'spaces'
	run train -o out --across-spaces=$rule --reference text
	fails "--across-spaces=$rule --reference is refused" 2 'spaces'
	run count -o counts --reference --across-spaces $rule text
	fails "count --reference --across-spaces $rule is refused" 2 'spaces'
done
for value in '' maybe an anyway No; do
	run train -o out --across-spaces "$value" text
	fails "--across-spaces '$value' is wrong usage" 2 'across-spaces'
done
run train -o out --across-spaces
fails "--across-spaces without a value is wrong usage" 2 'across-spaces'
same "wrong usage leaves the old model" out default
trains "--reference" --reference --vocab-size 1000 text
mv out reference
trains "--reference --across-spaces any" --reference --across-spaces any --vocab-size 1000 text
same "--reference --across-spaces any is --reference" out reference

finish
