"""Byte-level Unigram tokenizers: train, encode, decode, sample; over the library bytepiece.

    from bytepiece_c import Tokenizer, Trainer
    Trainer(max_vocab_size=32000).train(texts).save("my.model")
    tokenizer = Tokenizer("my.model")
    ids = tokenizer.encode("Hello, world")
    tokenizer.decode(ids)

Classes and methods of the Python package bytepiece have their names and results here.  Texts are
str or bytes; bytes may be any, and str is encoded as UTF-8.  All objects but Stream and
StreamDecoder may be used from several threads at once, and no call holds the interpreter's lock
while the library works.
"""
from __future__ import annotations

import codecs
import ctypes
import itertools
import json
import operator
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import weakref
from array import array
from collections.abc import Iterable
from functools import partial

__all__ = ["Tokenizer", "Trainer", "Ids", "Stream", "StreamDecoder", "Error"]

try:
    import numpy
except ImportError:     # results are then memoryviews
    numpy = None

__version__ = None      # wheel.py writes the number here

_FIRST_PIECE = 3
_FEW = 16384            # bytes of a text whose ids go to room that is kept for the next call
_MOST = 4096            # ids that a stream gives at a time
_ALPHAS = 4             # distributions that a tokenizer keeps, each of up to 112 bytes per piece
_OK, _ENOMEM, _EIO, _EFORMAT, _ERANGE, _EINTR = range(6)


class Error(ValueError):
    """A model, an option or an id that the library refuses."""


class _CError(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("pos", ctypes.c_uint64), ("msg", ctypes.c_char * 512)]


class _Bytes(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_char_p), ("len", ctypes.c_size_t),
                ("file", ctypes.c_char_p), ("line", ctypes.c_size_t)]


class _Draw(ctypes.Structure):
    _fields_ = [("seed", ctypes.c_uint64), ("file", ctypes.c_uint64), ("line", ctypes.c_uint64)]


class _TextsOptions(ctypes.Structure):
    _fields_ = [("bos", ctypes.c_bool), ("eos", ctypes.c_bool), ("specials", ctypes.c_void_p),
                ("threads", ctypes.c_uint)]


class _Input(ctypes.Structure):
    _fields_ = [("path", ctypes.POINTER(ctypes.c_char_p)), ("n_paths", ctypes.c_size_t),
                ("records", ctypes.c_int), ("threads", ctypes.c_uint),
                ("field", ctypes.c_char_p), ("skip_bad", ctypes.c_bool),
                ("skipped", ctypes.c_void_p), ("flush", ctypes.c_bool),
                ("progress", ctypes.c_void_p), ("progress_ctx", ctypes.c_void_p),
                ("note", ctypes.c_void_p), ("note_ctx", ctypes.c_void_p),
                ("copies", ctypes.c_void_p)]


class _TrainOptions(ctypes.Structure):
    _fields_ = [("vocab_size", ctypes.POINTER(ctypes.c_uint32)), ("n_sizes", ctypes.c_size_t),
                ("order", ctypes.c_uint), ("min_count", ctypes.c_uint64),
                ("max_piece_length", ctypes.c_uint32), ("digits", ctypes.c_int),
                ("punctuation_apart", ctypes.c_bool), ("ensure_unicode", ctypes.c_int),
                ("across_spaces", ctypes.c_int),
                ("count_size", ctypes.c_uint64), ("sample_size", ctypes.c_uint64),
                ("whole_size", ctypes.c_uint64), ("normalize", ctypes.c_int),
                ("newlines", ctypes.c_int), ("reference", ctypes.c_bool),
                ("weighted", ctypes.c_bool),
                ("weight", ctypes.POINTER(ctypes.c_uint64)), ("piece", ctypes.POINTER(_Bytes)),
                ("n_pieces", ctypes.c_size_t), ("special", ctypes.POINTER(_Bytes)),
                ("n_specials", ctypes.c_size_t), ("specials", ctypes.c_bool),
                ("extend", ctypes.c_void_p),
                ("form", ctypes.c_int), ("measure", ctypes.c_bool), ("need_text", ctypes.c_bool),
                ("memory", ctypes.c_uint64), ("tmpdir", ctypes.c_char_p),
                ("resume", ctypes.c_char_p), ("restart", ctypes.c_bool),
                ("note", ctypes.c_void_p), ("note_ctx", ctypes.c_void_p),
                ("resumed", ctypes.c_void_p), ("exact_size", ctypes.c_bool)]


