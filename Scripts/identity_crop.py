#!/usr/bin/env python3
"""Derives IdentityNet.crop: the square of the FFHQ frame that stands where ArcFace puts a face.

    Scripts/identity_crop.py --detector YUNET.onnx FOLDER...

For each folder of square FFHQ-aligned pictures: the mean of YuNet's five landmarks, and the similarity without
rotation that takes them to ArcFace's 112-pixel template by least squares. The shipped constants are the mean of two
runs, made symmetric about the vertical axis: 400 CelebA pictures (size 0.753, corner 0.113, 0.118) and 120 faces that
the generator drew at truncation 0.7 (size 0.771, corner 0.112, 0.108). Needs opencv-python-headless and NumPy.
"""

import argparse
import pathlib

import cv2
import numpy as np

ARCFACE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--detector", required=True)
    parser.add_argument("--most", type=int, default=400)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    detector = cv2.FaceDetectorYN.create(options.detector, "", (128, 128), 0.6, 0.3, 5000)
    for folder in options.folders:
        pictures = sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png"))
        found = []
        for path in pictures[:: max(1, len(pictures) // options.most)][: options.most]:
            picture = cv2.imread(str(path))
            detector.setInputSize((picture.shape[1], picture.shape[0]))
            _, faces = detector.detect(picture)
            if faces is not None:
                largest = max(faces, key=lambda face: face[2] * face[3])
                found.append(largest[4:14].reshape(5, 2) / picture.shape[0])
        mean, template = np.mean(found, axis=0), ARCFACE / 112
        a, b = mean - mean.mean(axis=0), template - template.mean(axis=0)
        size = (a * a).sum() / (a * b).sum()
        corner = mean.mean(axis=0) - size * template.mean(axis=0)
        print(f"{folder}: {len(found)} faces, size {size:.4f}, corner {corner[0]:.4f}, {corner[1]:.4f}")


if __name__ == "__main__":
    main()
