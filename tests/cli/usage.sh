# Help, version, and wrong usage.
. tests/cli/lib.sh

model </dev/null >"$T/m"
printf 'ab\n' >"$T/t"
cd "$T/w" || exit 1

run --help
check "--help ends with exit 0" [ "$status" = 0 ]
check "--help prints to standard output only" is_empty "$T/err"
cp "$T/out" overview
"$BP" help --fish | sed -n 's/.*__fish_use_subcommand -a \([a-z]*\) .*/\1/p' >commands
check "completions have commands" [ "$(wc -l <commands)" -ge 12 ]
while read -r command; do
	check "--help names the command $command" like "^ +$command " overview
done <commands
rm overview commands
run --version
check "--version ends with exit 0" [ "$status" = 0 ]
check "--version prints name and number" like '^bytepiece [0-9]+\.[0-9]+' "$T/out"
check "--version prints one line" [ "$(wc -l <"$T/out")" = 1 ]
check "--version prints to standard output only" is_empty "$T/err"

# COMMAND OPTION...: its help tells these.
help_of()
{
	command=$1
	shift
	run "$command" --help
	check "$command --help ends with exit 0" [ "$status" = 0 ]
	check "$command --help prints the usage" like "^Usage: bytepiece $command " "$T/out"
	check "$command --help prints to standard output only" is_empty "$T/err"
	for option in "$@" -q -v --threads --help; do
		check "$command --help tells $option" like "(^|[ ,])$option([ ,]|\$)" "$T/out"
	done
}
help_of train -o --vocab-size --order --min-count --max-piece-length --isolate-digits \
	--digits --punctuation --across-spaces --specials --special-file --piece-file \
	--ensure-unicode --normalize --reference -z --whole
help_of encode -m -o -f -z --whole --sample --seed --sampler --nbest --open
help_of decode -m -o -z --whole
help_of inspect --vocab
help_of eval -m -f --per-file --plot -z --whole --skip-bad
help_of view -m -o -f --color --sample --seed --samples --nbest --max-texts --max-bytes -z --whole
help_of convert -o -f

# What names no command goes to standard error.
for a in --version=1 foo --foo -x; do
	run $a
	check "'bytepiece $a' ends with exit 2" [ "$status" = 2 ]
	check "'bytepiece $a' prints nothing to standard output" is_empty "$T/out"
	check "'bytepiece $a' says so on standard error" like bytepiece "$T/err"
done

# PATTERN ARGUMENTS...: wrong usage, with a message like this.
wrong()
{
	pattern=$1
	shift
	run "$@"
	fails "exit 2 and a message that names it: bytepiece $(printf %s "$*" | sed "s|$T/||g")" 2 "$pattern"
}
for c in encode decode; do
	wrong '-m' $c
	wrong '-m' $c "$T/t"
	wrong '--foo' $c -m "$T/m" --foo
	wrong '--foo' $c -m "$T/m" "$T/t" --foo
	wrong '--foo' $c -m "$T/m" --foo=1
	wrong '-y' $c -m "$T/m" -y
	wrong '-y' $c -m "$T/m" -qy
	wrong '-m' $c "$T/t" -m
	wrong '--model' $c "$T/t" --model
	wrong '-o' $c -m "$T/m" -o
	wrong '--whole' $c -m "$T/m" --whole=yes
	wrong '--null' $c -m "$T/m" --null=
	wrong '--whole' $c -m "$T/m" -z --whole
	wrong '--whole' $c -m "$T/m" --whole "$T/t" --null
	for n in 0 -1 +1 1x x '' ' 1' 1.5 1e1 0x2 99999999999999999999999999 \
		18446744073709551617 4294967297; do
		wrong '--threads' $c -m "$T/m" --threads "$n"
	done
	wrong '(-j|--threads)' $c -m "$T/m" -j
	wrong '--threads' $c -m "$T/m" -j0
	wrong '--threads' $c -m "$T/m" --threads=0
	wrong '--threads' $c -m "$T/m" --threads=
done
wrong '--format.*foo' encode -m "$T/m" -f foo
wrong '--format' encode -m "$T/m" -f id
wrong '--format' encode -m "$T/m" -f ''
wrong '--format' encode -m "$T/m" --format=IDS
wrong '(-f|--format)' encode -m "$T/m" -f
wrong '--order' encode -m "$T/m" --order 3
wrong '--vocab' encode -m "$T/m" --vocab
wrong '-f' decode -m "$T/m" -f pieces
wrong '-o' convert "$T/m"
wrong 'exactly one MODEL' convert -o out "$T/m" "$T/m"
wrong '--format' convert -o out -f text "$T/m"
wrong '--format' train -o out -f ids "$T/t"
wrong 'exactly one MODEL' inspect "$T/m" "$T/m"
wrong '--foo' inspect --foo "$T/m"
wrong '--threads' inspect -j 0 "$T/m"
wrong '--vocab' inspect --vocab=1 "$T/m"

