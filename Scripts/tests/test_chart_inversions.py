import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

SCRIPT = os.path.join(os.path.dirname(__file__), "..", "chart_inversions.py")


def face(lpips, seconds, steps=(0, 4)):
    curve = [{"step": step, "seconds": seconds + step, "lpips": lpips + 0.1, "cosine": 0.3} for step in steps]
    return {"curve": curve, "seconds": seconds + 9, "lpips": lpips, "cosine": 0.5, "power": 1}


def record(*faces):
    named = {f"{index}.jpg": face for index, face in enumerate(faces)}
    return {"conditions": {"settings": {"inversionSteps": 8}}, "faces": named}


class ChartInversions(unittest.TestCase):
    def run_script(self, *contents):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, f"{index}.json") for index in range(len(contents))]
            for path, content in zip(paths, contents):
                with open(path, "w") as file:
                    file.write(content if isinstance(content, str) else json.dumps(content))
            output = os.path.join(folder, "chart.svg")
            names = [f"<{index}>={path}" for index, path in enumerate(paths)]
            done = subprocess.run([sys.executable, SCRIPT, "--output", output, *names], capture_output=True, text=True)
            picture = ElementTree.parse(output) if done.returncode == 0 else None
            return done, picture

    def test_medians_are_printed_and_drawn(self):
        done, picture = self.run_script(record(face(0.1, 1), face(0.2, 3), face(0.9, 2)), record(face(0.3, 5)))
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], "<0>, 3 photos")
        self.assertEqual(lines[1].split(), "0 steps 2.00 s LPIPS 0.300 SFace 0.30".split())
        self.assertEqual(lines[3].split(), "8 steps 11.00 s LPIPS 0.200 SFace 0.50".split())
        # Two panels, two curves of three points.
        kinds = [element.tag.split("}")[1] for element in picture.iter()]
        self.assertEqual((kinds.count("polyline"), kinds.count("circle")), (4, 12))

    def test_what_is_no_record_is_refused(self):
        for content in ("{", "[]", {"faces": {}}, record(), record(face(0.1, 1), face(0.1, 1, (0, 5))),
                        record(face(0.1, 1), face(0.1, 1, (0,)))):
            done, _ = self.run_script(content)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("is no record of an inversion", done.stderr)


if __name__ == "__main__":
    unittest.main()
