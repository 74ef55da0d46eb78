"""Tests of the GNU Radio bridge without GNU Radio: a loop of a few lines stands in for the flowgraph."""

import contextlib
import io
import json
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import unittest

import numpy as np

INTEROP = pathlib.Path(__file__).resolve().parent.parent / "interop"
sys.path.insert(0, str(INTEROP))

import gnuradio_bridge
from gnuradio_bridge import Bridge


def data_packet(values, count=0):
    body = np.asarray(values, ">i2").tobytes()
    word = 0x18600000 | count << 16 | (28 + len(body)) // 4
    return struct.pack(">IIIIIQ", word, 7, 0x6A621E, 0, 1_795_000_000, 40_000_000) + body


class BridgeTests(unittest.TestCase):
    def test_samples_are_in_units_of_the_nominal_rms(self):
        bridge = Bridge(2)
        chunks = bridge.from_transmitter(data_packet([8231, -8231, 32767, -32768]), 0)
        self.assertEqual([where for where, _ in chunks], ["gnuradio"])
        samples = np.frombuffer(chunks[0][1], np.complex64)
        np.testing.assert_allclose(samples, [1 - 1j, 3.981 - 3.981j], atol=1e-3)

    def test_every_packet_comes_back_as_it_was_whatever_the_pieces(self):
        random = np.random.default_rng(1)
        for symbols in (1, 7, 40):
            bridge = Bridge(symbols)
            packets = [data_packet(random.integers(-32768, 32768, 2 * size), n) for n, size in enumerate((1, 40, 13))]
            sent = [chunk for packet in packets for where, chunk in bridge.from_transmitter(packet, 0)]
            self.assertTrue(all(len(chunk) == 8 * symbols for chunk in sent))
            returned = [result for chunk in sent for result in bridge.from_gnuradio(chunk, 0)]
            self.assertEqual(returned, [("receiver", packet) for packet in packets])
            self.assertEqual(bridge.counters, {"data": 3, "returned": 3})

    def test_what_gnu_radio_did_to_the_samples_arrives_rounded_and_clipped(self):
        bridge = Bridge(2)
        bridge.from_transmitter(data_packet([0, 0, 0, 0]), 0)
        answer = np.array([0.5 - 1j, complex(np.inf, np.nan)], np.complex64)
        ((_, packet),) = bridge.from_gnuradio(answer.tobytes(), 0)
        self.assertEqual(np.frombuffer(packet[28:], ">i2").tolist(), [4115, -8231, 32767, 0])

    def test_other_packets_pass_untouched(self):
        bridge = Bridge(40)
        data = data_packet([1, 2])
        others = [b"", b"GET /", data[:-1], data[:28], data + bytes(4)]
        for offset, value in ((0, 0x38), (9, 0x6B), (12, 1), (1, 0x70), (1, 0x20)):
            changed = bytearray(data)
            changed[offset] = value
            others.append(bytes(changed))
        for other in others:
            self.assertEqual(bridge.from_transmitter(other, 0), [("receiver", other)])

    def test_every_clock_is_taken_and_other_samples_are_said_once(self):
        bridge = Bridge(1)
        for stamp in (0x60, 0xA0, 0xE0, 0x50):
            packet = bytearray(data_packet([1, 2]))
            packet[1] = stamp
            ((where, chunk),) = bridge.from_transmitter(bytes(packet), 0)
            self.assertEqual(bridge.from_gnuradio(chunk, 0), [("receiver", bytes(packet))])
            self.assertEqual(where, "gnuradio")
        context = struct.pack(">IIIIIQ", 0x49E0001B, 7, 0x6A621E, 1, 5, 0) + bytes(72)
        data = data_packet([1, 2])
        with contextlib.redirect_stderr(io.StringIO()) as said:
            bridge.from_transmitter(context + struct.pack(">Q", 0xA00001C700000000), 0)
            for _ in range(3):
                self.assertEqual(bridge.from_transmitter(data, 0), [("receiver", data)])
        self.assertEqual(said.getvalue().count("stream 7"), 1)
        bridge.from_transmitter(context + struct.pack(">Q", 0xA00007CF00000000), 0)
        self.assertEqual(bridge.from_transmitter(data, 0)[0][0], "gnuradio")
        self.assertEqual(bridge.counters["other_format"], 3)

    def test_lost_samples_do_not_shift_later_packets(self):
        bridge = Bridge(1)
        first, second = data_packet([1, 1, 2, 2]), data_packet([3, 3])
        lost = bridge.from_transmitter(first, 0.0)
        self.assertEqual(bridge.from_gnuradio(lost[0][1], 0.0), [])
        bridge.tick(1.9)
        self.assertEqual(len(bridge.pending), 1)
        bridge.tick(2.0)
        ((_, chunk),) = bridge.from_transmitter(second, 2.1)
        self.assertEqual(bridge.from_gnuradio(chunk, 2.1), [("receiver", second)])
        self.assertEqual(bridge.counters["lost"], 1)
        self.assertEqual(bridge.from_gnuradio(chunk, 2.2), [])

    def test_what_waits_is_bounded(self):
        bridge = Bridge(1)
        for _ in range(gnuradio_bridge.MOST_PENDING + 5):
            bridge.from_transmitter(data_packet([0, 0]), 0)
        self.assertEqual(len(bridge.pending), gnuradio_bridge.MOST_PENDING)
        self.assertEqual(bridge.counters["overflow"], 5)

    def test_a_copy_goes_to_both(self):
        bridge = Bridge(1, copy=True)
        packet = data_packet([8231, 0])
        (first, second) = bridge.from_transmitter(packet, 0)
        self.assertEqual(first, ("receiver", packet))
        self.assertEqual(second[0], "gnuradio")
        self.assertEqual(bridge.from_gnuradio(second[1], 0), [])