class _Trained(ctypes.Structure):
    _fields_ = [("vocab_size", ctypes.c_uint32), ("tokens", ctypes.c_uint64)]


class _TrainReport(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint64), ("segments", ctypes.c_uint64),
                ("measured", ctypes.c_uint64), ("model", ctypes.POINTER(_Trained))]


_void, _size, _text = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
_size_p, _error_p = ctypes.POINTER(_size), ctypes.POINTER(_CError)
_NBEST_FN = ctypes.CFUNCTYPE(ctypes.c_int, _void, ctypes.c_double, ctypes.POINTER(ctypes.c_uint32),
                             _size)

# Call: result, parameters.
_CALLS = {
    "bp_version": (_text,),
    "bp_load": (_void, _text, _error_p),
    "bp_load_memory": (_void, _text, _size, _text, _error_p),
    "bp_free": (None, _void),
    "bp_vocab_size": (ctypes.c_uint32, _void),
    "bp_encode_bound": (_size, _size),
    "bp_specials_new": (_void, _void, _error_p),
    "bp_specials_free": (None, _void),
    "bp_special": (_void, _void, _size, _size_p),
    "bp_special_id": (ctypes.c_uint32, _void, _size),
    "bp_piece": (_void, _void, ctypes.c_uint32, _size_p),
    "bp_piece_id": (ctypes.c_uint32, _void, _text, _size),
    "bp_piece_count": (ctypes.c_uint64, _void, ctypes.c_uint32),
    "bp_piece_log_probability": (ctypes.c_double, _void, ctypes.c_uint32),
    "bp_decode": (ctypes.c_int, _void, _void, _size, _void, _size, _size_p),
    "bp_encode_texts": (_void, _void, _text, _size, _void, _size, ctypes.POINTER(_TextsOptions),
                        _error_p),
    "bp_ids_free": (None, _void),
    "bp_ids_all": (_void, _void, _size_p),
    "bp_ids_offsets": (_void, _void, _size_p),
    "bp_distribution_new": (_void, _void, ctypes.c_double, _error_p),
    "bp_distribution_free": (None, _void),
    "bp_nbest": (ctypes.c_int, _void, _text, _size, _size, _NBEST_FN, _void),
    "bp_stream_new": (_void, _void),
    "bp_stream_free": (None, _void),
    "bp_stream_feed": (ctypes.c_int, _void, _text, _size),
    "bp_stream_end": (ctypes.c_int, _void),
    "bp_stream_take": (_size, _void, _void, _size),
    "bp_save": (ctypes.c_int, _void, _text, ctypes.c_int, _error_p),
    "bp_train_defaults": (_TrainOptions,),
    "bp_train_files": (ctypes.c_int, ctypes.POINTER(_Input), _text, ctypes.POINTER(_TrainOptions),
                       ctypes.POINTER(_TrainReport), _error_p),
    "bp_catch_signals": (None,),
    "bp_restore_signals": (None,),
    "bp_caught_signal": (ctypes.c_int,),
    # Only for _ids(): conversions would take longer than these calls, so that all arguments but the
    # text are objects of ctypes.
    "bp_encode": (ctypes.c_int,),
    "bp_encode_specials": (ctypes.c_int,),
    "bp_sample": (ctypes.c_int,),
}


def _find_library():
    """The path of the library: beside this module, as a wheel has it, or the system's."""
    given = os.environ.get("BYTEPIECE_LIBRARY")
    if given:
        return given
    name = {"darwin": "libbytepiece.dylib", "win32": "bytepiece.dll"}.get(sys.platform,
                                                                         "libbytepiece.so")
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    if os.path.exists(beside):
        return beside
    return {"darwin": "libbytepiece.0.dylib", "win32": "libbytepiece-0.dll"}.get(sys.platform,
                                                                                name + ".0")


def _header_version():
    """The version of the source tree that this module is in."""
    header = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "include",
                          "bytepiece.h")
    with open(header, encoding="utf-8") as f:
        return re.search('^#define BP_VERSION "(.*)"', f.read(), re.MULTILINE).group(1)


