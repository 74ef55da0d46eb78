"""Tests of the DIFI decoder with packets put together by hand from the standard's words."""

import io
import json
import pathlib
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))

import difi_decode

CAPTURES = pathlib.Path(__file__).resolve().parents[3] / "shared" / "data" / "difi"
DATA = bytes.fromhex("1865000912345678006a621e000000006afd00000000000002625a000001fffe7fff8000")
CONTEXT = struct.pack(">IIIIIQ", 0x4961001B, 9, 0x6A621E, 1, 77, 0) + struct.pack(
    ">IIqqqqhhhhqqIIQ", 0xFBB98000, 0x64, 1 << 40, 0, 3 << 20, -1 << 19, -12 * 128, 64, 0, 128, 1 << 40, 0, 77,
    1 << 30, 0xA00003CF00000000)
VERSION = struct.pack(">IIIIIQ", 0x5960000B, 9, 0x6A621E, 0x10004, 77, 0) + struct.pack(
    ">IIII", 0x80000002, 0x0C, 4, 26 << 25 | 32 << 16 | 1 << 10 | 1 << 6 | 2)
SEALED = struct.pack(">IIIIIQ", 0x38600015, 0xED5C0001, 0x02ED5C, 0x10001, 77, 5) + struct.pack(
    ">HHIQQ", 1, 0, 7, 8, 9) + bytes(12 + 4 + 16)


