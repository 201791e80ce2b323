/* SPDX-License-Identifier: MIT */
/*
 * park: the clock, and waiting on a word until it changes or an instant is reached (Linux futex).
 *
 * park_wait returns at once when *word != seen, else after a wake or at `until` (monotonic ns), and
 * sometimes for no reason: callers look again. No wake is lost: change the word, then wake.
 */
#ifndef POOL_PARK_H
#define POOL_PARK_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "model/nsec.h"

static inline nsec park_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (nsec)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static inline void park_wait(void *word, unsigned seen, nsec until) {
    struct timespec t = {(time_t)(until / NSEC_PER_SEC), (long)(until % NSEC_PER_SEC)};
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, seen, until == NSEC_NEVER ? NULL : &t, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

static inline void park_wake(void *word, int how_many) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, how_many, NULL, NULL, 0);
}

#endif
