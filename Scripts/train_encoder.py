#!/usr/bin/env python3
"""Trains the inversion encoder in PyTorch: the recipe of Models/trained/inversion-encoder.

    train_encoder.py --pictures DIR --labels attributes.csv --checkpoint DIR [--steps 2000]
    train_encoder.py --golden Tests/NetworksTests/Fixtures/inversion-encoder.json

Photos of the train split and faces drawn by the student, a share of each step. The encoder makes three passes at each,
every one from where the last came to, and is told what the inversion itself minimises (MSE + LPIPS, after the last
likeness too, through the student); drawn faces, whose codes are known, say by how much the code is off too. Resumable: run it again
with the same --checkpoint. Products are in bfloat16, as in train_student.py. PyTorch, NumPy, Pillow and safetensors are
needed.
"""

import argparse
import copy
import csv
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file

import checkpoint_binding
import train_student
from torch_reference import pattern
from train_student import (HALF, ROWS, SIZE, HalfLPIPS, Student, channels_last, depthwise, save_checkpoint,
                           tap_distance)

PASSES = 3
# Of InversionEncoder: width and blocks at 32x32, 16x16, 8x8; channels of the VGG16 taps that go in there.
STAGES, TAPS = [(160, 2), (320, 3), (512, 4)], [256, 512, 512]
NECK, HIDDEN, COUNT, SLOPE = 96, 1024, 512, 0.2


def shapes():
    """Names and shapes, in the order of the file; as in InversionEncoder.swift."""
    found, inputs = {}, 2 * 3 * 16

    def dense(name, inputs, outputs):
        found[f"{name}.weight"], found[f"{name}.bias"] = (outputs, inputs), (outputs,)

    for i, (width, blocks) in enumerate(STAGES):
        dense(f"stage{i}.entry", inputs + 2 * TAPS[i], width)
        for block in range(blocks):
            found[f"stage{i}.block{block}.depthwise"] = (3, 3, width)
            dense(f"stage{i}.block{block}", width, width)
        inputs = 4 * width
    dense("neck", inputs // 4, NECK)
    dense("hidden", 8 * 8 * NECK + COUNT, HIDDEN)
    dense("change", HIDDEN, COUNT)
    return found


def fresh(seed):
    generator, parameters = torch.Generator().manual_seed(seed), {}
    for name, shape in shapes().items():
        scale = math.sqrt(2 / math.prod(shape[1:]))
        if name.endswith("bias") or name == "change.weight":
            scale = 0
        elif name.endswith("depthwise"):
            scale = 1 / 3
        elif "block" in name:
            scale *= 0.5
        parameters[name] = torch.randn(shape, generator=generator) * scale
    return parameters


def haar(x):
    tl, tr, bl, br = x[:, :, ::2, ::2], x[:, :, ::2, 1::2], x[:, :, 1::2, ::2], x[:, :, 1::2, 1::2]
    return torch.cat([tl + tr + bl + br, tl + tr - bl - br, tl - tr + bl - br, tl - tr - bl + br], 1) * 0.5


def seen(picture, taps):
    """What the encoder is given of a picture: itself, and its normalised features at 32x32, 16x16 and 8x8."""
    features = []
    for tap in taps[2:]:
        tap = tap.detach().float()
        norm = (tap.square().sum(1, keepdim=True) + 1e-20).sqrt()
        features.append(channels_last((tap / norm * 16).to(HALF)))
    return picture.detach().to(HALF), features


class Encoder:
    def __init__(self, parameters):
        self.p = parameters

    def dense(self, name, x):
        weight, bias = self.p[f"{name}.weight"], self.p[f"{name}.bias"]
        if x.dim() == 2:
            return F.linear(x, weight, bias)
        return F.conv2d(x, weight.to(HALF)[:, :, None, None], bias.to(HALF))

    def __call__(self, code, picture, target):
        x = haar(channels_last(torch.cat([target[0], picture[0]], 1)))
        for i, (_, blocks) in enumerate(STAGES):
            x = torch.cat([haar(x), target[1][i], picture[1][i]], 1)
            x = F.leaky_relu(self.dense(f"stage{i}.entry", channels_last(x)), SLOPE)
            for block in range(blocks):
                name = f"stage{i}.block{block}"
                filtered = depthwise(x, self.p[f"{name}.depthwise"].to(HALF))
                x = x + F.leaky_relu(self.dense(name, filtered), SLOPE)
        flat = F.leaky_relu(self.dense("neck", x), SLOPE).permute(0, 2, 3, 1).flatten(1).float()
        hidden = F.leaky_relu(self.dense("hidden", torch.cat([flat, code], 1)), SLOPE)
        return self.dense("change", hidden)


class Likeness:
    """SFace embeddings of pictures in the FFHQ frame; as IdentityNet."""

    X, Y, EDGE, INPUT = 0.119, 0.113, 0.762, 112
    STRIDES = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1]

    def __init__(self, path, device):
        weights = {name: tensor.to(device).float() for name, tensor in load_file(path).items()}
        self.offset, self.scale = weights["input.offset"].item(), weights["input.scale"].item()
        self.t = {name: tensor.to(HALF) for name, tensor in weights.items()}
        self.rows, self.columns = (self.taps(start).to(device) for start in (self.Y, self.X))

    def taps(self, start):
        matrix = torch.zeros(self.INPUT, SIZE)
        for i in range(self.INPUT):
            place = start * SIZE + (i + 0.5) * self.EDGE * SIZE / self.INPUT - 0.5
            low = min(max(int(place), 0), SIZE - 2)
            matrix[i, low], matrix[i, low + 1] = 1 - (place - low), place - low
        return matrix

    def rectified(self, x, slope):
        """PReLU, whose own gradient is slow."""
        return x.relu() - self.t[slope][:, None, None] * (-x).relu()

    def __call__(self, picture):
        face = self.rows @ picture @ self.columns.T
        x = channels_last((((face + 1) * 127.5 - self.offset) * self.scale).to(HALF))
        t = self.t
        x = F.conv2d(x, t["conv_1.weight"].permute(0, 3, 1, 2), t["conv_1.bias"], padding=1)
        x = self.rectified(x, "conv_1.slope")
        for i, stride in enumerate(self.STRIDES):
            name = f"conv_{i + 2}"
            # In single precision: PyTorch's depthwise gradients are slow in half.
            kernel = t[f"{name}.depthwise"].float().permute(2, 0, 1)[:, None]
            bias = t[f"{name}.depthwise_bias"].float()
            x = F.conv2d(x.float(), kernel, bias, stride, 1, groups=x.shape[1]).to(HALF)
            x = self.rectified(x, f"{name}.depthwise_slope")
            x = F.conv2d(x, t[f"{name}.pointwise"][:, :, None, None], t[f"{name}.pointwise_bias"])
            x = self.rectified(x, f"{name}.pointwise_slope")
        flat = x.permute(0, 2, 3, 1).flatten(1)
        return F.normalize(F.linear(flat, t["embedding.weight"], t["embedding.bias"]).float())


