# Read first by the scripts of this folder: timing of whole processes; the Python that has the peers;
# the texts of vocabularies.

# The Python of the peers: BENCH_PYTHON, else that of build/peers, else PYTHON, else python3.
python=${BENCH_PYTHON:-$(dirname "$1")/peers/bin/python}
[ -n "${BENCH_PYTHON:-}" ] || [ -x "$python" ] || python=${PYTHON:-python3}

# Run a command; one that fails is named, with the end of its messages.
run() {
	"$@" > "$out/result" 2> "$out/messages" || {
		echo "$* failed: $(tail -n 1 "$out/messages")" >&2
		return 1
	}
}

# True if a peer runs.  Why not is said once.
present() { # name, command...
	peer=$1
	shift
	"$@" > "$out/result" 2> "$out/messages" && return 0
	why="$peer is left out: $(tail -n 1 "$out/messages")"
	grep -qxF "$why" "$out/left-out" 2> /dev/null || echo "$why" | tee -a "$out/left-out" >&2
	return 1
}

# Seconds and peak memory in KB of a command, appended to a file.
timed() { # file, command...
	log=$1
	shift
	echo 0 > "$out/memory"
	from=$(date +%s%N)
	if [ -x /usr/bin/time ]; then
		run /usr/bin/time -o "$out/memory" -f %M "$@" || return 1
	else
		run "$@" || return 1
	fi
	to=$(date +%s%N)
	echo "$((to - from)) $(tail -n 1 "$out/memory")" | awk '{ print $1 / 1e9, $2 }' >> "$log"
}

# Seconds of a command that takes little time: several runs, of which each has its share.
timed_short() { # file, command...
	log=$1
	shift
	from=$(date +%s%N)
	for k in 1 2 3 4 5; do
		run "$@" || return 1
	done
	to=$(date +%s%N)
	echo "$((to - from))" | awk '{ print $1 / 5e9, 0 }' >> "$log"
}

median() { # file, column
	sort -n -k"$2" "$1" | awk -v c="$2" '{ v[NR] = $c } END { print v[int((NR + 1) / 2)] }'
}

best() { # file, column
	sort -n -k"$2" "$1" | awk -v c="$2" 'NR == 1 { print $c }'
}

# Set $c to the folder of the texts: CORPORA, else $BP_SHARED/corpora.  Without it, to a copy of the
# sample in data/ as both texts of "data"; then the status is 1.
find_corpora() {
	c=${CORPORA:-${BP_SHARED:-../shared}/corpora}
	[ ! -d "$c" ] || return 0
	c=$out/sample
	mkdir -p "$c"
	cat data/*.txt > "$c/data.train.txt"
	cp "$c/data.train.txt" "$c/data.dev.txt"
	return 1
}
