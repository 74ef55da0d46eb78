"""The packages, installed in a system that systemd has booted: python3 -m unittest discover -s Scripts/tests

Boots a systemd of its own in namespaces, over a copy-on-write view of this machine, installs the packages there and has
the units work as they are shipped: dynamic users, credentials, socket activation, system call filter, journal, reload,
watchdog. Needs root, `make deb`, `make models` and the Debian package systemd.
"""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import namespaces
import test_monitoring

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = pathlib.Path(__file__).resolve().parent
UNSHARE = ["unshare", "--pid", "--fork", "--mount", "--net", "--cgroup", "--kill-child"]


class BootedTests(unittest.TestCase):
    def test_the_units_work_as_shipped(self):
        namespaces.require(*UNSHARE, "true")
        with tempfile.TemporaryDirectory() as folder:
            base, exchange = (pathlib.Path(folder, name) for name in ["base", "exchange"])
            base.mkdir()
            exchange.mkdir()
            shutil.copy(HERE / "booted/inside.py", exchange)
            shutil.copy(ROOT / "docs/images/astronaut.png", exchange / "photo.png")
            exchange.chmod(0o755)
            with open(exchange / "boot.log", "wb") as log:
                subprocess.run(
                    [*UNSHARE, HERE / "booted/boot.sh", base, ROOT / ".build/deb", ROOT / "Models/imported", exchange],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    timeout=400,
                )
            logs = "".join(path.read_text() for path in sorted(exchange.glob("*.log")))
            self.assertTrue((exchange / "result.json").exists(), logs)
            seen = json.loads((exchange / "result.json").read_text())
            self.assertNotIn("error", seen, seen.get("error", "") + logs)
        self.assertEqual(seen["rx state"], "active")
        self.assertIn("ready on UDP port 4992", seen["rx status"])
        self.assertEqual(seen["tx before"], "inactive")
        self.assertEqual(seen["tx after"], "active")
        self.assertEqual(seen["record"]["content"]["state"], "acknowledged")
        self.assertGreater(seen["picture bytes"], 100_000)
        self.assertEqual(seen["socket mode"], "660 editable-deepsc")
        self.assertNotEqual(seen["owner"], "root")
        units = {unit for unit, _, _ in seen["journal"]}
        self.assertEqual(units, {"tx-daemon.service", "rx-daemon.service"})
        self.assertTrue(any("received" in text and "snr_db" in text for _, _, text in seen["journal"]))
        self.assertTrue(all(priority == "6" for _, priority, _ in seen["journal"]), seen["journal"])
        self.assertEqual(seen["relay"]["profile"], "clean")
        # What dashboard and alerts ask for is there to be had.
        self.assertEqual(test_monitoring.METRICS - set(seen["metrics"]), set())
        self.assertEqual(seen["rx after reloads"], "active")
        self.assertEqual(seen["restarts while idle"], "0")
        self.assertIn("no sign of life from: maths", seen["watchdog log"])
        self.assertIn("Watchdog timeout", seen["watchdog log"])
        for page in ["status", "relay", "receptions", "picture"]:
            self.assertEqual(seen[f"page {page}"], 200)
        self.assertEqual(seen["token mode"], "600")
        for unit in ["tx-daemon", "snr-relay", "rx-daemon", "deepsc-console"]:
            self.assertEqual(seen[f"{unit} result"], "success")
        self.assertTrue(seen["link while installed"])
        self.assertFalse(seen["link when removed"])
        self.assertEqual(seen["rx when removed"], "")
        self.assertEqual(seen["complaints"], "")


if __name__ == "__main__":
    unittest.main()
