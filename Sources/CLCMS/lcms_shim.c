#include "CLCMS.h"

#include <lcms2.h>
#include <stdlib.h>

struct clcms_transform {
    cmsContext context;
    cmsHTRANSFORM transform;
};

static cmsUInt32Number format_of(enum clcms_layout layout, int grey) {
    if (grey) {
        // The first of equal channels.
        switch (layout) {
            case CLCMS_RGB: return COLORSPACE_SH(PT_GRAY) | EXTRA_SH(2) | CHANNELS_SH(1) | BYTES_SH(1);
            case CLCMS_RGBA: return COLORSPACE_SH(PT_GRAY) | EXTRA_SH(3) | CHANNELS_SH(1) | BYTES_SH(1);
            case CLCMS_RGBA16: return COLORSPACE_SH(PT_GRAY) | EXTRA_SH(3) | CHANNELS_SH(1) | BYTES_SH(2);
            default: return 0;
        }
    }
    switch (layout) {
        case CLCMS_RGB: return TYPE_RGB_8;
        case CLCMS_RGBA: return TYPE_RGBA_8;
        case CLCMS_RGBA16: return TYPE_RGBA_16;
        case CLCMS_CMYK: return TYPE_CMYK_8;
        case CLCMS_CMYK_INVERTED: return TYPE_CMYK_8_REV;
    }
    return 0;
}

// Takes `profile` and `context` over.
static clcms_transform *finish(cmsContext context, cmsHPROFILE profile, cmsUInt32Number format) {
    clcms_transform *result = malloc(sizeof *result);
    cmsHPROFILE srgb = cmsCreate_sRGBProfileTHR(context);
    cmsHTRANSFORM transform = NULL;
    if (result != NULL && srgb != NULL && format != 0) {
        transform = cmsCreateTransformTHR(context, profile, format, srgb, TYPE_RGB_8, INTENT_PERCEPTUAL, 0);
    }
    if (srgb != NULL) cmsCloseProfile(srgb);
    cmsCloseProfile(profile);
    if (transform == NULL) {
        free(result);
        cmsDeleteContext(context);
        return NULL;
    }
    *result = (clcms_transform){.context = context, .transform = transform};
    return result;
}

clcms_transform *clcms_from_profile(const uint8_t *profile, size_t count, enum clcms_layout layout, int grey) {
    cmsContext context = cmsCreateContext(NULL, NULL);
    if (context == NULL) return NULL;
    cmsHPROFILE opened = cmsOpenProfileFromMemTHR(context, profile, (cmsUInt32Number)count);
    if (opened == NULL) {
        cmsDeleteContext(context);
        return NULL;
    }
    int four = layout == CLCMS_CMYK || layout == CLCMS_CMYK_INVERTED;
    cmsUInt32Number format = 0;
    switch (cmsGetColorSpace(opened)) {
        case cmsSigRgbData: format = four ? 0 : format_of(layout, 0); break;
        case cmsSigCmykData: format = four ? format_of(layout, 0) : 0; break;
        case cmsSigGrayData: format = grey && !four ? format_of(layout, 1) : 0; break;
        default: break;
    }
    return finish(context, opened, format);
}

clcms_transform *clcms_from_primaries(const double xy[8], const uint16_t *curve, uint32_t points,
                                      enum clcms_layout layout) {
    cmsContext context = cmsCreateContext(NULL, NULL);
    if (context == NULL) return NULL;
    cmsToneCurve *tone = cmsBuildTabulatedToneCurve16(context, points, curve);
    cmsHPROFILE profile = NULL;
    if (tone != NULL) {
        cmsCIExyY white = {xy[0], xy[1], 1};
        cmsCIExyYTRIPLE primaries = {{xy[2], xy[3], 1}, {xy[4], xy[5], 1}, {xy[6], xy[7], 1}};
        cmsToneCurve *curves[3] = {tone, tone, tone};
        profile = cmsCreateRGBProfileTHR(context, &white, &primaries, curves);
        cmsFreeToneCurve(tone);
    }
    if (profile == NULL) {
        cmsDeleteContext(context);
        return NULL;
    }
    return finish(context, profile, format_of(layout, 0));
}

void clcms_convert(clcms_transform *transform, const void *from, uint8_t *rgb, uint32_t count) {
    cmsDoTransform(transform->transform, from, rgb, count);
}

void clcms_free(clcms_transform *transform) {
    if (transform == NULL) return;
    cmsDeleteTransform(transform->transform);
    cmsDeleteContext(transform->context);
    free(transform);
}
