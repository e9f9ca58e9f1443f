"""Speed of the Python module beside the program's: python.py MODEL TEXT PROGRAM."""
import os
import resource
import subprocess
import sys

from bytepiece_c import Tokenizer

model, text, program = sys.argv[1:]
with open(text, encoding="utf-8", errors="surrogateescape") as f:
    lines = [line.encode(errors="surrogateescape").decode(errors="replace")
             for line in f.read().split("\n")]
n_bytes = sum(len(line.encode()) for line in lines)
t = Tokenizer(model)


def cpu_seconds():
    """Of this process and its children: the time of a machine that also does other work."""
    uses = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in uses)


def best_of(run, times=7):
    best = float("inf")
    for _ in range(times):
        start = cpu_seconds()
        run()
        best = min(best, cpu_seconds() - start)
    return best


def batches():
    for i in range(0, len(lines), 1000):
        t.encode_batch(lines[i:i + 1000], threads=1)


def encode(path):
    subprocess.run([program, "encode", "-q", "-j1", "-f", "u32", "-m", model, "-o", os.devnull, path],
                   check=True)


def calls():
    for line in lines:
        t.encode(line)


of_program = best_of(lambda: encode(text)) - best_of(lambda: encode(os.devnull))
of_batches, of_calls = best_of(batches), best_of(calls)
at_once = best_of(lambda: t.encode_batch(lines, threads=1))
print("program, one thread, without its start %6.1f MB/s" % (n_bytes / of_program / 1e6))
print("encode_batch(), 1,000 lines a call     %6.1f MB/s, %.0f %% of the program's rate"
      % (n_bytes / of_batches / 1e6, 100 * of_program / of_batches))
print("encode(), a line a call                %6.1f MB/s, %.2f us a line above encode_batch() of all"
      % (n_bytes / of_calls / 1e6, (of_calls - at_once) / len(lines) * 1e6))
