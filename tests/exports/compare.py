"""Compare the ids of an exported model with those of bytepiece, line by line.

    compare.py KIND EXPORT TEXT IDS

KIND is sentencepiece or huggingface, TEXT a file in UTF-8, IDS what "bytepiece encode" prints for
it.  For the lines that are valid UTF-8 prints one line of numbers: lines; lines with other ids; of
these, those with the same pieces in another order; those whose text is not in Normalization Form C;
and lines that the other library does not decode to the normal form of the line.
"""
import sys
import unicodedata


def load_sentencepiece(path):
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_file=path)
    assert (model.pad_id(), model.bos_id(), model.eos_id()) == (0, 1, 2)
    assert model.unk_id() == model.vocab_size() - 1
    return model.encode, model.decode


def load_huggingface(path):
    import tokenizers

    model = tokenizers.Tokenizer.from_file(path)
    model.encode_special_tokens = True
    assert [model.token_to_id(t) for t in ("<pad>", "<bos>", "<eos>")] == [0, 1, 2]
    return (lambda lines: [e.ids for e in model.encode_batch(lines)]), model.decode_batch


def main(kind, export, text, ids):
    load = {"sentencepiece": load_sentencepiece, "huggingface": load_huggingface}[kind]
    encode, decode = load(export)
    with open(text, "rb") as f:
        raw = f.read().split(b"\n")
    with open(ids) as f:
        expected = f.read().split("\n")
    assert len(raw) == len(expected)
    lines, wanted = [], []
    for line, want in zip(raw, expected):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError:
            continue
        wanted.append([int(i) for i in want.split()])
    differ = ties = unnormal = 0
    for line, want, got in zip(lines, wanted, encode(lines)):
        if want != got:
            differ += 1
            ties += sorted(want) == sorted(got)
            unnormal += unicodedata.normalize("NFC", line) != line
    decoded = decode(wanted)
    wrong = sum(a != unicodedata.normalize("NFC", b) for a, b in zip(decoded, lines))
    print(len(lines), differ, ties, unnormal, wrong)


main(*sys.argv[1:])
