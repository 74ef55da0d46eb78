#include "CHEIF.h"

#include <libheif/heif.h>
#include <string.h>

/// Longest edge of a picture or of a tile.
enum { LONGEST_EDGE = 32768 };

void cheif_prepare(void) { heif_init(NULL); }

static void refuse(struct cconfined_picture *picture, struct heif_error error) {
    cconfined_refuse(picture, CCONFINED_DAMAGED, error.message != NULL ? error.message : "unknown error");
}

static int fits(struct cconfined_picture *picture, int width, int height, size_t pixel_limit) {
    if (width <= 0 || height <= 0) {
        cconfined_refuse(picture, CCONFINED_DAMAGED, "empty picture");
        return 0;
    }
    picture->width = (uint32_t)width;
    picture->height = (uint32_t)height;
    if ((size_t)width > pixel_limit / (size_t)height) {
        cconfined_refuse(picture, CCONFINED_TOO_MANY_PIXELS, "");
        return 0;
    }
    return 1;
}

static void read_colours(const struct heif_image_handle *handle, struct cconfined_picture *picture) {
    size_t size = heif_image_handle_get_raw_color_profile_size(handle);
    if (size > 0 && size <= CCONFINED_PROFILE_SIZE &&
        heif_image_handle_get_raw_color_profile(handle, picture->profile).code == heif_error_Ok) {
        picture->profile_count = (uint32_t)size;
        return;
    }
    struct heif_color_profile_nclx *nclx = NULL;
    if (heif_image_handle_get_nclx_color_profile(handle, &nclx).code == heif_error_Ok && nclx != NULL) {
        picture->primaries = (uint32_t)nclx->color_primaries;
        picture->transfer = (uint32_t)nclx->transfer_characteristics;
        heif_nclx_color_profile_free(nclx);
    }
}

static void copy(const struct heif_image *image, struct cconfined_picture *picture) {
    int stride = 0;
    const uint8_t *plane = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
    size_t row = (size_t)picture->width * picture->channels;
    if (plane == NULL || stride < 0 || (size_t)stride < row) {
        return cconfined_refuse(picture, CCONFINED_DAMAGED, "no pixels");
    }
    for (uint32_t y = 0; y < picture->height; y++) {
        memcpy(picture->pixels + y * row, plane + (size_t)y * (size_t)stride, row);
    }
    picture->status = CCONFINED_OK;
}

static void decode(struct heif_context *file, const uint8_t *bytes, size_t count, struct cconfined_picture *picture,
                   size_t pixel_limit) {
    heif_context_set_maximum_image_size_limit(file, LONGEST_EDGE);
    heif_context_set_max_decoding_threads(file, 0);
    struct heif_error error = heif_context_read_from_memory_without_copy(file, bytes, count, NULL);
    if (error.code != heif_error_Ok) return refuse(picture, error);
    struct heif_image_handle *handle = NULL;
    error = heif_context_get_primary_image_handle(file, &handle);
    if (error.code != heif_error_Ok) return refuse(picture, error);
    if (fits(picture, heif_image_handle_get_width(handle), heif_image_handle_get_height(handle), pixel_limit)) {
        read_colours(handle, picture);
        int alpha = heif_image_handle_has_alpha_channel(handle);
        picture->channels = alpha ? 4 : 3;
        struct heif_decoding_options *options = heif_decoding_options_alloc();
        if (options != NULL) options->convert_hdr_to_8bit = 1;
        struct heif_image *image = NULL;
        error = heif_decode_image(handle, &image, heif_colorspace_RGB,
                                  alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options);
        heif_decoding_options_free(options);
        if (error.code != heif_error_Ok) {
            refuse(picture, error);
        } else if (fits(picture, heif_image_get_width(image, heif_channel_interleaved),
                        heif_image_get_height(image, heif_channel_interleaved), pixel_limit)) {
            copy(image, picture);
        }
        if (image != NULL) heif_image_release(image);
    }
    heif_image_handle_release(handle);
}

void cheif_decode(const uint8_t *bytes, size_t count, struct cconfined_picture *picture, size_t pixel_limit) {
    struct heif_context *file = heif_context_alloc();
    if (file == NULL) return cconfined_refuse(picture, CCONFINED_DAMAGED, "out of memory");
    decode(file, bytes, count, picture, pixel_limit);
    heif_context_free(file);
}
