#!/bin/bash
# What runs on whatever machine:
#
#	part.sh count FOLDER OPTION... -- NAME...	counts of these parts to FOLDER/NUMBER.counts
#	part.sh encode FOLDER OPTION... -- NAME...	ids of each part to FOLDER/NAME.ids
#
# Names that are not given are lines of standard input.  Both print the paths of what they have
# written, which appears whole or not at all, so that a part may be tried again.
#
# PROGRAM is bytepiece; FETCH is the command that writes a part to standard output: cat, or "hdfs dfs
# -cat".
set -eu -o pipefail
: "${PROGRAM:=bytepiece}" "${FETCH:=cat}"
export LC_ALL=C

# A part may be empty: the text of all parts counts.
count()
{
	for i in "${!names[@]}"; do
		$FETCH "${names[i]}" | "$PROGRAM" count -q -j 1 --allow-empty "${options[@]}" - >"$tmp/$i"
	done
	"$PROGRAM" merge -q -o "$tmp/all" "$tmp"/*
	write "$tmp/all" "$folder/$(printf '%s\n' "${names[@]}" | cksum | tr ' ' -).counts"
}

encode()
{
	for name in "${names[@]}"; do
		$FETCH "$name" | "$PROGRAM" encode -q -j 1 -o "$tmp/ids" "${options[@]}" -
		write "$tmp/ids" "$folder/${name##*/}.ids"
	done
}

# The source is whole, and the target is on a file system that all machines see.
write()
{
	cp "$1" "$2.$HOSTNAME.$$"
	mv "$2.$HOSTNAME.$$" "$2"
	printf '%s\n' "$2"
}

work=$1 folder=$2 options=() names=()
shift 2
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	options+=("$1")
	shift
done
if [ $# -gt 1 ]; then
	names=("${@:2}")
else
	mapfile -t names
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
case $work in
count | encode) "$work" ;;
*) exit 2 ;;
esac