wrong '-m' eval
wrong '-m' eval "$T/t" -m
wrong '--format' eval -m "$T/m" -f tsv "$T/t"
wrong '-o' view -m "$T/m" -o

wrong '-o' train
wrong '-o' train "$T/t"
wrong '-o' train "$T/t" -o
wrong '--characters needs --flush' decode -m "$T/m" --characters
wrong "-o -" train -o - --vocab-size 300,400 "$T/t"
check "train -o - of several sizes writes nothing" [ ! -e -.300 ]
wrong '--foo' train -o out --foo "$T/t"
wrong '-m' train -o out -m "$T/m" "$T/t"
wrong '--whole' train -o out -z --whole "$T/t"
for n in 0 -1 1 258 1x x '' 1.5 1e3 99999999999999999999999999 18446744073709551875 4294967555 \
	, 1000, ,1000 1000,,2000 1000,x 1000,258 '1000 2000' '1000, 2000'; do
	wrong '--vocab-size' train -o out --vocab-size "$n" "$T/t"
done
for n in 0 -1 8 3x x '' 4294967299 18446744073709551619; do
	wrong '--order' train -o out --reference --order "$n" "$T/t"
done
for command in train count; do
	wrong '--order needs --reference' $command -o out --order 6 "$T/t"
	for option in --count-size --sample-size; do
		wrong "$option and --reference exclude each other" $command -o out --reference $option 1M "$T/t"
	done
done
for n in 0 -1 2x x '' 36893488147419103234 99999999999999999999999999; do
	wrong '--min-count' train -o out --min-count "$n" "$T/t"
	wrong '--max-piece-length' train -o out --max-piece-length "$n" "$T/t"
done
for n in maybe '' YES 1 ye yesno; do
	wrong '--ensure-unicode' train -o out --ensure-unicode "$n" "$T/t"
done
for n in nfd '' NFC nf; do
	wrong '--normalize' train -o out --normalize "$n" "$T/t"
done
wrong '--threads' train -o out -j 0 "$T/t"
wrong '--vocab-size' train -o out "$T/t" --vocab-size
wrong '--isolate-digits' train -o out --isolate-digits=yes "$T/t"
wrong '--reference' train -o out --reference=yes "$T/t"
check "wrong usage writes no file" holds "$T/w"

# Where options may stand, and how values are given.
run encode "$T/t" -m "$T/m"
gives "options may follow files" '100 101\n'
run encode --model="$T/m" "$T/t"
gives "a long option takes its value after =" '100 101\n'
run encode --model "$T/m" "$T/t"
gives "a long option takes its value as the next word" '100 101\n'
run encode -m"$T/m" "$T/t" -j2
gives "a short option takes its value in the same word" '100 101\n'
run encode -qzm "$T/m" "$T/t"
gives "short options may share a word" '100 101 13'
run encode -m "$T/m" --null --quiet --threads=2 --format=ids "$T/t"
gives "long names stand for short ones" '100 101 13'
run encode -m "$T/none" -m "$T/m" "$T/t"
gives "of two values the last holds" '100 101\n'
run encode -m "$T/m" -f pieces -f ids "$T/t"
gives "of two formats the last holds" '100 101\n'
cp "$T/t" ./-z
cp "$T/t" ./--whole
run encode -m "$T/m" -- -z --whole
gives "after -- every word is a file" '100 101\n100 101\n'
run encode -m "$T/m" ./-z
gives "a file whose name begins with - may be given with a folder" '100 101\n'
run encode -m "$T/m" -- -- <"$T/t"
fails "a second -- is a file" 1 '--: '
run encode -m "$T/m" --output=-x "$T/t"
gives "a value may begin with -" ''
check "-o writes to a file whose name begins with -" holds . --whole -x -z
run encode -m "$T/m" <"$T/t"
gives "without a file, standard input is read" '100 101\n'
run encode -m "$T/m" - <"$T/t"
gives "- is standard input" '100 101\n'
run encode -m "$T/m" -- - <"$T/t"
gives "- is standard input after -- too" '100 101\n'
run encode "$T/t" - -z -m "$T/m" "$T/t" <"$T/t"
gives "- may stand between files" '100 101 13\n100 101 13\n100 101 13'
run encode -m "$T/m" "" <"$T/t"
fails "an empty file name is not standard input" 1 'No such file'
run decode "$T/w/-x" -m "$T/m"
gives "decode takes options after files" 'ab\n'
run decode -m "$T/m" -- -x
gives "decode takes files after --" 'ab\n'
run inspect - --vocab <"$T/m"
check "inspect reads a model from -" [ "$(wc -l <"$T/out")" = 256 ]
run inspect -- "$T/m"
check "inspect takes a file after --" [ "$status" = 0 ]

