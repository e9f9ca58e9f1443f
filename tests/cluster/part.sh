#!/bin/bash
# What mappers and reducers run, on whatever machine:
#
#	part.sh count OPTION... -- NAME...	counts of these parts to standard output, as text
#	part.sh merge FOLDER			reads a line with a number, then lines of counts in
#						any order; their sum to FOLDER/NUMBER.counts
#	part.sh encode FOLDER OPTION... -- NAME...	ids of each part to FOLDER/NAME.ids
#
# Names that are not given are lines of standard input.  merge and encode print the paths of what
# they have written, which appears whole or not at all, so that a part may be tried again.
#
# PROGRAM is bytepiece; FETCH is the command that writes a part to standard output: cat, or "hdfs dfs
# -cat".
set -eu -o pipefail
: "${PROGRAM:=bytepiece}" "${FETCH:=cat}"
export LC_ALL=C

# A part may be empty: the text of all parts counts.
count()
{
	if [ ${#names[@]} = 1 ]; then
		$FETCH "${names[0]}" | "$PROGRAM" count -q -j 1 --allow-empty -f text "${options[@]}" -
		return
	fi
	for i in "${!names[@]}"; do
		$FETCH "${names[i]}" | "$PROGRAM" count -q -j 1 --allow-empty -o "$tmp/$i" "${options[@]}" -
	done
	"$PROGRAM" merge -q -f text "$tmp"/*
}

merge()
{
	read -r number
	sort -S 256M -T "$tmp" | "$PROGRAM" merge -q -o "$tmp/sum"
	write "$tmp/sum" "$folder/$number.counts"
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

work=$1 folder='' options=() names=()
shift
if [ "$work" != count ]; then
	folder=$1
	shift
fi
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	options+=("$1")
	shift
done
if [ $# -gt 1 ]; then
	names=("${@:2}")
elif [ "$work" != merge ]; then
	mapfile -t names
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
case $work in
count | merge | encode) "$work" ;;
*) exit 2 ;;
esac
