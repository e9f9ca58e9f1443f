# train --resume: a training that is killed goes on from what it had done, and gives the same model.
. tests/cli/lib.sh

cd "$T/w" || exit 1
quick=
if is_sanitized || [ "${BP_QUICK-}" = 1 ]; then
	quick=1
fi

# COPIES: text so many times, each time with other letters, so that it repeats itself little.
varied()
{
	a=abcdefghijklmnopqrstuvwxyz i=0
	while [ $i -lt "$1" ]; do
		cat "$ROOT"/data/prose.en.txt "$ROOT"/data/[dt]*.txt | tr a-z "$a"
		a=${a#?}${a%"${a#?}"}
		i=$((i + 1))
	done
}
copies=5
[ -z "$quick" ] || copies=2
varied $copies >much
part=8
[ -z "$quick" ] || part=16
awk -v part=$part 'NR % part == 1' "$ROOT"/data/*.txt >text
awk -v part=$part 'NR % part == 3' "$ROOT"/data/*.txt >text2
shorter='--max-piece-length 16'		# fewer steps
[ -z "$quick" ] || shorter='--max-piece-length 11'
few="--vocab-size 1500,900 --sample-size 64K --min-count 3 $shorter"

# FACT ARGUMENTS...: the program ends with exit 0.
succeeds()
{
	what=$1
	shift
	run "$@"
	[ "$status" = 0 ] || not_ok "$what: exit 0"
}
# What a run said that has to be the same in every run.
summary() { grep -E ' segments$|: vocabulary |bytes per token on' "$T/err"; }
# What shows that work was taken up.
taken_up='step [0-9]+ is resumed after [1-9]|fit is resumed after round|steps are done already'

# Undisturbed.
succeeds "a training" train -o out $shorter --vocab-size 800 text text2
mv out model
summary >said
folder_is_gone() { [ ! -e "$1" ]; }
has_host || mkdir work		# C11 makes no folders
succeeds "--resume" train -v -o out --resume work $shorter --vocab-size 800 text text2
same "--resume: the same model" out model
summary >its.said
same "--resume: the same summary" its.said said
if has_host; then
	check "--resume: the folder is gone in the end" [ ! -e work ]
	check "--resume: nothing was taken up" eval '! grep -qE "$taken_up" "$T/err"'
else
	check "--resume: the folder is empty in the end, or gone" [ -z "$(ls -A work 2>/dev/null)" ]
	skip "what --resume takes up" "$no_host"
	finish
fi
for options in '--reference' '-j 7 --memory 1' '--reference -j 7 --memory 24M' '--whole' '-z --normalize none' \
	'--across-spaces words'; do
	case $quick,$options in
	,* | *24M) ;;
	*) continue ;;
	esac
	succeeds "$options" train -o out -q $shorter --vocab-size 800,500 $options text text2
	mv out.800 its.800
	mv out.500 its.500
	succeeds "--resume $options" train -q -o out --resume work/ $shorter --vocab-size 800,500 $options text text2
	same "--resume $options: the same model" out.800 its.800
	same "--resume $options: the same model of the other size" out.500 its.500
	check "--resume $options: the folder is gone" [ ! -e work ]
done
mkdir work work/empty
echo mine >work/mine
echo mine >mine
succeeds "--resume in a folder that is there" train -q -o out --resume work $shorter --vocab-size 800 text text2
same "--resume in a folder that is there: the same model" out model
check "--resume in a folder that is there: what is not ours stays, nothing else" holds work empty mine
same "--resume in a folder that is there: it is as it was" work/mine mine
succeeds "--resume --restart in it" train -q -o out --resume work --restart $shorter --vocab-size 800 text text2
same "--resume --restart in it: the same model" out model
check "--resume --restart in it: what is not ours stays, nothing else" holds work empty mine
rm -r work
succeeds "--resume with a pipe beside a file" train -q -o out --resume work $shorter --vocab-size 800 text - <text2
same "--resume with a pipe beside a file: the same model" out model
check "--resume with a pipe beside a file: the folder is gone" [ ! -e work ]

# Wrong usage, and folders that cannot be.
printf '{"pieces":{ old\n' >old
cp old out
run train -o out --resume work none text
fails "--resume and an input that does not exist" 1 'none: No such file'
check "--resume and an input that does not exist: no folder is made" [ ! -e work ]
run train -o out --restart text
fails "--restart without --resume is wrong usage" 2 '--resume'
run train -o out --resume
fails "--resume without a folder is wrong usage" 2 'resume'
run train -o out --resume text --vocab-size 300 text
fails "--resume FILE" 1 ' text: Not a directory$'
same "--resume FILE leaves the file" text text
run train -o out --resume none/work --vocab-size 300 text
fails "--resume in a folder that is not there" 1 ' none/work: No such file or directory$'
check "refusals make no folder" [ ! -e none -a ! -e work ]
if is_root; then
	skip "--resume in a folder that may not be written" "root may write everywhere"
else
	mkdir locked
	chmod 555 locked
	run train -o out --resume locked/work --vocab-size 300 text
	fails "--resume in a folder that may not be written" 1 ' locked/work: Permission denied$'
	run train -o out --resume locked --vocab-size 300 text
	fails "--resume FOLDER that may not be written" 1 ' locked[:/].*Permission denied$'
fi
same "refusals leave the old model" out old

# Left at certain places: where a file is to be written there is a folder, or the disk is full.
# FACT ARGUMENTS...: a training with --resume work fails, and leaves work.
left()
{
	fact=$1
	shift
	run train -q -o out --resume work "$@"
	if [ "$status" = 1 ]; then ok "$fact: left"; else not_ok "$fact: left with exit 1"; fi
}
# PLACE OPTIONS: leave 'work' there.
leave_at()
{
	rm -rf work out*
	mkdir work
	case $1 in
	place | fit)
		mkdir "work/$1"
		left "at the $1" $2
		rmdir "work/$1"
		;;
	end)
		ln -s /dev/full out
		ln -s /dev/full out.900
		left "at the end" $2
		rm out out.900
		;;
	esac
}
# FACT OPTIONS: it goes on, and gives model.
goes_on()
{
	run train -v -o out --resume work $2
	[ "$status" = 0 ] || not_ok "$1: exit 0"
	same "$1: goes on to the same model" out model
	summary >its.said
	same "$1: the same summary" its.said said
	check "$1: the folder is gone" [ ! -e work ]
}
# What is left out when it has to be quick.
more() { [ -n "$quick" ] || "$@"; }
job="--vocab-size 800 -j 3 --memory 1M $shorter text text2"
places='place fit'
[ -z "$quick" ] || places=fit
[ ! -c /dev/full ] || places="$places end"
for place in $places; do
	leave_at $place "$job"
	goes_on "left at the $place" "$job"
	[ $place = place ] || check "left at the $place: work was taken up" like "$taken_up" "$T/err"
	[ $place != end ] || check "left at the end: no round is done again" eval '! grep -q ": round 1:" "$T/err"'
	[ $place != end ] || check "left at the end: nothing is counted again" eval '! grep -q "counted" "$T/err"'
done
leave_at fit "$job"
goes_on "other threads and memory" "$shorter --vocab-size 800 -j 1 --memory 8G text text2"
leave_at fit "$job"
goes_on "no ceiling, and --tmpdir" "$shorter --vocab-size 800 --tmpdir /no/such/folder text text2"

# Refused, and the work stays for the command that it is of.
# FACT ARGUMENTS...
refused()
{
	fact=$1
	shift
	cp old out
	cp old out.500
	run train -o out --resume work "$@"
	fails "$fact: refused" 1 '[ /]work[:/]'
	same "$fact: the old model stays" out old
	same "$fact: the old model of another size stays" out.500 old
	rm out.500
}
cp -p text text.saved
for place in $places; do
	[ $place != place ] || continue
	[ -n "$quick" ] && [ $place = end ] && break
	leave_at $place "$job"
	for options in '--min-count 3' '--max-piece-length 35' '--isolate-digits' '--ensure-unicode no' \
		'--across-spaces words' '--across-spaces no' '--specials' '--punctuation apart' '--normalize none' '--sample-size 31M' \
		'--count-size 99M' '--reference' '-z' '--whole' '--vocab-size 1001' '--vocab-size 800,500'; do
		[ -n "$quick" ] && [ "$options" != '--min-count 3' ] && continue
		refused "left at the $place, $options" $job $options
	done
	refused "left at the $place, files in another order" $shorter --vocab-size 800 text2 text
	refused "left at the $place, a file less" $shorter --vocab-size 800 text
	refused "left at the $place, a file more" $job text
	refused "left at the $place, the file by another name" $shorter --vocab-size 800 ./text text2
	echo more >>text
	refused "left at the $place, a longer file" $job
	tr a-z b-za <text.saved >text
	touch -t 202001010000 text
	refused "left at the $place, a file of other content and the same size" $job
	cp text.saved text
	touch -t 202001010000 text
	refused "left at the $place, a file of another time" $job
	mv text gone
	cp old out
	run train -o out --resume work $job
	fails "left at the $place, a file that is gone" 1 'text'
	same "left at the $place, a file that is gone: the old model stays" out old
	rm gone
	cp -p text.saved text
	goes_on "left at the $place, after all these refusals" "$job"
done
# Only what the program itself reads can tell.
leave_at fit "$job"
tr a-z b-za <text.saved >text
touch -r text.saved text
cp old out
run train -o out --resume work $job
check "a file of other content, the same size and time: refused, or trained as it is now" \
	eval '[ $status = 1 ] && cmp -s out old || { [ $status = 0 ] && ! cmp -s out model; }'
cp -p text.saved text
rm -rf work

# Anew.
for place in $places; do
	leave_at $place "$shorter --vocab-size 800 --min-count 9 -j 7 --memory 1M text text2"
	cp old out
	run train -o out --resume work $job
	fails "left at the $place, then other options: refused" 1 'work'
	check "left at the $place, then other options: the message tells of --restart" like '--restart' "$T/err"
	same "left at the $place, then other options: the old model stays" out old
	echo mine >work/mine
	run train -v -o out --restart --resume work $job
	check "left at the $place, then --restart: exit 0" [ "$status" = 0 ]
	same "left at the $place, then --restart: the right model" out model
	check "left at the $place, then --restart: nothing was taken up" eval '! grep -qE "$taken_up" "$T/err"'
	check "left at the $place, then --restart: only what is not ours is left" holds work mine
done
rm -rf work

# Damaged files: never a wrong model.
# FILE OFFSET: flip a bit there; negative: from the end.
flip()
{
	size=$(($(wc -c <"$1")))
	at=$2
	[ "$at" -ge 0 ] || at=$((size + at))
	byte=$(od -An -tu1 -j $at -N 1 "$1")
	{
		head -c $at "$1"
		printf "\\$(printf %03o $((byte ^ 1 << at % 8)))"
		tail -c +$((at + 2)) "$1"
	} >flipped
	cat flipped >"$1"
}
# FACT FILE: refused, and the file is named.
damaged()
{
	cp old out
	run train -o out --resume work $job
	fails "$1: exit 1 and the file is named" 1 "[ /]work/$2:"
	same "$1: the old model stays" out old
	rm -rf work
	cp -Rp left work
}
# PLACE: leave 'work' there, and a copy of it.
leave_copy()
{
	leave_at $1 "$job"
	rm -rf left
	cp -Rp work left
}
# FILE: damage the file in several ways.
damage()
{
	middle=$(($(wc -c <left/$1) / 2))
	for at in 0 7 8 9 30 -9 -1 $middle; do
		case $quick,$at in 1,0 | 1,[789] | 1,-?) continue ;; esac
		flip work/$1 $at
		damaged "$1 with a bit flipped at $at" $1
	done
	for n in 1 8 9 20 $middle $(($(wc -c <left/$1) - 1)); do
		case $quick,$n in 1,1 | 1,[89] | 1,20) continue ;; esac
		head -c $n left/$1 >work/$1
		damaged "$1 cut to $n bytes" $1
	done
	if [ -z "$quick" ]; then
		echo >>work/$1
		damaged "$1 with a byte behind it" $1
		cat model >work/$1
		damaged "a model as $1" $1
	fi
	: >work/$1
	damaged "$1 cut to nothing" $1
}
leave_copy fit
damage place
more damage $(cd left && echo spill.*)
more goes_on "what was damaged as it was" "$job"
if [ -c /dev/full ]; then
	leave_copy end
	damage fit
	more goes_on "what was damaged at the end as it was" "$job"
fi
if [ -c /dev/full ]; then
	# The published algorithm has a plan, and spills of counts.
	default=$job job="--reference --vocab-size 800 -j 3 --memory 24M $shorter text text2"
	cp model default.model
	succeeds "--reference" train -q -o model --force $(echo "$job" | sed 's/--memory 24M//')
	leave_copy end
	damage plan
	damage place
	more damage $(cd left && ls spill.* | head -n 1)
	run train -q -o out --resume work $job
	same "what was damaged with --reference as it was" out model
	job=$default
	mv default.model model
fi
leave_copy fit
spills=$(ls left | grep '^spill')
check "left at the fit there are spills: $(echo $spills)" [ -n "$spills" ]
for s in $spills; do
	rm "work/$s"
	damaged "$s removed" "$s"
	cp work/place "work/$s"
	damaged "another file of the folder as $s" "$s"
	[ -z "$quick" ] || break
done
goes_on "all that was damaged as it was" "$job"

# Two at a time: the first waits for its input.
rm -f out
mkfifo slow
"$BP" train -q -o out --resume work $shorter --vocab-size 800 <slow >"$T/out" 2>"$T/err.first" &
first=$!
exec 3>slow
i=0
while [ ! -s work/job ] && [ $i -lt 200 ]; do
	sleep 0.05
	i=$((i + 1))
done
check "a training that waits has its folder" [ -s work/job ]
cp old out2
for options in '' --restart; do
	run train -o out2 --resume work $options $shorter --vocab-size 800 -
	fails "a second one in the same folder${options:+ with $options}: refused" 1 ' work: .*(use|lock|other)'
done
run train -o out --resume work $shorter --vocab-size 800 -
fails "a second one of the same job: refused" 1 ' work: .*(use|lock|other)'
same "a second one leaves the old model" out2 old
cat text >&3
exec 3>&-
wait $first
check "the first one ends well" [ $? = 0 ]
succeeds "a training" train -q -o out2 $shorter --vocab-size 800 text
same "the first one gives the right model" out out2
check "the first one leaves no folder" [ ! -e work ]

# Standard input has to be the same again.
leave_at fit "$shorter --vocab-size 800 - text2" <text
cp old out
run train -o out --resume work $shorter --vocab-size 800 - text2 <text.saved
check "standard input left: goes on" [ "$status" = 0 ]
same "standard input left: the same model" out model
for other in text2 /dev/null; do
	leave_at fit "$shorter --vocab-size 800 - text2" <text
	cp old out
	run train -o out --resume work $shorter --vocab-size 800 - text2 <$other
	fails "standard input left, then other input: refused" 1 'work|standard input'
	same "standard input left, then other input: the old model stays" out old
	run train -q -o out --resume work --restart $shorter --vocab-size 800 - text2 <text
	same "standard input left, then --restart: the right model" out model
	check "standard input left, then --restart: the folder is gone" [ ! -e work ]
done

if [ -c /dev/full ]; then
	rm -f out* reference
	succeeds "--reference of standard input" train -q -o reference --reference --vocab-size 800 $shorter - text2 <text
	leave_at end "--reference --vocab-size 800 $shorter - text2" <text
	cp old out
	run train -o out --resume work --reference --vocab-size 800 $shorter - text2 <text2
	fails "--reference, standard input left, then other input: refused" 1 'work: the input has changed'
	same "--reference, standard input left, then other input: the old model stays" out old
	run train -q -o out --resume work --reference --vocab-size 800 $shorter - text2 <text
	same "--reference, standard input left: the same model" out reference
fi

# Killed.  The moments are shares of the time that it takes undisturbed, which grow so that it ends.
now() { date +%s%N; }
case $(now) in
*[!0-9]*)
	skip "killed at any moment" "no clock"
	finish
	;;
esac
seed=$(($$ + $(date +%s) % 100000))
# TENTHS: at random up to that, of $took milliseconds; in seconds.
moment()
{
	seed=$((seed * 16807 % 2147483647))
	awk -v took=$took -v tenths=$1 -v x=$seed 'BEGIN { printf "%.3f\n", took / 1e4 * tenths * (0.1 + 0.9 * x / 2147483647) + 0.01 }'
}
# Wait until the training has something to take up, or is gone.
until_checkpoint() { until [ -e work/place ] || [ -e work/plan ] || ! kill -0 $pid; do sleep 0.01; done; }
# SECONDS: the training $job with that input, killed if it lasts so long; "checkpoint": killed then.
lasts()
{
	"$BP" train -v -o out --resume work $job <"$input" >"$T/out" 2>"$T/err" &
	pid=$!
	case $1 in
	'') ;;
	checkpoint) until_checkpoint && kill -KILL $pid ;;
	*) sleep "$1" && kill -KILL $pid ;;
	esac
	wait $pid
} 2>/dev/null
kills=0 took_up=0
# FACT INPUT OPTIONS KILLS: the same models and summary, killed so often.
killed()
{
	fact=$1 input=$2 job=$3 wanted=$4
	ran="train $job (killed)"
	rm -rf work out* undisturbed*
	begun=$(now)
	lasts ''
	status=$?
	took=$((($(now) - begun) / 1000000))
	[ $status = 0 ] || not_ok "$fact: undisturbed"
	summary >said
	for f in out*; do
		mv "$f" "undisturbed${f#out}"
	done
	n=0 tenths=2 rounds=0
	while [ $rounds -lt 60 ]; do
		rounds=$((rounds + 1))
		wait=
		[ $n -ge $wanted ] || wait=$(moment $tenths)
		[ $n != $((wanted - 1)) ] || wait=checkpoint
		lasts "$wait"
		status=$?
		! like "$taken_up" "$T/err" || took_up=$((took_up + 1))
		if [ $status = 137 ]; then
			n=$((n + 1))
			tenths=$((tenths + 2))
			continue
		fi
		[ $status = 0 ] || break
		summary >its.said
		cmp -s its.said said || break
		for f in undisturbed*; do
			cmp -s "$f" "out${f#undisturbed}" || break 2
		done
		[ ! -e work ] || break
		tenths=2
		[ $n -lt $wanted ] || break
		rm -f out*
	done
	kills=$((kills + n))
	check "$fact: killed $n times, then it ends well" [ $status = 0 ]
	same "$fact: the same summary" its.said said
	for f in undisturbed*; do
		same "$fact: the same model${f#undisturbed}" "out${f#undisturbed}" "$f"
	done
	check "$fact: the folder is gone" [ ! -e work ]
	rm -f bytepiece.tmp*
}
n=7
[ -z "$quick" ] || n=2
killed "killed with spills" /dev/null "-j 7 --memory 1M $few much" $n
killed "killed with --reference" /dev/null "--reference -j 7 --memory 24M --vocab-size 1500,900 much" $n
killed "killed with standard input" much "$few" $((n - 1))
check "of all these, some took up work: $took_up after $kills kills" [ $took_up -gt 0 ]
[ -n "$quick" ] || check "there were twenty kills, or more: $kills" [ $kills -ge 20 ]

# Killed as soon as the last model, the smallest, is there.
job="--vocab-size 800,500 $shorter text text2" input=/dev/null ran="train (killed when the last model is written)"
rm -rf work out* undisturbed*
lasts ''
summary >said
mv out.800 undisturbed.800
mv out.500 undisturbed.500
attempt=0
while [ $attempt -lt 8 ]; do
	attempt=$((attempt + 1))
	[ -n "$quick" ] && [ $attempt -gt 2 ] && break
	rm -rf work out*
	"$BP" train -q -o out --resume work $job >"$T/out" 2>"$T/err" &
	pid=$!
	while [ ! -e out.500 ] && kill -0 $pid; do
		:
	done 2>/dev/null
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	lasts ''
	status=$?
	summary >its.said
	[ $status = 0 ] && cmp -s out.500 undisturbed.500 && cmp -s out.800 undisturbed.800 &&
		cmp -s its.said said && [ ! -e work ] || break
done
check "killed when the last model is written: exit 0" [ $status = 0 ]
same "killed when the last model is written: the same model" out.800 undisturbed.800
same "killed when the last model is written: the same model of the last size" out.500 undisturbed.500
same "killed when the last model is written: the same summary" its.said said
check "killed when the last model is written: the folder is gone" [ ! -e work ]

# An interrupt ends it, and leaves the work.
# SIGNAL SECONDS
lasts() { timeout -s "$1" --preserve-status "$2" "$BP" train -v -o out --resume work $job >"$T/out" 2>"$T/err"; }
for s in 'INT 2' 'TERM 15'; do
	set -- $s
	if ! reaches $1 $2; then
		skip "SIG$1 leaves the work" "SIG$1 is ignored here"
		continue		# where SIGINT is, SIGTERM has to do
	fi
	job="-j 7 --memory 1M $few much"
	rm -rf work out* undisturbed*
	begun=$(now)
	lasts $1 99
	took=$((($(now) - begun) / 1000000))
	mv out.1500 undisturbed.1500
	ran="train $job (SIG$1)"
	# How fast it is changes with what else the machine does: ever sooner, until it was soon enough.
	for thousandths in 700 500 350 250 180 120 80 50 30 20; do
		rm -rf work
		cp old out.1500
		lasts $1 $(awk -v ms=$took -v part=$thousandths 'BEGIN { print ms * part / 1000000 }')
		status=$?
		[ $status = $((128 + $2)) ] && { [ -e work/place ] || [ -e work/plan ]; } && break
	done
	check "SIG$1: ends by it, and leaves work" [ $status = $((128 + $2)) -a -e work/job ]
	check "SIG$1: leaves the old model" eval 'cmp -s out.1500 old || cmp -s out.1500 undisturbed.1500'
	check "SIG$1: leaves nothing beside it" [ "$(ls -A | grep -c 'tmp')" = 0 ]
	check "SIG$1: leaves no half file" [ "$(ls -A work | grep -c 'tmp')" = 0 ]
	lasts $1 99
	check "SIG$1: then it goes on" [ $? = 0 ]
	check "SIG$1: and takes up the work" like "$taken_up" "$T/err"
	same "SIG$1: to the same model" out.1500 undisturbed.1500
	check "SIG$1: the folder is gone" [ ! -e work ]
	break
done
check "nothing is left in TMPDIR" holds "$TMPDIR"

finish
