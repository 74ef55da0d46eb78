#!/usr/bin/env python3
"""Makes the small JPEG and PNG files of Tests/ImagingTests/Fixtures (needs Pillow, pillow-heif and NumPy).

The picture is 24 x 16: the left half red, the right half blue, the top left 8 x 8 block green.
usage: make_picture_fixtures.py Tests/ImagingTests/Fixtures
"""
import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms
from pillow_heif import register_heif_opener

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


# Formats of telephones and browsers (pillow-heif writes HEIC and AVIF). Smooth, so that lossy ones come near.
register_heif_opener()
image.save(out / "rgb.webp", lossless=True)
image.save(out / "lossy.webp", quality=95)
Image.fromarray(rgba).save(out / "alpha.webp", lossless=True)
exif = Image.Exif()
exif[0x0112] = 6
turn[6](image).save(out / "orientation-6.webp", lossless=True, exif=exif)
image.save(out / "animated.webp", save_all=True, append_images=[image.convert("L").convert("RGB")], lossless=True)
image.resize((96, 64), Image.Resampling.NEAREST).save(out / "rgb.heic", quality=95, chroma=444)
image.resize((96, 64), Image.Resampling.NEAREST).save(out / "rgb.avif", quality=95, subsampling="4:4:4")


def tag(kind, body):
    return kind + b"\0" * 4 + body


def curve(gamma):
    return tag(b"curv", struct.pack(">IH", 1, round(gamma * 256)))


def s15(*values):
    return struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))


def profile(space, tags, connection=b"XYZ ", kind=b"mntr"):
    """An ICC profile of version 2."""
    table, data, offset = b"", b"", 128 + 4 + 12 * len(tags)
    for name, body in tags.items():
        body += b"\0" * (-len(body) % 4)
        table += name + struct.pack(">II", offset + len(data), len(body))
        data += body
    header = struct.pack(">I4sI4s4s4s", offset + len(data), b"lcms", 0x02400000, kind, space, connection)
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + s15(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


# Columns of RGB to XYZ under D50, as Apple's and Adobe's own profiles have them.
P3 = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
ADOBE = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])


def matrix_profile(matrix, gamma):
    text = tag(b"text", b"CC0\0")
    description = tag(b"desc", struct.pack(">I", 5) + b"test\0" + b"\0" * 78)
    tags = {b"desc": description, b"cprt": text, b"wtpt": tag(b"XYZ ", s15(0.9642, 1, 0.8249))}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), matrix.T):
        tags[name] = tag(b"XYZ ", s15(*column))
    return profile(b"RGB ", tags | {name: curve(gamma) for name in (b"rTRC", b"gTRC", b"bTRC")})


def to_srgb(matrix, gamma, colour):
    light = np.linalg.solve(SRGB, matrix @ (np.array(colour) / 255) ** gamma).clip(0, 1)
    return [round(255 * v) for v in np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)]


def cmyk_profile():
    """Ink that darkens by halves: a table of two points an axis from CMYK to Lab."""
    table = b""
    for index in range(16):
        c, m, y, k = (index >> shift & 1 for shift in (3, 2, 1, 0))
        lightness = 100 * (1 - 0.5 * c) * (1 - 0.5 * m) * (1 - 0.2 * y) * (1 - 0.9 * k)
        table += bytes([round(lightness * 2.55), 128 + 40 * (m - c), 128 + 40 * (y - m)])
    line = bytes(range(256))
    lut = tag(b"mft1", bytes([4, 3, 2, 0]) + s15(1, 0, 0, 0, 1, 0, 0, 0, 1) + line * 4 + table + line * 3)
    description = tag(b"desc", struct.pack(">I", 5) + b"test\0" + b"\0" * 78)
    tags = {b"desc": description, b"cprt": tag(b"text", b"CC0\0"), b"wtpt": tag(b"XYZ ", s15(0.9642, 1, 0.8249))}
    return profile(b"CMYK", tags | {b"A2B0": lut}, connection=b"Lab ", kind=b"prtr")


def plain_png(name, colour, *chunks):
    rows = b"".join(b"\0" + bytes(colour) * 8 for _ in range(8))
    (out / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)) + b"".join(chunks)
        + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


COLOUR = (200, 100, 50)
swatch = Image.new("RGB", (16, 16), COLOUR)
p3, adobe = matrix_profile(P3, 2.2), matrix_profile(ADOBE, 2.19921875)
expected = {"p3": to_srgb(P3, 2.2, COLOUR), "adobe": to_srgb(ADOBE, 2.19921875, COLOUR)}
plain_png("p3.png", COLOUR, chunk(b"iCCP", b"p3\0\0" + zlib.compress(p3, 9)))
# Display P3 by its numbers in ITU-T H.273, and Macs' old gamma of 1.8.
plain_png("cicp.png", COLOUR, chunk(b"cICP", bytes([12, 13, 0, 1])))
plain_png("gamma.png", COLOUR, chunk(b"gAMA", struct.pack(">I", 55556)))
D65 = (31270, 32900)
plain_png("chrm.png", COLOUR, chunk(b"gAMA", struct.pack(">I", 45455)),
          chunk(b"cHRM", struct.pack(">8I", *D65, 64000, 33000, 21000, 71000, 15000, 6000)))
swatch.save(out / "adobe.jpg", quality=100, subsampling=0, icc_profile=adobe)
swatch.save(out / "p3.webp", lossless=True, icc_profile=p3)
swatch.resize((64, 64)).save(out / "p3.heic", quality=100, chroma=444, icc_profile=p3)
expected["gamma"] = to_srgb(SRGB, 1.8, COLOUR)
cmyk = cmyk_profile()
inked = Image.new("CMYK", (16, 16), (40, 160, 90, 30))
inked.save(out / "cmyk-profile.jpg", quality=100, icc_profile=cmyk)
lab = ImageCms.profileToProfile(inked, ImageCms.ImageCmsProfile(io.BytesIO(cmyk)), ImageCms.createProfile("sRGB"),
                                outputMode="RGB")
expected["cmyk"] = list(lab.getpixel((8, 8)))
# sRGB's own curve on other primaries.
linear = np.array(COLOUR) / 255
linear = np.where(linear > 0.04045, ((linear + 0.055) / 1.055) ** 2.4, linear / 12.92)
for name, matrix in (("cicp", P3), ("chrm", ADOBE)):
    light = np.linalg.solve(SRGB, matrix @ linear).clip(0, 1)
    coded = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    expected[name] = [round(255 * v) for v in coded]
print("what ColourTests expect:", expected)
