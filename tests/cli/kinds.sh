# Files that are no text, and files that are no models: their kind is told, with a command that helps.
. tests/cli/lib.sh

cd "$T/w" || exit 1
{ piece 900 'th'; piece 900 'the'; } | model >m

# NAME COMMAND BYTES [OPTIONS...]: the bytes (a format of printf) are said to be of this kind, and read.
is_kind()
{
	name=$1 command=$2
	printf "$3" >odd
	shift 3
	run encode "$@" -m m odd
	check "$name: there is a warning with the command, once" [ "$(grep -cF \
		"bytepiece: encode: warning: odd looks like $name, and is read as text nevertheless; to read the text in it: $command | bytepiece ..." \
		"$T/err")" = 1 ]
	check "$name: nothing else is said" [ "$(wc -l <"$T/err")" = 1 ]
	"$BP" decode "$@" -m m "$T/out" >out
	same "$name: it is read" out odd
	run encode -q "$@" -m m odd
	check "$name: -q is silent" is_empty "$T/err"
}
is_kind gzip 'gzip -dc odd' '\037\213\010\000\000'
is_kind zstd 'zstd -dc odd' '\050\265\057\375\004'
is_kind xz 'xz -dc odd' '\3757zXZ\000\000'
is_kind bzip2 'bzip2 -dc odd' 'BZh91AY&SY\001\002\003'
is_kind zip 'unzip -p odd' 'PK\003\004\024\000'
is_kind Parquet "duckdb -c \"COPY (SELECT text FROM 'odd') TO '/dev/stdout' (FORMAT json)\"" 'PAR1\025\004\025'
is_kind PDF 'pdftotext odd -' '%%PDF-1.7\n'
is_kind UTF-16 'iconv -f UTF-16 -t UTF-8 odd' '\377\376a\000b\000'
is_kind UTF-16 'iconv -f UTF-16 -t UTF-8 odd' '\376\377\000a\000b'
is_kind UTF-16 'iconv -f UTF-16LE -t UTF-8 odd' 'a\000b\000c\000'
is_kind UTF-16 'iconv -f UTF-16BE -t UTF-8 odd' '\000a\000b\000c'
is_kind UTF-32 'iconv -f UTF-32 -t UTF-8 odd' '\377\376\000\000a\000\000\000'
is_kind UTF-32 'iconv -f UTF-32 -t UTF-8 odd' '\000\000\376\377\000\000\000a'
is_kind UTF-32 'iconv -f UTF-32LE -t UTF-8 odd' 'a\000\000\000b\000\000\000'
is_kind UTF-32 'iconv -f UTF-32BE -t UTF-8 odd' '\000\000\000a\000\000\000b'
is_kind gzip 'gzip -dc odd' '\037\213\010\000\000' -f json --whole
for options in --whole -z; do is_kind xz 'xz -dc odd' '\3757zXZ\000' $options; done

for text in '' 'a' 'text\n' 'BZh is a name\n' 'PAR1 and so on\n' 'a\000b' '\357\273\277text\n' '\000\000\000\000\000\000'; do
	printf "$text" >plain
	run encode -m m plain
	check "no warning: $text" is_empty "$T/err"
done
printf 'a\000b\000c\000' >plain
run encode -z -m m plain
check "no warning: texts of one letter with -z" is_empty "$T/err"

printf '\037\213\010\000\000' >gz
run encode -m m <gz
check "standard input" like 'standard input looks like gzip, .*: gzip -dc - \| bytepiece' "$T/err"
run encode -m m m gz gz
check "each file" [ "$(grep -c 'gz looks like gzip' "$T/err")" = 2 ]
run eval -m m gz
check "eval too" like 'gz looks like gzip' "$T/err"
run view -m m gz gz
check "view too, once for each file" [ "$(grep -c 'gz looks like gzip' "$T/err")" = 2 ]
printf 'a\000b\000\n\000c\000d\000\n\000' >wide
run view -m m wide
check "view: UTF-16 in lines, once" [ "$(grep -c 'wide looks like UTF-16' "$T/err")" = 1 ]
run view -q -m m wide
check "view -q is silent" is_empty "$T/err"
cat "$ROOT"/data/*.txt >text
run train -o trained --vocab-size 300 text gz
check "train too, once for all passes" [ "$(grep -c 'gz looks like gzip' "$T/err")" = 1 ]
run count -o counts text gz
check "count too" [ "$(grep -c 'gz looks like gzip' "$T/err")" = 1 ]

# JSON and weighted lines are refused in such a file, for the reason that the warning tells.
for mode in --jsonl --weighted '--jsonl --skip-bad --allow-empty'; do
	run train -o trained --vocab-size 260 $mode gz
	check "train $mode" [ "$(grep -c 'gz looks like gzip' "$T/err")" = 1 ]
done
run encode -m m --jsonl gz
check "encode --jsonl" [ "$(grep -c 'gz looks like gzip' "$T/err")" = 1 ]

# Files that are no models.
# FACT BYTES KIND
no_model()
{
	printf "$2" >other
	for command in 'encode -m' 'inspect'; do
		run $command other </dev/null
		fails "$1: $command tells what it looks like" 1 \
			"other: byte [0-9]+: .* .the file looks like $3; models of other libraries"
	done
}
no_model "Hugging Face" '{\n  "version": "1.0",\n  "truncation": null, "added_tokens": []}' \
	'tokenizer.json of Hugging Face tokenizers'
no_model SentencePiece '\012\016\012\005<unk>\025\000\000\000\000\030\002' 'a model of SentencePiece'
no_model GGUF 'GGUF\003\000\000\000' GGUF
no_model text 'Once upon a time\n' text
no_model gzip '\037\213\010\000\000' gzip
head -c 5000 m >damaged
run inspect damaged
check "a damaged model is no other library's" [ "$status" = 1 -a "$(grep -c 'looks like' "$T/err")" = 0 ]
finish
