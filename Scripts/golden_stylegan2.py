#!/usr/bin/env python3
"""Golden values of StyleGAN2 by PyTorch, from drawn weights: Tests/NetworksTests/Fixtures/stylegan2-*.

    python3 -m venv VENV && VENV/bin/pip install numpy torch
    VENV/bin/python Scripts/golden_stylegan2.py

A generator of 32 pixels with few channels, written after the paper with PyTorch's own convolutions, padding and
interpolation by zeros. Its weights are drawn as they lie in checkpoints before they are scaled: stylegan2-rosinality.pth
and stylegan2-official.pth have them by the names of both implementations, in the format of `torch.save`;
stylegan2-official.pkl has them as NVIDIA's files do: pickled networks, each storage a checkpoint of its own.
stylegan2.json holds w of a z, the pictures of W and W+ codes, and the gradient of a picture's mean square. Seconds.
"""

import argparse
import json
import math
import pathlib
import pickle
import sys
import types

import torch
import torch.nn.functional as F

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests/NetworksTests/Fixtures"
WIDTH, CHANNELS, MAPPING = 24, [20, 16, 12, 8], 3


def parameters(generator):
    """The weights by our own names, as checkpoints have them: not scaled."""
    def draw(*shape):
        return torch.randn(*shape, generator=generator)
    weights = {"constant": draw(1, CHANNELS[0], 4, 4)}
    for layer in range(MAPPING):
        weights[f"mapping{layer}"] = (draw(WIDTH, WIDTH) * 100, draw(WIDTH) * 10)
    inputs = CHANNELS[0]
    for level, outputs in enumerate(CHANNELS):
        for part in (["first"] if level else []) + ["second"]:
            weights[f"{level}{part}"] = {
                "style": (draw(inputs, WIDTH), 1 + 0.1 * draw(inputs)), "weight": draw(outputs, inputs, 3, 3),
                "bias": 0.3 * draw(outputs), "noise": draw(4 << level, 4 << level), "strength": 0.2 * draw(1),
            }
            inputs = outputs
        weights[f"{level}image"] = {
            "style": (draw(outputs, WIDTH), 1 + 0.1 * draw(outputs)), "weight": draw(3, outputs, 1, 1),
            "bias": 0.3 * draw(3),
        }
    return weights


def activated(x):
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


def mapped(weights, z):
    x = z / (z.square().mean(dim=1, keepdim=True) + 1e-8).sqrt()
    for layer in range(MAPPING):
        weight, bias = weights[f"mapping{layer}"]
        x = activated(x @ (weight * 0.01 / math.sqrt(WIDTH)).T + bias * 0.01)
    return x


def filtered(x, before, after):
    """Twice the size: zeros between pixels, then [1, 3, 3, 1] in both directions."""
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    kernel = (taps[:, None] * taps[None, :]).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(F.pad(x, (before, after, before, after)), kernel, groups=x.shape[1])


