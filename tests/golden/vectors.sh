# The reference's own results: ids of published models, and models trained from a given text.
set -u
v=$BP_SHARED/vectors
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
if [ ! -d "$v" ]; then
	echo "ok - ids and models are the reference's # SKIP $v is not there"
	exit 0
fi

same() { # what, expected, got
	if cmp "$2" "$3" > "$t/cmp" 2>&1; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		sed 's/^/# /' "$t/cmp"
	fi
}

for model in "$v"/models/*.model; do
	m=$(basename "$model" .model)
	"$BYTEPIECE" convert -q -f binary -o "$t/binary" "$model"
	for text in "$v"/text/*.txt; do
		x=$(basename "$text" .txt)
		# With -v the model is loaded whole, else only what these short texts can hold of it.
		for way in "-j1" "-v -j1" "-v -j2"; do
			form=$model
			[ "$way" != "-v -j2" ] || form=$t/binary
			"$BYTEPIECE" encode $way -m "$form" "$text" > "$t/lines" 2> "$t/err"
			same "ids of $m for the lines of $x, $way" "$v/ids/$m.$x.lines" "$t/lines"
			"$BYTEPIECE" encode $way --whole -m "$form" "$text" > "$t/whole" 2> "$t/err"
			same "ids of $m for $x as a whole, $way" "$v/ids/$m.$x.whole" "$t/whole"
		done
	done
done

for options in "$v"/train/*.options; do
	c=$(basename "$options" .options)
	for j in 1 2 7; do
		# shellcheck disable=SC2046
		"$BYTEPIECE" train -q --reference -j$j $(cat "$options") -o "$t/$c.model" \
			"$v/train/input.txt" 2> "$t/err" || sed 's/^/# /' "$t/err"
		for expected in "$v/train/$c".model*; do
			e=$(basename "$expected")
			same "model $e, $j threads" "$expected" "$t/$e"
		done
		rm -f "$t/$c".model*
	done
done
