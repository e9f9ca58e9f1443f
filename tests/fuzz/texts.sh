# KIND BYTES MODEL PROGRAM TEXT: a text that is hard on something, of about so many bytes, into the
# file 'text' of the working folder.  MODEL is asked for its longest pieces by PROGRAM; TEXT is ordinary.
set -eu
kind=$1 n=$2 model=$3 program=$4 ordinary=$5

# Append the file to itself until it has n bytes or more, and cut it.
fill()
{
	while [ "$(wc -c <text)" -lt "$n" ]; do
		cat text text >text.twice
		mv text.twice text
	done
	head -c "$n" text >text.cut
	mv text.cut text
}

case $kind in
repeated) head -c "$n" /dev/zero | tr '\0' a >text ;;
nuls) head -c "$n" /dev/zero >text ;;
newlines) head -c "$n" /dev/zero | tr '\0' '\n' >text ;;
alternating) printf ab >text; fill ;;
fibonacci)
	printf a >text.before
	printf ab >text
	while [ "$(wc -c <text)" -lt "$n" ]; do
		cat text text.before >text.next
		mv text text.before
		mv text.next text
	done
	rm text.before
	fill ;;
random)
	# Always the same: the reference generator of Park and Miller, two bytes of each number.
	awk -v n=65536 'BEGIN {
		x = 1
		for (i = 0; i < n; i++) {
			x = (x * 16807) % 2147483647
			printf "\\%03o", int(x / 1000) % 256
		}
	}' | while IFS= read -r line || [ -n "$line" ]; do printf "$line"; done >text
	fill ;;
pieces)
	"$program" inspect --vocab "$model" | cut -f 2 |
		sed 's/\\x20/ /g; s/\\x[0-9a-f][0-9a-f]/x/g' |
		awk '{ print length($0) "\t" $0 }' | sort -rn | head -n 200 | cut -f 2 |
		tr -d '\n' >text
	fill ;;
line) tr '\n' ' ' <"$ordinary" >text; fill ;;
*) exit 2 ;;
esac