class Codes:
    """Expanded codes in standard deviations, drawn by the student."""

    def __init__(self, trained, device):
        expansion = load_file(os.path.join(trained, "expansion.safetensors"))
        self.deviation = expansion["deviation"].to(device).float()
        self.basis = expansion["basis"].to(device).float().flatten(1)
        mean = load_file(os.path.join(trained, "w-statistics.safetensors"))["mean"]
        self.mean = mean.to(device).float().repeat(ROWS)
        path = os.path.join(trained, "expansion-residual.safetensors")
        layers = load_file(path) if os.path.exists(path) else {}
        self.residual = [layers[name].to(device).float() for name in ("entry", "bias", "exit")] if layers else None
        weights = load_file(os.path.join(trained, "faces-128.safetensors"))
        self.student = Student({name: tensor.to(device).float() for name, tensor in weights.items()})
        squares = self.deviation.square()
        self.weight = squares / squares.mean()

    def linear(self, code):
        """Rows of W+ [N,ROWS*512], without the residual network."""
        return (code * self.deviation) @ self.basis + self.mean

    def draw(self, code):
        rows = self.linear(code)
        if self.residual:
            entry, bias, exit = self.residual
            rows = rows + F.linear(F.leaky_relu(F.linear(code, entry, bias), SLOPE), exit)
        return self.student(rows.reshape(-1, ROWS, 512))


