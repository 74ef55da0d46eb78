"""transfer_throughput.py: its quantiles, and two transfers at once."""
import pathlib
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SCRIPTS))
import transfer_throughput  # noqa: E402
from link_under_test import FACES, Link  # noqa: E402


class Throughput(unittest.TestCase):
    def test_quantiles_are_values_that_were_seen(self):
        self.assertEqual(transfer_throughput.quantiles([3.0, 1.0, 2.0]), {"p50": 2.0, "p95": 3.0, "p99": 3.0})
        self.assertEqual(transfer_throughput.quantiles(range(1, 101)), {"p50": 50, "p95": 95, "p99": 99})

    def test_two_transfers_at_once_are_measured(self):
        with tempfile.TemporaryDirectory() as directory:
            link = Link(pathlib.Path(directory) / "link", "{}", seed=1)
            self.addCleanup(link.stop_all)
            link.start_all()
            said = transfer_throughput.measure(link, [FACES[0]], waiting=2, transfers=2)
        self.assertEqual((said["waiting"], said["transfers"]), (2, 2))
        self.assertLessEqual(said["first_picture"]["p50"], said["final_picture"]["p50"])
        for daemon in ("tx-daemon", "snr-relay", "rx-daemon"):
            self.assertGreater(said["peak_mib"][daemon], 0)


if __name__ == "__main__":
    unittest.main()
