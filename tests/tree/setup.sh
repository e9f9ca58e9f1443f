# make setup without cmocka and without the rights to install it says how, in one line.
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
for command in 'cc exit 1' 'id echo 1000' 'apt-get exit 1'; do
	printf '#!/bin/sh\n%s\n' "${command#* }" >"$t/${command%% *}"
	chmod +x "$t/${command%% *}"
done
sh=$(command -v sh)
if (CC=cc PATH=$t "$sh" tests/setup.sh) >"$t/out" 2>&1 || [ "$(wc -l <"$t/out")" != 1 ] ||
		! grep -q "^cmocka is missing: run 'apt-get install .*libcmocka-dev' as root" "$t/out"; then
	echo "not ok - make setup without sudo says how to install cmocka"
	sed 's/^/# /' "$t/out"
else
	echo "ok - make setup without sudo says how to install cmocka"
fi
