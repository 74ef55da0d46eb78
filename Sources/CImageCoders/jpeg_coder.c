#include "CImageCoders.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

struct coding {
    struct jpeg_error_mgr errors;
    jmp_buf escape;
    char *message;
};

static void leave(j_common_ptr info) {
    struct coding *coding = (struct coding *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    snprintf(coding->message, CIMAGECODERS_MESSAGE_SIZE, "%s", text);
    longjmp(coding->escape, 1);
}

int cimagecoders_jpeg(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **file, size_t *count,
                      char message[CIMAGECODERS_MESSAGE_SIZE]) {
    struct jpeg_compress_struct info;
    struct coding coding = {.message = message};
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    info.err = jpeg_std_error(&coding.errors);
    coding.errors.error_exit = leave;
    if (setjmp(coding.escape)) {
        jpeg_destroy_compress(&info);
        free(bytes);
        return -1;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
    info.image_width = width;
    info.image_height = height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    // Tables that both ends know, so that they need not be sent.
    info.optimize_coding = FALSE;
    info.write_JFIF_header = FALSE;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < height) {
        JSAMPROW row = (JSAMPROW)(rgb + (size_t)info.next_scanline * width * 3);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    *file = bytes;
    *count = size;
    return 0;
}
