# LOG: add up what the lines of sweep say in a log of "make check" (see sweep.c).
awk '
match($0, /: [0-9]+ of [0-9]+ (calls|moments): /) {
	split(substr($0, RSTART + 2), word, " ")
	kind = $0 ~ / ended by it/ ? "signal" : "error"
	tried[kind, word[4]] += word[1]
	runs[kind]++
	wrong += /^not ok/
}
END {
	printf "calls that fail: %d in %d runs of commands\n", tried["error", "calls:"], runs["error"]
	printf "processes that end: %d calls and %d moments in %d runs of commands\n",
		tried["signal", "calls:"], tried["signal", "moments:"], runs["signal"]
	printf "wrong: %d runs\n", wrong
}' "$1"
