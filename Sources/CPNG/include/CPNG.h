// PNG in and out of memory over libpng's simplified API, whose error jumps never leave this file's C frames.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

enum { CPNG_MESSAGE_SIZE = 96 };

/// Decodes into `rgba` (8-bit sRGB, straight alpha), which holds exactly width × height × 4 bytes.
/// Returns 0, or -1 with a message when the file is damaged or has other dimensions.
int cpng_decode_rgba(const uint8_t *bytes, size_t count, uint8_t *rgba, uint32_t width, uint32_t height,
                     char message[CPNG_MESSAGE_SIZE]);

/// Encodes 8-bit sRGB pixels. On success `*out` is a block to be given to `cpng_free`.
int cpng_encode_rgb(const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **out, size_t *out_count,
                    char message[CPNG_MESSAGE_SIZE]);

void cpng_free(uint8_t *block);

#endif