# Numbers: suffixes of sizes in bytes alone, in either case, and ranges in messages.
cat "$ROOT"/data/*.txt >numbers
for memory in 64M 64m 1T 67108864; do
	run train --vocab-size 300 --memory $memory --force -o numbers.m numbers
	check "--memory $memory" [ "$status" = 0 ]
done
for memory in 64MB 0.5G 64X M '' -1 0 9999999T; do
	run train --memory "$memory" -o out numbers
	fails "--memory '$memory': the suffixes are named" 2 \
		"'$memory' is not a size: a number of bytes from 1 to [0-9]*, or of K, M, G or T"
done
run count --help
check "help names the suffixes" like 'SIZE is .* K, M, G or T' "$T/out"
run encode --help
check "help without sizes does not" eval '! like "SIZE is" "$T/out"'
for option in '--vocab-size 32k' '--vocab-size 300,1K' '--min-count 1M' '-j 1K' '--max-piece-length 1k'; do
	run train $option -o out numbers
	fails "$option: no suffix of sizes" 2 'is not a number from [0-9]* to [0-9]* .K, M, G and T are for sizes in bytes'
done
run encode -m numbers.m --sample 1 --seed 1.5 numbers
fails "--seed: the range is named" 2 "'1.5' is not a number from 0 to 18446744073709551615"

# COMMAND ARGUMENTS OPTION...: each two options that exclude each other are named as they were typed.
pairs()
{
	command=$1 arguments=$2 found=0
	shift 2
	while [ $# -gt 1 ]; do
		first=$1
		shift
		for second; do
			run $command $arguments $first $second
			like 'exclude' "$T/err" || continue
			found=$((found + 1))
			for option in "$first" "$second"; do
				case $option in -f*) ;; *) option=${option%% *} ;; esac
				message | grep -qE -e "(^|[ ,])$option([ ,:]|\$)" ||
					not_ok "$command $first $second: the message names $option"
			done
		done
	done
	check "$command: $found pairs of options that exclude each other: the message names both" \
		[ $found -gt 0 ]
}
pairs encode "-m $T/m $T/t" '--sample 1' '--nbest 2' --open --bos --eos --specials --flush -z --whole \
	--jsonl '-f json' '-f u16'
pairs train "-o out $T/t" -z --whole --jsonl --weighted --reference '--count-size 1M' \
	'--sample-size 1M' '--across-spaces words' '--newlines begin' '--ensure-unicode no'
pairs count "$T/t" -z --whole --jsonl --weighted --reference '--count-size 1M' '--newlines text'
pairs inspect "$T/m" --vocab '--piece a' '--id 3' --quality
pairs view "-m $T/m $T/t" '--sample 1' '--nbest 2' -z --whole --jsonl
pairs eval "-m $T/m $T/t" --plot --quality --per-file -z --whole --jsonl
pairs edit '-o out' "-m $T/m" --prune '--normalize none' '--newlines begin'
rm -f out

# Standard input as two files.
cd "$T/w" || exit 1
{ piece 900 'th'; } | model >m
printf 'ab\n' >text
for c in encode decode view eval 'train -o out --extend' 'count --plan' 'build -o out --next n --plan'; do
	case $c in *--*) command=$c option=${c##* } ;; *) command="$c -m" option=--model ;; esac
	for input in '' '-' 'text -'; do
		run $command - $input <m
		fails "$command - and input '$input'" 2 "$option - and input from standard input"
	done
done
run edit -m - -o out - <m
fails "edit: the model and a list" 2 '--model - and input from standard input'
run edit -m - -o out --remove-file - <m
fails "edit: the model and a list of pieces to remove" 2 '--model - and --remove-file -: standard'
run eval -m - -m - text <m
fails "eval: two models" 2 '--model - and --model -: standard input'
run encode -m - text <m
gives "encode: the model alone" '100 101\n'
for command in inspect 'convert -o -' 'edit --special x -o -'; do
	run $command -m - <m
	check "$command: the model alone" [ "$status" = 0 ]
done

finish
