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
: "${PER_JOB:=1}"		# parts of a job
: "${RETRIES:=4}"
: "${COUNT:=}" "${BUILD:=}"	# options of count (--whole-size 100T...), and of build: --vocab-size...
: "${FETCH:=cat}"		# writes a part to its output: cat, "hdfs dfs -cat"
set -eu -o pipefail
export PROGRAM FETCH
here=$(cd "$(dirname "$0")" && pwd)
model=$1
shift
mkdir -p "$WORK"
WORK=$(cd "$WORK" && pwd)
printf '%s\n' "$@" | parallel --will-cite --retries "$RETRIES" -S "$SERVERS" -j "$JOBS" --wd . -n "$PER_JOB" \
	--env PROGRAM --env FETCH "bash '$here/part.sh' count '$WORK' $COUNT -- {}" |
	xargs -d '\n' "$PROGRAM" merge -q -o "$WORK/all"
"$PROGRAM" build $BUILD -o "$model" "$WORK/all"
rm "$WORK"/*.counts "$WORK/all"
