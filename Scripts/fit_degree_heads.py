"""Stage 2 of the attribute predictor's recipe: five heads of six ordered degrees on the trained trunk.

    python3 Scripts/fit_degree_heads.py --pictures DIR --labels attributes.csv --checkpoint DIR --output Models/trained

CelebA has binary labels only, so the degrees are pseudo-degrees: the binary label decides between the lower and the
upper degrees, and within each side the trunk's own attribute logits order the faces, cut at fixed shares. The heads
are then fitted to these degrees by cross-entropy on the frozen trunk's features. Writes
attribute-predictor.safetensors (convolutions fp16) and prints the scores that stand in the model card.
"""

import argparse
import os
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from importers import safetensors_file
from attribute_predictor import DEGREES, HEADS, AttributePredictor
from train_attribute_predictor import load

# For each head: the label that splits the degrees, the first degree of the upper side, the signed logits that order
# the faces within a side, and the shares of the degrees on the lower and the upper side.
RULES = {
    "bangs": ("Bangs", 1, {"Bangs": 1.0}, [1.0], [0.2, 0.25, 0.25, 0.2, 0.1]),
    "eyeglasses": ("Eyeglasses", 1, {"Eyeglasses": 1.0, "darkness": 2.0}, [1.0], [0.25, 0.3, 0.25, 0.1, 0.1]),
    "beard": ("No_Beard", 1,
              {"No_Beard": -1.0, "Goatee": 0.7, "Mustache": 0.5, "Sideburns": 0.5, "5_o_Clock_Shadow": -0.5},
              [1.0], [0.3, 0.25, 0.2, 0.15, 0.1]),
    "smiling": ("Smiling", 1, {"Smiling": 1.0, "Mouth_Slightly_Open": 0.6}, [1.0], [0.2, 0.3, 0.25, 0.15, 0.1]),
    "age": ("Young", 3, {"Young": -1.0, "Gray_Hair": 0.5, "Bags_Under_Eyes": 0.2, "Double_Chin": 0.2},
            [0.08, 0.27, 0.65], [0.5, 0.3, 0.2]),
}
INVERTED = {"No_Beard", "Young"}


def darkness(images):
    """How much darker the eyes' band is than the cheeks, per picture: sunglasses are, clear lenses are not."""
    grey = images.astype(np.float32).mean(3)
    return grey[:, 72:88, 40:88].mean((1, 2)) - grey[:, 52:66, 36:92].mean((1, 2))


def pseudo_degrees(logits, targets, names, images):
    columns = {name: logits[:, i] for i, name in enumerate(names)}
    columns["darkness"] = darkness(images)
    columns = {name: (column - column.mean()) / column.std() for name, column in columns.items()}
    degrees = np.zeros((len(targets), len(HEADS)), np.int64)
    scores = np.zeros((len(targets), len(HEADS)), np.float32)
    for head, name in enumerate(HEADS):
        label, first, terms, lower, upper = RULES[name]
        side = targets[:, names.index(label)] > 0.5
        if label in INVERTED:
            side = ~side
        score = sum(weight * columns[term] for term, weight in terms.items())
        scores[:, head] = score
        for rows, shares, offset in ((np.flatnonzero(~side), lower, 0), (np.flatnonzero(side), upper, first)):
            order = rows[np.argsort(score[rows], kind="stable")]
            edges = np.round(np.cumsum(shares) * len(order)).astype(int)
            for degree, (a, b) in enumerate(zip(np.concatenate([[0], edges[:-1]]), edges)):
                degrees[order[a:b], head] = offset + degree
    return degrees, scores


def forward(net, images):
    features, logits = [], []
    with torch.no_grad():
        for chunk in np.array_split(images, max(1, len(images) // 128)):
            x = torch.from_numpy(chunk).permute(0, 3, 1, 2).float() / 127.5 - 1
            f = net.trunk(x.contiguous(memory_format=torch.channels_last))
            features.append(f)
            logits.append(net.head(f))
    return torch.cat(features), torch.cat(logits).numpy()


def main():
    parser = argparse.ArgumentParser()
    for name in ("pictures", "labels", "checkpoint", "output"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sheets", help="folder for pictures of faces sorted by score, to look at")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    images, targets, names = load(options.pictures, options.labels, "train")
    test_images, test_targets, _ = load(options.pictures, options.labels, "test")
    net = AttributePredictor(40)
    net.load_state_dict(torch.load(os.path.join(options.checkpoint, "stage1.pt"), weights_only=True)["average"])
    net.eval()
    features, logits = forward(net, images)
    test_features, test_logits = forward(net, test_images)
    degrees, scores = pseudo_degrees(logits, targets, names, images)
    labels = torch.from_numpy(degrees)

    spread = features.std(0) + 1e-3
    centre = features.mean(0)
    x = (features - centre) / spread
    head = torch.nn.Linear(x.shape[1], len(HEADS) * DEGREES)
    optimiser = torch.optim.AdamW(head.parameters(), 3e-3, weight_decay=0.02)
    epochs, batch = 30, 512
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs * (len(x) // batch))
    for epoch in range(epochs):
        order = torch.randperm(len(x))
        for rows in order.split(batch)[:len(x) // batch]:
            out = head(x[rows]).view(-1, DEGREES)
            loss = F.cross_entropy(out, labels[rows].reshape(-1), label_smoothing=0.02)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    weight = (head.weight / spread).detach()
    bias = (head.bias - head.weight @ (centre / spread)).detach()

    guess = (test_features @ weight.T + bias).view(-1, len(HEADS), DEGREES).argmax(2).numpy()
    for i, name in enumerate(HEADS):
        label, first = RULES[name][:2]
        truth = (test_targets[:, names.index(label)] > 0.5) ^ (label in INVERTED)
        said = guess[:, i] >= first
        balanced = (said[truth].mean() + (~said[~truth]).mean()) / 2
        binary = ((test_logits[:, names.index(label)] > 0) ^ (label in INVERTED)) == truth
        print(f"{name}: accuracy {100 * (said == truth).mean():.2f} balanced {100 * balanced:.2f} "
              f"(stage 1 {100 * binary.mean():.2f}) degrees {np.bincount(guess[:, i], minlength=6).tolist()}")

    state = {k: v.numpy() for k, v in net.state_dict().items() if "num_batches" not in k}
    state["head.weight"], state["head.bias"] = weight.numpy(), bias.numpy()
    tensors = {}
    for name, array in state.items():
        if array.ndim == 4:
            array = array.transpose(0, 2, 3, 1).astype(np.float16)
        tensors[name] = array
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    safetensors_file.write_atomically(output / "attribute-predictor.safetensors", safetensors_file.encode(tensors, {
        "licence": "Research use only: trained on CelebA",
        "recipe": "Scripts/train_attribute_predictor.py, Scripts/fit_degree_heads.py"}))

    if options.sheets:
        from PIL import Image
        os.makedirs(options.sheets, exist_ok=True)
        for i, name in enumerate(HEADS):
            rows = []
            for degree in range(DEGREES):
                members = np.flatnonzero(degrees[:, i] == degree)
                members = members[np.linspace(0, len(members) - 1, 12).astype(int)]
                rows.append(np.concatenate(list(images[members]), 1))
            Image.fromarray(np.concatenate(rows)).save(os.path.join(options.sheets, name + ".png"))


if __name__ == "__main__":
    main()
