# train --memory, --tmpdir and --sample-size: the same model in little memory, and nothing left behind.
. tests/cli/lib.sh

english=$(cd "${BP_SHARED:-/nonexistent}/corpora" 2>/dev/null && pwd)/en.train.txt
cd "$T/w" || exit 1
quick=
if is_sanitized || [ "${BP_QUICK-}" = 1 ]; then
	quick=1
fi
part=2		# half will do
[ -z "$quick" ] || part=4
awk -v part=$part 'NR % part == 1' "$ROOT"/data/*.txt >text

# COPIES: text so many times, each time with other letters, so that it repeats itself little.
varied()
{
	a=abcdefghijklmnopqrstuvwxyz i=0
	while [ $i -lt "$1" ]; do
		cat "$ROOT"/data/prose.en.txt "$ROOT"/data/[cdt]*.txt | tr a-z "$a"
		a=${a#?}${a%"${a#?}"}
		i=$((i + 1))
	done
}
copies=16
[ -z "$quick" ] || copies=3
varied $copies >much
mkdir temporaries

# FACT ARGUMENTS...: trains out; says nothing if it goes well.
trained()
{
	what=$1
	shift
	rm -f out
	run train -o out "$@"
	[ "$status" = 0 ] && is_file out && return
	not_ok "$what: trains a model"
	: >out
}
# FACT MODEL ARGUMENTS...: trains the same.
trains_same()
{
	trained "$1" $3
	same "$1: the same model" out "$2"
}
# STEP: how many spills the last run, with -v, had in it.
spills() { sed -n "s/.* counted, \([0-9]*\) spills.*/\1/p" "$T/err" | sed -n "$1p"; }
at_least() { [ -n "$1" ] && [ "$1" -ge "$2" ]; }

# The same model, whatever the memory and the threads.
half='--vocab-size 2000'
trained "default" $half text
mv out default
trained "--reference" --reference $half text
mv out reference
for options in '-j 2 --memory 32M' '-j 2 --memory 64M' '-j 1 --memory 32M' '-j 7 --memory 1M' '-j 31 --memory 1M' \
	'-j 7 --memory 256M' '-j 1 --memory=8G' '-j 7'; do
	case $quick,$options in
	,* | *31*' 1M' | *=8G) ;;
	*) continue ;;
	esac
	trains_same "$options" default "$options $half text"
	rm -f out
	run train -o out --reference $options $half text
	if [ "$status" = 0 ]; then
		same "--reference $options: the same model" out reference
	else
		fails "--reference $options: if not the same model, then a clear message" 1 'memory|--min-count'
		check "--reference $options: there is no model then" [ ! -e out ]
	fi
done
run train -q -o out -j 7 --memory 1M --vocab-size 2000,500 text
same "several sizes in little memory: the largest is the same" out.2000 default
run train -q -o sizes --vocab-size 500,2000 text
same "several sizes in little memory: the smallest is the same" out.500 sizes.500

# It really spills, and keeps within the ceiling.
few='--vocab-size 1500 --max-piece-length 11' fit_size=128K
[ -z "$quick" ] || few="$few --min-count 3" fit_size=16K
# RECIPE: --reference takes no sample.
few_of() { [ -n "$1" ] && echo "$few $1" || echo "$few --sample-size $fit_size"; }
# FACT MEBIBYTES ARGUMENTS...: trains out, and takes no more memory than that and 64 MiB.
trains_within()
{
	what=$1 most=$((($2 + 64) * 1024))
	shift 2
	rm -f out
	ran="train $*"
	/usr/bin/time -o peak -f %M "$BP" train -o out "$@" >"$T/out" 2>"$T/err"
	status=$?
	check "$what: exit 0" [ "$status" = 0 ]
	peak=$(tail -n 1 peak)
	check "$what: the peak of memory, $peak KiB, is at most $most KiB" [ "$peak" -le $most ]
}
if ! /usr/bin/time -f %M true 2>peak || ! is_file peak || ! like '^[0-9]+$' peak; then
	trains_within() { what=$1; shift 2; trained "$what" "$@"; skip "$what: memory" "no /usr/bin/time -f"; }
