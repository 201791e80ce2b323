/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gauge: sleeping, computing, threads, locks, switches; see gauge.h. What needs a pool is in
 * gauge_pool.c. */
#include "pool/gauge.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "model/variate.h"
#include "pool/park.h"
#include "pool/work.h"

enum { LOCKS = 200 }; /* taken and given back for one measurement */
static const nsec SPIN = 200 * 1000;
static const nsec SLEEP_LEAST = 300 * 1000, SLEEP_MOST = 1500 * 1000;

bool gauge_goes_on(const struct gauge *g) {
    return park_now() < g->until && !(g->stop && atomic_load(g->stop));
}

nsec gauge_between(struct gauge *g, nsec low, nsec high) {
    dice_item(&g->dice, g->dice.item + 1);
    return low + (nsec)(variate_uniform(&g->dice) * (double)(high - low));
}

/* ---- sleeping and computing ------------------------------------------------------------------ */

static void bare_sleep(nsec until) {
    atomic_uint word = 0;
    while (park_now() < until)
        park_wait(&word, 0, until);
}

int gauge_sleeps(struct gauge *g) {
    struct work_place watched = {.watchers_most = g->cores > 1}, unwatched = {0};
    while (gauge_goes_on(g)) {
        nsec until = park_now() + gauge_between(g, SLEEP_LEAST, SLEEP_MOST);
        work_sleep(&watched, until);
        gauge_add(g, PROFILE_WATCHED, park_now() - until);
        until = park_now() + gauge_between(g, SLEEP_LEAST, SLEEP_MOST);
        work_sleep(&unwatched, until);
        gauge_add(g, PROFILE_UNWATCHED, park_now() - until);
        until = park_now() + gauge_between(g, SLEEP_LEAST, SLEEP_MOST);
        bare_sleep(until);
        gauge_add(g, PROFILE_TIMER, park_now() - until);
        prctl(PR_SET_TIMERSLACK, 0UL); /* the system's */
        until = park_now() + gauge_between(g, SLEEP_LEAST, SLEEP_MOST);
        bare_sleep(until);
        gauge_add(g, PROFILE_SLACK, park_now() - until);
        prctl(PR_SET_TIMERSLACK, 1UL);
    }
    return 0;
}

int gauge_spin(struct gauge *g) {
    struct work_place place = {0};
    while (gauge_goes_on(g)) {
        nsec begin = park_now();
        work_spin(&place, SPIN);
        gauge_add(g, PROFILE_SPIN, park_now() - begin - SPIN);
    }
    return 0;
}

/* ---- threads --------------------------------------------------------------------------------- */

/* Two threads that call one another. */
struct pair {
    atomic_uint word; /* how often the other one was called */
    atomic_bool over;
    _Atomic nsec answered;
    pthread_mutex_t lock;
    int pipes[2][2];
};

/* Every call is answered, also one that comes before it has gone to sleep again. */
static void *wake_answerer(void *context) {
    struct pair *p = context;
    for (unsigned seen = 0;; seen++) {
        while (atomic_load(&p->word) == seen)
            park_wait(&p->word, seen, NSEC_NEVER);
        if (atomic_load(&p->over))
            return NULL;
        atomic_store(&p->answered, park_now());
    }
}

int gauge_wake(struct gauge *g) {
    struct pair p = {0};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, wake_answerer, &p);
    if (error)
        return error;
    while (gauge_goes_on(g)) {
        bare_sleep(park_now() + gauge_between(g, SLEEP_LEAST, SLEEP_MOST));
        atomic_store(&p.answered, 0);
        nsec asked = park_now();
        atomic_fetch_add(&p.word, 1);
        park_wake(&p.word, 1);
        nsec answered = 0;
        while (!(answered = atomic_load(&p.answered)))
            sched_yield();
        gauge_add(g, PROFILE_WAKE, answered - asked);
    }
    atomic_store(&p.over, true);
    atomic_fetch_add(&p.word, 1);
    park_wake(&p.word, 1);
    return pthread_join(thread, NULL);
}

