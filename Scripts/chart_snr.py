#!/usr/bin/env python3
"""Draws how like the photo received pictures are against the SNR: records of `modelctl evaluate snr --record FILE`.

    chart_snr.py --output snr.svg --csv snr.csv "AWGN=awgn.json" "Rayleigh=rayleigh.json"

A line for each record and way in which codes are made for the channel; medians over all pictures, and the share that
SFace takes for the same person. The table has them all, and quartiles. Needs nothing but Python.
"""

import argparse
import csv
import json
import statistics
import sys
from html import escape

COLOURS = ["#1d4ed8", "#c2410c", "#15803d", "#7e22ce", "#0e7490", "#a16207", "#be123c", "#4d7c0f"]
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, GAP = 1200, 430, 55, 90, 60, 60
PANELS = [("LPIPS (VGG16) to the photo", "lpips"), ("SFace cosine to the photo", "cosine"),
          ("share above SFace's 0.363", "same")]
SAME_PERSON = 0.363
LEAST_LIKENESS = 0.9
SCORES = ("lpips", "lpipsAlex", "cosine", "lpipsToSent", "cosineToSent")


def summaries(name, record):
    """A row for each way and SNR of a record; the pictures as sent have no SNR."""
    groups = {}
    for face in record["faces"].values():
        for score in face:
            groups.setdefault((score["mode"], score.get("snr")), []).append(score)
    if not groups:
        raise ValueError("a record without photos")
    rows = []
    for (mode, snr), scores in groups.items():
        row = {"channel": name, "way": "as sent" if snr is None else mode, "snr": snr, "pictures": len(scores),
               "same": statistics.fmean(score["cosine"] > SAME_PERSON for score in scores)}
        for key in SCORES:
            values = [score[key] for score in scores if score.get(key) is not None]
            row[key] = statistics.median(values) if values else None
            quartiles = statistics.quantiles(values, n=4) if len(values) > 1 else [None] * 3
            row[f"{key}Q1"], row[f"{key}Q3"] = quartiles[0], quartiles[2]
        expected = [score["expected"]["samePerson"] for score in scores if score.get("expected")]
        row["expectedSame"] = statistics.fmean(expected) if expected else None
        # Those that a receiver as shipped would not doubt and that show somebody else.
        row["unmarkedOthers"] = statistics.fmean(
            score["cosine"] <= SAME_PERSON and score["expected"]["samePerson"] >= LEAST_LIKENESS
            for score in scores) if expected else None
        for key in ("error", "leastError"):
            values = [score[key] for score in scores if score.get(key) is not None]
            row[key] = statistics.fmean(values) if values else None
        misses = [abs(score["degreeReceived"] - score["degreeExpected"]) for score in scores
                  if score.get("degreeReceived") is not None]
        row["edited"] = statistics.fmean(miss == 0 for miss in misses) if misses else None
        row["editedWithinOne"] = statistics.fmean(miss <= 1 for miss in misses) if misses else None
        errors = [score["estimatedSNR"] - snr for score in scores if snr is not None and "estimatedSNR" in score]
        row["snrError"] = statistics.fmean(error ** 2 for error in errors) ** 0.5 if errors else None
        rows.append(row)
    return rows


def chart(rows):
    """An SVG, a panel for each score."""
    received = [row for row in rows if row["snr"] is not None]
    lines = {}
    for row in sorted(received, key=lambda row: row["snr"]):
        lines.setdefault((row["channel"], row["way"]), []).append(row)
    channels = len({row["channel"] for row in received})
    low, high = min(row["snr"] for row in received), max(row["snr"] for row in received)
    width = (WIDTH - LEFT - 2 * GAP - 20) / 3
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']

    def text(x, y, words, anchor="middle"):
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333">{escape(words)}</text>')

    def line(x1, y1, x2, y2, colour="#ddd", width=1):
        parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                     f'stroke-width="{width}"/>')

    for panel, (title, key) in enumerate(PANELS):
        values = [row[key] for row in received]
        bottom = 0.0 if key != "lpips" else int(min(values) * 20) / 20
        top = 1.0 if key != "lpips" else int(max(values) * 20 + 1) / 20
        left, foot = LEFT + panel * (width + GAP), HEIGHT - BOTTOM

        def x(value):
            return left + width * (value - low) / max(high - low, 1)

        def y(value):
            return foot - (foot - TOP) * (value - bottom) / (top - bottom)

        text(left + width / 2, TOP - 12, title)
        step = 0.05 if top - bottom < 0.5 else 0.2
        for number in range(round((top - bottom) / step) + 1):
            value = bottom + number * step
            line(left, y(value), left + width, y(value))
            text(left - 8, y(value) + 4, f"{value:.2f}", "end")
        for tick in sorted({row["snr"] for row in received}):
            line(x(tick), TOP, x(tick), foot)
            text(x(tick), foot + 18, f"{tick:g}".replace("-", "−"))
        text(left + width / 2, foot + 40, "Es/N0, dB")
        for (_, points), colour in zip(lines.items(), COLOURS):
            path = " ".join(f"{x(row['snr']):.1f},{y(row[key]):.1f}" for row in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            for row in points:
                parts.append(f'<circle cx="{x(row["snr"]):.1f}" cy="{y(row[key]):.1f}" r="3.5" fill="{colour}">'
                             f'<title>{row[key]:.3f} of {row["pictures"]} pictures</title></circle>')
    for number, ((channel, way), colour) in enumerate(zip(lines, COLOURS)):
        place, row = LEFT + number % 4 * (WIDTH - LEFT) / 4, 24 + number // 4 * 22
        line(place, row, place + 26, row, colour, 3)
        text(place + 34, row + 4, f"{channel}: {way}" if channels > 1 else way, "start")
    return "\n".join(parts) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--output", required=True, help="where the SVG goes")
    parser.add_argument("--csv", help="where the table goes")
    options = parser.parse_args()
    rows = []
    for entry in options.records:
        name, equals, path = entry.partition("=")
        if not equals:
            parser.error(f"NAME=FILE, not {entry}")
        try:
            with open(path) as file:
                rows += summaries(name, json.load(file))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            sys.exit(f"{path} is no record of an evaluation at many SNRs: {problem}")
    if len({(row["channel"], row["way"]) for row in rows if row["snr"] is not None}) > len(COLOURS):
        parser.error(f"at most {len(COLOURS)} lines")
    if options.csv:
        with open(options.csv, "w", newline="") as file:
            table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            table.writeheader()
            for row in rows:
                table.writerow({key: f"{value:.4g}" if isinstance(value, float) else value
                                for key, value in row.items()})
    with open(options.output, "w") as file:
        file.write(chart(rows))
    for row in rows:
        place = "as sent" if row["snr"] is None else f"{row['way']} {row['snr']:g} dB"
        print(f"{row['channel']}, {place}: LPIPS {row['lpips']:.3f}, SFace {row['cosine']:.2f}, "
              f"same {100 * row['same']:.0f} % of {row['pictures']}")


if __name__ == "__main__":
    main()
