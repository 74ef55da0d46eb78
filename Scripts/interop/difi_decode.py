#!/usr/bin/env python3
"""Decodes DIFI 1.1 and 1.2 (VITA-49.2) packets from a capture file: a JSON line for each UDP datagram.

    difi_decode.py CAPTURE.pcap [--port 4991]
    tcpdump -i lo -w - udp port 4991 | difi_decode.py -

Written from the standard's facts, not from the Swift code, to check the Swift code. Standard library only. Samples are
taken apart as the stream's context packet says, wherever in the file it is, or the last one before them on standard
input; without one they are taken for 16-bit ones. A datagram that is no DIFI packet gives {"error": "..."}; the exit code
is 1 when there was one.
"""

import argparse
import contextlib
import json
import struct
import sys

DIFI_OUI = 0x6A621E
PRIVATE_OUI = 0x02ED5C
TYPES = {1: "data", 3: "extension-data", 4: "context", 5: "extension-context"}
CLOCKS = {1: "utc", 2: "gps", 3: "posix"}
INT16_PAYLOAD = 0xA00003CF00000000
SEALED_PREFIX, SEALED_TAG = 36, 16  # version, 0, key id, sender id, sequence, nonce; Poly1305 tag


class Malformed(ValueError):
    """Why a datagram is no DIFI packet."""


def require(condition, reason):
    if not condition:
        raise Malformed(reason)


def decode(datagram, formats=None):
    """The fields of one packet as a dictionary.

    formats: payload formats by stream id; a context packet adds its own.
    """
    formats = {} if formats is None else formats
    require(len(datagram) >= 28, f"{len(datagram)} bytes are less than a header")
    word, stream, oui_word, classes, seconds, fraction = struct.unpack_from(">IIIIIQ", datagram)
    kind = word >> 28
    require(kind in TYPES, f"packet type {kind}")
    require(word & 0xFFFF == len(datagram) / 4, f"size says {word & 0xFFFF} words, there are {len(datagram)} bytes")
    require(word >> 27 & 1, "no class id")
    require(word >> 22 & 3 in CLOCKS, "there is no integer time stamp")
    require(word >> 20 & 3 in (1, 2), "the fractional time stamp is neither a sample count nor picoseconds")
    in_picoseconds = word >> 20 & 3 == 2
    require(oui_word >> 24 & 7 == 0, "reserved bits are set")
    padding = oui_word >> 27
    require(kind == 1 or padding == 0, "pad bits in a packet without samples")
    require(not in_picoseconds or fraction < 10**12, "a second has 10^12 picoseconds")
    flags = word >> 24 & 7
    require(flags == (1 if kind in (4, 5) else 0), f"header flags {flags:03b}")
    packet = {
        "type": TYPES[kind],
        "count": word >> 16 & 15,
        "words": word & 0xFFFF,
        "stream": stream,
        "oui": oui_word & 0xFFFFFF,
        "information_class": classes >> 16,
        "packet_class": classes & 0xFFFF,
        "clock": CLOCKS[word >> 22 & 3],
        "seconds": seconds,
        "picoseconds" if in_picoseconds else "samples_since_second": fraction,
    }
    body = datagram[28:]
    key = (TYPES[kind], packet["oui"], packet["information_class"], packet["packet_class"])
    if key == ("data", DIFI_OUI, 0, 0):
        require(body, "a data packet without samples")
        values = integers(body, padding, formats.get(stream, INT16_PAYLOAD))
        packet["samples"] = [list(pair) for pair in zip(values[::2], values[1::2])]
    elif key == ("context", DIFI_OUI, 0, 1):
        packet.update(context(body))
        formats[stream] = packet["payload_format"]
    elif key in (("context", DIFI_OUI, 1, 4), ("extension-context", DIFI_OUI, 1, 4)):
        packet.update(version(body))
    elif key[0] == "extension-data" and key[1] == PRIVATE_OUI:
        packet.update(sealed(body))
    else:
        raise Malformed(f"OUI {packet['oui']:06X}, classes {key[2]}/{key[3]} in a packet of type {kind}")
    return packet


def sample_bits(payload_format):
    """Bits of a signed integer, and of the field that it takes, after a payload format word."""
    word = payload_format >> 32
    item, field = (word & 63) + 1, (word >> 6 & 63) + 1
    require(word >> 29 & 3 == 1 and word >> 24 & 31 == 0 and word >> 12 & 0xFFF == 0
            and payload_format & 0xFFFFFFFF == 0, f"payload format {payload_format:016X}: no signed complex integers")
    require(4 <= item <= 16 and item <= field <= 32, f"payload format {payload_format:016X}: {item} bits in {field}")
    return item, item if field == 2 * item else field  # gr-difi gives the size of a pair


