/* SPDX-License-Identifier: GPL-3.0-or-later */
/* work: see work.h. */
#include "pool/work.h"

#include "pool/park.h"

enum { SPIN_CHUNK = 200 };

static bool aborted(struct work_place *place) {
    return atomic_load_explicit(&place->abort, memory_order_relaxed) != 0;
}

static void pause_core(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* May this thread watch the clock, or are the cores needed? */
static bool may_watch(struct work_place *place) {
    if (atomic_fetch_add(&place->watchers, 1) < place->watchers_most)
        return 1;
    atomic_fetch_sub(&place->watchers, 1);
    return 0;
}

static void sleep_to(struct work_place *place, nsec until) {
    while (!aborted(place) && park_now() < until)
        park_wait(&place->abort, 0, until);
}

bool work_sleep(struct work_place *place, nsec until) {
    sleep_to(place, until - WORK_STRETCH);
    if (may_watch(place)) {
        while (!aborted(place) && park_now() < until)
            pause_core();
        atomic_fetch_sub(&place->watchers, 1);
    } else
        sleep_to(place, until);
    return !aborted(place);
}

static nsec processor_time(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (nsec)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

bool work_spin(struct work_place *place, nsec time) {
    nsec end = processor_time() + time;
    while (!aborted(place) && processor_time() < end)
        for (volatile int i = 0; i < SPIN_CHUNK; i++) {
        }
    return !aborted(place);
}
