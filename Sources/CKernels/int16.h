// Numbers of 16 bits as they lie in packets, the upper byte first, and floats.

typedef short NAME(shorts) __attribute__((ext_vector_type(WIDTH)));
typedef unsigned short NAME(pairs) __attribute__((ext_vector_type(WIDTH)));
#define S NAME(shorts)
#define P NAME(pairs)
#define M NAME(mask)

static inline void NAME(unpack)(const uint8_t *bytes, float unit, float *y) {
    P pair;
    memcpy(&pair, bytes, sizeof pair);
    store(y, __builtin_convertvector((S)(pair << 8 | pair >> 8), V) / unit);
}

static void NAME(unpack_int16)(const uint8_t *bytes, size_t n, float unit, float *y) {
    size_t k = 0;
    for (; n - k >= WIDTH; k += WIDTH) NAME(unpack)(bytes + 2 * k, unit, y + k);
    if (k == n) return;
    uint8_t last[2 * WIDTH] = {0};
    float values[WIDTH];
    memcpy(last, bytes + 2 * k, 2 * (n - k));
    NAME(unpack)(last, unit, values);
    memcpy(y + k, values, sizeof(float) * (n - k));
}

// Returns −1 where a number fits, 0 elsewhere.
static inline M NAME(pack)(const float *x, float unit, uint8_t *bytes) {
    V value = load(x) * unit;
    M inside = value > -32768.5f && value < 32767.5f;
    V within = inside ? value : 0;
    M level = __builtin_convertvector(within, M);
    V rest = within - __builtin_convertvector(level, V);  // exact
    level = level - (rest >= 0.5f) + (rest <= -0.5f);
    level = value >= 32767.5f ? 32767 : value <= -32768.5f ? -32768 : level;
    P pair = (P) __builtin_convertvector(level, S);
    pair = pair << 8 | pair >> 8;
    memcpy(bytes, &pair, sizeof pair);
    return inside;
}

static size_t NAME(pack_int16)(const float *x, size_t n, float unit, uint8_t *bytes) {
    M outside = {0};
    size_t k = 0;
    for (; n - k >= WIDTH; k += WIDTH) outside += NAME(pack)(x + k, unit, bytes + 2 * k) + 1;
    if (k < n) {
        float last[WIDTH] = {0};
        uint8_t pairs[2 * WIDTH];
        memcpy(last, x + k, sizeof(float) * (n - k));
        outside += NAME(pack)(last, unit, pairs) + 1;
        memcpy(bytes + 2 * k, pairs, 2 * (n - k));
    }
    size_t clipped = 0;
    for (int lane = 0; lane < WIDTH; lane++) clipped += (size_t)outside[lane];
    return clipped;
}

#undef S
#undef P
#undef M
