#include "CImageCoders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libheif/heif.h>

struct output {
    uint8_t *bytes;
    size_t count;
};

static struct heif_error keep(struct heif_context *context, const void *data, size_t size, void *user) {
    (void)context;
    struct output *output = user;
    output->bytes = malloc(size);
    struct heif_error error = {heif_error_Ok, heif_suberror_Unspecified, ""};
    if (output->bytes == NULL) {
        error.code = heif_error_Memory_allocation_error;
        error.message = "no memory";
        return error;
    }
    memcpy(output->bytes, data, size);
    output->count = size;
    return error;
}

static struct heif_error fill(struct heif_image *image, const uint8_t *rgb, uint32_t width, uint32_t height) {
    struct heif_error error =
        heif_image_add_plane(image, heif_channel_interleaved, (int)width, (int)height, 24);
    if (error.code != heif_error_Ok) return error;
    int stride = 0;
    uint8_t *plane = heif_image_get_plane(image, heif_channel_interleaved, &stride);
    for (uint32_t y = 0; y < height; y++) {
        memcpy(plane + (size_t)y * (size_t)stride, rgb + (size_t)y * width * 3, (size_t)width * 3);
    }
    return error;
}

int cimagecoders_heif(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, int is_av1, uint8_t **file,
                      size_t *count, char message[CIMAGECODERS_MESSAGE_SIZE]) {
    struct heif_context *context = heif_context_alloc();
    struct heif_encoder *encoder = NULL;
    struct heif_image *image = NULL;
    struct heif_writer writer = {.writer_api_version = 1, .write = keep};
    struct output output = {NULL, 0};
    struct heif_error error = heif_context_get_encoder_for_format(
        context, is_av1 ? heif_compression_AV1 : heif_compression_HEVC, &encoder);
    if (error.code == heif_error_Ok) error = heif_encoder_set_lossy_quality(encoder, quality);
    if (error.code == heif_error_Ok) {
        error = heif_image_create((int)width, (int)height, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image);
    }
    if (error.code == heif_error_Ok) error = fill(image, rgb, width, height);
    if (error.code == heif_error_Ok) error = heif_context_encode_image(context, image, encoder, NULL, NULL);
    if (error.code == heif_error_Ok) error = heif_context_write(context, &writer, &output);
    // The message may be the context's.
    if (error.code != heif_error_Ok) {
        snprintf(message, CIMAGECODERS_MESSAGE_SIZE, "%s", error.message != NULL ? error.message : "unknown error");
        free(output.bytes);
    }
    if (image != NULL) heif_image_release(image);
    if (encoder != NULL) heif_encoder_release(encoder);
    heif_context_free(context);
    if (error.code != heif_error_Ok) return -1;
    *file = output.bytes;
    *count = output.count;
    return 0;
}