elif ! has_host; then
	trains_within() { what=$1; shift 2; trained "$what" "$@"; skip "$what: memory" "C11 cannot give it back"; }
elif is_sanitized; then
	trains_within() { what=$1; shift 2; trained "$what" "$@"; skip "$what: memory" "a sanitizer takes more"; }
fi
# TEXT RECIPE MEMORY...: no ceiling, then each of these.
in_little()
{
	text=$1 recipe=$2
	shift 2
	trained "${text##*/}${recipe:+ $recipe}" -v $(few_of "$recipe") "$text"
	mv out unbounded
	check "${text##*/}${recipe:+ $recipe}: without a ceiling nothing is spilled" \
		[ "$(spills 1),$(spills 2)" = 0,0 ]
	for m in "$@"; do
		j=2
		[ $m -gt 24 ] || j=7
		fact="${text##*/}${recipe:+ $recipe} --memory ${m}M -j $j"
		trains_within "$fact" $m -v --memory ${m}M -j $j --tmpdir temporaries $(few_of "$recipe") "$text"
		same "$fact: the same model" out unbounded
		[ $m -gt 24 ] || [ -n "$quick" ] || check "$fact: several spills in the first step" at_least "$(spills 1)" 2
		check "$fact: nothing is left" holds temporaries
	done
}
in_little much '' 16 32
in_little much --reference 24
if [ -n "$quick" ]; then
	skip "8 MB of English in 64 MiB" "not when it has to be quick"
elif [ ! -r "$english" ]; then
	skip "8 MB of English in 64 MiB" "there is no corpora/en.train.txt"
else
	trains_within "8 MB of English --memory 64M" 64 -v --memory 64M --tmpdir temporaries $(few_of "") --min-count 30 \
		"$english"
	check "8 MB of English --memory 64M: it spills" at_least "$(spills 1)" 1
	check "8 MB of English --memory 64M: nothing is left" holds temporaries
fi
check "nothing is left in TMPDIR" holds "$TMPDIR"

# Sizes.
for size in 1 1K 3G; do
	trains_same "--memory $size" default "--memory $size $half text"
	[ -z "$quick" ] || break
done
cp default out
for size in 0 0M '' -1 M 1P 1.5G 64x '64 M' 64MB 0x10 99999999999999999999 99999999999G many; do
	run train -o out --memory "$size" text
	fails "--memory '$size' is wrong usage" 2 '--memory'
done
for size in 0 none -5; do
	run train -o out --sample-size "$size" text
	fails "--sample-size '$size' is wrong usage" 2 '--sample-size'
done
run train -o out --memory
fails "--memory without a size is wrong usage" 2 'memory'
run train -o out --tmpdir
fails "--tmpdir without a folder is wrong usage" 2 'tmpdir'

# One read: a pipe is not copied, and no temporary is made without a ceiling.
cat text | TMPDIR=/no/such/folder "$BP" train -q -o out $half >"$T/out" 2>"$T/err"
status=$? ran="train (from a pipe)"
check "a pipe, where no temporary can be made: exit 0" [ "$status" = 0 ]
same "a pipe, where no temporary can be made: the same model" out default
mkfifo fifo
cat text >fifo &
run train -q -o out $half fifo
same "a FIFO: the same model" out default

# Of a larger text a part is counted, and of that a part fitted to: whatever the memory and the threads.
parts_of='--vocab-size 900 --count-size 60K --sample-size 30K --min-count 3'
run train -v -o part $parts_of much
drawn=$(sed -n 's/.*train: \([0-9]*\) bytes in [0-9]* blocks are drawn/\1/p' "$T/err")
fitted=$(sed -n 's/.*sample of \([0-9]*\) bytes in.*/\1/p' "$T/err")
check "as much is drawn as --count-size says, $drawn" [ "$drawn" -ge 61440 -a "$drawn" -lt 110000 ]
check "as much is fitted to as --sample-size says, $fitted" [ "$fitted" -ge 30720 -a "$fitted" -lt "$drawn" ]
for options in '-j 1 --memory 1M' '-j 7 --memory 1M' '-j 3'; do
	trains_same "a part, $options" part "$options $parts_of much"
