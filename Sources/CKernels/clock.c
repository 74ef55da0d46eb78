// What kernels take, when somebody wants to know.

#include "CKernels.h"

#include <stdatomic.h>
#include <time.h>

static atomic_int running;
static struct {
    atomic_ullong nanoseconds, calls, operations, bytes;
} clocks[CK_CLOCKS];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void ck_clock_run(int on) {
    if (on) {
        for (int kind = 0; kind < CK_CLOCKS; kind++) {
            clocks[kind].nanoseconds = clocks[kind].calls = clocks[kind].operations = clocks[kind].bytes = 0;
        }
    }
    atomic_store(&running, on);
}

struct ck_clock ck_clock_read(int kind) {
    return (struct ck_clock){clocks[kind].nanoseconds, clocks[kind].calls, clocks[kind].operations,
                             clocks[kind].bytes};
}

uint64_t ck_clock_begin(void) { return atomic_load_explicit(&running, memory_order_relaxed) ? now() : 0; }

void ck_clock_end(int kind, uint64_t began, size_t operations, size_t bytes) {
    if (!began) return;
    atomic_fetch_add_explicit(&clocks[kind].nanoseconds, now() - began, memory_order_relaxed);
    atomic_fetch_add_explicit(&clocks[kind].calls, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&clocks[kind].operations, operations, memory_order_relaxed);
    atomic_fetch_add_explicit(&clocks[kind].bytes, bytes, memory_order_relaxed);
}
