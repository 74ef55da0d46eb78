"""Tests of alert rules and dashboard with Prometheus's own tool (Debian package prometheus)."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

DEPLOY = pathlib.Path(__file__).resolve().parent.parent.parent / "Deploy"
METRICS = {
    "deepsc_jobs",
    "deepsc_stage_seconds_bucket",
    "deepsc_snr_estimated_db",
    "deepsc_same_person_probability",
    "deepsc_symbols_erased_total",
    "deepsc_packets_total",
    "deepsc_auth_failures_total",
    "deepsc_queue_depth",
    "process_resident_memory_bytes",
    "process_open_fds",
    "deepsc_transfers_total",
    "deepsc_results_bytes",
    "deepsc_spool_bytes",
    "relay_packets_total",
}


def promtool(*arguments):
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, cwd=DEPLOY / "prometheus")


class MonitoringTests(unittest.TestCase):
    def test_rules_are_valid_and_fire_when_they_should(self):
        for arguments in [["check", "rules", "editable-deepsc.rules.yml"], ["test", "rules", "editable-deepsc.rules.test.yml"]]:
            result = promtool(*arguments)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertIn("SUCCESS", result.stdout)

    def expressions(self):
        dashboard = json.loads((DEPLOY / "grafana/editable-deepsc.json").read_text())
        return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    def test_the_dashboard_asks_what_prometheus_understands(self):
        rules = "groups:\n- name: dashboard\n  rules:\n"
        for number, expression in enumerate(self.expressions()):
            rules += f"  - record: panel:{number}\n    expr: {json.dumps(expression.replace('$instance', '.*'))}\n"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "rules.yml")
            path.write_text(rules)
            result = promtool("check", "rules", str(path))
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_every_metric_is_shown_and_none_is_made_up(self):
        shown = re.findall(r"\b(?:deepsc|process|relay)_\w+", " ".join(self.expressions()))
        self.assertEqual(set(shown), METRICS)
        alerts = (DEPLOY / "prometheus/editable-deepsc.rules.yml").read_text()
        asked = re.findall(r"\b(?:deepsc|process|relay)_\w+", " ".join(re.findall(r"expr: (.*)", alerts)))
        self.assertLessEqual(set(asked), METRICS)


if __name__ == "__main__":
    unittest.main()