def _load_library():
    """The library, if it is of this module's version: with another one calls might crash."""
    path = _find_library()
    lib = ctypes.CDLL(path)
    for name, (result, *parameters) in _CALLS.items():
        call = getattr(lib, name, None)
        if call is None:
            raise ImportError("%s is no bytepiece library of version %s: it has no %s()"
                              % (path, __version__, name))
        call.restype, call.argtypes = result, parameters or None
    if lib.bp_version().decode() != __version__:
        raise ImportError("%s is a bytepiece library of version %s; this module needs version %s"
                          % (path, lib.bp_version().decode(), __version__))
    return lib


if __version__ is None:
    __version__ = _header_version()
_lib = _load_library()


def _fail(status, err=None, text=None):
    """Raise the exception for a status that is not _OK."""
    message = text or (err.msg.decode(errors="replace") if err is not None else "")
    if status == _ENOMEM:
        raise MemoryError(message)
    if status == _EIO:
        raise OSError(message)
    if status == _EINTR:
        raise KeyboardInterrupt(message)
    raise Error(message or "status %d of the library" % status)


def _bytes(text):
    """The bytes of a text; not those of numbers, of which bytes() would make some, too."""
    if isinstance(text, str):
        return text.encode()
    if isinstance(text, bytes):
        return text
    try:
        view = memoryview(text)
    except (TypeError, ValueError):
        view = None
    if view is None or view.itemsize != 1 or view.ndim != 1:
        raise TypeError("a text is str or bytes, not " + type(text).__name__)
    return view.tobytes()


def _several(texts, name="texts"):
    """An iterable of texts; a text alone would be one of its characters."""
    if isinstance(texts, (str, bytes, bytearray, memoryview)):
        raise TypeError("%s: several are expected, not one %s" % (name, type(texts).__name__))
    return texts


def _path(path):
    path = os.fsencode(path)
    if b"\0" in path:
        raise ValueError("a path with a NUL")
    return path


def _number(value, name, bits=32):
    value = operator.index(value)
    if not 0 <= value < 1 << bits:
        raise Error("%s is negative, or larger than %d bits" % (name, bits))
    return value


def _id_array(ids):
    """The ids as array('I'); a view of numbers of 32 bits is copied without a look at each."""
    if not isinstance(ids, (list, tuple)):
        try:
            view = memoryview(ids)
        except TypeError:
            view = None
        if (view is not None and view.format.lstrip("@=<") == "I" and view.ndim == 1 and
                view.c_contiguous):
            return array("I", view.tobytes())
        ids = ids.tolist() if hasattr(ids, "tolist") else list(ids)
    try:
        return array("I", ids)
    except (OverflowError, ValueError):
        raise Error("an id is negative, or larger than 32 bits") from None


class _Object:
    """An object of the library, freed with this one."""

    _p = None

    def __init__(self, p, free):
        self._p, self._free = p, free
        self.argument = _void.from_param(p)

    def __del__(self):
        if self._p:
            self._free(self._p)
            self._p = None


class Ids:
    """The ids of many texts: ids of all, one text behind the other, and offsets of the texts.

    ids and offsets are arrays of NumPy (uint32 and uint64) if NumPy is installed, else memoryviews.
    They lie in the library's memory, are read-only, and keep this memory alive.  r[i] is the ids of
    text i, r[i:k] a list of such ids, len(r) the number of texts.
    """

    def __init__(self, p):
        owner = _Object(p, _lib.bp_ids_free)
        n = _size()
        address = _lib.bp_ids_all(p, n)
        self.ids = _view(owner, address, n.value, "I")
        address = _lib.bp_ids_offsets(p, n)
        self._n = n.value
        self.offsets = _view(owner, address, n.value + 1, "Q")

    def __getstate__(self):
        return bytes(self.ids), bytes(self.offsets)

    def __setstate__(self, state):
        self.ids, self.offsets = map(_numbers, state, "IQ")
        self._n = len(self.offsets) - 1

    def __len__(self) -> int:
        return self._n

    def __repr__(self):
        return "<Ids of %d text%s, %d in all>" % (self._n, "s" * (self._n != 1), len(self.ids))

    def __getitem__(self, i):
        if isinstance(i, slice):
            return [self[k] for k in range(*i.indices(self._n))]
        if not -self._n <= i < self._n:
            raise IndexError(i)
        i %= self._n
        return self.ids[int(self.offsets[i]):int(self.offsets[i + 1])]

    def __iter__(self):
        ends = self.offsets.tolist()
        return (self.ids[a:b] for a, b in zip(ends, ends[1:]))

    def tolist(self) -> list[list[int]]:
        """A list of ids for each text."""
        all_ids, ends = self.ids.tolist(), self.offsets.tolist()
        return [all_ids[a:b] for a, b in zip(ends, ends[1:])]


