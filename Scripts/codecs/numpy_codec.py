"""A codec for `codec = "external"`, of NumPy alone: a face's colours in n × n cells, found by LMMSE. Edits nothing.

    numpy_codec.py SOCKET
"""

import argparse
import json
import os
import socketserver
import struct

import numpy as np


def weights(n, edge):
    """[n, edge]: row i takes the mean over the i-th of n equal parts of a row of pixels."""
    ends = np.arange(n + 1) * edge / n
    overlap = np.minimum(ends[1:, None], np.arange(1, edge + 1)) - np.maximum(ends[:-1, None], np.arange(edge))
    return np.maximum(overlap, 0) * n / edge


def encode(header, rgb):
    """The picture [edge, edge, 3] of bytes as the reals of as many cells as fit, and zeros."""
    reals = header["dimension"] or 512
    n = int((reals // 3) ** 0.5)
    mean = weights(n, len(rgb))
    cells = np.einsum("ai,bj,ijc->abc", mean, mean, rgb / 255 - 0.5)
    return np.pad(cells.ravel(), (0, reals - cells.size))


def decode(header, values, variances):
    """The most probable cells under neighbours that are alike, and the picture [edge, edge, 3] between them."""
    n, edge = int((len(values) // 3) ** 0.5), header["resolution"]
    y, x = np.divmod(np.arange(n * n), n)
    prior = 0.06 * 0.9 ** np.hypot(y[:, None] - y, x[:, None] - x)
    places = (np.arange(edge) + 0.5) * n / edge - 0.5
    between = np.array([np.interp(places, np.arange(n), row) for row in np.eye(n)]).T
    picture = np.empty((edge, edge, 3))
    for c in range(3):
        known = 1 / np.maximum(variances[c : 3 * n * n : 3], 1e-6)  # 0 where erased: the variance is infinite there
        cells = prior @ np.linalg.solve(np.eye(n * n) + known[:, None] * prior, known * values[c : 3 * n * n : 3])
        picture[..., c] = between @ cells.reshape(n, n) @ between.T
    return np.clip((picture + 0.5) * 255, 0, 255).round()


def serve(path, about, encode, decode):
    """Answers on the unix socket at `path`; `about` is the answer to hello. Pictures travel as raw RGB."""

    def answer(header, payload):
        if header["kind"] == "hello":
            return {**about, "picture": "rgb"}, b""
        if header["kind"] == "encode":
            edge = header["resolution"]
            reals = encode(header, np.frombuffer(payload, np.uint8).reshape(edge, edge, 3))
            return {"reals": len(reals)}, np.asarray(reals, "<f4").tobytes()
        values, variances = np.frombuffer(payload, "<f4").astype(float).reshape(2, -1)
        return {}, np.asarray(decode(header, values, variances), np.uint8).tobytes()

    class Conversation(socketserver.StreamRequestHandler):
        def handle(self):
            while length := self.rfile.read(4):
                header = json.loads(self.rfile.read(*struct.unpack(">I", length)))
                payload = self.rfile.read(header["bytes"])
                try:
                    said, payload = answer(header, payload)
                except Exception as error:
                    said, payload = {"error": f"{type(error).__name__}: {error}"}, b""
                head = json.dumps({**said, "bytes": len(payload)}).encode()
                self.wfile.write(struct.pack(">I", len(head)) + head + payload)

    if os.path.exists(path):
        os.unlink(path)
    with socketserver.ThreadingUnixStreamServer(path, Conversation) as server:
        server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("socket", help="unix socket to listen on; the daemons' [external] names it")
    serve(parser.parse_args().socket, {"name": "numpy cells 1", "dimension": 512, "maximumDimension": 4096}, encode, decode)
