#!/usr/bin/env python3
"""Golden values of the Tensor operations from PyTorch: Tests/TensorTests/Fixtures/golden.json.

Inputs are computed from a formula on both sides (see `wave`), so the file holds results and gradients only. Pictures
are NHWC in the file. Run: python3 Scripts/golden_tensor.py
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F


def wave(shape, phase):
    """sin(0.9·i + phase)·(1 + (i mod 7)/7), i the row-major index; a leaf."""
    i = torch.arange(math.prod(shape), dtype=torch.float64)
    return (torch.sin(0.9 * i + phase) * (1 + (i % 7) / 7)).float().reshape(shape).requires_grad_(True)


def to_nchw(x):
    return x.permute(0, 3, 1, 2)


def to_nhwc(x):
    return x.permute(0, 2, 3, 1)


def case(inputs, f):
    """Result of f and the gradients of Σ wave·f."""
    result = f(*inputs)
    (result * wave(tuple(result.shape), 9.0).detach()).sum().backward()
    return {"shape": list(result.shape), "result": result.detach().flatten().tolist(),
            "gradients": [x.grad.flatten().tolist() for x in inputs]}


def batch_norm(x, gamma, beta):
    return to_nhwc(F.batch_norm(to_nchw(x), torch.zeros(4), torch.ones(4), gamma, beta, training=True))


def lstm(x, w, u, b):
    net = torch.nn.LSTM(5, 4, batch_first=True)
    parameters = {"weight_ih_l0": w, "weight_hh_l0": u, "bias_ih_l0": b, "bias_hh_l0": torch.zeros(16)}
    return torch.func.functional_call(net, parameters, (x,))[0]


def crop(x):
    """The rectangle x 0.5…4.5, y 1…4 of a 5 x 6 picture, resampled to 6 x 8, by grid_sample."""
    column = 0.5 + (torch.arange(8) + 0.5) * 4 / 8
    row = 1 + (torch.arange(6) + 0.5) * 3 / 6
    grid = torch.stack(torch.meshgrid(row * 2 / 5 - 1, column * 2 / 6 - 1, indexing="ij")[::-1], -1)
    sampled = F.grid_sample(to_nchw(x), grid[None].expand(2, -1, -1, -1), align_corners=False, padding_mode="border")
    return to_nhwc(sampled)


def optimizer(make):
    x = wave((6,), 0.5)
    optimizer = make([x])
    for _ in range(4):
        optimizer.zero_grad()
        (x - 1).square().sum().backward()
        optimizer.step()
    return x.detach().tolist()


def main():
    picture = (2, 5, 6, 4)
    cases = {
        "convolution": case(
            [wave(picture, 0.1), wave((3, 3, 3, 4), 0.2), wave((3,), 0.3)],
            lambda x, w, b: to_nhwc(F.conv2d(to_nchw(x), to_nchw(w), b, stride=2, padding=1))),
        "convolution-stride-1": case(
            [wave(picture, 0.1), wave((3, 3, 3, 4), 0.2), wave((3,), 0.3)],
            lambda x, w, b: to_nhwc(F.conv2d(to_nchw(x), to_nchw(w), b, padding=1))),
        "transposed-convolution": case(
            [wave(picture, 0.1), wave((4, 5, 5, 3), 0.2), wave((3,), 0.3)],
            lambda x, w, b: to_nhwc(F.conv_transpose2d(to_nchw(x), to_nchw(w), b, 2, 2, output_padding=1))),
        "transposed-convolution-even": case(
            [wave(picture, 0.1), wave((4, 4, 4, 3), 0.2), wave((3,), 0.3)],
            lambda x, w, b: to_nhwc(F.conv_transpose2d(to_nchw(x), to_nchw(w), b, 2, 1))),
        "depthwise": case(
            [wave(picture, 0.1), wave((3, 3, 4), 0.2), wave((4,), 0.3)],
            lambda x, w, b: to_nhwc(F.conv2d(to_nchw(x), w.permute(2, 0, 1)[:, None], b, padding=1, groups=4))),
        "linear": case([wave((3, 7), 0.1), wave((5, 7), 0.2), wave((5,), 0.3)], F.linear),
        "batch-norm": case([wave(picture, 0.1), wave((4,), 0.2), wave((4,), 0.3)], batch_norm),
        "max-pool": case([wave(picture, 0.1)], lambda x: to_nhwc(F.max_pool2d(to_nchw(x), 3, 2, 1))),
        "area": case([wave((2, 4, 6, 3), 0.1)], lambda x: to_nhwc(F.avg_pool2d(to_nchw(x), 2))),
        "nearest": case([wave((2, 3, 2, 3), 0.1)], lambda x: to_nhwc(F.interpolate(to_nchw(x), scale_factor=2))),
        "crop": case([wave(picture, 0.1)], crop),
        "lstm": case([wave((2, 3, 5), 0.1), wave((16, 5), 0.2), wave((16, 4), 0.3), wave((16,), 0.4)], lstm),
        "cross-entropy": case(
            [wave((4, 6), 0.1)], lambda x: F.cross_entropy(x, torch.tensor([5, 0, 2, 2])).reshape(1)),
        "softmax": case([wave((4, 6), 0.1)], lambda x: F.softmax(x, -1)),
        "prelu": case([wave((3, 4), 0.1), wave((4,), 0.2)], F.prelu),
        "normalize": case([wave((3, 4), 0.1)], lambda x: F.normalize(x, dim=-1)),
        "sigmoid": case([wave((9,), 0.1)], torch.sigmoid),
        "tanh": case([wave((9,), 0.1)], torch.tanh),
        "softplus": case([wave((9,), 0.1)], F.softplus),
        "relu6": case([wave((9,), 0.1)], F.relu6),
        "leaky-relu": case([wave((9,), 0.1)], lambda x: F.leaky_relu(x, 0.2)),
    }
    optimizers = {
        "adam": optimizer(lambda p: torch.optim.Adam(p, lr=0.1)),
        "adamw": optimizer(lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.05)),
        "sgd": optimizer(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05)),
    }
    path = pathlib.Path(__file__).parent.parent / "Tests/TensorTests/Fixtures/golden.json"
    path.write_text(json.dumps({"cases": rounded(cases), "optimizers": rounded(optimizers)}))


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
