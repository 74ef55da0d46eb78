// SIMD kernels over NHWC float32. Every kernel works on one thread, on the part it is given; callers share out parts.
// Each exists for AVX-512, AVX2+FMA and plain vectors, chosen at run time. No pointer needs more than float alignment;
// inputs and outputs must not overlap unless a comment says so.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The instruction set in use: 512, 256 or 128 bits.
int ck_vector_bits(void);

// Limits the instruction set on the calling thread to at most `bits`, for tests; returns what is used from now on.
int ck_limit_vector_bits(int bits);

// Has OpenBLAS use kernels for the instruction set in use; done before main.
void ck_choose_openblas_kernels(void);

// Whose kernels OpenBLAS uses, "SkylakeX" for one; empty where the program is without OpenBLAS.
const char *ck_openblas_core(void);

// Winograd F(4x4, 3x3) with points 0, ±√2, ±1/√2, ∞. Position p = 6·i + j of 36.
// u[36][cin][cout] from w[cout][3][3][cin], for input channels [from, to). Because the points are closed under inversion, the flipped kernel is the
// same u with positions permuted (0↔5, 1↔3, 2↔4 in each axis).
void ck_winograd_weights(const float *w, size_t cout, size_t cin, size_t from, size_t to, float *u);

// Transforms tiles [t0, t1) of the picture x[h][w][c], tile t at rows 4·(t / tiles_x) − pad, columns
// 4·(t % tiles_x) − pad, zeros outside. Where `output` is not null, x is multiplied by the slope at `output` (same
// shape): 1 where it is positive, `slope` elsewhere. v + p·stride + (t − t0)·c receives position p.
void ck_winograd_input(const float *x, const float *output, float slope, size_t h, size_t w, size_t c, size_t pad,
                       size_t tiles_x, size_t t0, size_t t1, float *v, size_t stride);

// The way back: y[h][w][c] from products m laid out as v above, plus bias[c] (may be null), then `slope`·y where y is
// negative (1 leaves it as it is).
void ck_winograd_output(const float *m, size_t stride, const float *bias, float slope, size_t h, size_t w, size_t c,
                        size_t tiles_x, size_t t0, size_t t1, float *y);

// One output row of a 3x3 depthwise convolution of stride 1 and padding 1: y[w][c] from three input rows (null where
// outside the picture) and kernel[9][c].
void ck_depthwise_row(const float *above, const float *here, const float *below, const float *kernel, size_t w,
                      size_t c, float *y);

// As above for the gradient u of a scaled input: writes scale[c]·u to y and adds Σ u·x, x[w][c] being the unscaled
// input row, to sums[c].
void ck_depthwise_row_scaled(const float *above, const float *here, const float *below, const float *kernel,
                             const float *x, const float *scale, size_t w, size_t c, float *y, float *sums);

// y[rows][c] ← leaky(y + noise[row] + bias[c]) in place; noise and bias may be null.
void ck_bias_leaky(float *y, const float *noise, const float *bias, float slope, size_t rows, size_t c);

// leaky(y + noise + bias) of `factor` rows of w pixels, averaged over blocks of factor² pixels into pooled[w/factor][c];
// signs[factor·w·c] receives −1 where the activation's result is positive, 0 elsewhere.
void ck_bias_leaky_pool(const float *y, const float *noise, const float *bias, float slope, size_t factor, size_t w,
                        size_t c, float *pooled, signed char *signs);

// The way back for one row of w pixels: z ← gradient of the pixel's block / factor², times the slope `signs` tells.
void ck_unpool_leaky_row(const float *g, const signed char *signs, float slope, size_t factor, size_t w, size_t c,
                         float *z);

// z ← g where y is positive, slope·g elsewhere. z may be g.
void ck_leaky_backward(const float *g, const float *y, float slope, size_t n, float *z);

// Inverse Haar transform of scale[4c]·band[w][4c] into two rows top, bottom [2w][c]; scale may be null.
void ck_inverse_haar_row(const float *band, const float *scale, size_t w, size_t c, float *top, float *bottom);

// Haar transform u of two rows; writes scale·u to band[w][4c] and, where x is not null, adds Σ u·x to sums[4c].
void ck_haar_row(const float *top, const float *bottom, const float *scale, const float *x, size_t w, size_t c,
                 float *band, float *sums);

// 2x2 maximum of stride 2: rows top, bottom [2w][c] to y[w][c], and its gradient (to the first maximum in reading
// order).
void ck_maxpool_row(const float *top, const float *bottom, size_t w, size_t c, float *y);
void ck_maxpool_row_backward(const float *top, const float *bottom, const float *g, size_t w, size_t c, float *gtop,
                             float *gbottom);

