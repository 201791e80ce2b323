/* SPDX-License-Identifier: MIT */
/*
 * lock: a mutual exclusion of one word (Linux futex). Zero is free; nothing to open, nothing to
 * close.
 *
 * Three states: free, taken, taken and slept on; only the last costs its holder a system call at
 * release. Who finds it taken looks again for a moment, as the sections it guards are short, and
 * then sleeps; where others sleep already it does not look, it goes to sleep as well. Not fair, not
 * recursive. What was written before a release is seen after the next take.
 *
 * The word may be freed by who has taken it after the last other user released it: a release ends
 * with the store that frees it, and with a wake that needs the address alone. (So a wake may reach
 * whoever sleeps at that address later: all sleepers look again, park.h.)
 *
 * Cost: two atomic exchanges, about 20 ns, where nobody else wants it. Source: Drepper, Futexes are
 * tricky, mutex 3; the order of spinning and sleeping is that of Rust's standard library.
 */
#ifndef POOL_LOCK_H
#define POOL_LOCK_H

#include <stdbool.h>

#include "pool/park.h"

enum { LOCK_FREE = 0, LOCK_TAKEN = 1, LOCK_SLEPT_ON = 2, LOCK_SPINS = 100 };

/* Lets the other thread of the core have it; 10 to 50 ns. */
static inline void lock_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

static inline bool lock_try(unsigned *lock) {
    unsigned seen = LOCK_FREE;
    return __atomic_compare_exchange_n(lock, &seen, LOCK_TAKEN, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* Looks until it is not just taken: the state seen. */
static inline unsigned lock_spin(unsigned *lock) {
    unsigned seen = __atomic_load_n(lock, __ATOMIC_RELAXED);
    for (int i = 0; i < LOCK_SPINS && seen == LOCK_TAKEN; i++) {
        lock_pause();
        seen = __atomic_load_n(lock, __ATOMIC_RELAXED);
    }
    return seen;
}

/* Once it has slept, others may sleep, too: it takes the lock as slept on. */
__attribute__((noinline, unused)) static void lock_take_slowly(unsigned *lock) {
    unsigned seen = lock_spin(lock);
    if (seen == LOCK_FREE && lock_try(lock))
        return;
    while (__atomic_exchange_n(lock, LOCK_SLEPT_ON, __ATOMIC_ACQUIRE) != LOCK_FREE) {
        park_wait((void *)lock, LOCK_SLEPT_ON, NSEC_NEVER);
        lock_spin(lock);
    }
}

static inline void lock_take(unsigned *lock) {
    if (!lock_try(lock))
        lock_take_slowly(lock);
}

static inline void lock_release(unsigned *lock) {
    if (__atomic_exchange_n(lock, LOCK_FREE, __ATOMIC_RELEASE) == LOCK_SLEPT_ON)
        park_wake((void *)lock, 1);
}

#endif
