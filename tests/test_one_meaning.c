/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_one_meaning: the pool of threads does what model/station says, which the simulator runs: the
 * same random script of submissions, ends, withdrawals and changes of size for both, with workers
 * that start at once and with such that take their time. After each step the answer, who
 * runs, who was dropped and how many wait where are the same. Nothing here measures time: the test
 * waits until the threads have done what the station did at once.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "model/station.h"
#include "pool/park.h"
#include "pool/pool.h"

enum { JOBS = 64, STEPS = 60, SCRIPTS = 225, WORKERS = 6 };

/* A job that runs until it is let go. */
struct gated {
    struct headroom_job base;
    atomic_uint gate;
    atomic_bool runs, ended;
};

struct both {
    struct station station;
    struct station_link links[JOBS];
    uint32_t crew[WORKERS];
    uint8_t rank[JOBS];
    struct station_link rank_links[JOBS];
    struct station_ranks ranks;
    struct station_lines lines;
    uint32_t runs[WORKERS]; /* by the station: the job of each worker */
    bool dropped[JOBS];
    struct headroom_pool *pool;
    struct gated jobs[JOBS];
    uint32_t count; /* of jobs used */
    bool slow;      /* workers wait in worker_init: */
    atomic_uint tickets, let_in;
    uint32_t first;    /* but the workers of the opening, */
    atomic_uint begun; /* so many of which have begun */
};

/* A worker serves when it has got a ticket. */
static void init(void *user, void *scratch) {
    struct both *b = user;
    (void)scratch;
    if (atomic_load(&b->begun) < b->first) {
        atomic_fetch_add(&b->begun, 1);
        return;
    }
    for (;;) {
        unsigned tickets = atomic_load(&b->tickets);
        if (tickets == 0)
            park_wait(&b->tickets, 0, NSEC_NEVER);
        else if (atomic_compare_exchange_strong(&b->tickets, &tickets, tickets - 1))
            break;
    }
    atomic_fetch_add(&b->let_in, 1);
}

static void run(struct headroom_job *base) {
    struct gated *job = (struct gated *)base;
    atomic_store(&job->runs, true);
    while (atomic_load(&job->gate) == 0)
        park_wait(&job->gate, 0, NSEC_NEVER);
    atomic_store(&job->runs, false);
}

static void ended(struct headroom_job *base) {
    atomic_store(&((struct gated *)base)->ended, true);
}

static void open_both(struct both *b, struct headroom_config *config, bool slow) {
    memset(b, 0, sizeof *b);
    b->slow = slow;
    b->first = config->workers;
    config->user = b;
    config->worker_init = slow ? init : NULL;
    station_open(&b->station, config->workers, config->capacity,
                 (enum station_when_full)config->when_full, (enum station_order)config->order,
                 b->crew);
    b->ranks = (struct station_ranks){b->rank, b->rank_links};
    station_rank_by(&b->station, &b->lines, &b->ranks);
    for (int i = 0; i < WORKERS; i++)
        b->runs[i] = STATION_NONE;
    assert_int_equal(headroom_pool_open(&b->pool, config), 0);
    while (slow && atomic_load(&b->begun) < b->first) /* before others may */
        nanosleep(&(struct timespec){0, 100000}, NULL);
}

static bool should_run(const struct both *b, uint32_t job) {
    for (int i = 0; i < WORKERS; i++)
        if (b->runs[i] == job)
            return true;
    return false;
}

static bool agree(struct both *b) {
    struct headroom_counts c = headroom_pool_counts(b->pool);
    bool same = c.busy == b->station.busy && c.depth == b->station.queue.count &&
                c.door == b->station.door.count && c.starting == b->station.starting &&
                c.workers == b->station.workers + b->station.starting &&
                c.size == c.workers - b->station.leaving;
    for (uint32_t i = 0; i < b->count; i++)
        same = same && atomic_load(&b->jobs[i].runs) == should_run(b, i) &&
               (b->jobs[i].base.fate == HEADROOM_DROPPED) == b->dropped[i];
    return same;
}

