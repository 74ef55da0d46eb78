#!/usr/bin/env python3
"""Draws how near inversions come, and how alike, against the seconds they take: medians over the photos of records.

    chart_inversions.py --output chart.svg "paper's recipe=paper.json" "encoder and steps=encoder.json"

A record is what `modelctl evaluate inversion --curve … --record FILE` writes. Prints the medians too. Needs nothing but
Python.
"""

import argparse
import json
import math
import statistics
import sys
from html import escape

COLOURS = ["#c2410c", "#1d4ed8", "#15803d", "#7e22ce"]
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, GAP = 960, 430, 60, 70, 60, 70
PANELS = [("LPIPS (VGG16) to the photo: lower is nearer", "lpips"),
          ("SFace cosine to the photo: higher is more alike", "cosine")]


def medians(record):
    """Of a record's photos at each place of the curve and at the end: steps, seconds, LPIPS, cosine."""
    faces, steps = list(record["faces"].values()), record["conditions"]["settings"]["inversionSteps"]
    if not faces:
        raise ValueError("a record without photos")
    places = [face["curve"] + [dict(face, step=steps)] for face in faces]
    found = []
    for points in zip(*places, strict=True):
        if len({point["step"] for point in points}) != 1:
            raise ValueError("photos of one record are scored after different steps")
        found.append({"step": points[0]["step"], **{
            name: statistics.median(point[name] for point in points) for name in ("seconds", "lpips", "cosine")}})
    return found


def ticks(low, high):
    """Powers of ten and their twos and fives."""
    every = [scale * 10 ** power for power in range(-3, 4) for scale in (1, 2, 5)]
    return [tick for tick in every if low <= tick <= high]


def chart(curves):
    """An SVG of [(name, medians)], a panel for each score, seconds on a logarithmic axis."""
    seconds = [point["seconds"] for _, points in curves for point in points]
    low, high = min(seconds) / 1.3, max(seconds) * 1.3
    width = (WIDTH - LEFT - GAP - 20) / 2
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']

    def text(x, y, words, anchor="middle", colour="#333", size=13):
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" '
                     f'font-size="{size}">{escape(words)}</text>')

    def line(x1, y1, x2, y2, colour="#ddd", width=1):
        parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                     f'stroke-width="{width}"/>')

    for panel, (title, name) in enumerate(PANELS):
        values = [point[name] for _, points in curves for point in points]
        bottom, top = math.floor(min(values) * 20) / 20, math.ceil(max(values) * 20) / 20
        left, foot = LEFT + panel * (width + GAP), HEIGHT - BOTTOM

        def x(value):
            return left + width * math.log(value / low) / math.log(high / low)

        def y(value):
            return foot - (foot - TOP) * (value - bottom) / max(top - bottom, 0.05)

        text(left + width / 2, TOP - 14, title)
        step = 0.05 if top - bottom < 0.5 else 0.1
        for i in range(round((top - bottom) / step) + 1):
            value = bottom + i * step
            line(left, y(value), left + width, y(value))
            text(left - 8, y(value) + 4, f"{value:.2f}", "end")
        for tick in ticks(low, high):
            line(x(tick), TOP, x(tick), foot)
            text(x(tick), foot + 18, f"{tick:g}")
        text(left + width / 2, foot + 40, "seconds a photo")
        for (_, points), colour in zip(curves, COLOURS):
            path = " ".join(f"{x(point['seconds']):.1f},{y(point[name]):.1f}" for point in points)
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            for point in points:
                parts.append(f'<circle cx="{x(point["seconds"]):.1f}" cy="{y(point[name]):.1f}" r="3.5" '
                             f'fill="{colour}"><title>{point["step"]} steps</title></circle>')
    for i, ((name, points), colour) in enumerate(zip(curves, COLOURS)):
        place = LEFT + i * (WIDTH - LEFT) / len(curves)
        line(place, 26, place + 26, 26, colour, 3)
        text(place + 34, 30, f"{name} ({points[0]['step']} to {points[-1]['step']} steps)", "start")
    return "\n".join(parts) + "\n</svg>\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", metavar="NAME=FILE", help="at most four")
    parser.add_argument("--output", required=True, help="where the SVG goes")
    options = parser.parse_args()
    if len(options.records) > len(COLOURS):
        parser.error(f"at most {len(COLOURS)} records")
    curves = []
    for entry in options.records:
        name, equals, path = entry.partition("=")
        if not equals:
            parser.error(f"NAME=FILE, not {entry}")
        try:
            with open(path) as file:
                record = json.load(file)
            points = medians(record)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
            sys.exit(f"{path} is no record of an inversion: {problem}")
        curves.append((name, points))
        print(f"{name}, {len(record['faces'])} photos")
        for point in points:
            print(f"  {point['step']:4d} steps {point['seconds']:7.2f} s  LPIPS {point['lpips']:.3f}  "
                  f"SFace {point['cosine']:.2f}")
    with open(options.output, "w") as file:
        file.write(chart(curves))


if __name__ == "__main__":
    main()
