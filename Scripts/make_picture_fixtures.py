#!/usr/bin/env python3
"""Makes the small JPEG and PNG files of Tests/ImagingTests/Fixtures (needs Pillow and NumPy).

The picture is 24 x 16: the left half red, the right half blue, the top left 8 x 8 block green.
usage: make_picture_fixtures.py Tests/ImagingTests/Fixtures
"""
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

out = Path(sys.argv[1])
rgb = np.zeros((16, 24, 3), np.uint8)
rgb[:, :12] = (255, 0, 0)
rgb[:, 12:] = (0, 0, 255)
rgb[:8, :8] = (0, 255, 0)
image = Image.fromarray(rgb)
turn = {
    1: lambda i: i,
    2: lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda i: i.transpose(Image.Transpose.ROTATE_180),
    4: lambda i: i.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda i: i.transpose(Image.Transpose.TRANSPOSE),
    6: lambda i: i.transpose(Image.Transpose.ROTATE_90),
    7: lambda i: i.transpose(Image.Transpose.TRANSVERSE),
    8: lambda i: i.transpose(Image.Transpose.ROTATE_270),
}
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = turn[orientation](image)
    stored.save(out / f"orientation-{orientation}.jpg", quality=95, subsampling=0, exif=exif)
stored = turn[6](image)
exif = Image.Exif()
exif[0x0112] = 6
stored.save(out / "orientation-6.png", exif=exif)
image.save(out / "rgb.png")
image.save(out / "progressive.jpg", quality=95, subsampling=0, progressive=True)
image.convert("L").save(out / "grey.jpg", quality=95)
image.convert("CMYK").save(out / "cmyk.jpg", quality=95)
image.convert("P").save(out / "palette.png")
rgba = np.dstack([rgb, np.full((16, 24), 255, np.uint8)])
rgba[8:, :12, 3] = 0
rgba[8:, 12:, 3] = 128
Image.fromarray(rgba).save(out / "alpha.png")
image.convert("L").save(out / "grey.png")


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# Pillow cannot write 16-bit RGB.
rows = b"".join(b"\0" + (row.astype(">u2") * 257).tobytes() for row in rgb)
(out / "sixteen-bit.png").write_bytes(
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 24, 16, 16, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(rows, 9))
    + chunk(b"IEND", b"")
)
# Mid grey 0x8000 tells sRGB 16-bit (128) from linear 16-bit (188).
rows = b"".join(b"\0" + struct.pack(">H", 0x8000) * 8 for _ in range(8))
(out / "sixteen-bit-grey.png").write_bytes(
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 16, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(rows, 9))
    + chunk(b"IEND", b"")
)
# What Pillow itself shows for the CMYK file and for the area reduction, to compare with.
Image.open(out / "cmyk.jpg").convert("RGB").save(out / "cmyk-as-rgb.png")
y, x = np.mgrid[0:37, 0:53]
pattern = np.stack([(x * 5) % 256, (y * 7) % 256, (x * y) % 256], axis=-1).astype(np.uint8)
Image.fromarray(pattern).save(out / "pattern.png")
Image.fromarray(pattern).resize((11, 9), Image.Resampling.BOX).save(out / "pattern-box-11x9.png")
