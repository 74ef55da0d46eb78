"""Tests of the importers and of the fetching script: python3 -m unittest discover -s Scripts/tests"""

import hashlib
import io
import json
import os
import pathlib
import pickle
import struct
import sys
import tempfile
import unittest

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import fetch_models
from importers import array_pickle, mobile_stylegan, onnx_graph, openvino_ir, safetensors_file


def field(number, payload):
    """One length-delimited protobuf field, or a varint where `payload` is an int."""

    def varint(value):
        out = bytearray()
        while True:
            out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
            value >>= 7
            if not value:
                return bytes(out)

    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def tensor(name, array, kind):
    dims = b"".join(field(1, size) for size in array.shape)
    return dims + field(2, kind) + field(8, name.encode()) + field(9, array.tobytes())


class ArrayPickleTests(unittest.TestCase):
    def test_nested_dictionaries_of_arrays(self):
        kernel = np.arange(6, dtype=np.float32).reshape(2, 3)
        data = pickle.dumps({"a": {"b": kernel}})
        self.assertTrue((array_pickle.load(data)["a/b"] == kernel).all())

    def test_code_is_refused(self):
        class Command:
            def __reduce__(self):
                return os.system, ("touch /tmp/owned",)

        for value in (Command(), {"a": Command()}, {"a": io.BytesIO}):
            with self.assertRaises((pickle.UnpicklingError, TypeError)):
                array_pickle.load(pickle.dumps(value))

    def test_other_values_are_refused(self):
        for value in ({"a": 1}, {"a": np.zeros(2)}, [np.zeros(2, np.float32)]):
            with self.assertRaises(pickle.UnpicklingError):
                array_pickle.load(pickle.dumps(value))


class OnnxTests(unittest.TestCase):
    def test_block_wise_weights_are_dequantised(self):
        quantised = np.arange(-5, 5, dtype=np.int8).reshape(2, 5)
        scales = np.array([[1, 2], [0.5, 4]], np.float32)
        zeros = np.array([[1, 0], [0, -1]], np.int8)
        attributes = field(5, field(1, b"axis") + field(3, 1)) + field(5, field(1, b"block_size") + field(3, 3))
        inputs = b"".join(field(1, name) for name in (b"q", b"s", b"z"))
        node = inputs + field(2, b"w") + field(4, b"DequantizeLinear") + attributes
        initialisers = field(5, tensor("q", quantised, 3)) + field(5, tensor("s", scales, 1))
        graph = onnx_graph.Graph(field(7, field(1, node) + initialisers + field(5, tensor("z", zeros, 3))))
        expected = [[-6, -5, -4, -4, -2], [0, 0.5, 1, 16, 20]]
        self.assertEqual(graph.constants["w"].tolist(), expected)
        self.assertEqual(graph.nodes, [])

    def test_truncated_files_are_refused(self):
        whole = field(7, field(5, tensor("t", np.zeros((2, 2), np.float32), 1)))
        for cut in range(1, len(whole)):
            with self.assertRaises((ValueError, IndexError)):
                onnx_graph.Graph(whole[:cut])


class OpenVinoTests(unittest.TestCase):
    XML = """<net version="{version}"><layers><layer id="0" name="c" type="Const"><data element_type="f32"
        shape="2" offset="4" size="8"/></layer></layers><edges/></net>"""

    def test_constants_are_read_at_their_offset(self):
        graph = openvino_ir.Graph(self.XML.format(version=10), struct.pack("<3f", 9, 1, 2))
        self.assertEqual(graph.constants["0"].tolist(), [1, 2])

    def test_bad_files_are_refused(self):
        for version, weights in ((11, bytes(12)), (10, bytes(11))):
            with self.assertRaises(ValueError):
                openvino_ir.Graph(self.XML.format(version=version), weights)


class ConversionTests(unittest.TestCase):
    def test_haar_order_gathers_each_band(self):
        # Two channels: low 0, low 1, then bands 0, 1, 2 of channel 0, bands 0, 1, 2 of channel 1.
        self.assertEqual(mobile_stylegan._haar_order(8).tolist(), [0, 1, 2, 5, 3, 6, 4, 7])

    def test_safetensors_round_trip_and_alignment(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "x.safetensors")
            data = safetensors_file.encode({"a": np.array([[1, 2]]), "b": np.array(3.0)}, {"licence": "é"})
            safetensors_file.write_atomically(path, data)
            tensors, metadata = safetensors_file.read(path)
            self.assertEqual(tensors["a"].tolist(), [[1, 2]])
            self.assertEqual(tensors["b"].shape, ())
            self.assertEqual(metadata, {"licence": "é"})
            self.assertEqual((8 + struct.unpack_from("<Q", data)[0]) % 64, 0)
            self.assertEqual(os.listdir(folder), ["x.safetensors"])

    def test_half_precision_stays_half(self):
        data = safetensors_file.encode({"h": np.array([0.25, -2], np.float16)}, {})
        (length,) = struct.unpack_from("<Q", data)
        self.assertEqual(json.loads(data[8 : 8 + length])["h"]["dtype"], "F16")
        self.assertEqual(np.frombuffer(data, "<f2", offset=8 + length).tolist(), [0.25, -2])

    def test_values_that_are_not_finite_are_refused(self):
        with self.assertRaises(ValueError):
            safetensors_file.encode({"a": np.array([np.nan])}, {})


class FetchTests(unittest.TestCase):
    def package(self, content):
        digest = hashlib.sha256(content).hexdigest()
        return fetch_models.Package("p", "1", "p.whl", digest, "none")

    def test_a_given_folder_is_checked(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            with self.assertRaisesRegex(fetch_models.Failure, "does not exist"):
                fetch_models.locate(self.package(b"good"), folder, folder)
            (folder / "p.whl").write_bytes(b"bad")
            with self.assertRaisesRegex(fetch_models.Failure, "not the file this project was made with"):
                fetch_models.locate(self.package(b"good"), folder, folder)
            (folder / "p.whl").write_bytes(b"good")
            self.assertEqual(fetch_models.locate(self.package(b"good"), folder, folder), folder / "p.whl")

    def test_a_broken_package_names_itself(self):
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name, "p.whl")
            path.write_bytes(b"this is no zip file")
            with self.assertRaisesRegex(fetch_models.Failure, "does not hold net"):
                fetch_models.convert("net", self.package(b""), path, lambda package: package("x"), "", path)


if __name__ == "__main__":
    unittest.main()
