"""Compare what another library makes of an exported model with what bytepiece makes of the model.

    exports.py KIND EXPORT TEXT IDS WHOLE NORMALIZE

KIND is sentencepiece, huggingface or transformers, for which EXPORT is a folder; TEXT a file of lines; IDS and WHOLE are what
"bytepiece encode" and "bytepiece encode --whole" print for it; NORMALIZE is nfc or none.  Lines that
are not valid UTF-8 are left out where the library takes none.  Prints a line of numbers:

    lines compared
    lines with other ids
    of these, lines whose text is not in normal form
    of the others, lines whose ids are as probable, but for what 32-bit floats cannot tell
    lines that the library does not decode to their normal form
    1 if the whole text, newlines included, has other ids, else 0
"""
import sys
import tempfile
import unicodedata


def of_sentencepiece(path):
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_file=path)
    assert (model.pad_id(), model.bos_id(), model.eos_id()) == (0, 1, 2)
    assert model.unk_id() == model.vocab_size() - 1

    def score(ids):
        return sum(map(model.get_score, ids))

    return model.encode, model.decode, score


def of_huggingface(path):
    import tokenizers

    model = tokenizers.Tokenizer.from_file(path)
    model.encode_special_tokens = True
    return (lambda lines: [e.ids for e in model.encode_batch(lines)]), model.decode_batch, None


def of_transformers(path):
    import transformers

    def load(folder):
        model = transformers.AutoTokenizer.from_pretrained(folder, split_special_tokens=True)
        assert [model.pad_token_id, model.bos_token_id, model.eos_token_id] == [0, 1, 2]
        return model

    model = load(path)
    with tempfile.TemporaryDirectory() as again:
        model.save_pretrained(again)
        reloaded = load(again)

    def encode(lines):
        ids = model(lines)["input_ids"]
        assert ids == reloaded(lines)["input_ids"]      # also after save_pretrained
        return ids

    return encode, reloaded.batch_decode, None


def is_text(line):
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def ids_of(line):
    return [int(i) for i in line.split()]


def main(kind, export, text, ids, whole, normalize):
    encode, decode, score = globals()["of_" + kind](export)

    def close(a, b):
        return abs(a - b) <= 1e-6 * max(abs(a), 1)

    def form(s):
        return unicodedata.normalize("NFC", s) if normalize == "nfc" else s

    with open(text, "rb") as f:
        raw = f.read()
    with open(ids) as f:
        pairs = list(zip(raw.split(b"\n"), map(ids_of, f.read().split("\n")), strict=True))
    pairs = [(line.decode(), want) for line, want in pairs if is_text(line)]
    lines, wanted = [p[0] for p in pairs], [p[1] for p in pairs]
    differ = unnormal = equal = 0
    for line, want, got in zip(lines, wanted, encode(lines), strict=True):
        if want != got:
            differ += 1
            unnormal += form(line) != line
            equal += score is not None and form(line) == line and close(score(want), score(got))
    undecoded = 0
    for line, got in zip(lines, decode(wanted), strict=True):
        line = form(line)
        if kind == "sentencepiece":    # where a NUL comes back as the symbol for it
            line = line.replace("\0", "\u2400")
        undecoded += got != line
    with open(whole) as f:
        want = ids_of(f.read())
    differs = is_text(raw) and encode([raw.decode()])[0] != want
    print(len(lines), differ, unnormal, equal, undecoded, int(differs))


main(*sys.argv[1:])
