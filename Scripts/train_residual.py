#!/usr/bin/env python3
"""What a residual network on top of the linear expansion gains: rows = w̄ + c·B + R(c), in PyTorch.

    train_residual.py --pictures DIR --labels attributes.csv --checkpoint DIR [--visits 12000]

Photos of the train split and their codes are trained together with R: each photo's code starts where the encoder puts
it and goes downhill a step whenever it is visited, as R does on a batch of them. At the end the last photos of the
split, which neither R nor the encoder has seen, are inverted with and without R by the same L-BFGS. Resumable: run it
again with the same --checkpoint. Nothing of this is installed: docs/architecture.md says why. PyTorch, NumPy, Pillow
and safetensors are needed.
"""

import argparse
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from compare_optimisers import LBFGS, LPIPS_WEIGHT, Search, descend, summary
from train_encoder import COUNT, SLOPE, photo_paths, photos, scaled
from train_student import ROWS

HIDDEN = 192


class Residual:
    """R: one hidden layer; what comes out counts along the axes of W's covariance, row by row."""

    def __init__(self, trained, seed):
        generator = torch.Generator().manual_seed(seed)
        self.entry = (torch.randn(HIDDEN, COUNT, generator=generator) * math.sqrt(2 / COUNT)).requires_grad_(True)
        self.bias = torch.zeros(HIDDEN, requires_grad=True)
        self.exit = torch.zeros(ROWS * 512, HIDDEN, requires_grad=True)
        covariance = load_file(os.path.join(trained, "w-statistics.safetensors"))["covariance"].float()
        values, axes = torch.linalg.eigh(covariance)
        self.factor = axes * values.clamp(min=0).sqrt()
        self.parameters = [self.entry, self.bias, self.exit]

    def __call__(self, code):
        hidden = F.leaky_relu(F.linear(code, self.entry, self.bias), SLOPE)
        return (F.linear(hidden, self.exit).reshape(-1, ROWS, 512) @ self.factor.T).flatten(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="Models/imported")
    parser.add_argument("--trained", default="Models/trained")
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--faces", type=int, default=1500)
    parser.add_argument("--visits", type=int, default=12000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--code-rate", type=float, default=2, help="of the codes, with momentum 0.7")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    os.makedirs(options.checkpoint, exist_ok=True)
    search, residual = Search(options), Residual(options.trained, options.seed)
    plain = search.codes.draw

    def draw(code):
        rows = (code * search.codes.deviation) @ search.codes.basis + search.codes.mean + residual(code)
        return search.codes.student(rows.reshape(-1, ROWS, 512))

    paths = photo_paths(options.pictures, options.labels, "train")
    chosen = np.random.default_rng(options.seed).permutation(len(paths) - 32)[:options.faces]
    table = {name: torch.zeros(options.faces, COUNT) for name in ("code", "moved")}
    visited = torch.zeros(options.faces)
    adam = torch.optim.Adam(residual.parameters, betas=(0.9, 0.99))
    path, first, steps = os.path.join(options.checkpoint, "residual.pt"), 0, options.visits // options.batch
    if os.path.exists(path):
        saved = torch.load(path, weights_only=True)
        for parameter, value in zip(residual.parameters, saved["residual"]):
            parameter.data.copy_(value)
        table, visited, first = saved["table"], saved["visited"], saved["step"]
        adam.load_state_dict(saved["adam"])

    def score(name, drawing):
        search.codes.draw = plain
        targets = scaled(photos(paths[-32:])).split(8)
        starts = [search.start(target) for target in targets]
        search.codes.draw, records = drawing, []
        for target, start in zip(targets, starts):
            search.aim(target)
            records.append(descend(search, start, LBFGS()))
        print(f"{name}: {summary(records)}", flush=True)

    began, sums = time.time(), []
    for step in range(first, steps):
        # All faces in turn, in an order that changes from round to round.
        place = step * options.batch % options.faces
        turn = torch.Generator().manual_seed(options.seed + step * options.batch // options.faces)
        pick = torch.randperm(options.faces, generator=turn)[place:place + options.batch]
        target = scaled(photos([paths[chosen[i]] for i in pick]))
        fresh = visited[pick] == 0
        if fresh.any():
            search.codes.draw = plain
            table["code"][pick[fresh]] = search.start(target[fresh]) / search.unit
        search.aim(target)
        code = table["code"][pick].requires_grad_(True)
        squares = [(a - b).square().sum(1) for a, b in zip(search.parts(draw(code), search.vgg), search.wanted)]
        loss = sum(squares) + 0.02 * code.square().mean(1)
        fading = 0.5 * (1 + math.cos(math.pi * step / steps))
        adam.param_groups[0]["lr"] = options.rate * min(1, (step + 1) / 50) * fading
        adam.zero_grad()
        loss.mean().backward()
        torch.nn.utils.clip_grad_norm_(residual.parameters, 1)
        adam.step()
        with torch.no_grad():
            # In the units of L-BFGS, where the loss is about as steep along any number.
            slope = code.grad * options.batch / search.unit
            table["moved"][pick] = 0.7 * table["moved"][pick] - options.code_rate * slope
            table["code"][pick] = code + table["moved"][pick] / search.unit
            visited[pick] += 1
        sums.append((sum(squares[1:-1]).mean().item() / LPIPS_WEIGHT, loss.mean().item()))
        if (step + 1) % 25 == 0:
            recent, seconds = np.mean(sums[-25:], 0), (time.time() - began) / (step + 1 - first)
            size = residual(table["code"][pick]).square().mean().sqrt().item()
            print(f"step {step + 1} of {steps}: LPIPS {recent[0]:.4f}, loss {recent[1]:.4f}, R {size:.4f}, "
                  f"{seconds:.2f} s a step, {(steps - step - 1) * seconds / 60:.0f} min left", flush=True)
        if (step + 1) % 100 == 0 or step + 1 == steps:
            torch.save({"residual": [p.detach() for p in residual.parameters], "table": table, "visited": visited,
                        "adam": adam.state_dict(), "step": step + 1}, path + ".new")
            os.replace(path + ".new", path)
    score("linear alone", plain)
    score("with R     ", draw)


if __name__ == "__main__":
    main()