def integers(body, padding, payload_format):
    """All integers of a data packet, I and Q by turns."""
    item, field = sample_bits(payload_format)
    bits = 8 * len(body) - padding
    digits = "".join(f"{byte:08b}" for byte in body)
    if payload_format >> 63:  # link efficient: one field after the other
        places = range(0, bits - field + 1, field)
    else:  # processing efficient: whole fields in each word
        places = [32 * word + n * field for word in range(bits // 32) for n in range(32 // field)]
    values = []
    for place in places:
        value = int(digits[place:place + item], 2)
        values.append(value - (value >> (item - 1) << item))
    return values[:len(values) // 2 * 2]


def context(body):
    require(len(body) == 80, "a context packet has 27 words")
    (fields, point, bandwidth, intermediate, radio, offset, scaling, reference, gain2, gain1, rate, adjustment,
     calibration, state, payload) = struct.unpack(">IIqqqqhhhhqqIIQ", body)
    require(fields in (0xFBB98000, 0x7BB98000), f"context indicator field {fields:08X}")
    require(point == 0x64, f"reference point {point:#x}")
    sample_bits(payload)
    hertz, decibels = 2.0**20, 2.0**7
    return {
        "changed": fields >> 31 == 1,
        "bandwidth_hz": bandwidth / hertz,
        "if_hz": intermediate / hertz,
        "rf_hz": radio / hertz,
        "if_offset_hz": offset / hertz,
        "scaling_level_db": scaling / decibels,
        "reference_level_dbm": reference / decibels,
        "gain_db": [gain1 / decibels, gain2 / decibels],
        "sample_rate_hz": rate / hertz,
        "adjustment": adjustment,
        "calibration_seconds": calibration,
        "state": state,
        "payload_format": payload,
    }


def version(body):
    require(len(body) == 16, "a version packet has 11 words")
    fields, more, vita, information = struct.unpack(">IIII", body)
    require(fields & 0x7FFFFFFF == 2, f"context indicator field {fields:08X}")
    require(more == 0x0C, f"context indicator field 1 {more:08X}")
    return {
        "changed": fields >> 31 == 1,
        "vita49_version": vita,
        "year": 2000 + (information >> 25),
        "day": information >> 16 & 0x1FF,
        "revision": information >> 10 & 0x3F,
        "version_type": information >> 6 & 0xF,
        "icd_version": information & 0x3F,
    }


def sealed(body):
    require(len(body) > SEALED_PREFIX + SEALED_TAG, "a sealed packet without content")
    protocol, zero, key, sender, sequence = struct.unpack_from(">HHIQQ", body)
    require(zero == 0, "the reserved field is not 0")
    return {
        "protocol": protocol,
        "key": key,
        "sender": sender,
        "sequence": sequence,
        "sealed_bytes": len(body) - SEALED_PREFIX - SEALED_TAG,
    }


def datagrams(capture, port=None):
    """The payloads of the UDP datagrams in a pcap file (Ethernet, Linux cooked or raw IP)."""
    header = capture.read(24)
    if len(header) < 24:
        raise SystemExit("this is no pcap file: it is shorter than a header")
    order = {b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}.get(header[:4])
    order = order or {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<"}.get(header[:4])
    if order is None:
        raise SystemExit("this is no pcap file (write pcapng as pcap: tshark -F pcap -r IN -w OUT)")
    link = struct.unpack_from(order + "I", header, 20)[0] & 0xFFFF
    if link not in (1, 101, 113):
        raise SystemExit(f"link type {link} is not one of 1 (Ethernet), 101 (raw IP), 113 (Linux cooked)")
    while record := capture.read(16):
        if len(record) < 16:
            break
        size = struct.unpack_from(order + "I", record, 8)[0]
        frame = capture.read(min(size, 1 << 20))
        payload = udp_payload(frame[{1: 14, 101: 0, 113: 16}[link]:], port)
        if payload is not None:
            yield payload


def udp_payload(packet, port):
    """The UDP payload of an IPv4 or IPv6 packet, or None."""
    if len(packet) >= 28 and packet[0] >> 4 == 4 and packet[9] == 17:
        udp = packet[4 * (packet[0] & 15):]
    elif len(packet) >= 48 and packet[0] >> 4 == 6 and packet[6] == 17:
        udp = packet[40:]
    else:
        return None
    if len(udp) < 8:
        return None
    source, destination, length = struct.unpack_from(">HHH", udp)
    return udp[8:length] if port in (None, source, destination) else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capture", help="a pcap file, or - for standard input")
    parser.add_argument("--port", type=int, help="only datagrams from or to this port")
    options = parser.parse_args()
    failed = False
    formats = {}
    if options.capture != "-":
        with open(options.capture, "rb") as capture:
            for datagram in datagrams(capture, options.port):
                if datagram[:1] and datagram[0] >> 4 == 4:
                    with contextlib.suppress(Malformed):
                        decode(datagram, formats)
    with sys.stdin.buffer if options.capture == "-" else open(options.capture, "rb") as capture:
        for datagram in datagrams(capture, options.port):
            try:
                print(json.dumps(decode(datagram, formats)))
            except Malformed as error:
                failed = True
                print(json.dumps({"error": str(error)}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
