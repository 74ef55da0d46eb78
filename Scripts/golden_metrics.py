#!/usr/bin/env python3
"""Golden values of the metrics, by NumPy, SciPy and mpmath: Tests/EvaluationTests/Fixtures/metrics.json.

    python3 -m venv VENV && VENV/bin/pip install numpy scipy mpmath
    VENV/bin/python Scripts/golden_metrics.py [--models Models]

Features, values and pictures are drawn or computed from formulas on both sides (`uniforms`, `picture`), so the file
holds results alone. FID is the definition in 40 digits, by symmetric eigendecompositions, and is held against SciPy's
sqrtm as pytorch-fid calls it; KID and the bootstrap draw with a SplitMix64 of their own; MS-SSIM convolves with the
whole window at once; VGG16 is convolved in NumPy with the weights of Models/imported/lpips-vgg16.safetensors. A minute.
"""

import argparse
import json
import pathlib

import mpmath
import numpy as np
import scipy.linalg
import scipy.signal

ROOT = pathlib.Path(__file__).resolve().parent.parent
MASK = (1 << 64) - 1
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SIZES = {"four": (128, 128), "five": (192, 176), "odd": (97, 61), "one": (11, 20)}


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def index(self, bound):
        return (self.next() >> 32) * bound >> 32

    def rows(self, chosen, count):
        rows = list(range(count))
        for place in range(chosen):
            other = place + self.index(count - place)
            rows[place], rows[other] = rows[other], rows[place]
        return rows[:chosen]


def uniforms(count, seed):
    random = SplitMix64(seed)
    return np.array([(random.next() >> 11) * 2.0**-53 for _ in range(count)])


def features(n, d, seed, scale=1.0, shift=0.0):
    """[n, d]; every third column but the first is shifted, and the last is 0, as a dead unit of a trunk is."""
    x = uniforms(n * d, seed).reshape(n, d) ** 2 * scale
    x[:, 1::3] += shift
    x[:, -1] = 0
    return x


def frechet(x, y):
    with mpmath.workdps(40):
        def moments(z):
            z = mpmath.matrix(z.tolist())
            n, d = z.rows, z.cols
            mean = [mpmath.fsum(z[i, j] for i in range(n)) / n for j in range(d)]
            c = mpmath.matrix(n, d)
            for i in range(n):
                for j in range(d):
                    c[i, j] = z[i, j] - mean[j]
            return mean, c.T * c / (n - 1)

        (m1, s1), (m2, s2) = moments(x), moments(y)
        values, vectors = mpmath.eigsy(s1)
        root = vectors * mpmath.diag([mpmath.sqrt(max(v, 0)) for v in values]) * vectors.T
        inner = mpmath.eigsy(root * s2 * root, eigvals_only=True)
        cross = mpmath.fsum(mpmath.sqrt(max(v, 0)) for v in inner)
        trace = mpmath.fsum(s1[i, i] + s2[i, i] for i in range(s1.rows))
        return float(mpmath.fsum((a - b) ** 2 for a, b in zip(m1, m2)) + trace - 2 * cross)


def pytorch_fid(x, y):
    s1, s2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = scipy.linalg.sqrtm(s1 @ s2).real
    difference = x.mean(0) - y.mean(0)
    return difference @ difference + np.trace(s1) + np.trace(s2) - 2 * np.trace(root)


def discrepancy(x, y):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    n, m = len(x), len(y)
    xx, yy, xy = kernel(x, x), kernel(y, y), kernel(x, y)
    return ((xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1)) - 2 * xy.mean())


def kernel_distance(x, y, subsets, size, seed):
    random = SplitMix64(seed)
    found = []
    for _ in range(subsets):
        chosen = random.rows(size, len(x))
        found.append(discrepancy(x[chosen], y[random.rows(size, len(y))]))
    return {"whole": discrepancy(x, y), "mean": np.mean(found), "deviation": np.std(found)}


def bootstrap(values, statistic, draws, seed):
    random = SplitMix64(seed)
    drawn = [statistic(values[[random.index(len(values)) for _ in values]]) for _ in range(draws)]
    lower, upper = np.percentile(drawn, [2.5, 97.5])
    return {"value": statistic(values), "lower": lower, "upper": upper}