static void *stamp(void *at) {
    nsec *stamps = at;
    stamps[0] = park_now();
    stamps[1] = park_now();
    return NULL;
}

int gauge_threads(struct gauge *g) {
    while (gauge_goes_on(g)) {
        pthread_t thread;
        nsec stamps[2], asked = park_now();
        int error = pthread_create(&thread, NULL, stamp, stamps);
        if (error)
            return error;
        pthread_join(thread, NULL);
        gauge_add(g, PROFILE_SPAWN, stamps[0] - asked);
        gauge_add(g, PROFILE_JOIN, park_now() - stamps[1]);
        bare_sleep(park_now() + gauge_between(g, SLEEP_LEAST / 2, SLEEP_MOST / 2));
    }
    return 0;
}

/* ---- locks ----------------------------------------------------------------------------------- */

static nsec lock_many(pthread_mutex_t *lock) {
    nsec begin = park_now();
    for (int i = 0; i < LOCKS; i++) {
        pthread_mutex_lock(lock);
        pthread_mutex_unlock(lock);
    }
    return (park_now() - begin) / LOCKS;
}

int gauge_lock(struct gauge *g) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    while (gauge_goes_on(g))
        gauge_add(g, PROFILE_LOCK, lock_many(&lock));
    return 0;
}

static void *lock_rival(void *context) {
    struct pair *p = context;
    while (!atomic_load(&p->over))
        lock_many(&p->lock);
    return NULL;
}

int gauge_contended(struct gauge *g) {
    struct pair p = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, lock_rival, &p);
    if (error)
        return error;
    while (gauge_goes_on(g))
        gauge_add(g, PROFILE_CONTENDED, lock_many(&p.lock));
    atomic_store(&p.over, true);
    return pthread_join(thread, NULL);
}

/* ---- switches -------------------------------------------------------------------------------- */

static void *switch_answerer(void *context) {
    const struct pair *p = context;
    char byte;
    while (read(p->pipes[0][0], &byte, 1) == 1)
        if (write(p->pipes[1][1], &byte, 1) != 1)
            break;
    return NULL;
}

/* There and back over pipes is two switches, with the calls that bring them about. */
static int ping_pong(struct gauge *g, struct pair *p) {
    pthread_t thread;
    char byte = 0;
    int error = pthread_create(&thread, NULL, switch_answerer, p);
    bool there = !error;
    while (!error && gauge_goes_on(g)) {
        nsec begin = park_now();
        if (write(p->pipes[0][1], &byte, 1) != 1 || read(p->pipes[1][0], &byte, 1) != 1)
            error = EIO;
        gauge_add(g, PROFILE_SWITCH, (park_now() - begin) / 2);
    }
    close(p->pipes[0][1]); /* it sees the end */
    if (there)
        pthread_join(thread, NULL);
    return error;
}

static int open_pipes(struct pair *p) {
    if (pipe(p->pipes[0]))
        return errno;
    if (pipe(p->pipes[1]) == 0)
        return 0;
    int error = errno;
    close(p->pipes[0][0]);
    close(p->pipes[0][1]);
    return error;
}

/* Both on the first of the cores this process may use, as a thread inherits it. */
int gauge_switch(struct gauge *g) {
    struct pair p = {0};
    cpu_set_t before, one;
    size_t first = 0;
    int error = open_pipes(&p);
    if (error)
        return error;
    if (sched_getaffinity(0, sizeof before, &before) == 0) {
        while (first < CPU_SETSIZE - 1 && !CPU_ISSET(first, &before))
            first++;
        CPU_ZERO(&one);
        CPU_SET(first, &one);
        if (sched_setaffinity(0, sizeof one, &one) == 0) {
            error = ping_pong(g, &p);
            sched_setaffinity(0, sizeof before, &before);
        } else
            close(p.pipes[0][1]);
    } else
        close(p.pipes[0][1]);
    close(p.pipes[0][0]);
    close(p.pipes[1][0]);
    close(p.pipes[1][1]);
    return error;
}
