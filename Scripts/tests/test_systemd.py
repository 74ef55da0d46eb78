"""Tests of what the daemons tell systemd, with the real programs: python3 -m unittest discover -s Scripts/tests

Needs `swift build -c release`, `make models` and the Debian package systemd. Needs no systemd that runs.
"""

import ctypes
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = ROOT / ".build/release"
UNITS = ROOT / "Deploy/systemd"
PTRACE_ATTACH, PTRACE_DETACH, WALL = 16, 17, 0x40000000


class NotifySocket:
    """The socket that a daemon believes to be systemd's."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)

    def next(self, timeout=120):
        """The next message's assignments."""
        self.socket.settimeout(timeout)
        return dict(line.split("=", 1) for line in self.socket.recv(65536).decode().split("\n"))

    def until(self, key):
        """The first message that assigns `key`."""
        while True:
            message = self.next()
            if key in message:
                return message

    def count(self, key, seconds):
        """How many messages of the next seconds assign `key`."""
        end, found = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            try:
                found += key in self.next(left)
            except TimeoutError:
                break
        return found

    def drain(self):
        self.count("", 0.05)


class Daemon:
    """rx-daemon under such a socket, with a watchdog that wants to be fed within a second."""

    def __init__(self, folder, name="rx-daemon", configuration="", environment=None):
        self.folder = pathlib.Path(folder)
        self.notify = NotifySocket(str(self.folder / "notify"))
        self.configuration = self.folder / "daemon.toml"
        self.configuration.write_text(configuration)
        self.log = open(self.folder / "log", "wb")
        variables = dict(os.environ, NOTIFY_SOCKET=self.notify.path, WATCHDOG_USEC="1000000", **(environment or {}))
        self.process = subprocess.Popen(
            [BIN / name, "--config", self.configuration], stdout=self.log, stderr=self.log, env=variables
        )

    def lines(self):
        return (self.folder / "log").read_text()

    def thread(self, name):
        """The id of a thread of the daemon."""
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == name:
                return int(task.name)
        raise AssertionError(f"no thread {name}")

    def reload(self, configuration):
        self.configuration.write_text(configuration)
        self.notify.drain()
        self.process.send_signal(signal.SIGHUP)
        reloading = self.notify.until("RELOADING")
        return reloading, self.notify.until("READY")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(60)
        self.log.close()
        self.notify.socket.close()


