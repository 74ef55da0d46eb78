// Bias, activation, pooling, the perceptual distance and sums.

static void NAME(bias_leaky)(float *y, const float *noise, const float *bias, float slope, size_t rows, size_t c) {
    for (size_t row = 0; row < rows; row++) {
        float *at = y + row * c, offset = noise ? noise[row] : 0;
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V value = load(at + k) + offset;
            if (bias) value += load(bias + k);
            store(at + k, leaky(value, slope));
        }
        for (; k < c; k++) {
            float value = at[k] + offset + (bias ? bias[k] : 0);
            at[k] = value > 0 ? value : value * slope;
        }
    }
}

static void NAME(bias_leaky_pool)(const float *y, const float *noise, const float *bias, float slope, size_t factor,
                                  size_t w, size_t c, float *pooled, signed char *signs) {
    float share = 1.0f / (float)(factor * factor);
    for (size_t x = 0; x < w / factor; x++) {
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V sum = fill(0), offset = bias ? load(bias + k) : fill(0);
            for (size_t i = 0; i < factor; i++) {
                for (size_t j = 0; j < factor; j++) {
                    size_t pixel = i * w + x * factor + j;
                    V value = load(y + pixel * c + k) + offset;
                    if (noise) value += noise[pixel];
                    *(NAME(bytes) *)(signs + pixel * c + k) = __builtin_convertvector(value > 0, NAME(bytes));
                    sum += leaky(value, slope);
                }
            }
            store(pooled + x * c + k, sum * share);
        }
        for (; k < c; k++) {
            float sum = 0;
            for (size_t i = 0; i < factor; i++) {
                for (size_t j = 0; j < factor; j++) {
                    size_t pixel = i * w + x * factor + j;
                    float value = y[pixel * c + k] + (bias ? bias[k] : 0) + (noise ? noise[pixel] : 0);
                    signs[pixel * c + k] = value > 0 ? -1 : 0;
                    sum += value > 0 ? value : value * slope;
                }
            }
            pooled[x * c + k] = sum * share;
        }
    }
}

static void NAME(unpool_leaky_row)(const float *g, const signed char *signs, float slope, size_t factor, size_t w,
                                   size_t c, float *z) {
    float share = 1.0f / (float)(factor * factor);
    for (size_t x = 0; x < w; x++) {
        const float *from = g + x / factor * c;
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            NAME(mask) positive = __builtin_convertvector(*(const NAME(bytes) *)(signs + x * c + k), NAME(mask));
            V high = load(from + k) * share, low = high * slope;
            store(z + x * c + k, positive ? high : low);
        }
        for (; k < c; k++) z[x * c + k] = from[k] * share * (signs[x * c + k] ? 1 : slope);
    }
}

static void NAME(leaky_backward)(const float *g, const float *y, float slope, size_t n, float *z) {
    size_t k = 0;
    for (; k + WIDTH <= n; k += WIDTH) {
        V value = load(g + k), low = value * slope;
        store(z + k, load(y + k) > 0 ? value : low);
    }
    for (; k < n; k++) z[k] = y[k] > 0 ? g[k] : slope * g[k];
}

static void NAME(parametric)(const float *x, const float *slope, size_t rows, size_t c, float *y) {
    for (size_t row = 0; row < rows; row++, x += c, y += c) {
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V value = load(x + k), low = value * load(slope + k);
            store(y + k, value > 0 ? value : low);
        }
        for (; k < c; k++) y[k] = x[k] > 0 ? x[k] : slope[k] * x[k];
    }
}

static void NAME(parametric_backward)(const float *g, const float *x, const float *slope, size_t rows, size_t c,
                                      float *z) {
    for (size_t row = 0; row < rows; row++, g += c, x += c, z += c) {
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V value = load(g + k), low = value * load(slope + k);
            store(z + k, load(x + k) > 0 ? value : low);
        }
        for (; k < c; k++) z[k] = x[k] > 0 ? g[k] : slope[k] * g[k];
    }
}

static void NAME(maxpool_row)(const float *top, const float *bottom, size_t w, size_t c, float *y) {
    for (size_t x = 0; x < w; x++) {
        const float *t = top + x * 2 * c, *u = bottom + x * 2 * c;
        float *to = y + x * c;
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V p = load(t + k), q = load(t + c + k), r = load(u + k), s = load(u + c + k);
            V a = p > q ? p : q, b = r > s ? r : s;
            store(to + k, a > b ? a : b);
        }
        for (; k < c; k++) {
            float a = t[k] > t[c + k] ? t[k] : t[c + k], b = u[k] > u[c + k] ? u[k] : u[c + k];
            to[k] = a > b ? a : b;
        }
    }
}

