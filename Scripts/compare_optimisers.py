#!/usr/bin/env python3
"""How fast an inversion goes downhill from the encoder's start, by optimiser, in PyTorch
(docs/experiments/0006-optimisers.md).

    compare_optimisers.py --pictures DIR --labels attributes.csv [--faces 16] [--only lbfgs newton]

The faces are the last of the train split, which the encoder was not shown. Each gradient counts as one step, a product
with the Gauss-Newton matrix as two. Printed: median and mean LPIPS (VGG16) of the faces and median SFace cosine at the
best loss so far, through the student. PyTorch, NumPy, Pillow and safetensors are needed.
"""

import argparse
import math
import os

import torch
from safetensors.torch import load_file

from train_encoder import COUNT, PASSES, Codes, Encoder, Likeness, photo_paths, photos, scaled, seen
from train_student import HalfLPIPS

LPIPS_WEIGHT, IDENTITY_WEIGHT, STEPS = 3.3, 0.2, 16
MARKS = [0, 4, 8, 12, 16]


class Search:
    """The inversion's loss over a batch of faces; codes in units of c times d, as ImageSemanticEncoder has them."""

    def __init__(self, options, device="cpu"):
        self.codes = Codes(options.trained, device)
        self.vgg = HalfLPIPS(os.path.join(options.models, "lpips-vgg16.safetensors"), device)
        self.alex = HalfLPIPS(os.path.join(options.models, "lpips-alexnet.safetensors"), device, "alexnet")
        self.identity = Likeness(os.path.join(options.models, "sface.safetensors"), device)
        weights = load_file(os.path.join(options.trained, "inversion-encoder.safetensors"), device=device)
        self.encoder = Encoder({name: tensor.float() for name, tensor in weights.items()})
        self.unit = self.codes.deviation.square()

    def picture(self, point):
        return self.codes.draw(point / self.unit)

    @torch.no_grad()
    def start(self, target):
        wanted = seen(target, list(self.vgg.taps(target)))
        code = torch.zeros(len(target), COUNT, device=target.device)
        for _ in range(PASSES):
            drawn = self.codes.draw(code)
            code = code + self.encoder(code, seen(drawn, list(self.vgg.taps(drawn))), wanted)
        return code * self.unit

    def parts(self, picture, network):
        """What the loss is the squared difference of: a list of [N,…], each with its weight in it."""
        found = [picture.flatten(1) / math.sqrt(picture[0].numel())]
        for tap, head in zip(network.taps(picture), network.heads):
            tap = tap.permute(0, 2, 3, 1).float()
            tap = tap / (tap.square().sum(-1, keepdim=True).sqrt() + 1e-10)
            found.append((tap * (head * LPIPS_WEIGHT / (tap.shape[1] * tap.shape[2])).sqrt()).flatten(1))
        return found + [self.identity(picture) * math.sqrt(IDENTITY_WEIGHT / 2)]

    def aim(self, target, network=None):
        self.network = network or self.vgg
        with torch.no_grad():
            self.wanted, self.judged = self.parts(target, self.network), self.parts(target, self.vgg)

    def gradient(self, point):
        """[N,k], and of each face the loss, LPIPS and the cosine."""
        point = point.detach().requires_grad_(True)
        picture = self.picture(point)
        squares = [(a - b).square().sum(1) for a, b in zip(self.parts(picture, self.network), self.wanted)]
        loss = sum(squares)
        (gradient,) = torch.autograd.grad(loss.sum(), point)
        if self.network is not self.vgg:
            with torch.no_grad():
                squares = [(a - b).square().sum(1) for a, b in zip(self.parts(picture, self.vgg), self.judged)]
        lpips = sum(squares[1:-1]) / LPIPS_WEIGHT
        return gradient, loss.detach(), lpips.detach(), 1 - squares[-1].detach() / IDENTITY_WEIGHT

    def curvature(self, point, vector):
        """The Gauss-Newton matrix 2 JᵀJ of each face times its vector [N,k]."""
        def parts(point):
            return torch.cat(self.parts(self.picture(point), self.network), 1)

        _, change = torch.func.jvp(parts, (point,), (vector,))
        _, back = torch.func.vjp(parts, point)
        return 2 * back(change)[0]