done
trained "--sample-size beyond --count-size" $parts_of --sample-size 60K much
mv out same
trains_same "--sample-size is at most --count-size" same "$parts_of --sample-size 9G much"

# A ceiling without room for what is counted.
if has_host; then
	head -c 70000000 /dev/zero | tr '\0' '\n' >lines
	cp default out
	run train -o out --memory 1M lines
	fails "too little memory for the text that is counted" 1 'memory.*--count-size .*--sample-size'
	same "too little memory: the old model stays" out default
	run train -q --allow-empty -o out --memory 1M --count-size 40M --vocab-size 300 lines
	check "with a smaller --count-size: exit 0" [ "$status" = 0 ]
	# Most of JSON lines may be no text.
	yes '{"id":"0123456789012345678901234567890123456789012345678901234567890123456789","text":"a"}' |
		head -n 1000000 >lines
	run train -q -o out --jsonl --memory 1M --vocab-size 300 lines
	check "JSON lines of little text: exit 0" [ "$status" = 0 ]
	# Nor for the fit: that is said before the counting, which would take long in so little.
	noise 500000 | base64 >half
	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n; do echo $i; cat half; done >lines
	cp default out
	run train -v -o out --memory 1M lines
	check "too little memory to fit: the exit is 1" [ "$status" = 1 ]
	check "too little memory to fit: the message names enough" like '--memory [0-9]*M suffices' "$T/err"
	check "too little memory to fit: it comes before the counting" eval '! grep -q "windows counted" "$T/err"'
	same "too little memory to fit: the old model stays" out default
	rm lines half
fi
cp default out

# Where temporaries cannot be made, an old model stays.
# FACT PATTERN ARGUMENTS...: exit 1 and a message like that.
refused()
{
	fact=$1 pattern=$2
	shift 2
	run train -o out "$@"
	fails "$fact" 1 "$pattern"
	same "$fact: the old model stays" out default
}
spilling="--memory 1M $half"
varied 16 >plenty
if has_host; then
	refused "--tmpdir that is not there" '/no/such/folder: .*(No such file|not)' --tmpdir /no/such/folder $spilling plenty
	refused "--tmpdir that is not there, for the published algorithm" '/no/such/folder: ' \
		--reference --tmpdir /no/such/folder $half plenty
	refused "--tmpdir that is a file" ' (./)?text: .*Not a directory' --tmpdir text $spilling plenty
	cat text | "$BP" train -o out --reference --tmpdir /no/such/folder $half >"$T/out" 2>"$T/err"
	status=$? ran="train --tmpdir /no/such/folder (from a pipe)"
	fails "--tmpdir that is not there, for the copy of standard input" 1 '/no/such/folder: '
	TMPDIR=/no/such/folder
	refused "a TMPDIR that is not there" '/no/such/folder: ' $spilling plenty
	TMPDIR=$T/tmp
	mkdir locked
	chmod 555 locked
	if is_root; then
		skip "--tmpdir that may not be written" "root may write everywhere"
	else
		refused "--tmpdir that may not be written" ' locked: .*Permission denied' --tmpdir locked $spilling plenty
	fi
	trains_same "--tmpdir that is not there, and not needed" default "--tmpdir /no/such/folder $half text"
	TMPDIR=/no/such/folder
	trains_same "--tmpdir goes before TMPDIR" default "--tmpdir temporaries $spilling text"
	TMPDIR=$T/tmp
	check "--tmpdir: nothing is left" holds temporaries
else
	skip "--tmpdir that cannot be used" "$no_host"
fi

# A full disk: a small file system in a mount namespace of our own, or a limit for files.
cp default out
cat >full.sh <<'END'
# PROGRAM TEXT WHAT: in a folder 'small', where 128 KB fit.
mount -t tmpfs -o size=128K none small || exit 77
case $3 in
spill) "$1" train -o out --memory 1M -j 7 --tmpdir small --vocab-size 2000 "$2" ;;
pipe) cat "$2" | "$1" train -o out --reference --tmpdir small --vocab-size 2000 ;;
reference) "$1" train -o out --reference --memory 1M -j 7 --tmpdir small --vocab-size 2000 "$2" ;;
esac
status=$?
[ -z "$(ls -A small)" ] || echo "left: $(ls -A small)"
exit $status
END
mkdir small
namespace=
for unshare in 'unshare -m' 'unshare -rm'; do
	$unshare sh -c 'mount -t tmpfs -o size=128K none small && [ -w small ]' 2>/dev/null && namespace=$unshare && break
