"""Trains the discriminator of the codecs' loss (paper, eq. 14): photos against what the 128-pixel student draws.

    modelctl draw --pool 4500 --output POOL
    python3 Scripts/train_discriminator.py --pictures DIR --labels attributes.csv --drawn POOL --checkpoint DIR \
        --output Models/trained

DIR holds 128x128 FFHQ-aligned JPEGs, POOL drawn faces, half of them edited by the installed codecs. The network is
StyleGAN2's residual discriminator, narrow, without the standard deviation of the batch, since the generator is not
trained; non-saturating logistic loss, R1 every eighth step. Prints the share of 500 training photos and of 500 drawn
faces that are told right, kept apart for that. Resumable: run it again with the same --checkpoint. PyTorch, NumPy and
Pillow are needed.
"""

import argparse
import math
import os
import pathlib
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

import checkpoint_binding
from importers import safetensors_file
from train_attribute_predictor import load
from train_student import save_checkpoint

WIDTHS = [16, 32, 64, 128, 128, 128]
SLOPE = 0.2
HELD_OUT = 500


class Block(nn.Module):
    """(lrelu(conv3(lrelu(conv3(x)))) averaged over 2x2 pixels + conv1 of x averaged alike) / sqrt 2."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inputs, 3, 1, 1)
        self.conv2 = nn.Conv2d(inputs, outputs, 3, 1, 1)
        self.skip = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x):
        h = F.leaky_relu(self.conv1(x), SLOPE)
        # The average comes before the second convolution: a quarter of the work.
        h = F.leaky_relu(self.conv2(F.avg_pool2d(h, 2)), SLOPE)
        return (h + self.skip(F.avg_pool2d(x, 2))) / math.sqrt(2)


class Discriminator(nn.Module):
    """[N, 3, 128, 128] in [-1, 1] to one logit each: above zero is a photo."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 1)
        self.blocks = nn.ModuleList(Block(a, b) for a, b in zip(WIDTHS, WIDTHS[1:]))
        self.last = nn.Conv2d(WIDTHS[-1], WIDTHS[-1], 3, 1, 1)
        self.hidden = nn.Linear(WIDTHS[-1] * 16, WIDTHS[-1])
        self.out = nn.Linear(WIDTHS[-1], 1)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(module.weight, SLOPE)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x):
        h = F.leaky_relu(self.stem(x), SLOPE)
        for block in self.blocks:
            h = block(h)
        h = F.leaky_relu(self.last(h), SLOPE)
        # Rows of pixels, channels last, as Swift has them.
        h = F.leaky_relu(self.hidden(h.permute(0, 2, 3, 1).flatten(1)), SLOPE)
        return self.out(h)[:, 0]


def signed(pictures):
    """[N, H, W, 3] bytes as [N, 3, H, W] in [-1, 1]."""
    x = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


def shaken(x, generator):
    """Mirrored or not, and up to four pixels aside."""
    mirrored = torch.rand(len(x), generator=generator) < 0.5
    x = torch.where(mirrored[:, None, None, None], x.flip(3), x)
    dx, dy = (int(v) for v in torch.randint(-4, 5, (2,), generator=generator))
    return F.pad(x, (4, 4, 4, 4), mode="reflect")[:, :, 4 + dy:132 + dy, 4 + dx:132 + dx]


def bytes_of(folder):
    """[N, 128, 128, 3] of all PNGs in it, in the order of their names."""
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in sorted(pathlib.Path(folder).glob("*.png"))])


def main():
    parser = argparse.ArgumentParser()
    for name in ("pictures", "labels", "drawn", "checkpoint", "output"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--r1", type=float, default=1.0, help="gamma")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    checkpoint_binding.bind(options.checkpoint, options)
    photos, drawn = load(options.pictures, options.labels, "train")[0], bytes_of(options.drawn)
    photos, unseen_photos = photos[:-HELD_OUT], photos[-HELD_OUT:]
    drawn, unseen_drawn = drawn[:-HELD_OUT], drawn[-HELD_OUT:]
    torch.manual_seed(options.seed)
    net = Discriminator().to(memory_format=torch.channels_last)
    average = Discriminator()
    average.load_state_dict(net.state_dict())
    adam = torch.optim.Adam(net.parameters(), options.rate, betas=(0.0, 0.99))
    path, first = os.path.join(options.checkpoint, "discriminator.pt"), 0
    if os.path.exists(path):
        saved = torch.load(path, weights_only=True)
        net.load_state_dict(saved["net"])
        average.load_state_dict(saved["average"])
        adam.load_state_dict(saved["adam"])
        first = saved["step"]

    began, total = time.time(), 0.0
    for step in range(first, options.steps):
        generator = torch.Generator().manual_seed(options.seed * 1_000_003 + step)

        def batch(pictures):
            pick = torch.randint(len(pictures), (options.batch,), generator=generator).numpy()
            return shaken(signed(pictures[pick]), generator)

        real, fake = batch(photos), batch(drawn)
        penalised = step % 8 == 0
        real.requires_grad_(penalised)
        said = net(real)
        loss = F.softplus(-said).mean() + F.softplus(net(fake)).mean()
        if penalised:
            slope, = torch.autograd.grad(said.sum(), real, create_graph=True)
            loss = loss + 8 * options.r1 / 2 * slope.square().sum((1, 2, 3)).mean()
        for group in adam.param_groups:
            group["lr"] = options.rate * min(1, 3 * (1 - step / options.steps))
        adam.zero_grad()
        loss.backward()
        adam.step()
        total += float(loss.detach())
        with torch.no_grad():
            for a, b in zip(average.parameters(), net.parameters()):
                a.lerp_(b, 1 - min(0.995, (1 + step) / (10 + step)))
        if (step + 1) % 50 == 0:
            print(f"step {step + 1} of {options.steps}, loss {total / 50:.3f}, "
                  f"{(time.time() - began) / (step + 1 - first):.2f} s a step", flush=True)
            total = 0.0
            save_checkpoint({"net": net.state_dict(), "average": average.state_dict(), "adam": adam.state_dict(),
                             "step": step + 1}, path)

    average.eval()
    with torch.no_grad():
        def logits(pictures):
            return torch.cat([average(signed(part)) for part in np.array_split(pictures, 10)])

        on_photos, on_drawn = logits(unseen_photos), logits(unseen_drawn)
    print(f"told right: {100 * (on_photos > 0).float().mean():.1f} % of {HELD_OUT} photos, "
          f"{100 * (on_drawn < 0).float().mean():.1f} % of {HELD_OUT} drawn faces; "
          f"mean logits {on_photos.mean():.2f} and {on_drawn.mean():.2f}")
    tensors = {}
    for name, tensor in average.state_dict().items():
        array = tensor.numpy()
        tensors[name] = (array.transpose(0, 2, 3, 1) if array.ndim == 4 else array).astype(
            np.float32 if array.ndim == 1 else np.float16)
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    safetensors_file.write_atomically(output / "discriminator.safetensors", safetensors_file.encode(tensors, {
        "licence": "Research use only: trained on CelebA and an FFHQ-derived network",
        "recipe": f"Scripts/train_discriminator.py --steps {options.steps} --seed {options.seed}"}))


if __name__ == "__main__":
    main()
