/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_pool: the thread pool as a library: every answer, every outcome, close and cancel, a storm
 * of submitters; and the bench on short scenarios of each kind: conservation, the books, an end on
 * request. Nothing here measures time, but that an end comes.
 */
#include <errno.h>
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

#include "pool/bench.h"
#include "pool/park.h"
#include "pool/pool.h"
#include "tests/parse.h"

enum { MOST = 64 };

/* A job that waits until it is let go, and notes how it ended. */
struct gated {
    struct headroom_job base;
    atomic_uint *gate;
    atomic_int runs, outcome; /* outcome: -1 not ended */
};

static void wait_at_gate(struct headroom_job *base) {
    struct gated *job = (struct gated *)base;
    atomic_fetch_add(&job->runs, 1);
    while (atomic_load(job->gate) == 0)
        park_wait(job->gate, 0, NSEC_NEVER);
}

static void note_end(struct headroom_job *base) {
    atomic_store(&((struct gated *)base)->outcome, (int)base->fate);
}

static void open_gate(atomic_uint *gate) {
    atomic_store(gate, 1);
    park_wake(gate, INT32_MAX);
}

static struct gated *make_jobs(size_t count, atomic_uint *gate) {
    struct gated *jobs = calloc(count, sizeof *jobs);
    for (size_t i = 0; i < count; i++) {
        jobs[i].base = (struct headroom_job){.run = wait_at_gate, .ended = note_end};
        jobs[i].gate = gate;
        atomic_store(&jobs[i].outcome, -1);
    }
    return jobs;
}

/* Drains and closes; the books balance. */
static struct headroom_counts close_pool(struct headroom_pool *pool) {
    struct headroom_counts c;
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, &c), 0);
    assert_int_equal(c.submitted, c.completed + c.failed + c.rejected + c.dropped + c.cancelled +
                                      c.timed_out + c.dead_lettered + c.caller_ran);
    assert_int_equal(c.in_flight + c.busy + c.depth + c.door, 0);
    return c;
}

static struct headroom_pool *make_pool(uint32_t workers, int64_t capacity,
                                       enum headroom_when_full when_full) {
    struct headroom_config config = {
        .workers = workers, .capacity = capacity, .when_full = when_full};
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    return pool;
}

static void test_reject(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct gated *jobs = make_jobs(8, &gate);
    struct headroom_pool *pool = make_pool(3, 2, HEADROOM_REJECT);
    for (int i = 0; i < 5; i++) /* a burst on parked workers: 3 start, 2 wait, none is refused */
        assert_int_equal(headroom_pool_post_job(pool, &jobs[i].base), 0);
    assert_int_equal(headroom_pool_post_job(pool, &jobs[5].base), EAGAIN);
    struct headroom_counts counts = headroom_pool_counts(pool);
    assert_int_equal(counts.busy, 3);
    assert_int_equal(counts.depth, 2);
    open_gate(&gate);
    close_pool(pool);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(atomic_load(&jobs[i].outcome), HEADROOM_COMPLETED);
        assert_int_equal(atomic_load(&jobs[i].runs), 1);
        assert_true(jobs[i].base.started >= jobs[i].base.admitted);
        assert_true(jobs[i].base.finished >= jobs[i].base.started);
        assert_true(jobs[i].base.waited == (i >= 3));
    }
    assert_int_equal(atomic_load(&jobs[5].outcome), -1);
    free(jobs);
}

static void test_drop_oldest(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct gated *jobs = make_jobs(5, &gate);
    struct headroom_pool *pool = make_pool(1, 2, HEADROOM_DROP_OLDEST);
    for (int i = 0; i < 5; i++)
        assert_int_equal(headroom_pool_post_job(pool, &jobs[i].base), 0);
    assert_int_equal(atomic_load(&jobs[1].outcome), HEADROOM_DROPPED);
    assert_int_equal(atomic_load(&jobs[2].outcome), HEADROOM_DROPPED);
    open_gate(&gate);
    close_pool(pool);
    assert_int_equal(atomic_load(&jobs[0].outcome), HEADROOM_COMPLETED);
    assert_int_equal(atomic_load(&jobs[1].runs), 0);
    assert_int_equal(atomic_load(&jobs[4].outcome), HEADROOM_COMPLETED);
    free(jobs);
}

