#include "CKernels.h"

#include <string.h>

struct kernels {
    int bits;
    void (*winograd_input)(const float *, const float *, float, size_t, size_t, size_t, size_t, size_t, size_t, size_t,
                           float *, size_t);
    void (*winograd_output)(const float *, size_t, const float *, float, size_t, size_t, size_t, size_t, size_t,
                            size_t, float *);
    void (*depthwise_row)(const float *, const float *, const float *, const float *, size_t, size_t, float *);
    void (*depthwise_row_scaled)(const float *, const float *, const float *, const float *, const float *,
                                 const float *, size_t, size_t, float *, float *);
    void (*bias_leaky)(float *, const float *, const float *, float, size_t, size_t);
    void (*bias_leaky_pool)(const float *, const float *, const float *, float, size_t, size_t, size_t, float *,
                            signed char *);
    void (*unpool_leaky_row)(const float *, const signed char *, float, size_t, size_t, size_t, float *);
    void (*leaky_backward)(const float *, const float *, float, size_t, float *);
    void (*parametric)(const float *, const float *, size_t, size_t, float *);
    void (*parametric_backward)(const float *, const float *, const float *, size_t, size_t, float *);
    void (*inverse_haar_row)(const float *, const float *, size_t, size_t, float *, float *);
    void (*haar_row)(const float *, const float *, const float *, const float *, size_t, size_t, float *, float *);
    void (*maxpool_row)(const float *, const float *, size_t, size_t, float *);
    void (*maxpool_row_backward)(const float *, const float *, const float *, size_t, size_t, float *, float *);
    double (*unit_distance)(const float *, const float *, const float *, size_t, size_t);
    void (*unit_distance_backward)(const float *, const float *, const float *, float, size_t, size_t, float *);
    void (*add)(const float *, const float *, size_t, float *);
    void (*add_noise)(float *, size_t, float, uint64_t, uint32_t, uint32_t, uint64_t);
    void (*unpack_int16)(const uint8_t *, size_t, float, float *);
    size_t (*pack_int16)(const float *, size_t, float, uint8_t *);
    void (*min_sum_row)(float *, float *, const uint32_t *, const uint32_t *, size_t, size_t, float, float, float);
    void (*sum_product_row)(float *, float *, const uint32_t *, const uint32_t *, size_t, size_t, float);
    void (*half_to_float)(const uint16_t *, size_t, float *);
};

#define LEVEL plain
#define WIDTH 4
#include "levels.h"
#undef LEVEL
#undef WIDTH

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define LEVEL avx2
#define WIDTH 8
#include "levels.h"
#undef LEVEL
#undef WIDTH
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma,f16c"))), apply_to = function)
#define LEVEL avx512
#define WIDTH 16
#include "levels.h"
#undef LEVEL
#undef WIDTH
#pragma clang attribute pop
#endif

static const struct kernels *best(int bits) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    int has_256 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    int has_512 = has_256 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (bits >= 512 && has_512) return &kernels_avx512;
    if (bits >= 256 && has_256) return &kernels_avx2;
#endif
    (void)bits;
    return &kernels_plain;
}

static const struct kernels *widest = &kernels_plain;
static _Thread_local const struct kernels *limited;

__attribute__((constructor)) static void choose(void) {
    widest = best(512);
    ck_choose_openblas_kernels();
}

// Floats read and written, and operations, are a kernel's own business to count.
#define CLOCKED(kind, operations, floats, call)                            \
    uint64_t began = ck_clock_begin();                                      \
    call;                                                                   \
    ck_clock_end(kind, began, operations, sizeof(float) * (size_t)(floats))

static inline const struct kernels *chosen(void) { return limited ? limited : widest; }

int ck_vector_bits(void) { return chosen()->bits; }

int ck_limit_vector_bits(int bits) {
    limited = best(bits);
    return limited->bits;
}

void ck_winograd_weights(const float *w, size_t cout, size_t cin, size_t from, size_t to, float *u) {
    const double a = 1.41421356237309505, b = 0.70710678118654752;
    const double g[6][3] = {{1, 0, 0}, {b, 1, a}, {b, -1, a}, {a, 1, b}, {a, -1, b}, {0, 0, 1}};
    for (size_t i = from; i < to; i++) {
        for (size_t o = 0; o < cout; o++) {
            double half[6][3];
            for (int p = 0; p < 6; p++) {
                for (int x = 0; x < 3; x++) {
                    half[p][x] = 0;
                    for (int y = 0; y < 3; y++) half[p][x] += g[p][y] * w[((o * 3 + y) * 3 + x) * cin + i];
                }
            }
            for (int p = 0; p < 6; p++) {
                for (int q = 0; q < 6; q++) {
                    double sum = 0;
                    for (int x = 0; x < 3; x++) sum += g[q][x] * half[p][x];
                    u[((size_t)(6 * p + q) * cin + i) * cout + o] = (float)sum;
                }
            }
        }
    }
}

void ck_winograd_input(const float *x, const float *output, float slope, size_t h, size_t w, size_t c, size_t pad,
                       size_t tiles_x, size_t t0, size_t t1, float *v, size_t stride) {
    CLOCKED(CK_WINOGRAD, (t1 - t0) * 144 * c, (t1 - t0) * 52 * c,
            chosen()->winograd_input(x, output, slope, h, w, c, pad, tiles_x, t0, t1, v, stride));
}

void ck_winograd_output(const float *m, size_t stride, const float *bias, float slope, size_t h, size_t w, size_t c,
                        size_t tiles_x, size_t t0, size_t t1, float *y) {
    CLOCKED(CK_WINOGRAD, (t1 - t0) * 120 * c, (t1 - t0) * 52 * c,
            chosen()->winograd_output(m, stride, bias, slope, h, w, c, tiles_x, t0, t1, y));
}

