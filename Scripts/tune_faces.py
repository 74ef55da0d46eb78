#!/usr/bin/env python3
"""Tunes student and generator on photos, with a residual network in the expansion if asked, in PyTorch.

    tune_faces.py --pictures DIR --labels attributes.csv --checkpoint DIR --residual 256 --compile

Photos of the train split and their codes are trained together with the networks: a photo's code starts where the
encoder puts it and goes downhill a step whenever the photo is visited. First through the student, which is quick; what
its trunk has learned is then given to the generator, and both go on together, the generator up to 64 x 64 pixels only.
Some of the codes have been through a noisy channel. Faces drawn from the generator's own prior must stay what they
were. With --residual rows = mean + c B + R(c), R one hidden layer of so many numbers. At the end, and every 500 steps,
the last photos of the split, which neither this nor the encoder has seen, are inverted by L-BFGS. Resumable: run it
again with the same --checkpoint. Nothing of this is installed: docs/architecture.md, "The code", says what it gains.
The encoder goes on from there with train_encoder.py --start --trained, the folder holding what this wrote. PyTorch,
NumPy, Pillow and safetensors are needed.
"""

import argparse
import copy
import math
import os
import re
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import checkpoint_binding
from compare_optimisers import (IDENTITY_WEIGHT, LBFGS, LPIPS_WEIGHT, Search, add_photo_options, descend,
                                summary)
from train_encoder import COUNT, SLOPE, photo_paths, photos, scaled
from train_student import ROWS, Prior, Student, Teacher, save_checkpoint, tap_distance

HELD_BACK = 32
SNRS = [3, 6, 9, 12, 15, 18]


def residual(parameters, code):
    """R(c) [N,ROWS*512]; what comes out of the layer counts along the axes of W's covariance, row by row."""
    hidden = F.leaky_relu(F.linear(code, parameters["entry"], parameters["bias"]), SLOPE)
    return (F.linear(hidden, parameters["exit"]).reshape(-1, ROWS, 512) @ parameters["factor"].T).flatten(1)


def fresh_residual(hidden, trained, seed, device):
    generator = torch.Generator().manual_seed(seed)
    entry = torch.randn(hidden, COUNT, generator=generator) * math.sqrt(2 / COUNT)
    covariance = load_file(os.path.join(trained, "w-statistics.safetensors"))["covariance"].float()
    values, axes = torch.linalg.eigh(covariance)
    found = {"entry": entry, "bias": torch.zeros(hidden), "exit": torch.zeros(ROWS * 512, hidden),
             "factor": axes * values.clamp(min=0).sqrt()}
    return {name: tensor.to(device) for name, tensor in found.items()}


class Air:
    """What the receiver makes of codes (in standard deviations) that come through noise: as LinearPrecoder and
    LatentEstimator."""

    def __init__(self, trained, deviation):
        statistics = load_file(os.path.join(trained, "code-statistics.safetensors"), device=str(deviation.device))
        covariance, self.deviation = statistics["covariance"].float(), deviation
        self.mean = statistics["mean"].float()
        self.gain = (deviation / covariance.diagonal().sqrt()).sqrt()
        covariance = covariance * torch.outer(self.gain, self.gain)
        power, unit = covariance.diagonal().mean(), torch.eye(COUNT, device=deviation.device)
        self.noise = [(power * 10 ** (-snr / 10)).sqrt() for snr in SNRS]
        self.estimators = [torch.linalg.solve(covariance + noise.square() * unit, covariance) for noise in self.noise]

    def __call__(self, code, choice, noise):
        values = (code * self.deviation - self.mean) * self.gain + noise * self.noise[choice]
        return (values @ self.estimators[choice] / self.gain + self.mean) / self.deviation


def is_trunk(name):
    return bool(re.match(r"synthesis\.(input|conv1|layers\.[0-2]|layers\.3)", name))


