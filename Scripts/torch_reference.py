#!/usr/bin/env python3
"""The generator, LPIPS and one inversion step in PyTorch, as they are usually written, from our weight files.

    torch_reference.py benchmark --models DIR --steps N   JSON line: median, all times of one step (--what: or others)
    torch_reference.py golden --models DIR --output DIR   golden values for the Swift tests and the benchmark

PyTorch is not needed to build or run the project; it is the independent reference. Two threads.
"""

import argparse
import json
import math
import os
import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

LPIPS_WEIGHT = 0.8


def nchw(weight):
    """[Cout,kh,kw,Cin] to PyTorch's [Cout,Cin,kh,kw]."""
    return weight.permute(0, 3, 1, 2).contiguous()


class MobileStyleGAN:
    def __init__(self, path):
        self.t = load_file(path)

    def map(self, z):
        w = z / torch.sqrt(z.square().mean(1, keepdim=True) + 1e-8)
        for i in range(8):
            w = F.linear(w, self.t[f"mapping.{i}.weight"], self.t[f"mapping.{i}.bias"])
            w = F.leaky_relu(w, 0.2) * math.sqrt(2)
        return w

    def style(self, name, w):
        return F.linear(w, self.t[f"{name}.modulation.weight"], self.t[f"{name}.modulation.bias"])[:, :, None, None]

    def tail(self, name, x):
        return F.leaky_relu(x + self.t[f"{name}.noise"] + self.t[f"{name}.bias"][None, :, None, None], 0.2)

    def separable(self, name, x, w):
        x = x * self.style(name, w)
        depthwise = self.t[f"{name}.depthwise"].permute(2, 0, 1)[:, None].contiguous()
        x = F.conv2d(x, depthwise, padding=1, groups=x.shape[1])
        x = F.conv2d(x, self.t[f"{name}.pointwise"][:, :, None, None])
        return self.tail(name, x)

    @staticmethod
    def inverse_haar(x):
        a, v, h, d = x.chunk(4, 1)
        top = torch.stack([a + v + h + d, a + v - h - d], -1)
        bottom = torch.stack([a - v + h - d, a - v - h + d], -1)
        n, c, height, width = a.shape
        return (torch.stack([top, bottom], 3) * 0.5).reshape(n, c, 2 * height, 2 * width)

    def synthesize(self, w):
        """[N,512] to [N,3,1024,1024]."""
        p = "synthesis.conv1"
        x = self.t["synthesis.input"].permute(2, 0, 1)[None] * self.style(p, w)
        x = self.tail(p, F.conv2d(x, nchw(self.t[f"{p}.weight"]), padding=1))
        for i in range(7):
            p = f"synthesis.layers.{i}"
            x = self.inverse_haar(x * self.style(f"{p}.up", w))
            x = self.separable(f"{p}.conv1", x, w)
            x = self.separable(f"{p}.conv2", x, w)
        p = "synthesis.to_image"
        x = F.conv2d(x * self.style(p, w), self.t[f"{p}.weight"][:, :, None, None], self.t[f"{p}.bias"])
        return self.inverse_haar(x)


class LPIPS:
    POOLS = {"vgg16": {2: 2, 4: 2, 7: 2, 10: 2}, "alexnet": {1: 3, 2: 3}}
    TAPS = {"vgg16": [1, 3, 6, 9, 12], "alexnet": [0, 1, 2, 3, 4]}
    PLACING = {"vgg16": lambda i: (1, 1), "alexnet": lambda i: [(4, 2), (1, 2), (1, 1)][min(i, 2)]}

    def __init__(self, path, trunk):
        t = load_file(path)
        self.trunk = trunk
        count = 13 if trunk == "vgg16" else 5
        self.convolutions = [(nchw(t[f"features.{i}.weight"]), t[f"features.{i}.bias"]) for i in range(count)]
        self.heads = [t[f"heads.{i}.weight"][None, :, None, None] for i in range(5)]
        self.shift = torch.tensor([-0.030, -0.088, -0.188])[None, :, None, None]
        self.scale = torch.tensor([0.458, 0.448, 0.450])[None, :, None, None]

    def features(self, x):
        x = (x - self.shift) / self.scale
        taps = []
        for i, (weight, bias) in enumerate(self.convolutions):
            if i in self.POOLS[self.trunk]:
                x = F.max_pool2d(x, self.POOLS[self.trunk][i], 2)
            stride, padding = self.PLACING[self.trunk](i)
            x = F.relu(F.conv2d(x, weight, bias, stride, padding))
            if i in self.TAPS[self.trunk]:
                taps.append(x / (x.square().sum(1, keepdim=True).sqrt() + 1e-10))
        return taps

    def distance(self, x, features):
        taps = self.features(x)
        layers = [((a - b).square() * h).sum(1).mean((1, 2)) for a, b, h in zip(taps, features, self.heads)]
        return sum(layers)


