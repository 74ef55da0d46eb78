#!/usr/bin/env python3
"""Golden values for Tests/ChannelTests/SeparateCoding, by Sionna 2.2.0, which knows nothing of the Swift code.

usage: python3 -m venv VENV
       VENV/bin/pip install sionna-no-rt==2.2.0      # torch's CPU build is enough
       VENV/bin/python Scripts/golden_ldpc.py [blocks] > Tests/ChannelTests/Fixtures/golden_ldpc.json

Block error rates are of so many blocks each, 400 without a number, and are also printed. They take half an hour.
"""
import json
import math
import sys

import numpy as np
import torch
from sionna.phy.fec.crc import CRCEncoder
from sionna.phy.fec.ldpc import LDPC5GDecoder, LDPC5GEncoder
from sionna.phy.fec.scrambling import TB5GScrambler
from sionna.phy.mapping import Constellation, Demapper, Mapper
from sionna.phy.nr import TBEncoder
from sionna.phy.nr.utils import calculate_tb_size

MASK = 0xFFFFFFFF
LARGEST = [256, 384, 320, 224, 288, 352, 208, 240]  # lifting size of each set


def philox(counter, key):
    """Philox4x32-10 of Salmon et al. (2011)."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def bits(count, seed):
    """Bits that the test draws, too: 128 of each index, the most significant first."""
    words = [w for i in range((count + 127) // 128) for w in philox([i, 0, 0, 3], [seed, 0])]
    return np.array([w >> s & 1 for w in words for s in range(31, -1, -1)][:count], dtype=np.int8)


def packed(b):
    return np.packbits(np.asarray(b).astype(np.uint8)).tobytes().hex()


def tensor(b):
    return torch.tensor(np.asarray(b), dtype=torch.float32)[None]


def numbers(t):
    return np.asarray(t)[0].astype(np.int8)


def say(*what):
    print(*what, file=sys.stderr, flush=True)


golden = {}

golden["crc"] = [
    {"name": name, "count": count, "seed": count,
     "parity": packed(numbers(CRCEncoder(name)(tensor(bits(count, count))))[count:])}
    for name in ("CRC24A", "CRC24B", "CRC16")
    for count in (1, 40, 1000)
]

# Whole words at the largest lifting size of each set: every shift of the tables counts. Then filler bits (k is short of
# the code), a few parities only, and interleaving.
codes = []
for graph in (1, 2):
    for z in LARGEST:
        k = (22 if graph == 1 else 10) * z
        codes.append((graph, k, (66 if graph == 1 else 50) * z, 1))
for graph, k, n, order in [
    (1, 8448, 9100, 2), (1, 500, 1200, 4), (1, 3000, 3180, 6), (1, 5000, 8008, 8), (1, 24, 60, 2),
    (2, 20, 100, 2), (2, 100, 120, 4), (2, 193, 420, 6), (2, 300, 1200, 8), (2, 561, 1122, 6), (2, 641, 800, 4),
    (2, 3840, 7680, 2), (2, 1999, 2400, 8), (2, 2600, 12996, 6),
]:
    codes.append((graph, k, n, order))
golden["codes"] = []
for seed, (graph, k, n, order) in enumerate(codes):
    encoder = LDPC5GEncoder(k, n, num_bits_per_symbol=order, bg=f"bg{graph}")
    coded = numbers(encoder(tensor(bits(k, seed))))
    golden["codes"].append(
        {"graph": graph, "blockBits": k, "sentBits": n, "modulationOrder": order, "seed": seed,
         "liftingSize": int(encoder.z), "coded": packed(coded)}
    )

# A few received symbols of each modulation; Sionna's ratios are ln P(1)/P(0).
rng = np.random.default_rng(20241130)
golden["demapping"] = []
for order in (2, 4, 6, 8):
    constellation = Constellation("qam", order, precision="double")
    mapped = bits(order * 24, order)
    x = np.asarray(Mapper(constellation=constellation)(tensor(mapped).double()))[0]
    n0 = 10 ** -rng.uniform(0, 2.5, 24)
    y = x + np.sqrt(n0 / 2) * (rng.standard_normal(24) + 1j * rng.standard_normal(24))
    y, n0 = y.astype(np.complex64), n0.astype(np.float32)
    entry = {"modulationOrder": order, "seed": order, "symbols": [[float(v.real), float(v.imag)] for v in x],
             "received": [[float(v.real), float(v.imag)] for v in y], "noiseVariances": [float(v) for v in n0]}
    for rule, method in (("exact", "app"), ("maxLog", "maxlog")):
        demapper = Demapper(method, constellation=constellation, precision="double")
        ratios = demapper(torch.tensor(y.astype(complex))[None], torch.tensor(n0.astype(float))[None])
        entry[rule] = [round(-float(v), 6) for v in np.asarray(ratios)[0]]
    golden["demapping"].append(entry)

golden["sizes"] = []
for order in (2, 4, 6, 8):
    for uses in (20, 256, 1000, 4096, 20000):
        for rate in (0.12, 0.25, 0.3, 0.5, 0.67, 0.8, 0.92):
            n = uses * order
            if n * rate < 24:
                continue
            size = int(calculate_tb_size(order, rate, n * rate, n, return_cw_length=False)[0])
            golden["sizes"].append({"channelUses": uses, "modulationOrder": order, "rate": rate, "bits": size})


def transport_block(payload, uses, order, rate, seed):
    """Coded bits by TS 38.212, section 7.2, of Sionna's CRCs and encoder, scrambled by Sionna."""
    size = len(payload)
    graph = 2 if size <= 292 or (size <= 3824 and rate <= 0.67) or rate <= 0.25 else 1
    block = CRCEncoder("CRC24A" if size > 3824 else "CRC16")(tensor(payload))
    largest = 8448 if graph == 1 else 3840
    count = 1 if block.shape[1] <= largest else math.ceil(block.shape[1] / (largest - 24))
    coded = []
    for index, part in enumerate(torch.chunk(block, count, dim=1)):
        part = CRCEncoder("CRC24B")(part) if count > 1 else part
        sent = order * (uses // count + (index >= count - uses % count))
        encoder = LDPC5GEncoder(part.shape[1], sent, num_bits_per_symbol=order, bg=f"bg{graph}")
        coded.append(encoder(part))
    coded = torch.cat(coded, dim=1)
    scrambler = TB5GScrambler(n_rnti=seed >> 15, n_id=seed & 0x7FFF, binary=True)
    return graph, count, numbers(scrambler(coded))


golden["transportBlocks"] = []
for index, (uses, order, rate) in enumerate(
    [(100, 2, 0.3), (256, 4, 0.5), (700, 6, 0.75), (1500, 8, 0.9), (3001, 4, 0.7), (2501, 2, 0.8),
     (10007, 2, 0.2), (6001, 8, 0.5)]
):
    n = uses * order
    size = int(calculate_tb_size(order, rate, n * rate, n, return_cw_length=False)[0])
    identity, cell = index * 1000 + 7, index * 37 + 1
    payload = bits(size, 100 + index)
    graph, count, scrambled = transport_block(payload, uses, order, rate, identity << 15 | cell)
    # Sionna's own chain chooses the base graph by other lengths, but mostly chooses the same.
    chain = TBEncoder(size, n, rate, order, n_rnti=identity, n_id=cell)
    same = chain.ldpc_encoder._bg == f"bg{graph}"
    assert not same or (numbers(chain(tensor(payload))) == scrambled).all(), "two chains differ"
    say(f"transport block: {size} bits, {uses} uses, base graph {graph}, {count} blocks, as Sionna's chain: {same}")
    golden["transportBlocks"].append(
        {"channelUses": uses, "modulationOrder": order, "rate": rate, "bits": size, "seed": 100 + index,
         "scramblingSeed": identity << 15 | cell, "codeBlocks": count, "coded": packed(scrambled)}
    )


def block_errors(k, uses, order, graph, decibels, blocks, iterations, seed, **decoder):
    """Blocks whose information bits are not what was sent, over AWGN."""
    torch.manual_seed(seed)
    n = uses * order
    encoder = LDPC5GEncoder(k, n, num_bits_per_symbol=order, bg=f"bg{graph}")
    constellation = Constellation("qam", order)
    mapper, demapper = Mapper(constellation=constellation), Demapper("app", constellation=constellation)
    decode = LDPC5GDecoder(encoder, num_iter=iterations, **decoder)
    n0 = 10 ** (-decibels / 10)
    errors, done = 0, 0
    while done < blocks:
        batch = min(100, blocks - done)
        u = torch.randint(0, 2, (batch, k), dtype=torch.float32)
        x = mapper(encoder(u))
        noise = math.sqrt(n0 / 2) * torch.complex(torch.randn(x.shape), torch.randn(x.shape))
        errors += int((decode(demapper(x + noise, torch.tensor(n0))) != u).any(dim=-1).sum())
        done += batch
    return errors


def normalised(messages, mask, clip):
    """The min-sum rule of Sionna, times 3/4."""
    from sionna.phy.fec.ldpc.decoding import cn_update_minsum

    return 0.75 * cn_update_minsum(messages, mask, clip)


golden["blockErrors"] = []
BLOCKS = int(sys.argv[1]) if len(sys.argv) > 1 else 400
# Sionna's sum-product decoder is the usual one, all checks at once, with enough iterations for layers to gain nothing.
# The min-sum rule is compared by layers, which takes Sionna long: short codes alone.
RULES = {
    "sumProduct": (50, {}),
    "minSum": (20, {"cn_update": normalised, "cn_schedule": "layered", "llr_max": 128}),
}
for k, uses, order, graph, rule, levels in [
    (200, 200, 2, 2, "sumProduct", (1.0, 1.5)),
    (1024, 384, 4, 1, "sumProduct", (8.5, 8.8)),
    (1000, 500, 6, 2, "sumProduct", (6.4, 6.7)),
    (2000, 400, 8, 1, "sumProduct", (17.0, 17.2)),
    (200, 200, 2, 2, "minSum", (1.0, 1.5)),
    (1024, 384, 4, 1, "minSum", (8.8,)),
]:
    for decibels in levels:
        iterations, decoder = RULES[rule]
        seed = k + round(decibels * 100)
        errors = block_errors(k, uses, order, graph, decibels, BLOCKS, iterations, seed, **decoder)
        entry = {"blockBits": k, "channelUses": uses, "modulationOrder": order, "graph": graph, "rule": rule,
                 "decibels": decibels, "iterations": iterations, "blocks": BLOCKS, "errors": errors}
        say(json.dumps(entry))
        golden["blockErrors"].append(entry)

json.dump(golden, sys.stdout, separators=(",", ":"))
print()