def photo_paths(folder, labels, split):
    """Of the photos that are there, in the order of the table."""
    with open(labels, newline="") as file:
        names = [row["file"] for row in csv.DictReader(file) if row["split"] == split]
    return [path for path in (os.path.join(folder, name) for name in names) if os.path.exists(path)]


def photos(paths):
    """[N,3,128,128] bytes."""
    return torch.stack([torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1)
                        for path in paths])


def scaled(photos):
    """Bytes as the networks' numbers, -1 to 1."""
    return photos.float() / 127.5 - 1


def write(parameters, options, step, path):
    halves = {name: parameters[name].detach().half().cpu().contiguous() for name in shapes()}
    save_file(halves, path, {
        "network": "inversion-encoder", "seed": str(options.seed), "steps": str(step),
        "recipe": "Scripts/train_encoder.py",
        "licence": "Research use only: trained with a generator trained on FFHQ, and on CelebA"})


class Trainer:
    def __init__(self, options, device):
        self.options, self.device = options, device
        self.codes = Codes(options.trained, device)
        self.lpips = HalfLPIPS(os.path.join(options.models, "lpips-vgg16.safetensors"), device)
        self.identity = Likeness(os.path.join(options.models, "sface.safetensors"), device)
        self.distance, self.draw, self.change = tap_distance, self.codes.draw, Encoder.__call__
        if options.compile:
            torch._dynamo.config.recompile_limit = 32
            self.distance, self.draw, self.change = (
                torch.compile(f, dynamic=False) for f in (self.distance, self.draw, self.change))
        with torch.no_grad():
            mean = self.codes.draw(torch.zeros(1, COUNT, device=device))
            self.mean = seen(mean, list(self.lpips.taps(mean)))

    def run(self, encoder, target, passes, known=None):
        """Losses and scores of each pass at targets [N,3,128,128]."""
        options, count = self.options, len(target)
        with torch.no_grad():
            wanted = list(self.lpips.taps(target))
            face = self.identity(target)
            goal = seen(target, wanted)
        code = torch.zeros(count, COUNT, device=self.device)
        picture = self.mean[0].expand(count, -1, -1, -1), [f.expand(count, -1, -1, -1) for f in self.mean[1]]
        for done in range(passes):
            moved = code + self.change(encoder, code, picture, goal)
            drawn = self.draw(moved)
            taps = list(self.lpips.taps(drawn))
            distance = sum(self.distance(a, b, head) for a, b, head in zip(taps, wanted, self.lpips.heads))
            error = (drawn - target).square().mean((1, 2, 3))
            loss = error + options.lpips_weight * distance + options.prior_weight * moved.square().mean(1)
            cosine = torch.zeros(count)
            if done + 1 >= PASSES:
                cosine = (self.identity(drawn) * face).sum(1)
                loss = loss + options.identity_weight * (1 - cosine)
            loss = loss.mean()
            if known is not None:
                off = ((moved[:len(known)] - known).square() * self.codes.weight).mean(1)
                loss = loss + off.sum() / count
            yield loss, distance, cosine
            code, picture = moved.detach(), seen(drawn, taps)