class ServiceTests(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        key = self.folder / "link-key"
        key.write_text("0123456789abcdef" * 4)
        key.chmod(0o600)

    def start(self, *arguments, **named):
        daemon = Daemon(self.folder, *arguments, **named)
        self.addCleanup(daemon.close)
        return daemon

    def receiver(self, key="credential:link-key", level="info"):
        return (
            f'log_level = "{level}"\nmodels = "{ROOT}/Models"\nresults = "{self.folder}/received"\n'
            f'[[peers]]\nname = "tx"\nkeys = ["{key}"]\n[link]\nlisten = "127.0.0.1:0"\n'
        )

    def start_receiver(self):
        return self.start(
            configuration=self.receiver(), environment={"CREDENTIALS_DIRECTORY": str(self.folder)}
        )

    def test_start_reload_and_stop_are_told(self):
        daemon = self.start_receiver()
        first = daemon.notify.until("EXTEND_TIMEOUT_USEC")
        self.assertIn("models", first["STATUS"])
        self.assertGreaterEqual(int(first["EXTEND_TIMEOUT_USEC"]), 60_000_000)
        self.assertIn("UDP port", daemon.notify.until("READY")["STATUS"])
        self.assertGreaterEqual(daemon.notify.count("WATCHDOG", 2), 2)

        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        reloading, ready = daemon.reload(self.receiver(level="error"))
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.assertTrue(before <= int(reloading["MONOTONIC_USEC"]) <= after)
        self.assertEqual(ready["STATUS"], "configuration read again")
        self.assertNotIn("configuration read again", daemon.lines())
        daemon.reload(self.receiver(level="info"))
        self.assertIn("configuration read again", daemon.lines())

        _, ready = daemon.reload("colour = 3\n" + self.receiver(level="error"))
        self.assertIn("not taken", ready["STATUS"])
        self.assertIn("daemon.toml:1: unknown key", daemon.lines())
        # The level is still "info", or this line would not be there.
        daemon.process.send_signal(signal.SIGTERM)
        self.assertIn("STOPPING", daemon.notify.until("STOPPING"))
        self.assertEqual(daemon.process.wait(60), 0)
        self.assertIn("stopped", daemon.lines())

    def test_a_reload_while_it_starts_does_not_make_it_ready(self):
        daemon = self.start_receiver()
        daemon.notify.until("EXTEND_TIMEOUT_USEC")
        daemon.process.send_signal(signal.SIGHUP)
        self.assertIn("UDP port", daemon.notify.until("READY")["STATUS"])
        end = time.monotonic() + 60
        while "configuration read again" not in daemon.lines():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def test_a_loop_that_hangs_ends_the_feeding(self):
        daemon = self.start_receiver()
        daemon.notify.until("READY")
        trace = ctypes.CDLL(None, use_errno=True).ptrace
        trace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        for name in ["maths", "results", "NIO-SGLTN-1-#1"]:
            with self.subTest(thread=name):
                daemon.notify.until("WATCHDOG")
                thread = daemon.thread(name)
                # Stops this one thread; all others go on.
                self.assertEqual(trace(PTRACE_ATTACH, thread, None, None), 0, os.strerror(ctypes.get_errno()))
                os.waitpid(thread, WALL)
                try:
                    end = time.monotonic() + 30
                    while daemon.notify.count("WATCHDOG", 1.5):
                        self.assertLess(time.monotonic(), end, "it is fed all the same")
                finally:
                    # One that is traced cannot even be killed: its process would be waited for without end.
                    self.assertEqual(trace(PTRACE_DETACH, thread, None, None), 0)
                daemon.notify.until("WATCHDOG")
        self.assertIn("no sign of life from: maths", daemon.lines())

    def test_a_missing_credential_is_named(self):
        daemon = self.start(configuration=self.receiver(), environment={"CREDENTIALS_DIRECTORY": ""})
        self.assertEqual(daemon.process.wait(60), 1)
        self.assertIn("LoadCredential=link-key", daemon.lines())

    def test_the_relay_reloads_and_feeds_too(self):
        configuration = 'log_level = "{}"\nlisten = "127.0.0.1:0"\npeer = "127.0.0.1:9"\n'
        daemon = self.start("snr-relay", configuration=configuration.format("info"))
        daemon.notify.until("READY")
        self.assertGreaterEqual(daemon.notify.count("WATCHDOG", 2), 2)
        daemon.reload(configuration.format("error"))
        daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.process.wait(60), 0)
        self.assertNotIn("stopped", daemon.lines())

    def test_a_passed_control_socket_is_served(self):
        control = self.folder / "control"
        configuration = self.folder / "tx.toml"
        configuration.write_text(
            f'models = "{ROOT}/Models"\nspool = "{self.folder}/spool"\ncontrol_socket = "{self.folder}/unused"\n'
            f'keys = ["{self.folder}/link-key"]\n[link]\nlisten = "127.0.0.1:0"\npeer = "127.0.0.1:9"\n'
        )
        with open(self.folder / "log", "wb") as log:
            process = subprocess.Popen(
                ["systemd-socket-activate", "-l", control, BIN / "tx-daemon", "--config", configuration],
                stdout=log,
                stderr=log,
            )
        try:
            end = time.monotonic() + 30
            while not control.exists() and time.monotonic() < end:
                time.sleep(0.02)
            # The first question starts the daemon and waits in the socket until the models are loaded.
            result = subprocess.run(
                [BIN / "txctl", "list", "--socket", control], capture_output=True, text=True, timeout=120
            )
            self.assertEqual(result.returncode, 0, result.stderr + (self.folder / "log").read_text())
            self.assertFalse((self.folder / "unused").exists())
            process.terminate()
            self.assertEqual(process.wait(60), 0)
            self.assertTrue(control.exists(), "the socket is systemd's to remove")
        finally:
            process.kill()
            process.wait(60)


class UnitTests(unittest.TestCase):
    def units(self):
        units = sorted(UNITS.glob("*.service"))
        self.assertEqual(len(units), 4)
        return units

    def test_exposure(self):
        for unit in self.units():
            with self.subTest(unit=unit.name):
                report = subprocess.run(
                    ["systemd-analyze", "security", "--offline=true", "--no-pager", unit], capture_output=True, text=True
                )
                found = re.search(r"Overall exposure level for \S+: ([\d.]+)", report.stdout)
                self.assertIsNotNone(found, report.stdout + report.stderr)
                self.assertLessEqual(float(found[1]), 1.5)

    def test_verify(self):
        """Nothing to complain of, once the programs are where the units expect them."""
        with tempfile.TemporaryDirectory() as folder:
            for unit in UNITS.glob("*.s*"):
                text = unit.read_text().replace("/usr/bin/", f"{BIN}/")
                pathlib.Path(folder, unit.name).write_text(text)
            units = [str(path) for path in pathlib.Path(folder).glob("*.s*")]
            self.assertGreaterEqual(len(units), 4)
            result = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *units], capture_output=True, text=True
            )
            self.assertEqual(result.stderr, "")
            self.assertEqual(result.returncode, 0)


if __name__ == "__main__":
    unittest.main()
