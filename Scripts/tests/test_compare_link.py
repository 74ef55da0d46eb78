"""compare_link.py: an evaluation of a face, and the same over the daemons."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
import compare_link  # noqa: E402
from link_under_test import BINARIES, ROOT  # noqa: E402


class Rows(unittest.TestCase):
    @staticmethod
    def scores(value):
        return {name: value for name in compare_link.SCORES}

    def test_noise_agrees_and_a_shift_does_not(self):
        pairs = [(self.scores(0.3 + 0.01 * n), self.scores(0.3 + 0.01 * n + (-1) ** n * 0.02)) for n in range(10)]
        said, agree = compare_link.row(6, pairs)
        self.assertTrue(agree)
        self.assertEqual((said["snr"], said["faces"]), (6, 10))
        self.assertAlmostEqual(said["lpips"]["in_process"], 0.345)
        shifted = [(within, self.scores(over["lpips"] + 0.1)) for within, over in pairs]
        said, agree = compare_link.row(6, shifted)
        self.assertFalse(agree)
        self.assertAlmostEqual(said["cosine"]["difference"], 0.1)


class Link(unittest.TestCase):
    def test_both_ways_agree_on_a_face(self):
        with tempfile.TemporaryDirectory() as directory:
            faces = pathlib.Path(directory) / "faces"
            faces.mkdir()
            subprocess.run(
                [BINARIES / "modelctl", "draw", "--count", "1", "--seed", "21", "--resolution", "128", "--output",
                 faces / "21.png"], check=True, cwd=ROOT, capture_output=True)
            record = pathlib.Path(directory) / "main.jsonl"
            subprocess.run(
                [BINARIES / "modelctl", "evaluate", "main", "--faces", faces, "--aligned", "--steps", "1",
                 "--matching-steps", "1", "--chains", compare_link.OURS, "--snr", "9", "--record", record],
                check=True, cwd=ROOT, capture_output=True)
            run = subprocess.run([sys.executable, SCRIPTS / "compare_link.py", record, faces],
                                 capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
            said = json.loads(run.stdout)
            self.assertEqual((said["snr"], said["faces"]), (9, 1))
            self.assertLess(abs(said["lpips"]["difference"]), 0.08)
            self.assertGreater(said["cosine"]["over_udp"], 0.3)


if __name__ == "__main__":
    unittest.main()
