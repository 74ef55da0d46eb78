#include "CImageCoders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <webp/encode.h>

int cimagecoders_webp(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **file, size_t *count,
                      char message[CIMAGECODERS_MESSAGE_SIZE]) {
    WebPConfig config;
    WebPPicture picture;
    WebPMemoryWriter writer;
    if (!WebPConfigInit(&config) || !WebPPictureInit(&picture)) {
        snprintf(message, CIMAGECODERS_MESSAGE_SIZE, "another libwebp");
        return -1;
    }
    config.quality = (float)quality;
    config.method = 6;
    picture.width = (int)width;
    picture.height = (int)height;
    WebPMemoryWriterInit(&writer);
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
    int is_done = WebPPictureImportRGB(&picture, rgb, (int)width * 3) && WebPEncode(&config, &picture);
    int code = picture.error_code;
    WebPPictureFree(&picture);
    // Its memory is the library's.
    uint8_t *bytes = is_done ? malloc(writer.size) : NULL;
    if (bytes != NULL) {
        memcpy(bytes, writer.mem, writer.size);
        *file = bytes;
        *count = writer.size;
    } else {
        snprintf(message, CIMAGECODERS_MESSAGE_SIZE, "libwebp's error %d", code);
    }
    WebPMemoryWriterClear(&writer);
    return bytes != NULL ? 0 : -1;
}
