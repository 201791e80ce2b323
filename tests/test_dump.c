/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_dump: the page about a pool that hangs names who hangs, who waits and what is stuck; it is
 * there while jobs hang, submitters block and somebody keeps the pool's lock. And the watchdog:
 * what runs too long is reported, once.
 *
 * Jobs hang at a gate until the test has seen what it wants. No duration is asserted.
 */
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool/core.h"
#include "pool/park.h"
#include "pool/pool.h"

/* ---- gates ----------------------------------------------------------------------------------- */

struct gate {
    atomic_uint open, inside;
};

static void hang(void *context) {
    struct gate *gate = context;
    atomic_fetch_add(&gate->inside, 1);
    while (atomic_load(&gate->open) == 0)
        park_wait(&gate->open, 0, NSEC_NEVER);
    atomic_fetch_sub(&gate->inside, 1);
}

struct hanging_job {
    struct headroom_job base;
    struct gate *gate;
};

static void hang_job(struct headroom_job *job) {
    hang(((struct hanging_job *)job)->gate);
}

static void open_gate(struct gate *gate) {
    atomic_store(&gate->open, 1);
    park_wake(&gate->open, INT32_MAX);
}

static void nap(int milliseconds) {
    nanosleep(&(struct timespec){milliseconds / 1000, milliseconds % 1000 * 1000000L}, NULL);
}

static void until_inside(struct gate *gate, unsigned count) {
    while (atomic_load(&gate->inside) < count)
        nap(1);
}

static struct headroom_pool *open_pool(const struct headroom_config *config) {
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, config), 0);
    return pool;
}

static void close_pool(struct headroom_pool *pool) {
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, NULL), 0);
}

/* ---- the page -------------------------------------------------------------------------------- */

enum { PAGE_BYTES = 1 << 14 };

/* No line is longer than a terminal's. */
static void check_width(const char *page) {
    for (const char *line = page; *line;) {
        size_t length = strcspn(line, "\n");
        if (length > 80)
            fail_msg("too wide: %.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static char *dump_of(struct headroom_pool *pool) {
    char *page = calloc(1, PAGE_BYTES);
    FILE *to = fmemopen(page, PAGE_BYTES, "w");
    assert_true(headroom_pool_dump(pool, to));
    fclose(to);
    check_width(page);
    return page;
}

static size_t lines_with(const char *page, const char *word) {
    size_t n = 0;
    for (const char *at = page; (at = strstr(at, word)); at += strlen(word))
        n++;
    return n;
}

static void has(const char *page, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (!strstr(page, line))
        fail_msg("no '%s' in\n%s", line, page);
}

static void test_idle(void **state) {
    (void)state;
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 2});
    while (((void)nap(1), headroom_pool_counts(pool)).workers < 2)
        continue;
    char *page = dump_of(pool);
    has(page, "pool \"pool\", open\n");
    has(page, "workers 2 of 2: 0 run");
    has(page, "nothing looks stuck\n");
    assert_int_equal(lines_with(page, "  worker "), 2);
    assert_null(strstr(page, "!"));
    free(page);
    headroom_pool_drain(pool, HEADROOM_NEVER);
    page = dump_of(pool);
    has(page, "closed to submissions\n");
    free(page);
    close_pool(pool);
}

/* A call and a job hang, the call longer; one more waits. */
static void test_who_hangs(void **state) {
    (void)state;
    struct gate gate = {0};
    struct hanging_job job = {.base = {.run = hang_job}, .gate = &gate};
    struct headroom_pool *pool = open_pool(&(struct headroom_config){
        .workers = 3, .capacity = 4, .name = "a\nname\x7f that is longer than forty"});
    assert_int_equal(headroom_pool_submit(pool, hang, &gate), 0);
    until_inside(&gate, 1);
    nap(5);
    assert_int_equal(headroom_pool_submit_job(pool, &job.base), 0);
    until_inside(&gate, 2);
    char *page = dump_of(pool), call[64], of_job[64];
    snprintf(call, sizeof call, "call 0x%" PRIxPTR "(0x%" PRIxPTR ")", (uintptr_t)hang,
             (uintptr_t)&gate);
    snprintf(of_job, sizeof of_job, "job 0x%" PRIxPTR " 0x%" PRIxPTR "\n", (uintptr_t)&job,
             (uintptr_t)hang_job);
    has(page, "pool \"a?name? that is longer than forty\", open\n");
    has(page, call);
    has(page, of_job);
    assert_true(strstr(page, call) < strstr(page, of_job)); /* the longest first */
    has(page, "in flight 2: 2 with a worker, 0 queued, 0 at the door\n");
    has(page, "workers 3 of 3: 2 run, ");
    has(page, "nothing looks stuck\n"); /* one is free */
    free(page);
    open_gate(&gate);
    assert_int_equal(headroom_job_wait(&job.base, HEADROOM_NEVER), 0);
    close_pool(pool);
}

