"""Train a vocabulary with a package from PyPI, and count its tokens.

vocabulary.py NAME                         prints the package's version; fails if it is missing
vocabulary.py NAME SIZE TRAIN FILE...      prints a number of tokens for each FILE; FILE=IDS writes
                                           their ids too, of four bytes each, and the id SIZE
                                           behind each text

A line is a text, without its newline.  All vocabularies are byte-level, or have the 256 bytes for
characters without a piece (SentencePiece), so that no text is lost.
"""
import array
import functools
import importlib.metadata
import os
import sys

# Of the encoding o200k_base: words with the space before them, numbers of up to three digits.
PATTERN = '|'.join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])
WORDS_SHARE = 0.75      # of the size: pieces of SuperBPE that stay inside words


def lines(path):
    with open(path, encoding='utf-8', newline='\n') as f:
        return [line.rstrip('\n') for line in f]


def huggingface(size, texts, split, alphabet):
    from tokenizers import Tokenizer, models, trainers
    t = Tokenizer(models.BPE())
    if split is not None:
        t.pre_tokenizer = split
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    t.train_from_iterator(texts, trainer)
    return t


def encode_batch(tokenizer, texts):
    return [e.ids for e in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def bpe_by(size, texts, pattern):
    from tokenizers import Regex, pre_tokenizers
    split = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    if pattern is not None:
        split = pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(pattern), 'isolated'), split])
    return huggingface(size, texts, split, pre_tokenizers.ByteLevel.alphabet())


def bpe(size, path):
    return functools.partial(encode_batch, bpe_by(size, lines(path), PATTERN))


def bpe_lines(size, path):
    return functools.partial(encode_batch, bpe_by(size, lines(path), None))


def superbpe(size, path):
    """Two stages (Liu et al. 2025): BPE in words, and from WORDS_SHARE of the size on over lines.

    The package cannot go on with a vocabulary, so that the second stage is a BPE of its own, over
    lines with a character for each token of the first.
    """
    texts = lines(path)
    words = bpe_by(int(size * WORDS_SHARE), texts, PATTERN)
    # Surrogates are no characters.
    n = words.get_vocab_size()
    char = [chr(i + (0x100 if i + 0x100 < 0xD800 else 0x900)) for i in range(n)]

    def as_characters(texts):
        for ids in encode_batch(words, texts):
            yield ''.join(char[i] for i in ids)

    over = huggingface(size, as_characters(texts), None, char)
    return lambda texts: encode_batch(over, list(as_characters(texts)))


def sentencepiece(size, path, form):
    import sentencepiece as spm
    prefix = os.path.join(os.environ['OUT'], 'sentencepiece')
    spm.SentencePieceTrainer.train(
        input=path, model_prefix=prefix, model_type=form, vocab_size=size,
        split_by_whitespace=False,
        byte_fallback=True, allow_whitespace_only_pieces=True, normalization_rule_name='identity',
        add_dummy_prefix=False, remove_extra_whitespaces=False, max_sentence_length=100000,
        hard_vocab_limit=False, num_threads=2, minloglevel=2)
    t = spm.SentencePieceProcessor(model_file=prefix + '.model')
    return t.encode


def spm_bpe(size, path):
    return sentencepiece(size, path, 'bpe')


def spm_unigram(size, path):
    return sentencepiece(size, path, 'unigram')


def rustbpe(size, path):
    import rustbpe
    t = rustbpe.Tokenizer()
    t.train_from_iterator(iter(lines(path)), size, pattern=PATTERN)
    return lambda texts: [t.encode(s) for s in texts]


def write_ids(path, texts, end):
    ids = array.array('I', (i for text in texts for i in (*text, end)))
    if sys.byteorder == 'big':
        ids.byteswap()
    with open(path, 'wb') as f:
        ids.tofile(f)


TRAIN = {'bpe': (bpe, 'tokenizers'), 'bpe-lines': (bpe_lines, 'tokenizers'),
         'superbpe': (superbpe, 'tokenizers'), 'spm-bpe': (spm_bpe, 'sentencepiece'),
         'spm-unigram': (spm_unigram, 'sentencepiece'), 'rustbpe': (rustbpe, 'rustbpe')}
train, package = TRAIN[sys.argv[1]]
if len(sys.argv) == 2:
    print(package, importlib.metadata.version(package))
else:
    size = int(sys.argv[2])
    encode = train(size, sys.argv[3])
    count = []
    for name in sys.argv[4:]:
        path, _, out = name.partition('=')
        texts = encode(lines(path))
        count.append(sum(len(ids) for ids in texts))
        if out:
            write_ids(out, texts, size)
    print(*count)
