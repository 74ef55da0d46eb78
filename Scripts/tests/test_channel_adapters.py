"""Mode paper over the real daemons: adapters that one end lacks, and that come while they run."""
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
from link_under_test import BINARIES, FACES, ROOT, Link  # noqa: E402


class Adapters(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def models(self, name):
        """The project's models and a folder of adapters of one's own."""
        folder = self.folder / name
        (folder / "adapters").mkdir(parents=True)
        for part in (ROOT / "Models").iterdir():
            if part.name != "adapters":
                (folder / part.name).symlink_to(part)
        return folder

    def end(self, link, key):
        """The record of a transfer in mode paper, once it is over."""
        status, answer = link.submit(0, "she should not smile", key)
        self.assertEqual(status, 201, answer)
        return link.over(answer["id"], 240)

    def test_both_ends_need_the_same_pair_and_take_it_while_they_run(self):
        models = {"tx-daemon": self.models("tx"), "rx-daemon": self.models("rx")}
        pair = models["tx-daemon"] / "adapters/paper_12dB.safetensors"
        photos = self.folder / "photos"
        photos.mkdir()
        for face in FACES[:4]:
            shutil.copy(face, photos)
        tuned = subprocess.run(
            [BINARIES / "modelctl", "fine-tune", "--snr", "12", "--images", photos, "--aligned", "--iterations", "1",
             "--output", pair], check=True, capture_output=True, text=True, cwd=ROOT)
        self.assertRegex(tuned.stdout, r"LPIPS to what was sent 0\.\d+ without adapters, 0\.\d+ with them")
        link = Link(self.folder / "link", "{}", seed=1, design=12, models=models,
                    semantic=Link.ONE_STEP | {"mode": "paper"})
        self.addCleanup(link.stop_all)
        link.start_all()
        refused = self.end(link, "without")
        self.assertEqual(refused["state"], "failed", refused)
        self.assertIn("lacks the channel adapters", str(refused))
        shutil.copy(pair, models["rx-daemon"] / "adapters")
        link.processes["rx-daemon"].send_signal(signal.SIGHUP)
        log = link.directory / "rx-daemon.log"
        deadline = time.monotonic() + 60
        while "configuration read again" not in log.read_text():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual(self.end(link, "with")["state"], "acknowledged")


if __name__ == "__main__":
    unittest.main()
