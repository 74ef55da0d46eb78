// All kernels at one vector width. Included once per instruction set with LEVEL (a suffix) and WIDTH (floats) defined.
#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define NAME(f) JOIN(f, LEVEL)
#define V NAME(vec)

typedef float V __attribute__((ext_vector_type(WIDTH)));
typedef int NAME(mask) __attribute__((ext_vector_type(WIDTH)));
typedef signed char NAME(byte_vector) __attribute__((ext_vector_type(WIDTH)));
typedef NAME(byte_vector) NAME(bytes) __attribute__((aligned(1), may_alias));
typedef V NAME(unaligned) __attribute__((aligned(4), may_alias));

static inline V NAME(load)(const float *p) { return *(const NAME(unaligned) *)p; }
static inline void NAME(store)(float *p, V v) { *(NAME(unaligned) *)p = v; }
static inline V NAME(fill)(float s) { return (V){0} + s; }
static inline V NAME(leaky)(V x, float slope) {
    V low = x * slope;
    return x > 0 ? x : low;
}
#define load NAME(load)
#define store NAME(store)
#define fill NAME(fill)
#define leaky NAME(leaky)

#include "winograd.h"
#include "depthwise.h"
#include "haar.h"
#include "pointwise.h"
#include "noise.h"
#include "int16.h"
#include "ldpc.h"
#include "half.h"

const struct kernels NAME(kernels) = {
    WIDTH * 32,
    NAME(winograd_input),
    NAME(winograd_output),
    NAME(depthwise_row),
    NAME(depthwise_row_scaled),
    NAME(bias_leaky),
    NAME(bias_leaky_pool),
    NAME(unpool_leaky_row),
    NAME(leaky_backward),
    NAME(parametric),
    NAME(parametric_backward),
    NAME(inverse_haar_row),
    NAME(haar_row),
    NAME(maxpool_row),
    NAME(maxpool_row_backward),
    NAME(unit_distance),
    NAME(unit_distance_backward),
    NAME(add),
    NAME(add_noise),
    NAME(unpack_int16),
    NAME(pack_int16),
    NAME(min_sum_row),
    NAME(sum_product_row),
    NAME(half_to_float),
};

#undef load
#undef store
#undef fill
#undef leaky
#undef V
#undef NAME
#undef JOIN
#undef JOIN2
