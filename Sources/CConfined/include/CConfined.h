// Runs a picture decoder in a process of its own, with bounds in memory and time that it cannot leave.
#ifndef CCONFINED_H
#define CCONFINED_H

#include <stddef.h>
#include <stdint.h>

enum { CCONFINED_MESSAGE_SIZE = 120, CCONFINED_PROFILE_SIZE = 4 << 20 };

/// What a decoder leaves: in memory that both processes share, so nothing in it is to be trusted.
struct cconfined_picture {
    /// 0, or why there is no picture.
    int32_t status;
    char message[CCONFINED_MESSAGE_SIZE];
    uint32_t width, height;
    /// Bytes of a pixel: 3 for RGB, 4 for RGB and straight alpha.
    uint32_t channels;
    /// Colours as ITU-T H.273 numbers them; 0 where the file does not say.
    uint32_t primaries, transfer;
    /// ICC profile; 0 bytes where there is none.
    uint32_t profile_count;
    uint8_t profile[CCONFINED_PROFILE_SIZE];
    /// Rows from the top without padding.
    uint8_t pixels[];
};

enum cconfined_status {
    CCONFINED_OK = 0,
    CCONFINED_DAMAGED = 1,
    CCONFINED_TOO_MANY_PIXELS = 2,
    CCONFINED_STOPPED = 3,
    CCONFINED_TOO_LONG = 4,
    CCONFINED_BROKEN = 5,
    CCONFINED_NO_PROCESS = 6,
};

/// Decodes `count` bytes into `picture`, which has room for `pixel_limit` pixels of 4 bytes.
typedef void (*cconfined_decoder)(const uint8_t *bytes, size_t count, struct cconfined_picture *picture,
                                  size_t pixel_limit);
/// Called every few milliseconds in this process; not 0 ends the decoding.
typedef int (*cconfined_checkpoint)(void *context);

struct cconfined_limits {
    size_t pixels;
    /// Bytes that the decoder may take, besides the picture it leaves.
    size_t memory;
    /// Seconds of processor time.
    uint32_t seconds;
};

/// Says why there is no picture.
void cconfined_refuse(struct cconfined_picture *picture, enum cconfined_status status, const char *message);

/// Runs `decoder` and waits. Returns a `cconfined_status`; `*picture` is to be given to `cconfined_free` (NULL is none).
int cconfined_decode(cconfined_decoder decoder, const uint8_t *bytes, size_t count,
                     const struct cconfined_limits *limits, cconfined_checkpoint checkpoint, void *context,
                     struct cconfined_picture **picture);

void cconfined_free(struct cconfined_picture *picture, const struct cconfined_limits *limits);

/// Whether decoders really run in a process of their own; not so under a sanitizer.
int cconfined_is_confined(void);

static inline const uint8_t *cconfined_pixels(const struct cconfined_picture *picture) { return picture->pixels; }
static inline const uint8_t *cconfined_profile(const struct cconfined_picture *picture) { return picture->profile; }
static inline const char *cconfined_message(const struct cconfined_picture *picture) { return picture->message; }

#endif
