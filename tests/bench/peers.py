"""Encode a file with a tokenizer from PyPI, on one thread, as one call: peers.py NAME FOLDER FILE.

FOLDER has our vocabulary as tokenizer.json; cl100k_base.tiktoken is made there from
the package splintr-rs, the only one that has it inside.  Fails if the package is not installed.
"""
import base64
import os
import sys

os.environ['RAYON_NUM_THREADS'] = '1'
os.environ['TOKENIZERS_PARALLELISM'] = 'false'
PATTERN = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|"
           r"\s++$|\s*[\r\n]|\s+(?!\S)|\s")
name, folder, path = sys.argv[1:]
cl100k = os.path.join(folder, 'cl100k_base.tiktoken')


def splintr():
    from splintr import Tokenizer
    return Tokenizer.from_pretrained('cl100k_base').encode_flat


def ranks():
    if not os.path.exists(cl100k):
        from splintr import Tokenizer
        t = Tokenizer.from_pretrained('cl100k_base')
        with open(cl100k + '.part', 'wb') as f:
            for i in range(100256):
                f.write(base64.b64encode(t.decode_token_bytes(i)) + b' %d\n' % i)
        os.rename(cl100k + '.part', cl100k)
    return cl100k


def tiktoken():
    import tiktoken
    from tiktoken.load import load_tiktoken_bpe
    t = tiktoken.Encoding('cl100k', pat_str=PATTERN, mergeable_ranks=load_tiktoken_bpe(ranks()),
                          special_tokens={})
    return lambda text: t.encode_to_numpy(text, disallowed_special=())


def gigatoken():
    from gigatoken import Tokenizer
    return Tokenizer.from_tiktoken(ranks()).encode


def kitoken():
    from kitoken import Kitoken
    t = Kitoken.from_tokenizers_file(os.path.join(folder, 'tokenizer.json'))
    return lambda text: t.encode(text, False)


def tokie():
    from tokie import Tokenizer
    return Tokenizer.from_json(os.path.join(folder, 'tokenizer.json')).encode


encode = {f.__name__: f for f in (splintr, tiktoken, gigatoken, kitoken, tokie)}[name]()
with open(path, encoding='utf-8', newline='\n') as f:
    encode(f.read())
