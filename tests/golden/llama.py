"""Vocabularies for llama.cpp, beside llama.sh.

    llama.py compare VOCABULARY TEXT OURS THEIRS NORMALIZE
    llama.py network VOCABULARY OUT

compare: OURS is what "bytepiece encode" prints for TEXT, THEIRS what llama.c prints.  Lines that
are not valid UTF-8, or that begin with U+FEFF, are left out, and with NORMALIZE nfc those that are
not in normal form C.  Prints a line of numbers:

    lines compared
    lines with other ids
    of these, lines with as many ids and the same sum of scores, which are whole numbers
    lines that llama.cpp does not decode

network: writes a network of one layer with the vocabulary, for loading and generating.
"""
import sys
import unicodedata

import gguf
import numpy


def compare(vocabulary, text, ours, theirs, normalize):
    field = gguf.GGUFReader(vocabulary).fields["tokenizer.ggml.scores"]
    scores = numpy.rint(numpy.array(field.contents(), dtype="f8") * 1e4).astype("i8")

    def total(ids):
        return len(ids), int(scores[ids].sum())

    with open(text, "rb") as f:
        lines = f.read().split(b"\n")
    with open(ours) as f, open(theirs) as g:
        rows = list(zip(lines, f.read().split("\n"), g.read().split("\n")))
    compared = differ = ties = undecoded = 0
    for line, our, their in rows:
        try:
            line = line.decode()
        except UnicodeDecodeError:
            continue
        if their == "" or line.startswith("\ufeff"):
            continue
        if normalize == "nfc" and unicodedata.normalize("NFC", line) != line:
            continue
        compared += 1
        undecoded += their[0] != "="
        our, their = [[int(i) for i in s.split()] for s in (our, their[1:])]
        if our != their:
            differ += 1
            ties += total(our) == total(their)
    print(compared, differ, ties, undecoded)


def network(vocabulary, out):
    width, heads, inner = 64, 4, 128
    reader = gguf.GGUFReader(vocabulary)
    w = gguf.GGUFWriter(out, "llama")
    for name, field in reader.fields.items():
        if name.startswith("tokenizer."):
            kind = field.types[0]
            sub = field.types[1] if len(field.types) > 1 else None
            if sub == gguf.GGUFValueType.STRING:    # texts need not be UTF-8
                value = [bytes(field.parts[i]) for i in field.data]
            else:
                value = field.contents()
            w.add_key_value(name, value, kind, sub_type=sub)
    rows = len(reader.fields["tokenizer.ggml.tokens"].data)
    w.add_vocab_size(rows)
    w.add_context_length(256)
    w.add_embedding_length(width)
    w.add_block_count(1)
    w.add_feed_forward_length(inner)
    w.add_head_count(heads)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(width // heads)
    random = numpy.random.default_rng(1)
    shapes = {"token_embd": (rows, width), "output": (rows, width),
              "blk.0.attn_q": (width, width), "blk.0.attn_k": (width, width),
              "blk.0.attn_v": (width, width), "blk.0.attn_output": (width, width),
              "blk.0.ffn_gate": (inner, width), "blk.0.ffn_up": (inner, width),
              "blk.0.ffn_down": (width, inner)}
    for name, shape in shapes.items():
        w.add_tensor(name + ".weight", random.standard_normal(shape, dtype="f4") / 8)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        w.add_tensor(name + ".weight", numpy.ones(width, dtype="f4"))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    print(rows)


{"compare": compare, "network": network}[sys.argv[1]](*sys.argv[2:])
