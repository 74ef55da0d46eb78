// Halves (IEEE binary16) to floats. That is exact, so every width gives the same bits.
typedef unsigned short NAME(half_bits) __attribute__((ext_vector_type(WIDTH)));
typedef NAME(half_bits) NAME(packed_halves) __attribute__((aligned(2), may_alias));
typedef unsigned NAME(float_bits) __attribute__((ext_vector_type(WIDTH)));

static inline V NAME(widened)(NAME(half_bits) h) {
#if WIDTH > 4
    typedef _Float16 half_vector __attribute__((ext_vector_type(WIDTH)));
    return __builtin_convertvector((half_vector)h, V);
#else
    // Without an instruction for it: the exponent is moved by a product, infinities and NaN get theirs.
    NAME(float_bits) bits = __builtin_convertvector(h, NAME(float_bits));
    V magnitude = (V)((bits & 0x7fff) << 13) * 0x1p112f;
    NAME(float_bits) special = (NAME(float_bits))((bits & 0x7c00) == 0x7c00) & 0x7f800000;
    return (V)((NAME(float_bits))magnitude | special | (bits & 0x8000) << 16);
#endif
}

static void NAME(half_to_float)(const uint16_t *x, size_t n, float *y) {
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        store(y + i, NAME(widened)(*(const NAME(packed_halves) *)(x + i)));
    }
    if (i == n) return;
    uint16_t rest[WIDTH] = {0};
    float wide[WIDTH];
    memcpy(rest, x + i, (n - i) * sizeof *x);
    store(wide, NAME(widened)(*(const NAME(packed_halves) *)rest));
    memcpy(y + i, wide, (n - i) * sizeof *y);
}
