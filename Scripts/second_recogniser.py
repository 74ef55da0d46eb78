#!/usr/bin/env python3
"""Judges received pictures by a recogniser that nothing here was trained or chosen with: dlib's ResNet.

    python3 -m venv /tmp/dlib && /tmp/dlib/bin/pip install numpy dlib-bin==20.0.1.post1 face_recognition_models==0.3.0
    /tmp/dlib/bin/python Scripts/second_recogniser.py PICTURES

PICTURES is what `modelctl evaluate snr --pictures PICTURES` wrote: NAME-photo.png, NAME-sent.png, NAME-full-6.png…
A row for each kind: the median distance to the photo, and the share nearer than 0.6, dlib's threshold for one person.
"""

import argparse
import importlib.util
import os
import re
import statistics
import sys

# Edge at which faces are looked for, and where in the FFHQ frame the face is, where the detector finds none.
EDGE = 512
FRAME = (0.18, 0.22, 0.82, 0.86)
SAME_PERSON = 0.6
NAME = re.compile(r"^(.+)-(photo|sent|[a-z]+-?[0-9]+)\.png$")


def kinds(names):
    """Names of files → {kind: {face: name}}."""
    found = {}
    for name in names:
        match = NAME.match(name)
        if match:
            found.setdefault(match[2], {})[match[1]] = name
    return found


def order(kind):
    match = re.match(r"([a-z]+)(-?[0-9]+)$", kind)
    return (match[1], int(match[2])) if match else ("", kind == "sent")


class Recogniser:
    def __init__(self):
        import dlib

        specification = importlib.util.find_spec("face_recognition_models")
        if specification is None:
            raise ImportError("face_recognition_models")
        folder = os.path.join(specification.submodule_search_locations[0], "models")
        self.dlib = dlib
        self.detector = dlib.get_frontal_face_detector()
        self.landmarks = dlib.shape_predictor(os.path.join(folder, "shape_predictor_5_face_landmarks.dat"))
        self.network = dlib.face_recognition_model_v1(
            os.path.join(folder, "dlib_face_recognition_resnet_model_v1.dat"))
        self.unfound = 0

    def embedding(self, path):
        """128 numbers; distances between those of one person are below 0.6."""
        picture = self.dlib.resize_image(self.dlib.load_rgb_image(path), EDGE, EDGE)
        boxes = self.detector(picture)
        if boxes:
            box = max(boxes, key=lambda box: box.area())
        else:
            self.unfound += 1
            box = self.dlib.rectangle(*(int(EDGE * side) for side in FRAME))
        return self.network.compute_face_descriptor(picture, self.landmarks(picture, box), 10)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", metavar="PICTURES")
    folder = parser.parse_args().pictures
    try:
        files = kinds(os.listdir(folder))
    except OSError as problem:
        sys.exit(f"{folder} cannot be read: {problem}")
    photos = files.pop("photo", {})
    if not photos:
        sys.exit(f"{folder} has no pictures of `modelctl evaluate snr --pictures`")
    try:
        recogniser = Recogniser()
    except ImportError as problem:
        sys.exit(f"{problem}: install dlib-bin and face_recognition_models as said in --help")
    embeddings = {face: recogniser.embedding(os.path.join(folder, name)) for face, name in photos.items()}
    for kind in sorted(files, key=order):
        distances = []
        for face, name in files[kind].items():
            if face in embeddings:
                found = recogniser.embedding(os.path.join(folder, name))
                distances.append(sum((a - b) ** 2 for a, b in zip(found, embeddings[face])) ** 0.5)
        if distances:
            same = statistics.fmean(distance < SAME_PERSON for distance in distances)
            print(f"{kind}: distance {statistics.median(distances):.3f}, "
                  f"same person {100 * same:.0f} % of {len(distances)}")
    print(f"the detector found no face in {recogniser.unfound} pictures; there the frame was taken")


if __name__ == "__main__":
    main()
