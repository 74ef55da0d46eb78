// Colours to sRGB over Little CMS.
#ifndef CLCMS_H
#define CLCMS_H

#include <stddef.h>
#include <stdint.h>

/// How samples lie in a row.
enum clcms_layout {
    CLCMS_RGB,
    CLCMS_RGBA,
    /// 16 bits each, in the machine's order.
    CLCMS_RGBA16,
    /// Ink, or with 255 for none.
    CLCMS_CMYK,
    CLCMS_CMYK_INVERTED,
};

typedef struct clcms_transform clcms_transform;

/// From an ICC profile. NULL where it is unreadable or of other colours than the samples; a profile of greys fits `grey`
/// pictures only.
clcms_transform *clcms_from_profile(const uint8_t *profile, size_t count, enum clcms_layout layout, int grey);

/// From x and y of white, red, green and blue, and a curve from samples to light, both 0 to 65,535.
clcms_transform *clcms_from_primaries(const double xy[8], const uint16_t *curve, uint32_t points,
                                      enum clcms_layout layout);

/// Converts `count` pixels to 8-bit RGB.
void clcms_convert(clcms_transform *transform, const void *from, uint8_t *rgb, uint32_t count);

void clcms_free(clcms_transform *transform);

#endif