void ck_depthwise_row(const float *above, const float *here, const float *below, const float *kernel, size_t w,
                      size_t c, float *y) {
    CLOCKED(CK_DEPTHWISE, 18 * w * c, 2 * w * c, chosen()->depthwise_row(above, here, below, kernel, w, c, y));
}

void ck_depthwise_row_scaled(const float *above, const float *here, const float *below, const float *kernel,
                             const float *x, const float *scale, size_t w, size_t c, float *y, float *sums) {
    CLOCKED(CK_DEPTHWISE, 21 * w * c, 3 * w * c,
            chosen()->depthwise_row_scaled(above, here, below, kernel, x, scale, w, c, y, sums));
}

void ck_bias_leaky(float *y, const float *noise, const float *bias, float slope, size_t rows, size_t c) {
    CLOCKED(CK_POINTWISE, 3 * rows * c, 2 * rows * c, chosen()->bias_leaky(y, noise, bias, slope, rows, c));
}

void ck_bias_leaky_pool(const float *y, const float *noise, const float *bias, float slope, size_t factor, size_t w,
                        size_t c, float *pooled, signed char *signs) {
    CLOCKED(CK_POINTWISE, 4 * factor * factor * w * c, factor * factor * w * c,
            chosen()->bias_leaky_pool(y, noise, bias, slope, factor, w, c, pooled, signs));
}

void ck_unpool_leaky_row(const float *g, const signed char *signs, float slope, size_t factor, size_t w, size_t c,
                         float *z) {
    CLOCKED(CK_POINTWISE, 2 * factor * w * c, factor * w * c,
            chosen()->unpool_leaky_row(g, signs, slope, factor, w, c, z));
}

void ck_leaky_backward(const float *g, const float *y, float slope, size_t n, float *z) {
    CLOCKED(CK_POINTWISE, n, 3 * n, chosen()->leaky_backward(g, y, slope, n, z));
}

void ck_parametric(const float *x, const float *slope, size_t rows, size_t c, float *y) {
    CLOCKED(CK_POINTWISE, 2 * rows * c, 2 * rows * c, chosen()->parametric(x, slope, rows, c, y));
}

void ck_parametric_backward(const float *g, const float *x, const float *slope, size_t rows, size_t c, float *z) {
    CLOCKED(CK_POINTWISE, 2 * rows * c, 3 * rows * c, chosen()->parametric_backward(g, x, slope, rows, c, z));
}

void ck_inverse_haar_row(const float *band, const float *scale, size_t w, size_t c, float *top, float *bottom) {
    CLOCKED(CK_HAAR, 8 * w * c, 8 * w * c, chosen()->inverse_haar_row(band, scale, w, c, top, bottom));
}

void ck_haar_row(const float *top, const float *bottom, const float *scale, const float *x, size_t w, size_t c,
                 float *band, float *sums) {
    CLOCKED(CK_HAAR, 16 * w * c, 12 * w * c, chosen()->haar_row(top, bottom, scale, x, w, c, band, sums));
}

void ck_maxpool_row(const float *top, const float *bottom, size_t w, size_t c, float *y) {
    CLOCKED(CK_POOLING, 4 * w * c, 5 * w * c, chosen()->maxpool_row(top, bottom, w, c, y));
}

void ck_maxpool_row_backward(const float *top, const float *bottom, const float *g, size_t w, size_t c, float *gtop,
                             float *gbottom) {
    CLOCKED(CK_POOLING, 4 * w * c, 9 * w * c, chosen()->maxpool_row_backward(top, bottom, g, w, c, gtop, gbottom));
}

double ck_unit_distance(const float *x, const float *reference, const float *weight, size_t rows, size_t c) {
    double result;
    CLOCKED(CK_DISTANCE, 7 * rows * c, 2 * rows * c, result = chosen()->unit_distance(x, reference, weight, rows, c));
    return result;
}

void ck_unit_distance_backward(const float *x, const float *reference, const float *weight, float factor, size_t rows,
                               size_t c, float *g) {
    CLOCKED(CK_DISTANCE, 10 * rows * c, 3 * rows * c,
            chosen()->unit_distance_backward(x, reference, weight, factor, rows, c, g));
}

void ck_add(const float *x, const float *y, size_t n, float *z) {
    CLOCKED(CK_POINTWISE, n, 3 * n, chosen()->add(x, y, n, z));
}

void ck_add_noise(float *y, size_t n, float amplitude, uint64_t seed, uint32_t purpose, uint32_t stream,
                  uint64_t first) {
    chosen()->add_noise(y, n, amplitude, seed, purpose, stream, first);
}

void ck_unpack_int16(const uint8_t *bytes, size_t n, float unit, float *y) {
    chosen()->unpack_int16(bytes, n, unit, y);
}

size_t ck_pack_int16(const float *x, size_t n, float unit, uint8_t *bytes) {
    return chosen()->pack_int16(x, n, unit, bytes);
}

void ck_min_sum_row(float *beliefs, float *messages, const uint32_t *columns, const uint32_t *shifts, size_t degree,
                    size_t z, float scale, float offset, float limit) {
    chosen()->min_sum_row(beliefs, messages, columns, shifts, degree, z, scale, offset, limit);
}

void ck_sum_product_row(float *beliefs, float *messages, const uint32_t *columns, const uint32_t *shifts, size_t degree,
                        size_t z, float limit) {
    chosen()->sum_product_row(beliefs, messages, columns, shifts, degree, z, limit);
}

void ck_half_to_float(const uint16_t *x, size_t n, float *y) {
    chosen()->half_to_float(x, n, y);
}
