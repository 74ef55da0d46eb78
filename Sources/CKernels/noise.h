// Complex Gaussian noise addressed by index: Philox4x32-10 (Salmon et al., 2011) makes 128 bits for each symbol, Box
// and Muller make two normal numbers of them. The words are those of `Philox` in Channel.

typedef unsigned long long NAME(words) __attribute__((ext_vector_type(WIDTH / 2)));
typedef double NAME(doubles) __attribute__((ext_vector_type(WIDTH / 2)));
typedef float NAME(half) __attribute__((ext_vector_type(WIDTH / 2)));
#define W NAME(words)
#define D NAME(doubles)
#define H NAME(half)

// Four words of 32 bits for each of WIDTH counters, in two halves, each word in a lane of 64; above them lies what has
// no meaning. Two halves at a time, since each round waits for the one before.
static inline void NAME(philox)(W c[2][4], uint64_t seed) {
    const W low = (W){0} + 0xFFFFFFFFull;
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; round++) {
#pragma clang loop unroll(full)
        for (int half = 0; half < 2; half++) {
            W *x = c[half];
            W first = (x[0] & low) * ((W){0} + 0xD2511F53ull), second = (x[2] & low) * ((W){0} + 0xCD9E8D57ull);
            x[0] = (second >> 32) ^ x[1] ^ ((W){0} + k0);
            x[1] = second;
            x[2] = (first >> 32) ^ x[3] ^ ((W){0} + k1);
            x[3] = first;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

// The upper 53 bits of high·2³² + low as a number below 2⁵³.
static inline D NAME(upper53)(W high, W low) {
    const W mask = (W){0} + 0xFFFFFFFFull, magic = (W){0} + 0x4330000000000000ull;  // 2⁵²
    D top = (D)((high & mask) | magic) - 0x1p52, bottom = (D)((low & mask) >> 11 | magic) - 0x1p52;
    return top * 0x1p21 + bottom;
}

// −ln u for u in (0, 1]: by the exponent and the series of artanh, to within 10⁻¹³.
static inline D NAME(minus_log)(D u) {
    const W magic = (W){0} + 0x4330000000000000ull;
    // Up by √2, so that the mantissa lies in [1/√2, √2) once the exponent is taken off.
    W bits = (W)u + (0x3FF0000000000000ull - 0x3FE6A09E667F3BCDull);
    D exponent = (D)(bits >> 52 | magic) - (0x1p52 + 1023);
    D m = (D)((bits & 0xFFFFFFFFFFFFFull) + 0x3FE6A09E667F3BCDull);
    D s = (m - 1) / (m + 1), t = s * s;
    D series = 1.0 / 15 * t + 1.0 / 13;
    series = (((series * t + 1.0 / 11) * t + 1.0 / 9) * t + 1.0 / 7) * t;
    series = ((series + 1.0 / 5) * t + 1.0 / 3) * t;
    return -(exponent * 0.693147180559945309 + 2 * s + 2 * s * series);
}

// The radius √(−ln u) and the angle of some words: the nearest quarter of a turn, and what is left over in quarters,
// −1/2 to 1/2.
static inline void NAME(polar)(const W c[4], H *radius, H *part, H *quarter) {
    D u = (NAME(upper53)(c[0], c[1]) + 1) * 0x1p-53;
    D turn = NAME(upper53)(c[2], c[3]) * 0x1p-51;  // in quarters
    const D round = (D){0} + 0x1.8p52;
    D whole = (turn + round) - round;
    *radius = __builtin_convertvector(NAME(minus_log)(u), H);
    *part = __builtin_convertvector(turn - whole, H);
    *quarter = __builtin_convertvector(whole, H);
}

// Two halves one after the other; the lower and the upper halves of two vectors by turns.
#if WIDTH == 4
#define JOINED(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3)
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define UPPER(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#elif WIDTH == 8
#define JOINED(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7)
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define JOINED(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define UPPER(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#endif

// Noise of variance 1 for WIDTH symbols, I and Q.
static inline void NAME(normal)(uint64_t first, uint64_t seed, uint32_t purpose, uint32_t stream, V *i, V *q) {
    W lanes;
    for (int lane = 0; lane < WIDTH / 2; lane++) lanes[lane] = (unsigned long long)lane;
    W words[2][4];
    for (int half = 0; half < 2; half++) {
        W index = lanes + (first + (uint64_t)(half * (WIDTH / 2)));
        words[half][0] = index;
        words[half][1] = index >> 32;
        words[half][2] = (W){0} + stream;
        words[half][3] = (W){0} + purpose;
    }
    NAME(philox)(words, seed);
    H radius[2], part[2], quarter[2];
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) NAME(polar)(words[half], &radius[half], &part[half], &quarter[half]);
    V r = __builtin_elementwise_sqrt(JOINED(radius[0], radius[1]));
    V x = JOINED(part[0], part[1]) * 1.57079632679489662f, t = x * x;
    NAME(mask) turns = __builtin_convertvector(JOINED(quarter[0], quarter[1]), NAME(mask));
    // Taylor's series; |x| ≤ π/4.
    V sine = x + x * t * (((2.7557319e-6f * t - 1.9841270e-4f) * t + 8.3333333e-3f) * t - 0.16666667f);
    V cosine = 1 + t * ((((-2.7557319e-7f * t + 2.4801587e-5f) * t - 1.3888889e-3f) * t + 4.1666667e-2f) * t - 0.5f);
    V c = (turns & 1) != 0 ? sine : cosine, s = (turns & 1) != 0 ? cosine : sine;
    *i = r * (((turns + 1) & 2) != 0 ? -c : c);
    *q = r * ((turns & 2) != 0 ? -s : s);
}

static void NAME(add_noise)(float *y, size_t n, float amplitude, uint64_t seed, uint32_t purpose, uint32_t stream,
                            uint64_t first) {
    for (size_t k = 0; k < n; k += WIDTH) {
        V i, q;
        NAME(normal)(first + k, seed, purpose, stream, &i, &q);
        V noise[2] = {amplitude * LOWER(i, q), amplitude * UPPER(i, q)};
        float *at = y + 2 * k;
        if (n - k >= WIDTH) {
            store(at, load(at) + noise[0]);
            store(at + WIDTH, load(at + WIDTH) + noise[1]);
        } else {
            for (size_t part = 0; part < 2 * (n - k); part++) at[part] += noise[part / WIDTH][part % WIDTH];
        }
    }
}

#undef JOINED
#undef LOWER
#undef UPPER
#undef W
#undef D
#undef H