static void await_agreement(struct both *b, const char *what) {
    for (int i = 0; i < 20000 && !agree(b); i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    if (!agree(b)) {
        struct headroom_counts c = headroom_pool_counts(b->pool);
        for (uint32_t i = 0; i < b->count; i++)
            if (atomic_load(&b->jobs[i].runs) != should_run(b, i))
                print_message("job %u of rank %u %s\n", i, b->rank[i],
                              should_run(b, i) ? "should run" : "should not run");
        headroom_pool_dump(b->pool, stdout);
        print_message("slow %d, size %u, leaving %u, capacity %d, order %d\n", b->slow, c.size,
                      b->station.leaving, (int)b->station.capacity, (int)b->station.order);
        fail_msg(
            "after %s: pool busy %u depth %lu door %lu workers %u starting %u, station busy %u "
            "queue %u door %u workers %u starting %u",
            what, c.busy, (unsigned long)c.depth, (unsigned long)c.door, c.workers, c.starting,
            b->station.busy, b->station.queue.count, b->station.door.count, b->station.workers,
            b->station.starting);
    }
}

/* The station's answer to a submission, carried out; what the pool is to answer. */
static int follow_arrival(struct both *b, uint32_t job) {
    struct station_answer answer = station_arrive(&b->station, b->links, job);
    switch (answer.verdict) {
    case STATION_START:
        b->runs[answer.other] = job;
        return 0;
    case STATION_DROP_OLDEST_JOB:
        b->dropped[answer.other] = true;
        return 0;
    case STATION_REJECTED:
        return EAGAIN;
    case STATION_DOOR:
        return EINPROGRESS;
    case STATION_CALLER:
        return EBUSY;
    case STATION_QUEUE:
    case STATION_NEXT:
    case STATION_IDLE:
    case STATION_RETIRE:
    case STATION_LEAVING:
        break;
    }
    return 0;
}

static void submit(struct both *b, uint8_t rank) {
    uint32_t job = b->count++;
    b->rank[job] = rank;
    b->jobs[job].base = (struct headroom_job){.run = run, .ended = ended, .priority = rank};
    int expected = follow_arrival(b, job);
    assert_int_equal(headroom_pool_post_job(b->pool, &b->jobs[job].base), expected);
}

static void follow_door(struct both *b) {
    uint32_t job;
    for (;;) {
        struct station_answer answer = station_door(&b->station, b->links, &job);
        if (answer.verdict == STATION_IDLE)
            return;
        if (answer.verdict == STATION_START)
            b->runs[answer.other] = job;
    }
}

/* The job of the n-th busy worker ends. */
static void finish(struct both *b, uint32_t n) {
    uint32_t worker = 0;
    for (uint32_t seen = 0;; worker++)
        if (b->runs[worker] != STATION_NONE && seen++ == n)
            break;
    struct gated *job = &b->jobs[b->runs[worker]];
    struct station_answer answer = station_finish(&b->station, b->links, worker);
    b->runs[worker] = answer.verdict == STATION_NEXT ? answer.other : STATION_NONE;
    follow_door(b);
    atomic_store(&job->gate, 1);
    park_wake(&job->gate, 1);
}

/* ---- changes of size --------------------------------------------------------------------------
 */

/* Numbers that nobody has are neither idle nor run anything. */
static bool number_free(const struct both *b, uint32_t number) {
    bool idle = false;
    for (uint32_t i = 0; i < b->station.idle; i++)
        idle = idle || b->crew[i] == number;
    return !idle && b->runs[number] == STATION_NONE;
}

static void follow_join(struct both *b) {
    uint32_t number = 0;
    while (!number_free(b, number))
        number++;
    struct station_answer answer = station_join(&b->station, b->links, number);
    if (answer.verdict == STATION_NEXT)
        b->runs[number] = answer.other;
}

static void resize(struct both *b, uint32_t size) {
    struct station *s = &b->station;
    uint32_t now = s->workers + s->starting - s->leaving;
    for (; now < size; now++)
        if (station_grow(s).verdict == STATION_START && !b->slow)
            follow_join(b);
    for (; now > size; now--)
        if (s->starting > 0)
            station_unstart(s);
        else
            station_shrink(s);
    follow_door(b);
    assert_int_equal(headroom_pool_resize(b->pool, size), 0);
}

/* One of those that start serves. Those that are not wanted any more wait for tickets, too. */
static void let_one_in(struct both *b) {
    follow_join(b);
    follow_door(b);
    for (int i = 0; i < 20000 && headroom_pool_counts(b->pool).starting > b->station.starting;
         i++) {
        unsigned before = atomic_load(&b->let_in);
        atomic_fetch_add(&b->tickets, 1);
        park_wake(&b->tickets, 1);
        while (atomic_load(&b->let_in) == before)
            nanosleep(&(struct timespec){0, 100000}, NULL);
        nanosleep(&(struct timespec){0, 2000000}, NULL); /* it takes its place, or goes */
    }
}

/* One of those that wait in `list`, which came n places before the last, withdraws. */
static void withdraw(struct both *b, struct station_list *list, uint32_t n) {
    uint32_t job = list->tail;
    for (; n > 0; n--)
        job = b->links[job].prev;
    if (list == &b->station.queue)
        station_leave_queue(&b->station, b->links, job);
    else
        station_leave_door(&b->station, b->links, job);
    follow_door(b);
    assert_true(headroom_job_cancel(b->pool, &b->jobs[job].base));
    assert_true(atomic_load(&b->jobs[job].ended));
    assert_int_equal(b->jobs[job].base.fate, HEADROOM_CANCELLED);
}

/* Mostly one of three ranks, so that equals meet; at times any. */
static uint8_t few_or_any(uint64_t dice) {
    return (uint8_t)((dice >> 32) % 4 ? (dice >> 8) % 3 * 31 : (dice >> 8) % STATION_RANKS);
}

static void step(struct both *b, uint64_t dice) {
    uint32_t what = (uint32_t)(dice % 10);
    if (what == 8) {
        resize(b, 1 + (uint32_t)(dice >> 8) % WORKERS);
        await_agreement(b, "a change of size");
    } else if (what == 9) {
        if (b->station.starting > 0)
            let_one_in(b);
        await_agreement(b, "a worker began to serve");
    } else if (what < 4 && b->count < JOBS) {
        submit(b, few_or_any(dice));
        await_agreement(b, "a submission");
    } else if (what < 7 && b->station.busy > 0) {
        finish(b, (uint32_t)(dice >> 8) % b->station.busy);
        await_agreement(b, "an end");
    } else if (b->station.queue.count > 0) {
        withdraw(b, &b->station.queue, (uint32_t)(dice >> 8) % b->station.queue.count);
        await_agreement(b, "one left the queue");
    } else if (b->station.door.count > 0) {
        withdraw(b, &b->station.door, (uint32_t)(dice >> 8) % b->station.door.count);
        await_agreement(b, "one left the door");
    }
}

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void close_both(struct both *b) {
    while (b->station.busy + b->station.starting > 0) {
        while (b->station.busy > 0)
            finish(b, 0);
        if (b->station.starting > 0)
            let_one_in(b);
    }
    atomic_store(&b->tickets, 1000); /* for those that nobody wants */
    park_wake(&b->tickets, 1000);
    struct headroom_counts c;
    assert_int_equal(headroom_pool_close(b->pool, HEADROOM_NEVER, &c), 0);
    assert_int_equal(c.submitted, b->count);
    assert_int_equal(c.in_flight, 0);
}

static void test_scripts(void **state) {
    (void)state;
    uint64_t dice = 5;
    static struct both b;
    for (int i = 0; i < SCRIPTS; i++) {
        struct headroom_config config = {
            .workers = 1 + (uint32_t)(next(&dice) % WORKERS),
            .capacity = (int64_t)(next(&dice) % 5) - 1,
            .when_full = (enum headroom_when_full)(next(&dice) % 4),
            .order = (enum headroom_order)(i % 3),
        };
        open_both(&b, &config, i % 4 == 0);
        for (int k = 0; k < STEPS; k++)
            step(&b, next(&dice));
        close_both(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scripts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
