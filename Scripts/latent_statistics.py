#!/usr/bin/env python3
"""Estimates mean and covariance of w from mapped Gaussian z and writes Models/trained/w-statistics.safetensors.

    Scripts/latent_statistics.py [--samples 200000] [--seed 20240229] [--models DIR]

Needs NumPy and Models/imported/mobile-stylegan-ffhq.safetensors (Scripts/fetch_models.py). The draws come from
NumPy's PCG64 with the seed given; sums are kept in float64. About half a minute on two cores.
"""

import argparse
import hashlib
import pathlib

import numpy as np

from importers import safetensors_file

ROOT = pathlib.Path(__file__).resolve().parent.parent


def map_latents(tensors, z):
    """The mapping network: pixel norm, then eight times dense, LeakyReLU 0.2, sqrt 2. [n, 512] -> [n, 512]."""
    x = z / np.sqrt(np.mean(z * z, axis=1, keepdims=True) + 1e-8)
    for index in range(8):
        x = x @ tensors[f"mapping.{index}.weight"].T + tensors[f"mapping.{index}.bias"]
        x = np.where(x > 0, x, np.float32(0.2) * x) * np.float32(2**0.5)
    return x


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=20240229)
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "Models")
    options = parser.parse_args()
    generator = options.models / "imported" / "mobile-stylegan-ffhq.safetensors"
    if not generator.exists():
        raise SystemExit(f"{generator} is missing: run Scripts/fetch_models.py first.")
    tensors, source = safetensors_file.read(generator)
    random = np.random.default_rng(options.seed)
    total, products, count = np.zeros(512), np.zeros((512, 512)), 0
    origin = None  # sums are taken about the first batch's mean, so that no digits cancel
    while count < options.samples:
        size = min(4096, options.samples - count)
        w = map_latents(tensors, random.standard_normal((size, 512), dtype=np.float32)).astype(np.float64)
        if origin is None:
            origin = w.mean(axis=0)
        w -= origin
        total += w.sum(axis=0)
        products += w.T @ w
        count += size
    shift = total / count
    covariance = (products - count * np.outer(shift, shift)) / (count - 1)
    mean = origin + shift
    eigenvalues = np.linalg.eigvalsh(covariance)
    metadata = {
        "name": "w-statistics",
        "licence": "Apache-2.0; derived from a generator trained on FFHQ (non-commercial)",
        "samples": count,
        "seed": options.seed,
        "generator_sha256": hashlib.sha256(generator.read_bytes()).hexdigest(),
        "generator_source": source["source"],
        "recipe": "Scripts/latent_statistics.py",
    }
    target = options.models / "trained" / "w-statistics.safetensors"
    target.parent.mkdir(parents=True, exist_ok=True)
    symmetric = (covariance + covariance.T) / 2
    safetensors_file.write_atomically(target, safetensors_file.encode({"mean": mean, "covariance": symmetric}, metadata))
    kept = np.cumsum(eigenvalues[::-1]) / eigenvalues.sum()
    print(f"wrote {target}: {count} samples, total variance {eigenvalues.sum():.4f} ({eigenvalues.sum() / 512:.6f} a")
    print(f"component), eigenvalues {eigenvalues[-1]:.5f} to {eigenvalues[0]:.3e}, {np.searchsorted(kept, 0.9) + 1}")
    print(f"directions hold 90 % of it, {np.searchsorted(kept, 0.99) + 1} hold 99 %; |mean| {np.linalg.norm(mean):.4f}")


if __name__ == "__main__":
    main()
