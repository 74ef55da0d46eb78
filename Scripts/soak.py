#!/usr/bin/python3
"""Half an hour of steady load on the three daemons, and whether their memory and descriptors stay flat.

    Scripts/soak.py [--minutes 30] [--every 10] [--directory demo/soak]

Each minute's resident memory and open descriptors are written to soak.csv. Flat means that the median of the last third
is at most 10 % above that of the second third, with 16 MiB and 8 descriptors of grace. Exit code 0 when all is flat and
every transfer ended acknowledged.
"""
import argparse
import csv
import json
import pathlib
import statistics
import sys
import time

from link_under_test import ROOT, Link

FAULTS = "{ loss = 0.02, delay_ms = 2, jitter_ms = 3 }"
WATCHED = {"process_resident_memory_bytes": 16 << 20, "process_open_fds": 8}


def drift(samples, grace):
    """The last third's median against the second third's: (ratio, whether that is flat)."""
    third = len(samples) // 3
    before, after = statistics.median(samples[third:2 * third]), statistics.median(samples[2 * third:])
    return after / before, after <= before * 1.1 or after - before <= grace


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=10, help="seconds between two transfers")
    parser.add_argument("--directory", type=pathlib.Path, default=ROOT / "demo" / "soak")
    options = parser.parse_args()
    link = Link(options.directory, FAULTS, seed=1)
    samples = {(name, metric): [] for name in Link.NAMES for metric in WATCHED}
    failures, submitted = [], 0
    try:
        link.start_all()
        began = time.monotonic()
        end, next_sample = began + options.minutes * 60, began + 20
        with open(options.directory / "soak.csv", "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["seconds", "transfers"] + [f"{name} {metric}" for name, metric in samples])
            while time.monotonic() < end:
                status, answer = link.submit(submitted, "she should smile", f"soak {submitted}")
                if status not in (200, 201, 429):
                    failures.append(f"submission {submitted}: {status} {answer}")
                submitted += status in (200, 201)
                if time.monotonic() >= next_sample:
                    next_sample += 20
                    for name, metric in samples:
                        samples[name, metric].append(link.metrics(name)[metric])
                    row = [round(time.monotonic() - began), submitted] + [int(values[-1]) for values in samples.values()]
                    rows.writerow(row)
                    file.flush()
                    print(f"{row[0]} s, {submitted} transfers, MiB: " + " ".join(
                        f"{name} {samples[name, 'process_resident_memory_bytes'][-1] / 2**20:.0f}" for name in Link.NAMES
                    ), file=sys.stderr, flush=True)
                time.sleep(options.every)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            states = [record["state"] for record in link.transfers().values()]
            if states.count("acknowledged") == submitted:
                break
            time.sleep(1)
        else:
            failures.append(f"{submitted - states.count('acknowledged')} transfers are not acknowledged")
    except (RuntimeError, OSError) as error:
        failures.append(str(error))
    finally:
        codes = link.stop_all()
    failures += [f"{name} ended with {code}" for name, code in codes.items() if code != 0]
    summary = {}
    for (name, metric), values in samples.items():
        if len(values) < 6:
            failures.append(f"{name} {metric}: only {len(values)} samples")
            continue
        ratio, is_flat = drift(values, WATCHED[metric])
        summary[f"{name} {metric}"] = {"first": values[0], "last": values[-1], "most": max(values), "drift": round(ratio, 3)}
        if not is_flat:
            failures.append(f"{name} {metric} grows: {ratio:.2f} times in a third of the time")
    print(json.dumps({"minutes": options.minutes, "transfers": submitted, "drift": summary, "failures": failures}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
