// JPEG from memory over libjpeg, whose error jumps never leave this file's C frames.
#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

enum { CJPEG_MESSAGE_SIZE = 200 };

struct cjpeg_header {
    uint32_t width, height;
    /// 1 for grey, 3, or 4 for CMYK and YCCK.
    int components;
    /// Whether an Adobe marker says that CMYK holds inverted ink: 255 is no ink.
    int inverted;
};

/// How much may be spent on one file.
struct cjpeg_limits {
    /// Bytes of memory of the library's own.
    size_t memory;
    /// Scans, and scans times pixels: each scan visits every pixel.
    uint32_t scans;
    uint64_t scanned_pixels;
};

/// Takes one row: RGB, or CMYK as it is stored. Not 0 ends the decoding.
typedef int (*cjpeg_row)(void *context, uint32_t y, const void *samples);
/// Called often; not 0 ends the decoding.
typedef int (*cjpeg_checkpoint)(void *context);

/// Reads the header without decoding. Returns 0, or -1 with a message.
int cjpeg_read_header(const uint8_t *bytes, size_t count, struct cjpeg_header *header,
                      char message[CJPEG_MESSAGE_SIZE]);

/// Decodes the file of this header: grey, YCbCr and RGB to rows of RGB, CMYK and YCCK to rows of CMYK.
/// A file that ends early is damaged unless every line was there, only the end marker missing.
/// Returns 0; 1 when a callback ended it; -1 with a message when the file is damaged or costs more than the limits.
int cjpeg_decode(const uint8_t *bytes, size_t count, const struct cjpeg_header *header,
                 const struct cjpeg_limits *limits, cjpeg_row row, cjpeg_checkpoint checkpoint, void *context,
                 char message[CJPEG_MESSAGE_SIZE]);

#endif
