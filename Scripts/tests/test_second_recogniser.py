import os
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = os.path.join(os.path.dirname(__file__), "..")
sys.path.insert(0, SCRIPTS)
import second_recogniser  # noqa: E402


class SecondRecogniser(unittest.TestCase):
    def test_pictures_are_told_apart(self):
        names = ["a-b-photo.png", "a-b-sent.png", "a-b-full-6.png", "c-full12.png", "c-photo.png", "notes.txt", "c.png"]
        found = second_recogniser.kinds(names)
        self.assertEqual(found["photo"], {"a-b": "a-b-photo.png", "c": "c-photo.png"})
        self.assertEqual(found["full-6"], {"a-b": "a-b-full-6.png"})
        self.assertEqual(sorted(found, key=second_recogniser.order)[-3:], ["sent", "full-6", "full12"])

    def test_a_folder_without_pictures_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            for place in (folder, folder + "/none"):
                done = subprocess.run([sys.executable, os.path.join(SCRIPTS, "second_recogniser.py"), place],
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 1)
                self.assertIn(place, done.stderr)


if __name__ == "__main__":
    unittest.main()
