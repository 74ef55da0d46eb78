// Matrix products with both factors rounded to bfloat16 and sums in single precision, on processors with AVX512_BF16,
// many rows at a time on those with AMX.
#define _GNU_SOURCE
#include <string.h>

#include "CKernels.h"

enum {
    ROWS = 12,
    COLUMNS = 32,
    // An AMX tile has 16 rows of 32 numbers, or of 16 sums; four tiles of sums at a time.
    DEPTH = 32,
    TILE_ROWS = 32,
    // Rows that are rounded at a time: what they take stays in the second-level cache beside the weights.
    BLOCK = 96,
};

static size_t padded(size_t k) { return (k + DEPTH - 1) / DEPTH * DEPTH; }

size_t ck_bfloat16_packed(size_t k, size_t n) { return (n + COLUMNS - 1) / COLUMNS * COLUMNS * padded(k); }

size_t ck_bfloat16_scratch(size_t k) { return BLOCK * padded(k); }

static uint16_t rounded(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

void ck_bfloat16_pack(const float *b, size_t k, size_t n, size_t row, size_t column, uint16_t *packed) {
    for (size_t panel = 0; panel < n; panel += COLUMNS) {
        for (size_t pair = 0; pair < padded(k); pair += 2) {
            for (size_t j = panel; j < panel + COLUMNS; j++) {
                for (size_t i = pair; i < pair + 2; i++) {
                    *packed++ = i < k && j < n ? rounded(b[i * row + j * column]) : 0;
                }
            }
        }
    }
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

int ck_has_bfloat16(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512bf16");
}

static int amx;

// The processor must have it, and the process ask for it (arch_prctl(2)), which systems that do not keep its registers
// refuse.
static void look_for_amx(void) {
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, TILE_DATA = 18, TILES = 1 << 24 | 1 << 22 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & TILES) != TILES) return;
    amx = ck_has_bfloat16() && syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0;
}

static int has_amx(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, look_for_amx);
    return amx;
}

#pragma clang attribute push(__attribute__((target("amx-tile,amx-bf16"))), apply_to = function)

// All eight tiles of 16 rows of 64 bytes.
static void begin_tiles(void) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } layout = {.palette = 1};
    for (int i = 0; i < 8; i++) layout.bytes[i] = 64, layout.rows[i] = 16;
    _tile_loadconfig(&layout);
}

static void end_tiles(void) { _tile_release(); }

// TILE_ROWS rows times one panel; the first `rows` of the result and its first `columns` are written.
static void multiply_tiles(const uint16_t *a, size_t width, const uint16_t *b, float *c, size_t stride, size_t rows,
                           size_t columns) {
    float sums[TILE_ROWS * COLUMNS];
    int whole = rows >= TILE_ROWS && columns >= COLUMNS;
    float *to = whole ? c : sums;
    size_t between = (whole ? stride : COLUMNS) * sizeof *to;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t i = 0; i < width; i += DEPTH) {
        _tile_loadd(4, a + i, width * sizeof *a);
        _tile_loadd(6, b + i * COLUMNS, 2 * COLUMNS * sizeof *b);
        _tile_loadd(7, b + i * COLUMNS + 32, 2 * COLUMNS * sizeof *b);
        _tile_loadd(5, a + 16 * width + i, width * sizeof *a);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, to, between);
    _tile_stored(1, to + 16, between);
    _tile_stored(2, (char *)to + 16 * between, between);
    _tile_stored(3, (char *)to + 16 * between + 64, between);
    if (whole) return;
    if (columns > COLUMNS) columns = COLUMNS;
    for (size_t r = 0; r < rows && r < TILE_ROWS; r++) {
        memcpy(c + r * stride, sums + r * COLUMNS, columns * sizeof *c);
    }
}

#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512bf16"))), apply_to = function)

// Rounds `rows` rows of k numbers, to rows of padded(k); the rest of the last `step` become zero.
static void round_rows(const float *a, size_t stride, size_t rows, size_t step, size_t k, uint16_t *to) {
    size_t width = padded(k);
    for (size_t r = 0; r < rows; r++) {
        const float *from = a + r * stride;
        uint16_t *row = to + r * width;
        size_t i = 0;
        for (; i + 16 <= k; i += 16) {
            _mm256_storeu_si256((__m256i *)(row + i), (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(from + i)));
        }
        for (; i < k; i++) row[i] = rounded(from[i]);
        for (; i < width; i++) row[i] = 0;
    }
    size_t whole = (rows + step - 1) / step * step;
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
    uint64_t began = ck_clock_begin();
    size_t width = padded(k);
    int tiled = has_amx() && m > ROWS;
    size_t step = tiled ? TILE_ROWS : ROWS;
    if (tiled) begin_tiles();
    for (size_t block = 0; block < m; block += BLOCK) {
        size_t end = block + BLOCK < m ? block + BLOCK : m;
        round_rows(a + block * lda, lda, end - block, step, k, scratch);
        for (size_t column = 0; column < n; column += COLUMNS) {
            for (size_t row = block; row < end; row += step) {
                (tiled ? multiply_tiles : multiply_panel)(scratch + (row - block) * width, width,
                                                          packed + column * width, c + row * ldc + column, ldc,
                                                          end - row, n - column);
            }
        }
    }
    if (tiled) end_tiles();
    ck_clock_end(CK_PRODUCT_BFLOAT16, began, 2 * m * n * k, 4 * (m * k + m * n) + 2 * k * n);
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
