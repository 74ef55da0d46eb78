#!/usr/bin/python3
"""Writes the seeds of the fuzz tests that are not made elsewhere: Tests/FuzzTests/Corpus.

Pictures come from the fixtures of ImagingTests, configurations from Config, packets from the framer itself. Inputs that
once broke something are added beside these by hand and stay.
"""
import hashlib
import json
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "Tests/FuzzTests/Corpus"


def safetensors(header, data):
    text = json.dumps(header).encode() if isinstance(header, dict) else header
    return struct.pack("<Q", len(text)) + text + data


def checksummed(content):
    text = json.dumps(content, indent=2)
    return f'{{"sha256": "{hashlib.sha256(text.encode()).hexdigest()}", "content":\n{text}\n}}\n'.encode()


def record(**changes):
    base = {
        "id": "6f1c1a52-3c0e-4a55-9d0b-0d7f0a4f9f11", "sentence": "she should smile", "aligned": False,
        "created": "2026-01-02T03:04:05.678Z", "updated": "2026-01-02T03:04:06.789Z", "state": "sending",
        "request": "smiling +1", "photoDigest": "00" * 32, "seconds": {"aligning": 0.1},
    }
    return base | changes


def main():
    files = {
        "safetensors/two": safetensors(
            {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
             "b": {"dtype": "F16", "shape": [3], "data_offsets": [16, 22]}, "__metadata__": {"k": "v"}}, bytes(22)),
        "safetensors/empty": safetensors({}, b""),
        "safetensors/overlap": safetensors(
            {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
             "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, bytes(12)),
        "safetensors/huge-shape": safetensors(
            {"a": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 8]}}, bytes(8)),
        "safetensors/deep": safetensors(b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", b""),
        "safetensors/long-header": struct.pack("<Q", 1 << 62) + b"{}",
        "spool/sending": checksummed(record()),
        "spool/acknowledged": checksummed(record(
            state="acknowledged", reception={"snrDecibels": 11.5, "erasures": 3, "pictureDigest": "ab" * 32},
            signal={"reals": 512, "symbols": 256, "pilots": 64, "sideInformationBits": 100, "cbrReals": 0.1,
                    "cbrSymbols": 0.1, "cbrTotal": 0.1, "deadline": "2026-01-02T03:14:05.678Z", "attempts": 2})),
        "spool/plain": json.dumps(record()).encode(),
        "http/query": b"sentence=she%20should%20not%20smile&face=1&aligned=true",
        "http/odd": b"sentence=%ff%fe%00&face=99999999999999999999&aligned=&&==%",
        "http/sentence": "Könnte sie — bitte — lächeln? 😀 smile\u0000\u202e".encode(),
        "key/hex": b"0f1e" * 16 + b"\n",
        "key/base64": b"AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2+Pr8/s=\n",
        "relay/set": b'{"snr_db": 3, "forward": {"loss": 0.2}, "back": {"delay_ms": 4.5}, "seed": 9}',
        "relay/odd": b'{"snr_db": 1e999, "forward": {"loss": -1, "nothing": 3}, "seed": -1}',
        "wire/short": bytes.fromhex("18e0000700000001"),
        "wire/size-zero": bytes.fromhex("18e00000000000010000000000000000"),
    }
    for name, content in files.items():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print(f"{len(files)} seeds in {CORPUS.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
