#!/usr/bin/env python3
"""Holds what `modelctl evaluate main` says of faces against what arrives over the real daemons and UDP.

    compare_link.py RECORD FACES [--limit 10] [--snr 0 6]

RECORD is the evaluation's, without shards; FACES the folder of its photos, aligned. Each face is sent with its
sentence at each SNR of the record, or at those of --snr, by tx-daemon, through snr-relay, to rx-daemon, and what is
received is compared with the aligned photo by `modelctl lpips` and `modelctl identity`. A row for each SNR: medians
of both ways, and the mean difference with its standard error. The noise is not the same, so single faces differ.
Exits with 1 where a mean difference of five faces or more is over three standard errors away from nothing.
"""
import argparse
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from link_under_test import BINARIES, ROOT, Link

OURS = "editable-deepsc"
SCORES = ("lpips", "lpipsAlex", "cosine")


def read(record):
    """(conditions, {face: (sentence, {snr: its scores})}) of our own chain with the first seed."""
    conditions, *rows = [json.loads(line) for line in pathlib.Path(record).read_text().splitlines() if line]
    faces = {}
    for row in rows:
        scores = {score["snr"]: score for score in row["scores"]
                  if score["chain"] == OURS and score["seed"] == conditions["seeds"][0]}
        faces[row["name"]] = (row.get("sentence"), scores)
    return conditions, faces


def section(settings):
    """An evaluation's settings as tx-daemon.toml has them; the kind of codes is its mode's."""
    return {re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), name): value
            for name, value in settings.items() if name != "code"}


def modelctl(*words):
    run = subprocess.run([BINARIES / "modelctl", *map(str, words)], check=True, capture_output=True, text=True,
                         cwd=ROOT)
    return float(run.stdout)


def judged(photo, picture):
    """As the evaluation judges a picture."""
    return {"lpips": modelctl("lpips", photo, picture), "lpipsAlex": modelctl("lpips", photo, picture, "--net", "alex"),
            "cosine": modelctl("identity", photo, picture)}


def sent(link, photo, sentence, timeout=600):
    """The aligned photo and the picture that arrives."""
    status, answer = link.submit(photo, sentence or "", photo.name, once="true")
    if status not in (200, 201, 202):
        raise RuntimeError(f"{photo.name}: {answer}")
    record = link.over(answer["id"], timeout)
    if record["state"] != "acknowledged":
        raise RuntimeError(f"{photo.name} ended {record['state']}: {record}")
    status, picture = link.fetch("GET", f"/v1/transfers/{answer['id']}/pictures/aligned")
    if status != 200:
        raise RuntimeError(f"{photo.name}: {status} {picture[:200]}")
    aligned = link.directory / "aligned.png"
    aligned.write_bytes(picture)
    return aligned, link.directory / "received" / answer["id"] / "picture.png"


def row(snr, pairs):
    """One SNR: what is said of it, and whether both ways agree. pairs: scores in process, and over the daemons."""
    said, agree = {"snr": snr, "faces": len(pairs)}, True
    for name in SCORES:
        differences = [over[name] - within[name] for within, over in pairs]
        mean = statistics.fmean(differences)
        error = statistics.stdev(differences) / math.sqrt(len(pairs)) if len(pairs) > 1 else None
        said[name] = {"in_process": statistics.median(within[name] for within, _ in pairs),
                      "over_udp": statistics.median(over[name] for _, over in pairs),
                      "difference": mean, "standard_error": error}
        agree = agree and (len(pairs) < 5 or abs(mean) <= 3 * error)
    return said, agree


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", help="of `modelctl evaluate main`")
    parser.add_argument("faces", type=pathlib.Path, help="folder of its photos")
    parser.add_argument("--limit", type=int, default=10, help="most faces (default: 10)")
    parser.add_argument("--snr", type=float, nargs="+", help="only these of the record's SNRs, in dB")
    arguments = parser.parse_args()
    conditions, faces = read(arguments.record)
    semantic = section(conditions["settings"])
    names = list(faces)[:arguments.limit]
    agreed = True
    if arguments.snr and not set(arguments.snr) <= set(conditions["snrs"]):
        parser.error(f"the record has {conditions['snrs']} dB")
    for snr in arguments.snr or conditions["snrs"]:
        with tempfile.TemporaryDirectory() as directory:
            link = Link(pathlib.Path(directory) / "link", "{}", seed=conditions["seeds"][0], semantic=semantic,
                        design=round(snr), copies=1, snr=snr, resolution=conditions["resolution"])
            try:
                link.start_all()
                pairs = []
                for name in names:
                    print(f"\r{snr} dB: {len(pairs)} of {len(names)}", end="", file=sys.stderr)
                    photo, (sentence, scores) = arguments.faces / name, faces[name]
                    pairs.append((scores[snr], judged(*sent(link, photo, sentence))))
            finally:
                link.stop_all()
        print("\r\033[K", end="", file=sys.stderr)
        said, agree = row(snr, pairs)
        agreed = agreed and agree
        print(json.dumps(said), flush=True)
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
