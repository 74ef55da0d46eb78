#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/// Longest profile, and memory for any other chunk that is read.
enum { CHUNK_LIMIT = 4 << 20 };

struct cpng_reader {
    png_structp png;
    png_infop info;
    const uint8_t *next;
    size_t left;
    char *message;
    uint32_t width, height;
    int sixteen, passes;
    // Rows of all passes that are still in the data; and whether the data behind the last one were asked for.
    size_t rows_left;
    int is_complete;
    // Of the decoding, here so that a jump does not lose it.
    uint8_t *pixels;
    uint32_t handed_out;
};

static void set_message(char *to, const char *from) {
    strncpy(to, from, CPNG_MESSAGE_SIZE - 1);
    to[CPNG_MESSAGE_SIZE - 1] = 0;
}

static void leave(png_structp png, png_const_charp text) {
    cpng_reader *reader = png_get_error_ptr(png);
    set_message(reader->message, text);
    png_longjmp(png, 1);
}

static void stay_silent(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void fill(png_structp png, png_bytep to, size_t count) {
    cpng_reader *reader = png_get_io_ptr(png);
    if (reader->rows_left == 0) {
        // libpng would inflate all that is left, and throw it away.
        reader->is_complete = 1;
        png_longjmp(png, 1);
    }
    if (count > reader->left) png_error(png, "the file ends early");
    memcpy(to, reader->next, count);
    reader->next += count;
    reader->left -= count;
}

static void count_row(png_structp png, png_row_infop info, png_bytep row) {
    (void)info;
    (void)row;
    cpng_reader *reader = png_get_io_ptr(png);
    if (reader->rows_left > 0) reader->rows_left--;
}

static size_t rows_of_all_passes(uint32_t width, uint32_t height, int passes) {
    if (passes == 1) return height;
    size_t rows = 0;
    for (int pass = 0; pass < passes; pass++) {
        if (PNG_PASS_COLS(width, pass) > 0) rows += PNG_PASS_ROWS(height, pass);
    }
    return rows;
}

static void read_colours(cpng_reader *reader, struct cpng_header *header) {
    png_structp png = reader->png;
    png_infop info = reader->info;
    png_charp name = NULL;
    png_bytep profile = NULL;
    png_uint_32 profile_count = 0;
    int method = 0;
    header->srgb = png_get_valid(png, info, PNG_INFO_sRGB) != 0;
    if (png_get_iCCP(png, info, &name, &method, &profile, &profile_count)) {
        header->profile = profile;
        header->profile_count = profile_count;
    }
    png_fixed_point gamma = 0;
    if (png_get_gAMA_fixed(png, info, &gamma) && gamma > 0) header->gamma = (uint32_t)gamma;
    png_fixed_point c[8];
    if (png_get_cHRM_fixed(png, info, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6], &c[7])) {
        for (int i = 0; i < 8; i++) header->chromaticities[i] = c[i];
    }
}

cpng_reader *cpng_open(const uint8_t *bytes, size_t count, uint32_t width_limit, uint32_t height_limit,
                       struct cpng_header *header, char message[CPNG_MESSAGE_SIZE]) {
    memset(header, 0, sizeof *header);
    cpng_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        set_message(message, "out of memory");
        return NULL;
    }
    *reader = (cpng_reader){.next = bytes, .left = count, .message = message, .rows_left = 1};
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, leave, stay_silent);
    if (reader->png != NULL) reader->info = png_create_info_struct(reader->png);
    if (reader->info == NULL) {
        set_message(message, "out of memory");
        cpng_close(reader);
        return NULL;
    }
    png_structp png = reader->png;
    if (setjmp(png_jmpbuf(png))) {
        cpng_close(reader);
        return NULL;
    }
    png_set_read_fn(png, reader, fill);
    png_set_user_limits(png, width_limit, height_limit);
    png_set_chunk_malloc_max(png, CHUNK_LIMIT);
    // All chunks that are not critical are skipped, named ones too, but for those that say what the samples mean.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT,
                                (png_const_bytep) "tRNS\0gAMA\0cHRM\0sRGB\0iCCP\0", 5);
    png_read_info(png, reader->info);
    reader->width = png_get_image_width(png, reader->info);
    reader->height = png_get_image_height(png, reader->info);
    reader->sixteen = png_get_bit_depth(png, reader->info) == 16;
    int type = png_get_color_type(png, reader->info);
    png_set_expand(png);
    if (type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 0xFFFF, PNG_FILLER_AFTER);
    if (reader->sixteen) png_set_swap(png);
    reader->passes = png_set_interlace_handling(png);
    png_set_read_user_transform_fn(png, count_row);
    png_read_update_info(png, reader->info);
    if (png_get_rowbytes(png, reader->info) != (size_t)reader->width * (reader->sixteen ? 8 : 4)) {
        png_error(png, "rows of an unexpected size");
    }
    reader->rows_left = rows_of_all_passes(reader->width, reader->height, reader->passes);
    header->width = reader->width;
    header->height = reader->height;
    header->bits = reader->sixteen ? 16 : 8;
    header->grey = !(type & PNG_COLOR_MASK_COLOR);
    read_colours(reader, header);
    return reader;
}

int cpng_read(cpng_reader *reader, cpng_row row, cpng_checkpoint checkpoint, void *context,
              char message[CPNG_MESSAGE_SIZE]) {
    png_structp png = reader->png;
    reader->message = message;
    size_t stride = (size_t)reader->width * (reader->sixteen ? 8 : 4);
    // The passes of an interlaced picture fill in what the ones before have left.
    reader->pixels = calloc(reader->passes > 1 ? reader->height : 1, stride);
    if (reader->pixels == NULL) {
        set_message(message, "out of memory");
        return -1;
    }
    int interlaced = reader->passes > 1;
    if (setjmp(png_jmpbuf(png)) == 0) {
        for (int pass = 0; pass < reader->passes; pass++) {
            for (uint32_t y = 0; y < reader->height; y++) {
                png_read_row(png, interlaced ? reader->pixels + y * stride : reader->pixels, NULL);
                if (checkpoint(context)) return 1;
                if (!interlaced) {
                    reader->handed_out = y + 1;
                    if (row(context, y, reader->pixels)) return 1;
                }
            }
        }
    } else if (!reader->is_complete) {
        return -1;
    }
    // The last row, when libpng was kept from what is behind it; all rows, when passes have filled them in.
    for (uint32_t y = reader->handed_out; y < reader->height; y++) {
        if (row(context, y, interlaced ? reader->pixels + y * stride : reader->pixels)) return 1;
    }
    return 0;  // not png_read_end: what follows the last row is of no interest
}

void cpng_close(cpng_reader *reader) {
    if (reader == NULL) return;
    free(reader->pixels);
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    free(reader);
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
