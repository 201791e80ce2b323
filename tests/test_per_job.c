/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_per_job: a thread per job, in both engines. That every job has a thread of its own, that a
 * limit is one, what becomes of those beyond it, and that nothing is lost where memory or threads
 * are refused (Makefile: --wrap). What happens when is held by tests/contract, where this runs in
 * the place of the pool.
 */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model/result.h"
#include "pool/bench.h"
#include "pool/per_job.h"
#include "sim/sim.h"
#include "tests/parse.h"

/* ---- what is refused ------------------------------------------------------------------------- */

/* The n-th attempt from now fails, once; below 0: none. */
static atomic_long memory = -1, threads = -1;

static bool refused(atomic_long *left) {
    return atomic_load(left) >= 0 && atomic_fetch_sub(left, 1) == 0;
}

typedef void *thread_fn(void *);
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *run, void *arg);
int __real_pthread_attr_init(pthread_attr_t *attr);
int __real_pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *run, void *arg);
int __wrap_pthread_attr_init(pthread_attr_t *attr);
int __wrap_pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes);

void *__wrap_malloc(size_t bytes) {
    return refused(&memory) ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes) {
    return refused(&memory) ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *old, size_t bytes) {
    return refused(&memory) ? NULL : __real_realloc(old, bytes);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, thread_fn *run,
                          void *arg) {
    return refused(&threads) ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

int __wrap_pthread_attr_init(pthread_attr_t *attr) {
    return refused(&memory) ? ENOMEM : __real_pthread_attr_init(attr);
}

int __wrap_pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes) {
    return refused(&memory) ? EINVAL : __real_pthread_attr_setstacksize(attr, bytes);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

enum { JOBS = 150, STACK = 128 * 1024 };

struct tried {
    struct headroom_job base;
    unsigned ended, started_as; /* how often; the how many-th */
};

static struct tried jobs[JOBS];
static atomic_int gate, inside, most_inside, starts, ends, strangers;
static _Thread_local int ran_before;

static void run(struct headroom_job *base) {
    struct tried *job = (struct tried *)base;
    int now = atomic_fetch_add(&inside, 1) + 1, most = atomic_load(&most_inside);
    while (now > most && !atomic_compare_exchange_weak(&most_inside, &most, now))
        continue;
    job->started_as = (unsigned)atomic_fetch_add(&starts, 1);
    atomic_fetch_add(&strangers, ran_before++ > 0);
    while (atomic_load(&gate) == 0)
        usleep(50);
    atomic_fetch_sub(&inside, 1);
}

static void ended(struct headroom_job *base) {
    ((struct tried *)base)->ended++;
    atomic_fetch_add(&ends, 1);
}

/* Of the scenario's pool, on fresh jobs; `open`: they run through. */
static struct per_job *begin(const struct scenario *sc, bool open, atomic_int *failed) {
    struct per_job *p;
    memset(jobs, 0, sizeof jobs);
    for (int i = 0; i < JOBS; i++)
        jobs[i].base = (struct headroom_job){.run = run, .ended = ended};
    gate = open;
    inside = most_inside = starts = ends = strangers = 0;
    *failed = 0;
    return per_job_open(&p, &sc->pools.items[0], STACK, true, failed) == 0 ? p : NULL;
}

static void until(const atomic_int *count, int wanted) {
    while (atomic_load(count) < wanted)
        usleep(50);
}

#define HEAD                                                                                       \
    "headroom: 1\nname: x\narrivals: {poisson: {rate: 1/s}}\nservice: {exponential: {mean: 1s}}\n"

static struct scenario *pool_of(const char *rest) {
    char text[400];
    snprintf(text, sizeof text, HEAD "pool: {threads: %s}\n", rest);
    return parse(text);
}

/* ---- the real one, by hand ------------------------------------------------------------------- */

static void test_every_job_its_own(void **state) {
    (void)state;
    struct scenario *sc = pool_of("per_job");
    atomic_int failed;
    struct per_job *p = begin(sc, false, &failed);
    for (int i = 0; i < 30; i++)
        assert_int_equal(per_job_post(p, &jobs[i].base), 0);
    until(&inside, 30); /* all at once */
    gate = 1;
    for (int i = 30; i < JOBS; i++)
        assert_int_equal(per_job_post(p, &jobs[i].base), 0);
    until(&ends, JOBS);
    assert_int_equal(strangers, 0);
    assert_true(per_job_counts(p).most >= 30);
    assert_true(per_job_close(p));
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i].ended, 1);
        assert_int_equal(jobs[i].base.fate, HEADROOM_COMPLETED);
        assert_false(jobs[i].base.waited);
        assert_true(jobs[i].base.submitted == jobs[i].base.admitted);
        assert_true(jobs[i].base.admitted <= jobs[i].base.started);
        assert_true(jobs[i].base.started <= jobs[i].base.finished);
    }
    assert_int_equal(failed, 0);
    scenario_free(sc);
}

