// PNG in and out of memory over libpng, whose error jumps never leave this file's C frames.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

enum { CPNG_MESSAGE_SIZE = 96 };

/// A file whose header has been read.
typedef struct cpng_reader cpng_reader;

/// What the chunks before the picture say.
struct cpng_header {
    uint32_t width, height;
    /// 8, or 16 where the file has 16 bits a channel: of the rows that `cpng_read` hands out.
    uint32_t bits;
    /// Whether the file holds no colour.
    int grey;
    /// Whether an sRGB chunk says that nothing is to be converted.
    int srgb;
    /// File gamma times 100,000; 0 where none is given.
    uint32_t gamma;
    /// White, red, green and blue, x before y, times 100,000; all 0 where none are given.
    int32_t chromaticities[8];
    /// The embedded profile, which lives as long as the reader; NULL where there is none.
    const uint8_t *profile;
    size_t profile_count;
};

/// Takes one row of straight RGBA samples, 8 or 16 bits each in the machine's order. Not 0 ends the decoding.
typedef int (*cpng_row)(void *context, uint32_t y, const void *rgba);
/// Called often; not 0 ends the decoding.
typedef int (*cpng_checkpoint)(void *context);

/// Reads the header and the chunks that matter for colours; all others are skipped, never inflated.
/// Returns NULL with a message when the file is damaged. `bytes` must live as long as the reader.
cpng_reader *cpng_open(const uint8_t *bytes, size_t count, uint32_t width_limit, uint32_t height_limit,
                       struct cpng_header *header, char message[CPNG_MESSAGE_SIZE]);

/// Decodes row after row and no byte more: what the data inflate to behind the last row is never looked at.
/// Returns 0; 1 when a callback ended it; -1 with a message when the file is damaged.
int cpng_read(cpng_reader *reader, cpng_row row, cpng_checkpoint checkpoint, void *context,
              char message[CPNG_MESSAGE_SIZE]);

void cpng_close(cpng_reader *reader);

/// Encodes 8-bit sRGB pixels. On success `*out` is a block to be given to `cpng_free`.
int cpng_encode_rgb(const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **out, size_t *out_count,
                    char message[CPNG_MESSAGE_SIZE]);

void cpng_free(uint8_t *block);

#endif
