#include "CPNG.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

static void set_message(char *to, const char *from) {
    strncpy(to, from, CPNG_MESSAGE_SIZE - 1);
    to[CPNG_MESSAGE_SIZE - 1] = 0;
}

int cpng_decode_rgba(const uint8_t *bytes, size_t count, uint8_t *rgba, uint32_t width, uint32_t height,
                     char message[CPNG_MESSAGE_SIZE]) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes, count)) {
        set_message(message, image.message);
        return -1;
    }
    if (image.width != width || image.height != height) {
        set_message(message, "dimensions changed between header and data");
        png_image_free(&image);
        return -1;
    }
    image.format = PNG_FORMAT_RGBA;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16-bit files without gAMA are sRGB like the others, not linear
    if (!png_image_finish_read(&image, NULL, rgba, (png_int_32)(width * 4), NULL)) {
        set_message(message, image.message);
        png_image_free(&image);
        return -1;
    }
    return 0;
}

int cpng_encode_rgb(const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **out, size_t *out_count,
                    char message[CPNG_MESSAGE_SIZE]) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *block = malloc(size);
    if (block == NULL) {
        set_message(message, "out of memory");
        return -1;
    }
    if (!png_image_write_to_memory(&image, block, &size, 0, rgb, (png_int_32)(width * 3), NULL)) {
        set_message(message, image.message);
        free(block);
        return -1;
    }
    *out = block;
    *out_count = size;
    return 0;
}

void cpng_free(uint8_t *block) { free(block); }
