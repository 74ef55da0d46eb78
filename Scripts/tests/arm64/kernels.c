// Every kernel on the same made-up numbers, its results printed: a build for another processor must print the same, to rounding.
#include <stdio.h>
#include <stdlib.h>

#include "CKernels.h"

static uint32_t state = 1;

// In [-1, 1).
static float next(void) {
    state = state * 1664525u + 1013904223u;
    return (float)(int32_t)state / 2147483648.0f;
}

static float *made(size_t n) {
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = next();
    return x;
}

static float *zeros(size_t n) { return calloc(n, sizeof(float)); }

static void show(const char *name, const float *x, size_t n) {
    printf("%s:", name);
    for (size_t i = 0; i < n; i++) printf(" %.9g", (double)x[i]);
    printf("\n");
}

int main(void) {
    // Channels that fill no whole number of vectors.
    enum { H = 9, W = 10, C = 13, OUT = 7, TILES = 9 };
    ck_limit_vector_bits(128);

    float *w = made(OUT * 9 * C), *u = zeros(36 * C * OUT);
    ck_winograd_weights(w, OUT, C, 0, C, u);
    show("winograd_weights", u, 36 * C * OUT);
    float *x = made(H * W * C), *output = made(H * W * C), *v = zeros(36 * TILES * C);
    ck_winograd_input(x, output, 0.2f, H, W, C, 1, 3, 0, TILES, v, TILES * C);
    show("winograd_input", v, 36 * TILES * C);
    float *m = made(36 * TILES * C), *bias = made(C), *y = zeros(H * W * C);
    ck_winograd_output(m, TILES * C, bias, 0.2f, H, W, C, 3, 0, TILES, y);
    show("winograd_output", y, H * W * C);

    float *kernel = made(9 * C), *scale = made(4 * C), *sums = zeros(4 * C);
    ck_depthwise_row(x, x + W * C, NULL, kernel, W, C, y);
    show("depthwise_row", y, W * C);
    ck_depthwise_row_scaled(x, x + W * C, x + 2 * W * C, kernel, output, scale, W, C, y, sums);
    show("depthwise_row_scaled", y, W * C);
    show("depthwise_row_scaled sums", sums, C);

    float *rows = made(8 * W * C), *noise = made(8);
    ck_bias_leaky(rows, noise, bias, 0.2f, 8, C);
    show("bias_leaky", rows, 8 * C);
    signed char signs[2 * W * C];
    ck_bias_leaky_pool(x, NULL, bias, 0.2f, 2, W, C, y, signs);
    show("bias_leaky_pool", y, W / 2 * C);
    ck_unpool_leaky_row(output, signs, 0.2f, 2, W, C, y);
    show("unpool_leaky_row", y, W * C);
    ck_leaky_backward(x, output, 0.2f, H * W * C, y);
    show("leaky_backward", y, H * W * C);
    ck_parametric(x, scale, W, C, y);
    show("parametric", y, W * C);
    ck_parametric_backward(x, output, scale, W, C, y);
    show("parametric_backward", y, W * C);

    float *band = made(W * 4 * C), *top = zeros(2 * W * C), *bottom = zeros(2 * W * C), *back = zeros(W * 4 * C);
    ck_inverse_haar_row(band, scale, W, C, top, bottom);
    show("inverse_haar_row top", top, 2 * W * C);
    show("inverse_haar_row bottom", bottom, 2 * W * C);
    ck_haar_row(top, bottom, scale, band, W, C, back, sums);
    show("haar_row", back, W * 4 * C);
    show("haar_row sums", sums, 4 * C);
    ck_maxpool_row(top, bottom, W, C, y);
    show("maxpool_row", y, W * C);
    float *gtop = zeros(2 * W * C), *gbottom = zeros(2 * W * C);
    ck_maxpool_row_backward(top, bottom, x, W, C, gtop, gbottom);
    show("maxpool_row_backward", gtop, 2 * W * C);
    show("maxpool_row_backward bottom", gbottom, 2 * W * C);

    float distance = (float)ck_unit_distance(x, output, kernel, W, C);
    show("unit_distance", &distance, 1);
    float *g = zeros(W * C);
    ck_unit_distance_backward(x, output, kernel, 0.5f, W, C, g);
    show("unit_distance_backward", g, W * C);
    ck_add(x, output, H * W * C, y);
    show("add", y, H * W * C);
    ck_add_noise(x, H * W * 2, 0.7f, 11, 3, 5, 1000);
    show("add_noise", x, H * W * 2);

    uint8_t bytes[2 * H * W];
    size_t beyond = ck_pack_int16(x, H * W, 1.0f / 20000, bytes);
    ck_unpack_int16(bytes, H * W, 1.0f / 20000, y);
    printf("pack_int16: %zu\n", beyond);
    show("unpack_int16", y, H * W);

    uint16_t halves[101];
    for (int i = 0; i < 101; i++) halves[i] = (uint16_t)(i * 313);
    ck_half_to_float(halves, 101, y);
    show("half_to_float", y, 101);

    enum { Z = 20, EDGES = 5, PADDED = 32 };
    const uint32_t columns[EDGES] = {0, 1, 3, 4, 6}, shifts[EDGES] = {3, 0, 19, 7, 11};
    float *beliefs = made(7 * Z), *messages = zeros(EDGES * PADDED);
    ck_min_sum_row(beliefs, messages, columns, shifts, EDGES, Z, 0.75f, 0.05f, 20);
    show("min_sum_row", beliefs, 7 * Z);
    ck_sum_product_row(beliefs, messages, columns, shifts, EDGES, Z, 20);
    show("sum_product_row", beliefs, 7 * Z);
    return 0;
}