class LBFGS:
    """As Sources/Tensor/LBFGS.swift, of many faces at once; `inverse` [k,k] is used where no curvature is known."""

    def __init__(self, radius=20, first=8, stretch=2, inverse=None):
        self.radius, self.first, self.stretch, self.inverse = radius, first, stretch, inverse
        self.pairs, self.last = [], None

    def step(self, point, gradient):
        if self.last is not None:
            step, change = point - self.last[0], gradient - self.last[1]
            product = (step * change).sum(1, keepdim=True)
            good = product > 1e-6 * change.square().sum(1, keepdim=True)
            self.pairs = (self.pairs + [(step, change, product, good)])[-12:]
        self.last = point, gradient
        direction, weights = gradient, []
        for step, change, product, good in reversed(self.pairs):
            weights.append(torch.where(good, (step * direction).sum(1, keepdim=True) / product, 0))
            direction = direction - weights[-1] * change
        if self.inverse is not None:
            direction = direction @ self.inverse
        scale = torch.full((len(point), 1), float(self.first), device=point.device)
        for _, change, product, good in self.pairs:
            seen = change if self.inverse is None else change @ self.inverse
            scale = torch.where(good, self.stretch * product / (change * seen).sum(1, keepdim=True), scale)
        direction = direction * scale
        for (step, change, product, good), weight in zip(self.pairs, reversed(weights)):
            back = torch.where(good, weight - (change * direction).sum(1, keepdim=True) / product, 0)
            direction = direction + back * step
        length = direction.norm(dim=1, keepdim=True)
        return point - direction * torch.clamp(self.radius / length, max=1)


class Adam:
    def __init__(self, rate, scale):
        self.rate, self.scale, self.first, self.second, self.steps = rate, scale, 0, 0, 0

    def step(self, point, gradient):
        self.steps += 1
        gradient = gradient * self.scale
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient.square()
        ahead = self.first / (1 - 0.9 ** self.steps)
        size = (self.second / (1 - 0.999 ** self.steps)).sqrt() + 1e-8
        rate = self.rate * 0.5 * (1 + math.cos(math.pi * (self.steps - 1) / STEPS))
        return point - rate * self.scale * ahead / size


class Learned:
    """Step sizes (and shares of the last step) that were fitted to other faces, one of each step; along the mean
    curvature's axes."""

    def __init__(self, sizes, inverse):
        self.sizes, self.inverse, self.moved = iter(sizes), inverse, 0

    def step(self, point, gradient):
        size, share = next(self.sizes)
        self.moved = share * self.moved - size * (gradient @ self.inverse)
        return point + self.moved


class Record:
    """Scores at the best loss so far, by how much has been spent."""

    def __init__(self):
        self.best, self.lines = None, {}

    def add(self, spent, loss, lpips, cosine):
        found = torch.stack([loss, lpips, cosine])
        self.best = found if self.best is None else torch.where(loss < self.best[0], found, self.best)
        self.lines[spent] = self.best.clone()


def summary(records):
    """Medians and means over all faces of the records, at each mark."""
    shown = []
    for mark in MARKS:
        place = max(step for step in records[0].lines if step <= mark)
        _, lpips, cosine = torch.cat([record.lines[place] for record in records], 1)
        shown.append(f"{mark}: {lpips.median():.4f} ({lpips.mean():.4f}) {cosine.median():.2f}")
    return "   ".join(shown)


def descend(search, start, optimiser):
    record, point = Record(), start
    for step in range(STEPS + 1):
        gradient, *scores = search.gradient(point)
        record.add(step, *scores)
        point = optimiser.step(point, gradient)
    return record


def newton(search, start, products, damping):
    """Gauss-Newton, each step's equation solved by so many rounds of conjugate gradients; taken back when it went up."""
    record, point, spent, kept = Record(), start, 0, None
    while spent <= STEPS:
        gradient, *scores = search.gradient(point)
        record.add(spent, *scores)
        spent += 1
        if kept is not None:
            worse = (scores[0] > kept[1])[:, None]
            point, gradient = torch.where(worse, kept[0], point), torch.where(worse, kept[2], gradient)
            scores[0] = torch.minimum(scores[0], kept[1])
        kept = point, scores[0], gradient
        move, rest = torch.zeros_like(point), -gradient
        along, power = rest, rest.square().sum(1, keepdim=True)
        for _ in range(products):
            if spent + 2 > STEPS:
                break
            bent = search.curvature(point, along) + damping * along
            spent += 2
            share = power / (along * bent).sum(1, keepdim=True)
            move, rest = move + share * along, rest - share * bent
            now = rest.square().sum(1, keepdim=True)
            along, power = rest + now / power * along, now
        if not move.any():
            break
        point = point + move
    return record


def mean_curvature(search, targets, probes):
    """The mean over faces of 2 JᵀJ [k,k], from random signs on the parts, at the codes of eight steps of L-BFGS."""
    total, count = torch.zeros(COUNT, COUNT), 0
    for target in targets:
        search.aim(target)
        point, optimiser = search.start(target), LBFGS()
        for _ in range(8):
            gradient, *_ = search.gradient(point)
            point = optimiser.step(point, gradient)
        generator = torch.Generator().manual_seed(count)
        for _ in range(probes):
            point = point.detach().requires_grad_(True)
            parts = search.parts(search.picture(point), search.vgg)
            signs = [torch.randint(0, 2, part.shape, generator=generator) * 2.0 - 1 for part in parts]
            shaken = sum((part * sign).sum() for part, sign in zip(parts, signs))
            (answer,) = torch.autograd.grad(shaken, point)
            total += 2 * answer.T @ answer
            count += len(target)
    return total / count


