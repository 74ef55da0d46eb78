// OpenBLAS knows processors by their model numbers. One that came after it is taken for the oldest of its kind: Debian
// 12's 0.3.21 runs the SSE3 kernels of 2004 on an Emerald Rapids, four times slower than it could. Here it is told what
// the processor can do, before any thread of ours runs.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "CKernels.h"

static int knows_avx2(const char *core) {
    static const char *const cores[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"};
    for (size_t i = 0; i < sizeof cores / sizeof *cores; i++) {
        if (strcasecmp(core, cores[i]) == 0) return 1;
    }
    return 0;
}

const char *ck_openblas_core(void) {
    char *(*core)(void) = (char *(*)(void))dlsym(RTLD_DEFAULT, "openblas_get_corename");
    return core ? core() : "";
}

// Programs without OpenBLAS, builds of it for one processor only and a choice of the user's are left alone.
void ck_choose_openblas_kernels(void) {
    void (*quit)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit");
    void (*init)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init");
    if (!quit || !init || getenv("OPENBLAS_CORETYPE") || ck_vector_bits() < 256 || knows_avx2(ck_openblas_core())) {
        return;
    }
    // setenv would move the environment, and a static Swift runtime looks for the arguments before its first place.
    size_t count = 0;
    while (environ[count]) count++;
    char **before = environ, **with_choice = malloc((count + 2) * sizeof *with_choice);
    if (!with_choice) return;
    with_choice[0] = ck_vector_bits() >= 512 ? "OPENBLAS_CORETYPE=SKYLAKEX" : "OPENBLAS_CORETYPE=HASWELL";
    memcpy(with_choice + 1, before, (count + 1) * sizeof *with_choice);
    environ = with_choice;
    quit();
    init();
    environ = before;
    free(with_choice);
}
