#!/usr/bin/env python3
"""Golden values of the Inception trunk and of checkpoints, by PyTorch and pytorch-fid: Tests/NetworksTests/Fixtures.

    python3 -m venv VENV && VENV/bin/pip install numpy torch torchvision pytorch-fid
    VENV/bin/python Scripts/golden_inception.py

The network is pytorch-fid's own; its weights are drawn by a formula that the test draws them by too, since the real
ones are not the project's. inception.json holds some of its features of one picture; checkpoint-zip.pth and
checkpoint-legacy.pth hold the same small dictionaries in both formats of `torch.save`. A minute.
"""

import argparse
import collections
import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests/NetworksTests/Fixtures"


def uniforms(count, seed):
    """SplitMix64's upper 24 bits as numbers in [0, 1)."""
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


def draw(network):
    """Weights, biases and norms of every convolution, in the order of the network's names."""
    import torch

    with torch.no_grad():
        layers = [(name, part) for name, part in network.named_modules() if hasattr(part, "bn")]
        for seed, (_, part) in enumerate(sorted(layers)):
            weight = part.conv.weight
            fan = weight[0].numel()
            # As the file of the product has them: [Cout, kh, kw, Cin].
            count, shape = weight.numel(), [weight.shape[i] for i in (0, 2, 3, 1)]
            drawn = uniforms(count + weight.shape[0], seed)
            scaled = (drawn[:count] - np.float32(0.5)) * np.float32((24 / fan) ** 0.5)
            weight.copy_(torch.from_numpy(scaled).reshape(shape).permute(0, 3, 1, 2))
            part.bn.bias.copy_(torch.from_numpy((drawn[count:] - np.float32(0.5)) * np.float32(0.2)))
            part.bn.weight.fill_(1)
            part.bn.running_mean.fill_(0)
            part.bn.running_var.fill_(1 - 0.001)


def picture(height, width):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return ((x * 3 + y * 2 + c * 60 + x * y // 16) % 256).astype(np.uint8)


def features():
    import pytorch_fid.inception as inception
    import torch

    network = inception._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    original, inception._inception_v3 = inception._inception_v3, lambda *args, **kwargs: network
    inception.load_state_dict_from_url = lambda *args, **kwargs: network.state_dict()
    trunk = inception.InceptionV3([3]).eval()
    inception._inception_v3 = original
    draw(network)
    pixels = torch.from_numpy(picture(100, 128)).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        found = trunk(pixels)[0].flatten().numpy()
    layers = {name: list(part.conv.weight.shape) for name, part in network.named_modules() if hasattr(part, "bn")}
    return {"every": 16, "features": [float(value) for value in found[::16]], "layers": layers}


def checkpoints():
    import torch

    state = collections.OrderedDict(
        weight=torch.arange(6, dtype=torch.float32).reshape(2, 3) / 8,
        half=torch.tensor([0.5, -2, 3], dtype=torch.float16),
        brain=torch.tensor([1.5, -0.25], dtype=torch.bfloat16),
        double=torch.tensor([[1.25]], dtype=torch.float64),
        num_batches_tracked=torch.tensor(7),
    )
    state["transposed"] = state["weight"].t()
    state["part"] = state["weight"][1]
    return {
        "g_ema": state,
        "g_optim": {"state": {0: {"step": 3, "exp_avg": torch.ones(2)}}, "param_groups": [{"lr": 0.5, "params": [0]}]},
        "args": argparse.Namespace(size=128, path="/data", latent=None, big=1 << 70),
        "ada": 0.25,
        "parameter": torch.nn.Parameter(torch.tensor([4.0, 5.0])),
    }


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    import torch

    (FIXTURES / "inception.json").write_text(json.dumps(features()) + "\n")
    for name, is_zip in [("zip", True), ("legacy", False)]:
        torch.save(checkpoints(), FIXTURES / f"checkpoint-{name}.pth", _use_new_zipfile_serialization=is_zip)


if __name__ == "__main__":
    main()