static void test_door_is_first_come(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct gated *jobs = make_jobs(6, &gate);
    struct headroom_pool *pool = make_pool(1, 1, HEADROOM_BLOCK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(headroom_pool_post_job(pool, &jobs[i].base), i < 2 ? 0 : EINPROGRESS);
    open_gate(&gate);
    close_pool(pool);
    for (int i = 1; i < 6; i++) {
        assert_int_equal(atomic_load(&jobs[i].outcome), HEADROOM_COMPLETED);
        assert_true(jobs[i].base.started >= jobs[i - 1].base.finished);
    }
    free(jobs);
}

static void test_caller_and_hand_over(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct gated *jobs = make_jobs(3, &gate);
    struct headroom_pool *pool = make_pool(2, 0, HEADROOM_CALLER_RUNS);
    assert_int_equal(headroom_pool_post_job(pool, &jobs[0].base), 0);
    assert_int_equal(headroom_pool_post_job(pool, &jobs[1].base), 0);
    assert_int_equal(headroom_pool_post_job(pool, &jobs[2].base), EBUSY);
    open_gate(&gate);
    close_pool(pool);
    assert_int_equal(atomic_load(&jobs[2].runs), 0);
    free(jobs);
}

static int ended_as(struct gated *job) {
    for (int i = 0; i < 5000 && atomic_load(&job->outcome) < 0; i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    return atomic_load(&job->outcome);
}

/* Job 0 holds the worker. 1 waits in the queue, 2 and 3 at the door; 1 and 3 have a deadline: they
 * are taken out though no worker comes free, 2 moves up and runs in the end. */
static void test_deadlines(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct gated *jobs = make_jobs(5, &gate);
    struct headroom_config config = {
        .workers = 1, .capacity = 1, .when_full = HEADROOM_BLOCK, .deadlines = true};
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    jobs[0].base.start_by = park_now() + 1; /* no matter: it does not wait */
    jobs[3].base.start_by = jobs[1].base.start_by = park_now() + 500000000;
    assert_int_equal(headroom_pool_post_job(pool, &jobs[0].base), 0);
    assert_int_equal(headroom_pool_post_job(pool, &jobs[1].base), 0);
    assert_int_equal(headroom_pool_post_job(pool, &jobs[2].base), EINPROGRESS);
    assert_int_equal(headroom_pool_post_job(pool, &jobs[3].base), EINPROGRESS);
    assert_int_equal(ended_as(&jobs[1]), HEADROOM_TIMED_OUT);
    assert_int_equal(ended_as(&jobs[3]), HEADROOM_TIMED_OUT);
    assert_true(jobs[1].base.finished >= jobs[1].base.start_by && jobs[1].base.started == 0);
    assert_true(jobs[3].base.admitted == 0);
    assert_true(jobs[2].base.queued && jobs[2].base.admitted >= jobs[1].base.start_by);
    jobs[4].base.start_by = 1; /* long past, but the door is open */
    assert_int_equal(headroom_pool_post_job(pool, &jobs[4].base), EINPROGRESS);
    assert_int_equal(ended_as(&jobs[4]), HEADROOM_TIMED_OUT);
    open_gate(&gate);
    close_pool(pool);
    assert_int_equal(jobs[0].outcome, HEADROOM_COMPLETED);
    assert_int_equal(jobs[2].outcome, HEADROOM_COMPLETED);
    assert_int_equal(atomic_load(&jobs[1].runs) + atomic_load(&jobs[3].runs), 0);
    free(jobs);
}

/* Pools whose end comes while the keeper is about to look: it must not fall asleep for ever then.
 * The instant is rare: before it was mended most runs of this test passed. */
static void test_keeper_goes_home(void **state) {
    (void)state;
    struct headroom_config config = {
        .workers = 1, .capacity = 1, .when_full = HEADROOM_REJECT, .deadlines = true};
    alarm(500);
    for (int i = 0; i < 2000; i++) {
        struct headroom_pool *pool;
        assert_int_equal(headroom_pool_open(&pool, &config), 0);
        nsec until = park_now() + i * 37 % 60000;
        while (park_now() < until)
            continue;
        close_pool(pool);
    }
    alarm(0);
}

/* Newest first. */
static void test_lifo(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct gated *jobs = make_jobs(4, &gate);
    struct headroom_config config = {.workers = 1,
                                     .capacity = HEADROOM_UNBOUNDED,
                                     .when_full = HEADROOM_REJECT,
                                     .order = HEADROOM_LIFO};
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(headroom_pool_post_job(pool, &jobs[i].base), 0);
    open_gate(&gate);
    close_pool(pool);
    assert_true(jobs[3].base.started >= jobs[0].base.finished);
    assert_true(jobs[2].base.started >= jobs[3].base.finished);
    assert_true(jobs[1].base.started >= jobs[2].base.finished);
    free(jobs);
}

static void test_cancel(void **state) {
    (void)state;
    atomic_uint gate = 0;
    struct gated *jobs = make_jobs(6, &gate);
    struct headroom_pool *pool = make_pool(2, 2, HEADROOM_BLOCK);
    for (int i = 0; i < 6; i++)
        headroom_pool_post_job(pool, &jobs[i].base);
    headroom_pool_cancel(pool);
    headroom_pool_cancel(pool);
    for (int i = 2; i < 6; i++) {
        assert_int_equal(atomic_load(&jobs[i].outcome), HEADROOM_CANCELLED);
        assert_int_equal(atomic_load(&jobs[i].runs), 0);
    }
    struct gated late = {.base = {.run = wait_at_gate}};
    assert_int_equal(headroom_pool_post_job(pool, &late.base), ESHUTDOWN);
    open_gate(&gate);
    close_pool(pool);
    assert_int_equal(atomic_load(&jobs[0].outcome), HEADROOM_COMPLETED);
    free(jobs);
}

static void test_bad_configurations(void **state) {
    (void)state;
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, &(struct headroom_config){.workers = 0}), EINVAL);
    assert_int_equal(
        headroom_pool_open(&pool, &(struct headroom_config){.workers = 1, .capacity = -2}), EINVAL);
    assert_null(pool);
    struct headroom_config absurd = {.workers = 2,
                                     .stack_bytes = 1}; /* no thread has such a stack */
    assert_int_equal(headroom_pool_open(&pool, &absurd), EINVAL);
    assert_null(pool);
}

