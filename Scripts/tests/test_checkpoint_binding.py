"""A training's checkpoints belong to its settings: python3 -m unittest discover -s Scripts/tests"""

import argparse
import os
import pathlib
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))
import checkpoint_binding  # noqa: E402


def options(**changes):
    return argparse.Namespace(**{"seed": 1, "rate": 1e-3, "checkpoint": "anywhere", "compile": False} | changes)


class CheckpointBinding(unittest.TestCase):
    def test_the_same_training_goes_on(self):
        with tempfile.TemporaryDirectory() as parent:
            folder = os.path.join(parent, "new")
            checkpoint_binding.bind(folder, options())
            checkpoint_binding.bind(folder, options(compile=True, checkpoint="elsewhere"))

    def test_another_training_is_refused(self):
        for change in ({"seed": 2}, {"rate": 2e-3}, {"photos": "x"}):
            with tempfile.TemporaryDirectory() as folder:
                checkpoint_binding.bind(folder, options())
                with self.assertRaises(SystemExit) as refused:
                    checkpoint_binding.bind(folder, options(**change))
                self.assertIn(next(iter(change)), str(refused.exception))
                self.assertIn("--checkpoint", str(refused.exception))

    def test_checkpoints_of_unknown_settings_are_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "student.pt").touch()
            with self.assertRaises(SystemExit):
                checkpoint_binding.bind(folder, options())

    def test_every_training_binds_its_checkpoints(self):
        writers = [path for path in SCRIPTS.glob("*.py") if "save_checkpoint(" in path.read_text()]
        self.assertGreaterEqual(len(writers), 4)
        for path in writers:
            text = path.read_text()
            self.assertIn("checkpoint_binding.bind(options.checkpoint, options)", text, path.name)
            bound = text.index("checkpoint_binding.bind(options.checkpoint")
            self.assertLess(bound, text.index("torch.load(", bound), path.name)


if __name__ == "__main__":
    unittest.main()
