"""transfer_throughput.py: its quantiles, and two transfers at once."""
import json
import pathlib
import subprocess
import sys
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
import transfer_throughput  # noqa: E402
from link_under_test import FACES  # noqa: E402


class Throughput(unittest.TestCase):
    def test_quantiles_are_values_that_were_seen(self):
        self.assertEqual(transfer_throughput.quantiles([3.0, 1.0, 2.0]), {"p50": 2.0, "p95": 3.0, "p99": 3.0})
        self.assertEqual(transfer_throughput.quantiles(range(1, 101)), {"p50": 50, "p95": 95, "p99": 99})

    def test_two_transfers_at_once_are_measured(self):
        run = subprocess.run(
            [sys.executable, SCRIPTS / "transfer_throughput.py", "--waiting", "2", "--transfers", "2", "--steps", "1",
             FACES[0]], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        said = json.loads(run.stdout)
        self.assertEqual((said["waiting"], said["transfers"]), (2, 2))
        self.assertLessEqual(said["first_picture"]["p50"], said["final_picture"]["p50"])
        for daemon in ("tx-daemon", "snr-relay", "rx-daemon"):
            self.assertGreater(said["peak_mib"][daemon], 0)


if __name__ == "__main__":
    unittest.main()
