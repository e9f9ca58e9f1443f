# make bench prints a row for each of our commands, and names peers that are missing or fail.
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
mkdir "$t/bin"
printf '#!/bin/sh\n"%s" "$@"\n' "$BYTEPIECE" >"$t/bytepiece"
printf '#!/bin/sh\n[ "$1" = --version ] && echo sentencepiece 1.2.3 && exit\necho no luck >&2; exit 3\n' \
	>"$t/bin/spm_encode"
chmod +x "$t/bytepiece" "$t/bin/spm_encode"
fact()
{
	name=$1
	shift
	if "$@" >/dev/null; then
		echo "ok - make bench: $name"
	else
		echo "not ok - make bench: $name"
		sed 's/^/# /' "$t/out" "$t/err"
	fi
}
PATH=$t/bin:$PATH BP_SHARED=$t BENCH_PYTHON=false RUNS=1 BENCH_MB=1 \
	sh tests/bench/encode.sh "$t/bytepiece" >"$t/out" 2>"$t/err"
fact "a peer that fails does not end it" [ $? = 0 ]
fact "seven rows of ours" [ "$(grep -cE '^\| (en|de)code.*\|.*\|.*\|.*\|.*\|.*\|$' "$t/out")" = 7 ]
fact "a peer that fails is named" grep -q 'spm_encode.* failed: no luck$' "$t/err"
fact "a peer that fails is tried once" [ "$(grep -c 'no luck' "$t/err")" = 1 ]
fact "a peer that is missing is named" grep -q '^kitoken is left out: ' "$t/err"
