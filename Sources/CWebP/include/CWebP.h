// WebP over libwebp.
#ifndef CWEBP_H
#define CWEBP_H

#include "CConfined.h"

/// Decodes a still picture to RGBA, or RGB where it has no alpha. A `cconfined_decoder`; profiles are the caller's.
void cwebp_decode(const uint8_t *bytes, size_t count, struct cconfined_picture *picture, size_t pixel_limit);

#endif