// Σ over rows of Σ_c weight[c]·(x/|x| − reference)², and its gradient times `factor` into g[rows][c]. Where x is zero,
// x/|x| and the gradient are zero.
double ck_unit_distance(const float *x, const float *reference, const float *weight, size_t rows, size_t c);
void ck_unit_distance_backward(const float *x, const float *reference, const float *weight, float factor, size_t rows,
                               size_t c, float *g);

// y ← x where positive, slope[c]·x elsewhere; rows of c numbers. y may be x.
void ck_parametric(const float *x, const float *slope, size_t rows, size_t c, float *y);

// z ← g where x is positive, slope[c]·g elsewhere. z may be g.
void ck_parametric_backward(const float *g, const float *x, const float *slope, size_t rows, size_t c, float *z);

// z ← x + y. z may be x or y.
void ck_add(const float *x, const float *y, size_t n, float *z);

// y[n] of I and Q by turns ← y + amplitude·noise, E|noise|² = 1: that of `NoiseSource` in Channel at first, first + 1…, to
// within 10⁻⁶. At every width the same bits.
void ck_add_noise(float *y, size_t n, float amplitude, uint64_t seed, uint32_t purpose, uint32_t stream,
                  uint64_t first);

// y[n] ← numbers of 16 bits, the upper byte first, in units of `unit`.
void ck_unpack_int16(const uint8_t *bytes, size_t n, float unit, float *y);

// The way back, to nearest, a half away from zero. Returns how many numbers were beyond the range and are its end now;
// not-a-number becomes 0 and counts.
size_t ck_pack_int16(const float *x, size_t n, float unit, uint8_t *bytes);

// The largest degree and lifting size of the two below.
#define CK_LDPC_DEGREE 20
#define CK_LDPC_LIFTING 384

// One layer of LDPC decoding: z checks that share a row of a base graph. Beliefs are log-likelihood ratios, z for each
// column. Edge e joins check j to bit (j + shifts[e]) mod z of columns[e]; its messages begin at
// e·(z rounded up to 16), 0 before the first iteration. By the min-sum rule a check says scale·least magnitude − offset,
// at least 0. What it hears counts up to a magnitude of limit.
void ck_min_sum_row(float *beliefs, float *messages, const uint32_t *columns, const uint32_t *shifts, size_t degree,
                    size_t z, float scale, float offset, float limit);

// The same by the sum-product rule, its logarithm to within 0.018.
void ck_sum_product_row(float *beliefs, float *messages, const uint32_t *columns, const uint32_t *shifts, size_t degree,
                        size_t z, float limit);

// y ← x, halves (IEEE binary16), subnormal ones, infinities and NaN too. At every width the same bits.
void ck_half_to_float(const uint16_t *x, size_t n, float *y);

// Whether ck_bfloat16_multiply can be called.
int ck_has_bfloat16(void);

// Numbers that k×n weights take when packed, and that a product with them needs as scratch.
size_t ck_bfloat16_packed(size_t k, size_t n);
size_t ck_bfloat16_scratch(size_t k);

// Rounds weights b[i·row + j·column], i < k, j < n, and lays them out for ck_bfloat16_multiply.
void ck_bfloat16_pack(const float *b, size_t k, size_t n, size_t row, size_t column, uint16_t *packed);

// c [m,n] ← a [m,k] · packed, a rounded to bfloat16 too, sums in single precision; rows lda and ldc apart.
void ck_bfloat16_multiply(const float *a, size_t lda, const uint16_t *packed, float *c, size_t ldc, size_t m, size_t n,
                          size_t k, uint16_t *scratch);

// Kinds of kernels that the clock tells apart.
enum ck_kind {
    CK_PRODUCT,
    CK_PRODUCT_BFLOAT16,
    CK_WINOGRAD,
    CK_DEPTHWISE,
    CK_POINTWISE,
    CK_HAAR,
    CK_POOLING,
    CK_DISTANCE,
    CK_CLOCKS
};

// What one kind has taken of all threads together: nanoseconds, calls, floating-point operations, and bytes that must be
// read and written at least.
struct ck_clock {
    uint64_t nanoseconds, calls, operations, bytes;
};

// Begins at zero, or stops.
void ck_clock_run(int on);
struct ck_clock ck_clock_read(int kind);

// Around a kernel's work; next to nothing while the clock stands.
uint64_t ck_clock_begin(void);
void ck_clock_end(int kind, uint64_t began, size_t operations, size_t bytes);

// How many processors this process may use; 0 when the system does not say.
int ck_permitted_processors(void);

#ifdef __cplusplus
}
#endif
