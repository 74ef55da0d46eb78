"""Networks that come and go under the running daemons: routes, addresses, names. python3 -m unittest discover -s Scripts/tests

Needs root for a network and a mount namespace of its own, `swift build -c release` and `make models`.
"""

import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

import namespaces  # noqa: E402
from link_under_test import Link  # noqa: E402
from test_full_disk import ready, wait  # noqa: E402

AWAY = "192.0.2.1"


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def configure(link, name, **values):
    """Changes lines of a daemon's configuration; the first of a key counts."""
    path = link.directory / f"{name}.toml"
    text = path.read_text()
    for key, value in values.items():
        text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
    path.write_text(text)


def port(link, name):
    return json.loads((link.directory / f"{name}.ready").read_text())["udpPort"]


def log(link, name):
    return (link.directory / f"{name}.log").read_text()


def record(link, transfer):
    return link.transfers()[transfer["id"]]


def submit(link, face, key):
    status, transfer = link.submit(face, "she should smile", key)
    assert status == 201, transfer
    return transfer


def waits_with_trouble(link, transfer, text):
    wait(f"trouble with {text}", lambda: text in (record(link, transfer).get("trouble") or ""))
    assert record(link, transfer)["state"] == "sending", record(link, transfer)
    status, said = ready(link, "tx-daemon")
    assert status == 503 and "link" in said, (status, said)


def arrives(link, transfer):
    wait("acknowledged", lambda: record(link, transfer)["state"] == "acknowledged")
    assert record(link, transfer).get("trouble") is None, record(link, transfer)
    wait("ready again", lambda: ready(link, "tx-daemon")[0] == 200)


def routes(folder):
    """No route at first, then several ways of saying no, and an address that is taken away and comes back."""
    link = Link(folder / "routes", "{ loss = 0 }", seed=1)
    configure(link, "rx-daemon", listen='"0.0.0.0:4991"')
    # The relay stands at the address that comes and goes.
    configure(link, "snr-relay", listen='"0.0.0.0:4992"', peer='"127.0.0.1:4991"')
    configure(link, "tx-daemon", listen='"0.0.0.0:0"', peer=f'"{AWAY}:4992"')
    try:
        link.start_all()
        first = submit(link, 0, "first")
        waits_with_trouble(link, first, "Network is unreachable")
        # At most once a minute for a cause.
        time.sleep(3)
        assert log(link, "tx-daemon").count("Network is unreachable") == 1, log(link, "tx-daemon")
        ip("address", "add", f"{AWAY}/32", "dev", "lo")
        arrives(link, first)
        for number, kind in enumerate(["prohibit", "unreachable", "blackhole"]):
            ip("address", "delete", f"{AWAY}/32", "dev", "lo")
            ip("route", "add", kind, AWAY)
            transfer = submit(link, number + 1, kind)
            waits_with_trouble(link, transfer, f"cannot send to {AWAY}:4992")
            ip("route", "delete", kind, AWAY)
            ip("address", "add", f"{AWAY}/32", "dev", "lo")
            arrives(link, transfer)
        unsent = link.metrics("tx-daemon")['deepsc_packets_total{fate="unsent"}']
        assert unsent > 0, unsent
    finally:
        codes = link.stop_all()
    assert set(codes.values()) == {0}, codes
    ip("address", "delete", f"{AWAY}/32", "dev", "lo")


def path_behind_the_relay(folder):
    """What the relay could not send is not forwarded, and the path works when the address is there."""
    link = Link(folder / "path", "{ loss = 0 }", seed=1)
    configure(link, "snr-relay", listen='"127.0.0.1:4992"', peer=f'"{AWAY}:4995"')
    try:
        link.start("snr-relay")
        front = ("127.0.0.1", port(link, "snr-relay"))
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        fate = lambda name: link.metrics("snr-relay").get(  # noqa: E731
            f'relay_packets_total{{direction="forward",fate="{name}"}}', 0
        )
        sender.sendto(b"one", front)
        wait("counted as unsent", lambda: fate("unsent") == 1)
        assert fate("forwarded") == 0
        assert ready(link, "snr-relay")[0] == 503
        ip("address", "add", f"{AWAY}/32", "dev", "lo")
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind((AWAY, 4995))
        receiver.settimeout(20)
        sender.sendto(b"two", front)
        data, way_back = receiver.recvfrom(100)
        assert data == b"two", data
        wait("forwarded", lambda: fate("forwarded") == 1)
        assert ready(link, "snr-relay")[0] == 200
        # And back, from the port that spoke.
        receiver.sendto(b"three", way_back)
        sender.settimeout(20)
        assert sender.recvfrom(100)[0] == b"three"
        ip("address", "delete", f"{AWAY}/32", "dev", "lo")
    finally:
        codes = link.stop_all()
    assert set(codes.values()) == {0}, codes


