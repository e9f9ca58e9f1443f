# Calls of the system that fail: memory, threads, files.  Every command is run once for each call it
# makes, and that call fails: it ends with status 1, a message that says why and the old file as it
# was; or it does without, and the result is the same.  See tests/faults/.
#
# Where there are more calls of a kind than a limit, some between the first and the last are left out;
# the lines tell how many were tried.  "make faults" (BP_FAULTS=all) tries all, which takes long.

# No disk is needed, and syncing to one would take most of the time.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
	TMPDIR=/dev/shm
	export TMPDIR
fi
. tests/cli/lib.sh

tools=${BP%/*}/tests
BP_FAULT_LIB=$tools/fail.so BP_FAULT_WORK=$T
export BP_FAULT_LIB BP_FAULT_WORK
works() { LD_PRELOAD=$BP_FAULT_LIB BP_FAULT=alloc BP_FAULT_AT=1 "$BP" inspect "$T/m" 2>&1 | grep -q 'out of memory'; }
model </dev/null >"$T/m"
if is_sanitized; then
	skip "calls that fail" "a sanitizer has its own memory; the unit test test_faults has this with it"
	finish
elif grep -q __gcov_ "$BP"; then
	skip "calls that fail" "what writes the coverage asks for memory and files too"
	finish
elif [ -n "${EMU-}" ] || [ ! -x "$tools/sweep" ] || ! works; then
	skip "calls that fail" "nothing can be preloaded here"
	finish
fi

cd "$T/w" || exit 1
mkdir "$T/in" d
in=$T/in
quick=
[ "${BP_FAULTS-}" = all ] || quick=1
printf '{"pieces":{ old\n' >"$in/old"

# LONG QUICK: how many calls of a kind are tried at most; 0: the command is left out.
limit()
{
	most=$1
	[ -z "$quick" ] || most=$2
}

# FACT OPTIONS-OF-SWEEP ARGUMENTS...: one sweep.
sweep()
{
	what=$1 how=$2
	shift 2
	rm -f d/*
	"$tools/sweep" -n "$most" -d d -d "$TMPDIR" $how "$what" "$BP" "$@" || : >"$T/failed"
}

# FACT TO ARGUMENTS...: memory, once and from some call on.  TO is what sweep needs to know of the output.
memory()
{
	fact=$1 to=$2
	shift 2
	sweep "$fact: no memory" "-k alloc $to" "$@"
	[ -n "$quick" ] || sweep "$fact: no memory from then on" "-k alloc -u $to" "$@"
}

# FACT TO ARGUMENTS...: inputs.
inputs()
{
	fact=$1 to=$2
	shift 2
	sweep "$fact: a file cannot be opened" "-k open -e EMFILE $to" "$@"
	sweep "$fact: reading fails" "-k read $to" "$@"
	sweep "$fact: short reads" "-k read -e short -G $to" "$@"
	[ -z "$quick" ] || return 0
	sweep "$fact: reading fails from then on" "-k read -u $to" "$@"
	sweep "$fact: reading is interrupted" "-k read -e EINTR -m nterrupted $to" "$@"
	sweep "$fact: short reads from then on" "-k read -e short -u -G $to" "$@"
}

# FACT TO ARGUMENTS...: the file that is written.
outputs()
{
	fact=$1 to=$2
	shift 2
	sweep "$fact: the disk is full" "-k write -e ENOSPC $to" "$@"
	[ -n "$quick" ] || sweep "$fact: the disk is full from then on" "-k write -u -e ENOSPC $to" "$@"
	sweep "$fact: syncing fails" "-k sync $to" "$@"
	# Standard output is closed last, when the file is there.
	sweep "$fact: closing fails" "-k close -e EDQUOT -N $to" "$@"
	sweep "$fact: renaming fails" "-k rename -e EACCES $to" "$@"
}

# FACT WANTED ARGUMENTS...: the same for a command that writes -o d/out.
to_file()
{
	fact=$1 to="-o d/out -b $in/old -w $2"
	shift 2
	set -- "$@" -o d/out
	memory "$fact" "$to" "$@"
	inputs "$fact" "$to" "$@"
	outputs "$fact" "$to" "$@"
}

# FACT WANTED ARGUMENTS...: memory alone, to standard output.
to_stdout() { fact=$1 to="-w $2"; shift 2; memory "$fact" "$to" "$@"; }

# What they work on.
awk 'NR % 9 == 1' "$ROOT"/data/*.txt | head -c 9000 >"$in/text"
printf 'no end of line: e\314\201 \343\201\213\343\202\231' >>"$in/text"
train="train -q --vocab-size 400"
"$BP" $train -o "$in/m" "$in/text"
"$BP" $train --reference -o "$in/reference" "$in/text"
"$BP" $train --normalize none -o "$in/none" "$in/text"
"$BP" $train --ensure-unicode yes -o "$in/characters" "$in/text"
"$BP" convert -f binary -o "$in/binary" "$in/m"

# Training.
limit 1000000 100
wanted="-o d/out -b $in/old -w"
memory "train" "$wanted $in/m" $train -j 1 -o d/out "$in/text"
limit 1000000 40
memory "train -j 2" "$wanted $in/m" $train -j 2 -o d/out "$in/text"
memory "train --reference" "$wanted $in/reference" $train --reference -j 1 -o d/out "$in/text"
memory "train --reference -j 2" "$wanted $in/reference" $train --reference -j 2 -o d/out "$in/text"
inputs "train" "$wanted $in/m" $train -j 1 -o d/out "$in/text"
outputs "train" "$wanted $in/m" $train -j 1 -o d/out "$in/text"
sweep "train: no threads" "-k thread -G $wanted $in/m" $train -j 2 -o d/out "$in/text"
sweep "train: no threads from then on" "-k thread -u -G $wanted $in/m" $train -j 2 -o d/out "$in/text"
sweep "train: no locks" "-k lock $wanted $in/m -m memory" $train -j 2 -o d/out "$in/text"
sweep "train: seeking fails" "-k seek -G $wanted $in/m" $train -j 1 -o d/out "$in/text"
# The model may be there when its text is measured.
memory "train with a summary" "-N $wanted $in/m" train --vocab-size 400 -j 1 -o d/out "$in/text"
inputs "train --reference with a summary" "-N $wanted $in/reference" \
	train --reference --vocab-size 400 -j 1 -o d/out "$in/text"
# Standard input is read once; with --reference it is kept in a temporary.
stdin="-i $in/text"
memory "train, standard input" "$stdin $wanted $in/m" $train -j 1 -o d/out
inputs "train, standard input" "$stdin $wanted $in/m" $train -j 1 -o d/out
outputs "train, standard input" "$stdin $wanted $in/m" $train -j 1 -o d/out
outputs "train --reference, standard input" "$stdin $wanted $in/reference" $train --reference -j 1 -o d/out
sweep "train --reference, standard input: seeking fails" "$stdin -k seek -G $wanted $in/reference" \
	$train --reference -j 1 -o d/out
sweep "train --reference, standard input: a temporary cannot be removed" \
	"$stdin -k remove -G -T $wanted $in/reference" $train --reference -j 1 -o d/out
# Work that is kept: what fails is done again, with what it left.
limit 1000000 24
resume="-r work -N $wanted $in/m"
memory "train --resume" "$resume" $train --resume work -j 1 -o d/out "$in/text"
inputs "train --resume" "$resume" $train --resume work -j 1 -o d/out "$in/text"
outputs "train --resume" "$resume" $train --resume work -j 1 -o d/out "$in/text"
sweep "train --resume: no folder" "-k mkdir $resume" $train --resume work -j 1 -o d/out "$in/text"
sweep "train --resume: seeking fails" "-k seek -G $resume" $train --resume work -j 1 -o d/out "$in/text"
inputs "train --resume, standard input" "$stdin $resume" $train --resume work -j 1 -o d/out
# Counts that go to temporaries.
{ cat "$in/text"; noise 300000 | base64 -w 60; } >"$in/noise"
spill="train -q --vocab-size 400 --max-piece-length 7 --min-count 4 --memory 1M -j 1"
"$BP" $spill --reference -o "$in/spilt" "$in/noise"
limit 150 12
memory "train that spills" "$wanted $in/spilt" $spill --reference -o d/out "$in/noise"
inputs "train that spills" "$wanted $in/spilt" $spill --reference -o d/out "$in/noise"
outputs "train that spills" "$wanted $in/spilt" $spill --reference -o d/out "$in/noise"

# Training in parts.
"$BP" count -o "$in/counts" "$in/text"
"$BP" count -f text -o "$in/counts.text" "$in/text"
"$BP" merge -o "$in/merged" "$in/counts" "$in/counts"
"$BP" build -q -o "$in/built" "$in/counts"
"$BP" count --reference -o "$in/counts.1" "$in/text"
"$BP" build -q -o "$in/none.m" --next "$in/plan" "$in/counts.1"
"$BP" count --reference --order 5 "$in/text" | "$BP" build -q -o "$in/none.m" --next "$in/plan.2" -
"$BP" count --plan "$in/plan" -o "$in/counts.2" "$in/text"
"$BP" build -q -o "$in/built.2" --plan "$in/plan" "$in/counts.2"
limit 1000000 60
printf 'bprows1\nold\n' >"$in/old"	# begins as counts, which are replaced without --force
to_file "count" "$in/counts" count -j 1 "$in/text"
to_file "count -f text" "$in/counts.text" count -j 1 -f text "$in/text"
to_file "count --plan" "$in/counts.2" count -j 1 --plan "$in/plan" "$in/text"
to_file "merge" "$in/merged" merge "$in/counts" "$in/counts"
printf '{"pieces":{ old\n' >"$in/old"
sweep "build: no memory" "-k alloc -o d/out -b $in/built.2 -w $in/built" \
	build -q -o d/out "$in/counts"
sweep "build --next: no memory" "-k alloc -o d/next -b $in/plan.2 -w $in/plan" \
	build -q -o d/out --next d/next "$in/counts.1"
inputs "build --plan" "-o d/out -b $in/built -w $in/built.2" \
	build -q -o d/out --plan "$in/plan" "$in/counts.2"
outputs "build" "-o d/out -b $in/built.2 -w $in/built" build -q -o d/out "$in/counts"
outputs "build --next" "-o d/next -b $in/plan.2 -w $in/plan" \
	build -q -o d/out --next d/next "$in/counts.1"

# FACT OPTIONS: encode, all of it.
encodes()
{
	"$BP" encode -m "$in/m" $2 "$in/text" >"$in/wanted" || : >"$T/failed"
	to_file "$1" "$in/wanted" encode -m "$in/m" $2 "$in/text"
}
# The same, memory alone, to standard output.
encodes_shortly()
{
	"$BP" encode -m "$in/m" $2 "$in/text" >"$in/wanted" || : >"$T/failed"
	to_stdout "$1" "$in/wanted" encode -m "$in/m" $2 "$in/text"
}
encodes "encode" "-j 1"
encodes "encode -j 2" "-j 2"
encodes "encode --whole" "--whole -j 1"
encodes "encode -f json" "-f json -j 1"
for options in '-f pieces' '-f u16' '-f u32' '--whole -f u16 -j 2' '-z' '--flush' '--open' '--sample 0.2' \
	'--sample 0.2 --sampler viterbi' '--nbest 3' '--nbest 3 -f pieces -j 2' '--whole --sample 0.5'; do
	encodes_shortly "encode $options" "-j 1 $options"
done
"$BP" encode -m "$in/m" "$in/text" >"$in/ids"
"$BP" encode -m "$in/m" -f u16 --whole "$in/text" >"$in/u16"
to_file "encode with a binary model" "$in/ids" encode -j 1 -m "$in/binary" "$in/text"
inputs "encode, standard input" "-i $in/text -w $in/ids" encode -j 1 -m "$in/m"
inputs "encode --flush, standard input" "-i $in/text -w $in/ids" encode --flush -m "$in/m"
sweep "encode, standard output: the disk is full" "-k write -e ENOSPC -w $in/ids" encode -j 1 -m "$in/m" "$in/text"
sweep "encode: no threads" "-k thread -G $wanted $in/ids" encode -j 2 -m "$in/m" -o d/out "$in/text"
sweep "encode: no locks" "-k lock -G $wanted $in/ids -m memory" encode -j 2 -m "$in/m" -o d/out "$in/text"

"$BP" decode -m "$in/m" "$in/ids" >"$in/decoded"
to_file "decode" "$in/decoded" decode -j 1 -m "$in/m" "$in/ids"
to_stdout "decode -j 2" "$in/decoded" decode -j 2 -m "$in/m" "$in/ids"
to_file "decode -f u16 --whole" "$in/decoded" decode -j 1 -f u16 --whole -m "$in/m" "$in/u16"

# FACT ARGUMENTS...: a command whose result goes to standard output as it comes: there are no more
# lines of it on failure.
prints()
{
	fact=$1
	shift
	"$BP" "$@" >"$in/wanted" || : >"$T/failed"
	memory "$fact" "-s -w $in/wanted" "$@"
	inputs "$fact" "-s -w $in/wanted" "$@"
	sweep "$fact: standard output fails" "-k write -m standard -s -w $in/wanted" "$@"
}
prints "inspect" inspect "$in/m"
prints "inspect of a binary model" inspect "$in/binary"
prints "inspect --vocab" inspect --vocab "$in/none"
prints "view" view -m "$in/m" "$in/text"
prints "view --sample" view -m "$in/m" --sample 0.2 "$in/text"

# eval tells its speed, which is never the same: what is wanted is its figures without that.
"$BP" eval -m "$in/m" "$in/text" >"$in/wanted"
sweep "eval: no memory" "-k alloc -s -w $in/wanted" eval -j 1 -m "$in/m" "$in/text"
"$BP" eval -m "$in/m" -m "$in/binary" --per-file --quality "$in/text" >"$in/wanted"
sweep "eval of two models: no memory" "-k alloc -s -w $in/wanted" \
	eval -j 1 -m "$in/m" -m "$in/binary" --per-file --quality "$in/text"
"$BP" eval -m "$in/m" "$in/text" >"$in/wanted"
sweep "eval: reading fails" "-k read -s -w $in/wanted" eval -j 1 -m "$in/m" "$in/text"

limit 300 60
prints "view -f html" view -m "$in/m" -f html "$in/text"
"$BP" view -m "$in/m" -f html "$in/text" >"$in/wanted"
to_file "view -f html -o" "$in/wanted" view -m "$in/m" -f html "$in/text"
prints "view --nbest" view -m "$in/m" --nbest 2 "$in/text"

limit 1000000 100
for form in $("$BP" convert --help | sed -n 's/^ *-f, --format \([a-z|]*\)$/\1/p' | tr '|' ' '); do
	from=$in/m
	[ $form != sentencepiece ] || from=$in/none	# the rules of normalisation take long
	[ $form != gguf ] || from=$in/characters
	"$BP" convert -q -f $form -o "$in/$form.wanted" "$from"
	to_file "convert -f $form" "$in/$form.wanted" convert -q -f $form "$from"
done
to_file "convert of a binary model" "$in/json.wanted" convert -f json "$in/binary"
to_file "convert of a model without normalisation" "$in/none" convert -f json "$in/none"
limit 40 5
rm -f "$in/wanted"
"$BP" convert -q -f sentencepiece -o "$in/wanted" "$in/m"
memory "convert -f sentencepiece with normalisation" "$wanted $in/wanted" \
	convert -q -f sentencepiece -o d/out "$in/m"

finish