def picture(width, height, phase):
    """[height, width, 3], integers."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    i = (y * width + x) * 3 + c
    return np.floor(127.5 + 90 * np.sin(0.11 * x + 0.7 * c + phase) * np.cos(0.07 * y - 0.4 * c)
                    + 30 * np.sin(1.7 * i + 3 * phase)).astype(np.int64)


def multi_scale_ssim(a, b):
    line = np.exp(-np.arange(-5, 6) ** 2 / (2 * 1.5**2))
    window = np.outer(line, line)
    window /= window.sum()

    def smooth(plane):
        return scipy.signal.convolve2d(plane, window, mode="valid")

    def halved(plane):
        padded = np.pad(plane, [(side % 2, 0) for side in plane.shape])
        return padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2).mean((1, 3))

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    results = []
    for channel in range(3):
        x, y = a[:, :, channel].astype(float), b[:, :, channel].astype(float)
        factors = []
        while min(x.shape) >= 11 and len(factors) < 5:
            mx, my = smooth(x), smooth(y)
            vx, vy, cov = smooth(x * x) - mx * mx, smooth(y * y) - my * my, smooth(x * y) - mx * my
            structure = (2 * cov + c2) / (vx + vy + c2)
            whole = structure * (2 * mx * my + c1) / (mx * mx + my * my + c1)
            factors.append((structure.mean(), whole.mean()))
            x, y = halved(x), halved(y)
        weights = np.array(WEIGHTS[: len(factors)]) / sum(WEIGHTS[: len(factors)])
        parts = [f[0] for f in factors[:-1]] + [factors[-1][1]]
        results.append(np.prod(np.maximum(parts, 0) ** weights))
    return np.mean(results)


def weights(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        assert entry["dtype"] == "F32"
        array = np.frombuffer(data[8 + length + start : 8 + length + end], "<f4")
        result[name] = array.reshape(entry["shape"])
    return result


def vgg16(rgb, tensors):
    """Means of relu5_3 of a picture in 0…255, under ImageNet's statistics."""
    x = (rgb / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    x, count = x.astype(np.float32), 0
    for block in (2, 2, 3, 3, 3):
        if count:
            x = x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2, -1).max((1, 3))
        for _ in range(block):
            weight, bias = tensors[f"features.{count}.weight"], tensors[f"features.{count}.bias"]
            height, width, _ = x.shape
            padded = np.pad(x, [(1, 1), (1, 1), (0, 0)])
            x = sum(padded[i : i + height, j : j + width] @ weight[:, i, j].T for i in range(3) for j in range(3))
            x, count = np.maximum(x + bias, 0), count + 1
    return x.mean((0, 1), dtype=np.float64)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "Models")
    parser.add_argument("--output", type=pathlib.Path,
                        default=ROOT / "Tests" / "EvaluationTests" / "Fixtures" / "metrics.json")
    options = parser.parse_args()
    sets = {
        "many": (features(60, 12, 1), features(50, 12, 2, 1.3, 0.4)),
        "few": (features(9, 20, 3), features(7, 20, 4, 0.8, 0.2)),
    }
    golden = {"frechet": {name: frechet(*pair) for name, pair in sets.items()}}
    for name, pair in sets.items():
        print(name, golden["frechet"][name], "pytorch-fid", pytorch_fid(*pair))
    golden["kernel"] = {
        "many": kernel_distance(*sets["many"], subsets=100, size=20, seed=5),
        "few": kernel_distance(*sets["few"], subsets=100, size=5, seed=6),
    }
    values = uniforms(41, 7) ** 2
    golden["bootstrap"] = {
        "mean": bootstrap(values, np.mean, 2000, 8),
        "median": bootstrap(values, np.median, 2000, 9),
    }
    golden["msssim"] = {
        name: multi_scale_ssim(picture(*size, 0.1), picture(*size, 0.3)) for name, size in SIZES.items()
    }
    tensors = weights(options.models / "imported" / "lpips-vgg16.safetensors")
    golden["vgg16"] = [float(f"{value:.7g}") for value in vgg16(picture(224, 224, 0.1), tensors)]
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