class Learned:
    """Tensors by name, their running average and their Adam: styles' weights move all at once, so less."""

    def __init__(self, tensors, rates, chosen=lambda name: True):
        self.tensors = {name: tensor.detach().clone().float() for name, tensor in tensors.items()}
        self.average, self.chosen = copy.deepcopy(self.tensors), [name for name in tensors if chosen(name)]
        for name in self.chosen:
            self.tensors[name].requires_grad_(True)
        groups = {}
        for name in self.chosen:
            groups.setdefault(rates(name), []).append(self.tensors[name])
        self.adam = torch.optim.Adam(
            [{"params": params, "peak": rate, "lr": 0.0} for rate, params in groups.items()], betas=(0.9, 0.99))

    def step(self, fading, count):
        for group in self.adam.param_groups:
            group["lr"] = group["peak"] * fading
        torch.nn.utils.clip_grad_norm_([self.tensors[name] for name in self.chosen], 1)
        self.adam.step()
        self.adam.zero_grad()
        decay = min(0.995, (1 + count) / (10 + count))
        with torch.no_grad():
            for name in self.chosen:
                self.average[name].lerp_(self.tensors[name], 1 - decay)

    def state(self):
        return {"tensors": {name: self.tensors[name].detach() for name in self.chosen},
                "average": {name: self.average[name] for name in self.chosen}, "adam": self.adam.state_dict()}

    def restore(self, state):
        for name in self.chosen:
            self.tensors[name].data.copy_(state["tensors"][name])
            self.average[name].copy_(state["average"][name])
        self.adam.load_state_dict(state["adam"])