_Memory = ctypes.c_ubyte * sys.maxsize      # of arrays of any length: making a type takes long


def _view(owner, address, n, code):
    memory = _Memory.from_address(address)
    memory.owner = owner        # an array of ctypes has a __dict__, and its views refer to it
    n_bytes = n * (4 if code == "I" else 8)
    view = memoryview(memory)[:n_bytes].toreadonly()
    return _numbers(view, code)


def _numbers(view, code):
    """An array of NumPy over bytes, or a memoryview."""
    if not numpy:
        return memoryview(view).cast("B").cast(code)
    return numpy.frombuffer(view, code) if len(view) else numpy.empty(0, code)


_rooms = []     # that no call uses


def _new_room(n_bytes):
    """An array for the ids of a text, and its address; a number; a pointer to it; a length."""
    ids, n = array("I", bytes(4 * _lib.bp_encode_bound(n_bytes))), _size()
    return ids, _void.from_param(ids.buffer_info()[0]), n, ctypes.byref(n), _size()


def _take_room():
    """A room that no other thread has, and no handler of a signal; back with _rooms.append()."""
    try:
        return _rooms.pop()
    except IndexError:
        return _new_room(_FEW)


def _ids(call, data):
    """The ids that a call of the library gives for a text."""
    few = len(data) <= _FEW
    room = _take_room() if few else _new_room(len(data))
    ids, ids_at, n, n_at, size = room
    size.value = len(data)
    status = call(data, size, ids_at, n_at)
    if status:
        _fail(status)
    result = ids[:n.value].tolist()
    if few:
        _rooms.append(room)
    return result