static void *block(void *context) {
    void **both = context;
    headroom_pool_submit(both[0], hang, both[1]);
    return NULL;
}

/* All workers hang, one entry waits, a submitter and a posted job stand at the door; in pools of
 * every order. */
static void stuck(enum headroom_order order) {
    struct gate gate = {0};
    struct hanging_job posted = {.base = {.run = hang_job}, .gate = &gate};
    struct hanging_job waits = {.base = {.run = hang_job, .priority = 7}, .gate = &gate};
    struct headroom_pool *pool =
        open_pool(&(struct headroom_config){.workers = 2, .capacity = 1, .order = order});
    for (int i = 0; i < 2; i++)
        assert_int_equal(headroom_pool_submit(pool, hang, &gate), 0);
    until_inside(&gate, 2);
    assert_int_equal(headroom_pool_submit_job(pool, &waits.base), 0);
    pthread_t thread;
    pthread_create(&thread, NULL, block, (void *[]){pool, &gate});
    while (headroom_pool_counts(pool).door < 1)
        nap(1);
    headroom_pool_post_job(pool, &posted.base);
    nap(1100); /* the page calls it stuck from a second on */
    char *page = dump_of(pool);
    has(page, "in flight 5: 2 with a worker, 1 queued, 2 at the door\n");
    has(page, "the first in the queue was submitted ");
    has(page, "1 submitter at the door, the first since ");
    has(page, "1 posted job at the door, the first since ");
    has(page, "! all 2 workers run jobs older than ");
    has(page, "! 1 submitter blocks; the oldest since ");
    assert_null(strstr(page, "nothing looks stuck"));
    free(page);
    open_gate(&gate);
    pthread_join(thread, NULL);
    assert_int_equal(headroom_job_wait(&posted.base, HEADROOM_NEVER), 0);
    assert_int_equal(headroom_job_wait(&waits.base, HEADROOM_NEVER), 0);
    close_pool(pool);
}

static void test_stuck(void **state) {
    (void)state;
    stuck(HEADROOM_FIFO);
    stuck(HEADROOM_LIFO);
    stuck(HEADROOM_PRIORITY);
}

static void into_own_pool(void *context) {
    void **both = context;
    headroom_pool_submit(both[0], hang, both[1]);
}

/* A worker submits to its own full pool, and waits for itself. */
static void test_waits_for_itself(void **state) {
    (void)state;
    struct gate gate = {0};
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 1});
    void *both[] = {pool, &gate};
    assert_int_equal(headroom_pool_submit(pool, into_own_pool, both), 0);
    while (headroom_pool_counts(pool).door < 1)
        nap(1);
    char *page = dump_of(pool);
    has(page, "! 1 worker submits to this very pool: it may wait for itself\n");
    free(page);
    headroom_pool_cancel(pool); /* it returns with ESHUTDOWN */
    close_pool(pool);
}

/* The longest running of many, and how many more. */
static void test_many(void **state) {
    (void)state;
    struct gate gate = {0};
    enum { WORKERS = 45, SHOWN = 40 };
    struct hanging_job jobs[WORKERS];
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = WORKERS});
    for (int i = 0; i < WORKERS; i++) {
        jobs[i] = (struct hanging_job){.base = {.run = hang_job}, .gate = &gate};
        assert_int_equal(headroom_pool_submit_job(pool, &jobs[i].base), 0);
        until_inside(&gate, (unsigned)i + 1);
    }
    char *page = dump_of(pool);
    const char *last = page;
    for (int i = 0; i < SHOWN; i++) { /* each started after the one before */
        char word[32];
        snprintf(word, sizeof word, "job 0x%" PRIxPTR " ", (uintptr_t)&jobs[i]);
        last = strstr(last, word);
        assert_non_null(last);
    }
    assert_int_equal(lines_with(page, "  worker "), SHOWN);
    has(page, "\n  and 5 more\n");
    free(page);
    open_gate(&gate);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(headroom_job_wait(&jobs[i].base, HEADROOM_NEVER), 0);
    close_pool(pool);
}

/* Somebody keeps the lock. */
static void test_locked(void **state) {
    (void)state;
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 2});
    lock_take(&pool->lock);
    char *page = dump_of(pool);
    has(page, "pool \"pool\", locked\n! its lock could not be had for a second");
    free(page);
    lock_release(&pool->lock);
    close_pool(pool);
}

/* Dumps all the while: nothing gets lost, nothing is torn (ThreadSanitizer looks on). */
static void nothing(void *context) {
    (void)context;
}

static void no_job(struct headroom_job *job) {
    (void)job;
}

struct dumping {
    struct headroom_pool *pool;
    atomic_bool over;
};

