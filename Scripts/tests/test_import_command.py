"""`modelctl import` on checkpoints as PyTorch writes them, without PyTorch: python3 -m unittest discover -s Scripts/tests

Needs `swift build -c release`.
"""

import io
import json
import pathlib
import pickle
import subprocess
import sys
import tempfile
import types
import unittest
import zipfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Scripts"))

from importers import safetensors_file  # noqa: E402

MODELCTL = ROOT / ".build/release/modelctl"


class FloatStorage:
    """Stands for torch.FloatStorage; its instances are the numbers."""

    def __init__(self, key, array):
        self.key, self.array = key, array


def _rebuild_tensor_v2(*_):
    raise AssertionError("nobody calls this")


class Tensor:
    def __init__(self, storage):
        self.storage = storage

    def __reduce__(self):
        shape = self.storage.array.shape
        strides = tuple(stride // 4 for stride in self.storage.array.strides)
        return _rebuild_tensor_v2, (self.storage, 0, shape, strides, False, {})


class Writer(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, FloatStorage):
            return "storage", FloatStorage, value.key, "cpu", value.array.size
        return None


def save(path, arrays):
    """As torch.save does since 1.6: a zip archive of a pickle and of the numbers."""
    modules = {"torch": types.ModuleType("torch"), "torch._utils": types.ModuleType("torch._utils")}
    FloatStorage.__module__, _rebuild_tensor_v2.__module__ = "torch", "torch._utils"
    modules["torch"].FloatStorage, modules["torch"]._utils = FloatStorage, modules["torch._utils"]
    modules["torch._utils"]._rebuild_tensor_v2 = _rebuild_tensor_v2
    storages = {name: FloatStorage(str(key), array) for key, (name, array) in enumerate(arrays.items())}
    sys.modules |= modules
    try:
        text = io.BytesIO()
        Writer(text, protocol=2).dump({name: Tensor(storage) for name, storage in storages.items()})
    finally:
        for name in modules:
            del sys.modules[name]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inception/data.pkl", text.getvalue())
        archive.writestr("inception/byteorder", "little")
        for storage in storages.values():
            archive.writestr(f"inception/data/{storage.key}", storage.array.tobytes())
        archive.writestr("inception/version", "3\n")


def inception():
    """Random weights in the layout of pytorch-fid's file."""
    golden = json.loads((ROOT / "Tests/NetworksTests/Fixtures/inception.json").read_text())
    random = np.random.default_rng(1)
    arrays = {}
    for name, shape in golden["layers"].items():
        arrays[f"{name}.conv.weight"] = random.standard_normal(shape, np.float32)
        for part in ("weight", "bias", "running_mean", "running_var"):
            arrays[f"{name}.bn.{part}"] = random.random(shape[0], np.float32) + np.float32(0.1)
    return arrays


def run(*arguments):
    return subprocess.run([MODELCTL, *map(str, arguments)], capture_output=True, text=True, timeout=300)


class ImportTests(unittest.TestCase):
    def test_norms_are_folded(self):
        arrays = inception()
        with tempfile.TemporaryDirectory() as folder:
            source, target = pathlib.Path(folder) / "inception.pth", pathlib.Path(folder) / "models/inception.safetensors"
            save(source, arrays)
            done = run("import", "inception", source, "--output", target)
            self.assertEqual(done.returncode, 0, done.stderr)
            tensors, metadata = safetensors_file.read(target)
        self.assertEqual(len(tensors), 2 * 94)
        self.assertRegex(metadata["source"], "^sha256:[0-9a-f]{64}$")
        for name in ("Conv2d_1a_3x3", "Mixed_6c.branch7x7_2", "Mixed_7c.branch3x3dbl_3b"):
            norm = {part: arrays[f"{name}.bn.{part}"] for part in ("weight", "bias", "running_mean", "running_var")}
            scale = norm["weight"] / np.sqrt(norm["running_var"] + 0.001)
            weight = arrays[f"{name}.conv.weight"] * scale[:, None, None, None]
            np.testing.assert_allclose(tensors[f"{name}.weight"], weight.transpose(0, 2, 3, 1), rtol=1e-5)
            np.testing.assert_allclose(
                tensors[f"{name}.bias"], norm["bias"] - norm["running_mean"] * scale, rtol=1e-4, atol=1e-5
            )

    def test_other_networks_are_refused(self):
        arrays = {"Conv2d_1a_3x3.conv.weight": np.zeros((32, 3, 5, 5), np.float32)}
        with tempfile.TemporaryDirectory() as folder:
            source, target = pathlib.Path(folder) / "other.pth", pathlib.Path(folder) / "other.safetensors"
            save(source, arrays)
            done = run("import", "inception", source, "--output", target)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("is it the right file?", done.stderr)
            self.assertFalse(target.exists())


if __name__ == "__main__":
    unittest.main()
