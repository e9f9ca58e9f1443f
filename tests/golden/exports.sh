# Exported models in the libraries that they are for: ids line by line, and back.
#
# The libraries are looked for in $BUILD/exports, where "make exports" puts them, else in python3;
# other versions of transformers in $BUILD/exports-VERSION.
# SentencePiece adds floats, so that among segmentations that are equal but for rounding, such as the
# same pieces in another order, another one may win: in a line of 20 at most, which tables come near
# to.  Lines that are not in normal form may differ too, if they are few.
set -u
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
python=python3
[ ! -x "$BUILD/exports/bin/python" ] || python=$BUILD/exports/bin/python
total=$t/total
: > "$total"

has() { "$python" -c "import $1" > "$t/out" 2>&1; }
version() { "$python" -c "import $1; print($1.__version__)" 2> "$t/out"; }

# FACT CONDITION: the condition is awk's, on the numbers that exports.py printed
holds() {
	if awk "{ ok = $2 } END { exit !(NR == 1 && ok) }" "$t/numbers"; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		sed 's/^/# /' "$t/numbers" "$t/err"
	fi
}

# LIBRARY MODEL NAME NORMALIZE TEXT...
compare() {
	library=$1 model=$2 name=$3 normalize=$4
	shift 4
	format=$library to=$t/export
	[ "$library" != transformers ] || format=huggingface to=$t/folder/
	"$BYTEPIECE" convert -q -f "$format" -o "$to" "$model" || echo "not ok - convert $name"
	for text in "$@"; do
		fact="$library $version: ids with $name for ${text##*/}"
		"$BYTEPIECE" encode -m "$model" "$text" > "$t/ids"
		"$BYTEPIECE" encode --whole -m "$model" "$text" > "$t/whole"
		"$python" tests/golden/exports.py "$library" "$to" "$text" "$t/ids" "$t/whole" \
			"$normalize" > "$t/numbers" 2> "$t/err"
		echo "$library $(cat "$t/numbers")" >> "$total"
		if [ "$library" = sentencepiece ]; then
			holds "$fact: all but what floats cannot tell" \
				'$1 > 0 && $2 == $3 + $4 && $4 <= 0.05 * $1 && $3 <= 0.02 * $1'
		else
			holds "$fact: each line, and the whole" '$1 > 0 && $2 == 0 && $6 == 0'
		fi
		holds "$library $version decodes ids with $name of ${text##*/}" '$1 > 0 && $5 == 0'
	done
}

# The sample in data/, hard text, and models of all kinds trained on them.
{
	cat data/languages.txt
	printf '<pad> <bos>a<eos>\n\n \t  \000\001\177\n\n\n<unk>_Ġ▁ Ā\r\n'
	printf 'e\314\201 o\314\202\314\243 \341\204\200\341\205\241\341\206\250 \342\204\253\n'
	printf 'The <pad> lamp'
} > "$t/hard.txt"
set -- --vocab-size 3000 -q data/*.txt "$t/hard.txt"
"$BYTEPIECE" train -o "$t/nfc" "$@"
"$BYTEPIECE" train -o "$t/none" --normalize none --ensure-unicode yes "$@"
"$BYTEPIECE" train -o "$t/broken" --ensure-unicode no "$@"
for rule in end begin text; do
	"$BYTEPIECE" train -o "$t/$rule" --whole --newlines $rule "$@"
done

# LIBRARY: all models and texts, in $python.
compare_all() {
	library=$1
	module=$library
	[ "$library" != huggingface ] || module=tokenizers
	if ! has "$module"; then
		echo "ok - $library's ids are ours # SKIP $python has no module $module (see make exports)"
		return
	fi
	version=$(version "$module")
	for model in nfc none broken end begin text; do
		normalize=nfc
		[ "$model" != none ] || normalize=none
		compare "$library" "$t/$model" "a model ($model)" "$normalize" data/*.txt "$t/hard.txt"
	done
	v=$BP_SHARED/vectors
	if [ ! -d "$v" ]; then
		echo "ok - $library's ids with published models # SKIP $v is not there"
		return
	fi
	texts="$v/text/*.txt"
	[ "${BP_QUICK-}" = 1 ] || [ "$library" = transformers ] ||
		texts="$texts $BP_SHARED/corpora/*.dev.txt $BP_SHARED/corpora/n*.txt"
	[ "${BP_QUICK-}" = 1 ] || [ "$library" != transformers ] ||
		texts="$texts $BP_SHARED/corpora/en.dev.txt"
	for model in "$v"/models/*.model; do
		# shellcheck disable=SC2086
		compare "$library" "$model" "$(basename "$model" .model)" nfc $texts
	done
}

# What a folder has beside ids.
printf '{%% for m in messages %%}<{{ m["role"] }}>{{ m["content"] }}\n{%% endfor %%}' > "$t/template"
"$BYTEPIECE" edit -q -m "$t/nfc" --special '<user>' -o "$t/user"
check_folder() {
	"$BYTEPIECE" convert -q -f huggingface -o "$t/talk/" --chat-template "$t/template" $1 $2 "$t/user"
	"$python" tests/golden/folder.py "$t/talk" "$t/template" ${1:+1} $([ "$1" ] || echo 0) \
		${2:+1} $([ "$2" ] || echo 0) 2> "$t/err" ||
		{ echo "not ok - a folder with $1 $2"; tail -n 3 "$t/err" | sed 's/^/# /'; }
}

compare_all sentencepiece
compare_all huggingface
for python in "$python" "$BUILD"/exports-*/bin/python; do
	[ -e "$python" ] || [ "$python" = python3 ] || continue
	compare_all transformers
	if has transformers && has jinja2; then
		check_folder '' ''
		check_folder --bos ''
		check_folder --bos --eos
	fi
done
awk 'NF == 7 { lines[$1] += $2; differ[$1] += $3; unnormal[$1] += $4; equal[$1] += $5; whole[$1] += $7 }
	END { for (l in lines) printf "# %s: %d lines compared, %d differ (%d not in normal form, " \
		"%d equal but for rounding); %d whole texts differ\n", l, lines[l],
		differ[l], unnormal[l], equal[l], whole[l] }' "$total"
