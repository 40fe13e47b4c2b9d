"""A GGUF file (version 3) written by hand: key-values, tensor table, aligned data."""

import os
import struct

import numpy as np

ALIGNMENT = 32
F32, Q8_0 = 0, 8
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9


def pack_string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


PACK = {
    UINT32: lambda v: struct.pack("<I", v),
    INT32: lambda v: struct.pack("<i", v),
    FLOAT32: lambda v: struct.pack("<f", v),
    BOOL: lambda v: struct.pack("<?", v),
    STRING: pack_string,
}


def quantize_q8_0(matrix):
    """Blocks of 32 weights along the rows: a half-precision scale and 32 signed bytes each."""
    blocks = matrix.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / np.float32(127)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    levels = np.trunc(blocks * inverse + np.copysign(np.float32(0.5), blocks)).astype(np.int8)
    packed = np.empty(len(blocks), dtype=[("scale", "<f2"), ("levels", "i1", 32)])
    packed["scale"] = scale[:, 0]
    packed["levels"] = levels
    return packed.tobytes()


class Writer:
    def __init__(self):
        self.keys = []
        self.tensors = []

    def put(self, key, kind, value):
        self.keys.append(pack_string(key) + struct.pack("<I", kind) + PACK[kind](value))

    def put_array(self, key, kind, values):
        body = struct.pack("<IQ", kind, len(values)) + b"".join(PACK[kind](v) for v in values)
        self.keys.append(pack_string(key) + struct.pack("<I", ARRAY) + body)

    def tensor(self, name, values):
        """Matrices are stored as q8_0, vectors as float32. The file lists the fastest axis first."""
        values = np.ascontiguousarray(values, dtype=np.float32)
        kind, data = (Q8_0, quantize_q8_0(values)) if values.ndim == 2 else (F32, values.tobytes())
        self.tensors.append((name, values.shape[::-1], kind, data))

    def write(self, path):
        """Writes beside the path and renames: a loaded model is memory-mapped and must not change under its reader."""
        table, offset = b"", 0
        for name, shape, kind, data in self.tensors:
            table += pack_string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
            table += struct.pack("<IQ", kind, offset)
            offset += -(-len(data) // ALIGNMENT) * ALIGNMENT
        head = b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(self.keys)) + b"".join(self.keys) + table
        temporary = f"{path}.partial"
        with open(temporary, "wb") as file:
            file.write(head + b"\0" * (-len(head) % ALIGNMENT))
            for *_, data in self.tensors:
                file.write(data + b"\0" * (-len(data) % ALIGNMENT))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
