"""`modelctl import` on checkpoints as PyTorch writes them, without PyTorch: python3 -m unittest discover -s Scripts/tests

Needs `swift build -c release`.
"""

import hashlib
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
from link_under_test import Link  # noqa: E402
from test_full_disk import wait  # noqa: E402

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


def stylegan2(channels, width=16, mapping=2):
    """Random weights in the layout of stylegan2-pytorch; its levels have these channels."""
    random = np.random.default_rng(2)

    def drawn(*shape, scale=1):
        return (random.standard_normal(shape) * scale).astype(np.float32)
    arrays = {"input.input": drawn(1, channels[0], 4, 4)}
    for layer in range(1, mapping + 1):
        arrays[f"style.{layer}.weight"], arrays[f"style.{layer}.bias"] = drawn(width, width, scale=100), drawn(width)
    inputs, noises = channels[0], 0
    for level, outputs in enumerate(channels):
        layers = ["conv1"] if level == 0 else [f"convs.{2 * level - 2}", f"convs.{2 * level - 1}"]
        for name in layers:
            arrays[f"{name}.conv.weight"] = drawn(1, outputs, inputs, 3, 3)
            arrays[f"{name}.conv.modulation.weight"] = drawn(inputs, width)
            arrays[f"{name}.conv.modulation.bias"] = np.ones(inputs, np.float32)
            arrays[f"{name}.noise.weight"], arrays[f"{name}.activate.bias"] = drawn(1, scale=0.1), drawn(outputs)
            arrays[f"noises.noise_{noises}"] = drawn(1, 1, 4 << level, 4 << level)
            inputs, noises = outputs, noises + 1
        name = "to_rgb1" if level == 0 else f"to_rgbs.{level - 1}"
        arrays[f"{name}.conv.weight"] = drawn(1, 3, outputs, 1, 1, scale=0.3)
        arrays[f"{name}.conv.modulation.weight"] = drawn(outputs, width)
        arrays[f"{name}.conv.modulation.bias"] = np.ones(outputs, np.float32)
        arrays[f"{name}.bias"] = np.zeros((1, 3, 1, 1), np.float32)
    return arrays


