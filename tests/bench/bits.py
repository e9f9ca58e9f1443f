"""Train a byte-level BPE with Hugging Face's tokenizers, and write the ids of texts for bits.

bits.py bpe|superbpe SIZE TRAIN [TEXT OUT]...       OUT: four bytes for each id, little-endian

A line is a text, and the id SIZE stands for its end.
"""
import array
import sys

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

# Of the encoding o200k_base: words with the space before them, numbers of up to three digits.
PATTERN = '|'.join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])
WORDS_SHARE = 0.75      # of the size: pieces of SuperBPE that stay inside words
FIRST = 0x1000          # character of token 0 in SuperBPE's second stage; surrogates are passed over


def lines(path):
    with open(path, encoding='utf-8', newline='\n') as f:
        return [line.rstrip('\n') for line in f]


def train(size, texts, split, alphabet):
    t = Tokenizer(models.BPE())
    if split is not None:
        t.pre_tokenizer = split
    t.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=alphabet, show_progress=False))
    return t


def encode(t, texts):
    return [e.ids for e in t.encode_batch_fast(texts, add_special_tokens=False)]


def bpe(size, texts):
    split = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), 'isolated'),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    t = train(size, texts, split, pre_tokenizers.ByteLevel.alphabet())
    return lambda texts: encode(t, texts)


def superbpe(size, texts):
    """Two stages (Liu et al. 2025): BPE in words, and from WORDS_SHARE of the size on over lines.

    The package cannot go on with a vocabulary, so that the second stage is a BPE of its own, over
    lines with a character for each token of the first.
    """
    words = bpe(int(size * WORDS_SHARE), texts)
    char = [chr(c) for c in range(FIRST, FIRST + size + 0x800) if not 0xD800 <= c < 0xE000]
    char = char[:int(size * WORDS_SHARE)]

    def as_characters(texts):
        return [''.join(char[i] for i in ids) for ids in words(texts)]

    over = train(size, as_characters(texts), None, char)
    return lambda texts: encode(over, as_characters(texts))


SIZE = int(sys.argv[2])
ids_of = {'bpe': bpe, 'superbpe': superbpe}[sys.argv[1]](SIZE, lines(sys.argv[3]))
for text, out in zip(sys.argv[4::2], sys.argv[5::2]):
    ids = array.array('I')
    for line in ids_of(lines(text)):
        ids.extend(line)
        ids.append(SIZE)
    if sys.byteorder == 'big':
        ids.byteswap()
    with open(out, 'wb') as f:
        ids.tofile(f)