def styled(part, x, w, scale, demodulates, doubles=False):
    weight, bias = part["style"]
    style = w @ (weight / math.sqrt(WIDTH)).T + bias
    kernels = part["weight"][None] * scale * style[:, None, :, None, None]
    if demodulates:
        kernels = kernels / (kernels.square().sum(dim=(2, 3, 4), keepdim=True) + 1e-8).sqrt()
    pictures = []
    for picture, kernel in zip(x, kernels):
        if doubles:
            large = F.conv_transpose2d(picture[None], kernel.transpose(0, 1), stride=2)
            pictures.append(filtered(large, 1, 1))
        else:
            pictures.append(F.conv2d(picture[None], kernel, padding=kernel.shape[-1] // 2))
    return torch.cat(pictures)


def zeros_between(x):
    n, c, h, w = x.shape
    large = torch.zeros(n, c, h, 2, w, 2)
    large[:, :, :, 0, :, 0] = x
    return large.reshape(n, c, 2 * h, 2 * w)


def drawn(weights, rows):
    """Pictures of W+ codes [n, rows, d]."""
    x, picture = weights["constant"].expand(len(rows), -1, -1, -1), None
    for level in range(len(CHANNELS)):
        for part in (["first"] if level else []) + ["second"]:
            layer = weights[f"{level}{part}"]
            row = 2 * level - (part == "first")
            scale = 1 / math.sqrt(9 * layer["weight"].shape[1])
            x = styled(layer, x, rows[:, row], scale, True, part == "first")
            x = activated(x + layer["strength"] * layer["noise"] + layer["bias"][:, None, None])
        layer = weights[f"{level}image"]
        light = styled(layer, x, rows[:, 2 * level + 1], 1 / math.sqrt(CHANNELS[level]), False)
        light = light + layer["bias"][:, None, None]
        picture = light if picture is None else filtered(zeros_between(picture), 2, 1) + light
    return picture


def rosinality(weights):
    state = {"input.input": weights["constant"]}
    for layer in range(MAPPING):
        state[f"style.{layer + 1}.weight"], state[f"style.{layer + 1}.bias"] = weights[f"mapping{layer}"]

    def put(name, layer):
        state[f"{name}.conv.weight"] = layer["weight"][None]
        state[f"{name}.conv.modulation.weight"], state[f"{name}.conv.modulation.bias"] = layer["style"]
        if "noise" in layer:
            state[f"{name}.noise.weight"], state[f"{name}.activate.bias"] = layer["strength"], layer["bias"]
        else:
            state[f"{name}.bias"] = layer["bias"].reshape(1, 3, 1, 1)
    for level in range(len(CHANNELS)):
        for part in (["first"] if level else []) + ["second"]:
            place = 2 * level - (2 if part == "first" else 1)
            put("conv1" if level == 0 else f"convs.{place}", weights[f"{level}{part}"])
            noise = weights[f"{level}{part}"]["noise"]
            state[f"noises.noise_{2 * level - (part == 'first')}"] = noise[None, None]
        put("to_rgb1" if level == 0 else f"to_rgbs.{level - 1}", weights[f"{level}image"])
    return {"g_ema": state, "latent_avg": torch.zeros(WIDTH)}


def official(weights):
    """Their convolutions are not scaled before their norm: the same pictures but for the 1e-8 in it."""
    state = {"synthesis.b4.const": weights["constant"][0], "mapping.w_avg": torch.zeros(WIDTH)}
    for layer in range(MAPPING):
        state[f"mapping.fc{layer}.weight"], state[f"mapping.fc{layer}.bias"] = weights[f"mapping{layer}"]
    for level in range(len(CHANNELS)):
        block = f"synthesis.b{4 << level}"
        for part, name in ([("first", "conv0")] if level else []) + [("second", "conv1"), ("image", "torgb")]:
            layer = weights[f"{level}{part}"]
            state[f"{block}.{name}.affine.weight"], state[f"{block}.{name}.affine.bias"] = layer["style"]
            state[f"{block}.{name}.weight"], state[f"{block}.{name}.bias"] = layer["weight"], layer["bias"]
            if "noise" in layer:
                state[f"{block}.{name}.noise_const"] = layer["noise"]
                state[f"{block}.{name}.noise_strength"] = layer["strength"].reshape([])
    return {"G_ema": state}


class Kept(torch.nn.Module):
    """A module that is pickled as NVIDIA's are: what is to be called, and with what; here there is no source."""

    def __reduce__(self):
        meta = {"type": "class", "version": 6, "module_src": "", "class_name": "Kept", "state": dict(self.__dict__)}
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,)


def network(state):
    """Modules in modules, from the names of a state dictionary. Affine layers are common ones."""
    root = Kept()
    for name, value in state.items():
        *path, last = name.split(".")
        place = root
        for part in path:
            if not hasattr(place, part):
                place.add_module(part, torch.nn.Module() if part == "affine" else Kept())
            place = getattr(place, part)
        if last in ("noise_const", "w_avg"):
            place.register_buffer(last, value)
        else:
            place.register_parameter(last, torch.nn.Parameter(value))
    return root


def pickled(state):
    """A dictionary of networks as NVIDIA's files have it."""
    for name in ("torch_utils", "torch_utils.persistence"):
        sys.modules[name] = types.ModuleType(name)

    def _reconstruct_persistent_obj(meta):
        raise NotImplementedError("nothing here reads it")
    _reconstruct_persistent_obj.__module__ = "torch_utils.persistence"
    _reconstruct_persistent_obj.__qualname__ = "_reconstruct_persistent_obj"
    sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj = _reconstruct_persistent_obj
    return pickle.dumps({"G": None, "G_ema": network(state), "augment_pipe": None}, protocol=4)


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    generator = torch.Generator().manual_seed(7)
    weights = parameters(generator)
    z = torch.randn(2, WIDTH, generator=generator)
    w = mapped(weights, z)
    rows = w.mean() + torch.randn(1, 2 * len(CHANNELS), WIDTH, generator=generator) * w.std()
    same = w[:, None].expand(-1, 2 * len(CHANNELS), -1)
    followed = rows.clone().requires_grad_()
    drawn(weights, followed).square().mean().backward()
    torch.save(rosinality(weights), FIXTURES / "stylegan2-rosinality.pth")
    torch.save(official(weights), FIXTURES / "stylegan2-official.pth")
    (FIXTURES / "stylegan2-official.pkl").write_bytes(pickled(official(weights)["G_ema"]))
    def listed(x):
        return [round(value, 6) for value in x.flatten().tolist()]
    golden = {
        "z": listed(z), "w": listed(w), "rows": listed(rows),
        "gradient": listed(followed.grad),
        "pictures": listed(drawn(weights, same).permute(0, 2, 3, 1)),
        "picture": listed(drawn(weights, rows).permute(0, 2, 3, 1)),
    }
    (FIXTURES / "stylegan2.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