static void NAME(maxpool_row_backward)(const float *top, const float *bottom, const float *g, size_t w, size_t c,
                                       float *gtop, float *gbottom) {
    V zero = fill(0);
    for (size_t x = 0; x < w; x++) {
        const float *t = top + x * 2 * c, *u = bottom + x * 2 * c, *from = g + x * c;
        float *gt = gtop + x * 2 * c, *gu = gbottom + x * 2 * c;
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V p = load(t + k), q = load(t + c + k), r = load(u + k), s = load(u + c + k), value = load(from + k);
            V a = q > p ? q : p, b = s > r ? s : r;
            V upper = b > a ? zero : value, lower = value - upper;
            store(gt + k, q > p ? zero : upper);
            store(gt + c + k, q > p ? upper : zero);
            store(gu + k, s > r ? zero : lower);
            store(gu + c + k, s > r ? lower : zero);
        }
        for (; k < c; k++) {
            float a = t[c + k] > t[k] ? t[c + k] : t[k], b = u[c + k] > u[k] ? u[c + k] : u[k];
            float upper = b > a ? 0 : from[k], lower = b > a ? from[k] : 0;
            gt[k] = t[c + k] > t[k] ? 0 : upper;
            gt[c + k] = t[c + k] > t[k] ? upper : 0;
            gu[k] = u[c + k] > u[k] ? 0 : lower;
            gu[c + k] = u[c + k] > u[k] ? lower : 0;
        }
    }
}

static inline float NAME(total)(V v) {
    float sum = 0;
    for (int i = 0; i < WIDTH; i++) sum += v[i];
    return sum;
}

// 1/|x|, or zero for a zero vector.
static inline float NAME(inverse_norm)(const float *x, size_t c) {
    V squares = fill(0);
    size_t k = 0;
    for (; k + WIDTH <= c; k += WIDTH) squares += load(x + k) * load(x + k);
    float sum = NAME(total)(squares);
    for (; k < c; k++) sum += x[k] * x[k];
    return sum > 0 ? 1 / __builtin_sqrtf(sum) : 0;
}

static double NAME(unit_distance)(const float *x, const float *reference, const float *weight, size_t rows, size_t c) {
    double all = 0;
    for (size_t row = 0; row < rows; row++) {
        const float *a = x + row * c, *b = reference + row * c;
        float inverse = NAME(inverse_norm)(a, c);
        V sums = fill(0);
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V difference = load(a + k) * inverse - load(b + k);
            sums += load(weight + k) * difference * difference;
        }
        float sum = NAME(total)(sums);
        for (; k < c; k++) {
            float difference = a[k] * inverse - b[k];
            sum += weight[k] * difference * difference;
        }
        all += sum;
    }
    return all;
}

static void NAME(unit_distance_backward)(const float *x, const float *reference, const float *weight, float factor,
                                         size_t rows, size_t c, float *g) {
    for (size_t row = 0; row < rows; row++) {
        const float *a = x + row * c, *b = reference + row * c;
        float *to = g + row * c, inverse = NAME(inverse_norm)(a, c);
        V dots = fill(0);
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V unit = load(a + k) * inverse;
            dots += load(weight + k) * (unit - load(b + k)) * unit;
        }
        float dot = NAME(total)(dots);
        for (; k < c; k++) dot += weight[k] * (a[k] * inverse - b[k]) * a[k] * inverse;
        float scale = 2 * factor * inverse;
        for (k = 0; k + WIDTH <= c; k += WIDTH) {
            V unit = load(a + k) * inverse;
            store(to + k, scale * (load(weight + k) * (unit - load(b + k)) - dot * unit));
        }
        for (; k < c; k++) {
            float unit = a[k] * inverse;
            to[k] = scale * (weight[k] * (unit - b[k]) - dot * unit);
        }
    }
}

static void NAME(add)(const float *x, const float *y, size_t n, float *z) {
    size_t k = 0;
    for (; k + WIDTH <= n; k += WIDTH) store(z + k, load(x + k) + load(y + k));
    for (; k < n; k++) z[k] = x[k] + y[k];
}
