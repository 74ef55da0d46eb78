#!/usr/bin/env python3
"""Checks SigMF recordings against the official schema and reads them with NumPy: a JSON line for each.

    check_sigmf.py RECORDING.sigmf-meta…

Needs the sigmf package from PyPI, which carries the schema: `make test-packages` installs it into .build/test-venv.
"""

import argparse
import json
import pathlib
import sys

try:
    import numpy
    import sigmf
    from sigmf import validate
except ImportError as missing:
    missing_package = missing.name
else:
    missing_package = None


def check(path):
    """What a reader finds in a recording.

    Raises jsonschema.ValidationError where the metadata break the schema, ValueError where the data do not fit them.
    """
    metadata = json.loads(path.read_text())
    validate.validate(metadata)
    kind = metadata["global"]["core:datatype"]
    order = {"ci16_be": ">i2", "ci16_le": "<i2"}[kind]
    values = numpy.fromfile(path.with_suffix(".sigmf-data"), order)
    if values.size % 2:
        raise ValueError("the data file ends within a sample")
    captures = metadata["captures"]
    starts = [capture["core:sample_start"] for capture in captures]
    if starts != sorted(set(starts)) or any(start >= values.size // 2 for start in starts):
        raise ValueError("the captures do not lie in the data file, in order")
    return {
        "specification": sigmf.__specification__,
        "datatype": kind,
        "sample_rate": metadata["global"]["core:sample_rate"],
        "captures": [[capture["core:sample_start"], capture.get("core:global_index")] for capture in captures],
        "samples": values.reshape(-1, 2).tolist(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", nargs="+", type=pathlib.Path, help="a .sigmf-meta file, its data beside it")
    recordings = parser.parse_args().recording
    if missing_package is not None:
        sys.exit(f"check_sigmf.py: {missing_package} is missing: make test-packages, then .build/test-venv/bin/python")
    for path in recordings:
        print(json.dumps(check(path)))


if __name__ == "__main__":
    main()