/* Four submitters, 20,000 jobs each, on three workers with a short queue. */
struct storm {
    struct headroom_pool *pool;
    atomic_uint ended, rejected;
};

struct storm_job {
    struct headroom_job base;
    struct storm *storm;
};

enum { STORM_JOBS = 20000, STORM_THREADS = 4 };

static void storm_run(struct headroom_job *base) {
    (void)base;
}

static void storm_ended(struct headroom_job *base) {
    atomic_fetch_add(&((struct storm_job *)base)->storm->ended, 1);
    free(base);
}

static void *storm_submit(void *context) {
    struct storm *storm = context;
    for (int i = 0; i < STORM_JOBS; i++) {
        struct storm_job *job = calloc(1, sizeof *job);
        job->base = (struct headroom_job){.run = storm_run, .ended = storm_ended};
        job->storm = storm;
        if (headroom_pool_post_job(storm->pool, &job->base) == EAGAIN) {
            atomic_fetch_add(&storm->rejected, 1);
            free(job);
        }
    }
    return NULL;
}

static void storm(int64_t capacity, enum headroom_when_full when_full) {
    struct storm s = {.pool = make_pool(3, capacity, when_full)};
    pthread_t threads[STORM_THREADS];
    for (int i = 0; i < STORM_THREADS; i++)
        pthread_create(&threads[i], NULL, storm_submit, &s);
    for (int i = 0; i < STORM_THREADS; i++)
        pthread_join(threads[i], NULL);
    close_pool(s.pool);
    assert_int_equal(atomic_load(&s.ended) + atomic_load(&s.rejected), STORM_THREADS * STORM_JOBS);
}

