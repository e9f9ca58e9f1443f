# Layers: a file includes headers of its own folder and of the folders listed for it here.  The
# program (cli) includes the public headers only.
set -u
# folder: headers and folders that its files may include, besides their own folder
rules='base:bytepiece.h bytepiece_files.h
io:bytepiece.h bytepiece_files.h base/ text/
text:bytepiece.h base/
model:bytepiece.h bytepiece_files.h base/ io/ text/
export:bytepiece.h base/ text/ model/
counts:bytepiece.h base/ io/
encode:bytepiece.h base/ text/ model/
train:bytepiece.h bytepiece_files.h base/ io/ text/ model/ counts/ encode/
train/published:bytepiece.h bytepiece_files.h base/ io/ text/ model/ counts/ encode/ train/
api:bytepiece.h bytepiece_files.h base/ io/ text/ model/ export/ counts/ encode/ train/
cli:bytepiece.h bytepiece_files.h'
bad=$(echo "$rules" | while IFS=: read -r room allowed; do
	grep -H '^#include "' "src/$room"/*.[ch] | while IFS= read -r line; do
		file=${line%%:*}
		used=${line#*\"}
		used=${used%\"}
		ok=
		for a in $allowed "$room/"; do
			case $used in "$a" | "$a"*) ok=1 ;; esac
		done
		[ -n "$ok" ] || echo "# $file includes $used"
	done
done)
if [ -z "$bad" ]; then
	echo "ok - no file includes headers above its layer"
else
	echo "not ok - no file includes headers above its layer"
	echo "$bad"
fi

bad=$(grep -lE '^#include (<threads.h>|<pthread.h>|"base/threads_posix.h")' src/*/*.[ch] src/*/*/*.[ch] |
	grep -v -e '^src/base/parallel.c$' -e '^src/base/threads_posix.h$')
if [ -z "$bad" ]; then
	echo "ok - only parallel.c uses threads"
else
	echo "not ok - only parallel.c uses threads"
	echo "# $bad"
fi

# Windows knows names in UTF-8 by other functions than C's.
bad=$(grep -nE '(^|[^a-z_])(fopen|freopen|remove|rename|tmpfile|tmpnam)[(][^)]' src/*/*.[ch] src/*/*/*.[ch] |
	grep -v -e '^src/base/host' -e '/gen/')
if [ -z "$bad" ]; then
	echo "ok - files are opened, removed and renamed by src/base/host*.c alone"
else
	echo "not ok - files are opened, removed and renamed by src/base/host*.c alone"
	echo "$bad" | sed 's/^/# /'
fi

bad=$(find src include tests -name '*.[ch]' -exec wc -l {} + |
	awk '$2 != "total" && $1 > 800 { print "# " $2 " has " $1 " lines" }')
if [ -z "$bad" ]; then
	echo "ok - no file has over 800 lines"
else
	echo "not ok - no file has over 800 lines"
	echo "$bad"
fi
