/* SPDX-License-Identifier: MIT */
/*
 * ticks: the processor's own counter, for spans of time that are only subtracted: a third of the
 * price of clock_gettime. Where it is not known to run evenly (no invariant TSC, another
 * architecture) a tick is a nanosecond of the clock.
 *
 * A span in ns is ticks * scale; the scale is the clock's progress over the counter's since
 * ticks_open, so it gets better with time: 0.3 % after the first 20 us, 0.01 % after 1 ms.
 */
#ifndef POOL_TICKS_H
#define POOL_TICKS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined __x86_64__
#include <cpuid.h>
#endif

struct ticks {
    bool counter; /* the processor's */
    int64_t origin, origin_ns;
};

static inline int64_t ticks_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline int64_t ticks_now(const struct ticks *t) {
#if defined __x86_64__
    if (t->counter)
        return (int64_t)__builtin_ia32_rdtsc();
#endif
    (void)t;
    return ticks_clock();
}

static inline bool ticks_invariant(void) {
#if defined __x86_64__
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & (1u << 8)) != 0;
#else
    return false;
#endif
}

static inline double ticks_scale(const struct ticks *t) {
    if (!t->counter)
        return 1;
    int64_t ns = ticks_clock() - t->origin_ns, ticks = ticks_now(t) - t->origin;
    return ticks > 0 ? (double)ns / (double)ticks : 0;
}

/* 20 us, where there is a counter. */
static inline void ticks_open(struct ticks *t) {
    t->counter = ticks_invariant();
    t->origin_ns = ticks_clock();
    t->origin = ticks_now(t);
    while (t->counter && ticks_clock() < t->origin_ns + 20000) {
    }
}

#endif
