"""Disks that fill up under the running daemons, and their metrics. python3 -m unittest discover -s Scripts/tests

Needs root for small disks of its own (tmpfs in a mount namespace), `swift build -c release` and `make models`.
"""

import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

import json  # noqa: E402

import namespaces  # noqa: E402
from link_under_test import Link  # noqa: E402

DISK = 3 << 20


def fill(directory):
    """Leaves no byte on the disk; returns the file that takes it, where no daemon tidies it away."""
    filler = directory / "set-aside" / "filler"
    filler.parent.mkdir(exist_ok=True)
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return filler


def wait(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not in {seconds} s: {what}"
        time.sleep(0.1)


def ready(link, name):
    """A daemon's /readyz: (status, text)."""
    port = json.loads((link.directory / f"{name}.ready").read_text())["monitoringPort"]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def inside(folder):
    """In a mount namespace: what must hold while disks fill up."""
    link = Link(pathlib.Path(folder) / "link", "{ loss = 0.01 }", seed=1)
    spool, received = link.directory / "spool", link.directory / "received"
    for directory in (spool, received):
        directory.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", directory], check=True)
    state = lambda id: link.transfers()[id]["state"]  # noqa: E731
    try:
        link.start_all()

        # A full spool takes nothing, says so, and takes again when there is room.
        filler = fill(spool)
        status, answer = link.submit(0, "she should smile", "full")
        assert (status, answer["error"]["code"]) == (507, "spool"), answer
        assert "No space left" in answer["error"]["message"], answer
        assert ready(link, "tx-daemon")[0] == 503
        filler.unlink()
        status, first = link.submit(0, "she should smile", "full")
        assert status == 201, first

        # It fills up under a transfer that was accepted, and the daemon is killed then: it waits, and loses nothing.
        filler = fill(spool)
        wait("trouble in the record", lambda: state(first["id"]) == "acknowledged"
             or "No space left" in (link.transfers()[first["id"]].get("trouble") or ""))
        link.kill("tx-daemon")
        link.start("tx-daemon")
        assert first["id"] in link.transfers()
        filler.unlink()
        wait("the first one acknowledged", lambda: state(first["id"]) == "acknowledged")
        assert ready(link, "tx-daemon") == (200, "ready\n")

        # The receiver acknowledges nothing that it could not write.
        filler = fill(received)
        second = link.submit(1, "she should smile", "second")[1]
        wait("sent three times", lambda: (link.transfers()[second["id"]].get("signal") or {}).get("attempts", 0) >= 3)
        assert state(second["id"]) == "sending"
        assert second["id"] not in link.results()
        filler.unlink()
        wait("the second one acknowledged", lambda: state(second["id"]) == "acknowledged")
        record = link.transfers()[second["id"]]
        assert link.results()[second["id"]] == record["reception"]["pictureDigest"]

        # And what all three tell Prometheus is well formed.
        for name in Link.NAMES:
            port = json.loads((link.directory / f"{name}.ready").read_text())["monitoringPort"]
            text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).read()
            check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
            assert check.returncode == 0, f"{name}: {check.stdout.decode()}{check.stderr.decode()}"
    finally:
        codes = link.stop_all()
    assert set(codes.values()) == {0}, codes


class FullDiskTests(unittest.TestCase):
    def test_full_disks_lose_nothing_and_metrics_are_well_formed(self):
        namespaces.require("unshare", "--mount", "true")
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(
                ["unshare", "--mount", "--propagation", "private", sys.executable, __file__, "inside", folder],
                capture_output=True, text=True,
            )
            logs = "".join(path.read_text()[-2000:] for path in pathlib.Path(folder, "link").glob("*.log"))
            self.assertEqual(result.returncode, 0, result.stderr + logs)


if __name__ == "__main__":
    if sys.argv[1:2] == ["inside"]:
        inside(sys.argv[2])
    else:
        unittest.main()
