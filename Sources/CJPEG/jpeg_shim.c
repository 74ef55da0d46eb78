#include "CJPEG.h"

#include <limits.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

struct reading {
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    char *message;
    const struct cjpeg_limits *limits;
    cjpeg_checkpoint checkpoint;
    void *context;
    int stopped;
    // Whether the data were over before the end marker.
    int early_end;
    // The components of which a scan has been begun.
    unsigned seen;
    uint8_t *line;
};

static void set_message(char *to, const char *from) {
    strncpy(to, from, CJPEG_MESSAGE_SIZE - 1);
    to[CJPEG_MESSAGE_SIZE - 1] = 0;
}

static struct reading *reading_of(j_common_ptr info) { return (struct reading *)info->err; }

static void leave(j_common_ptr info) {
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    set_message(reading_of(info)->message, text);
    longjmp(reading_of(info)->escape, 1);
}

static void refuse(struct reading *reading, const char *reason) {
    set_message(reading->message, reason);
    longjmp(reading->escape, 1);
}

// Warnings that mean lost picture content end the decoding; harmless ones (padding, odd markers) pass. The end of the
// data alone loses nothing: where bits are missing, JWRN_HIT_MARKER follows.
static void judge_warning(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
        case JWRN_JPEG_EOF:
            reading_of(info)->early_end = 1;
            break;
        case JWRN_HIT_MARKER:
        case JWRN_HUFF_BAD_CODE:
        case JWRN_ARITH_BAD_CODE:
            leave(info);
            break;
        default:
            break;
    }
}

// Called for each row of blocks, also while a progressive file is only read in.
static void advance(j_common_ptr info) {
    if (!info->is_decompressor) return;
    struct reading *reading = reading_of(info);
    j_decompress_ptr file = (j_decompress_ptr)info;
    uint64_t pixels = (uint64_t)file->image_width * file->image_height;
    if ((uint32_t)file->input_scan_number > reading->limits->scans ||
        (uint64_t)file->input_scan_number * pixels > reading->limits->scanned_pixels) {
        refuse(reading, "too many progressive scans for its size");
    }
    for (int i = 0; i < file->comps_in_scan; i++) reading->seen |= 1u << file->cur_comp_info[i]->component_index;
    if (reading->checkpoint(reading->context)) {
        reading->stopped = 1;
        longjmp(reading->escape, 1);
    }
}

static void stay_silent(j_common_ptr info) { (void)info; }

static void prepare(struct jpeg_decompress_struct *info, struct reading *reading, char *message) {
    memset(reading, 0, sizeof *reading);
    info->err = jpeg_std_error(&reading->errors);
    reading->errors.error_exit = leave;
    reading->errors.emit_message = judge_warning;
    reading->errors.output_message = stay_silent;
    reading->message = message;
}

// Whether a file that ended before its end marker holds all of the picture all the same.
static int is_complete(j_decompress_ptr info, struct reading *reading) {
    if (info->arith_code) return 0;  // arithmetic decoding makes up what is missing
    if (reading->seen != (1u << info->num_components) - 1) return 0;
    if (!info->progressive_mode) return 1;
    for (int component = 0; component < info->num_components; component++) {
        for (int k = 0; k < DCTSIZE2; k++) {
            if (info->coef_bits[component][k] != 0) return 0;
        }
    }
    return 1;
}

int cjpeg_read_header(const uint8_t *bytes, size_t count, struct cjpeg_header *header,
                      char message[CJPEG_MESSAGE_SIZE]) {
    struct jpeg_decompress_struct info;
    struct reading reading;
    prepare(&info, &reading, message);
    if (setjmp(reading.escape)) {
        jpeg_destroy_decompress(&info);
        return -1;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    header->width = info.image_width;
    header->height = info.image_height;
    header->components = info.num_components;
    header->inverted = info.saw_Adobe_marker;
    jpeg_destroy_decompress(&info);
    return 0;
}

int cjpeg_decode(const uint8_t *bytes, size_t count, const struct cjpeg_header *header,
                 const struct cjpeg_limits *limits, cjpeg_row row, cjpeg_checkpoint checkpoint, void *context,
                 char message[CJPEG_MESSAGE_SIZE]) {
    struct jpeg_decompress_struct info;
    struct reading reading;
    prepare(&info, &reading, message);
    reading.limits = limits;
    reading.checkpoint = checkpoint;
    reading.context = context;
    if (setjmp(reading.escape)) {
        free(reading.line);
        jpeg_destroy_decompress(&info);
        return reading.stopped ? 1 : -1;
    }
    jpeg_create_decompress(&info);
    reading.progress.progress_monitor = advance;
    info.progress = &reading.progress;
    info.mem->max_memory_to_use = limits->memory > LONG_MAX ? LONG_MAX : (long)limits->memory;
    jpeg_mem_src(&info, bytes, count);
    jpeg_read_header(&info, TRUE);
    int four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = four ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&info);
    if (info.output_width != header->width || info.output_height != header->height ||
        four != (header->components == 4)) {
        refuse(&reading, "dimensions changed between header and data");
    }
    reading.line = malloc((size_t)info.output_width * 4);
    if (reading.line == NULL) refuse(&reading, "out of memory");
    while (info.output_scanline < info.output_height) {
        uint32_t y = info.output_scanline;
        JSAMPROW line = reading.line;
        jpeg_read_scanlines(&info, &line, 1);
        if (checkpoint(context) || row(context, y, line)) {
            reading.stopped = 1;
            longjmp(reading.escape, 1);
        }
    }
    if (reading.early_end && !is_complete(&info, &reading)) refuse(&reading, "the file ends early");
    free(reading.line);
    jpeg_destroy_decompress(&info);  // not jpeg_finish_decompress: what follows the last line is of no interest
    return 0;
}