class ProcessTests(unittest.TestCase):
    def test_a_transmission_through_a_loop_and_a_report_back(self):
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
        transmitter, receiver, radio = sockets
        for each in sockets:
            each.bind(("127.0.0.1", 0))
            each.settimeout(60)
        command = [sys.executable, str(INTEROP / "gnuradio_bridge.py"), "--listen", "127.0.0.1:0",
                   "--from-gnuradio", "127.0.0.1:0", "--symbols", "4",
                   "--peer", f"127.0.0.1:{receiver.getsockname()[1]}",
                   "--to-gnuradio", f"127.0.0.1:{radio.getsockname()[1]}"]
        bridge = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            ports = json.loads(bridge.stdout.readline())
            packet = data_packet(range(12))
            transmitter.sendto(packet, ("127.0.0.1", ports["listen"]))
            for _ in range(2):
                chunk, _ = radio.recvfrom(65536)
                turned = np.frombuffer(chunk, np.complex64) * np.complex64(-1)
                radio.sendto(turned.tobytes(), ("127.0.0.1", ports["from_gnuradio"]))
            arrived, way = receiver.recvfrom(65536)
            self.assertEqual(arrived[:28], packet[:28])
            self.assertEqual(np.frombuffer(arrived[28:], ">i2").tolist(), [-value for value in range(12)])
            receiver.sendto(b"report", ("127.0.0.1", way[1]))
            self.assertEqual(transmitter.recvfrom(65536)[0], b"report")
            bridge.send_signal(signal.SIGTERM)
            self.assertEqual(json.loads(bridge.stdout.readline()), {"data": 1, "returned": 1})
            self.assertEqual(bridge.wait(60), 0)
        finally:
            bridge.kill()
            bridge.wait(60)
            bridge.stdout.close()
            for each in sockets:
                each.close()

    def test_a_peer_that_cannot_be_reached_costs_datagrams_and_not_the_bridge(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as transmitter:
            # To send to everybody takes a permission that the bridge's sockets do not have.
            command = [sys.executable, str(INTEROP / "gnuradio_bridge.py"), "--listen", "127.0.0.1:0",
                       "--from-gnuradio", "127.0.0.1:0", "--peer", "255.255.255.255:4992"]
            bridge = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                ports = json.loads(bridge.stdout.readline())
                for _ in range(3):
                    transmitter.sendto(b"no data packet", ("127.0.0.1", ports["listen"]))
                self.assertIn("cannot send to 255.255.255.255:4992", bridge.stderr.readline())
                bridge.send_signal(signal.SIGTERM)
                self.assertGreaterEqual(json.loads(bridge.stdout.readline())["unsent"], 1)
                self.assertEqual(bridge.wait(60), 0)
            finally:
                bridge.kill()
                bridge.wait(60)
                bridge.stdout.close()
                bridge.stderr.close()


if __name__ == "__main__":
    unittest.main()