class Tokenizer:
    """A model that encodes and decodes.

    pieces: the path of a model file of either form, its content as bytes, or a dictionary with the
    layout of a JSON model.  seed: of the random numbers that alpha needs.  A pickle has the model
    and the seed, and begins the random numbers anew.
    """

    def __init__(self, pieces: str | bytes | os.PathLike | dict, seed: int | None = None):
        err = _CError()
        if isinstance(pieces, dict):
            pieces = json.dumps(pieces).encode()
        if isinstance(pieces, (bytes, bytearray, memoryview)):
            pieces = bytes(pieces)
            p = _lib.bp_load_memory(pieces, len(pieces), b"model", err)
        else:
            p = _lib.bp_load(_path(pieces), err)
        if not p:
            _fail(err.code, err)
        self._model = _Object(p, _lib.bp_free)
        self._encode = partial(_lib.bp_encode, self._model.argument)
        self._content = self._specials = None
        self._distributions = {}
        self.vocab_size = _lib.bp_vocab_size(p)
        self.set_seed(seed)

    def __reduce__(self):
        """The model itself, not its path: another process, or machine, may have another file."""
        if self._content is None:       # kept, because pools pickle a tokenizer for each task
            with tempfile.TemporaryDirectory(prefix="bytepiece-model-") as folder:
                path = os.path.join(folder, "model")
                self.save(path, binary=True)
                with open(path, "rb") as f:
                    self._content = f.read()
        return Tokenizer, (self._content, self._seed)

    def __len__(self) -> int:
        return self.vocab_size

    def set_seed(self, seed: int | None):
        """Begin the random numbers anew.  Without a seed each tokenizer draws others."""
        self._random = (int.from_bytes(os.urandom(8), "little") if seed is None
                        else _number(seed, "a seed", 64))
        self._seed = seed
        self._draws = itertools.count()

    def encode(self, text: str | bytes, add_bos: bool = False, add_eos: bool = False,
               alpha: float = -1, iter: bool = False, specials: bool = False) -> list[int]:
        """The ids of a text, as a list.

        alpha from 0 on: segmentations are drawn at random with probabilities in proportion to
        P^alpha.  iter: an iterator.  specials: names of special tokens in the text give their ids.
        """
        data = text.encode() if isinstance(text, str) else _bytes(text)
        if alpha != alpha:
            raise Error("alpha is not a number")
        if alpha >= 0:
            if specials:
                raise Error("specials and alpha exclude each other")
            # Without a seed, processes that were forked draw others.
            draw = _Draw(self._random, os.getpid() if self._seed is None else 0, next(self._draws))
            used = self._distribution(alpha)    # a reference, or another thread may free it
            ids = _ids(partial(_lib.bp_sample, used.argument, 0, ctypes.byref(draw)), data)
        elif len(data) > _FEW:
            ids = self.encode_batch([data], specials=specials, threads=1).ids.tolist()
        elif specials:
            used = self._names()
            ids = _ids(partial(_lib.bp_encode_specials, used.argument), data)
        else:
            ids = _ids(self._encode, data)
        if add_bos:
            ids.insert(0, 1)
        if add_eos:
            ids.append(2)
        return ids.__iter__() if iter else ids

    def encode_batch(self, texts: Iterable[str | bytes], add_bos: bool = False,
                     add_eos: bool = False, specials: bool = False, threads: int = 0) -> Ids:
        """The ids of many texts (an Ids), encoded on several threads; 0: one per processor."""
        texts = list(_several(texts))
        n = len(texts)
        texts.append("")        # so that a NUL is behind the last text, too
        names = self._names() if specials else None
        options = _TextsOptions(add_bos, add_eos, names and names._p, _number(threads, "threads"))
        err = _CError()
        # The library finds the ends of texts faster than Python does.
        data = _join(texts)
        p = _lib.bp_encode_texts(self._model._p, data, len(data), None, n, options, err)
        if not p and err.code == _ERANGE:       # there is a NUL in a text
            texts = list(map(_bytes, texts))
            offsets = array("Q", itertools.accumulate(map(len, texts), initial=0))
            data = b"".join(texts)
            p = _lib.bp_encode_texts(self._model._p, data, len(data), offsets.buffer_info()[0], n,
                                     options, err)
        if not p:
            _fail(err.code, err)
        return Ids(p)

    def encode_offsets(self, text: str | bytes) -> tuple[list[int], list[tuple[int, int]]]:
        """The ids of a text, and the first and last offset of each, in bytes of the normalised
        text (Normalization Form C, unless the model does not normalise)."""
        ids = self.encode(text)
        ends = list(itertools.accumulate(map(self._length, ids)))
        return ids, list(zip([0] + ends, ends))

    def nbest(self, text: str | bytes, n: int) -> list[tuple[float, list[int]]]:
        """Up to n segmentations with the highest probability: pairs of its logarithm and ids."""
        data, result, n = _bytes(text), [], _number(n, "n")

        def add(_, log_p, ids, n_ids):
            result.append((log_p, ids[:n_ids]))
            return 0
        status = _lib.bp_nbest(self._model._p, data, len(data), n, _NBEST_FN(add), None)
        if status:
            _fail(status, text="n is outside its range" if status == _ERANGE else None)
        return result

    def tokenize(self, text: str | bytes, alpha: float = -1, iter: bool = False) -> list[bytes]:
        """The pieces of a text, as bytes."""
        pieces = map(self.id_to_piece, self.encode(text, alpha=alpha))
        return pieces if iter else list(pieces)

    def decode(self, ids: Iterable[int], errors: str = "ignore") -> str:
        """The text of ids as str; special tokens have none.  errors: as bytes.decode() has it."""
        return self.decode_bytes(ids).decode(errors=errors)

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ids, exactly those that were encoded (after normalisation)."""
        ids, room = _id_array(ids), _take_room()
        first, text, n, n_at, _ = room
        size = 4 * len(first)
        while True:
            status = _lib.bp_decode(self._model._p, ids.buffer_info()[0], len(ids), text, size,
                                    n_at)
            if status != _ERANGE:
                break
            size = n.value
            text = ctypes.create_string_buffer(size)
        if status == _EFORMAT:
            raise Error("id %d is not in the vocabulary" % ids[n.value])
        if status:
            _fail(status)
        result = ctypes.string_at(text, n.value)
        _rooms.append(room)
        return result

    def decode_batch(self, batch: Iterable[Iterable[int]], errors: str = "ignore") -> list[str]:
        """The texts of several lists of ids, such as an Ids, as a list of str."""
        return [self.decode(ids, errors) for ids in batch]

    def id_to_piece(self, id: int) -> bytes | str:
        """The bytes of a piece, or the name of a special token as str; KeyError without one."""
        n, id = _size(), operator.index(id)
        p = _lib.bp_piece(self._model._p, id, n) if 0 <= id < self.vocab_size else None
        if p:
            return ctypes.string_at(p, n.value)
        return self._special_names()[id]

    def piece_to_id(self, piece: bytes | str) -> int:
        """The id of a piece given as bytes, or of a special token given as str."""
        if isinstance(piece, str):
            for id, name in self._special_names().items():
                if name == piece:
                    return id
            raise KeyError(piece)
        data = _bytes(piece)
        id = _lib.bp_piece_id(self._model._p, data, len(data))
        if id == 0xFFFFFFFF:
            raise KeyError(piece)
        return id

    def ids_to_pieces(self, ids: Iterable[int]) -> list[bytes | str]:
        return [self.id_to_piece(i) for i in ids]

    def pieces_to_ids(self, pieces: Iterable[bytes | str]) -> list[int]:
        return [self.piece_to_id(p) for p in pieces]

    def count(self, id: int) -> int:
        """The count of a piece in training; 0 without a piece."""
        return _lib.bp_piece_count(self._model._p, _number(id, "id"))

    def log_probability(self, id: int) -> float:
        """The logarithm of a piece's probability; -inf without a piece."""
        return _lib.bp_piece_log_probability(self._model._p, _number(id, "id"))

    def stream(self) -> Stream:
        """Encodes texts in parts."""
        return Stream(self)

    def stream_decoder(self, errors: str = "replace") -> StreamDecoder:
        """Decodes ids as they come, in whole characters."""
        return StreamDecoder(self, errors)

    def save(self, path: str | bytes | os.PathLike, binary: bool = False):
        """Write the model as JSON, or in the form that loads many times faster."""
        err = _CError()
        status = _lib.bp_save(self._model._p, _path(path), int(binary), err)
        if status:
            _fail(status, err)

    def _length(self, id):
        n = _size()
        _lib.bp_piece(self._model._p, id, n)
        return n.value

    # Two threads may both make an object: a lock, held while a third one forks, would stay locked
    # in the child.  Whoever uses an object holds a reference to it.
    def _names(self):
        names = self._specials
        if names is None:
            err = _CError()
            p = _lib.bp_specials_new(self._model._p, err)
            if not p:
                _fail(err.code, err)
            names = self._specials = _Object(p, _lib.bp_specials_free)
        return names

    def _distribution(self, alpha):
        known = self._distributions     # never changed, only replaced
        if alpha not in known:
            err = _CError()
            p = _lib.bp_distribution_new(self._model._p, alpha, err)
            if not p:
                _fail(err.code, err)
            known = dict(list(known.items())[1 - _ALPHAS:])     # the oldest is forgotten
            known[alpha] = _Object(p, _lib.bp_distribution_free)
            self._distributions = known
        return known[alpha]

    def _special_names(self):
        """The names of special tokens by id."""
        names, n, p = {}, _size(), self._model._p
        for i in itertools.count():
            name = _lib.bp_special(p, i, n)
            if not name:
                return names
            names[_lib.bp_special_id(p, i)] = ctypes.string_at(name, n.value).decode()


