"""A model of the shared library from Python, with the standard library alone: MODEL TEXT."""
import ctypes, sys

lib = ctypes.CDLL("libbytepiece.so.0")
void, text_p, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
ids_p, size_p = ctypes.POINTER(ctypes.c_uint32), ctypes.POINTER(size)
lib.bp_load.restype, lib.bp_load.argtypes = void, [text_p, void]
lib.bp_free.restype, lib.bp_free.argtypes = None, [void]
lib.bp_encode_bound.restype, lib.bp_encode_bound.argtypes = size, [size]
lib.bp_encode.argtypes = [void, text_p, size, ids_p, size_p]
lib.bp_decode.argtypes = [void, ids_p, size, text_p, size, size_p]

class Model:
    def __init__(self, path):
        error = ctypes.create_string_buffer(528)    # bp_error: code, pos, msg
        self.model = lib.bp_load(path.encode(), error)
        if not self.model:
            raise OSError(error[16:].split(b"\0")[0].decode(errors="replace"))
    def __del__(self):
        lib.bp_free(self.model)
    def encode(self, text):                 # bytes to a list of ids
        ids, n = (ctypes.c_uint32 * (lib.bp_encode_bound(len(text)) + 1))(), size()
        if lib.bp_encode(self.model, text, len(text), ids, n) != 0:
            raise MemoryError
        return ids[:n.value]
    def decode(self, ids):                  # and back
        array, n = (ctypes.c_uint32 * len(ids))(*ids), size()
        lib.bp_decode(self.model, array, len(ids), None, 0, n)      # measures
        text = ctypes.create_string_buffer(n.value + 1)
        if lib.bp_decode(self.model, array, len(ids), text, n.value, n) != 0:
            raise ValueError("ids[%d] is not in the vocabulary" % n.value)
        return text.raw[:n.value]

model = Model(sys.argv[1])
ids = model.encode(sys.argv[2].encode(errors="surrogateescape"))
print(*ids)
print(model.decode(ids).decode(errors="surrogateescape"))
