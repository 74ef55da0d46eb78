#include "CWebP.h"

#include <webp/decode.h>

static const char *reason(VP8StatusCode code) {
    switch (code) {
        case VP8_STATUS_OUT_OF_MEMORY: return "out of memory";
        case VP8_STATUS_NOT_ENOUGH_DATA: return "the file ends early";
        case VP8_STATUS_UNSUPPORTED_FEATURE: return "it holds something that libwebp does not know";
        default: return "bitstream error";
    }
}

void cwebp_decode(const uint8_t *bytes, size_t count, struct cconfined_picture *picture, size_t pixel_limit) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return cconfined_refuse(picture, CCONFINED_BROKEN, "another libwebp");
    VP8StatusCode code = WebPGetFeatures(bytes, count, &config.input);
    if (code != VP8_STATUS_OK) return cconfined_refuse(picture, CCONFINED_DAMAGED, reason(code));
    if (config.input.has_animation) {
        return cconfined_refuse(picture, CCONFINED_DAMAGED, "it is an animation; one still picture is needed");
    }
    if (config.input.width <= 0 || config.input.height <= 0) {
        return cconfined_refuse(picture, CCONFINED_DAMAGED, "empty picture");
    }
    picture->width = (uint32_t)config.input.width;
    picture->height = (uint32_t)config.input.height;
    if ((size_t)picture->width > pixel_limit / picture->height) {
        return cconfined_refuse(picture, CCONFINED_TOO_MANY_PIXELS, "");
    }
    picture->channels = config.input.has_alpha ? 4 : 3;
    config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = picture->pixels;
    config.output.u.RGBA.stride = (int)(picture->width * picture->channels);
    config.output.u.RGBA.size = (size_t)picture->width * picture->height * picture->channels;
    code = WebPDecode(bytes, count, &config);
    WebPFreeDecBuffer(&config.output);
    if (code != VP8_STATUS_OK) return cconfined_refuse(picture, CCONFINED_DAMAGED, reason(code));
    picture->status = CCONFINED_OK;
}
