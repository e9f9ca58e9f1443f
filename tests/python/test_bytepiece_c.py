"""Tests of src/python/bytepiece_c.py as it is installed: with the program's own results.

BYTEPIECE is the program, MODEL a model, TEXT a text in UTF-8, INCLUDE the folder of the headers.
"""
import ctypes
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings

import bytepiece_c
from bytepiece_c import Error, StreamDecoder, Tokenizer, Trainer

PROGRAM, MODEL, TEXT = (os.environ[name] for name in ("BYTEPIECE", "MODEL", "TEXT"))
with open(TEXT, "rb") as f:
    LINES = f.read().decode(errors="replace").split("\n")[:3000]


def program(*arguments, data=b""):
    return subprocess.run([PROGRAM, *arguments], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def ids_of_program(texts, *options):
    out = program("encode", "-q", "-z", "-m", MODEL, *options,
                  data=b"".join(t.encode() + b"\0" for t in texts))
    return [[int(i) for i in line.split()] for line in out.decode().split("\n")[:-1]]


class Encoding(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.t = Tokenizer(MODEL)

    def test_ids_are_those_of_the_program(self):
        expected = ids_of_program(LINES)
        self.assertEqual([self.t.encode(x) for x in LINES], expected)
        for threads in 0, 1, 3:
            r = self.t.encode_batch(LINES, threads=threads)
            self.assertEqual(len(r), len(LINES))
            self.assertEqual(r.tolist(), expected)
        self.assertEqual([list(i) for i in r], expected)
        self.assertEqual(list(r[-2]), expected[-2])
        self.assertEqual(list(r.ids), sum(expected, []))

    def test_long_text(self):
        text = "\n".join(LINES)
        self.assertEqual([self.t.encode(text)], ids_of_program([text]))
        self.assertEqual(self.t.encode_batch([text, "", text]).tolist()[2], self.t.encode(text))

    def test_texts_of_all_kinds_are_joined(self):
        for texts in ([], [""], ["a", "", "bc"], ["a", "ä漢", ""], ["a", b"\xff\xe4"], [b"", b"x"],
                      ["\0"], ["", "a\0b", "c"], [b"\0\0", ""], ["", "x", ""]):
            self.assertEqual(self.t.encode_batch(texts).tolist(), [self.t.encode(x) for x in texts])

    def test_parts_of_a_batch(self):
        texts = ["a", "", "bc def", "x"]
        batch, ids = self.t.encode_batch(texts), [self.t.encode(x) for x in texts]
        for part in slice(0, 2), slice(None), slice(-2, None), slice(None, None, -1), slice(3, 9, 2):
            self.assertEqual([x.tolist() for x in batch[part]], ids[part])
        self.assertEqual(repr(batch), "<Ids of 4 texts, %d in all>" % sum(map(len, ids)))
        self.assertEqual(repr(self.t.encode_batch(["a"])), "<Ids of 1 text, 1 in all>")

    def test_results_outlive_the_tokenizer(self):
        t = Tokenizer(MODEL)
        r, expected = t.encode_batch(LINES), t.encode(LINES[0])
        first, ids = r[0], r.ids
        del r, t
        self.assertEqual(list(first), expected)
        self.assertEqual(list(ids[:len(expected)]), expected)
        with self.assertRaises((TypeError, ValueError)):
            ids[0] = 1      # the library's memory is not to be changed

    def test_bos_eos_iter(self):
        ids = self.t.encode(LINES[0])
        self.assertEqual(self.t.encode(LINES[0], add_bos=True, add_eos=True), [1, *ids, 2])
        self.assertEqual(list(self.t.encode(LINES[0], iter=True)), ids)
        self.assertEqual(self.t.encode_batch(LINES[:1], add_bos=True, add_eos=True).tolist(),
                         [[1, *ids, 2]])

    def test_bytes_come_back(self):
        for data in b"", b"\0", b"\xff\xfe\xc3", bytes(range(256)) * 40, "Größe 漢\n\n".encode():
            ids = self.t.encode(data)
            self.assertEqual(self.t.decode_bytes(ids), data)
            self.assertEqual(self.t.decode(ids), data.decode(errors="ignore"))
        self.assertEqual(self.t.decode([1, *self.t.encode("x"), 2]), "x")
        with self.assertRaises(UnicodeEncodeError):
            self.t.encode("\ud800")

    def test_pieces(self):
        ids = self.t.encode(LINES[0])
        pieces = self.t.tokenize(LINES[0])
        self.assertEqual(b"".join(pieces), self.t.decode_bytes(ids))
        self.assertEqual(self.t.ids_to_pieces(ids), pieces)
        self.assertEqual(self.t.pieces_to_ids(pieces), ids)
        self.assertEqual([self.t.id_to_piece(i) for i in range(3)], ["<pad>", "<bos>", "<eos>"])
        self.assertEqual(self.t.piece_to_id("<eos>"), 2)
        self.assertEqual(len(self.t), self.t.vocab_size)
        for id in -1, self.t.vocab_size:
            with self.assertRaises(KeyError):
                self.t.id_to_piece(id)
        for piece in b"no such piece \xff\xff", "<nobody>":
            with self.assertRaises(KeyError):
                self.t.piece_to_id(piece)
        self.assertGreater(self.t.count(ids[0]), 0)
        self.assertLess(self.t.log_probability(ids[0]), 0)

    def test_offsets(self):
        for text in LINES[:50] + ["漢字 é", ""]:
            ids, offsets = self.t.encode_offsets(text)
            data = self.t.decode_bytes(ids)
            self.assertEqual([data[a:b] for a, b in offsets], self.t.ids_to_pieces(ids))

    def test_draws_are_those_of_the_program(self):
        t = Tokenizer(MODEL, seed=7)
        lines = [x.replace("\0", "") for x in LINES[:100]]
        expected = ids_of_program(lines, "--sample", "0.2", "--seed", "7")
        self.assertEqual([t.encode(x, alpha=0.2) for x in lines], expected)
        self.assertNotEqual([t.encode(x, alpha=0.2) for x in lines], expected)
        t.set_seed(7)
        self.assertEqual([t.encode(x, alpha=0.2) for x in lines], expected)

    def test_seeds_out_of_range(self):
        t = Tokenizer(MODEL, seed=2**64 - 1)
        for seed in -1, 2**64:
            with self.assertRaises(Error):
                t.set_seed(seed)
            with self.assertRaises(Error):
                Tokenizer(MODEL, seed=seed)

    def test_many_alphas(self):
        t = Tokenizer(MODEL)

        def draws(alpha):
            t.set_seed(7)
            return t.encode(LINES[0], alpha=alpha), t.encode(LINES[0], alpha=0.2)
        first = [draws(i / 20) for i in range(20)]
        self.assertEqual([draws(i / 20) for i in range(20)], first)
        self.assertLess(len(t._distributions), 10)

    def test_nbest(self):
        best = self.t.nbest(LINES[0], 5)
        self.assertEqual(best[0][1], self.t.encode(LINES[0]))
        self.assertEqual(sorted(best, key=lambda b: -b[0]), best)
        self.assertEqual({self.t.decode_bytes(b[1]) for b in best}, {LINES[0].encode()})
        with self.assertRaises(Error):
            self.t.nbest("x", 0)

    def test_streams(self):
        data, draw = "\n".join(LINES[:500]).encode(), random.Random(1)
        for most in 1, 50, 5000:
            stream, ids, at = self.t.stream(), [], 0
            while at < len(data):
                n = draw.randint(1, most)
                ids += stream.feed(data[at:at + n])
                at += n
            ids += stream.end()
            self.assertEqual(ids, self.t.encode(data))
        decoder = self.t.stream_decoder()
        parts = [decoder.feed(i) for i in ids] + [decoder.end()]
        self.assertEqual("".join(parts), self.t.decode(ids))
        self.assertIsInstance(decoder, StreamDecoder)
        numpy = bytepiece_c.numpy
        for kind in (numpy.int64, numpy.uint32) if numpy else ():
            parts = [decoder.feed(kind(i)) for i in ids] + [decoder.end()]
            self.assertEqual("".join(parts), self.t.decode(ids))

    def test_ids_of_any_kind_decode(self):
        ids = self.t.encode("Hello, world")
        kinds = [tuple(ids), (ctypes.c_uint32 * len(ids))(*ids), self.t.encode_batch(["Hello, world"])[0]]
        if bytepiece_c.numpy:
            kinds += [bytepiece_c.numpy.array(ids, dtype=d) for d in ("i8", "u4", "u2")]
        for kind in kinds:
            self.assertEqual(self.t.decode(kind), "Hello, world")
        for wrong in [-1], [2**32], [self.t.vocab_size]:
            with self.assertRaises(Error):
                self.t.decode(wrong)
        self.assertEqual(self.t.decode_batch(self.t.encode_batch(LINES[:9])), LINES[:9])
        for length in 0, 1, 10**5, 3 * 10**5:
            self.assertEqual(self.t.decode(self.t.encode("x y" * length)), "x y" * length)
        for kind in (bytepiece_c.numpy.array([ids], dtype=d) for d in ("i8", "u4")) \
                if bytepiece_c.numpy else ([ids],):
            with self.assertRaises(TypeError):
                self.t.decode(kind)

    def test_results_are_of_one_kind_and_can_be_pickled(self):
        kind = type(self.t.encode_batch(["x"]).ids)
        for texts in [], [""], ["a", "", "b c"]:
            batch = self.t.encode_batch(texts)
            copy = pickle.loads(pickle.dumps(batch))
            self.assertEqual(copy.tolist(), batch.tolist())
            self.assertEqual([len(copy), repr(copy)], [len(texts), repr(batch)])
            for part in batch.ids, batch.offsets, copy.ids, copy.offsets, *batch, *copy:
                self.assertIs(type(part), kind)

    def test_pickle_and_memory(self):
        with open(MODEL, "rb") as f:
            from_memory = Tokenizer(f.read())
        for other in from_memory, pickle.loads(pickle.dumps(self.t)):
            self.assertEqual(other.encode(LINES[0]), self.t.encode(LINES[0]))

    def test_pickle_has_the_model_and_not_its_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            self.t.save(path)
            t = Tokenizer(path, seed=7)
        ids, drawn = t.encode(LINES[0]), t.encode(LINES[0], alpha=0.1)
        t = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(t))))
        self.assertEqual(t.encode(LINES[0]), ids)
        self.assertEqual(t.encode(LINES[0], alpha=0.1), drawn)

    @unittest.skipUnless(hasattr(signal, "setitimer"), "no timer")
    def test_a_handler_of_a_signal_may_encode(self):
        expected, other, calls = self.t.encode(LINES[0]), self.t.encode(LINES[1]), []

        def handle(*_):
            calls.append(self.t.encode(LINES[1]) == other)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, handle))
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)
        while len(calls) < 200:
            signal.setitimer(signal.ITIMER_REAL, 1e-5)
            self.assertEqual(self.t.encode(LINES[0]), expected)
        self.assertTrue(all(calls))

    def test_threads(self):
        expected, failed = [self.t.encode(x) for x in LINES[:300]], []

        def run():
            if [self.t.encode(x) for x in LINES[:300]] != expected:
                failed.append(1)
        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])

    def test_errors(self):
        with self.assertRaises(OSError):
            Tokenizer("/nowhere/no.model")
        for damaged in b"", b"{", {"YQ==": [3, "a", 1]}:
            with self.assertRaises(Error):
                Tokenizer(damaged)
        with self.assertRaises(Error):
            self.t.encode("x", alpha=float("inf"))
        with self.assertRaises(OSError):
            self.t.save("/nowhere/x")
        with self.assertRaises(Error):
            self.t.encode("x", alpha=float("nan"))

    def test_what_is_no_text(self):
        numbers = bytepiece_c.array("I", [1])
        for wrong in None, 5, [65], (65,), numbers, True, 10**18:
            for call in (self.t.encode, self.t.stream().feed, self.t.piece_to_id,
                         lambda x: self.t.nbest(x, 1), lambda x: self.t.encode_batch([x]),
                         lambda x: Trainer().train([x]), lambda x: Trainer(special=[x])):
                with self.assertRaises(TypeError):
                    call(wrong)
        for call in self.t.encode_batch, Trainer().train, Trainer().train_files:
            for text in "abc", b"abc":
                with self.assertRaises(TypeError):
                    call(text)
        for text in bytearray(b"abc"), memoryview(b"aabbcc")[::2]:
            self.assertEqual(self.t.encode(text), self.t.encode("abc"))

    def test_numbers_do_not_wrap(self):
        for wrong in -1, 2**32, 2**64 + 1:
            for call in (self.t.count, self.t.log_probability, lambda x: self.t.nbest("x", x),
                         lambda x: self.t.encode_batch(["x"], threads=x)):
                with self.assertRaises(Error):
                    call(wrong)
        for call in self.t.count, self.t.log_probability, self.t.id_to_piece:
            with self.assertRaises(TypeError):
                call(1.5)
        for call in Tokenizer, self.t.save:
            with self.assertRaises(ValueError):
                call(MODEL + "\0x")


