#define _GNU_SOURCE
#include "CConfined.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A sanitizer's own memory and threads do not outlive a fork: there the decoder runs in this process.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

static size_t size_of(const struct cconfined_limits *limits) {
    return sizeof(struct cconfined_picture) + limits->pixels * 4;
}

int cconfined_is_confined(void) {
#ifdef IS_SANITIZED
    return 0;
#else
    return 1;
#endif
}

void cconfined_refuse(struct cconfined_picture *picture, enum cconfined_status status, const char *message) {
    picture->status = status;
    strncpy(picture->message, message, CCONFINED_MESSAGE_SIZE - 1);
    picture->message[CCONFINED_MESSAGE_SIZE - 1] = 0;
}

void cconfined_free(struct cconfined_picture *picture, const struct cconfined_limits *limits) {
    if (picture != NULL) munmap(picture, size_of(limits));
}

#ifndef IS_SANITIZED
// Bytes of address space that the process has.
static size_t address_space(void) {
    char text[64] = {0};
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    return count > 0 ? (size_t)strtoull(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static int bound(int resource, rlim_t limit) {
    struct rlimit old;
    if (getrlimit(resource, &old) != 0) return -1;
    if (old.rlim_max != RLIM_INFINITY && old.rlim_max < limit) limit = old.rlim_max;
    struct rlimit new = {.rlim_cur = limit, .rlim_max = limit};
    return setrlimit(resource, &new);
}

// In the new process: no file, no signal handler and no more memory and time of the old one.
static int confine(const struct cconfined_limits *limits, pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) return -1;
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    size_t now = address_space();
    if (now == 0 || bound(RLIMIT_AS, now + limits->memory) != 0) return -1;
    if (bound(RLIMIT_CPU, limits->seconds) != 0 || bound(RLIMIT_CORE, 0) != 0) return -1;
    int nowhere = open("/dev/null", O_RDWR);
    if (nowhere < 0) return -1;
    for (int file = 0; file < 3; file++) dup2(nowhere, file);
    return close_range(3, ~0U, 0);
}

static int wait_for(pid_t child, const struct cconfined_limits *limits, cconfined_checkpoint checkpoint,
                    void *context) {
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    long pause = 100000;
    for (;;) {
        int status = 0;
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended < 0 && errno != EINTR) return CCONFINED_BROKEN;
        if (ended == child) {
            if (WIFEXITED(status)) return WEXITSTATUS(status);
            return WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ? CCONFINED_TOO_LONG : CCONFINED_BROKEN;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        // Processor time ends it by itself, unless it waits for something that never comes.
        int late = now.tv_sec - began.tv_sec > 60 + 10 * (time_t)limits->seconds;
        int stopped = checkpoint(context);
        if (late || stopped) {
            kill(child, SIGKILL);
            while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
            return stopped ? CCONFINED_STOPPED : CCONFINED_TOO_LONG;
        }
        nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
        if (pause < 2000000) pause *= 2;
    }
}
#endif

int cconfined_decode(cconfined_decoder decoder, const uint8_t *bytes, size_t count,
                     const struct cconfined_limits *limits, cconfined_checkpoint checkpoint, void *context,
                     struct cconfined_picture **picture) {
    // Pages are taken as they are written: a small picture costs little.
    void *shared = mmap(NULL, size_of(limits), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *picture = shared == MAP_FAILED ? NULL : shared;
    if (*picture == NULL) return CCONFINED_NO_PROCESS;
#ifdef IS_SANITIZED
    if (checkpoint(context)) return CCONFINED_STOPPED;
    decoder(bytes, count, *picture, limits->pixels);
    return (*picture)->status;
#else
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) return CCONFINED_NO_PROCESS;
    if (child == 0) {
        if (confine(limits, parent) != 0) _exit(CCONFINED_NO_PROCESS);
        decoder(bytes, count, *picture, limits->pixels);
        _exit((*picture)->status);
    }
    int status = wait_for(child, limits, checkpoint, context);
    (*picture)->message[CCONFINED_MESSAGE_SIZE - 1] = 0;
    return status;
#endif
}
