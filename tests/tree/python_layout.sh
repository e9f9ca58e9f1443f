# The structs of the Python module are those of the headers; "make python" has its other tests.
lib=$(cd "$BUILD" && pwd)/libbytepiece.so
name='Python module: structs of the headers'
if ! PYTHONPATH=src/python BYTEPIECE_LIBRARY=$lib PYTHONDONTWRITEBYTECODE=1 \
		"${PYTHON:=python3}" -c 'import bytepiece_c' 2> /dev/null; then
	echo "ok - $name # SKIP no $PYTHON, or it cannot load $lib"
elif PYTHONPATH=src/python BYTEPIECE_LIBRARY=$lib PYTHONDONTWRITEBYTECODE=1 BYTEPIECE=- MODEL=- \
		TEXT=data/code.txt INCLUDE=include \
		"$PYTHON" tests/python/test_bytepiece_c.py Layout > "$BUILD/python_layout" 2>&1; then
	echo "ok - $name"
else
	sed 's/^/# /' "$BUILD/python_layout"
	echo "not ok - $name"
fi
