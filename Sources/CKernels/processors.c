// sched_getaffinity is GNU's, and Swift's Glibc does not show it.
#define _GNU_SOURCE
#include <sched.h>

#include "CKernels.h"

int ck_permitted_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
}
