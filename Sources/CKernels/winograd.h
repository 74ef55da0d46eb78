// Winograd F(4x4, 3x3) tile transforms; a = √2, b = 1/√2, and the normalising factors sit in the input transform, so
// that the weight transform is symmetric under flipping.
#define A 1.41421356237309505f
#define B 0.70710678118654752f

// Bᵀ·d for six values at distance `step`, in place.
#define INPUT_TRANSFORM(T, d, step)                                                                                    \
    do {                                                                                                               \
        T d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];             \
        T even1 = (A / 6) * (d4 - 0.5f * d2), odd1 = (1.0f / 3) * (d3 - 0.5f * d1);                                    \
        T even2 = (-B / 1.5f) * (d4 - 2.0f * d2), odd2 = (-1.0f / 3) * (d3 - 2.0f * d1);                               \
        d[0] = d0 - 2.5f * d2 + d4;                                                                                    \
        d[step] = even1 + odd1;                                                                                        \
        d[2 * step] = even1 - odd1;                                                                                    \
        d[3 * step] = even2 + odd2;                                                                                    \
        d[4 * step] = even2 - odd2;                                                                                    \
        d[5 * step] = d1 - 2.5f * d3 + d5;                                                                             \
    } while (0)

// Aᵀ·m: six values at distance `step` to four at distance `to`.
#define OUTPUT_TRANSFORM(T, m, step, y, to)                                                                            \
    do {                                                                                                               \
        T s1 = m[step] + m[2 * step], d1 = m[step] - m[2 * step];                                                      \
        T s2 = m[3 * step] + m[4 * step], d2 = m[3 * step] - m[4 * step];                                              \
        T first = m[0], last = m[5 * step];                                                                            \
        y[0] = first + s1 + s2;                                                                                        \
        y[to] = A * d1 + B * d2;                                                                                       \
        y[2 * to] = 2.0f * s1 + 0.5f * s2;                                                                             \
        y[3 * to] = (2.0f * A) * d1 + (0.5f * B) * d2 + last;                                                          \
    } while (0)

static void NAME(winograd_input)(const float *x, const float *output, float slope, size_t h, size_t w, size_t c,
                                 size_t pad, size_t tiles_x, size_t t0, size_t t1, float *v, size_t stride) {
    for (size_t t = t0; t < t1; t++) {
        long top = (long)(t / tiles_x * 4) - (long)pad, left = (long)(t % tiles_x * 4) - (long)pad;
        float *to = v + (t - t0) * c;
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V d[36];
            for (long i = 0; i < 6; i++) {
                for (long j = 0; j < 6; j++) {
                    long row = top + i, column = left + j;
                    if (row < 0 || column < 0 || row >= (long)h || column >= (long)w) {
                        d[6 * i + j] = fill(0);
                        continue;
                    }
                    size_t at = ((size_t)row * w + (size_t)column) * c + k;
                    V value = load(x + at);
                    d[6 * i + j] = value;
                    if (output) {
                        V low = value * slope;
                        d[6 * i + j] = load(output + at) > 0 ? value : low;
                    }
                }
            }
            for (int i = 0; i < 6; i++) {
                V *line = d + 6 * i;
                INPUT_TRANSFORM(V, line, 1);
            }
            for (int j = 0; j < 6; j++) {
                V *line = d + j;
                INPUT_TRANSFORM(V, line, 6);
            }
            for (size_t p = 0; p < 36; p++) store(to + p * stride + k, d[p]);
        }
        for (; k < c; k++) {
            float d[36];
            for (long i = 0; i < 6; i++) {
                for (long j = 0; j < 6; j++) {
                    long row = top + i, column = left + j;
                    int outside = row < 0 || column < 0 || row >= (long)h || column >= (long)w;
                    size_t at = outside ? 0 : ((size_t)row * w + (size_t)column) * c + k;
                    float value = outside ? 0 : x[at];
                    d[6 * i + j] = output && !(output[at] > 0) ? value * slope : value;
                }
            }
            for (int i = 0; i < 6; i++) {
                float *line = d + 6 * i;
                INPUT_TRANSFORM(float, line, 1);
            }
            for (int j = 0; j < 6; j++) {
                float *line = d + j;
                INPUT_TRANSFORM(float, line, 6);
            }
            for (size_t p = 0; p < 36; p++) to[p * stride + k] = d[p];
        }
    }
}

static void NAME(winograd_output)(const float *m, size_t stride, const float *bias, float slope, size_t h, size_t w,
                                  size_t c, size_t tiles_x, size_t t0, size_t t1, float *y) {
    for (size_t t = t0; t < t1; t++) {
        size_t top = t / tiles_x * 4, left = t % tiles_x * 4;
        size_t rows = h - top < 4 ? h - top : 4, columns = w - left < 4 ? w - left : 4;
        const float *from = m + (t - t0) * c;
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V half[24], out[16], offset = bias ? load(bias + k) : fill(0);
            for (size_t j = 0; j < 6; j++) {
                V line[6];
                for (size_t i = 0; i < 6; i++) line[i] = load(from + (6 * i + j) * stride + k);
                V *to = half + j;
                OUTPUT_TRANSFORM(V, line, 1, to, 6);
            }
            for (size_t i = 0; i < 4; i++) {
                V *line = half + 6 * i, *to = out + 4 * i;
                OUTPUT_TRANSFORM(V, line, 1, to, 1);
            }
            for (size_t i = 0; i < rows; i++) {
                float *to = y + ((top + i) * w + left) * c + k;
                for (size_t j = 0; j < columns; j++) store(to + j * c, leaky(out[4 * i + j] + offset, slope));
            }
        }
        for (; k < c; k++) {
            float half[24], out[16], offset = bias ? bias[k] : 0;
            for (size_t j = 0; j < 6; j++) {
                float line[6];
                for (size_t i = 0; i < 6; i++) line[i] = from[(6 * i + j) * stride + k];
                float *to = half + j;
                OUTPUT_TRANSFORM(float, line, 1, to, 6);
            }
            for (size_t i = 0; i < 4; i++) {
                float *line = half + 6 * i, *to = out + 4 * i;
                OUTPUT_TRANSFORM(float, line, 1, to, 1);
            }
            for (size_t i = 0; i < rows; i++) {
                for (size_t j = 0; j < columns; j++) {
                    float value = out[4 * i + j] + offset;
                    y[((top + i) * w + left + j) * c + k] = value > 0 ? value : value * slope;
                }
            }
        }
    }
}

#undef INPUT_TRANSFORM
#undef OUTPUT_TRANSFORM
#undef A
#undef B