def pcap(datagrams, order=">", link=101):
    out = [struct.pack(order + "IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)]
    for datagram in datagrams:
        udp = struct.pack(">HHHH", 40000, 4991, 8 + len(datagram), 0) + datagram
        packet = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, 0x7F000001, 0x7F000001) + udp
        if link == 1:
            packet = bytes(12) + b"\x08\x00" + packet
        out.append(struct.pack(order + "IIII", 1, 2, len(packet), len(packet)) + packet)
    return b"".join(out)


class DecodeTests(unittest.TestCase):
    def test_data(self):
        packet = difi_decode.decode(DATA)
        self.assertEqual(packet["samples"], [[1, -2], [32767, -32768]])
        self.assertEqual((packet["count"], packet["words"], packet["stream"]), (5, 9, 0x12345678))
        self.assertEqual((packet["seconds"], packet["picoseconds"]), (0x6AFD0000, 40_000_000))

    def test_context(self):
        packet = difi_decode.decode(CONTEXT)
        self.assertEqual((packet["bandwidth_hz"], packet["sample_rate_hz"]), (2**20, 2**20))
        self.assertEqual((packet["rf_hz"], packet["if_offset_hz"]), (3, -0.5))
        self.assertEqual((packet["scaling_level_db"], packet["reference_level_dbm"]), (-12, 0.5))
        self.assertEqual(packet["gain_db"], [1, 0])
        self.assertTrue(packet["changed"])

    def test_version_and_sealed(self):
        packet = difi_decode.decode(VERSION)
        self.assertEqual([packet[key] for key in ("year", "day", "revision", "version_type", "icd_version")],
                         [2026, 32, 1, 1, 2])
        packet = difi_decode.decode(SEALED)
        self.assertEqual([packet[key] for key in ("protocol", "key", "sender", "sequence", "sealed_bytes")],
                         [1, 7, 8, 9, 4])

    def test_version_packets_of_either_type(self):
        other = b"\x49" + VERSION[1:]
        self.assertEqual(difi_decode.decode(other)["year"], 2026)

    def test_other_clocks(self):
        for stamp, clock, fraction in ((0xA5, "gps", "picoseconds"), (0xE5, "posix", "picoseconds"),
                                       (0x55, "utc", "samples_since_second")):
            packet = difi_decode.decode(DATA[:1] + bytes([stamp]) + DATA[2:])
            self.assertEqual((packet["clock"], packet[fraction]), (clock, 40_000_000))

    def test_samples_as_the_context_says(self):
        """Four to sixteen bits without a gap, and twelve in a field of sixteen."""
        values = [1, -1, 7, -8, 0, 3]
        cases = [(bits, bits, 0xA0000000) for bits in range(4, 17)] + [(12, 16, 0xA0000000), (5, 7, 0x20000000)]
        for item, field, packing in cases:
            formats = {}
            word = packing | field - 1 << 6 | item - 1
            context = CONTEXT[:4] + DATA[4:8] + CONTEXT[8:-8] + struct.pack(">II", word, 0)
            difi_decode.decode(context, formats)
            each = 32 // field
            text = ""
            for number, value in enumerate(values):
                if packing == 0x20000000 and number and number % each == 0:
                    text += "0" * (32 - each * field)
                text += format(value & (1 << item) - 1, f"0{item}b") + "0" * (field - item)
            padding = -len(text) % 32
            body = int(text + "0" * padding, 2).to_bytes((len(text) + padding) // 8, "big")
            header = struct.pack(">I", 0x18600007 + len(body) // 4) + DATA[4:8]
            oui = struct.pack(">I", (padding if packing != 0x20000000 else 0) << 27 | 0x6A621E)
            packet = difi_decode.decode(header + oui + DATA[12:28] + body, formats)
            found = [value for pair in packet["samples"] for value in pair]
            self.assertEqual(found[:6], values, (item, field, hex(packing)))

    @unittest.skipUnless(CAPTURES.is_dir(), "the captures of ../shared/data/difi are not here")
    def test_the_consortiums_captures(self):
        for name, pairs, rate in (("Example1_1Msps_8bits", 720, 1e6), ("Example2_100Msps_12bits", 2976, 1e8),
                                  ("Example3_500Msps_8bits", 4472, 5e8)):
            result = subprocess.run([sys.executable, difi_decode.__file__, CAPTURES / f"{name}.pcapng"],
                                    capture_output=True, text=True, check=True)
            packets = [json.loads(line) for line in result.stdout.splitlines()]
            data = [packet for packet in packets if packet["type"] == "data"]
            self.assertEqual((len(packets), len(data)), (112, 100))
            self.assertEqual({len(packet["samples"]) for packet in data}, {pairs})
            self.assertEqual({packet["clock"] for packet in packets}, {"posix"})
            self.assertEqual({packet.get("sample_rate_hz", rate) for packet in packets}, {rate})
            # About -12 dBFS, and no sample out of the range of its bits.
            bits = 12 if "12bits" in name else 8
            values = [value / 2 ** (bits - 1) for packet in data for pair in packet["samples"] for value in pair]
            power = 2 * sum(value * value for value in values) / len(values)
            self.assertTrue(0.01 < power < 0.3 and max(map(abs, values)) <= 1, power)

    def test_every_cut_is_refused(self):
        for whole in (DATA, CONTEXT, VERSION, SEALED):
            for cut in range(len(whole)):
                with self.assertRaises(difi_decode.Malformed):
                    difi_decode.decode(whole[:cut])

    def test_wrong_fields_are_named(self):
        for whole, offset, value, word in (
            (DATA, 0, 0x28, "type"), (DATA, 0, 0x10, "class id"), (DATA, 0, 0x1C, "flags"), (DATA, 1, 0x25, "integer"),
            (DATA, 1, 0x45, "picoseconds"), (DATA, 8, 0x01, "reserved"), (DATA, 10, 0x63, "OUI"),
            (CONTEXT, 8, 0x10, "pad"),
            (DATA, 20, 1, "a second has"),
            (CONTEXT, 29, 0, "indicator"), (CONTEXT, 35, 0x63, "reference point"), (CONTEXT, 103, 0, "payload format"),
            (VERSION, 35, 0, "indicator"), (SEALED, 31, 1, "reserved"),
        ):
            changed = bytearray(whole)
            changed[offset] = value
            with self.assertRaisesRegex(difi_decode.Malformed, word):
                difi_decode.decode(bytes(changed))

    def test_captures_of_either_order(self):
        for order in "<>":
            for link in (1, 101):
                capture = io.BytesIO(pcap([DATA, SEALED], order, link))
                self.assertEqual(list(difi_decode.datagrams(capture)), [DATA, SEALED])
        self.assertEqual(list(difi_decode.datagrams(io.BytesIO(pcap([DATA])), port=1)), [])

    def test_other_files_are_refused(self):
        for content in (b"", b"x" * 24, pcap([], link=9)):
            with self.assertRaises(SystemExit):
                list(difi_decode.datagrams(io.BytesIO(content)))


if __name__ == "__main__":
    unittest.main()
