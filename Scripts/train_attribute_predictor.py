"""Stage 1 of the attribute predictor's recipe: the trunk learns CelebA's 40 binary attributes.

    python3 Scripts/train_attribute_predictor.py --pictures DIR --labels attributes.csv --checkpoint DIR \
        --output trunk.safetensors [--epochs 12]

DIR holds the 128x128 FFHQ-aligned JPEGs. Resumable: run it again with the same --checkpoint. Stage 2, the ordered
degrees, is `modelctl train attribute-predictor --trunk trunk.safetensors`; without --trunk that does both stages.
PyTorch, NumPy and Pillow are needed.
"""

import argparse
import csv
import os
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

import checkpoint_binding
from attribute_predictor import HEADS, WIDTHS, AttributeClassifier
from importers import safetensors_file
from train_student import save_checkpoint


def load(pictures, labels, split):
    with open(labels) as file:
        rows = [row for row in csv.reader(file)]
    names, rows = rows[0][4:], [row for row in rows[1:] if row[1] == split]
    rows = [row for row in rows if os.path.exists(os.path.join(pictures, row[0]))]
    images = np.empty((len(rows), 128, 128, 3), np.uint8)
    for i, row in enumerate(rows):
        images[i] = np.asarray(Image.open(os.path.join(pictures, row[0])).convert("RGB"))
    targets = np.array([[int(v) for v in row[4:]] for row in rows], np.float32)
    return images, targets, names


def augment(batch, generator):
    """[N, 3, 128, 128] in [-1, 1]: flip, shift and scale, brightness and contrast, blur, noise."""
    n = batch.shape[0]

    def uniform(low, high, *shape):
        return torch.rand(*shape, generator=generator) * (high - low) + low

    theta = torch.zeros(n, 2, 3)
    flip = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    angle, scale = uniform(-0.12, 0.12, n), uniform(0.9, 1.1, n)
    theta[:, 0, 0], theta[:, 0, 1] = torch.cos(angle) * scale * flip, -torch.sin(angle) * scale
    theta[:, 1, 0], theta[:, 1, 1] = torch.sin(angle) * scale * flip, torch.cos(angle) * scale
    theta[:, :, 2] = uniform(-0.08, 0.08, n, 2)
    batch = F.grid_sample(
        batch, F.affine_grid(theta, batch.shape, align_corners=False), padding_mode="reflection", align_corners=False)
    blurred = F.interpolate(F.avg_pool2d(batch, 2), scale_factor=2, mode="bilinear", align_corners=False)
    batch = torch.where((torch.rand(n, generator=generator) < 0.25)[:, None, None, None], blurred, batch)
    batch = batch * uniform(0.8, 1.2, n, 1, 1, 1) + uniform(-0.15, 0.15, n, 3, 1, 1)
    return batch + torch.randn(batch.shape, generator=generator) * uniform(0, 0.05, n, 1, 1, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    checkpoint_binding.bind(options.checkpoint, options)
    path = os.path.join(options.checkpoint, "stage1.pt")
    torch.manual_seed(options.seed)
    images, targets, names = load(options.pictures, options.labels, "train")
    test_images, test_targets, _ = load(options.pictures, options.labels, "test")
    print(f"{len(images)} train, {len(test_images)} test pictures", flush=True)
    net = AttributeClassifier(40).to(memory_format=torch.channels_last)
    average = AttributeClassifier(40).to(memory_format=torch.channels_last)
    average.load_state_dict(net.state_dict())
    steps = options.epochs * (len(images) // options.batch)
    optimiser = torch.optim.AdamW(net.parameters(), options.rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, total_steps=steps, pct_start=0.15)
    first = 0
    if os.path.exists(path):
        saved = torch.load(path, weights_only=True)
        net.load_state_dict(saved["net"])
        average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        first = saved["epoch"]

    for epoch in range(first, options.epochs):
        net.train()
        generator = torch.Generator().manual_seed(options.seed * 1000 + epoch)
        order = torch.randperm(len(images), generator=generator).numpy()
        started, total = time.time(), 0.0
        count = len(images) // options.batch
        for step in range(count):
            pick = order[step * options.batch:(step + 1) * options.batch]
            x = torch.from_numpy(images[pick]).permute(0, 3, 1, 2).float() / 127.5 - 1
            x = augment(x, generator).contiguous(memory_format=torch.channels_last)
            loss = F.binary_cross_entropy_with_logits(net(x), torch.from_numpy(targets[pick]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
            decay = min(0.998, (1 + epoch * count + step) / (10 + epoch * count + step))
            with torch.no_grad():
                for a, b in zip(average.state_dict().values(), net.state_dict().values()):
                    if a.dtype.is_floating_point:
                        a.lerp_(b, 1 - decay)
                    else:
                        a.copy_(b)
            if step % 50 == 0:
                print(f"epoch {epoch} step {step}/{count} loss {total / (step + 1):.4f} "
                      f"{(time.time() - started) / (step + 1):.2f} s/step", flush=True)
        save_checkpoint({"net": net.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(),
                         "schedule": schedule.state_dict(), "epoch": epoch + 1}, path)
        average.eval()
        with torch.no_grad():
            guess = torch.cat([average(torch.from_numpy(c).permute(0, 3, 1, 2).float() / 127.5 - 1)
                               for c in np.array_split(test_images, 14)]) > 0
        right = (guess.numpy() == (test_targets > 0.5)).mean(0)
        print(f"epoch {epoch} test " + " ".join(
            f"{n} {100 * right[names.index(n)]:.2f}"
            for n in ["Bangs", "Eyeglasses", "No_Beard", "Smiling", "Young", "Gray_Hair", "Mouth_Slightly_Open"]),
            flush=True)

    # With heads that say nothing yet: the file is a predictor.
    state = {k: v.numpy() for k, v in average.state_dict().items() if "num_batches" not in k and "head" not in k}
    state |= {"head.weight": np.zeros((len(HEADS), WIDTHS[-1]), np.float32),
              "head.bias": np.zeros(len(HEADS), np.float32), "head.precision": np.ones(len(HEADS), np.float32)}
    tensors = {k: v.transpose(0, 2, 3, 1).astype(np.float16) if v.ndim == 4 else v for k, v in state.items()}
    safetensors_file.write_atomically(pathlib.Path(options.output), safetensors_file.encode(tensors, {
        "licence": "Research use only: trained on CelebA", "recipe": "Scripts/train_attribute_predictor.py"}))


if __name__ == "__main__":
    main()
