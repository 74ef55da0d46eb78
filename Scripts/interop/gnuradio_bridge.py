#!/usr/bin/env python3
"""Stands in for snr-relay: hands the samples of DIFI packets to GNU Radio and puts what comes back into the packets.

    tx-daemon --DIFI--> bridge --DIFI--> rx-daemon
                        |    ^
       complex float32  v    |  complex float32, host order, no header
                       GNU Radio: UDP Source -> channel -> UDP Sink

    gnuradio_bridge.py --listen 127.0.0.1:4991 --peer 127.0.0.1:4992 \\
        --to-gnuradio 127.0.0.1:5001 --from-gnuradio 127.0.0.1:5002
    gnuradio_bridge.py --copy …       # packets go on as they are, GNU Radio only gets a copy (a recorder, a scope)

GNU Radio's blocks send and take datagrams of one size only, so every packet's samples are filled up with zeros to a
multiple of --symbols; the flowgraph must give back as many samples as it gets, in order. Samples have 16 bits, under any
of DIFI's time stamps; streams whose context packet names others pass untouched, which is said once each. Other packets
pass untouched, reports go back to the transmitter that was heard last. A sample of 1.0 is the nominal RMS, -12 dBFS. Needs NumPy.
"""

import argparse
import collections
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time

import numpy

UNIT_RMS = 32768 * 10 ** (-12 / 20)
HEADER = struct.Struct(">IIIIIQ")
DIFI_OUI = 0x6A621E
INT16_PAYLOADS = (0xA00003CF00000000, 0xA00007CF00000000)  # the standard's, gr-difi's
MOST_PENDING = 4096  # packets whose samples are with GNU Radio
PATIENCE = 2.0  # seconds until what GNU Radio has not given back is lost


def sample_bytes(datagram):
    """The samples' bytes of a DIFI signal data packet, or None for anything else."""
    if len(datagram) <= HEADER.size or len(datagram) % 4:
        return None
    word, _, oui, classes, _, _ = HEADER.unpack_from(datagram)
    # UTC, GPS or POSIX seconds; a sample count or picoseconds.
    is_data = word >> 24 == 0x18 and word >> 22 & 3 and word >> 20 & 3 in (1, 2) and oui == DIFI_OUI and classes == 0
    return datagram[HEADER.size:] if is_data and (word & 0xFFFF) * 4 == len(datagram) else None


def context_format(datagram):
    """Stream id and payload format of a DIFI context packet, or None for anything else."""
    if len(datagram) != 108:
        return None
    word, stream, oui, classes, _, _ = HEADER.unpack_from(datagram)
    is_context = word >> 24 == 0x49 and word & 0xFFFF == 27 and oui == DIFI_OUI and classes == 1
    return (stream, struct.unpack_from(">Q", datagram, 100)[0]) if is_context else None


def to_complex(integers):
    """int16 I, Q, big-endian, to complex float32 in units of the nominal RMS."""
    pairs = numpy.frombuffer(integers, ">i2").astype(numpy.float32) / numpy.float32(UNIT_RMS)
    return pairs.view(numpy.complex64)


def to_integers(samples):
    """The way back: rounded to nearest, clipped; not-a-number becomes 0."""
    levels = numpy.nan_to_num(samples.view(numpy.float32) * numpy.float32(UNIT_RMS), nan=0)
    return numpy.clip(numpy.rint(levels), -32768, 32767).astype(">i2").tobytes()