static void test_storm(void **state) {
    (void)state;
    storm(16, HEADROOM_REJECT);
    storm(16, HEADROOM_DROP_OLDEST);
    storm(16, HEADROOM_BLOCK);
    storm(HEADROOM_UNBOUNDED, HEADROOM_BLOCK);
}

/* ---- the bench ------------------------------------------------------------------------------- */

static void check_books(const struct record *r) {
    for (size_t i = 0; i < r->class_count; i++) {
        const struct tally *t = &r->classes[i];
        uint64_t ended = 0;
        for (int f = 0; f < FATES; f++)
            ended += t->fates[f];
        assert_int_equal(ended, t->offered);
        assert_true(t->books == t->in_system.area);
    }
}

static void bench(const char *text, uint64_t least_jobs) {
    struct scenario *sc = parse(text);
    struct trial trial = {
        .scenario = sc, .replication = 1, .keep_outcomes = true, .keep_windows = true};
    assert_true(bench_run(&trial));
    check_books(&trial.record);
    assert_true(trial.record.classes[0].offered >= least_jobs);
    assert_true(trial.record.outcomes[0].count == trial.record.classes[0].offered);
    const struct bench_report *report = trial.details;
    assert_true(report->lag.n >= least_jobs);
    char *host = bench_host_json(report);
    assert_non_null(strstr(host, "\"cores\""));
    free(host);
    bench_report_free(trial.details);
    record_close(&trial.record);
    scenario_free(sc);
}

#define RUN "run: {duration: 300ms, warmup: 50ms}\nheadroom: 1\nname: bench\n"

static void test_bench(void **state) {
    (void)state;
    bench(RUN "arrivals: {poisson: {rate: 2000/s}}\nservice: {exponential: {mean: 2ms}}\npool: "
              "{workers: 6}\n",
          400);
    bench(RUN "arrivals: {poisson: {rate: 2000/s}}\nservice: {exponential: {mean: 4ms}}\n"
              "pool: {workers: 4, queue: {capacity: 3, when_full: reject}}\n",
          400);
    bench(RUN "arrivals: {batch: {every: 10ms, size: {constant: 12}}}\nservice: {constant: 3ms}\n"
              "pool: {workers: 4, queue: {capacity: 2, when_full: drop_oldest}}\n",
          300);
    bench(RUN "arrivals: {constant: {rate: 1000/s}}\nservice: {constant: 3ms}\n"
              "pool: {workers: 2, queue: {capacity: 1, when_full: caller_runs}}\n",
          250);
    bench(RUN "arrivals: {closed: {clients: 12, think: {exponential: {mean: 3ms}}}}\nservice: "
              "{constant: 2ms}\n"
              "pool: {workers: 3, queue: {capacity: 1, when_full: caller_runs}}\n",
          100);
    bench(RUN "arrivals: {closed: {clients: 20, think: {constant: 1ms}}}\nservice: {exponential: "
              "{mean: 2ms}}\n"
              "pool: {workers: 3, queue: {capacity: 4, when_full: block}}\n",
          100);
    bench(RUN "arrivals: {poisson: {rate: 200/s}}\nservice: {constant: 1ms}\ncpu: 100%\npool: "
              "{workers: 2}\n",
          20);
    bench("headroom: 1\nname: two\nrun: {duration: 300ms}\nclasses:\n"
          "  - {name: a, arrivals: {poisson: {rate: 500/s}}, route: [{pool: x, service: {constant: "
          "1ms}}]}\n"
          "  - {name: b, arrivals: {constant: {rate: 300/s}}, route: [{pool: y, service: "
          "{constant: 2ms}}]}\n"
          "pools: [{name: x, workers: 2}, {name: y, workers: 3}]\n",
          100);
}

