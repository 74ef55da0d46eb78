// JPEG from memory over libjpeg, whose error jumps never leave this file's C frames.
#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

enum { CJPEG_MESSAGE_SIZE = 200 };

/// Reads the dimensions without decoding. Returns 0, or -1 with a message.
int cjpeg_read_header(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height,
                      char message[CJPEG_MESSAGE_SIZE]);

/// Decodes grey, YCbCr, RGB, CMYK and YCCK into `rgb`, which holds exactly width × height × 3 bytes.
/// Truncated and damaged files, and progressive files with an absurd number of scans, are errors.
int cjpeg_decode_rgb(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height,
                     char message[CJPEG_MESSAGE_SIZE]);

#endif