def names(folder):
    """A name that is not known yet, a resolver that does not answer, and a name whose address changes."""
    hosts, resolver = folder / "hosts", folder / "resolv.conf"
    hosts.write_text("127.0.0.1 localhost\n")
    # A server that takes questions and says nothing.
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 53))
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:5 attempts:4\n")
    for path in [hosts, resolver]:
        subprocess.run(["mount", "--bind", path, f"/etc/{path.name}"], check=True)
    link = Link(folder / "names", "{ loss = 0 }", seed=1)
    configure(link, "rx-daemon", listen='"127.0.0.2:4991"')
    configure(link, "snr-relay", listen='"127.0.0.1:4992"', peer='"rx.example:4991"')
    configure(link, "tx-daemon", peer='"relay.example:4992"')
    try:
        link.start_all()
        transfer = submit(link, 0, "name")
        wait("trouble", lambda: "relay.example" in (record(link, transfer).get("trouble") or ""))
        # Nobody waits for the resolver: the control API answers all the while.
        for _ in range(50):
            began = time.monotonic()
            link.ask("GET", "/v1/status")
            assert time.monotonic() - began < 2
            time.sleep(0.05)
        resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        hosts.write_text("127.0.0.1 localhost relay.example\n127.0.0.2 rx.example\n")
        arrives(link, transfer)
        # The receiver moves; the relay follows its name.
        link.kill("rx-daemon")
        configure(link, "rx-daemon", listen='"127.0.0.3:4991"')
        link.start("rx-daemon")
        hosts.write_text("127.0.0.1 localhost relay.example\n127.0.0.3 rx.example\n")
        arrives(link, submit(link, 1, "moved"))
    finally:
        codes = link.stop_all()
    assert {name: code for name, code in codes.items() if code != 0} == {}, codes


def only_ipv6(folder):
    """A host without IPv4 addresses."""
    link = Link(folder / "ipv6", "{ loss = 0 }", seed=1)
    ip("address", "delete", "127.0.0.1/8", "dev", "lo")
    configure(link, "rx-daemon", listen='"[::1]:4991"')
    configure(link, "snr-relay", listen='"[::1]:4992"', peer='"[::1]:4991"')
    configure(link, "tx-daemon", listen='"[::1]:0"', peer='"[::1]:4992"')
    for name in Link.NAMES:
        path = link.directory / f"{name}.toml"
        path.write_text(path.read_text().replace('[monitoring]\nlisten = "127.0.0.1:0"', ""))
    try:
        link.start_all()
        transfer = submit(link, 0, "v6")
        wait("acknowledged", lambda: record(link, transfer)["state"] == "acknowledged")
    finally:
        codes = link.stop_all()
        ip("address", "add", "127.0.0.1/8", "dev", "lo")
    assert set(codes.values()) == {0}, codes


class LinkComesAndGoesTests(unittest.TestCase):
    def check(self, what):
        namespaces.require("unshare", "--net", "--mount", "true")
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run(
                ["unshare", "--net", "--mount", "--propagation", "private", sys.executable, __file__, what, folder],
                capture_output=True, text=True,
            )
            logs = "".join(
                f"\n--- {path}\n{path.read_text()[-2000:]}" for path in pathlib.Path(folder).glob("*/*.log")
            )
            self.assertEqual(result.returncode, 0, result.stderr + logs)

    def test_transfers_wait_for_a_route(self):
        self.check("routes")

    def test_the_relay_waits_for_the_path(self):
        self.check("path_behind_the_relay")

    def test_names_are_followed_and_hold_nothing_up(self):
        self.check("names")

    def test_a_host_with_ipv6_alone(self):
        self.check("only_ipv6")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in ("routes", "path_behind_the_relay", "names", "only_ipv6"):
        ip("link", "set", "lo", "up")
        globals()[sys.argv[1]](pathlib.Path(sys.argv[2]))
    else:
        unittest.main()
