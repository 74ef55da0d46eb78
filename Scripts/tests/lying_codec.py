"""A codec process for the tests that does one thing wrong: python3 lying_codec.py SOCKET HOW

HOW is `good`, or what `WRONG` below knows. It prints `ready` once it listens.
"""

import json
import socket
import struct
import sys
import threading
import time

HELLO = {"name": "liar", "dimension": 8, "maximumDimension": 16, "picture": "rgb"}
REALS = struct.pack("<8f", *range(1, 9))
NAN = struct.pack("<8f", *range(1, 8), float("nan"))
PNG = b"\x89PNG\r\n\x1a\n"


def frame(said, payload=b""):
    head = said if isinstance(said, bytes) else json.dumps({"bytes": len(payload), **said}).encode()
    return struct.pack(">I", len(head)) + head + payload


def grey(edge):
    return frame({}, bytes([100]) * (3 * edge * edge))


# By how it lies: the kind of request that is answered wrong, and the answer.
WRONG = {
    "header-huge": ("encode", struct.pack(">I", 0xFFFFFFFF)),
    "header-empty": ("encode", struct.pack(">I", 0)),
    "not-json": ("encode", frame(b"reals: 8")),
    "nested": ("encode", frame(b'{"reals":' + b"[" * 60000)),
    "payload-huge": ("encode", frame({"reals": 8, "bytes": 1 << 40})),
    "payload-negative": ("encode", frame({"reals": 8, "bytes": -1})),
    "payload-long": ("encode", frame({"reals": 8}, REALS * 5)),
    "reals-many": ("encode", frame({"reals": 1 << 40}, REALS)),
    "reals-odd": ("encode", frame({"reals": 7}, REALS[:28])),
    "reals-none": ("encode", frame({}, REALS)),
    "reals-other": ("encode", frame({"reals": 6}, REALS[:24])),
    "reals-short": ("encode", frame({"reals": 8}, REALS[:28])),
    "nan": ("encode", frame({"reals": 8}, NAN)),
    "zeros": ("encode", frame({"reals": 8}, bytes(32))),
    "final": ("encode", frame({"error": "no\x1b[31m such\u202e face", "code": "no_face"})),
    "temporary": ("encode", frame({"error": "warming up", "code": "Not A Word", "temporary": True})),
    "dies": ("encode", frame({"reals": 8}, REALS)[:-5]),
    "name-none": ("hello", frame({"dimension": 8})),
    "name-long": ("hello", frame({**HELLO, "name": "x" * 999})),
    "dimension-odd": ("hello", frame({**HELLO, "dimension": 7})),
    "dimension-huge": ("hello", frame({**HELLO, "maximumDimension": 1 << 62})),
    "picture-odd": ("hello", frame({**HELLO, "picture": "bmp"})),
    "hello-payload": ("hello", frame(HELLO, b"x")),
    "rgb-short": ("decode", frame({}, bytes(3 * 16 * 16 - 1))),
    "rgb-empty": ("decode", frame({})),
    "picture-huge": ("decode", frame({"bytes": 64 << 20})),
    "picture-dies": ("decode", grey(16)[:-1]),
    "picture-small": ("decode", grey(8)),
}


def picture_chunk(kind, body):
    import zlib

    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height):
    import zlib

    rows = zlib.compress((b"\0" + bytes([100]) * 3 * width) * min(height, 64))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return PNG + picture_chunk(b"IHDR", head) + picture_chunk(b"IDAT", rows) + picture_chunk(b"IEND", b"")


PICTURES = {
    "png": png(16, 16),
    "png-none": b"GIF89a",
    "png-cut": png(16, 16)[:40],
    "png-long": png(16, 8),
    "png-bomb": png(60000, 60000),
}


def converse(connection, how):
    stream = connection.makefile("rwb")
    while length := stream.read(4):
        header = json.loads(stream.read(*struct.unpack(">I", length)))
        stream.read(header["bytes"])
        kind = header["kind"]
        if how == "silent" or how == f"slow-{kind}":
            time.sleep(60)
        if kind == WRONG.get(how, ("", b""))[0]:
            answer = WRONG[how][1]
        elif kind == "hello":
            answer = frame({**HELLO, "picture": "png"} if how in PICTURES else HELLO)
        elif kind == "encode":
            answer = frame({"reals": 8}, REALS)
        else:
            answer = frame({}, PICTURES[how]) if how in PICTURES else grey(header["resolution"])
        if how == "trickle":
            for byte in answer:
                stream.write(bytes([byte]))
                stream.flush()
                time.sleep(0.05)
        stream.write(answer)
        stream.flush()
        if "dies" in how and kind == WRONG[how][0]:
            break
    connection.shutdown(socket.SHUT_RDWR)


def talk(connection, how):
    try:
        converse(connection, how)
    except OSError:
        pass  # it has hung up


if __name__ == "__main__":
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        print("ready", flush=True)
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0], sys.argv[2]), daemon=True).start()
