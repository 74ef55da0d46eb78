// 3x3 depthwise convolution, one output row at a time; four pixels share each load of the kernel.

static inline V NAME(depthwise_pixel)(const float *const rows[3], const float *kernel, size_t x, size_t w, size_t c,
                                      size_t k) {
    V sum = fill(0);
    for (size_t i = 0; i < 3; i++) {
        if (!rows[i]) continue;
        const float *from = rows[i] + x * c + k, *weight = kernel + 3 * i * c + k;
        if (x > 0) sum += load(from - c) * load(weight);
        sum += load(from) * load(weight + c);
        if (x + 1 < w) sum += load(from + c) * load(weight + 2 * c);
    }
    return sum;
}

static inline float NAME(depthwise_value)(const float *const rows[3], const float *kernel, size_t x, size_t w,
                                          size_t c, size_t k) {
    float sum = 0;
    for (size_t i = 0; i < 3; i++) {
        if (!rows[i]) continue;
        const float *from = rows[i] + x * c + k, *weight = kernel + 3 * i * c + k;
        if (x > 0) sum += from[-(long)c] * weight[0];
        sum += from[0] * weight[c];
        if (x + 1 < w) sum += from[c] * weight[2 * c];
    }
    return sum;
}

// Four inner pixels from x on.
static inline void NAME(depthwise_four)(const float *const rows[3], const float *kernel, size_t x, size_t c, size_t k,
                                        V sums[4]) {
    V s0 = fill(0), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < 3; i++) {
        if (!rows[i]) continue;
        const float *from = rows[i] + (x - 1) * c + k, *weight = kernel + 3 * i * c + k;
        V w0 = load(weight), w1 = load(weight + c), w2 = load(weight + 2 * c);
        V p0 = load(from), p1 = load(from + c), p2 = load(from + 2 * c);
        V p3 = load(from + 3 * c), p4 = load(from + 4 * c), p5 = load(from + 5 * c);
        s0 += p0 * w0;
        s1 += p1 * w0;
        s2 += p2 * w0;
        s3 += p3 * w0;
        s0 += p1 * w1;
        s1 += p2 * w1;
        s2 += p3 * w1;
        s3 += p4 * w1;
        s0 += p2 * w2;
        s1 += p3 * w2;
        s2 += p4 * w2;
        s3 += p5 * w2;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

static void NAME(depthwise_row)(const float *above, const float *here, const float *below, const float *kernel,
                                size_t w, size_t c, float *y) {
    const float *const rows[3] = {above, here, below};
    for (size_t x = 0; x < w;) {
        size_t run = x > 0 && x + 4 < w ? 4 : 1, k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            if (run == 4) {
                V sums[4];
                NAME(depthwise_four)(rows, kernel, x, c, k, sums);
                for (size_t j = 0; j < 4; j++) store(y + (x + j) * c + k, sums[j]);
            } else {
                store(y + x * c + k, NAME(depthwise_pixel)(rows, kernel, x, w, c, k));
            }
        }
        for (; k < c; k++) {
            for (size_t j = 0; j < run; j++) {
                y[(x + j) * c + k] = NAME(depthwise_value)(rows, kernel, x + j, w, c, k);
            }
        }
        x += run;
    }
}

static void NAME(depthwise_row_scaled)(const float *above, const float *here, const float *below, const float *kernel,
                                       const float *input, const float *scale, size_t w, size_t c, float *y,
                                       float *totals) {
    const float *const rows[3] = {above, here, below};
    for (size_t x = 0; x < w;) {
        size_t run = x > 0 && x + 4 < w ? 4 : 1, k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V sums[4], total = load(totals + k), factor = load(scale + k);
            if (run == 4) {
                NAME(depthwise_four)(rows, kernel, x, c, k, sums);
            } else {
                sums[0] = NAME(depthwise_pixel)(rows, kernel, x, w, c, k);
            }
            for (size_t j = 0; j < run; j++) {
                size_t at = (x + j) * c + k;
                total += sums[j] * load(input + at);
                store(y + at, sums[j] * factor);
            }
            store(totals + k, total);
        }
        for (; k < c; k++) {
            for (size_t j = 0; j < run; j++) {
                float sum = NAME(depthwise_value)(rows, kernel, x + j, w, c, k);
                totals[k] += sum * input[(x + j) * c + k];
                y[(x + j) * c + k] = sum * scale[k];
            }
        }
        x += run;
    }
}
