"""A transfer between two network namespaces: docs/two-hosts.md, done. python3 -m unittest discover -s Scripts/tests

Needs root, `swift build -c release` and `make models`.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import namespaces

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = ROOT / ".build/release"
TX_HOST, RX_HOST = "192.0.2.1", "192.0.2.2"


def run(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


class TwoHostsTests(unittest.TestCase):
    def setUp(self):
        namespaces.require("unshare", "--net", "true")
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.tx, self.rx = f"deepsc-tx-{os.getpid()}", f"deepsc-rx-{os.getpid()}"
        for name in [self.tx, self.rx]:
            run("ip", "netns", "add", name)
            self.addCleanup(run, "ip", "netns", "delete", name)
        # Made inside a namespace and moved to the other: the machine's own network never sees it.
        run("ip", "-n", self.tx, "link", "add", "air", "type", "veth", "peer", "name", "air", "netns", self.rx)
        for name, address in [(self.tx, TX_HOST), (self.rx, RX_HOST)]:
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "air")
            run("ip", "-n", name, "link", "set", "air", "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        key = self.folder / "link.key"
        key.write_text("0123456789abcdef" * 4)
        key.chmod(0o600)

    def start(self, host, name, text, *arguments):
        """Starts a daemon on a host and waits until it is ready."""
        ready = self.folder / f"{name}.ready"
        configuration = self.folder / f"{name}.toml"
        configuration.write_text(f'ready_file = "{ready}"\n' + text)
        log = open(self.folder / f"{name}.log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            ["ip", "netns", "exec", host, BIN / name, "--config", configuration, *arguments], stdout=log, stderr=log
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        end = time.monotonic() + 120
        while not ready.exists():
            self.assertIsNone(process.poll(), self.log(name))
            self.assertLess(time.monotonic(), end, self.log(name))
            time.sleep(0.05)
        return process

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()

    def test_a_transfer_through_the_relay_is_acknowledged(self):
        receiver = self.start(
            self.rx,
            "rx-daemon",
            f'models = "{ROOT}/Models"\nresults = "{self.folder}/received"\n'
            f'[[peers]]\nname = "tx"\nkeys = ["{self.folder}/link.key"]\n[link]\nlisten = "{RX_HOST}:4991"\n',
        )
        relay = self.start(
            self.tx, "snr-relay", f'listen = "127.0.0.1:4991"\npeer = "{RX_HOST}:4991"\nsnr_db = 12\nseed = 1\n'
        )
        transmitter = self.start(
            self.tx,
            "tx-daemon",
            f'models = "{ROOT}/Models"\nspool = "{self.folder}/spool"\ncontrol_socket = "{self.folder}/tx.sock"\n'
            f'keys = ["{self.folder}/link.key"]\n'
            "[semantic]\ninversion_steps = 3\nworking_resolution = 128\nedit_steps = 2\nedit_refinement_steps = 1\nmatching_steps = 1\n"
            '[link]\nlisten = "127.0.0.1:4993"\npeer = "127.0.0.1:4991"\nfirst_retry_seconds = 1\n',
        )
        answer = subprocess.run(
            [BIN / "txctl", "submit", ROOT / "docs/images/astronaut.png", "she should not smile", "--wait", "--json"]
            + ["--socket", self.folder / "tx.sock"],
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.assertEqual(answer.returncode, 0, answer.stderr + self.log("tx-daemon") + self.log("rx-daemon"))
        [result] = (self.folder / "received").glob("[0-9a-f]*")
        record = json.loads((self.folder / "spool" / result.name / "job.json").read_text())["content"]
        self.assertEqual(record["state"], "acknowledged")
        received = json.loads((result / "transfer.json").read_text())
        self.assertLess(abs(received["snrDecibels"] - 12), 3)
        self.assertEqual(record["reception"]["pictureDigest"], received["pictureDigest"])
        self.assertEqual((result / "picture.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")
        for process in [transmitter, relay, receiver]:
            process.terminate()
            self.assertEqual(process.wait(90), 0)
        self.assertIn("forwarded", self.log("snr-relay"))


if __name__ == "__main__":
    unittest.main()
