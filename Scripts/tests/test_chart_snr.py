import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

SCRIPT = os.path.join(os.path.dirname(__file__), "..", "chart_snr.py")


def score(mode, snr, lpips, cosine):
    found = {"face": "a", "mode": mode, "lpips": lpips, "cosine": cosine, "lpipsToSent": 0.1, "cosineToSent": 0.9}
    return found if snr is None else dict(found, snr=snr, estimatedSNR=snr + 2, lpipsAlex=lpips / 2,
                                          error=0.5, leastError=0.25, degreeExpected=2, degreeReceived=2 + (snr < 0),
                                          expected={"lpips": lpips, "samePerson": 0.25})


def face(lpips, cosine):
    return [score("blind", None, 0.1, 0.9)] + [score(mode, snr, lpips - snr / 100, cosine)
                                               for snr in (-6, 0) for mode in ("blind", "full")]


class ChartSNR(unittest.TestCase):
    def run_script(self, *contents):
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, f"{index}.json") for index in range(len(contents))]
            for path, content in zip(paths, contents):
                with open(path, "w") as file:
                    file.write(content if isinstance(content, str) else json.dumps(content))
            output, table = os.path.join(folder, "chart.svg"), os.path.join(folder, "table.csv")
            done = subprocess.run(
                [sys.executable, SCRIPT, "--output", output, "--csv", table,
                 *[f"<{index}>={path}" for index, path in enumerate(paths)]], capture_output=True, text=True)
            if done.returncode != 0:
                return done, None, None
            with open(table) as file:
                return done, ElementTree.parse(output), list(csv.DictReader(file))

    def test_medians_shares_and_errors(self):
        record = {"faces": {"a": face(0.2, 0.3), "b": face(0.3, 0.4), "c": face(0.5, 0.5)}}
        done, picture, rows = self.run_script(record, record)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines()[0], "<0>, as sent: LPIPS 0.100, SFace 0.90, same 100 % of 3")
        self.assertEqual(done.stdout.splitlines()[2], "<0>, full -6 dB: LPIPS 0.360, SFace 0.40, same 67 % of 3")
        self.assertEqual(len(rows), 10)
        row = rows[2]
        self.assertEqual((row["way"], row["snr"], row["pictures"]), ("full", "-6", "3"))
        self.assertEqual((row["lpips"], row["lpipsAlex"], row["expectedSame"]), ("0.36", "0.18", "0.25"))
        self.assertEqual((row["same"], row["snrError"], row["unmarkedOthers"]), ("0.6667", "2", "0"))
        self.assertEqual((row["error"], row["leastError"]), ("0.5", "0.25"))
        self.assertEqual([(row["edited"], row["editedWithinOne"]) for row in rows[1:5]],
                         [("0", "1"), ("0", "1"), ("1", "1"), ("1", "1")])
        # Three panels, four lines of two points.
        kinds = [element.tag.split("}")[1] for element in picture.iter()]
        self.assertEqual((kinds.count("polyline"), kinds.count("circle")), (12, 24))

    def test_what_is_no_record_is_refused(self):
        for content in ("{", "[]", {"faces": {}}, {"faces": {"a": [{}]}}, {"faces": {"a": 3}}):
            done, _, _ = self.run_script(content)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("is no record of an evaluation", done.stderr)


if __name__ == "__main__":
    unittest.main()