class Tuning:
    def __init__(self, options, device):
        self.options, self.device = options, device
        self.search = Search(options, device)
        self.codes, self.lpips, self.identity = self.search.codes, self.search.vgg, self.search.identity
        self.air = Air(options.trained, self.codes.deviation)
        self.prior = Prior(options.models, options.trained, device)
        original = load_file(os.path.join(options.models, "mobile-stylegan-ffhq.safetensors"), device=device)
        original = {name: tensor.float() for name, tensor in original.items() if name.startswith("synthesis.")}
        self.original = Teacher(original)

        def rates(name):
            tail = 1 if is_trunk(name) else 2
            return options.rate * tail * (0.1 if "modulation.weight" in name else 1)

        self.student = Learned(self.codes.student.p, rates)
        self.generator = Learned(original, rates, is_trunk)
        self.residual = None
        if options.residual:
            layers = fresh_residual(options.residual, options.trained, options.seed, device)
            self.residual = Learned(layers, lambda name: options.residual_rate, lambda name: name != "factor")
        coordinates = load_file(os.path.join(options.trained, "inversion-coordinates.safetensors"), device=device)
        self.inverse = coordinates["coordinates"].float() @ coordinates["coordinates"].float().T
        # Not the generator: its gradient takes minutes to compile.
        self.draw, self.lpips.distance = (torch.compile(f, dynamic=False) if options.compile else f
                                          for f in (Student.__call__, tap_distance))
        paths = photo_paths(options.pictures, options.labels, "train")
        order = np.random.default_rng(options.seed).permutation(len(paths) - HELD_BACK)[:options.faces]
        self.held_back = scaled(photos(paths[-HELD_BACK:])).to(device)
        self.pictures = photos([paths[i] for i in order]).to(device)
        self.table = {name: torch.zeros(len(order), COUNT, device=device) for name in ("code", "moved")}

    def learned(self):
        parts = {"student": self.student, "generator": self.generator, "residual": self.residual}
        return {name: part for name, part in parts.items() if part}

    def rows(self, code, averaged=False):
        rows = self.codes.linear(code)
        if self.residual:
            rows = rows + residual(self.residual.average if averaged else self.residual.tensors, code)
        return rows.reshape(-1, ROWS, 512)

    def begin(self):
        """Where the encoder puts the codes, and faces of the prior as the generator drew them at first."""
        for i in range(0, len(self.pictures), 64):
            start = self.search.start(scaled(self.pictures[i:i + 64]))
            self.table["code"][i:i + 64] = start / self.search.unit
        self.draw_pool()

    def draw_pool(self):
        seeds = [self.options.seed * 10_000_000 + i for i in range(self.options.drawn)]
        self.pool = torch.cat([self.prior(seeds[i:i + 16]) for i in range(0, len(seeds), 16)])
        self.drawn = torch.cat([self.original(rows) for rows in self.pool.split(16)]).half()

    def losses(self, picture, target):
        """[N] of each photo: the inversion's loss, and its LPIPS."""
        distance = self.lpips.between(picture, target)
        with torch.no_grad():
            face = self.identity(target)
        cosine = (self.identity(picture) * face).sum(1)
        error = (picture - target).square().mean((1, 2, 3))
        return error + LPIPS_WEIGHT * distance + IDENTITY_WEIGHT * (1 - cosine), distance

    def faithful(self, picture, target):
        """The loss of drawn faces that should stay what they were."""
        return 10 * (picture - target).square().mean() + self.lpips.between(picture, target).mean()

    def batch(self, step, size):
        """Which photos, the photos, their codes, and of the first of them what comes out of the air."""
        options, count = self.options, len(self.pictures)
        place = step * size % (count - count % size)
        turn = torch.Generator().manual_seed(options.seed + step * size // (count - count % size))
        pick = torch.randperm(count, generator=turn)[place:place + size].to(self.device)
        random = torch.Generator().manual_seed(options.seed * 1_000_003 + step)
        target, code = scaled(self.pictures[pick]), self.table["code"][pick].requires_grad_(True)
        some = size // 4
        noise = torch.randn(some, COUNT, generator=random).to(self.device)
        heard = self.air(code[:some].detach(), int(torch.randint(len(SNRS), (1,), generator=random)), noise)
        # A few are codes of fewer numbers.
        few = max(1, some // 8)
        length = int(torch.tensor([64, 128, 256])[torch.randint(3, (1,), generator=random)])
        heard[:few, length:] = 0
        return pick, target, code, heard

    def move(self, pick, code, photos, fading):
        """The codes, along their gradients in the units of L-BFGS, bent by the mean curvature."""
        with torch.no_grad():
            slope = code.grad * photos / self.search.unit
            moved = self.options.share * self.table["moved"][pick] - self.options.code_rate * (0.2 + 0.8 * fading) * (
                slope @ self.inverse)
            moved *= torch.clamp(20 / moved.norm(dim=1, keepdim=True).clamp(min=1e-6), max=1)
            self.table["moved"][pick] = moved
            self.table["code"][pick] = code + moved / self.search.unit

    def student_step(self, step, fading):
        options, size = self.options, self.options.batch
        pick, target, code, heard = self.batch(step, size)
        random = torch.Generator().manual_seed(options.seed * 1_000_003 - step - 1)
        some = torch.randint(len(self.pool), (size // 4,), generator=random).to(self.device)
        rows = torch.cat([self.rows(torch.cat([code, heard])), self.pool[some]])
        picture = self.draw(Student(self.student.tensors), rows)
        seen = len(code) + len(heard)
        losses, distance = self.losses(picture[:seen], torch.cat([target, target[:len(heard)]]))
        loss = losses[:size].mean() + 0.02 * code.square().mean() + options.heard * losses[size:].mean()
        (loss + options.faithful * self.faithful(picture[seen:], self.drawn[some].float())).backward()
        self.move(pick, code, size, fading)
        self.student.step(fading * (options.tune > 0), step)
        if self.residual:
            self.residual.step(fading, step)
        return distance[:size].mean().item(), distance[size:].mean().item()

    def generator_step(self, step, fading):
        options, size = self.options, self.options.generator_batch
        pick, target, code, heard = self.batch(step + 1_000_000, size)
        rows, targets = self.rows(torch.cat([code, heard])), torch.cat([target, target[:len(heard)]])
        network = Teacher(self.generator.tensors)
        picture = network.picture(rows)
        losses, distance = self.losses(picture, targets)
        loss = losses[:size].mean() + 0.02 * code.square().mean() + options.heard * losses[size:].mean()
        random = torch.Generator().manual_seed(options.seed * 1_000_003 - step - 1)
        some = torch.randint(len(self.pool), (max(1, size // 4),), generator=random).to(self.device)
        with torch.no_grad():
            before = self.original.picture(self.pool[some], 256)
        drawn = network.picture(self.pool[some], 256)
        loss = loss + options.faithful * self.faithful(drawn, before)
        # The student should draw the photo, and what the generator draws.
        rows = torch.cat([rows.detach(), self.pool[some]])
        copied = self.draw(Student(self.student.tensors), rows)
        wanted = torch.cat([picture.detach(), F.avg_pool2d(drawn.detach(), 2)])
        loss = loss + self.losses(copied[:len(targets)], targets)[0].mean() + 2 * self.faithful(copied, wanted)
        loss.backward()
        self.move(pick, code, size, fading)
        for part in self.learned().values():
            part.step(fading, step)
        return distance[:size].mean().item(), distance[size:].mean().item()

    def score(self, generator=False):
        """32 photos that nothing was trained on, by L-BFGS from the encoder's start, as the averages draw them."""
        plain = self.codes.draw
        targets = self.held_back.split(16)
        starts = [self.search.start(target) for target in targets]

        def draw(code):
            rows = self.rows(code, averaged=True)
            return Teacher(self.generator.average).picture(rows) if generator else Student(self.student.average)(rows)

        self.codes.draw, records = draw, []
        for target, start in zip(targets, starts):
            self.search.aim(target)
            records.append(descend(self.search, start, LBFGS(inverse=self.inverse, first=1)))
        self.codes.draw = plain
        return summary(records)

    def write(self, folder):
        licence = "Research use only: a generator trained on FFHQ, tuned on CelebA"

        def save(name, tensors):
            halves = {key: tensor.detach().half().cpu().contiguous() for key, tensor in tensors.items()}
            save_file(halves, os.path.join(folder, f"{name}.safetensors"), {
                "network": name, "seed": str(self.options.seed), "recipe": "Scripts/tune_faces.py",
                "licence": licence})

        save("faces-128", self.student.average)
        save("faces-1024", {name: self.generator.average[name] for name in self.generator.chosen})
        if self.residual:
            layers = self.residual.average
            weight = layers["factor"] @ layers["exit"].reshape(ROWS, 512, -1)
            save("expansion-residual", {"entry": layers["entry"], "bias": layers["bias"], "exit": weight.flatten(0, 1)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_photo_options(parser)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--faces", type=int, default=12000)
    parser.add_argument("--drawn", type=int, default=4000, help="faces of the prior that should stay what they were")
    parser.add_argument("--steps", type=int, default=4000, help="through the student")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--generator-steps", type=int, default=1500)
    parser.add_argument("--generator-batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=5e-5, help="of the trunk")
    parser.add_argument("--tune", type=int, default=1, help="0: the networks stay as they are")
    parser.add_argument("--residual", type=int, default=0, help="width of R; 0: none")
    parser.add_argument("--residual-rate", type=float, default=5e-4)
    parser.add_argument("--code-rate", type=float, default=0.5, help="of the codes")
    parser.add_argument("--share", type=float, default=0.5, help="of the last step that a code repeats")
    parser.add_argument("--heard", type=float, default=0.25, help="weight of codes out of the air")
    parser.add_argument("--faithful", type=float, default=1, help="weight of faces of the prior")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compile", action="store_true", help="faster; needs a C++ compiler")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    torch._dynamo.config.recompile_limit = 64
    checkpoint_binding.bind(options.checkpoint, options)
    tuning = Tuning(options, "cuda" if torch.cuda.is_available() else "cpu")
    path, first = os.path.join(options.checkpoint, "tuning.pt"), 0
    if os.path.exists(path):
        saved = torch.load(path, weights_only=True, map_location=tuning.device)
        for name, part in tuning.learned().items():
            part.restore(saved[name])
        tuning.table, first = saved["table"], saved["step"]
        tuning.draw_pool()
    else:
        tuning.begin()
        print(f"{len(tuning.pictures)} photos; at first {tuning.score()}", flush=True)

    phases = [("student", options.steps, tuning.student_step),
              ("generator", options.generator_steps, tuning.generator_step)]
    before = 0
    for name, steps, take in phases:
        began, sums, start = time.time(), [], max(0, first - before)
        if name == "generator" and start == 0 and steps and options.tune:
            # What the student's trunk has learned, whose layers are the generator's.
            with torch.no_grad():
                for key in tuning.generator.chosen:
                    mine, its = tuning.generator.tensors[key], tuning.student.average.get(key)
                    if its is not None and its.shape == mine.shape:
                        mine += its - tuning.codes.student.p[key]
                        tuning.generator.average[key].copy_(mine)
            print(f"generator given the student's changes: {tuning.score(generator=True)}", flush=True)
        for step in range(start, steps):
            fading = min(1, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * step / steps))
            sums.append(take(step, fading))
            if (step + 1) % 50 == 0:
                recent, seconds = np.mean(sums[-50:], 0), (time.time() - began) / (step + 1 - start)
                print(f"{name}, step {step + 1} of {steps}: LPIPS {recent[0]:.4f}, out of the air {recent[1]:.4f}, "
                      f"{seconds:.2f} s a step, {(steps - step - 1) * seconds / 60:.0f} min left", flush=True)
            if (step + 1) % 500 == 0 or step + 1 == steps:
                state = {key: part.state() for key, part in tuning.learned().items()}
                save_checkpoint({**state, "table": tuning.table, "step": before + step + 1}, path)
                tuning.write(options.checkpoint)
                print(f"{name}, held back: {tuning.score(generator=name == 'generator')}", flush=True)
        before += steps


if __name__ == "__main__":
    main()
