/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * driver: one measurement of one pool, in a process of its own. The same for every contender; what
 * it measures, and that no core burns while it waits, is decided here.
 *
 *     about                        the library and its version
 *     tasks WORKERS PRODUCERS N    N empty tasks from all producers; tasks a second, from the first
 *                                  submission to the end of the last task; and the processor
 *                                  time a task of all threads, ns
 *     ping WORKERS N               one task to a pool at rest, N times, 1 ms between; the median
 *                                  microseconds from before its submission to its first instruction
 *     burst WORKERS N              as many tasks as workers, each of which sleeps 10 ms, to a pool
 * at rest, N times; the median milliseconds to the end of the last memory WORKERS bytes resident in
 * the process, the pool at rest exit WORKERS                 a task ends its thread; do 10 more run
 * within 2 s? ok or dead
 *
 * Prints one line. Exit 0; 2: usage; 3: the pool cannot be had, or does not use all its workers.
 *
 * Before anything counts, each worker has run one task: as many as workers that wait for one
 * another. An empty task adds one to a counter of its thread, in a cache line of its own. The end
 * of the last is found by reading these, 4000 times a second, once the producers have submitted
 * all: an error of at most 0.25 ms, and nothing shared between the workers. All threads inherit a
 * timer slack of 1 ns, so that no pool's sleeps are longer than another's.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/pool/contender.h"

enum { MOST_THREADS = 1024, MOST_PRODUCERS = 64, STEP_NS = 250000 };

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t processor_time(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void rest(int64_t ns) {
    struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    while (nanosleep(&t, &t) && errno == EINTR)
        ;
}

_Noreturn static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    _exit(3);
}

/* Until workers that spin before they park have parked: 200 take half a second of two cores. */
static void let_park(unsigned workers) {
    rest(50000000 + workers * INT64_C(2500000));
}

/* ---- the caller's memory of each job ----------------------------------------------------------
 */

struct rooms {
    char *bytes;
    size_t each;
};

static struct rooms rooms_of(size_t count) {
    size_t each = (contender.room + 15) / 16 * 16;
    struct rooms rooms = {each ? aligned_alloc(64, (count * each + 63) / 64 * 64) : NULL, each};
    if (each && !rooms.bytes)
        fail("out of memory");
    if (each)
        memset(rooms.bytes, 1, count * each);
    return rooms;
}

static void submit(void *pool, void (*run)(void *), void *argument, struct rooms rooms, size_t i) {
    if (!contender.submit(pool, run, argument, rooms.each ? rooms.bytes + i * rooms.each : NULL))
        fail("a task was not taken");
}

static void settle(void *pool) {
    if (contender.settle)
        contender.settle(pool);
}

/* ---- a pool whose workers have all run a task -------------------------------------------------
 */

struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned expected, came, left;
};

static void meet(void *context) {
    struct meeting *m = context;
    pthread_mutex_lock(&m->lock);
    m->came++;
    pthread_cond_broadcast(&m->changed);
    while (m->came < m->expected)
        pthread_cond_wait(&m->changed, &m->lock);
    m->left++;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

static void await_meeting(struct meeting *m) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&m->lock);
    while (m->left < m->expected)
        if (pthread_cond_timedwait(&m->changed, &m->lock, &until))
            fail("not all workers take a task");
    pthread_mutex_unlock(&m->lock);
}

static void *open_pool(unsigned workers, unsigned producers) {
    /* Its memory stays: the last to leave may still hold the lock. */
    static struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0};
    struct rooms rooms = rooms_of(MOST_THREADS);
    void *pool = contender.open(workers, producers);
    if (!pool)
        fail("no pool");
    m.expected = workers;
    for (unsigned i = 0; i < workers; i++)
        submit(pool, meet, &m, rooms, i);
    settle(pool);
    await_meeting(&m);
    let_park(workers);
    return pool;
}

/* ---- empty tasks ------------------------------------------------------------------------------
 */

struct tally {
    _Alignas(128) atomic_size_t count;
};

static struct tally tallies[MOST_THREADS];
static atomic_uint tallies_used;
static _Thread_local struct tally *mine;

static void tick(void *argument) {
    (void)argument;
    if (!mine)
        mine = &tallies[atomic_fetch_add(&tallies_used, 1) % MOST_THREADS];
    size_t count = atomic_load_explicit(&mine->count, memory_order_relaxed);
    atomic_store_explicit(&mine->count, count + 1, memory_order_release);
}

static size_t ticks(void) {
    size_t sum = 0;
    unsigned used = atomic_load(&tallies_used);
    for (unsigned i = 0; i < used; i++)
        sum += atomic_load_explicit(&tallies[i].count, memory_order_acquire);
    return sum;
}

struct producer {
    void *pool;
    pthread_barrier_t *start;
    sem_t *submitted;
    struct rooms rooms;
    size_t from, to;
    bool alone;
    int64_t began;
    pthread_t thread;
};

static void *produce(void *context) {
    struct producer *p = context;
    pthread_barrier_wait(p->start);
    p->began = now();
    for (size_t i = p->from; i < p->to; i++)
        submit(p->pool, tick, NULL, p->rooms, i);
    sem_post(p->submitted);
    if (p->alone)
        settle(p->pool);
    return NULL;
}

/* The instant when all ticks were counted. */
static int64_t await_ticks(sem_t *submitted, unsigned producers, size_t n) {
    for (unsigned i = 0; i < producers; i++)
        while (sem_wait(submitted))
            ;
    while (ticks() < n)
        rest(STEP_NS);
    return now();
}

