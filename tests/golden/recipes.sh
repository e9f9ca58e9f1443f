# The README's recipes for token files and documents, with the libraries that read and write them:
# NumPy (nanoGPT's train.bin, .npy, Megatron's .bin and .idx), Hugging Face datasets, zstd.
#
# The libraries are looked for in $BUILD/exports, where "make exports" puts them, else in python3.
set -u
root=$PWD
t=$(mktemp -d) || exit 1
trap 'rm -rf "$t"' EXIT
python=python3
[ ! -x "$BUILD/exports/bin/python" ] || python=$(cd "$BUILD" && pwd)/exports/bin/python
HF_DATASETS_CACHE=$t/cache HF_HUB_OFFLINE=1
export HF_DATASETS_CACHE HF_HUB_OFFLINE

cp -r data "$t"
cd "$t" || exit 1
failed=0
fact()
{
	fact=$1
	shift
	if "$@" >out 2>&1; then
		echo "ok - $fact"
	else
		echo "not ok - $fact"
		tail -n 5 out | sed 's/^/# /'
		failed=1
	fi
}
skip() { echo "ok - $1 # SKIP $2"; }
has() { "$python" -c "import $1" >/dev/null 2>&1; }

"$BYTEPIECE" train -q --vocab-size 2000 -o my.model data/*.txt 2>/dev/null
awk '{ gsub(/\\|"/, "\\\\&"); gsub(/\t/, "\\t"); print "{\"text\": \"" $0 "\\n\"}" }' data/prose.*.txt >docs.jsonl
"$BYTEPIECE" encode -m my.model --jsonl --eos docs.jsonl >ids

if has numpy; then
	"$BYTEPIECE" encode -m my.model --eos --jsonl -f u16 -o docs.bin --index docs.at docs.jsonl
	"$BYTEPIECE" encode -m my.model --eos --jsonl -f npy -o docs.npy docs.jsonl
	fact "megatron.py writes an index" "$python" "$root/tests/recipes/megatron.py" docs.at docs.idx
	fact "nanoGPT: numpy.memmap reads train.bin" "$python" - <<'END'
import numpy
ids = numpy.memmap("docs.bin", dtype=numpy.uint16, mode="r")
want = [int(i) for i in open("ids").read().split()]
assert ids.tolist() == want and want.count(2) == len(open("ids").readlines())
END
	fact "numpy.load opens the array in place" "$python" - <<'END'
import numpy
ids = numpy.load("docs.npy", mmap_mode="r")
assert isinstance(ids, numpy.memmap) and ids.dtype == numpy.uint16 and ids.ndim == 1
assert ids.tolist() == numpy.fromfile("docs.bin", "<u2").tolist()
END
	fact "the index divides the ids into the texts" "$python" - <<'END'
import numpy
ids, at = numpy.fromfile("docs.bin", "<u2"), numpy.fromfile("docs.at", "<u8").astype(int)
lines = [[int(i) for i in line.split()] for line in open("ids")]
assert len(at) == len(lines) + 1 and at[0] == 0 and at[-1] == len(ids)
assert all(ids[at[i]:at[i + 1]].tolist() == line for i, line in enumerate(lines))
END
	# Megatron itself needs torch: its layout as indexed_dataset.py of Megatron-LM reads it.
	fact "Megatron's index leads to the documents" "$python" - <<'END'
import numpy, struct
idx = open("docs.idx", "rb").read()
assert idx[:9] == b"MMIDIDX\0\0"
version, code, n, documents = struct.unpack_from("<QBQQ", idx, 9)
lines = [[int(i) for i in line.split()] for line in open("ids")]
assert (version, code, n, documents) == (1, 8, len(lines), len(lines) + 1)
at = 9 + struct.calcsize("<QBQQ")
sizes = numpy.frombuffer(idx, numpy.int32, n, at)
begins = numpy.frombuffer(idx, numpy.int64, n, at + sizes.nbytes)
ends = numpy.frombuffer(idx, numpy.int64, documents, at + sizes.nbytes + begins.nbytes)
assert len(idx) == at + sizes.nbytes + begins.nbytes + ends.nbytes
assert ends.tolist() == list(range(documents))
data = open("docs.bin", "rb").read()
for i, line in enumerate(lines):
    assert numpy.frombuffer(data, numpy.uint16, sizes[i], begins[i]).tolist() == line
END
	if has megatron.core.datasets.indexed_dataset; then
		fact "Megatron reads the documents" "$python" - <<'END'
from megatron.core.datasets.indexed_dataset import IndexedDataset
lines = [[int(i) for i in line.split()] for line in open("ids")]
assert [d.tolist() for d in IndexedDataset("docs")] == lines
END
	else
		skip "Megatron reads the documents" "megatron-core is not installed"
	fi
else
	skip "token files in NumPy" "numpy is not installed"
fi

if has datasets; then
	fact "datasets writes JSON lines" "$python" - <<'END'
import datasets, json
texts = [json.loads(line)["text"] for line in open("docs.jsonl")]
ds = datasets.Dataset.from_dict({"id": list(range(len(texts))), "text": texts})
ds.to_json("ascii.jsonl")
ds.to_json("utf8.jsonl", force_ascii=False)
END
	for f in ascii utf8; do
		"$BYTEPIECE" encode -m my.model --jsonl --eos $f.jsonl >got
		fact "the texts of a data set: $f" cmp got ids
	done
	"$BYTEPIECE" encode -m my.model --jsonl --eos -f json docs.jsonl >ids.jsonl
	fact "datasets reads encode -f json" "$python" - <<'END'
import datasets
ds = datasets.load_dataset("json", data_files="ids.jsonl", split="train")
assert [" ".join(map(str, r)) for r in ds["ids"]] == open("ids").read().splitlines()
END
else
	skip "JSON lines of a data set" "datasets is not installed"
fi

for zip in gzip zstd; do
	if command -v $zip >/dev/null; then
		$zip -c docs.jsonl >docs.zip 2>/dev/null
		$zip -dc docs.zip | "$BYTEPIECE" encode -m my.model --jsonl --eos | $zip -c >ids.zip
		$zip -dc ids.zip >got
		fact "documents through pipes of $zip" cmp got ids
		$zip -dc docs.zip | "$BYTEPIECE" train -q --jsonl --vocab-size 1000 -o piped -
		"$BYTEPIECE" train -q --jsonl --vocab-size 1000 -o plain docs.jsonl
		fact "training through a pipe of $zip" cmp piped plain
	else
		skip "documents through pipes of $zip" "$zip is missing"
	fi
done
exit $failed
