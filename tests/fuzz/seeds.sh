# PROGRAM FOLDER: make inputs for the fuzz targets to begin with, in folders by their names: those
# that the program has to write, and those in seeds/, which are kept as text, each byte that is none
# as \0 and three octal digits (printf's %b).  Run from the repository's root.
set -eu
program=$1 to=$2
for target in tests/fuzz/fuzz_*.c; do
	name=${target##*/fuzz_}
	name=${name%.c}
	mkdir -p "$to/$name"
	for f in tests/fuzz/seeds/"$name"/*; do
		[ ! -f "$f" ] || printf '%b' "$(cat "$f")" >"$to/$name/${f##*/}"
	done
done
cd "$to"

# FILE: its length in two bytes, and what it holds.
block()
{
	n=$(wc -c <"$1")
	printf "\\$(printf %03o $((n % 256)))\\$(printf %03o $((n / 256)))"
	cat "$1"
}

printf 'the cat and the dog and the cat\nthe 12 dogs \344\270\255\346\226\207\n' >text
"$program" train -q --vocab-size 270 -o model text
"$program" train -q --normalize none --vocab-size 262 -o none text
cp model json/model
"$program" train -q --whole --vocab-size 270 -o whole text
cp none json/none
cp whole json/whole
"$program" convert -f binary -o binary/model model
"$program" convert -f binary -o binary/none none
"$program" convert -f binary -o binary/whole whole

# Counts and plans, step after step.
for recipe in default reference; do
	flag=
	[ $recipe = default ] || flag=--reference
	: >plan
	"$program" count $flag -o counts text
	for step in 1 2 3; do
		cp counts rows/$recipe-$step
		{ printf '\000'; block plan; cat counts; } >parts/$recipe-$step
		use=
		[ ! -s plan ] || use='--plan plan'
		rm -f next
		"$program" build -q $use --vocab-size 300 -o model --next next counts
		[ -e next ] || break
		mv next plan
		"$program" count --plan plan -o counts text
	done
	"$program" merge -f text -o as-text counts
	cp as-text rows/$recipe-text
	{ printf '\003'; block plan; cat as-text; } >parts/$recipe-text
done

# The words that a search does not find by changing bytes: commands, options and files.
"$program" --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' >words
commands=$(cat words)
for c in $commands; do
	"$program" "$c" --help | tr -c 'a-z-' '\n' | grep -E '^--[a-z]+' || exit 1
done >>words
{
	sort -u words
	printf '%s\n' -m -o -f json binary tsv huggingface sentencepiece text html pieces u16 u32 nfc none \
		model counts plan in half work
} | sed 's/.*/"\\x0a&\\x0a"/' >commands.dict

# The two bytes in front say nothing in particular.
for n in 000 004 010 024 241 302 343; do
	{ printf "\\$n\\003"; cat text; } >files/$n
	{ printf "\\$n\\001\\200"; cat text; } >stream/$n
	{ printf "\\$n\\060\\077\\002\\100\\200"; cat text; } >shards/$n
	{ printf "\\$n"; printf '3 260 261\n270 5\n\n'; } >decode/$n
	"$program" encode -q -m model -f u16 text | { printf "\\$n"; cat; } >decode/u16-$n
done
rm -f text model none whole counts plan next as-text words
