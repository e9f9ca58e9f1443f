# Training and encoding under Spark and GNU parallel, in which processes are killed, give the same
# bytes as one machine.  "make cluster" runs this, with pyspark in $BUILD/cluster.
#
# The corpus is 64 MB (with BP_QUICK=1: 8 MB) in 16 parts, cut inside lines and characters, and an
# empty one: the texts in BP_SHARED, or those in data/ and the sources, again and again.
set -u
here=tests/cluster
python=$BUILD/cluster/bin/python
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
failed=0
LC_ALL=C
export LC_ALL

# STATUS FACT
fact()
{
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		failed=1
		echo "not ok - $2"
		tail -n 15 "$t/log" | sed 's/^/# /'
	fi
}

megabytes=64 train='--count-size 8M --sample-size 4M' build='-q --vocab-size 4000'
if [ "${BP_QUICK-}" = 1 ]; then
	megabytes=8 train='--count-size 2M --sample-size 1M' build='-q --vocab-size 1000'
fi
set -- "$BP_SHARED"/corpora/[a-z]*.txt
if [ -r "$1" ]; then
	echo "# the corpus is that of $BP_SHARED/corpora"
else
	echo "# $BP_SHARED/corpora is not there: the corpus is data/ and the sources, again and again"
	set -- data/*.txt src/*/*.[ch] src/*/*.inc
fi
bytes=$((megabytes << 20))
mkdir "$t/texts" "$t/marks" "$t/tmp"
export TMPDIR="$t/tmp"
printf 'one\r\ntwo\r\0\n\n\377\300\n' > "$t/all"	# what programs for lines spoil
while [ $(($(wc -c < "$t/all"))) -lt $bytes ]; do
	cat "$@" >> "$t/all"
done
head -c $bytes "$t/all" | split -b $((bytes / 16)) -d - "$t/texts/part."
rm "$t/all"
: > "$t/texts/part.empty"
set -- "$t/texts"/*
fact $(($# != 17)) "the corpus has 16 parts and an empty one"

"$BYTEPIECE" train $train $build -o "$t/model" "$@" > "$t/log" 2>&1
fact $? "trained on one machine"
mkdir "$t/ids"
for f in "$@"; do
	"$BYTEPIECE" encode -q -m "$t/model" -o "$t/ids/${f##*/}.ids" "$f" >> "$t/log" 2>&1
done
fact $? "encoded on one machine"

# The program, but for some that are killed when they have written a part of their output, with the
# Spark executor that they are a grandchild of, or else with the parent.
mkdir "$t/bin"
cat > "$t/bin/bytepiece" << EOF
#!/bin/bash
i=1
until mkdir "$t/marks/\$1.\$i" 2> /dev/null; do i=\$((i + 1)); done
case \$1.\$i in
count.3 | count.6 | count.12 | encode.8) ;;
*) exec "$BYTEPIECE" "\$@" ;;
esac
"$BYTEPIECE" "\$@" | head -c 30000
victim=\$PPID p=\$PPID
while [ "\$p" -gt 1 ]; do
	case \$(tr '\\0' ' ' < /proc/\$p/cmdline) in
	*CoarseGrainedExecutorBackend*) victim=\$p ;;
	esac
	p=\$(awk '/^PPid:/ { print \$2 }' /proc/\$p/status)
done
echo \$victim >> "$t/marks/killed"
kill -9 \$victim \$\$
EOF
chmod +x "$t/bin/bytepiece"

# WHO: the model, the ids and the killed are as they should be.
compare()
{
	cmp "$t/model" "$t/$1.model" > "$t/log" 2>&1
	fact $? "$1: the model is that of one machine"
	diff -r "$t/ids" "$t/$1.ids" > "$t/log" 2>&1
	fact $? "$1: the ids are those of one machine"
	wc -l "$t/marks/killed" > "$t/log"
	[ $(($(wc -l < "$t/marks/killed"))) = 4 ]
	fact $? "$1: four processes were killed meanwhile"
	rm -rf "$t/marks"
	mkdir "$t/marks"
}

if ! command -v parallel > /dev/null || ! parallel --version 2> /dev/null | grep -q '^GNU parallel'; then
	echo "ok - parallel: model and ids are those of one machine # SKIP GNU parallel is missing"
else
	PROGRAM=$t/bin/bytepiece WORK=$t/parallel JOBS=4 COUNT="$train --whole-size ${megabytes}M" BUILD=$build \
		bash $here/parallel_train.sh "$t/parallel.model" "$@" > "$t/log" 2>&1
	fact $? "parallel: trains"
	PROGRAM=$t/bin/bytepiece JOBS=4 bash $here/parallel_encode.sh "$t/model" "$t/parallel.ids" "$@" \
		> "$t/log" 2>&1
	fact $? "parallel: encodes"
	compare parallel
fi

if ! command -v java > /dev/null; then
	echo "ok - spark: model and ids are those of one machine # SKIP java is missing"
elif ! "$python" -c 'import pyspark' 2> /dev/null; then
	echo "ok - spark: model and ids are those of one machine # SKIP pyspark could not be installed"
else
	export PYSPARK_PYTHON="$python" SPARK_LOCAL_IP=127.0.0.1 SPARK_LOCAL_DIRS="$t/tmp"
	spark() {
		command=$1
		shift
		"$python" $here/spark.py "$command" --master 'local-cluster[4,1,1024]' \
			--program "$t/bin/bytepiece" "$@" > "$t/log" 2>&1
	}
	spark train --work "$t/spark" --per-task 2 --count "$train" --build "$build" -o "$t/spark.model" "$@"
	fact $? "spark: trains"
	grep -q 'Lost executor' "$t/log"
	fact $? "spark: the loss of executors was noticed"
	spark encode -m "$t/model" -o "$t/spark.ids" "$@"
	fact $? "spark: encodes"
	compare spark
	rm -rf "$BUILD"/cluster/lib/python*/site-packages/pyspark/work	# the executors' folders
fi
exit $failed