static void test_limit(void **state) {
    (void)state;
    for (int limit = 1; limit <= 3; limit += 2) {
        struct scenario *sc =
            pool_of(limit == 1 ? "{per_job: {limit: 1}}" : "{per_job: {limit: 3}}");
        atomic_int failed;
        struct per_job *p = begin(sc, false, &failed);
        for (int i = 0; i < JOBS; i++)
            assert_int_equal(per_job_post(p, &jobs[i].base), 0);
        until(&inside, limit);
        assert_int_equal(per_job_counts(p).waiting, JOBS - limit);
        gate = 1;
        until(&ends, JOBS);
        assert_true(per_job_close(p));
        assert_int_equal(most_inside, limit);
        assert_int_equal(strangers, 0);
        for (int i = 0; i < JOBS; i++) {
            assert_int_equal(jobs[i].base.waited, i >= limit);
            assert_true(limit > 1 || jobs[i].started_as == (unsigned)i);
        }
        scenario_free(sc);
    }
}

/* One runs and one waits: what becomes of the third? */
static void third(const char *when_full, int answer, int fates[3]) {
    char text[120];
    snprintf(text, sizeof text, "{per_job: {limit: 1}}, queue: {capacity: 1, when_full: %s}",
             when_full);
    struct scenario *sc = pool_of(text);
    atomic_int failed;
    struct per_job *p = begin(sc, false, &failed);
    assert_int_equal(per_job_post(p, &jobs[0].base), 0);
    assert_int_equal(per_job_post(p, &jobs[1].base), 0);
    assert_int_equal(per_job_post(p, &jobs[2].base), answer);
    gate = 1;
    int taken = answer == 0 || answer == EINPROGRESS ? 3 : 2;
    until(&ends, taken);
    assert_true(per_job_close(p));
    for (int i = 0; i < 3; i++) {
        assert_int_equal(jobs[i].base.fate, fates[i]);
        assert_int_equal(jobs[i].ended, i < taken);
    }
    scenario_free(sc);
}

static void test_full(void **state) {
    (void)state;
    enum { DONE = HEADROOM_COMPLETED };
    third("reject", EAGAIN, (int[]){DONE, DONE, HEADROOM_REJECTED});
    third("drop_oldest", 0, (int[]){DONE, HEADROOM_DROPPED, DONE});
    third("caller_runs", EBUSY, (int[]){DONE, DONE, HEADROOM_PENDING});
    third("block", EINPROGRESS, (int[]){DONE, DONE, DONE});
}

/* In the queue and at the door: who waits in vain leaves, and who comes behind moves up. */
static void test_deadlines(void **state) {
    (void)state;
    struct scenario *sc = pool_of("{per_job: {limit: 1}}, queue: {capacity: 1, when_full: block}");
    atomic_int failed;
    struct per_job *p = begin(sc, false, &failed);
    for (int i = 1; i <= 2; i++)
        jobs[i].base.start_by = headroom_now() + 20000000;
    for (int i = 0; i < 4; i++)
        per_job_post(p, &jobs[i].base);
    until(&ends, 2);
    assert_int_equal(jobs[1].base.fate, HEADROOM_TIMED_OUT);
    assert_int_equal(jobs[2].base.fate, HEADROOM_TIMED_OUT);
    assert_true(jobs[1].base.finished > jobs[1].base.start_by);
    assert_int_equal(per_job_counts(p).waiting, 1);
    gate = 1;
    until(&ends, 4);
    assert_true(per_job_close(p));
    assert_int_equal(jobs[3].base.fate, HEADROOM_COMPLETED);
    assert_int_equal(starts, 2);
    scenario_free(sc);
}

static void test_cancel(void **state) {
    (void)state;
    struct scenario *sc =
        pool_of("{per_job: {limit: 2}}, queue: {capacity: 10, when_full: block, order: priority}");
    atomic_int failed;
    struct per_job *p = begin(sc, false, &failed);
    for (int i = 0; i < 20; i++)
        per_job_post(p, &jobs[i].base);
    until(&inside, 2);
    per_job_cancel(p);
    assert_int_equal(ends, 18);
    assert_int_equal(per_job_post(p, &jobs[20].base), ESHUTDOWN);
    gate = 1;
    assert_true(per_job_close(p));
    for (int i = 0; i < 20; i++) {
        assert_int_equal(jobs[i].ended, 1);
        assert_int_equal(jobs[i].base.fate, i < 2 ? HEADROOM_COMPLETED : HEADROOM_CANCELLED);
    }
    assert_int_equal(jobs[20].ended, 0);
    scenario_free(sc);
}

