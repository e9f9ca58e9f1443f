# One long line: the same ids and figures from any number of threads.
. tests/cli/lib.sh

cd "$T/w" || exit 1
if ! "$BP" train -q --vocab-size 2000 -o m "$ROOT"/data/*.txt ||
	! "$BP" train -q --normalize none --vocab-size 2000 -o none "$ROOT"/data/*.txt; then
	not_ok "training succeeds"
	finish
fi
n=20000000
is_sanitized && n=3000000
[ -n "${BP_QUICK-}" ] && n=3000000
cat "$ROOT"/data/*.txt | tr '\n' ' ' >once
i=0
while [ $i -lt $((n / $(wc -c <once) + 1)) ]; do
	cat once
	i=$((i + 1))
done | head -c $n >line
# Long lines of which a part has no border, and short ones between them.
{ head -c 2000000 line; printf '\n\nshort\n\n'; head -c 700000 line; head -c 900000 /dev/zero | tr '\0' a; head -c 600000 line; } >mixed

# FILE MODEL [MODE]: all numbers of threads give the same.
agrees()
{
	"$BP" encode $3 -j 1 -m $2 $1 >ids-1
	"$BP" decode $3 -m $2 ids-1 >back
	[ $2 = m ] || same "$1, model $2${3:+ with $3}: comes back byte for byte" back $1
	for j in 2 7; do
		"$BP" encode $3 -j $j -m $2 $1 >ids-j
		same "$1, model $2${3:+ with $3}: $j threads give the ids of one" ids-j ids-1
	done
}
for f in line mixed; do
	for mode in '' -z --whole; do
		agrees $f m $mode
		agrees $f none $mode
	done
done

# What stands between tokens, and how many there are.
for f in line mixed; do
	"$BP" encode -m m $f >ids
	for j in 1 2 7; do
		"$BP" encode -f pieces -j $j -m m $f >pieces
		check "$f: as many pieces as ids, $j threads" \
			[ "$(tr ' ' '\n' <pieces | wc -l)" = "$(tr ' ' '\n' <ids | wc -l)" ]
		check "$f: as many lines, $j threads" [ "$(wc -l <pieces)" = "$(wc -l <ids)" ]
		check "$f: one blank between pieces, $j threads" eval '! grep -q -e "  " -e "^ " -e " \$" pieces'
		"$BP" encode -f u16 -j $j -m m $f | od -An -v -tu2 -w2 | tr -d ' ' >u16
		tr ' ' '\n' <ids | grep . >column
		same "$f: raw ids are those in decimal, $j threads" u16 column
		"$BP" eval -j $j -m m $f | grep -v rate >figures-$j
		same "$f: eval gives the same figures, $j threads" figures-$j figures-1
	done
	check "$f: eval counts as many tokens as there are ids" \
		[ "$(sed -n 's/^tokens  *\([0-9]*\)$/\1/p' figures-1)" = "$(wc -w <ids)" ]
done

finish
