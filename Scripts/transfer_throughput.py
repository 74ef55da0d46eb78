#!/usr/bin/env python3
"""How fast whole transfers are, from the submission to the picture: the three daemons on loopback, so many waiting.

    transfer_throughput.py [--waiting 1 4 16] [--transfers 24] [--resolution 128] [--steps N] [PHOTO...]

Submits photos with a sentence, always --waiting of them under way, until --transfers are done. A JSON line for each
number of waiting ones: transfers a minute; seconds from the submission to the first and to the final picture (p50, p95,
p99, as polled every 10 ms); processor seconds a transfer and the peak memory in MiB of each daemon; and how many
pictures a second the receiver's processor time is enough for. PHOTO: the NASA portrait by default. Other settings are
the daemons' own. Idle machines only.
"""
import argparse
import json
import math
import pathlib
import re
import sys
import tempfile
import time

from link_under_test import FINAL, ROOT, Link
from relay_throughput import processor_seconds

SENTENCE = "make her smile a little more"


def quantiles(values):
    """p50, p95 and p99: of n values the one that so many are not above."""
    ordered = sorted(values)
    return {f"p{p}": round(ordered[max(0, math.ceil(p / 100 * len(ordered)) - 1)], 3) for p in (50, 95, 99)}


def used(process):
    """Processor seconds, and peak MiB, of a running process."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
    return sum(processor_seconds(process.pid)), peak / 1024


def measure(link, photos, waiting, transfers):
    """Does that many transfers; what is said of them."""
    before = {name: used(process)[0] for name, process in link.processes.items()}
    pending, first, final, handed, began = {}, [], [], 0, time.monotonic()
    while len(final) < transfers:
        while handed < transfers and len(pending) < waiting:
            now = time.monotonic()
            status, answer = link.submit(photos[handed % len(photos)], SENTENCE, f"{waiting}-{handed}", aligned="false")
            if status not in (200, 201, 202):
                raise RuntimeError(f"refused with {status}: {answer}")
            pending[answer["id"]] = [now, False]
            handed += 1
        time.sleep(0.01)
        now = time.monotonic()
        records = link.transfers()
        for identity, (since, shown) in list(pending.items()):
            if not shown and (link.directory / "received" / identity / "picture.png").exists():
                first.append(now - since)
                pending[identity][1] = True
            if records[identity]["state"] in FINAL:
                if records[identity]["state"] != "acknowledged":
                    raise RuntimeError(f"a transfer ended {records[identity]['state']}: {records[identity]}")
                final.append(now - since)
                del pending[identity]
    seconds = time.monotonic() - began
    after = {name: used(process) for name, process in link.processes.items()}
    spent = {name: round((after[name][0] - before[name]) / transfers, 3) for name in after}
    return {"waiting": waiting, "transfers": transfers, "a_minute": round(60 * transfers / seconds, 2),
            "first_picture": quantiles(first), "final_picture": quantiles(final), "processor_seconds": spent,
            "peak_mib": {name: round(after[name][1]) for name in after},
            "receiver_pictures_a_second": round(1 / max(spent["rx-daemon"], 1e-9), 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", type=pathlib.Path, default=[ROOT / "docs/images/astronaut.png"])
    parser.add_argument("--waiting", nargs="+", type=int, default=[1, 4, 16], help="under way at a time (1 4 16)")
    parser.add_argument("--transfers", type=int, default=24, help="for each of them (24)")
    parser.add_argument("--resolution", type=int, default=128, help="of the received picture (128)")
    parser.add_argument("--steps", type=int, help="of the inversion, then at 128 pixels; else tx-daemon's own")
    arguments = parser.parse_args()
    semantic = {} if arguments.steps is None else {"inversion_steps": arguments.steps, "working_resolution": 128}
    with tempfile.TemporaryDirectory() as directory:
        link = Link(pathlib.Path(directory) / "link", "{}", seed=1, semantic=semantic, resolution=arguments.resolution)
        try:
            link.start_all()
            for waiting in arguments.waiting:
                print(json.dumps(measure(link, arguments.photos, waiting, arguments.transfers)), flush=True)
        finally:
            link.stop_all()


if __name__ == "__main__":
    sys.exit(main())