/* ---- refused --------------------------------------------------------------------------------- */

/* All jobs, some of which may find no memory or no thread; each that was taken ends once. */
static void live(struct per_job *p, const atomic_int *failed) {
    int taken = 0;
    for (int i = 0; i < JOBS; i++) {
        int error = per_job_post(p, &jobs[i].base);
        assert_true(error == 0 || error == ENOMEM);
        taken += error == 0;
    }
    for (int i = 0; i < 1000 && ends < taken && *failed == 0; i++)
        usleep(1000);
    per_job_cancel(p);
    assert_true(per_job_close(p));
    assert_int_equal(ends, taken);
    for (int i = 0; i < JOBS; i++) {
        bool done = jobs[i].base.fate == HEADROOM_COMPLETED;
        assert_true(jobs[i].ended <= 1);
        assert_true(done || *failed || jobs[i].ended == 0);
        assert_true(!done || jobs[i].started_as < (unsigned)starts);
    }
}

static void test_no_thread(void **state) {
    (void)state;
    const char *const pools[] = {"per_job", "{per_job: {limit: 4}}"};
    for (int k = 0; k < 2; k++)
        for (int after = 0; after < JOBS; after += 7) {
            struct scenario *sc = pool_of(pools[k]);
            atomic_int failed;
            struct per_job *p = begin(sc, true, &failed);
            threads = after;
            live(p, &failed);
            threads = -1;
            assert_int_equal(failed, EAGAIN);
            scenario_free(sc);
        }
}

static void test_no_memory(void **state) {
    (void)state;
    struct scenario *sc = pool_of("{per_job: {limit: 4}}");
    int opened = 0, unharmed = 0, after = 0;
    for (; unharmed == 0 && after < 1000; after++) {
        atomic_int failed;
        memory = after;
        struct per_job *p = begin(sc, true, &failed);
        if (p)
            live(p, &failed);
        opened += p != NULL;
        unharmed = memory >= 0;
        memory = -1;
    }
    assert_int_equal(unharmed, 1);
    assert_int_equal(after - opened, 4); /* calloc twice, attr_init, setstacksize */
    assert_true(opened > JOBS / 2);
    threads = 0; /* its keeper's */
    atomic_int failed;
    assert_null(begin(sc, true, &failed));
    threads = -1;
    scenario_free(sc);
}

/* ---- both engines ---------------------------------------------------------------------------- */

#define SHORT "headroom: 1\nname: x\nrun: {duration: 300ms, warmup: 0s, replications: 1}\n"
#define EVERY_5_MS "arrivals: {constant: {rate: 200/s}}\nservice: {constant: 52ms}\n"

/* A real run that finds no thread has failed, and says so in words. */
static void test_bench_without_threads(void **state) {
    (void)state;
    struct scenario *sc = parse(SHORT EVERY_5_MS "pool: {threads: per_job}\n");
    struct trial trial = {.scenario = sc, .replication = 1};
    threads = 8;
    assert_false(bench_run(&trial));
    threads = -1;
    assert_int_equal(trial.state, TRIAL_FAILED);
    assert_non_null(strstr(trial.failure, "pool 'pool': with "));
    assert_non_null(strstr(trial.failure, "no more can be started on this host"));
    bench_report_free(trial.details);
    scenario_free(sc);
}

static void run_by(struct trial *trial, struct scenario *sc, engine_fn *engine) {
    *trial = (struct trial){.scenario = sc, .replication = 1};
    if (!engine(trial))
        fail_msg("%s", trial->failure);
}

static struct result result_of(const struct trial *trial, const char *engine) {
    struct result r;
    const struct record *records[] = {&trial->record};
    result_from_records(&r, trial->scenario, engine, records, 1);
    return r;
}

/* A job every 5 ms takes 52: ten or eleven at once, nobody waits. The worked-out figures, exactly,
 * in the simulator; the same fates in the real one. */