done
if [ -z "$namespace" ]; then
	skip "a full disk" "no mount namespace of our own can be had"
else
	for what in spill pipe reference; do
		cp default out
		$namespace sh full.sh "$BP" plenty $what >"$T/out" 2>"$T/err"
		status=$? ran="train ($what on a full disk)"
		fails "a full disk, $what: the message says so" 1 'No space left on device$'
		same "a full disk, $what: the old model stays" out default
	done
fi
(
	trap '' XFSZ 2>/dev/null || exit 77
	ulimit -f 200 2>/dev/null || exit 77
	"$BP" train -o out $spilling --tmpdir temporaries plenty >"$T/out" 2>"$T/err"
)
status=$? ran="train (with a limit for the size of files)"
if [ $status = 77 ]; then
	skip "a limit for the size of files" "no ulimit -f"
else
	fails "a limit for the size of files: the message says so" 1 'File too large$'
	same "a limit for the size of files: the old model stays" out default
fi
check "failures leave nothing in --tmpdir" holds temporaries
check "failures leave nothing in TMPDIR" holds "$TMPDIR"
check "failures leave nothing beside the model" [ "$(ls -A | grep -c tmp)" = 0 ]

# While it runs.  Something may have a name for a moment, until it is taken off; on a busy machine that
# is long.
# FOLDER: no name there stays.
has_no_names()
{
	for name in $(ls -A "$1"); do
		waits=0
		while [ -e "$1/$name" ]; do
			[ $waits -lt 100 ] || return 1
			sleep 0.1
			waits=$((waits + 1))
		done
	done
}
# FOLDER: files there that the process $pid has open, without names.
nameless() { ls -l "/proc/$pid/fd" 2>/dev/null | grep -c -- "-> $1/.*(deleted)"; }
real=$(cd temporaries && pwd -P)
# Look at the process $pid until it ends, or for a second after the first nameless file; count
# what is seen of these, and of names.
watch()
{
	seen=0 named=0 looks=0
	while kill -0 "$pid" 2>/dev/null && [ $looks -lt 300 ]; do
		n=$(nameless "$real")
		[ "$n" -le $seen ] || seen=$n
		has_no_names temporaries && has_no_names "$TMPDIR" || named=1
		looks=$((looks + 1))
		[ $# = 0 ] || [ $seen = 0 ] || break
	done
}
# In the background, where a process has no interrupt; 'pid' is its number.
start()
{
	"$BP" train "$@" >"$T/out" 2>"$T/err" &
	pid=$!
	ran="train $*"
}
ends_well() { wait "$pid"; status=$?; check "$1: exit 0" [ $status = 0 ]; }
if ! has_host; then
	skip "no names while it runs" "$no_host"
else
	for recipe in '' --reference; do
		fact="while it runs${recipe:+ with $recipe}"
		start -o run -j 31 --memory 24M --tmpdir temporaries $(few_of "$recipe") plenty
		watch
		ends_well "$fact"
		check "$fact: no name is in --tmpdir or TMPDIR" [ $named = 0 ]
		if [ ! -r /proc/self/fd ]; then
			skip "$fact: it has files in --tmpdir" "no /proc"
		else
			check "$fact: it has files without names in --tmpdir: $seen" [ $seen -gt 0 ]
		fi
	done
	# With --reference standard input is kept in --tmpdir.
	mkfifo slow
	"$BP" train -o run --reference --tmpdir temporaries $half <slow >"$T/out" 2>"$T/err" &
	pid=$! ran="train --tmpdir temporaries <slow"
	exec 3>slow
	cat text >&3
	watch once
	if [ ! -r /proc/self/fd ]; then
		skip "standard input is kept in --tmpdir" "no /proc"
	else
		check "standard input is kept in --tmpdir, without a name" [ $seen -gt 0 ]
	fi
	check "standard input: no name is in --tmpdir or TMPDIR" [ $named = 0 ]
	exec 3>&-
	ends_well "standard input"
	same "standard input in --tmpdir gives the same model" run reference
	cat text | "$BP" train -q -o run $half --memory 1M -j 7 --tmpdir temporaries - 2>"$T/err"
	same "a pipe with spills beside it gives the same model" run default
fi

# Signals, at a share of the time that it takes.
now() { date +%s%N; }
# SIGNAL SECONDS
killing()
{
	timeout -s "$1" --preserve-status "$2" \
		"$BP" train -q -o out -j 7 --memory 24M --tmpdir temporaries $(few_of "$recipe") plenty
}
is_old_or_new() { cmp -s out default || cmp -s out whole; }
# FACT SIGNAL NUMBER TENTHS...
interrupted()
{
	fact=$1 signal=$2 number=$3
	shift 3
	if [ $signal != KILL ] && ! reaches $signal $number; then
		skip "$fact" "SIG$signal is ignored here"
		return
	fi
	for tenths in "$@"; do
		cp default out
		wait=$(awk -v ms=$took -v tenths=$tenths 'BEGIN { print ms * tenths / 10000 }')
		ran="$fact after $wait s"
		{ killing $signal $wait >"$T/out" 2>"$T/err"; } 2>/dev/null
		status=$?
		[ $status != 0 ] || continue		# it was faster this time
		check "$ran of $took ms: ends by it" [ $status = $((128 + number)) ]
		# Killed just after it made a file, whose name it was about to take off.
		[ $signal != KILL ] || find temporaries -type f -size 0 -exec rm {} +
		check "$ran: nothing is left in --tmpdir" holds temporaries
		check "$ran: nothing is left in TMPDIR" holds "$TMPDIR"
		rm -f temporaries/*
		check "$ran: the old model stays, or the new one is whole" is_old_or_new
		[ $signal = KILL ] || check "$ran: nothing is left beside it" [ "$(ls -A | grep -c tmp)" = 0 ]
		rm -f bytepiece.tmp*
	done
}
if has_host && case $(now) in *[!0-9]*) false ;; esac; then
	for recipe in '' --reference; do
		begun=$(now)
		killing KILL 99
		took=$((($(now) - begun) / 1000000))
		cp out whole
		w=${recipe:+ with $recipe}
		interrupted "SIGTERM$w" TERM 15 3 7
		interrupted "SIGKILL$w" KILL 9 2 5
		[ -z "$quick" ] || break
		interrupted "SIGINT$w" INT 2 5
	done
else
	skip "signals while it spills" "$no_host, or no clock"
fi

# A sample stands for the text if that is larger.
files=
for f in "$ROOT"/data/*.txt; do
	awk -v part=$part 'NR % part == 1' "$f" >"part.${f##*/}"
	files="part.${f##*/} $files"
done
sampled="--sample-size 9K --vocab-size 900"
trained "a sample" $sampled part.*
check "a sample: the summary says so" like 'sample' "$T/err"
mv out sample
trained "no sample" --vocab-size 900 part.*
check "no sample: the summary does not speak of one" eval '! grep -q "a sample" "$T/err"'
mv out all
check "a sample gives another model" eval '! cmp -s sample all'
for size in 1M 8G; do
	trained "--sample-size $size" --sample-size $size --vocab-size 900 part.*
	check "--sample-size $size, more than there is: no sample" eval '! grep -q "a sample" "$T/err"'
	same "--sample-size $size, more than there is: the model of all of it" out all
done
for options in '-j 1' '-j 7' '-j 7 --memory 1M' '-j 2 --memory 8G'; do
	trains_same "a sample $options" sample "$options $sampled $files"
done
cat "${files%% *}" | "$BP" train -q -o out $sampled - ${files#* } 2>"$T/err"
same "a sample of files and standard input" out sample
trained "a sample of a byte" --sample-size 1 --vocab-size 300 part.*
check "a sample of a byte: the summary tells a sample" like 'sample' "$T/err"

finish
