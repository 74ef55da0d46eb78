#!/usr/bin/env python3
"""Makes the fixtures of the networks that we train and that judge pictures, with PyTorch.

    python3 Scripts/golden_trained.py [--models Models] [--fixtures Tests/NetworksTests/Fixtures]

- attributes.safetensors: Scripts/attribute_predictor.py with the shipped weights, on the middle 128 pixels of the
  fixtures' ten drawn faces;
- discriminator.safetensors: the same of Scripts/train_discriminator.py's network.

Make them again after training either. Needs torch, safetensors, numpy, Pillow. Some seconds.
"""

import argparse
import pathlib

import numpy as np
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file

from attribute_predictor import AttributePredictor
from train_discriminator import Discriminator

ROOT = pathlib.Path(__file__).resolve().parent.parent
EDGE = 128


def loaded(network, weights):
    """The network with our file's weights: there the channels of convolutions come last."""
    tensors = {name: torch.from_numpy(array.astype(np.float32)) for name, array in load_file(weights).items()}
    state = {name: t.permute(0, 3, 1, 2) if t.ndim == 4 else t for name, t in tensors.items()}
    missing = network.load_state_dict(state, strict=False)
    if missing.unexpected_keys or any("num_batches" not in name for name in missing.missing_keys):
        raise SystemExit(f"{weights} does not fit: {missing}")
    return network.eval()


def middle(path):
    """[3, 128, 128] in [-1, 1]."""
    pixels = np.asarray(Image.open(path).convert("RGB"), np.float32)
    edge = (len(pixels) - EDGE) // 2
    return torch.from_numpy(pixels[edge:edge + EDGE, edge:edge + EDGE] / 127.5 - 1).permute(2, 0, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "Models")
    parser.add_argument("--fixtures", type=pathlib.Path, default=ROOT / "Tests/NetworksTests/Fixtures")
    options = parser.parse_args()
    faces = torch.stack([middle(options.fixtures / f"face-{index}.png") for index in range(10)])
    for name, weights, network in (
        ("attributes", "attribute-predictor", AttributePredictor()), ("discriminator", "discriminator", Discriminator())
    ):
        with torch.no_grad():
            logits = loaded(network, options.models / "trained" / f"{weights}.safetensors")(faces).numpy()
        save_file({"logits": logits}, options.fixtures / f"{name}.safetensors")
        print(f"{name}.safetensors: {logits.shape}")


if __name__ == "__main__":
    main()