class Training(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = lambda name: os.path.join(folder.name, name)

    def train_with_program(self, *options):
        with open(self.path("texts"), "wb") as f:
            f.write(b"".join(x.encode() + b"\0" for x in LINES))
        program("train", "-q", "-z", *options, "-o", self.path("theirs"), self.path("texts"))

    def content(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def test_model_is_that_of_the_program(self):
        self.train_with_program("--vocab-size", "2000", "--special", "<|user|>")
        trainer = Trainer(max_vocab_size=2000, special=["<|user|>"])
        trainer.train((x for x in LINES), workers=2).save(self.path("ours"))
        self.assertEqual(self.content("ours"), self.content("theirs"))
        t = Tokenizer(self.path("ours"))
        self.assertEqual(t.decode(t.encode("<|user|>x")), "<|user|>x")
        ids = t.encode("<|user|>x", specials=True)
        self.assertEqual(ids, [t.piece_to_id("<|user|>"), *t.encode("x")])
        self.assertEqual(t.encode_batch(["<|user|>x"], specials=True).tolist(), [ids])
        t.save(self.path("binary"), binary=True)
        self.assertEqual(Tokenizer(self.path("binary")).encode(LINES[0]), t.encode(LINES[0]))

    def test_sizes_and_options(self):
        self.train_with_program("--vocab-size", "600,400", "--reference",
                                "--isolate-digits")
        trainer = Trainer(max_vocab_size=[600, 400], isolate_digits=True, reference=True)
        Trainer(max_vocab_size=300, normalize="none", form="binary").train(LINES).save(
            self.path("none"))
        self.assertEqual(Tokenizer(self.path("none")).encode(b"e\xcc\x81"),
                         [b + 3 for b in b"e\xcc\x81"])
        trainer.train_files([self.path("texts")], records="nuls").save(self.path("ours"))
        for size in "600", "400":
            self.assertEqual(self.content("ours." + size), self.content("theirs." + size))
        self.train_with_program("--vocab-size", "600,400", "--digits", "upto3", "--punctuation",
                                "apart", "--across-spaces", "inside", "--ensure-unicode", "begin",
                                "--newlines", "begin", "--special", "the", "--specials")
        trainer = Trainer(max_vocab_size=[600, 400], digits="upto3", punctuation_apart=True,
                          across_spaces="inside", ensure_unicode="begin", newlines="begin",
                          special=["the"], specials=True)
        trainer.train_files([self.path("texts")], records="nuls").save(self.path("ours"))
        for size in "600", "400":
            self.assertEqual(self.content("ours." + size), self.content("theirs." + size))

    def test_weights_are_copies(self):
        texts = [*LINES[:600], "two\nlines", ""]
        weights = [1 + i % 3 for i in range(len(texts))]
        copies = [t for t, w in zip(texts, weights) for _ in range(w)]

        def model(train, *arguments, **options):
            trainer = Trainer(max_vocab_size=900, reference=True)
            getattr(trainer, train)(*arguments, **options).save(self.path("ours"))
            return self.content("ours")

        self.assertEqual(model("train", iter(texts), weights=iter(weights)), model("train", copies))
        self.assertEqual(model("train", LINES, weights=[1] * len(LINES)), model("train", LINES))
        self.assertEqual(model("train_files", [TEXT, TEXT], weights=[1, 2]),
                         model("train_files", [TEXT] * 3))

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_child_leaves_the_model(self):
        trainer = Trainer(max_vocab_size=300).train(LINES)
        if os.fork() == 0:
            del trainer
            os._exit(0)
        os.wait()
        trainer.save(os.fsencode(self.path("ours")))
        Tokenizer(self.path("ours"))

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_child_draws_others_without_a_seed(self):
        for seed, are_equal in (7, True), (None, False):
            t, (r, w) = Tokenizer(MODEL, seed=seed), os.pipe()
            if os.fork() == 0:
                os.write(w, repr(t.encode(LINES[0] * 9, alpha=0.1)).encode())
                os._exit(0)
            os.wait()
            os.close(w)
            with open(r) as f:
                self.assertEqual(f.read() == repr(t.encode(LINES[0] * 9, alpha=0.1)), are_equal)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_child_of_a_process_with_threads(self):
        t, done = Tokenizer(MODEL), threading.Event()

        def run():
            draw = random.Random(1)
            while not done.is_set():
                t.encode("x", alpha=draw.random())
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        failed = 0
        for _ in range(30):
            with warnings.catch_warnings():     # of Python 3.12 about threads and fork
                warnings.simplefilter("ignore")
                child = os.fork()
            if child == 0:
                signal.alarm(5)
                t.encode("x", alpha=2.0)
                os._exit(0)
            failed += os.waitpid(child, 0)[1] != 0
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, 0)

    def test_errors(self):
        for wrong in ({"no_such_option": 1}, {"resumed": 1}, {"note": 1}, {"special": "<user>"},
                      {"piece": b"ab"}, {"extend": 1}, {"memory": 1.5}):
            with self.assertRaises(TypeError):
                Trainer(**wrong)
        for wrong in ({"max_vocab_size": 2**32 + 300}, {"max_vocab_size": [300, -1]},
                      {"memory": -1}, {"order": 2**32 + 1}, {"sample_size": 2**64},
                      {"digits": "x"}, {"normalize": "nfd"}, {"normalize": 0}, {"newlines": "x"},
                      {"form": "x"}):
            with self.assertRaises(Error):
                Trainer(**wrong)
        with self.assertRaises(Error):
            Trainer().train_files([TEXT], records="x")
        with self.assertRaises(Error):
            Trainer(max_vocab_size=5).train(["x"])
        for nothing in [], [""]:
            with self.assertRaises(Error):
                Trainer(max_vocab_size=300).train(nothing)
            Trainer(max_vocab_size=300, need_text=False).train(nothing)
        for weights in [], [1], [1, 2, 3], [1, 0], [1, -1], [1, 2**63]:
            for call, inputs in (Trainer().train, ["x", "y"]), (Trainer().train_files, [TEXT] * 2):
                with self.assertRaises(Error):
                    call(inputs, weights=weights)
        with self.assertRaises(TypeError):
            Trainer().train(["x"], weights=[1.5])
        with self.assertRaises(Error):
            Trainer().save(self.path("x"))
        with self.assertRaises(OSError):
            Trainer().train_files([self.path("not there")])

    def test_interrupt_ends_training_and_is_forgotten(self):
        # Where this program runs in the background of a script, the signal is ignored.
        self.addCleanup(signal.signal, signal.SIGINT,
                        signal.signal(signal.SIGINT, signal.default_int_handler))
        r, w = os.pipe()    # a training that waits for text, until the signal comes
        previous = signal.getsignal(signal.SIGINT)
        timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with self.assertRaises(KeyboardInterrupt):
            Trainer(max_vocab_size=300).train_files(["/dev/fd/%d" % r])
        os.close(r), os.close(w)
        self.assertIs(signal.getsignal(signal.SIGINT), previous)
        with self.assertRaises(KeyboardInterrupt):      # Python handles signals again
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        Trainer(max_vocab_size=300).train(LINES)


class Layout(unittest.TestCase):
    """The structs of the module are those of the headers: sizes and offsets by the C compiler."""
    STRUCTS = {"_CError": "bp_error", "_Bytes": "bp_bytes", "_Draw": "bp_draw",
               "_TextsOptions": "bp_texts_options", "_TrainOptions": "bp_train_options",
               "_TrainReport": "bp_train_report", "_Trained": "struct bp_trained",
               "_Input": "bp_input"}
    NESTED = {"field": "json.field", "skip_bad": "json.skip_bad", "skipped": "json.skipped"}

    def test_layout(self):
        source, expected = ['#include <stddef.h>', '#include "bytepiece_files.h"'], []
        for python, c in self.STRUCTS.items():
            kind = getattr(bytepiece_c, python)
            source.append('_Static_assert(sizeof(%s) == %d, "%s");' % (c, ctypes.sizeof(kind), c))
            for name, _ in kind._fields_:
                field = self.NESTED.get(name, name) if python == "_Input" else name
                source.append('_Static_assert(offsetof(%s, %s) == %d, "%s.%s");'
                              % (c, field, getattr(kind, name).offset, c, name))
        result = subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-fsyntax-only", "-x", "c",
                                 "-I", os.environ["INCLUDE"], "-"], input="\n".join(source),
                                text=True, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 0, result.stderr)


