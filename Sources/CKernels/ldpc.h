// Min-sum decoding of quasi-cyclic LDPC codes.

// One layer: a row of the base graph, that is z checks. Each check says to each of its bits how likely the others make
// it: with the sign of their product and the smallest of their magnitudes, scaled and less an offset.
static void NAME(min_sum_row)(float *beliefs, float *messages, const uint32_t *columns, const uint32_t *shifts,
                              size_t degree, size_t z, float scale, float offset, float limit) {
    float heard[CK_MIN_SUM_DEGREE * CK_MIN_SUM_LIFTING];
    const size_t stride = (z + 15) / 16 * 16;
    for (size_t e = 0; e < degree; e++) {
        const float *column = beliefs + columns[e] * z;
        float *at = heard + e * stride;
        const size_t shift = shifts[e], whole = z - shift;
        memcpy(at, column + shift, whole * sizeof(float));
        memcpy(at + whole, column, shift * sizeof(float));
        memset(at + z, 0, (stride - z) * sizeof(float));
    }
    const V zero = fill(0);
    for (size_t k = 0; k < stride; k += WIDTH) {
        V least = fill(limit), second = least;
        NAME(mask) product = (NAME(mask))zero;
        for (size_t e = 0; e < degree; e++) {
            V x = load(heard + e * stride + k) - load(messages + e * stride + k);
            store(heard + e * stride + k, x);
            product ^= (NAME(mask))x;
            V magnitude = (V)((NAME(mask))x & 0x7FFFFFFF);
            V greater = magnitude > least ? magnitude : least;
            second = greater < second ? greater : second;
            least = magnitude < least ? magnitude : least;
        }
        V scaled[2] = {scale * least, scale * second};
        V said = scaled[0] - offset, said_to_least = scaled[1] - offset;
        said = said > zero ? said : zero;
        said_to_least = said_to_least > zero ? said_to_least : zero;
        for (size_t e = 0; e < degree; e++) {
            V x = load(heard + e * stride + k);
            NAME(mask) bits = (NAME(mask))x;
            V message = (V)(bits & 0x7FFFFFFF) == least ? said_to_least : said;
            message = (V)((NAME(mask))message | ((product ^ bits) & (int)0x80000000));
            store(messages + e * stride + k, message);
            store(heard + e * stride + k, x + message);
        }
    }
    for (size_t e = 0; e < degree; e++) {
        float *column = beliefs + columns[e] * z;
        const float *at = heard + e * stride;
        const size_t shift = shifts[e], whole = z - shift;
        memcpy(column + shift, at, whole * sizeof(float));
        memcpy(column, at + whole, shift * sizeof(float));
    }
}
