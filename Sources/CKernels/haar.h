// Orthonormal 2x2 Haar transform of one row of bands (low, vertical, horizontal, diagonal), with an optional scale per
// band channel.

static void NAME(inverse_haar_row)(const float *band, const float *scale, size_t w, size_t c, float *top,
                                   float *bottom) {
    for (size_t x = 0; x < w; x++) {
        const float *b = band + x * 4 * c;
        float *t = top + x * 2 * c, *u = bottom + x * 2 * c;
        size_t k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V low = load(b + k), v = load(b + c + k), h = load(b + 2 * c + k), d = load(b + 3 * c + k);
            if (scale) {
                low *= load(scale + k);
                v *= load(scale + c + k);
                h *= load(scale + 2 * c + k);
                d *= load(scale + 3 * c + k);
            }
            V p = 0.5f * (low + v), q = 0.5f * (h + d), r = 0.5f * (low - v), s = 0.5f * (h - d);
            store(t + k, p + q);
            store(t + c + k, p - q);
            store(u + k, r + s);
            store(u + c + k, r - s);
        }
        for (; k < c; k++) {
            float low = b[k], v = b[c + k], h = b[2 * c + k], d = b[3 * c + k];
            if (scale) {
                low *= scale[k];
                v *= scale[c + k];
                h *= scale[2 * c + k];
                d *= scale[3 * c + k];
            }
            float p = 0.5f * (low + v), q = 0.5f * (h + d), r = 0.5f * (low - v), s = 0.5f * (h - d);
            t[k] = p + q;
            t[c + k] = p - q;
            u[k] = r + s;
            u[c + k] = r - s;
        }
    }
}

static void NAME(haar_row)(const float *top, const float *bottom, const float *scale, const float *input, size_t w,
                           size_t c, float *band, float *totals) {
    for (size_t x = 0; x < w; x++) {
        const float *t = top + x * 2 * c, *u = bottom + x * 2 * c;
        size_t base = x * 4 * c, k = 0;
        for (; k + WIDTH <= c; k += WIDTH) {
            V p = load(t + k) + load(t + c + k), q = load(t + k) - load(t + c + k);
            V r = load(u + k) + load(u + c + k), s = load(u + k) - load(u + c + k);
            V bands[4] = {0.5f * (p + r), 0.5f * (p - r), 0.5f * (q + s), 0.5f * (q - s)};
            for (size_t i = 0; i < 4; i++) {
                size_t at = i * c + k;
                if (input) store(totals + at, load(totals + at) + bands[i] * load(input + base + at));
                store(band + base + at, scale ? bands[i] * load(scale + at) : bands[i]);
            }
        }
        for (; k < c; k++) {
            float p = t[k] + t[c + k], q = t[k] - t[c + k], r = u[k] + u[c + k], s = u[k] - u[c + k];
            float bands[4] = {0.5f * (p + r), 0.5f * (p - r), 0.5f * (q + s), 0.5f * (q - s)};
            for (size_t i = 0; i < 4; i++) {
                size_t at = i * c + k;
                if (input) totals[at] += bands[i] * input[base + at];
                band[base + at] = scale ? bands[i] * scale[at] : bands[i];
            }
        }
    }
}
