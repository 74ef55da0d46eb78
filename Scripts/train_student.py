#!/usr/bin/env python3
"""Trains the 128-pixel student, its trunk included, in PyTorch: the recipe of Models/trained/faces-128.

    train_student.py --checkpoint DIR [--steps 2000] [--start Models/trained/faces-128.safetensors]
    train_student.py --golden Tests/NetworksTests/Fixtures/student.json

A growing pool of drawn faces, the teacher's pictures area-averaged to 128 pixels, is gone through again and again; the
loss is LPIPS (VGG16) + 10 x mean squared error. Resumable: run it again with the same --checkpoint. Products are in
bfloat16: on a GPU, or a processor with AMX, several times as fast as `modelctl train student`. PyTorch, NumPy and
safetensors are needed.
"""

import argparse
import json
import math
import os
import re
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import checkpoint_binding
from torch_reference import LPIPS, MobileStyleGAN

ROWS, SIZE = 23, 128
HALF = torch.bfloat16 if torch.cuda.is_available() or torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
# Output channels of the student where they are not the teacher's, and who reads them.
WIDTHS = {"synthesis.layers.3.conv2": (256, "synthesis.layers.4.conv1"),
          "synthesis.layers.4.conv1": (96, "synthesis.layers.4.conv2"),
          "synthesis.layers.5.conv1": (64, "synthesis.layers.5.conv2")}


def channels_last(x):
    return x.contiguous(memory_format=torch.channels_last)


def inverse_haar(x):
    """As MobileStyleGAN's, but the channels stay last in memory."""
    a, v, h, d = (band.permute(0, 2, 3, 1) for band in x.chunk(4, 1))
    n, height, width, c = a.shape
    top, bottom = torch.stack([a + v + h + d, a + v - h - d], 3), torch.stack([a - v + h - d, a - v - h + d], 3)
    return (torch.stack([top, bottom], 2) * 0.5).reshape(n, 2 * height, 2 * width, c).permute(0, 3, 1, 2)


def depthwise(x, kernel):
    """[N,C,H,W] by [3,3,C]."""
    return F.conv2d(x, kernel.permute(2, 0, 1)[:, None], padding=1, groups=x.shape[1])


class Network:
    """Styled separable layers; styles in single precision, pictures in half."""

    def __init__(self, parameters):
        self.p = parameters

    def style(self, name, w):
        weight, bias = self.p[f"{name}.modulation.weight"], self.p[f"{name}.modulation.bias"]
        return F.linear(w, weight, bias)[:, :, None, None].to(HALF)

    def half(self, name):
        return self.p[name].to(HALF)

    def activate(self, name, x):
        noise = self.half(f"{name}.noise").reshape(1, 1, x.shape[2], x.shape[3])
        return F.leaky_relu(x + noise + self.half(f"{name}.bias")[None, :, None, None], 0.2)

    def separable(self, name, x, w):
        x = depthwise(x * self.style(name, w), self.half(f"{name}.depthwise"))
        return self.activate(name, self.mix(name, x))

    def mix(self, name, x):
        """The 1x1 convolution `name`."""
        part = "pointwise" if f"{name}.pointwise" in self.p else "weight"
        return F.conv2d(x, self.half(f"{name}.{part}")[:, :, None, None])

    def features(self, prefix, rows):
        """[N,512,64,64] behind the fourth layer's first convolution."""
        name = f"{prefix}.conv1"
        x = channels_last(self.half(f"{prefix}.input").permute(2, 0, 1)[None] * self.style(name, rows[:, 0]))
        x = self.activate(name, F.conv2d(x, self.half(f"{name}.weight").permute(0, 3, 1, 2), padding=1))
        for i in range(4):
            x = self.upper(f"{prefix}.layers.{i}", x, rows, i)
            if i < 3:
                x = self.separable(f"{prefix}.layers.{i}.conv2", x, rows[:, 3 * i + 3])
        return x

    def upper(self, name, x, rows, i):
        x = inverse_haar(x * self.style(f"{name}.up", rows[:, 3 * i + 1]))
        return self.separable(f"{name}.conv1", x, rows[:, 3 * i + 2])