def _join(texts):
    """The texts as bytes, with a NUL between them."""
    try:
        return "\0".join(texts).encode()
    except TypeError:       # some are bytes
        return b"\0".join(map(_bytes, texts))


class Stream:
    """Encodes one text after another, each in parts; for one thread at a time."""

    def __init__(self, tokenizer):
        p = _lib.bp_stream_new(tokenizer._model._p)
        if not p:
            raise MemoryError
        self._tokenizer = tokenizer         # the model outlives the stream
        self._stream = _Object(p, _lib.bp_stream_free)
        self._ids = (ctypes.c_uint32 * _MOST)()

    def feed(self, part: str | bytes) -> list[int]:
        """Continue the text (bytes may end inside a character); the ids that are certain now."""
        data = _bytes(part)
        if _lib.bp_stream_feed(self._stream._p, data, len(data)):
            raise MemoryError
        return self._take()

    def end(self) -> list[int]:
        """End the text; its last ids."""
        if _lib.bp_stream_end(self._stream._p):
            raise MemoryError
        return self._take()

    def _take(self):
        ids, n = [], _MOST
        while n == _MOST:
            n = _lib.bp_stream_take(self._stream._p, self._ids, _MOST)
            ids += self._ids[:n]
        return ids


class StreamDecoder:
    """Decodes ids as they come, and holds back the bytes of a character until it is complete."""

    def __init__(self, tokenizer, errors="replace"):
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors)

    def feed(self, ids: int | Iterable[int]) -> str:
        """The text of one id, or of several."""
        try:
            ids = [operator.index(ids)]     # a number of NumPy, too
        except TypeError:
            pass
        return self._decoder.decode(self._tokenizer.decode_bytes(ids))

    def end(self) -> str:
        """The text of the bytes that were held back."""
        return self._decoder.decode(b"", final=True)