def code(phase):
    """A z everybody can compute: √2·sin(1.7·i + phase)."""
    index = torch.arange(512, dtype=torch.float64)
    return (math.sqrt(2) * torch.sin(1.7 * index + phase)).float()[None]


class InversionStep:
    def __init__(self, models):
        self.generator = MobileStyleGAN(os.path.join(models, "mobile-stylegan-ffhq.safetensors"))
        self.lpips = LPIPS(os.path.join(models, "lpips-vgg16.safetensors"), "vgg16")
        with torch.no_grad():
            self.target = self.picture(self.generator.map(code(1.0)))
            self.features = self.lpips.features(self.target)
        self.w = self.generator.map(code(0.0)).detach().requires_grad_(True)
        self.optimizer = torch.optim.Adam([self.w], lr=0.05)

    def picture(self, w):
        return F.avg_pool2d(self.generator.synthesize(w), 4)

    def loss(self):
        picture = self.picture(self.w)
        mse = (picture - self.target).square().mean()
        lpips = self.lpips.distance(picture, self.features).mean()
        return mse, lpips

    def __call__(self):
        self.optimizer.zero_grad()
        mse, lpips = self.loss()
        (mse + LPIPS_WEIGHT * lpips).backward()
        self.optimizer.step()
        return mse.item(), lpips.item()


def work(arguments):
    """What is timed: one step, one picture of 1024 pixels, or LPIPS of two pictures of 256."""
    step = InversionStep(arguments.models)
    compiled = torch.compile if arguments.compiled else lambda function: function
    if arguments.what == "step":
        step.loss = compiled(step.loss)
        return step
    if arguments.what == "picture":
        draw = compiled(step.generator.synthesize)
        return torch.no_grad()(lambda: draw(step.w))
    distance = compiled(step.lpips.distance)
    other = pattern(256, 1.0)
    return torch.no_grad()(lambda: distance(other, step.lpips.features(step.target)))


def benchmark(arguments):
    body = work(arguments)
    cast = torch.autocast("cpu", torch.bfloat16, enabled=arguments.bfloat16)
    times = []
    with cast:
        # Compiling, and what is made on first use, is not timed.
        for _ in range(2):
            body()
        for _ in range(arguments.steps):
            start = time.perf_counter()
            body()
            times.append(time.perf_counter() - start)
    name = f"PyTorch {torch.__version__}" + (", compiled" if arguments.compiled else ", eager") \
        + (", bfloat16" if arguments.bfloat16 else "")
    print(json.dumps({"implementation": name, "what": arguments.what, "median": statistics.median(times),
                      "times": times}))


def pattern(size, phase):
    """A picture everybody can compute: [1,size,size,3] in −1…1."""
    y, x, c = np.meshgrid(np.arange(size), np.arange(size), np.arange(3), indexing="ij")
    value = np.sin(0.11 * x + 0.7 * c + phase) * np.cos(0.07 * y - 0.4 * c + 0.5 * phase)
    return torch.tensor(value, dtype=torch.float32).permute(2, 0, 1)[None]


def golden(arguments):
    step = InversionStep(arguments.models)
    mse, lpips = step.loss()
    (mse + LPIPS_WEIGHT * lpips).backward()
    gradient = step.w.grad[0].clone()
    step.w.grad = None
    trajectory = [step() for _ in range(5)]
    with open(os.path.join(arguments.output, "inversion-step.json"), "w") as file:
        json.dump({"lpipsWeight": LPIPS_WEIGHT, "mse": mse.item(), "lpips": lpips.item(),
                   "gradient": gradient[::16].tolist(), "gradientNorm": gradient.norm().item(),
                   "lossesOfFiveSteps": [m + LPIPS_WEIGHT * l for m, l in trajectory]}, file)
    distances = {}
    for trunk in ("vgg16", "alexnet"):
        net = LPIPS(os.path.join(arguments.models, f"lpips-{trunk}.safetensors"), trunk)
        a, b = pattern(64, 0.0).requires_grad_(True), pattern(64, 1.0)
        distance = net.distance(a, [f.detach() for f in net.features(b)]).mean()
        distance.backward()
        distances[trunk] = {"distance": distance.item(),
                            "gradient": a.grad.permute(0, 2, 3, 1).flatten()[::97].tolist()}
    with open(os.path.join(arguments.output, "lpips.json"), "w") as file:
        json.dump(distances, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["benchmark", "golden"])
    parser.add_argument("--models", default="Models/imported", help="folder of the converted weights")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--what", choices=["step", "picture", "lpips"], default="step", help="what is timed")
    parser.add_argument("--compiled", action="store_true", help="by torch.compile")
    parser.add_argument("--bfloat16", action="store_true", help="under autocast")
    parser.add_argument("--output", default=".")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    {"benchmark": benchmark, "golden": golden}[arguments.mode](arguments)


if __name__ == "__main__":
    main()
