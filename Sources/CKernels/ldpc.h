// Decoding of quasi-cyclic LDPC codes by layers: a row of the base graph, that is z checks, at a time.

// What the edges of a row hear: beliefs in the order of the checks, less what these said last.
static inline void NAME(listen)(const float *beliefs, const float *messages, const uint32_t *columns,
                                const uint32_t *shifts, size_t degree, size_t z, size_t stride, float *heard) {
    for (size_t e = 0; e < degree; e++) {
        const float *column = beliefs + columns[e] * z;
        float *at = heard + e * stride;
        const size_t shift = shifts[e], whole = z - shift;
        memcpy(at, column + shift, whole * sizeof(float));
        memcpy(at + whole, column, shift * sizeof(float));
        memset(at + z, 0, (stride - z) * sizeof(float));
    }
    for (size_t k = 0; k < degree * stride; k += WIDTH) store(heard + k, load(heard + k) - load(messages + k));
}

// The new beliefs: what was heard, and what the checks say now.
static inline void NAME(speak)(float *beliefs, const float *messages, const uint32_t *columns, const uint32_t *shifts,
                               size_t degree, size_t z, size_t stride, float *heard) {
    for (size_t k = 0; k < degree * stride; k += WIDTH) store(heard + k, load(heard + k) + load(messages + k));
    for (size_t e = 0; e < degree; e++) {
        float *column = beliefs + columns[e] * z;
        const float *at = heard + e * stride;
        const size_t shift = shifts[e], whole = z - shift;
        memcpy(column + shift, at, whole * sizeof(float));
        memcpy(column, at + whole, shift * sizeof(float));
    }
}

#define M NAME(mask)
#define MAGNITUDE(x) ((V)((M)(x) & 0x7FFFFFFF))
// The magnitude with the sign bit of the product, from which x is divided out.
#define SIGNED(magnitude, product, x) ((V)((M)(magnitude) | (((product) ^ (M)(x)) & (int)0x80000000)))

static void NAME(min_sum_row)(float *beliefs, float *messages, const uint32_t *columns, const uint32_t *shifts,
                              size_t degree, size_t z, float scale, float offset, float limit) {
    float heard[CK_LDPC_DEGREE * CK_LDPC_LIFTING];
    const size_t stride = (z + 15) / 16 * 16;
    const V zero = fill(0);
    NAME(listen)(beliefs, messages, columns, shifts, degree, z, stride, heard);
    for (size_t k = 0; k < stride; k += WIDTH) {
        V least = fill(limit), second = least;
        M product = (M)zero;
        for (size_t e = 0; e < degree; e++) {
            V x = load(heard + e * stride + k);
            product ^= (M)x;
            V magnitude = MAGNITUDE(x);
            V greater = magnitude > least ? magnitude : least;
            second = greater < second ? greater : second;
            least = magnitude < least ? magnitude : least;
        }
        // Two statements, so that no instruction set fuses them.
        V said = scale * least, said_to_least = scale * second;
        said = said - offset;
        said_to_least = said_to_least - offset;
        said = said > zero ? said : zero;
        said_to_least = said_to_least > zero ? said_to_least : zero;
        for (size_t e = 0; e < degree; e++) {
            V x = load(heard + e * stride + k);
            V message = MAGNITUDE(x) == least ? said_to_least : said;
            store(messages + e * stride + k, SIGNED(message, product, x));
        }
    }
    NAME(speak)(beliefs, messages, columns, shifts, degree, z, stride, heard);
}

// ln(1 + e^−x) for x ≥ 0, to within 0.018: ln 2 times the fourth power that has the right slope at 0.
static inline V NAME(correction)(V x) {
    V root = x * 0.180336880f;
    root = 1 - root;
    root = root > fill(0) ? root : fill(0);
    root = root * root;
    return 0.693147181f * root * root;
}

// The magnitude of 2·artanh(tanh(a/2)·tanh(b/2)) for a, b ≥ 0: exactly 0 where one of them is.
static inline V NAME(box_plus)(V a, V b) {
    V least = a < b ? a : b;
    V sum = least + (NAME(correction)(a + b) - NAME(correction)(MAGNITUDE(a - b)));
    return sum > fill(0) ? sum : fill(0);
}

static void NAME(sum_product_row)(float *beliefs, float *messages, const uint32_t *columns, const uint32_t *shifts,
                                  size_t degree, size_t z, float limit) {
    float heard[CK_LDPC_DEGREE * CK_LDPC_LIFTING];
    const size_t stride = (z + 15) / 16 * 16;
    NAME(listen)(beliefs, messages, columns, shifts, degree, z, stride, heard);
    for (size_t k = 0; k < stride; k += WIDTH) {
        // Of the edges before each.
        V before[CK_LDPC_DEGREE];
        V all = fill(limit);
        M product = (M)fill(0);
        for (size_t e = 0; e < degree; e++) {
            V x = load(heard + e * stride + k);
            before[e] = all;
            product ^= (M)x;
            all = NAME(box_plus)(all, MAGNITUDE(x));
        }
        V behind = fill(limit);
        for (size_t e = degree; e-- > 0;) {
            V x = load(heard + e * stride + k);
            store(messages + e * stride + k, SIGNED(NAME(box_plus)(before[e], behind), product, x));
            behind = NAME(box_plus)(behind, MAGNITUDE(x));
        }
    }
    NAME(speak)(beliefs, messages, columns, shifts, degree, z, stride, heard);
}

#undef M
#undef MAGNITUDE
#undef SIGNED
