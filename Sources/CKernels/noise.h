// Complex Gaussian noise addressed by index: a block of Philox4x32-10 (Salmon et al., 2011) makes 128 bits for two
// symbols, Box and Muller make a radius and an angle of 32 bits each. The words are those of `Philox` in Channel.
//
// Additions and products are rounded one by one, as they stand here: every width makes the same bits.
#pragma clang fp contract(off)

typedef unsigned long long NAME(words) __attribute__((ext_vector_type(WIDTH / 2)));
typedef unsigned NAME(halves) __attribute__((ext_vector_type(WIDTH)));
#define W NAME(words)
#define U NAME(halves)
#define M NAME(mask)

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

// −ln((w + 1/2)·2⁻³²), to within 3·10⁻⁷ of it.
static inline V NAME(minus_log)(U w) {
    // Read with a sign, w is near zero at both ends of the interval, where a float is finest: it is u, or u − 1.
    V x = __builtin_convertvector((M)w, V) * 0x1p-32f + 0x1p-33f;
    // Up by √2, so that the mantissa lies in [1/√2, √2) once the exponent is taken off.
    M bits = (M)(x < 0 ? x + 1 : x) + (0x3F800000 - 0x3F3504F3);
    M exponent = (bits >> 23) - 127;
    V mantissa = (V)((bits & 0x7FFFFF) + 0x3F3504F3);
    V f = exponent == 0 ? x : mantissa - 1;
    // The series of artanh.
    V s = f / (f + 2), t = s * s;
    V series = (((1.f / 9 * t + 1.f / 7) * t + 1.f / 5) * t + 1.f / 3) * t;
    return -(__builtin_convertvector(exponent, V) * 0.693147181f + (2 * s + 2 * s * series));
}

// Lower and upper halves of two vectors by turns.
#if WIDTH == 4
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define UPPER(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#elif WIDTH == 8
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define UPPER(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define UPPER(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#endif

// amplitude·noise of as many symbols as a vector has floats, I and Q by turns, from the words for radius and angle.
static inline void NAME(normal)(U radius, U angle, float amplitude, V noise[2]) {
    V r = amplitude * __builtin_elementwise_sqrt(NAME(minus_log)(radius));
    // The upper two bits are the nearest quarter of a turn, the others what is left over, −1/2 to 1/2 of a quarter.
    U quarter = angle + 0x20000000u;
    V x = __builtin_convertvector((M)(angle << 2), V) * (1.57079632679489662f * 0x1p-32f), t = x * x;
    // Taylor's series; |x| ≤ π/4.
    V sine = x + x * t * (((2.7557319e-6f * t - 1.9841270e-4f) * t + 8.3333333e-3f) * t - 0.16666667f);
    V cosine = 1 + t * ((((-2.7557319e-7f * t + 2.4801587e-5f) * t - 1.3888889e-3f) * t + 4.1666667e-2f) * t - 0.5f);
    M isOdd = (M)(quarter << 1) < 0;
    V i = r * (isOdd ? sine : cosine), q = r * (isOdd ? cosine : sine);
    i = (V)((U)i ^ ((quarter + 0x40000000u) & 0x80000000u));
    q = (V)((U)q ^ (quarter & 0x80000000u));
    noise[0] = LOWER(i, q);
    noise[1] = UPPER(i, q);
}

// amplitude·noise of 2·WIDTH symbols, the first two of which are block `first`'s.
static inline void NAME(noise)(uint64_t first, uint64_t seed, uint32_t purpose, uint32_t stream, float amplitude,
                               V noise[4]) {
    const W low = (W){0} + 0xFFFFFFFFull;
    W lanes;
    for (int lane = 0; lane < WIDTH / 2; lane++) lanes[lane] = (unsigned long long)lane;
    W words[2][4];
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
        // Places are numbers of 64 bits, and blocks of 63.
        W block = (lanes + (first + (uint64_t)(half * (WIDTH / 2)))) & (~0ull >> 1);
        words[half][0] = block;
        words[half][1] = block >> 32;
        words[half][2] = (W){0} + stream;
        words[half][3] = (W){0} + purpose;
    }
    NAME(philox)(words, seed);
    // A block's first two words are for the symbol at the even place, the others for that at the odd one.
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
        const W *c = words[half];
        NAME(normal)((U)((c[0] & low) | c[2] << 32), (U)((c[1] & low) | c[3] << 32), amplitude, noise + 2 * half);
    }
}

static void NAME(add_noise)(float *y, size_t n, float amplitude, uint64_t seed, uint32_t purpose, uint32_t stream,
                            uint64_t first) {
    const size_t before = first & 1, end = n + before;
    for (size_t k = 0; k < end; k += 2 * WIDTH) {
        V noise[4];
        NAME(noise)(first / 2 + k / 2, seed, purpose, stream, amplitude, noise);
        const size_t from = k < before ? 2 * before : 0, to = end - k < 2 * WIDTH ? 2 * (end - k) : 4 * WIDTH;
        if (to - from == 4 * WIDTH) {
            float *at = y + 2 * (k - before);
            for (int part = 0; part < 4; part++) store(at + part * WIDTH, load(at + part * WIDTH) + noise[part]);
        } else {
            for (size_t part = from; part < to; part++) {
                y[2 * k + part - 2 * before] += noise[part / WIDTH][part % WIDTH];
            }
        }
    }
}

#undef LOWER
#undef UPPER
#undef W
#undef U
#undef M
#pragma clang fp contract(on)
