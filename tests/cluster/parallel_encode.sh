#!/bin/bash
# Encode a corpus of many files with GNU parallel, the ids of each TEXT to FOLDER/TEXT.ids:
#
#	parallel_encode.sh MODEL FOLDER TEXT...
#
# To be set in the environment or here:
: "${PROGRAM:=bytepiece}"	# the same path on all machines, as MODEL, FOLDER and TEXT are
: "${SERVERS:=:}"		# such as 8/host1,8/host2: how many jobs where, reached by ssh; :, here
: "${JOBS:=100%}"		# for each of these that has no number
: "${RETRIES:=4}"
: "${ENCODE:=}"			# options of encode
: "${FETCH:=cat}"		# writes a part to its output: cat, "hdfs dfs -cat"
set -eu -o pipefail
export PROGRAM FETCH
here=$(cd "$(dirname "$0")" && pwd)
model=$1 folder=$2
shift 2
if [ -n "$(printf '%s\n' "${@##*/}" | sort | uniq -d)" ]; then
	echo "two parts have the same name, and so would their ids" >&2
	exit 1
fi
mkdir -p "$folder"
printf '%s\n' "$@" | parallel --will-cite --retries "$RETRIES" -S "$SERVERS" -j "$JOBS" --wd . \
	--env PROGRAM --env FETCH "bash '$here/part.sh' encode '$folder' -m '$model' $ENCODE -- {}"