static void *keep_dumping(void *context) {
    struct dumping *d = context;
    while (!atomic_load(&d->over))
        free(dump_of(d->pool));
    return NULL;
}

static void test_at_work(void **state) {
    (void)state;
    static const enum headroom_order orders[] = {HEADROOM_FIFO, HEADROOM_PRIORITY};
    for (int k = 0; k < 2; k++) {
        struct dumping d = {.pool = open_pool(&(struct headroom_config){
                                .workers = 3, .capacity = 10, .order = orders[k]})};
        pthread_t thread;
        pthread_create(&thread, NULL, keep_dumping, &d);
        for (uint32_t i = 0; i < 20000; i++) {
            struct headroom_job job = {.run = no_job, .priority = 3};
            headroom_pool_submit(d.pool, nothing, NULL);
            if (i % 100 == 0) {
                headroom_pool_submit_job(d.pool, &job);
                headroom_job_wait(&job, HEADROOM_NEVER);
                headroom_pool_resize(d.pool, 1 + i / 100 % 4);
            }
        }
        atomic_store(&d.over, true);
        pthread_join(thread, NULL);
        struct headroom_counts c;
        headroom_pool_close(d.pool, HEADROOM_NEVER, &c);
        assert_int_equal(c.completed, 20200);
    }
}

/* ---- the watchdog ---------------------------------------------------------------------------- */

enum { REPORTS_MOST = 16 };

struct reports {
    struct headroom_event event[REPORTS_MOST];
    atomic_uint count;
};

static void report(void *user, const struct headroom_event *start) {
    struct reports *r = user;
    unsigned count = atomic_load(&r->count);
    if (count < REPORTS_MOST)
        r->event[count] = *start;
    atomic_store(&r->count, count + 1);
}

static void until_reported(struct reports *r, unsigned count) {
    while (atomic_load(&r->count) < count)
        nap(1);
}

/* In each round the workers that hang are reported, one call and one job; those that do not hang
 * are not, and nobody is twice. */
static void test_watchdog(void **state) {
    (void)state;
    struct reports r = {0};
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 3,
                                                                     .capacity = HEADROOM_UNBOUNDED,
                                                                     .job_limit = HEADROOM_SECOND,
                                                                     .late = report,
                                                                     .user = &r});
    struct gate gates[2] = {0};
    for (unsigned round = 0; round < 2; round++) {
        struct gate *gate = &gates[round];
        struct hanging_job job = {.base = {.run = hang_job}, .gate = gate};
        headroom_pool_submit(pool, hang, gate);
        headroom_pool_submit_job(pool, &job.base);
        for (int i = 0; i < 1000; i++)
            headroom_pool_submit(pool, nothing, NULL);
        until_reported(&r, 2 * round + 2);
        nap(600); /* it looks again meanwhile */
        assert_int_equal(atomic_load(&r.count), 2 * round + 2);
        bool call_first = r.event[2 * round].job == NULL;
        const struct headroom_event *of_call = &r.event[2 * round + !call_first];
        const struct headroom_event *of_job = &r.event[2 * round + call_first];
        assert_true(of_call->function == hang && of_call->argument == gate && !of_call->job);
        assert_true(of_job->job == &job.base && !of_job->function);
        assert_true(of_job->at == job.base.started && of_call->what == HEADROOM_ON_START);
        open_gate(gate);
        assert_int_equal(headroom_job_wait(&job.base, HEADROOM_NEVER), 0);
    }
    close_pool(pool);
    assert_int_equal(atomic_load(&r.count), 4);
}

/* Calls and jobs by turns, none of them long, under the eye of a watchdog that looks often. */
static void test_watchdog_holds_its_peace(void **state) {
    (void)state;
    struct reports r = {0};
    struct headroom_pool *pool =
        open_pool(&(struct headroom_config){.workers = 2,
                                            .capacity = 10,
                                            .job_limit = 60 * HEADROOM_SECOND,
                                            .late = report,
                                            .user = &r});
    for (int i = 0; i < 20000; i++) {
        struct headroom_job job = {.run = no_job};
        headroom_pool_submit(pool, nothing, NULL);
        headroom_pool_submit_job(pool, &job);
        if (i % 8 == 0)
            free(dump_of(pool));
        headroom_job_wait(&job, HEADROOM_NEVER);
    }
    close_pool(pool);
    assert_int_equal(atomic_load(&r.count), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_who_hangs),
        cmocka_unit_test(test_stuck),
        cmocka_unit_test(test_waits_for_itself),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_locked),
        cmocka_unit_test(test_at_work),
        cmocka_unit_test(test_watchdog),
        cmocka_unit_test(test_watchdog_holds_its_peace),
    };
    return cmocka_run_group_tests_name("dump", tests, NULL, NULL);
}
