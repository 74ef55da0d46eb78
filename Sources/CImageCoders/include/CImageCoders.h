// Lossy picture files in memory, for baselines: libjpeg-turbo, libwebp, libheif with libaom and x265.
#ifndef CIMAGECODERS_H
#define CIMAGECODERS_H

#include <stddef.h>
#include <stdint.h>

enum { CIMAGECODERS_MESSAGE_SIZE = 200 };

/// `rgb` has width · height · 3 bytes; `quality` is 0 to 100. The file is to be freed with `free`.
/// Return 0, or -1 with a message.
int cimagecoders_jpeg(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **file, size_t *count,
                      char message[CIMAGECODERS_MESSAGE_SIZE]);
int cimagecoders_webp(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **file, size_t *count,
                      char message[CIMAGECODERS_MESSAGE_SIZE]);
/// AV1 in HEIF, or HEVC.
int cimagecoders_heif(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, int is_av1, uint8_t **file,
                      size_t *count, char message[CIMAGECODERS_MESSAGE_SIZE]);

#endif
