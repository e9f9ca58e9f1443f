import struct, sys, numpy               # megatron.py docs.at docs.idx

begins = numpy.fromfile(sys.argv[1], "<u8").astype("<i8")
n = len(begins) - 1
with open(sys.argv[2], "wb") as f:
    f.write(b"MMIDIDX\0\0" + struct.pack("<QBQQ", 1, 8, n, n + 1))     # type 8: uint16; 4: int32, for -f u32
    f.write(numpy.diff(begins).astype("<i4").tobytes())                # ids of each document
    f.write((begins[:-1] * 2).tobytes())                               # its offset in docs.bin, in bytes
    f.write(numpy.arange(n + 1, dtype="<i8").tobytes())                # each is one sequence
