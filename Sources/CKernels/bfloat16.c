// Matrix products with both factors rounded to bfloat16 and sums in single precision, on processors with AVX512_BF16.
#include <string.h>

#include "CKernels.h"

enum {
    ROWS = 12,
    COLUMNS = 32,
    // Rows that are rounded at a time: what they take stays in the second-level cache beside the weights.
    BLOCK = 48,
};

static size_t even(size_t k) { return (k + 1) / 2 * 2; }

size_t ck_bfloat16_packed(size_t k, size_t n) { return (n + COLUMNS - 1) / COLUMNS * COLUMNS * even(k); }

size_t ck_bfloat16_scratch(size_t k) { return BLOCK * even(k); }

static uint16_t rounded(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

void ck_bfloat16_pack(const float *b, size_t k, size_t n, size_t row, size_t column, uint16_t *packed) {
    for (size_t panel = 0; panel < n; panel += COLUMNS) {
        for (size_t pair = 0; pair < even(k); pair += 2) {
            for (size_t j = panel; j < panel + COLUMNS; j++) {
                for (size_t i = pair; i < pair + 2; i++) {
                    *packed++ = i < k && j < n ? rounded(b[i * row + j * column]) : 0;
                }
            }
        }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

int ck_has_bfloat16(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512bf16");
}

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512bf16"))), apply_to = function)

// Rounds `rows` rows of k numbers, to rows of even(k); the rest of the last ROWS become zero.
static void round_rows(const float *a, size_t stride, size_t rows, size_t k, uint16_t *to) {
    size_t width = even(k);
    for (size_t r = 0; r < rows; r++) {
        const float *from = a + r * stride;
        uint16_t *row = to + r * width;
        size_t i = 0;
        for (; i + 16 <= k; i += 16) {
            _mm256_storeu_si256((__m256i *)(row + i), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(from + i)));
        }
        for (; i < k; i++) row[i] = rounded(from[i]);
        if (i < width) row[i] = 0;
    }
    size_t whole = (rows + ROWS - 1) / ROWS * ROWS;
    memset(to + rows * width, 0, (whole - rows) * width * sizeof *to);
}

// ROWS rows times one panel; the first `rows` of the result and its first `columns` are written.
static void multiply_panel(const uint16_t *a, size_t width, const uint16_t *b, float *c, size_t stride, size_t rows,
                           size_t columns) {
    __m512 low[ROWS], high[ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) low[r] = high[r] = _mm512_setzero_ps();
    for (size_t i = 0; i < width; i += 2) {
        __m512bh first = (__m512bh)_mm512_loadu_si512(b + i * COLUMNS);
        __m512bh second = (__m512bh)_mm512_loadu_si512(b + i * COLUMNS + 32);
#pragma clang loop unroll(full)
        for (int r = 0; r < ROWS; r++) {
            int32_t pair;
            memcpy(&pair, a + (size_t)r * width + i, sizeof pair);
            __m512bh both = (__m512bh)_mm512_set1_epi32(pair);
            low[r] = _mm512_dpbf16_ps(low[r], both, first);
            high[r] = _mm512_dpbf16_ps(high[r], both, second);
        }
    }
    uint32_t mask = columns >= COLUMNS ? ~0u : (1u << columns) - 1;
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
        if ((size_t)r < rows) {
            _mm512_mask_storeu_ps(c + (size_t)r * stride, (__mmask16)mask, low[r]);
            _mm512_mask_storeu_ps(c + (size_t)r * stride + 16, (__mmask16)(mask >> 16), high[r]);
        }
    }
}

void ck_bfloat16_multiply(const float *a, size_t lda, const uint16_t *packed, float *c, size_t ldc, size_t m, size_t n,
                          size_t k, uint16_t *scratch) {
    size_t width = even(k);
    for (size_t block = 0; block < m; block += BLOCK) {
        size_t end = block + BLOCK < m ? block + BLOCK : m;
        round_rows(a + block * lda, lda, end - block, k, scratch);
        for (size_t column = 0; column < n; column += COLUMNS) {
            for (size_t row = block; row < end; row += ROWS) {
                multiply_panel(scratch + (row - block) * width, width, packed + column * width, c + row * ldc + column,
                               ldc, end - row, n - column);
            }
        }
    }
}

#pragma clang attribute pop
#else
int ck_has_bfloat16(void) { return 0; }

void ck_bfloat16_multiply(const float *a, size_t lda, const uint16_t *packed, float *c, size_t ldc, size_t m, size_t n,
                          size_t k, uint16_t *scratch) {
    (void)a, (void)lda, (void)packed, (void)c, (void)ldc, (void)m, (void)n, (void)k, (void)scratch;
    __builtin_trap();
}
#endif
