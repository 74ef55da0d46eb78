"""Writes and reads safetensors files: 8-byte little-endian header length, JSON header, raw tensor bytes."""

import json
import os
import struct

import numpy as np

ALIGNMENT = 64  # of the data section, so that a memory-mapped tensor begins on a cache line


def encode(tensors, metadata):
    """The bytes of a safetensors file holding `tensors` (name -> array) in the order given.

    float16 arrays stay half precision, all others become float32.
    """
    header = {"__metadata__": {key: str(value) for key, value in sorted(metadata.items())}}
    offset = 0
    payloads = []
    for name, array in tensors.items():
        if not np.all(np.isfinite(array)):
            raise ValueError(f"tensor {name} holds a value that is not finite")
        kind, code = ("F16", "<f2") if array.dtype == np.float16 else ("F32", "<f4")
        payload = np.ascontiguousarray(array, dtype=code).tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [offset, offset + len(payload)]}
        offset += len(payload)
        payloads.append(payload)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    return b"".join([struct.pack("<Q", len(text)), text, *payloads])


def write_atomically(path, data):
    """Writes `data` to a temporary name beside `path`, forces it to disk and renames it into place."""
    temporary = path.with_name(path.name + ".partial")
    with open(temporary, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def read(path):
    """(tensors, metadata) of a float32 safetensors file that this project wrote."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: tensor {name} is {entry['dtype']}, expected F32")
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(data, "<f4", (end - begin) // 4, 8 + length + begin)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors, metadata
