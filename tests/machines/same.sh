#!/bin/sh
# Two programs write the same files, byte for byte:
#	sh tests/machines/same.sh NAME OUR-PROGRAM THE-OTHER
set -u
name=$1
ours=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
other=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
mkdir "$t/ours" "$t/other"
cat data/*.txt src/*/*.[ch] > "$t/text"
split -n l/2 "$t/text" "$t/part."
# Every byte, pairs and triples of bytes that make characters of UTF-8 and none, a long line.
awk 'BEGIN {
	for (i = 0; i < 60000; i++) {
		x = (x * 69069 + 1) % 4294967296
		printf "%c", i % 3000 < 1500 ? 97 + int(x / 65536) % 4 : int(x / 65536) % 256
	}
}' > "$t/bytes"

# Counts of each step, until there is a model: PREFIX OPTIONS...
in_parts() {
	prefix=$1
	shift
	options=$* plan=
	for step in 1 2 3 4 5 6 7 8; do
		for part in aa ab; do
			# shellcheck disable=SC2086
			"$program" count -q ${plan:---min-count 3 $options} -o "$prefix.$step.$part" \
				"$t/part.$part" || return
		done
		"$program" merge -q -f text -o "$prefix.$step.text" "$prefix.$step".a? || return
		# shellcheck disable=SC2086
		"$program" build -q $plan $([ -n "$plan" ] || echo --vocab-size 1500) \
			-o "$prefix.model" --next "$prefix.$step.plan" "$prefix.$step".a? || return
		[ ! -e "$prefix.model" ] || return 0
		plan="--plan $prefix.$step.plan"
	done
	echo "# no model after 8 steps" >&2
	return 1
}

write_all() {
	cd "$1" || return
	program=$2
	{
		"$program" train -q --vocab-size 3000,1000 -o default "$t/text"
		"$program" train -q --vocab-size 2000 --ensure-unicode no --isolate-digits \
			--across-spaces words --normalize none -f binary -o other "$t/text" "$t/bytes"
		"$program" train -q --vocab-size 2000 --reference -o reference "$t/text"
		"$program" train -q --vocab-size 2000 --memory 16M --tmpdir "$t" -o spilled "$t/text"
		in_parts parts
		in_parts refparts --reference
		m=default.3000
		for f in binary sentencepiece huggingface tsv; do
			"$program" convert -q -f $f -o "$m.$f" $m
		done
		"$program" convert -q -o other.json other
		"$program" edit -q -m $m -o edited --special '<user>' --piece 'struct buf' \
			--piece 'no such piece' --vocab-size 1800
		for f in $("$program" encode --help |
			sed -n 's/.*--format \([a-z0-9|]*\).*/\1/p' | tr '|' ' '); do
			"$program" encode -q -m $m -f $f -o "ids.$f" "$t/text" "$t/bytes"
		done
		"$program" encode -q -m other -o other.ids "$t/text" "$t/bytes"
		"$program" encode -q -m $m.binary --whole -o whole "$t/text" "$t/bytes"
		for a in 0 0.2 1; do
			"$program" encode -q -m $m --sample $a --seed 7 -o "sample.$a" "$t/text" "$t/bytes"
			"$program" encode -q -m $m --sample $a --sampler viterbi -o "viterbi.$a" "$t/text"
		done
		"$program" encode -q -m $m --nbest 5 -o nbest "$t/part.aa"
		"$program" encode -q -m $m --open -o open "$t/text"
		"$program" decode -q -m $m -o back ids.ids
		"$program" decode -q -m $m -f u16 -o back.u16 ids.u16
		"$program" inspect --vocab $m > vocab
		"$program" inspect $m > inspect
		"$program" eval -q -m $m -f json "$t/text" | sed 's/, "encoding_rate.*//' > eval
		head -n 300 "$t/part.aa" | "$program" view -m $m -f html > page.html
		head -n 300 "$t/part.ab" | "$program" view -m $m --sample 0.5 --color always > view
	} 2> messages
}
(write_all "$t/ours" "$ours")
(write_all "$t/other" "$other")

failed=0
for f in $(cd "$t/ours" && ls) ; do
	if why=$(cmp "$t/ours/$f" "$t/other/$f" 2>&1); then
		echo "ok - $name: the same $f"
	else
		echo "not ok - $name: the same $f"
		echo "# $why"
		failed=1
	fi
	if [ "$f" = messages ]; then
		[ ! -s "$t/ours/$f" ] || { echo "not ok - $name: there is no message"; failed=1; head "$t/ours/$f"; }
	elif [ ! -s "$t/ours/$f" ]; then
		echo "not ok - $name: $f is not empty"
		failed=1
	fi
done
[ "$(cd "$t/ours" && ls)" = "$(cd "$t/other" && ls)" ] || { echo "not ok - $name: the same files"; failed=1; }
exit $failed
