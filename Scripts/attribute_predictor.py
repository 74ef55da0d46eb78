"""The attribute predictor's network in PyTorch: the independent twin of Sources/Networks/AttributePredictor.swift.

Input [N, 3, 128, 128] in [-1, 1]. Stem 3x3 stride 2 to 32 channels, then four residual blocks (stride 2 each) to
64, 128, 192 and 256 channels, global average pool, and five linear heads: each says where on its attribute's scale a
face lies. Degree k's logit is -precision / 2 * (position - k)^2.

Tensors are stored in safetensors under these state_dict names (`trunk.stem.weight`,
`trunk.bn.{weight,bias,running_mean,running_var}`, `trunk.blocks.0.conv1.weight`, `trunk.blocks.0.bn1.…`,
`trunk.blocks.0.shortcut.weight`, `trunk.blocks.0.bn3.…`, …, `head.weight` [5, 256], `head.bias` [5],
`head.precision` [5]), convolutions as [C_out, kh, kw, C_in], batch norms (epsilon 1e-5) not folded.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTHS = [32, 64, 128, 192, 256]
HEADS = ["bangs", "eyeglasses", "beard", "smiling", "age"]
DEGREES = 6


class Block(nn.Module):
    """relu(bn(conv3x3(relu(bn(conv3x3 stride 2)))) + bn(conv1x1 stride 2))."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, 2, 0, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(h)) + self.bn3(self.shortcut(x)))


class AttributeTrunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 3, 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(WIDTHS[0])
        self.blocks = nn.ModuleList(Block(a, b) for a, b in zip(WIDTHS, WIDTHS[1:]))

    def forward(self, x):
        h = F.relu(self.bn(self.stem(x)))
        for block in self.blocks:
            h = block(h)
        return h.mean((2, 3))


class AttributeClassifier(nn.Module):
    """The trunk while it learns CelebA's binary attributes: a logit each."""

    def __init__(self, outputs):
        super().__init__()
        self.trunk = AttributeTrunk()
        self.head = nn.Linear(WIDTHS[-1], outputs)

    def forward(self, x):
        return self.head(self.trunk(x))


class AttributePredictor(nn.Module):
    """Logits [N, 30], five heads of six degrees, row by row."""

    def __init__(self):
        super().__init__()
        self.trunk = AttributeTrunk()
        self.head = nn.Linear(WIDTHS[-1], len(HEADS))
        self.head.register_buffer("precision", torch.ones(len(HEADS)))

    def forward(self, x):
        off = self.head(self.trunk(x))[:, :, None] - torch.arange(DEGREES)
        return (-self.head.precision[:, None] / 2 * off.square()).flatten(1)
