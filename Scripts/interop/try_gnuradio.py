#!/usr/bin/env python3
"""Tries GNU Radio as the channel: compiles docs/gnuradio/channel.grc, runs it behind the bridge and measures the noise.

    Scripts/interop/try_gnuradio.py [--snr-db 6]

Needs GNU Radio 3.10 (apt-get install --no-install-recommends gnuradio). Everything stays on 127.0.0.1, on free ports.
Exits 0 when all packets came back with the noise that was asked for.
"""

import argparse
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import numpy

from gnuradio_bridge import HEADER, UNIT_RMS

HERE = pathlib.Path(__file__).resolve().parent
# In the source, and in the Debian package's examples.
FLOWGRAPHS = [HERE.parent.parent / "docs/gnuradio/channel.grc", HERE.parent / "gnuradio/channel.grc"]
PACKETS, SYMBOLS = 400, 40


def udp():
    result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    result.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    result.bind(("127.0.0.1", 0))
    result.settimeout(20)
    return result


def packet(number, levels):
    word = 0x18600000 | (number & 15) << 16 | (HEADER.size + levels.nbytes) // 4
    return HEADER.pack(word, 7, 0x6A621E, 0, 1_795_000_000, number * SYMBOLS * 1_000_000) + levels.tobytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--snr-db", type=float, default=6.0)
    options = parser.parse_args()
    levels = numpy.full(2 * SYMBOLS, round(UNIT_RMS * 0.5**0.5), ">i2")
    processes = []
    with tempfile.TemporaryDirectory() as folder, udp() as transmitter, udp() as receiver:
        try:
            flowgraph = next(filter(pathlib.Path.exists, FLOWGRAPHS))
            subprocess.run(["grcc", "-o", folder, flowgraph], check=True, stdout=subprocess.DEVNULL)
            with udp() as unused:
                radio_port = unused.getsockname()[1]
            bridge = subprocess.Popen(
                [sys.executable, HERE / "gnuradio_bridge.py", "--listen", "127.0.0.1:0",
                 "--from-gnuradio", "127.0.0.1:0", "--to-gnuradio", f"127.0.0.1:{radio_port}",
                 "--peer", f"127.0.0.1:{receiver.getsockname()[1]}"],
                stdout=subprocess.PIPE, text=True)
            processes.append(bridge)
            ports = json.loads(bridge.stdout.readline())
            record = pathlib.Path(folder, "noisy.c64")
            processes.append(subprocess.Popen(
                ["/usr/bin/python3", f"{folder}/deepsc_channel.py", "--snr-db", str(options.snr_db), "--in-port",
                 str(radio_port), "--out-port", str(ports["from_gnuradio"]), "--record", record]))
            while not record.exists():
                time.sleep(0.1)  # the flowgraph is being put together
            time.sleep(2)
            errors, began = [], time.monotonic()
            for start in range(0, PACKETS, 8):  # as a transmission sends them
                sent = [packet(number, levels) for number in range(start, start + 8)]
                for datagram in sent:
                    transmitter.sendto(datagram, ("127.0.0.1", ports["listen"]))
                for datagram in sent:
                    arrived = receiver.recvfrom(65536)[0]
                    if arrived[:HEADER.size] != datagram[:HEADER.size]:
                        raise SystemExit("a packet came back with another header")
                    received = numpy.frombuffer(arrived[HEADER.size:], ">i2").astype(float)
                    errors.append((received - levels) / UNIT_RMS)
            seconds = time.monotonic() - began
            power = float(numpy.mean(numpy.concatenate(errors) ** 2) * 2)
            recorded = record.stat().st_size // 8
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
                process.wait()
    expected = 10 ** (-options.snr_db / 10)
    print(json.dumps({"packets": len(errors), "n0": power, "expected": expected, "recorded_samples": recorded,
                      "milliseconds_a_transmission": 1000 * seconds / (PACKETS / 8)}))
    # 32 000 squared Gaussians: five standard errors are 4 %.
    return 0 if abs(power / expected - 1) < 0.04 and recorded == PACKETS * SYMBOLS else 1


if __name__ == "__main__":
    sys.exit(main())