def fitted_sizes(search, targets, inverse):
    """Step by step the size and the share of the last step with the least mean loss on these faces."""
    states, sizes = [], []
    for target in targets:
        search.aim(target)
        states.append([target, search.start(target), 0])
    for step in range(STEPS):
        gradients = []
        for target, point, _ in states:
            search.aim(target)
            gradients.append(search.gradient(point)[0] @ inverse)

        def loss(size, share):
            total = 0
            for (target, point, moved), gradient in zip(states, gradients):
                search.aim(target)
                with torch.no_grad():
                    parts = search.parts(search.picture(point + share * moved - size * gradient), search.vgg)
                    total += sum((a - b).square().sum() for a, b in zip(parts, search.wanted)).item()
            return total

        start = sizes[-1] if sizes else (0.5, 0.0)
        shares = [0.0] if not sizes else [0.5, 0.8]
        tried = {(size, share): loss(size, share) for size in (start[0] * 0.6, start[0], start[0] * 1.7)
                 for share in shares}
        sizes.append(min(tried, key=tried.get))
        for state, gradient in zip(states, gradients):
            state[2] = sizes[-1][1] * state[2] - sizes[-1][0] * gradient
            state[1] = state[1] + state[2]
    return sizes


def add_photo_options(parser):
    """Where networks and photos are."""
    parser.add_argument("--models", default="Models/imported")
    parser.add_argument("--trained", default="Models/trained")
    parser.add_argument("--pictures", required=True, help="folder of 128 x 128 photos in the FFHQ frame")
    parser.add_argument("--labels", required=True, help="table with columns file and split")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_photo_options(parser)
    parser.add_argument("--faces", type=int, default=16, help="at most 32")
    parser.add_argument("--fitted", type=int, default=32, help="other faces, for what is learned")
    parser.add_argument("--probes", type=int, default=24, help="random signs on each of those")
    parser.add_argument("--only", nargs="*", help="some of the optimisers")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    search = Search(options)
    paths = photo_paths(options.pictures, options.labels, "train")

    def batches(paths):
        return scaled(photos(paths)).split(8)

    targets = batches(paths[-32:][:options.faces])

    def score(name, run, network=None):
        if options.only and not any(name.startswith(only) for only in options.only):
            return
        records = []
        for target in targets:
            search.aim(target, network)
            records.append(run(search.start(target)))
        print(f"{name:40s} {summary(records)}", flush=True)

    print("gradients: LPIPS median (mean), SFace median", flush=True)
    score("lbfgs", lambda start: descend(search, start, LBFGS()))
    for rate in (0.05, 0.1, 0.2):
        score(f"adam {rate}", lambda start: descend(search, start, Adam(rate, search.codes.deviation)))
    for products, damping in ((3, 1e-3), (7, 1e-3), (7, 1e-2)):
        score(f"newton, {products} rounds, {damping}", lambda start: newton(search, start, products, damping))
    for weight in (1, 1.5):
        search.alex.heads = [head * weight for head in search.alex.heads]
        score(f"lbfgs, AlexNet, {weight}", lambda start: descend(search, start, LBFGS()), search.alex)
    curvature = mean_curvature(search, batches(paths[-32 - options.fitted:-32]), options.probes)
    unit = curvature.diagonal().mean() * torch.eye(COUNT)
    inverse = torch.linalg.inv(curvature + unit)
    variants = {f"{ridge} added": (torch.linalg.inv(curvature + ridge * unit), 2, 1) for ridge in (0.1, 1, 3)}
    variants["diagonal"] = torch.diag(1 / (curvature + unit / 2).diagonal()), 2, 1
    variants.update({f"stretch {stretch}": (inverse, stretch, 1) for stretch in (1.4, 3)})
    variants["first step 2"] = inverse, 2, 2
    for name, (matrix, stretch, first) in variants.items():
        score(f"lbfgs from mean curvature, {name}",
              lambda start: descend(search, start, LBFGS(first=first, stretch=stretch, inverse=matrix)))
    sizes = fitted_sizes(search, batches(paths[-32 - options.fitted:-32])[:2], inverse)
    print("sizes, shares:", [(round(a, 2), b) for a, b in sizes])
    score("learned sizes, mean curvature", lambda start: descend(search, start, Learned(sizes + [(0, 0)], inverse)))


if __name__ == "__main__":
    main()
