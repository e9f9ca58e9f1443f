# Processes that are ended: by a signal at every call of the system that has to do with files, and at
# random moments.  The file under the name is the old one or the new one, whole.  After SIGTERM nothing
# else is there; SIGKILL leaves no more than bytepiece.tmp* and bytepiece.spill.*, which the same
# command does not mind.  And two processes that write the same file at a time.

if [ -d /dev/shm ] && [ -w /dev/shm ]; then
	TMPDIR=/dev/shm
	export TMPDIR
fi
. tests/cli/lib.sh

tools=${BP%/*}/tests
BP_FAULT_LIB=$tools/fail.so BP_FAULT_WORK=$T
export BP_FAULT_LIB BP_FAULT_WORK
works() { LD_PRELOAD=$BP_FAULT_LIB BP_FAULT=alloc BP_FAULT_AT=1 "$BP" inspect "$T/m" 2>&1 | grep -q 'out of memory'; }
{ piece 900 'th'; piece 900 'the'; piece 900 ' the'; } | model >"$T/m"
if ! has_host; then
	skip "a signal at every call" "$no_host"
	finish
elif is_sanitized; then
	skip "a signal at every call" "a sanitizer has its own memory"
	finish
elif grep -q __gcov_ "$BP"; then
	skip "a signal at every call" "what writes the coverage asks for memory and files too"
	finish
elif [ -n "${EMU-}" ] || [ ! -x "$tools/sweep" ] || ! works; then
	skip "a signal at every call" "nothing can be preloaded here"
	finish
fi

cd "$T/w" || exit 1
mkdir "$T/in" d
in=$T/in
most=1000000 moments=50
if [ "${BP_FAULTS-}" != all ]; then
	most=16 moments=10
fi
printf '{"pieces":{ old\n' >"$in/old"
awk 'NR % 9 == 1' "$ROOT"/data/*.txt | head -c 9000 >"$in/text"
cat "$ROOT"/data/*.txt "$ROOT"/data/*.txt "$ROOT"/data/*.txt "$ROOT"/data/*.txt >"$in/much"

# Where SIGTERM is ignored, it cannot be tested.
signals='KILL TERM'
reaches TERM 15 || signals=KILL

# FACT WANTED OPTIONS-OF-SWEEP ARGUMENTS...: at every call, and at random moments.
killed()
{
	fact=$1 wanted=$2 how=$3
	shift 3
	for signal in $signals; do
		rm -f d/*
		"$tools/sweep" -n $most -k file -K $signal -d d -d "$TMPDIR" -o d/out -b "$in/old" -w "$wanted" \
			$how "$fact: SIG$signal at a call" "$BP" "$@" || : >"$T/failed"
	done
}
killed_at_random()
{
	fact=$1 wanted=$2 how=$3
	shift 3
	for signal in $signals; do
		rm -f d/*
		"$tools/sweep" -t $moments -k file -K $signal -d d -d "$TMPDIR" -o d/out -b "$in/old" -w "$wanted" \
			-G $how "$fact: SIG$signal at a moment" "$BP" "$@" || : >"$T/failed"
	done
}

"$BP" encode -m "$T/m" "$in/text" >"$in/ids"
"$BP" encode -m "$T/m" "$in/much" >"$in/many.ids"
killed "encode" "$in/ids" '' encode -j 1 -m "$T/m" -o d/out "$in/text"
killed_at_random "encode" "$in/many.ids" '' encode -j 2 -m "$T/m" -o d/out "$in/much"
for form in json binary; do
	"$BP" convert -q -f $form -o "$in/$form" "$T/m"
	killed "convert -f $form" "$in/$form" '' convert -f $form -o d/out "$T/m"
done
killed_at_random "convert" "$in/binary" '' convert -f binary -o d/out "$T/m"
"$BP" count -o "$in/counts" "$in/text"
killed "count" "$in/counts" '' count -j 1 -o d/out "$in/text"

train="train -q --vocab-size 400 -o d/out"
"$BP" train -q --vocab-size 400 -o "$in/model" "$in/text"
"$BP" train -q --vocab-size 400 --reference -o "$in/reference" "$in/text"
killed "train" "$in/model" '' $train -j 1 "$in/text"
killed "train, standard input" "$in/model" "-i $in/text" $train -j 1
killed_at_random "train" "$in/model" '' $train -j 2 "$in/text"
resume='-r work'
[ $most -lt 300 ] || most=300
killed "train --resume" "$in/model" "$resume" $train -j 1 --resume work "$in/text"
killed_at_random "train --resume" "$in/model" "$resume" $train -j 2 --resume work "$in/text"
killed_at_random "train --resume, standard input" "$in/model" "$resume -i $in/text" $train -j 2 --resume work
killed_at_random "train --resume --reference" "$in/reference" "$resume" \
	$train -j 2 --reference --resume work "$in/text"

# Two at a time: none of them is disturbed, and the file is that of one.
head -n 300 "$in/much" >"$in/some"
"$BP" encode -m "$T/m" "$in/some" >"$in/some.ids"
is_one() { cmp -s d/out "$in/many.ids" || cmp -s d/out "$in/some.ids"; }
rm -f d/*
wrong= n=0
while [ $n -lt $moments ]; do
	"$BP" encode -m "$T/m" -o d/out "$in/much" &
	"$BP" encode -m "$T/m" -o d/out "$in/some" || wrong="$wrong $n: status"
	wait $! || wrong="$wrong $n: status of the first"
	is_one || wrong="$wrong $n: content"
	holds d out || wrong="$wrong $n: $(ls -A d | tr '\n' ' ')"
	n=$((n + 1))
done
ran=
check "two that write one file at a time, $n times: it is of one of them, and nothing else is there" \
	[ -z "$wrong" ]
[ -z "$wrong" ] || echo "#$wrong"

# Ids and their index: wherever a run is killed or fails, there is no index of other ids.
for f in text some; do
	"$BP" encode -q -m "$T/m" -f u16 -o "$in/$f.raw" --index "$in/$f.at" "$in/$f"
done
belongs() { [ ! -e d/at ] || { cmp -s d/raw "$in/$1.raw" && cmp -s d/at "$in/$1.at"; }; }
# ENVIRONMENT...: the ids of 'some' over those of 'text', disturbed so.
indexed()
{
	rm -f d/*
	cp "$in/text.raw" d/raw
	cp "$in/text.at" d/at
	env "$@" LD_PRELOAD="$BP_FAULT_LIB" "$BP" encode -q -j 1 -m "$T/m" -f u16 -o d/raw --index d/at \
		"$in/some" 2>"$T/err"
}
wrong= n=0
indexed BP_FAULT=file BP_FAULT_AT=0 BP_FAULT_COUNT="$T/count"
check "ids and their index are replaced" belongs some
n_calls=$(cat "$T/count")
while [ $n -lt "$n_calls" ]; do
	n=$((n + 1))
	for how in BP_FAULT_SIGNAL=9 BP_FAULT_SIGNAL=15 BP_FAULT_ERRNO=5; do
		{ indexed BP_FAULT=file BP_FAULT_AT=$n $how; } 2>/dev/null
		belongs some || belongs text || wrong="$wrong $n: $how"
	done
done
ran=
check "a signal or a fault at each of $n calls: no index of other ids" [ -z "$wrong" ]
[ -z "$wrong" ] || echo "#$wrong"
# What happens between two calls of one process is rare, but for delays there.
slowly() { env LD_PRELOAD="$BP_FAULT_LIB" BP_FAULT=file BP_FAULT_AT=0 BP_FAULT_DELAY=1000 "$BP" "$@"; }
wrong= n=0
while [ $n -lt $((10 * moments)) ]; do
	slowly encode -q -m "$T/m" -f u16 -o d/raw --index d/at "$in/text" 2>"$T/err" &
	slowly encode -q -m "$T/m" -f u16 -o d/raw --index d/at "$in/some" 2>"$T/err2" ||
		grep -q 'another process' "$T/err2" || wrong="$wrong $n: status"
	wait $! || grep -q 'another process' "$T/err" || wrong="$wrong $n: status of the first"
	belongs some || belongs text || wrong="$wrong $n: content"
	n=$((n + 1))
done
check "two that write ids and their index, $n times: no index of other ids" [ -z "$wrong" ]
[ -z "$wrong" ] || echo "#$wrong"
rm -f d/*

# Trainings that begin and end in one folder: one at a time has it.  It stays, with a file that is not
# of a training.
mkdir work
: >work/foreign
in_folder()
{
	n=0
	while [ $n -lt $moments ]; do
		if slowly train -q -j 1 -o d/out --vocab-size 260 --resume work "$in/text" 2>"$T/err$1"; then
			n=$((n + 1))
		else
			grep -v 'work: is in use by another process' "$T/err$1" && break
		fi
	done >"$T/said$1"
}
in_folder 1 &
in_folder 2 &
in_folder 3
wait
cat "$T/said1" "$T/said2" "$T/said3" >"$T/out"
check "trainings that begin and end in one folder: one at a time, or refused" [ ! -s "$T/out" ]
head -n 5 "$T/out" | sed 's/^/# /'
check "of them nothing is left in the folder" holds work foreign
rm -rf work d/*

# Left by one that was killed: the next one takes another name, and leaves it.
printf 'left\n' >d/bytepiece.tmp0
run encode -m "$T/m" -o d/out "$in/text"
same "a temporary that was left does not disturb" d/out "$in/ids"
check "a temporary that was left stays" holds d bytepiece.tmp0 out

finish
