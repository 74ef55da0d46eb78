"""The real daemons on loopback, to be killed and watched: what torture.py, soak.py and the tests of the page share.

Only the standard library. The networks are real; inversion takes one step at 128 pixels, so that hundreds of transfers
pass in minutes.
"""
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARIES = ROOT / ".build" / "release"
FACES = sorted((ROOT / "Tests/NetworksTests/Fixtures").glob("face-*.png"))
FINAL = {"acknowledged", "failed", "cancelled", "expired"}


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path, timeout=20):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Link:
    """tx-daemon, snr-relay and rx-daemon in one directory, and deepsc-console for who starts it.

    faults: TOML of the relay's packet faults, for both directions; semantic: tx-daemon's section of that name; design:
    the SNR that codes are made for; copies: what the receiver may ask for; snr: the channel's;
    models: folders by the daemons' names, where they are not the project's.
    """

    NAMES = ("rx-daemon", "snr-relay", "tx-daemon")
    # As fast as can be.
    ONE_STEP = {"inversion_steps": 1, "working_resolution": 128, "edit_steps": 1, "edit_refinement_steps": 0,
                "matching_steps": 1}

    def __init__(self, directory, faults, seed, expire_seconds=900, semantic=ONE_STEP, design="auto", copies=4, snr=12,
                 resolution=128, models=None):
        self.directory = pathlib.Path(directory)
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.control = str(self.directory / "tx.sock")
        self.processes = {}
        self.starts = 0
        key = self.directory / "link.key"
        key.write_text(os.urandom(32).hex() + "\n")
        key.chmod(0o600)
        receiver, relay = free_port(), free_port()
        here = self.directory
        models = {"tx-daemon": ROOT / "Models", "rx-daemon": ROOT / "Models"} | (models or {})
        settings = "\n".join(f"{name} = {json.dumps(value)}" for name, value in semantic.items())
        self.write("rx-daemon", f"""
            models = "{models["rx-daemon"]}"
            results = "{here}/received"
            results_socket = "{here}/rx.sock"
            ready_file = "{here}/rx-daemon.ready"
            [[peers]]
            name = "test"
            keys = ["{key}"]
            [link]
            listen = "127.0.0.1:{receiver}"
            assembly_seconds = 0.5
            [quality]
            max_copies = {copies}
            [monitoring]
            listen = "127.0.0.1:0"
            """)
        self.write("snr-relay", f"""
            listen = "127.0.0.1:{relay}"
            peer = "127.0.0.1:{receiver}"
            snr_db = {snr}
            seed = {seed}
            profile = "test"
            control_socket = "{here}/relay.sock"
            ready_file = "{here}/snr-relay.ready"
            [profiles.test]
            description = "test"
            forward = {faults}
            back = {faults}
            [monitoring]
            listen = "127.0.0.1:0"
            """)
        self.write("tx-daemon", f"""
            models = "{models["tx-daemon"]}"
            spool = "{here}/spool"
            control_socket = "{self.control}"
            keys = ["{key}"]
            ready_file = "{here}/tx-daemon.ready"
            resolution = {resolution}
            [semantic]
            {settings}
            [link]
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:{relay}"
            snr = {json.dumps(design)}
            first_retry_seconds = 0.7
            longest_retry_seconds = 4
            expire_seconds = {expire_seconds}
            [limits]
            queued = 16
            [monitoring]
            listen = "127.0.0.1:0"
            """)

        self.write("deepsc-console", f"""
            listen = "127.0.0.1:0"
            token_file = "{here}/console.token"
            transmitter = "{self.control}"
            relay = "{here}/relay.sock"
            receiver = "{here}/rx.sock"
            ready_file = "{here}/deepsc-console.ready"
            """)

    def write(self, name, text):
        lines = [line.strip() for line in text.strip().splitlines()]
        (self.directory / f"{name}.toml").write_text("\n".join(lines) + "\n")

    def start(self, name, timeout=120):
        """Starts a daemon and waits until it is ready."""
        ready = self.directory / f"{name}.ready"
        ready.unlink(missing_ok=True)
        self.starts += 1
        with open(self.directory / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                [BINARIES / name, "--config", self.directory / f"{name}.toml"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
            )
        self.processes[name] = process
        deadline = time.monotonic() + timeout
        while not ready.exists():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}: see {log.name}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name} is not ready after {timeout} s: see {log.name}")
            time.sleep(0.02)

    def start_all(self):
        for name in self.NAMES:
            self.start(name)

    def kill(self, name):
        process = self.processes[name]
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop_all(self):
        """SIGTERM to all; returns their exit codes by name."""
        codes = {}
        for name in reversed([*self.NAMES, "deepsc-console"]):
            process = self.processes.get(name)
            if process is None:
                continue
            if process.poll() is None:
                process.terminate()
            try:
                codes[name] = process.wait(timeout=90)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[name] = process.wait()
        return codes

    def fetch(self, method, path, body=None, headers=None, socket=None):
        """One request to tx-daemon, or to the daemon on another socket: (status, bytes)."""
        connection = UnixConnection(socket or self.control)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, method, path, body=None, headers=None, socket=None):
        """The same: (status, JSON)."""
        status, answer = self.fetch(method, path, body, headers, socket)
        return status, json.loads(answer)

    def submit(self, face, sentence, key, **options):
        """Hands a transfer in, of one of FACES or of a photo's path: (status, JSON)."""
        photo = FACES[face % len(FACES)] if isinstance(face, int) else face
        asked = {"sentence": sentence, "aligned": "true"} | options
        query = urllib.parse.urlencode(asked, quote_via=urllib.parse.quote)
        return self.ask("POST", f"/v1/transfers?{query}", photo.read_bytes(),
                        {"Idempotency-Key": key})

    def over(self, identity, timeout):
        """A transfer's record, once it is over."""
        deadline = time.monotonic() + timeout
        while (record := self.transfers()[identity])["state"] not in FINAL:
            if time.monotonic() > deadline:
                raise TimeoutError(f"not over after {timeout} s: {record}")
            time.sleep(0.1)
        return record

    def transfers(self):
        """All records by id."""
        return {record["id"]: record for record in self.ask("GET", "/v1/transfers")[1]["transfers"]}

    def metrics(self, name):
        """A daemon's metrics without labels: {name: value}."""
        port = json.loads((self.directory / f"{name}.ready").read_text())["monitoringPort"]
        text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20).read().decode()
        values = {}
        for line in text.splitlines():
            if line and line[0] != "#":
                series, value = line.rsplit(" ", 1)
                values[series] = float(value)
        return values

    def results(self):
        """SHA-256 of each received picture by transfer id."""
        found = {}
        for path in (self.directory / "received").iterdir():
            if (path / "picture.png").exists():
                found[path.name] = hashlib.sha256((path / "picture.png").read_bytes()).hexdigest()
        return found