_RECORDS = {"lines": 0, "nuls": 1, "whole": 2, "jsonl": 3}
_CHOICES = {
    "across_spaces": {"any": 0, "inside": 1, "words": 2, "no": 3},
    "digits": {"any": 0, "single": 1, "upto3": 2},
    "ensure_unicode": {False: 0, True: 4, "no": 0, "yes": 1, "begin": 2, "begin-all": 3},
    "form": {"json": 0, "binary": 1},
    "newlines": {"end": 0, "begin": 1, "text": 2},
    "normalize": {"nfc": 0, "none": 1},
}


class Trainer:
    """Trains a vocabulary; several if max_vocab_size is a list of sizes.

    ensure_unicode is True for the default: begin, with reference=True yes.  newlines is "text" by
    default, for records="lines" and with reference=True "end".

    Further options are members of bp_train_options, such as across_spaces="words",
    digits="upto3", ensure_unicode="begin", punctuation_apart=True, specials=True, memory=2**30,
    sample_size, resume="folder", reference=True (the published algorithm to the letter), and
    special=["<|user|>"], piece=[b"..."].  Without any text training fails, unless need_text=False.
    """

    def __init__(self, order=6, max_vocab_size=10000, max_piece_length=36, min_count=2,
                 isolate_digits=False, ensure_unicode=True, **options):
        one = isinstance(max_vocab_size, int)
        sizes = [max_vocab_size] if one else list(max_vocab_size)
        self.max_vocab_size = [_number(size, "max_vocab_size") for size in sizes]
        self._options = dict(options, order=order, max_piece_length=max_piece_length,
                             min_count=min_count, ensure_unicode=ensure_unicode)
        if isolate_digits:
            self._options["digits"] = "single"
        self._fill()    # an unknown option fails here
        self._folder = None

    def train(self, texts: Iterable[str | bytes], workers: int = 0, batch_size=None,
              weights: Iterable[int] | None = None) -> Trainer:
        """Train on texts (any iterable).  A NUL in a text divides it.  workers: threads, 0: one per
        processor.  batch_size is not used.  weights: an iterable of integers, how often each text
        counts.  Returns the trainer."""
        folder = tempfile.mkdtemp(prefix="bytepiece-texts-")
        try:
            paths, weights = _write_texts(folder, _several(texts), weights)
            return self.train_files(paths, "nuls", workers, weights)
        finally:
            shutil.rmtree(folder)

    def train_files(self, paths: Iterable[str | bytes | os.PathLike], records: str = "lines",
                    workers: int = 0, weights: Iterable[int] | None = None) -> Trainer:
        """Train on files; records: lines, nuls, whole or jsonl.  weights: how often the texts of
        each file count.  Returns the trainer."""
        names = [_path(p) for p in _several(paths, "paths")]
        if records not in _RECORDS:
            raise Error("records is one of " + ", ".join(_RECORDS))
        source = _Input(path=(ctypes.c_char_p * len(names))(*names), n_paths=len(names),
                        records=_RECORDS[records], threads=_number(workers, "workers"))
        report = _TrainReport(model=(_Trained * len(self.max_vocab_size))())
        options, err = self._fill(), _CError()
        if weights is not None:
            weights = [_weight(w) for w in weights]
            if len(weights) != len(names):
                raise Error("%d files and %d weights" % (len(names), len(weights)))
            options.weight = (ctypes.c_uint64 * len(weights))(*weights)
        folder = tempfile.mkdtemp(prefix="bytepiece-model-")
        weakref.finalize(self, _remove, folder, os.getpid())
        out = os.fsencode(os.path.join(folder, "model"))
        status = _interruptible(lambda: _lib.bp_train_files(source, out, options, report, err))
        if status:
            _fail(status, err)
        self._folder = folder
        return self

    def save(self, path: str | bytes | os.PathLike):
        """Write the model; of several sizes each to PATH.SIZE."""
        if self._folder is None:
            raise Error("nothing is trained yet")
        sizes = self.max_vocab_size
        for end in [""] if len(sizes) == 1 else [".%d" % s for s in sizes]:
            target = os.fsdecode(path) + end
            shutil.copyfile(os.path.join(self._folder, "model" + end), target + ".new")
            os.replace(target + ".new", target)

    def _fill(self):
        """bp_train_options with all that was given."""
        o = _lib.bp_train_defaults()
        o.need_text = True
        sizes = self.max_vocab_size
        o.vocab_size, o.n_sizes = (ctypes.c_uint32 * len(sizes))(*sizes), len(sizes)
        kinds = dict(_TrainOptions._fields_)
        for name in ("note", "note_ctx", "resumed", "vocab_size", "n_sizes", "n_pieces",
                     "n_specials", "weighted", "weight"):
            del kinds[name]
        for name, value in self._options.items():
            if name not in kinds:
                raise TypeError("Trainer has no option %r" % name)
            if name in ("piece", "special"):
                items = [_bytes(v) for v in _several(value, name)]
                setattr(o, name, (_Bytes * len(items))(*[_Bytes(v, len(v)) for v in items]))
                setattr(o, "n_pieces" if name == "piece" else "n_specials", len(items))
            elif name == "extend":
                if not isinstance(value, Tokenizer):
                    raise TypeError("extend is a Tokenizer")
                o.extend = value._model._p
            elif name in _CHOICES:
                if value not in _CHOICES[name]:
                    raise Error("%s is one of %s" % (name, ", ".join(map(repr, _CHOICES[name]))))
                setattr(o, name, _CHOICES[name][value])
            elif name in ("resume", "tmpdir"):
                setattr(o, name, _path(value))
            elif kinds[name] is ctypes.c_bool:
                setattr(o, name, bool(value))
            else:
                setattr(o, name, _number(value, name, 8 * ctypes.sizeof(kinds[name])))
        return o