def golden(options):
    """What the installed encoder says of two patterns, in single precision."""
    global HALF
    HALF = train_student.HALF = torch.float32
    trainer = Trainer(options, "cpu")
    weights = load_file(os.path.join(options.trained, "inversion-encoder.safetensors"))
    encoder = Encoder({name: tensor.float() for name, tensor in weights.items()})
    with torch.no_grad():
        first, second = (seen(p, list(trainer.lpips.taps(p))) for p in (pattern(SIZE, 0.0), pattern(SIZE, 1.0)))
        change = encoder(torch.full((1, COUNT), 0.3), first, second)
    with open(options.golden, "w") as file:
        json.dump({"change": [round(value, 6) for value in change[0].tolist()]}, file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="Models/imported")
    parser.add_argument("--trained", default="Models/trained")
    parser.add_argument("--golden", help="write what the tests compare with, of the installed encoder, and end")
    parser.add_argument("--pictures", help="folder of 128 x 128 photos in the FFHQ frame")
    parser.add_argument("--labels", help="table with columns file and split")
    parser.add_argument("--checkpoint")
    parser.add_argument("--start", help="an encoder to go on from, of which a tenth of the faces are drawn")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=6)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--lpips-weight", type=float, default=3.3)
    parser.add_argument("--identity-weight", type=float, default=0.3)
    parser.add_argument("--prior-weight", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="a fifth faster; needs a C++ compiler")
    options = parser.parse_args()
    if options.golden:
        return golden(options)
    if not (options.pictures and options.labels and options.checkpoint):
        parser.error("--pictures, --labels and --checkpoint are needed")

    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    device = "cuda" if torch.cuda.is_available() else "cpu"
    checkpoint_binding.bind(options.checkpoint, options)
    pictures = photos(photo_paths(options.pictures, options.labels, "train"))
    held_back, pictures = pictures[-32:], pictures[:-32]
    trainer = Trainer(options, device)
    begun = load_file(options.start) if options.start else fresh(options.seed)
    parameters = {name: tensor.to(device).float().requires_grad_(True) for name, tensor in begun.items()}
    average = {name: tensor.detach().clone() for name, tensor in parameters.items()}
    ordered = list(parameters.values())
    adam = torch.optim.Adam(ordered, betas=(0.9, 0.99))
    first, path = 0, os.path.join(options.checkpoint, "encoder.pt")
    if os.path.exists(path):
        saved = torch.load(path, weights_only=True)
        for name, tensor in parameters.items():
            tensor.data.copy_(saved["parameters"][name])
        average, first = saved["average"], saved["step"]
        adam.load_state_dict(saved["adam"])
    encoder, averaged = Encoder(parameters), Encoder(average)
    print(f"{len(pictures)} photos", flush=True)

    # Not compiled: that takes longer than all scoring.
    judge = copy.copy(trainer)
    judge.distance, judge.draw, judge.change = tap_distance, trainer.codes.draw, Encoder.__call__

    def score():
        with torch.no_grad():
            passes = judge.run(averaged, scaled(held_back.to(device)), 5)
            return "; ".join(f"{distance.median():.3f} {cosine.median():.2f}" for _, distance, cosine in passes)

    began, sums = time.time(), []
    for step in range(first, options.steps):
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        done = step / options.steps
        # Drawn faces come first in the batch: half of it at first, a tenth at the end.
        share = max(1, round(options.batch * (0.1 if options.start else 0.5 - 0.4 * done)))
        with torch.no_grad():
            known = torch.randn(share, COUNT, generator=generator).to(device)
            known *= (0.6 + 0.5 * torch.rand(share, 1, generator=generator)).to(device)
            pick = torch.randint(len(pictures), (options.batch - share,), generator=generator)
            target = torch.cat([trainer.codes.draw(known), scaled(pictures[pick].to(device))])
            if torch.rand(1, generator=generator).item() < 0.5:
                target[share:] = target[share:].flip(3)
        adam.param_groups[0]["lr"] = options.rate * min(1, (step + 1) / 100) * 0.5 * (1 + math.cos(math.pi * done))
        adam.zero_grad()
        for loss, distance, cosine in trainer.run(encoder, target, PASSES, known):
            (loss / PASSES).backward()
        torch.nn.utils.clip_grad_norm_(ordered, 1)
        adam.step()
        decay = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            for name, tensor in parameters.items():
                average[name].lerp_(tensor, 1 - decay)
        sums.append((distance[share:].mean().item(), cosine[share:].mean().item()))
        if (step + 1) % 50 == 0:
            seconds = (time.time() - began) / (step + 1 - first)
            recent = np.mean(sums[-50:], 0)
            print(f"step {step + 1} of {options.steps}: photos after {PASSES} passes LPIPS {recent[0]:.3f}, SFace "
                  f"{recent[1]:.2f}, {seconds:.2f} s a step, {(options.steps - step - 1) * seconds / 60:.0f} min left",
                  flush=True)
        if (step + 1) % 250 == 0 or step + 1 == options.steps:
            print(f"held back, medians after 1 to 5 passes, LPIPS and SFace: {score()}", flush=True)
            save_checkpoint({"parameters": parameters, "average": average, "adam": adam.state_dict(), "step": step + 1},
                            path)
            write(average, options, step + 1, os.path.join(options.checkpoint, "inversion-encoder.safetensors"))


if __name__ == "__main__":
    main()