class Library(unittest.TestCase):
    def import_over(self, folder, source):
        """What the import of the module prints over a library of this source in C."""
        library = os.path.join(folder, "other.so")
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-x", "c", "-o", library,
                        "-"], input=source, text=True, check=True)
        result = subprocess.run([sys.executable, "-c", "import bytepiece_c"], text=True,
                                env={**os.environ, "BYTEPIECE_LIBRARY": library},
                                stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 1)
        return result.stderr

    def test_version(self):
        version = bytepiece_c.__version__
        self.assertEqual(program("--version").decode(), "bytepiece %s\n" % version)
        with tempfile.TemporaryDirectory() as folder:
            calls = "".join("void %s(void) { }\n" % name for name in bytepiece_c._CALLS
                            if name != "bp_version")
            other = self.import_over(folder, calls +
                                     'const char *bp_version(void) { return "0.0.9"; }')
            self.assertRegex(other, r"other\.so is a bytepiece library of version 0\.0\.9; this "
                                    r"module needs version " + version)
            other = self.import_over(folder, 'int x;')
            self.assertRegex(other, r"ImportError: .*other\.so is no bytepiece library of version "
                                    r".*: it has no bp_version\(\)")


if __name__ == "__main__":
    unittest.main(verbosity=0, argv=sys.argv)