static void test_endless(void **state) {
    (void)state;
    for (int real = 0; real < 2; real++) {
        struct scenario *sc = parse(SHORT EVERY_5_MS "pool: {threads: per_job}\n");
        struct trial trial;
        run_by(&trial, sc, real ? bench_run : sim_run);
        struct result r = result_of(&trial, real ? "pool" : "sim");
        const struct pool_metrics *pool = &r.pools[0];
        assert_int_equal(r.total.offered, 59); /* 5, 10, ... 295 */
        assert_int_equal(r.total.fates[FATE_COMPLETED], 59);
        assert_true(r.total.wait_probability.mean == 0 && r.total.rejected_share.mean == 0);
        assert_true(isnan(pool->utilisation.mean));
        assert_true(pool->workers.mean == pool->busy.mean && pool->queue_length.mean == 0);
        assert_true(pool->worker_seconds.mean > 0);
        assert_true(r.total.little.identity_holds);
        /* 49 jobs whole: 5 ... 245; 250: 50 ms, 255: 45, ... 295: 5 */
        double busy = (49 * 52 + 275) / 300.0;
        if (!real) {
            assert_true(fabs(pool->busy.mean - busy) < 1e-12);
            assert_true(r.total.wait.max == 0 && fabs(r.total.response.max - 0.052) < 1e-9);
        } else {
            bench_report_free(trial.details);
        }
        result_free(&r);
        record_close(&trial.record);
        scenario_free(sc);
    }
}

/* Under a limit the simulated figures are those of a pool of as many workers. */
static void test_limit_is_a_pool(void **state) {
    (void)state;
    static const char load[] = SHORT "arrivals: {poisson: {rate: 2000/s}}\n"
                                     "service: {exponential: {mean: 2ms}}\n";
    const char *const queues[] = {"", ", queue: {capacity: 3, when_full: reject}",
                                  ", queue: {capacity: 3, when_full: block}"};
    for (int k = 0; k < 3; k++) {
        struct trial trial[2];
        struct scenario *sc[2];
        for (int i = 0; i < 2; i++) {
            char text[400];
            snprintf(text, sizeof text, "%spool: {%s%s}\n", load,
                     i ? "threads: {per_job: {limit: 4}}" : "workers: 4", queues[k]);
            sc[i] = parse(text);
            run_by(&trial[i], sc[i], sim_run);
        }
        const struct tally *a = trial[0].record.classes, *b = trial[1].record.classes;
        assert_true(a->offered > 400 && a->offered == b->offered);
        assert_true(a->waited > 0 && a->waited == b->waited);
        assert_memory_equal(a->fates, b->fates, sizeof a->fates);
        assert_true(a->times[TALLY_RESPONSE].sum == b->times[TALLY_RESPONSE].sum);
        assert_true(trial[0].record.pools[0].workers.area == trial[1].record.pools[0].workers.area);
        for (int i = 0; i < 2; i++) {
            record_close(&trial[i].record);
            scenario_free(sc[i]);
        }
    }
}

/* Threads at once under Poisson arrivals: mean and variance are the load (M/G/inf). Looked at ten
 * service times apart, 2000 times: each figure within five of its standard errors. */
static void test_poisson_at_once(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: x\narrivals: {poisson: {rate: 2000/s}}\n"
              "service: {gamma: {mean: 10ms, cv: 0.5}}\npool: {threads: per_job}\n"
              "run: {duration: 200s, warmup: 1s, replications: 1, sample_every: 100ms}\n");
    struct trial trial;
    run_by(&trial, sc, sim_run);
    double sum = 0, squares = 0, n = 2000, a = 20;
    for (int i = 1; i <= 2000; i++) {
        double busy = (double)trial.record.pools[0].samples[i].busy;
        assert_true(trial.record.pools[0].samples[i].workers == (int64_t)busy);
        sum += busy;
        squares += busy * busy;
    }
    double mean = sum / n, variance = squares / n - mean * mean;
    assert_true(fabs(mean - a) < 5 * sqrt(a / n));
    assert_true(fabs(variance - a) < 5 * a * sqrt(2 / n));
    record_close(&trial.record);
    scenario_free(sc);
}

static void test_too_many(void **state) {
    (void)state;
    struct scenario *sc = parse("headroom: 1\nname: x\narrivals: {constant: {rate: 2e6/s}}\n"
                                "service: {constant: 1s}\npool: {threads: per_job}\n"
                                "run: {duration: 1s, warmup: 0s, replications: 1}\n");
    struct trial trial = {.scenario = sc, .replication = 1};
    assert_false(sim_run(&trial));
    assert_non_null(strstr(trial.failure, "after 0.5 s there are more than 1000000 threads"));
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_job_its_own),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_no_thread),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_bench_without_threads),
        cmocka_unit_test(test_endless),
        cmocka_unit_test(test_limit_is_a_pool),
        cmocka_unit_test(test_poisson_at_once),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests_name("per_job", tests, NULL, NULL);
}
