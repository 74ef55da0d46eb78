#!/usr/bin/env python3
"""Golden values of the text encoder's network from PyTorch, for TextNetworkTests.

Weights are computed from a formula on both sides (see `wave`). Prints the logits of the tags of two sentences' words,
and of act, attribute and degree of three clauses, in double precision. Run: python3 Scripts/golden_text.py
"""

import math

import torch
from torch import nn

BUCKETS, WORD, VECTOR, STATE, HIDDEN = 8192, 48, 64, 96, 128
# Words as (text, row of its vector or None, whether its pieces count).
SENTENCES = [
    [("make", 0, True), ("her", 1, True), ("grumpy", 2, False), (",", None, True), ("older", 3, True)],
    [("smile", None, True), ("#years", None, True)],
]
CLAUSES = [(0, 0, 3), (0, 4, 5), (1, 0, 2)]


def wave(shape, phase):
    """0.2·sin(0.9·i + phase)·(1 + (i mod 7)/7), i the row-major index."""
    i = torch.arange(math.prod(shape), dtype=torch.float64)
    return (0.2 * torch.sin(0.9 * i + phase) * (1 + (i % 7) / 7)).reshape(shape)


def pieces(word):
    """Rows of the word, its trigrams and its runs of four: FNV-1a, folded, modulo the table."""
    marked = b"<" + word[:20].encode() + b">"
    runs = [(0, marked)] + [(n, marked[i:i + n]) for n in (3, 4) for i in range(len(marked) - n + 1)]
    rows = []
    for kind, run in runs:
        value = 0xCBF29CE484222325
        for byte in bytes([kind]) + run:
            value = (value ^ byte) * 0x100000001B3 % 2**64
        rows.append((value ^ value >> 32) % BUCKETS)
    return rows


def main():
    shapes = [(4, VECTOR), (WORD, VECTOR), (BUCKETS, WORD)]
    for _ in range(2):
        shapes += [(4 * STATE, WORD), (4 * STATE, STATE), (4 * STATE,)]
    shapes += [(3, 2 * STATE), (3,), (HIDDEN, 4 * STATE), (HIDDEN,)]
    for classes in (12, 5, 6):
        shapes += [(classes, HIDDEN), (classes,)]
    tensors = [wave(shape, 0.1 * number) for number, shape in enumerate(shapes)]
    vectors, projection, words = tensors[:3]
    lstm = nn.LSTM(WORD, STATE, bidirectional=True, batch_first=True).double()
    for suffix, (inputs, hidden, bias) in (("l0", tensors[3:6]), ("l0_reverse", tensors[6:9])):
        getattr(lstm, f"weight_ih_{suffix}").data = inputs
        getattr(lstm, f"weight_hh_{suffix}").data = hidden
        getattr(lstm, f"bias_ih_{suffix}").data = bias
        getattr(lstm, f"bias_hh_{suffix}").data = torch.zeros_like(bias)
    tag, hidden, *heads = [(tensors[i], tensors[i + 1]) for i in range(9, len(tensors), 2)]

    def linear(x, layer):
        return x @ layer[0].T + layer[1]

    states = []
    for sentence in SENTENCES:
        inputs = []
        for text, row, counts in sentence:
            its = pieces(text) if counts else []
            vector = sum(words[piece] for piece in its) / max(1, len(its)) ** 0.5 if its else torch.zeros(WORD).double()
            inputs.append(vector + (projection @ vectors[row] if row is not None else 0))
        with torch.no_grad():
            states.append(lstm(torch.stack(inputs)[None])[0][0])
    print("tags", [round(x, 6) for x in linear(torch.cat(states), tag).flatten().tolist()])
    for sentence, first, end in CLAUSES:
        its = states[sentence][first:end]
        joined = torch.cat([its[-1, :STATE], its[0, STATE:], its[:, :STATE].mean(0), its[:, STATE:].mean(0)])
        layer = torch.relu(linear(joined, hidden))
        print([round(x, 6) for head in heads for x in linear(layer, head).tolist()])


if __name__ == "__main__":
    main()
