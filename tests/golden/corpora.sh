# Real text comes back: decode(encode(x)) is NFC(x), in all three ways to divide it into texts.
set -u
c=$BP_SHARED/corpora
m=$BP_SHARED/vectors/models/bytepiece_80k.model
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
if [ ! -d "$c" ] || [ ! -r "$m" ]; then
	echo "ok - real text comes back as its normal form # SKIP $c or $m is not there"
	exit 0
fi
if ! python3 -c 'import unicodedata' 2> /dev/null; then
	echo "ok - real text comes back as its normal form # SKIP python3, which makes the normal form, is missing"
	exit 0
fi

# Python has no normal form for malformed bytes; one that it cannot decode stays, and divides.
cat > "$t/nfc.py" << 'P'
import re, sys, unicodedata
for part in re.split(r'([\udc80-\udcff]+)',
                     open(sys.argv[1], 'rb').read().decode('utf-8', 'surrogateescape')):
    if not part or '\udc80' <= part[0] <= '\udcff':
        sys.stdout.buffer.write(part.encode('utf-8', 'surrogateescape'))
    else:
        sys.stdout.buffer.write(unicodedata.normalize('NFC', part).encode())
P
for f in "$c"/*.txt; do
	case $f in
	*/LICENCES.txt) continue ;;
	*.train.txt) [ -z "${BP_QUICK:-}" ] || continue ;;	# the slow builds take the rest
	esac
	python3 "$t/nfc.py" "$f" > "$t/nfc" || exit 1
	for mode in '' -z --whole; do
		"$BYTEPIECE" encode $mode -m "$m" "$f" > "$t/ids" 2> "$t/err" &&
			"$BYTEPIECE" decode $mode -m "$m" "$t/ids" > "$t/back" 2>> "$t/err"
		if cmp "$t/nfc" "$t/back" > "$t/cmp" 2>&1; then
			echo "ok - $(basename "$f") comes back with '$mode'"
		else
			echo "not ok - $(basename "$f") comes back with '$mode'"
			sed 's/^/# /' "$t/err" "$t/cmp"
		fi
	done
done