def _weight(value):
    value = _number(value, "a weight", 63)
    if value == 0:
        raise Error("a weight is 0")
    return value


def _write_texts(folder, texts, weights):
    """Write each text to the file of its weight; returns the paths and the weight of each."""
    waiting, end = {}, object()
    pairs = zip(texts, itertools.repeat(1)) if weights is None else \
        itertools.zip_longest(texts, weights, fillvalue=end)

    def write(weight, least):
        if len(waiting[weight]) >= least:
            with open(os.path.join(folder, "%d" % weight), "ab") as f:
                f.write(waiting[weight])
            waiting[weight].clear()

    for text, weight in pairs:
        if text is end or weight is end:
            raise Error("there are more %s" % ("weights than texts" if text is end
                                               else "texts than weights"))
        weight = _weight(weight)
        if weight not in waiting:
            waiting[weight] = bytearray()
        waiting[weight] += _bytes(text)
        waiting[weight].append(0)
        write(weight, 1 << 16)
    waiting = waiting or {1: bytearray()}
    for weight in waiting:
        write(weight, 0)
    return [os.path.join(folder, "%d" % weight) for weight in waiting], list(waiting)


def _remove(folder, process):
    if os.getpid() == process:      # a child that was forked leaves it to its parent
        shutil.rmtree(folder, ignore_errors=True)


def _interruptible(work):
    """Call work() so that a signal such as Ctrl-C ends it; then act on the signal."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    _lib.bp_catch_signals()
    try:
        return work()
    finally:
        caught = _lib.bp_caught_signal()
        _lib.bp_restore_signals()
        if caught:
            signal.raise_signal(caught)
