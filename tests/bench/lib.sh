# Read first by the scripts of this folder: timing of whole processes.

# Seconds and peak memory in KB of a command, appended to a file.
timed() { # file, command...
	log=$1
	shift
	if [ -x /usr/bin/time ]; then
		/usr/bin/time -a -o "$log" -f '%e %M' "$@" > "$out/result" 2> "$out/messages"
	else
		from=$(date +%s%N)
		"$@" > "$out/result" 2> "$out/messages"
		echo "$(($(date +%s%N) - from))" | awk '{ print $1 / 1e9, 0 }' >> "$log"
	fi
}

median() { # file, column
	sort -n -k"$2" "$1" | awk -v c="$2" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'
}

best() { # file, column
	sort -n -k"$2" "$1" | awk -v c="$2" 'NR == 1 { print $c }'
}
