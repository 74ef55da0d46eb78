#!/usr/bin/env python3
"""Golden values for Tests/ChannelTests, computed independently of the Swift code (needs NumPy).

usage: golden_channel.py > Tests/ChannelTests/Fixtures/golden_channel.json
"""
import json

import numpy as np

MASK = 0xFFFFFFFF


def philox(counter, key):
    """Philox4x32-10 of Salmon et al. (2011)."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def noise(seed, stream, index):
    """CN(0, 1): radius sqrt(-ln u1), angle 2 pi u2. A block has the words of two places."""
    block = index >> 1
    w = philox([block & MASK, block >> 32, stream, 0], [seed & MASK, seed >> 32])[2 * (index & 1):]
    u1, u2 = (w[0] + 0.5) / 2**32, w[1] / 2**32
    return np.sqrt(-np.log(u1)) * np.exp(2j * np.pi * u2)


def parts(z):
    return [[float(v.real), float(v.imag)] for v in np.asarray(z).ravel()]


rng = np.random.default_rng(20241115)
golden = {}

cases = [(1, 0, 0), (1, 0, 1), (7, 3, 12344), (7, 3, 12345), (2**63 + 5, 0xED5C0001, 2**40 + 9)]
golden["noise"] = [
    {"seed": str(s), "stream": t, "index": str(i), "value": parts(noise(s, t, i))[0]} for s, t, i in cases
]

# Least squares on 16 pilots through a complex gain, three of them lost.
pilots = (rng.choice([-1, 1], 16) + 1j * rng.choice([-1, 1], 16)) / np.sqrt(2)
gain, n0 = 0.8 - 0.45j, 0.1
received = gain * pilots + np.sqrt(n0 / 2) * (rng.standard_normal(16) + 1j * rng.standard_normal(16))
kept = np.array([k not in (2, 7, 15) for k in range(16)])
p, y = pilots[kept], received[kept]
h = (y * p.conj()).sum() / (np.abs(p) ** 2).sum()
variance = (np.abs(y - h * p) ** 2).sum() / (len(p) - 1)
golden["estimate"] = {
    "pilots": parts(pilots),
    "received": parts(received),
    "erased": [not bool(k) for k in kept],
    "gain": parts([h])[0],
    "noiseVariance": float(variance),
    "snrDB": float(10 * np.log10((abs(h) ** 2 - variance / len(p)) / variance)),
}

# Equalisation of four symbols by that estimate at scale 2.5.
data = gain * np.array([1 + 2j, -0.5 + 0.25j, 0.75 - 1j, -1 - 1j])
x = 2.5 * data / h
golden["equalize"] = {
    "received": parts(data),
    "scale": 2.5,
    "values": [float(v) for z in x for v in (z.real, z.imag)],
    "noiseVariance": float(2.5**2 * variance * (1 + 1 / len(p)) / (2 * abs(h) ** 2)),
}

# LMMSE in 12 dimensions with unequal noise and four erasures, through the full inverse.
a = rng.standard_normal((12, 20))
sigma = (a @ a.T / 20).astype(np.float32)
sigma = ((sigma + sigma.T) / 2).astype(np.float32)
w = rng.multivariate_normal(np.zeros(12), sigma)
d = rng.uniform(0.01, 0.5, 12).astype(np.float32)
observed = np.array([k not in (0, 4, 5, 11) for k in range(12)])
values = np.where(observed, w + np.sqrt(d) * rng.standard_normal(12), 0).astype(np.float32)
s = sigma.astype(np.float64)
estimate = s[:, observed] @ np.linalg.inv(s[np.ix_(observed, observed)] + np.diag(d[observed].astype(np.float64)))
estimate = estimate @ values[observed].astype(np.float64)
golden["lmmse"] = {
    "covariance": [float(v) for v in sigma.ravel()],
    "values": [float(v) for v in values],
    "noiseVariance": [float(v) if o else None for v, o in zip(d, observed)],
    "estimate": [float(v) for v in estimate],
}
print(json.dumps(golden, indent=1))
