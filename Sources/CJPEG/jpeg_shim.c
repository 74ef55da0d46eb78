#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { MAXIMUM_SCANS = 200 };

struct error_manager {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    char *message;
};

static void set_message(char *to, const char *from) {
    strncpy(to, from, CJPEG_MESSAGE_SIZE - 1);
    to[CJPEG_MESSAGE_SIZE - 1] = 0;
}

static void leave(j_common_ptr info) {
    struct error_manager *manager = (struct error_manager *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    set_message(manager->message, text);
    longjmp(manager->escape, 1);
}

// Warnings that mean lost picture content end the decoding; harmless ones (padding, odd markers) pass.
static void judge_warning(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
        case JWRN_JPEG_EOF:
        case JWRN_HIT_MARKER:
        case JWRN_HUFF_BAD_CODE:
        case JWRN_ARITH_BAD_CODE:
            leave(info);
            break;
        default:
            break;
    }
}

static void limit_scans(j_common_ptr info) {
    struct error_manager *manager = (struct error_manager *)info->err;
    if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > MAXIMUM_SCANS) {
        set_message(manager->message, "too many progressive scans");
        longjmp(manager->escape, 1);
    }
}

static void stay_silent(j_common_ptr info) { (void)info; }

static void prepare(struct jpeg_decompress_struct *info, struct error_manager *manager, char *message) {
    info->err = jpeg_std_error(&manager->base);
    manager->base.error_exit = leave;
    manager->base.emit_message = judge_warning;
    manager->base.output_message = stay_silent;
    manager->message = message;
}

int cjpeg_read_header(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height,
                      char message[CJPEG_MESSAGE_SIZE]) {
    struct jpeg_decompress_struct info;
    struct error_manager manager;
    prepare(&info, &manager, message);
    if (setjmp(manager.escape)) {
        jpeg_destroy_decompress(&info);
        return -1;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    *width = info.image_width;
    *height = info.image_height;
    jpeg_destroy_decompress(&info);
    return 0;
}

// Adobe's files hold inverted ink (255 = no ink); files without its marker hold ink itself.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgb, uint32_t width, int inverted) {
    for (uint32_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        for (int c = 0; c < 3; c++) {
            unsigned paper = inverted ? cmyk[c] : 255u - cmyk[c];
            unsigned key = inverted ? cmyk[3] : 255u - cmyk[3];
            rgb[c] = (uint8_t)((paper * key + 127) / 255);
        }
    }
}

int cjpeg_decode_rgb(const uint8_t *bytes, size_t count, uint8_t *rgb, uint32_t width, uint32_t height,
                     char message[CJPEG_MESSAGE_SIZE]) {
    struct jpeg_decompress_struct info;
    struct error_manager manager;
    struct jpeg_progress_mgr progress;
    uint8_t *volatile line = NULL;
    prepare(&info, &manager, message);
    if (setjmp(manager.escape)) {
        free(line);
        jpeg_destroy_decompress(&info);
        return -1;
    }
    jpeg_create_decompress(&info);
    memset(&progress, 0, sizeof progress);
    progress.progress_monitor = limit_scans;
    info.progress = &progress;
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    int four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = four ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info);
    if (info.output_width != width || info.output_height != height) {
        set_message(message, "dimensions changed between header and data");
        longjmp(manager.escape, 1);
    }
    if (four) {
        line = malloc((size_t)width * 4);
        if (line == NULL) {
            set_message(message, "out of memory");
            longjmp(manager.escape, 1);
        }
    }
    while (info.output_scanline < height) {
        uint8_t *target = rgb + (size_t)info.output_scanline * width * 3;
        JSAMPROW row = four ? line : target;
        jpeg_read_scanlines(&info, &row, 1);
        if (four) convert_cmyk(line, target, width, info.saw_Adobe_marker);
    }
    free(line);
    jpeg_destroy_decompress(&info);  // not jpeg_finish_decompress: what follows the last line is of no interest
    return 0;
}
