#!/usr/bin/env python3
"""How many symbols snr-relay passes for each second of processor time, over UDP on loopback, with noise and no faults.

    Scripts/relay_throughput.py [--relay .build/release/snr-relay] [--symbols 350] [--packets 200000] [--window 256]

Prints a JSON line for each of --runs runs: millions of symbols for each second that the relay's process spent, user
and system together, and what was lost. At most --window packets are on their way at once. Needs nothing but Python.
"""
import argparse
import json
import os
import pathlib
import random
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUI = 0x6A621E  # DIFI's
SECOND = 1_700_000_000
PREPARED = 4096
UDP_SEGMENT = 103  # of linux/udp.h: the system cuts what is sent into datagrams


def packets(symbols, rate=1_000_000):
    """DIFI data packets that follow one another, of random QPSK at the nominal power."""
    draw, level, made = random.Random(1), round(32768 * 0.25118865 / 2**0.5), []
    words = symbols + 7
    for number in range(PREPARED):
        second, sample = divmod(number * symbols, rate)
        header = struct.pack(">IIIHHIQ", 0x1860 << 16 | (number & 15) << 16 | words, 7, OUI, 0, 0,
                             SECOND + second, sample * 10**12 // rate)
        bits = draw.getrandbits(2 * symbols)
        samples = [level if bits >> bit & 1 else -level for bit in range(2 * symbols)]
        made.append(header + struct.pack(f">{2 * symbols}h", *samples))
    return made


def processor_seconds(pid):
    """What a process has used: user, system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return tuple(int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in fields[11:13])


class Relay:
    """A running snr-relay whose peer is a socket of ours."""

    def __init__(self, program, directory, snr):
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.receiver.bind(("127.0.0.1", 0))
        self.transmitter = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        ready, configuration = directory / "ready", directory / "relay.toml"
        ready.unlink(missing_ok=True)
        configuration.write_text(
            f'listen = "127.0.0.1:0"\npeer = "127.0.0.1:{self.receiver.getsockname()[1]}"\nsnr_db = {snr}\nseed = 1\n'
            f'ready_file = "{ready}"\n')
        self.process = subprocess.Popen([program, "--config", configuration], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{program} does not start")
            time.sleep(0.02)
        self.transmitter.connect(("127.0.0.1", json.loads(ready.read_text())["udpPort"]))

    def exchange(self, made, options):
        """Sends the packets of a run. Returns how many came back, and how many did not."""
        buffer = bytearray(16384)
        sent = returned = lost = 0
        self.receiver.setblocking(False)
        burst = max(1, min(options.burst, options.window, 60_000 // len(made[0])))
        segments = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("H", len(made[0])))] if burst > 1 else []
        receive, heard = self.receiver.recv_into, time.monotonic()
        while sent < options.packets or returned + lost < sent:
            while sent < options.packets and sent + burst - returned - lost <= options.window:
                place = sent % (PREPARED - burst)
                self.transmitter.sendmsg(made[place:place + burst], segments)
                sent += burst
            if options.waken:
                select.select([self.receiver], [], [], 0.5)
            else:
                time.sleep(0.0005)
            try:
                while True:
                    receive(buffer)
                    returned, heard = returned + 1, time.monotonic()
            except BlockingIOError:
                if time.monotonic() - heard > 0.5:
                    lost = sent - returned
        return returned, lost

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def measure(relay, made, options):
    """One run as a record."""
    user, system = processor_seconds(relay.process.pid)
    began = time.monotonic()
    returned, lost = relay.exchange(made, options)
    seconds = time.monotonic() - began
    user, system = (after - before for after, before in zip(processor_seconds(relay.process.pid), (user, system)))
    symbols = returned * options.symbols / 1e6
    return {"msymbolPerProcessorSecond": round(symbols / (user + system), 2), "user": round(user, 2),
            "system": round(system, 2), "seconds": round(seconds, 2), "lost": lost}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--relay", type=pathlib.Path, default=ROOT / ".build/release/snr-relay")
    parser.add_argument("--symbols", type=int, default=350, help="of a packet")
    parser.add_argument("--packets", type=int, default=200_000, help="of a run")
    parser.add_argument("--window", type=int, default=256, help="packets on their way at once, at most")
    parser.add_argument("--burst", type=int, default=32, help="packets sent by one call")
    parser.add_argument("--waken", action="store_true",
                        help="the receiver sleeps until a packet comes, which the relay's sending then has to wake")
    parser.add_argument("--snr-db", type=float, default=12)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    made = packets(options.symbols)
    with tempfile.TemporaryDirectory() as directory:
        relay = Relay(options.relay, pathlib.Path(directory), options.snr_db)
        try:
            for _ in range(options.runs):
                print(json.dumps(measure(relay, made, options)), flush=True)
        finally:
            relay.stop()


if __name__ == "__main__":
    main()
