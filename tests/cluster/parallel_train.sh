#!/bin/bash
# Train on a corpus of many files with GNU parallel:
#
#	parallel_train.sh MODEL TEXT...
#
# Each TEXT is a part: the model is the one that "bytepiece train" makes of the same files.  To be
# set in the environment or here:
: "${PROGRAM:=bytepiece}"	# the same path on all machines
: "${WORK:=work}"		# an empty folder that all machines see
: "${SERVERS:=:}"		# such as 8/host1,8/host2: how many jobs where, reached by ssh; :, here
: "${JOBS:=100%}"		# for each of these that has no number
: "${PER_JOB:=1}"		# parts of a job; what occurs in several is sent once
: "${GROUP:=32}"		# files that are merged by one job
: "${RETRIES:=4}"
: "${COUNT:=}" "${BUILD:=}"	# options of count, and of build: --vocab-size...
: "${FETCH:=cat}"		# writes a part to its output: cat, "hdfs dfs -cat"
set -eu -o pipefail
export PROGRAM FETCH
here=$(cd "$(dirname "$0")" && pwd)
model=$1
shift
mkdir -p "$WORK"
WORK=$(cd "$WORK" && pwd)
texts=("$@")

# COMMAND: run for the lines of standard input, its output to a new file in the folder $to.
# In it {#} is the number of the job, and {} what it is given.
jobs()
{
	mkdir "$to"
	parallel --will-cite --no-run-if-empty --retries "$RETRIES" -S "$SERVERS" -j "$JOBS" --wd . \
		--env PROGRAM --env FETCH "$@"
}

step=1 plan=
while
	to=$WORK/$step.0
	printf '%s\n' "${texts[@]}" | jobs -n "$PER_JOB" "bash '$here/part.sh' count $plan $COUNT -- {} \
		>'$to'/{#}.new && mv '$to'/{#}.new '$to'/{#}"
	level=0
	while [ "$(ls "$to" | wc -l)" -gt "$GROUP" ]; do
		from=$to level=$((level + 1))
		to=$WORK/$step.$level
		ls "$from" | sed "s|^|$from/|" | jobs -n "$GROUP" "\$PROGRAM merge -q -f text -o '$to'/{#} {}"
		rm -r "$from"
	done
	next=$WORK/$step.plan
	"$PROGRAM" build $plan $BUILD -o "$model" --next "$next" "$to"/*
	rm -r "$to"
	[ -e "$next" ]
do
	plan="--plan $next" step=$((step + 1))
done