class Teacher(Network):
    @torch.no_grad()
    def __call__(self, rows):
        return self.picture(rows)

    def picture(self, rows, size=SIZE):
        """Area-averaged from 1024 pixels."""
        x = self.features("synthesis", rows)
        for i in range(3, 7):
            if i > 3:
                x = self.upper(f"synthesis.layers.{i}", x, rows, i)
            x = self.separable(f"synthesis.layers.{i}.conv2", x, rows[:, 3 * i + 3])
        x = x * self.style("synthesis.to_image", rows[:, 22])
        # The mean of the four pixels that the inverse Haar transform makes is half the low-pass band.
        weight, bias = self.half("synthesis.to_image.weight")[:3] / 2, self.half("synthesis.to_image.bias")[:3] / 2
        return F.avg_pool2d(F.conv2d(x, weight[:, :, None, None], bias).float(), 512 // size)


class Student(Network):
    """The teacher's layers, narrower; behind 128 pixels the low-pass band alone."""

    def __call__(self, rows):
        x = self.features("synthesis", rows)
        for i in range(3, 7):
            name = f"synthesis.layers.{i}"
            if i == 4:
                x = self.upper(name, x, rows, i)
            elif i > 4:
                x = x * self.style(f"{name}.up", rows[:, 3 * i + 1])
                x = self.separable(f"{name}.conv1", x, rows[:, 3 * i + 2])
            x = self.separable(f"{name}.conv2", x, rows[:, 3 * i + 3])
        image = self.mix("synthesis.to_image", x * self.style("synthesis.to_image", rows[:, 22]))
        return image.float() + self.p["synthesis.to_image.bias"][:, None, None]


class Moments(Student):
    """Runs the student and adds up what its 1x1 convolutions see: of each [C + 1, C + 1], the last entry being one."""

    def __init__(self, parameters):
        super().__init__(parameters)
        self.sums = {}

    def mix(self, name, x):
        flat = x.permute(0, 2, 3, 1).flatten(0, 2).double()
        seen = torch.cat([flat, torch.ones_like(flat[:, :1])], 1)
        self.sums[name] = self.sums.get(name, 0) + seen.T @ seen
        return super().mix(name, x)


def surgeon(weights, sums, keep):
    """Which `keep` inputs of a linear layer [out,in] say most, with weights [out,keep] and what to add to the bias, so
    that its outputs change least (optimal brain surgeon, on the inputs' covariance)."""
    sums = sums.cpu()
    mean = sums[-1, :-1] / sums[-1, -1]
    covariance = sums[:-1, :-1] / sums[-1, -1] - torch.outer(mean, mean)
    left, w, device = list(range(len(mean))), weights.double().cpu(), weights.device
    ridge = 1e-6 * covariance.diagonal().mean()
    inverse = torch.linalg.inv(covariance + ridge * torch.eye(len(mean), dtype=w.dtype))
    while len(left) > keep:
        cost = w.square().sum(0) / inverse.diagonal()
        gone = min(left, key=lambda i: cost[i])
        w -= torch.outer(w[:, gone], inverse[gone]) / inverse[gone, gone]
        inverse -= torch.outer(inverse[:, gone], inverse[gone]) / inverse[gone, gone]
        inverse[gone, gone], w[:, gone] = 1, 0
        left.remove(gone)
    offset = (weights.cpu() - w) @ mean
    return left, w[:, left].float().to(device), offset.float().to(device)


def start(weights, prior, faces=24):
    """The teacher's layers as they act at 128 pixels, without what the picture's average leaves out, thinned out to
    WIDTHS."""
    p = {name: tensor.float() for name, tensor in weights.items() if name.startswith("synthesis.")}
    device = p["synthesis.input"].device
    for layer, scale in ((5, 2), (6, 4)):
        # Taps and noise at a lower resolution, as they act on what is the same over blocks.
        axis = torch.tensor([[1, 0, 0], [scale - 1, scale, scale - 1], [0, 0, 1]], device=device) / scale
        for name in (f"synthesis.layers.{layer}.conv1", f"synthesis.layers.{layer}.conv2"):
            size = p[f"{name}.noise"].shape[-1]
            p[f"{name}.depthwise"] = torch.einsum("ai,bj,ijc->abc", axis, axis, p[f"{name}.depthwise"])
            p[f"{name}.noise"] = F.avg_pool2d(p[f"{name}.noise"].reshape(1, 1, size, size), scale)[0, 0]
        below, up = f"synthesis.layers.{layer - 1}.conv2", f"synthesis.layers.{layer}.up.modulation"
        low = len(p[f"{below}.bias"]) // 4
        for part in ("pointwise", "bias"):
            p[f"{below}.{part}"] = p[f"{below}.{part}"][:low]
        for part in ("weight", "bias"):
            p[f"{up}.{part}"] = p[f"{up}.{part}"][:low] / 2
    for part in ("weight", "bias"):
        p[f"synthesis.to_image.{part}"] = p[f"synthesis.to_image.{part}"][:3] / 2

    batches = [prior(range(-1_000_000 - i - 3, -1_000_000 - i + 1)) for i in range(0, faces, 4)]
    for producer, (keep, consumer) in WIDTHS.items():
        network = Moments(p)
        with torch.no_grad():
            for rows in batches:
                network(rows)
        # Channels before an inverse Haar transform go in fours.
        wide = p[f"{consumer}.pointwise"].shape[1]
        bands = len(p[f"{producer}.bias"]) // wide
        left, p[f"{consumer}.pointwise"], offset = surgeon(
            p[f"{consumer}.pointwise"], network.sums[consumer], keep // bands)
        p[f"{consumer}.bias"] = p[f"{consumer}.bias"] + offset
        p[f"{consumer}.depthwise"] = p[f"{consumer}.depthwise"][:, :, left]
        for name in (f"{consumer}.modulation.weight", f"{consumer}.modulation.bias"):
            p[name] = p[name][left]
        fours = [band * wide + i for band in range(bands) for i in left]
        before = [f"{producer}.pointwise", f"{producer}.bias"]
        if bands > 1:
            before += [f"{consumer.replace('conv1', 'up')}.modulation.{part}" for part in ("weight", "bias")]
        for name in before:
            p[name] = p[name][fours]
    return {key: value.contiguous() for key, value in p.items()}


def tap_distance(a, b, head):
    """One tap's share of the distance [N], of features [N,C,H,W]."""
    a, b = (t.permute(0, 2, 3, 1).float() for t in (a, b))
    a, b = (t / (t.square().sum(-1, keepdim=True).sqrt() + 1e-10) for t in (a, b))
    return ((a - b).square() * head).sum(-1).mean((1, 2))


class HalfLPIPS(LPIPS):
    def __init__(self, path, device, trunk="vgg16"):
        super().__init__(path, trunk)
        self.convolutions = [(channels_last(w.to(device, HALF)), b.to(device, HALF)) for w, b in self.convolutions]
        self.heads = [head.flatten().to(device) for head in self.heads]
        self.distance = tap_distance
        self.shift, self.scale = self.shift.to(device), self.scale.to(device)

    def taps(self, x):
        x = channels_last(((x - self.shift) / self.scale).to(HALF))
        for i, (weight, bias) in enumerate(self.convolutions):
            if i in self.POOLS[self.trunk]:
                x = F.max_pool2d(x, self.POOLS[self.trunk][i], 2)
            stride, padding = self.PLACING[self.trunk](i)
            x = F.relu(F.conv2d(x, weight, bias, stride, padding))
            if i in self.TAPS[self.trunk]:
                yield x

    def between(self, x, y):
        with torch.no_grad():
            wanted = list(self.taps(y))
        return sum(self.distance(a, b, head) for a, b, head in zip(self.taps(x), wanted, self.heads))


class Prior:
    """Codes such as a receiver will meet, as W+ rows."""

    def __init__(self, models, trained, device):
        def tensors(name, *keys):
            loaded = load_file(os.path.join(trained, f"{name}.safetensors"), device=device)
            return [loaded[key].float() for key in keys]

        self.mapping = MobileStyleGAN(os.path.join(models, "mobile-stylegan-ffhq.safetensors"))
        self.mapping.t = {name: tensor.to(device) for name, tensor in self.mapping.t.items() if "mapping" in name}
        self.mean, covariance = tensors("w-statistics", "mean", "covariance")
        self.scale = covariance.diagonal().mean().sqrt()
        self.smile, = tensors("jecc-smiling-w", "direction")
        basis, self.deviation = tensors("expansion", "basis", "deviation")
        self.basis = basis.flatten(1)
        # What photos' codes are like, in standard deviations of the prior's.
        mean, covariance = tensors("code-statistics", "mean", "covariance")
        self.photos_mean = mean / self.deviation
        self.photos_root = torch.linalg.cholesky((covariance + covariance.T) / 2).T / self.deviation

    def edited(self, w, sign):
        return w + self.smile * sign

    @torch.no_grad()
    def __call__(self, seeds, truncation=None):
        """[N,23,512], one of each seed; of plain W at a given truncation, or of the mixture that training sees."""
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]

        def draws(sample, *size):
            return torch.cat([sample(1, *size, generator=g) for g in generators]).to(self.mean.device)

        z, u, c, noise = draws(torch.randn, 512), draws(torch.rand, 7), draws(torch.randn, 512), draws(torch.randn, 512)
        w = self.mapping.map(z)
        if truncation is not None:
            return (self.mean + (w - self.mean) * truncation)[:, None].expand(-1, ROWS, 512).contiguous()
        w = self.mean + (w - self.mean) * (0.5 + 0.5 * u[:, :1])
        pushes = (1 + (4 * u[:, 3:4]).int()) * (u[:, 1:2] < 0.2)
        for i in range(4):
            w = torch.where(i < pushes, self.edited(w, torch.where(u[:, 2:3] < 0.5, 1.0, -1.0)), w)
        blurred = (u[:, 1:2] >= 0.2) & (u[:, 1:2] < 0.4)
        w = torch.where(blurred, w + noise * self.scale * 10 ** -u[:, 2:3], w)
        # Expanded codes: half of the prior's, half such as photos have, through a channel.
        scale = 0.4 + 0.6 * u[:, :1]
        photos = self.photos_mean + c @ self.photos_root * scale + noise * 10 ** -(0.4 + u[:, 2:3]) * (u[:, 6:7] < 0.5)
        expanded = torch.where(u[:, 5:6] < 0.5, c * scale, photos) * self.deviation @ self.basis
        rows = torch.where(u[:, 4:5] < 0.5, expanded + self.mean.repeat(ROWS), w.repeat(1, ROWS))
        return rows.reshape(-1, ROWS, 512)


class Pool:
    """Drawn faces, kept in files so that a training that goes on has them again."""

    def __init__(self, folder, capacity, prior, teacher, seed, device):
        def array(name, shape, kind):
            path = os.path.join(folder, name)
            return np.lib.format.open_memmap(path, "r+" if os.path.exists(path) else "w+", kind, (capacity,) + shape)

        self.rows = array("rows.npy", (ROWS, 512), np.float32)
        self.pictures = array("pictures.npy", (3, SIZE, SIZE), np.float16)
        self.prior, self.teacher, self.seed, self.device = prior, teacher, seed, device
        self.count = int(np.count_nonzero(self.rows[:, 0, 0]))

    def grow(self, target):
        while self.count < min(target, len(self.rows)):
            many = range(self.count, min(target, len(self.rows), self.count + (32 if self.device == "cuda" else 2)))
            rows = self.prior([self.seed * 10_000_000 + i for i in many])
            # The rows come last: they say that the picture is there.
            self.pictures[many.start:many.stop] = self.teacher(rows).cpu().numpy()
            self.rows[many.start:many.stop] = rows.cpu().numpy()
            self.count = many.stop

    def batch(self, size, generator):
        pick = torch.randint(self.count, (size,), generator=generator).numpy()
        return (torch.from_numpy(self.rows[pick]).to(self.device),
                torch.from_numpy(self.pictures[pick]).float().to(self.device))


def save_checkpoint(state, path):
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


def write(parameters, options, step, path):
    halves = {name: tensor.detach().half().cpu().contiguous() for name, tensor in parameters.items()}
    save_file(halves, path, {
        "network": "faces-128", "seed": str(options.seed), "steps": str(step), "recipe": "Scripts/train_student.py",
        "licence": "Research use only: distilled from a generator trained on FFHQ"})


def golden(options):
    """What the installed student draws of rows that everybody can compute, in single precision."""
    global HALF
    HALF = torch.float32
    weights = load_file(os.path.join(options.trained, "faces-128.safetensors"))
    row, index = torch.meshgrid(torch.arange(ROWS).double(), torch.arange(512).double(), indexing="ij")
    rows = (0.5 * torch.sin(1.7 * index + 0.3 * row)).float()[None]
    with torch.no_grad():
        picture = Student({name: tensor.float() for name, tensor in weights.items()})(rows)
    values = picture.permute(0, 2, 3, 1).flatten()[::97].tolist()
    with open(options.golden, "w") as file:
        json.dump({"picture": [round(value, 6) for value in values]}, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="Models/imported")
    parser.add_argument("--trained", default="Models/trained")
    parser.add_argument("--start", help="a student to go on from; by default the teacher's own layers")
    parser.add_argument("--golden", help="write what the tests compare with, of the installed student, and end")
    parser.add_argument("--checkpoint")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--trunk-rate", type=float, default=4e-5, help="0: the trunk stays the teacher's")
    parser.add_argument("--error-weight", type=float, default=10)
    parser.add_argument("--first-faces", type=int, default=200, help="faces drawn before the first step")
    parser.add_argument("--faces-a-step", type=float, default=0.5, help="faces added with each step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="a fifth faster; needs a C++ compiler")
    options = parser.parse_args()
    if options.golden:
        return golden(options)
    if not options.checkpoint:
        parser.error("--checkpoint is needed")

    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    checkpoint_binding.bind(options.checkpoint, options)
    prior = Prior(options.models, options.trained, device)
    weights = load_file(os.path.join(options.models, "mobile-stylegan-ffhq.safetensors"), device=device)
    teacher = Teacher(weights)
    lpips = HalfLPIPS(os.path.join(options.models, "lpips-vgg16.safetensors"), device)
    draw = Student.__call__
    if options.compile:
        # Five taps, each with and without a gradient.
        torch._dynamo.config.recompile_limit = 16
        lpips.distance, draw = (torch.compile(f, dynamic=False) for f in (tap_distance, Student.__call__))
    capacity = options.first_faces + int(options.faces_a_step * options.steps)
    pool = Pool(options.checkpoint, max(capacity, 20_000), prior, teacher, options.seed, device)

    path = os.path.join(options.checkpoint, "student.pt")
    saved = torch.load(path, weights_only=True) if os.path.exists(path) else None
    if saved:
        first_weights = saved["parameters"]
    else:
        first_weights = load_file(options.start) if options.start else start(weights, prior)

    def is_trunk(name):
        return bool(re.match(r"synthesis\.(input|conv1|layers\.[0-2]|layers\.3\.(up|conv1))", name))

    # Copies: what starts as the teacher's must not take it along.
    parameters = {name: tensor.detach().to(device, copy=True).float() for name, tensor in first_weights.items()}
    for name, tensor in parameters.items():
        tensor.requires_grad_(options.trunk_rate > 0 or not is_trunk(name))
    # A style is a sum over 512 numbers of w: its weights move all at once.
    adam = torch.optim.Adam([
        {"params": [tensor for name, tensor in parameters.items()
                    if is_trunk(name) == of_trunk and ("modulation.weight" in name) == of_style],
         "peak": (options.trunk_rate if of_trunk else options.rate) * (0.1 if of_style else 1)}
        for of_trunk in (True, False) for of_style in (True, False)], betas=(0.9, 0.99))
    if saved:
        average, first = saved["average"], saved["step"]
        adam.load_state_dict(saved["adam"])
    else:
        average, first = {name: tensor.detach().clone() for name, tensor in parameters.items()}, 0
    student, averaged = Student(parameters), Student(average)
    unseen = prior(range(-16, 0), 0.7)
    unseen_pictures = teacher(unseen)
    pool.grow(options.first_faces)
    print(f"{pool.count} faces drawn", flush=True)

    def score():
        with torch.no_grad():
            drawn = averaged(unseen)
            error = (drawn - unseen_pictures).square().mean((1, 2, 3))
            return (10 * torch.log10(4 / error)).mean().item(), lpips.between(drawn, unseen_pictures).mean().item()

    print("before: PSNR %.2f dB, LPIPS %.4f" % score(), flush=True)
    began, sums = time.time(), []
    for step in range(first, options.steps):
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        pool.grow(options.first_faces + int(options.faces_a_step * step))
        done = step / options.steps
        for group in adam.param_groups:
            group["lr"] = group["peak"] * min(1, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * done))
        rows, pictures = pool.batch(options.batch, generator)
        drawn = draw(student, rows)
        error = (drawn - pictures).square().mean()
        distance = lpips.between(drawn, pictures).mean()
        adam.zero_grad()
        (options.error_weight * error + distance).backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1)
        adam.step()
        decay = min(0.995, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, tensor in parameters.items():
                average[name].lerp_(tensor, 1 - decay)
        sums.append((10 * math.log10(4 / error.item()), distance.item()))
        if (step + 1) % 50 == 0:
            seconds = (time.time() - began) / (step + 1 - first)
            recent = np.mean(sums[-50:], 0)
            print(f"step {step + 1} of {options.steps}: PSNR {recent[0]:.2f} dB, LPIPS {recent[1]:.4f}, "
                  f"{seconds:.2f} s a step, {(options.steps - step - 1) * seconds / 60:.0f} min left", flush=True)
        if (step + 1) % 250 == 0 or step + 1 == options.steps:
            print("unseen, truncation 0.7: PSNR %.2f dB, LPIPS %.4f" % score(), flush=True)
            save_checkpoint({"parameters": parameters, "average": average, "adam": adam.state_dict(), "step": step + 1},
                            path)
            write(average, options, step + 1, os.path.join(options.checkpoint, "faces-128.safetensors"))


if __name__ == "__main__":
    main()
