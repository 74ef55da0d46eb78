// HEIC and AVIF over libheif.
#ifndef CHEIF_H
#define CHEIF_H

#include "CConfined.h"

/// Decodes the primary picture, turned as the file says, to RGBA, or RGB where it has no alpha. A `cconfined_decoder`.
void cheif_decode(const uint8_t *bytes, size_t count, struct cconfined_picture *picture, size_t pixel_limit);

/// Loads what libheif loads once, so that no later process has to.
void cheif_prepare(void);

#endif