static void measure_tasks(unsigned workers, unsigned producers, size_t n) {
    struct rooms rooms = rooms_of(n);
    void *pool = open_pool(workers, producers);
    struct producer all[MOST_PRODUCERS];
    pthread_barrier_t start;
    sem_t submitted;
    int64_t processor = processor_time();
    pthread_barrier_init(&start, NULL, producers);
    sem_init(&submitted, 0, 0);
    for (unsigned i = 0; i < producers; i++) {
        all[i] = (struct producer){pool,
                                   &start,
                                   &submitted,
                                   rooms,
                                   n * i / producers,
                                   n * (i + 1) / producers,
                                   producers == 1,
                                   0,
                                   pthread_self()};
        if (pthread_create(&all[i].thread, NULL, produce, &all[i]))
            fail("no thread");
    }
    int64_t end = await_ticks(&submitted, producers, n), began = INT64_MAX;
    for (unsigned i = 0; i < producers; i++) {
        pthread_join(all[i].thread, NULL);
        began = all[i].began < began ? all[i].began : began;
    }
    processor = processor_time() - processor;
    contender.close(pool);
    printf("%.1f %.2f\n", (double)n * 1e9 / (double)(end - began), (double)processor / (double)n);
}

/* ---- a pool at rest ---------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t median(int64_t *values, size_t n) {
    qsort(values, n, sizeof *values, compare);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static void note_start(void *context) {
    atomic_store((_Atomic int64_t *)context, now());
}

static void measure_ping(unsigned workers, size_t n) {
    struct rooms rooms = rooms_of(n);
    int64_t *delays = calloc(n, sizeof *delays);
    if (!delays)
        fail("out of memory");
    void *pool = open_pool(workers, 1);
    for (size_t i = 0; i < n; i++) {
        static _Atomic int64_t started;
        atomic_store(&started, 0);
        int64_t before = now();
        submit(pool, note_start, &started, rooms, i);
        do
            rest(1000000);
        while (atomic_load(&started) == 0);
        delays[i] = atomic_load(&started) - before;
        settle(pool);
    }
    contender.close(pool);
    printf("%.3f\n", (double)median(delays, n) / 1e3);
}

struct sleepers {
    atomic_uint awaited;
    int64_t end;
    sem_t done;
};

static void doze(void *context) {
    struct sleepers *s = context;
    rest(10000000);
    if (atomic_fetch_sub(&s->awaited, 1) == 1) {
        s->end = now();
        sem_post(&s->done);
    }
}

static void measure_burst(unsigned workers, size_t n) {
    struct rooms rooms = rooms_of(n * workers);
    int64_t *spans = calloc(n, sizeof *spans);
    if (!spans)
        fail("out of memory");
    void *pool = open_pool(workers, 1);
    static struct sleepers s;
    sem_init(&s.done, 0, 0);
    for (size_t i = 0; i < n; i++) {
        atomic_store(&s.awaited, workers);
        int64_t before = now();
        for (size_t k = 0; k < workers; k++)
            submit(pool, doze, &s, rooms, i * workers + k);
        settle(pool);
        while (sem_wait(&s.done))
            ;
        spans[i] = s.end - before;
        let_park(workers);
    }
    contender.close(pool);
    printf("%.3f\n", (double)median(spans, n) / 1e6);
}

static void measure_memory(unsigned workers) {
    void *pool = open_pool(workers, 1);
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    unsigned long long kilobytes = 0;
    while (f && fgets(line, sizeof line, f) && sscanf(line, "Rss: %llu", &kilobytes) != 1)
        ;
    if (!kilobytes)
        fail("no /proc/self/smaps_rollup");
    fclose(f);
    contender.close(pool);
    printf("%llu\n", kilobytes * 1024);
}

/* ---- a task that ends its thread --------------------------------------------------------------
 */

static void end_thread(void *argument) {
    pthread_exit(argument);
}

static void measure_exit(unsigned workers) {
    enum { MORE = 10 };
    struct rooms rooms = rooms_of(1 + MORE);
    void *pool = open_pool(workers, 1);
    submit(pool, end_thread, NULL, rooms, 0);
    rest(100000000);
    for (size_t i = 0; i < MORE; i++)
        submit(pool, tick, NULL, rooms, 1 + i);
    for (int i = 0; i < 200 && ticks() < MORE; i++)
        rest(10000000);
    bool ok = ticks() == MORE;
    if (ok) {
        settle(pool);
        contender.close(pool); /* who hangs here has not lived on */
    }
    puts(ok ? "ok" : "dead");
    fflush(stdout);
    _exit(0);
}

static bool measure(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    unsigned workers = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    size_t last = argc > 3 ? strtoull(argv[argc - 1], NULL, 10) : 0;
    unsigned producers = argc == 5 ? (unsigned)strtoul(argv[3], NULL, 10) : 1;
    bool sane =
        workers > 0 && workers <= MOST_THREADS && producers > 0 && producers <= MOST_PRODUCERS;
    if (!strcmp(what, "about") && argc == 2)
        puts(contender.about);
    else if (!strcmp(what, "tasks") && argc == 5 && sane && last)
        measure_tasks(workers, producers, last);
    else if (!strcmp(what, "ping") && argc == 4 && sane && last)
        measure_ping(workers, last);
    else if (!strcmp(what, "burst") && argc == 4 && sane && last)
        measure_burst(workers, last);
    else if (!strcmp(what, "memory") && argc == 3 && sane)
        measure_memory(workers);
    else if (!strcmp(what, "exit") && argc == 3 && sane)
        measure_exit(workers);
    else
        return false;
    return true;
}

int main(int argc, char **argv) {
    prctl(PR_SET_TIMERSLACK, 1UL);
    if (measure(argc, argv))
        return 0;
    fprintf(stderr,
            "usage: %s about | tasks WORKERS PRODUCERS N | ping WORKERS N | burst WORKERS N | "
            "memory WORKERS | exit WORKERS\n",
            argv[0]);
    return 2;
}