def run(*arguments):
    return subprocess.run([MODELCTL, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def models_below(folder):
    """The installed models, in a folder that may get others."""
    folder = pathlib.Path(folder)
    for part in ("imported", "trained"):
        (folder / part).mkdir()
        for model in (ROOT / "Models" / part).iterdir():
            (folder / part / model.name).symlink_to(model)
    return folder


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

    def test_a_generator_draws_and_inverts(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = models_below(folder)
            source, faces, inverted = folder / "own.pt", folder / "faces.png", folder / "inverted.png"
            save(source, stylegan2([12, 10, 8, 8, 6, 6]))
            done = run("import", "stylegan2", source, "--models", folder, "--name", "small", "--draws", 1000)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("128 pixels, 12 rows of W+, rosinality's names", done.stdout)
            self.assertEqual(sorted(path.name for path in (folder / "imported").glob("stylegan2*")),
                             ["stylegan2-small.safetensors"])
            drawing = ["draw", "--models", folder, "--generator", "small", "--count", 2, "--output", faces]
            done = run(*drawing, "--resolution", 128)
            self.assertEqual(done.returncode, 0, done.stderr)
            first = faces.read_bytes()
            self.assertEqual(run(*drawing, "--resolution", 128).returncode, 0)
            self.assertEqual(faces.read_bytes(), first)
            done = run(*drawing, "--resolution", 256)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("at most 128", done.stderr)
            done = run("invert", ROOT / "docs/images/astronaut.png", "--models", folder, "--generator", "small",
                       "--steps", 3, "--resolution", 256, "--picture", inverted)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["steps"], 3)
            self.assertTrue(inverted.exists())

    def test_an_adopted_generator_edits_and_goes_over_the_link(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = models_below(folder)
            source, edited = folder / "own.pt", folder / "edited.png"
            save(source, stylegan2([12, 10, 8, 8, 6, 6]))
            done = run("import", "stylegan2", source, "--models", folder, "--name", "small", "--draws", 1000)
            self.assertEqual(done.returncode, 0, done.stderr)
            adopting = ["adopt", "small", "--models", folder, "--attributes", "smiling", "age", "--faces", 3,
                        "--candidates", 2, "--steps", 2, "--pool", 6, "--batch", 2, "--scored", 1]
            done = run(*adopting)
            self.assertEqual(done.returncode, 0, done.stderr)
            scores = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
            self.assertEqual([score["sentence"] for score in scores], [
                f"{name}: one degree {word}" for name in ("smiling", "age") for word in ("more", "less")])
            codecs = sorted((folder / "trained").glob("*-small*"))
            self.assertEqual([path.name for path in codecs],
                             ["jecc-age-w-small.safetensors", "jecc-smiling-w-small.safetensors"])
            weights = codecs[1].read_bytes()
            done = run(*adopting[:-1], 0)
            self.assertIn("is there already", done.stdout)
            self.assertEqual(codecs[1].read_bytes(), weights)
            done = run("edit", ROOT / "docs/images/astronaut.png", "make him look older", "--models", folder,
                       "--generator", "small", "--steps", 2, "--output", edited)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(edited.exists())
            done = run("edit", ROOT / "docs/images/astronaut.png", "give him bangs", "--models", folder,
                       "--generator", "small", "--steps", 2, "--output", edited)
            self.assertNotEqual(done.returncode, 0)

            daemons = ("tx-daemon", "rx-daemon")
            link = Link(folder / "link", "{ loss = 0 }", seed=1, models=dict.fromkeys(daemons, folder),
                        semantic=Link.ONE_STEP | {"mode": "paper"})
            for name in daemons:
                path = link.directory / f"{name}.toml"
                path.write_text('generator = "small"\n' + path.read_text())
            try:
                link.start_all()
                status, transfer = link.submit(0, "she should smile", "own")
                self.assertEqual(status, 201, transfer)
                wait("acknowledged", lambda: link.transfers()[transfer["id"]]["state"] == "acknowledged")
                own = link.directory / "received" / transfer["id"]
                self.assertTrue((own / "picture.png").exists())
                # The shipped generator's codes arrive as well.
                status, transfer = link.submit(1, "she should smile", "shipped", mode="linear")
                self.assertEqual(status, 201, transfer)
                wait("acknowledged", lambda: link.transfers()[transfer["id"]]["state"] == "acknowledged")
                shipped = link.directory / "received" / transfer["id"]
                bundles = [json.loads((place / "transfer.json").read_text())["modelBundle"] for place in (own, shipped)]
                digest = hashlib.sha256((folder / "imported/stylegan2-small.safetensors").read_bytes()).hexdigest()
                text = f"editable-deepsc bundle 1\nstylegan2-small {digest}\n"
                self.assertTrue(hashlib.sha256(text.encode()).hexdigest().startswith(bundles[0]), bundles)
                self.assertNotEqual(*bundles)
            finally:
                codes = link.stop_all()
            self.assertEqual(set(codes.values()), {0}, codes)

    def test_generators_that_are_none_are_refused(self):
        whole = stylegan2([8, 6, 6, 4])
        for name, change in [
            ("convs.3.conv.weight", None), ("convs.2.conv.weight", np.zeros((1, 4, 6, 5, 5), np.float32)),
            ("noises.noise_3", np.zeros((1, 1, 8, 8), np.float32)), ("to_rgbs.1.bias", None),
        ]:
            arrays = {key: value for key, value in whole.items() if key != name}
            if change is not None:
                arrays[name] = change
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                source, target = pathlib.Path(folder) / "own.pt", pathlib.Path(folder) / "own.safetensors"
                save(source, arrays)
                done = run("import", "stylegan2", source, "--output", target, "--draws", 1000)
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stderr, "right (file|network)|draws 32 to 1024")
                self.assertEqual(list(pathlib.Path(folder).glob("own.saf*")), [])
        done = run("import", "stylegan2", "x.pt", "--name", "../x")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("letters, digits and dashes", done.stderr)


if __name__ == "__main__":
    unittest.main()