class Bridge:
    """What is done with each datagram; no sockets. Results are (destination, bytes), to `receiver` or `gnuradio`."""

    def __init__(self, symbols, copy=False):
        self.symbols = symbols
        self.copy = copy
        self.pending = collections.deque()  # header, samples in the packet, samples sent
        self.returned = numpy.zeros(0, numpy.complex64)
        self.deadline = None
        self.counters = collections.Counter()
        self.others = {}  # payload formats of streams of other samples than 16 bits; None once that was said

    def from_transmitter(self, datagram, now):
        if (found := context_format(datagram)) is not None:
            stream, payload = found
            if payload in INT16_PAYLOADS:
                self.others.pop(stream, None)
            elif len(self.others) < MOST_PENDING:
                self.others.setdefault(stream, payload)
        integers = sample_bytes(datagram)
        stream = int.from_bytes(datagram[4:8], "big")
        if integers is not None and stream in self.others:
            if self.others[stream] is not None:
                print(f"stream {stream} passes untouched: payload format {self.others[stream]:016X} is not 16 bits",
                      file=sys.stderr, flush=True)
                self.others[stream] = None
            self.counters["other_format"] += 1
            integers = None
        if integers is None:
            self.counters["untouched"] += 1
            return [("receiver", datagram)]
        self.counters["data"] += 1
        samples = to_complex(integers)
        padded = numpy.zeros(-(-samples.size // self.symbols) * self.symbols, numpy.complex64)
        padded[: samples.size] = samples
        chunks = [("gnuradio", chunk.tobytes()) for chunk in padded.reshape(-1, self.symbols)]
        if self.copy:
            return [("receiver", datagram), *chunks]
        if len(self.pending) >= MOST_PENDING:
            self.counters["overflow"] += 1
            return []
        self.pending.append((datagram[: HEADER.size], samples.size, padded.size))
        self.deadline = now + PATIENCE
        return chunks

    def from_gnuradio(self, datagram, now):
        if not self.pending or len(datagram) % 8:
            self.counters["unasked"] += 1
            return []
        self.returned = numpy.concatenate([self.returned, numpy.frombuffer(datagram, numpy.complex64)])
        self.deadline = now + PATIENCE
        packets = []
        while self.pending and self.returned.size >= self.pending[0][2]:
            header, size, padded = self.pending.popleft()
            packets.append(("receiver", header + to_integers(self.returned[:size])))
            self.returned = self.returned[padded:]
            self.counters["returned"] += 1
        return packets

    def tick(self, now):
        """Gives up what GNU Radio has lost, so that later samples fall into their own packets again."""
        if self.deadline is not None and now >= self.deadline:
            self.counters["lost"] += len(self.pending)
            self.pending.clear()
            self.returned = self.returned[:0]
            self.deadline = None


def endpoint(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def bound(address):
    result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    result.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    result.bind(address)
    result.setblocking(False)
    return result


def run(options):
    front, back, gnuradio = bound(options.listen), bound(("0.0.0.0", 0)), bound(options.from_gnuradio)
    bridge = Bridge(options.symbols, options.copy)
    transmitter = None
    selector = selectors.DefaultSelector()
    for source in (front, back, gnuradio):
        selector.register(source, selectors.EVENT_READ)
    ports = {"pid": os.getpid(), "listen": front.getsockname()[1], "from_gnuradio": gnuradio.getsockname()[1]}
    print(json.dumps(ports), flush=True)
    running = True

    def send(source, data, address):
        """A route that is gone costs the datagram, not the bridge."""
        try:
            source.sendto(data, address)
        except OSError as error:
            if bridge.counters["unsent"] == 0:
                print(f"cannot send to {address[0]}:{address[1]}: {error}", file=sys.stderr, flush=True)
            bridge.counters["unsent"] += 1

    def stop(*_):
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while running:
        ready = selector.select(0.2)
        bridge.tick(time.monotonic())
        for key, _ in ready:
            try:
                datagram, source = key.fileobj.recvfrom(65536)
            except OSError:
                continue  # an ICMP answer to something that was sent: a lost datagram
            results = []
            if key.fileobj is front:
                transmitter = source
                results = bridge.from_transmitter(datagram, time.monotonic())
            elif key.fileobj is gnuradio:
                results = bridge.from_gnuradio(datagram, time.monotonic())
            elif transmitter is not None:
                send(front, datagram, transmitter)
            for destination, data in results:
                if destination == "receiver":
                    send(back, data, options.peer)
                else:
                    send(gnuradio, data, options.to_gnuradio)
    print(json.dumps(bridge.counters), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", type=endpoint, default=("127.0.0.1", 4991), help="tx-daemon sends to this")
    parser.add_argument("--peer", type=endpoint, default=("127.0.0.1", 4992), help="rx-daemon")
    parser.add_argument("--to-gnuradio", type=endpoint, default=("127.0.0.1", 5001), help="its UDP Source")
    parser.add_argument("--from-gnuradio", type=endpoint, default=("127.0.0.1", 5002), help="its UDP Sink sends here")
    parser.add_argument("--symbols", type=int, default=40, help="complex samples in a datagram to and from GNU Radio")
    parser.add_argument("--copy", action="store_true", help="packets go on as they are; GNU Radio gets a copy")
    options = parser.parse_args()
    if not 1 <= options.symbols <= 8000:
        parser.error("--symbols must be 1 to 8000")
    run(options)


if __name__ == "__main__":
    sys.exit(main())