static void test_cooldown_cuts(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: cut\nrun: {duration: 100ms, warmup: 0s, cooldown: 50ms}\n"
              "arrivals: {constant: {rate: 100/s}}\nservice: {constant: 60s}\n"
              "pool: {workers: 2, queue: {capacity: 3, when_full: block}}\n");
    struct trial trial = {.scenario = sc, .replication = 1};
    assert_true(bench_run(&trial));
    check_books(&trial.record);
    assert_int_equal(trial.record.classes[0].fates[FATE_IN_FLIGHT],
                     trial.record.classes[0].offered);
    bench_report_free(trial.details);
    record_close(&trial.record);
    scenario_free(sc);
}

static void *stop_soon(void *context) {
    const struct timespec pause = {0, 150 * 1000 * 1000};
    nanosleep(&pause, NULL);
    atomic_store((atomic_bool *)context, true);
    return NULL;
}

static void test_stop(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: stop\nrun: {duration: 1h}\narrivals: {poisson: {rate: 500/s}}\n"
              "service: {exponential: {mean: 20s}}\npool: {workers: 30}\n");
    atomic_bool stop = false;
    pthread_t thread;
    struct trial trial = {.scenario = sc, .replication = 1, .stop = &stop};
    sc->run.warmup = 0;
    pthread_create(&thread, NULL, stop_soon, &stop);
    assert_true(bench_run(&trial));
    pthread_join(thread, NULL);
    assert_true(trial.record.interrupted);
    check_books(&trial.record);
    bench_report_free(trial.details);
    record_close(&trial.record);
    scenario_free(sc);
}

static void keep_reason(void *to, char *reason) {
    char **kept = to;
    free(*kept);
    *kept = reason;
}

static void test_distrust(void **state) {
    (void)state;
    struct bench_report report = {
        .cores = 2, .spinning = 1, .share = {.steal = 0.001, .busy = 0.97, .others = 0.1}};
    char *reason = NULL;
    assert_true(hist_open(&report.lag));
    for (int i = 0; i < 1000; i++)
        hist_add(&report.lag, 51000);
    bench_distrust(&report, 0.001021, keep_reason, &reason); /* 5 % of the p50 are 51.05 us */
    assert_null(reason);
    bench_distrust(&report, 0.001, keep_reason, &reason);
    assert_non_null(strstr(reason, "pacer"));
    report.share.steal = 0.02;
    bench_distrust(&report, 1, keep_reason, &reason);
    assert_non_null(strstr(reason, "stolen"));
    report.share.steal = 0;
    report.share.others = 0.5;
    bench_distrust(&report, 1, keep_reason, &reason);
    assert_non_null(strstr(reason, "other programs took 50 %"));
    report.share.busy = 0.8;
    report.spinning = 3;
    bench_distrust(&report, 1, keep_reason, &reason);
    assert_non_null(strstr(reason, "for 3 cores at once, and there are 2"));
    free(reason);
    reason = NULL;
    report.simulated_cores = 2; /* the same: the simulator knows */
    bench_distrust(&report, 1, keep_reason, &reason);
    assert_null(reason);
    report.simulated_cores = 4;
    bench_distrust(&report, 1, keep_reason, &reason);
    assert_non_null(strstr(reason, "host has 4 cores (host.cores), this machine 2"));
    free(reason);
    reason = NULL;
    report.spinning = 2; /* enough for them in both */
    bench_distrust(&report, 1, keep_reason, &reason);
    assert_null(reason);
    report.simulated_cores = 1;
    bench_distrust(&report, 1, keep_reason, &reason);
    assert_non_null(strstr(reason, "host has 1 core (host.cores), this machine 2"));
    free(reason);
    hist_close(&report.lag);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reject),
        cmocka_unit_test(test_drop_oldest),
        cmocka_unit_test(test_door_is_first_come),
        cmocka_unit_test(test_caller_and_hand_over),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_keeper_goes_home),
        cmocka_unit_test(test_lifo),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_bad_configurations),
        cmocka_unit_test(test_storm),
        cmocka_unit_test(test_bench),
        cmocka_unit_test(test_cooldown_cuts),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_distrust),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
