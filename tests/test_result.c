/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_result: from hand-made records to figures, thresholds, advice, series and JSON.
 *
 * Three replications of 10 s on one worker; t(2) = 4.30265 (half widths from the formulas of
 * stats.h, worked out apart from the product). The JSON is checked against RFC 8259's grammar by a
 * small reader here, and against the names that interface.md promises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/node.h"
#include "model/result.h"
#include "model/series.h"
#include "tests/parse.h"

#define T 10.0

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)

static nsec s(double seconds) {
    return (nsec)llround(seconds * 1e9);
}

/* ---- records from lives ---- */

/* When a job comes, starts and ends, in seconds; NO: it never does. Without a start and an end it
 * is rejected; with neither end nor rejection it is left when the run stops. */
#define NO (-1e9)
#define LEFT 1e9

struct life {
    double intended, start, end;
    uint32_t class;
};

struct moment {
    double at;
    size_t life;
    int step;
};

static int earlier(const void *a, const void *b) {
    const struct moment *x = a, *y = b;
    if (x->at < y->at || x->at > y->at)
        return x->at < y->at ? -1 : 1;
    if (x->step != y->step) /* ends first, then starts of those who waited */
        return y->step - x->step;
    return x->life < y->life ? -1 : 1;
}

static size_t pool_of(const struct record *r, uint32_t class) {
    return r->scenario->classes.items[class].route.items[0].pool;
}

static void tell(struct record *r, struct job *j, const struct life *l, int step) {
    size_t pool = pool_of(r, l->class);
    nsec now = step == 0 ? j->intended : step == 1 ? s(l->start) : s(l->end);
    bool waits = l->start > l->intended, rejected = l->start == NO;
    record_advance(r, now);
    if (step == 0) {
        record_arrive(r, j, pool, now);
        j->waited = waits;
        if (rejected)
            record_lose(r, j, pool, now, FATE_REJECTED, false);
        else if (waits)
            record_queue(r, j, pool, now);
        else
            record_start(r, j, pool, now, false);
        j->started = now;
    } else if (step == 1 && waits) {
        j->started = now;
        record_start(r, j, pool, now, true);
    } else if (step == 2)
        record_end(r, j, pool, now);
}

static struct record record_of(const struct scenario *sc, const struct life *lives, size_t count,
                               double stop) {
    struct record r;
    struct job *jobs = calloc(count + 1, sizeof *jobs);
    struct moment *moments = calloc(3 * count + 1, sizeof *moments);
    size_t n = 0;
    assert_true(jobs && moments && record_open(&r, sc, true));
    r.next_sample = 0;
    for (size_t i = 0; i < count; i++) {
        jobs[i] =
            (struct job){.intended = s(lives[i].intended), .index = i, .class = lives[i].class};
        jobs[i].counted = jobs[i].intended >= 0 && jobs[i].intended < sc->run.duration;
        const double at[] = {lives[i].intended, lives[i].start, lives[i].end};
        for (int step = 0; step < 3; step++)
            if (at[step] > NO && at[step] <= stop)
                moments[n++] = (struct moment){at[step], i, step};
    }
    qsort(moments, n, sizeof *moments, earlier);
    for (size_t i = 0; i < n; i++)
        tell(&r, &jobs[moments[i].life], &lives[moments[i].life], moments[i].step);
    record_advance(&r, s(stop));
    for (size_t i = 0; i < count; i++)
        if (lives[i].intended <= stop && lives[i].start > NO && lives[i].end > stop)
            record_left(&r, &jobs[i], pool_of(&r, lives[i].class), s(stop), lives[i].start <= stop);
    record_finish(&r, s(stop));
    free(jobs);
    free(moments);
    return r;
}

#define RUN "run: {duration: 10s, warmup: 2s, cooldown: 5s, sample_every: 1s}\n"
#define ONE_POOL                                                                                   \
    "headroom: 1\nname: hand-made\nabout: \"a \\\"quoted\\\" word\"\n"                             \
    "arrivals: {poisson: {rate: 0.4/s}}\nservice: {exponential: {mean: 1s}}\npool: {workers: "     \
    "1}\n" RUN

enum { MOST = 3 };

struct trial_set {
    struct scenario *scenario;
    struct record records[MOST];
    struct result result;
    size_t count;
};

static void add(struct trial_set *set, const struct life *lives, size_t count, double stop) {
    set->records[set->count++] = record_of(set->scenario, lives, count, stop);
}

static void judge(struct trial_set *set) {
    const struct record *list[MOST];
    for (size_t i = 0; i < set->count; i++)
        list[i] = &set->records[i];
    result_from_records(&set->result, set->scenario, "sim", list, set->count);
}

static void close_set(struct trial_set *set) {
    for (size_t i = 0; i < set->count; i++)
        record_close(&set->records[i]);
    result_free(&set->result);
    scenario_free(set->scenario);
}

/* The three replications of most tests: 12 jobs offered, 11 completed, 1 rejected. */
static const struct life a[] = {{0, 0, 2, 0},     {1, 2, 3, 0},     {4, 4, 5, 0},  {6, 6, 7, 0},
                                {6.5, NO, NO, 0}, {7.5, 7.5, 8, 0}, {9, 9, 9.5, 0}};
static const struct life b[] = {{0, 0, 4, 0}, {5, 5, 6, 0}};
static const struct life c[] = {{1, 1, 3, 0}, {2, 3, 5, 0}, {8, 8, 11, 0}};

static struct trial_set three(const char *slo) {
    char text[900];
    snprintf(text, sizeof text, "%s%s\n", ONE_POOL, slo);
    struct trial_set set = {.scenario = parse(text)};
    add(&set, a, 7, T);
    add(&set, b, 2, T);
    add(&set, c, 3, 11);
    judge(&set);
    return set;
}

/* ---- figures ---- */

static void check_at(struct figure f, double mean, double half, int line) {
    near_at(f.mean, mean, 1e-12, line);
    near_at(f.low, mean - half, 1e-12, line);
    near_at(f.high, mean + half, 1e-12, line);
}
#define check(figure, mean, half) check_at(figure, mean, half, __LINE__)

static void is_null_at(struct figure f, uint64_t needs, int line) {
    if (!isnan(f.mean) || !isnan(f.low) || !isnan(f.high) || f.needs != needs)
        fail_msg("line %d: %g (%g, %g), needs %llu", line, f.mean, f.low, f.high,
                 (unsigned long long)f.needs);
}
#define is_null(figure, needs) is_null_at(figure, needs, __LINE__)

static void test_counts(void **state) {
    (void)state;
    struct trial_set set = three("");
    const struct metrics *m = &set.result.total;
    assert_true(m->offered == 12 && m->admitted == 11 && m->retried == 0);
    assert_true(m->fates[FATE_COMPLETED] == 11 && m->fates[FATE_REJECTED] == 1);
    assert_true(m->blocked == 0 && m->caller_ran == 0 && m->fates[FATE_IN_FLIGHT] == 0);
    assert_true(set.result.replications == 3 && set.result.duration == 10);
    assert_true(set.result.last_end == 1 && !set.result.interrupted && set.result.trusted);
    assert_string_equal(set.result.regime, "steady");
    assert_int_equal(set.result.response.n, 11);
    assert_int_equal(set.result.wait.n, 11);
    close_set(&set);
}

/* 7, 2, 3 jobs come and 6, 2, 2 end in 10 s each; one of 12 is lost; 1, 0, 1 of 6, 2, 3 find the
 * worker busy. */
static void test_rates_and_shares(void **state) {
    (void)state;
    struct trial_set set = three("");
    const struct metrics *m = &set.result.total;
    check(m->offered_rate, 0.4, 0.657241060772843);
    check(m->throughput, 1 / 3.0, 0.573687030633261);
    check(m->goodput, 1 / 3.0, 0.573687030633261);
    check(m->rejected_share, 1 / 12.0, 0.225585525986626);
    check(m->wait_probability, 2 / 11.0, 0.282241713242734);
    close_set(&set);
}

/* Of 12 offered 5 were completed within 1 s, 8 within 2 s; inside [0, 10) 5 of those within 1 s
 * ended. Time-outs of a class come before. */
static void test_within_and_goodput(void **state) {
    (void)state;
    struct trial_set set = three("slo: {within: {1s: 40%, 2s: 70%}}");
    const struct metrics *m = &set.result.total;
    near(m->within[0].mean, 5 / 12.0, 1e-13);
    near(m->within[1].mean, 8 / 12.0, 1e-13);
    near(m->goodput.mean, 5 / 30.0, 1e-13);
    near(m->throughput.mean, 1 / 3.0, 1e-13);
    assert_true(set.result.slo_count == 2 && set.result.slo[0].least);
    assert_string_equal(set.result.slo[0].metric, "within");
    assert_true(set.result.slo[0].time == 1 && set.result.slo[0].limit == 0.4);
    assert_true(set.result.slo[0].met && !set.result.slo[1].met);
    close_set(&set);
    set = three("slo: {within: {1s: 40%}}\ntimeout: 2s");
    near(set.result.total.goodput.mean, 8 / 30.0, 1e-13);
    close_set(&set);
}

/* Waits 2 s, services 18 s, responses 20 s of 11; stays 20 s of 12 offered; areas 19, 17 and 2 of
 * 30 s. */
static void test_times_and_averages(void **state) {
    (void)state;
    struct trial_set set = three("");
    const struct metrics *m = &set.result.total;
    const struct pool_metrics *p = &set.result.pools[0];
    check(m->wait.mean, 2 / 11.0, 0.282241713242734);
    check(m->service.mean, 18 / 11.0, 2.24360817486981);
    check(m->response.mean, 20 / 11.0, 2.32823957333804);
    check(m->stay, 20 / 12.0, 2.54379960477427);
    check(m->in_system, 19 / 30.0, 0.286843515316631);
    check(p->busy, 17 / 30.0, 0.143421757658315);
    check(p->utilisation, 17 / 30.0, 0.143421757658315);
    check(p->queue_length, 2 / 30.0, 0.143421757658315);
    check(p->workers, 1, 0);
    check(p->worker_seconds, 10, 0);
    check(p->rejected_share, 1 / 12.0, 0.225585525986626);
    check(p->wait.mean, 2 / 11.0, 0.282241713242734);
    check(p->service.mean, 18 / 11.0, 2.24360817486981);
    assert_true(m->door.mean.mean == 0 && m->door.max == 0);
    assert_true(m->wait.max == 1 && m->service.max == 4 && m->response.max == 4);
    near(m->response.cv.mean, 0.601040764008565, 1e-12);
    near(m->response.cv.high, 1.16695485077067, 1e-12);
    close_set(&set);
}

/* Rank 6 of 0.5 0.5 1 1 1 2 2 2 3 3 4; the replications' shares above it lie so far apart that the
 * interval is all that was seen. */
static void test_percentiles(void **state) {
    (void)state;
    struct trial_set set = three("");
    const struct times *t = &set.result.total.response;
    near(t->p50.mean, 2, 0.002);
    assert_true(t->p50.low == 0.5 && t->p50.high == 4);
    is_null(t->p90, 50);
    is_null(t->p95, 100);
    is_null(t->p99, 500);
    is_null(t->p999, 5000);
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        assert_true(times_percentile(t, i)->needs ==
                    (i ? (uint64_t[]){0, 50, 100, 500, 5000}[i] : 0));
    close_set(&set);
}

static bool says(char *const *texts, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (strstr(texts[i], word))
            return true;
    return false;
}

/* semantics.md: past the sample, high is the maximum and `advice` says "open". */
static void test_advice_of_an_open_interval(void **state) {
    (void)state;
    struct trial_set set = three("");
    assert_true(set.result.total.response.p50.high == 4);
    assert_true(says(set.result.advice, set.result.advice_count, "open"));
    close_set(&set);
}

/* 0.6333 against 0.4 x 1.6667; the third of the difference is job 3 of c, which ends after T. */
static void test_littles_law(void **state) {
    (void)state;
    struct trial_set set = three("");
    const struct littles_law *l = &set.result.total.little;
    near(l->in_system, 19 / 30.0, 1e-13);
    near(l->rate_times_response, 2 / 3.0, 1e-13);
    near(l->edge, 1 / 30.0, 1e-13);
    near(l->error, -1 / 19.0, 1e-12);
    assert_true(l->identity_holds);
    set.records[1].classes[0].books++; /* a nanosecond is enough */
    result_free(&set.result);
    judge(&set);
    assert_false(set.result.total.little.identity_holds);
    assert_false(set.result.classes[0].little.identity_holds);
    close_set(&set);
}

static void test_one_replication_has_no_interval(void **state) {
    (void)state;
    struct trial_set set = {.scenario = parse(ONE_POOL)};
    add(&set, a, 7, T);
    judge(&set);
    const struct metrics *m = &set.result.total;
    assert_true(m->throughput.mean == 0.6 && isnan(m->throughput.low) && isnan(m->throughput.high));
    near(m->response.mean.mean, 7 / 6.0, 1e-13);
    assert_true(isnan(m->response.mean.low) && isnan(m->response.cv.low));
    assert_true(isnan(set.result.pools[0].busy.high));
    assert_false(set.result.series.band);
    close_set(&set);
}

/* ---- no jobs, jobs left, an early end ---- */

static void test_no_jobs(void **state) {
    (void)state;
    struct trial_set set = {.scenario = parse(ONE_POOL)};
    add(&set, a, 0, T);
    add(&set, a, 0, T);
    judge(&set);
    const struct metrics *m = &set.result.total;
    check(m->throughput, 0, 0);
    check(m->in_system, 0, 0);
    is_null(m->rejected_share, 0);
    is_null(m->wait_probability, 0);
    is_null(m->stay, 0);
    is_null(m->response.mean, 0);
    is_null(m->response.cv, 0);
    is_null(m->response.p99, 0); /* an empty set needs nothing */
    assert_true(isnan(m->response.max) && isnan(m->little.error) && m->little.identity_holds);
    check(set.result.pools[0].utilisation, 0, 0);
    close_set(&set);
}

/* Twelve jobs of 1, 2 ... 12 tenths, and one that is in service since 9 s and never ends. */
static struct trial_set with_one_left(const char *slo) {
    char text[900];
    struct life lives[13] = {{9, 9, LEFT, 0}};
    for (int i = 1; i <= 12; i++)
        lives[i] = (struct life){0.5 * i, 0.5 * i, 0.5 * i + 0.1 * i, 0};
    snprintf(text, sizeof text, "%s%s\n", ONE_POOL, slo);
    struct trial_set set = {.scenario = parse(text)};
    add(&set, lives, 13, 15);
    judge(&set);
    return set;
}

/* It ranks above all others: the median is the 7th of 13; its mean and stay are not known. */
static void test_jobs_left(void **state) {
    (void)state;
    struct trial_set set = with_one_left("");
    const struct metrics *m = &set.result.total;
    assert_true(m->offered == 13 && m->fates[FATE_IN_FLIGHT] == 1 &&
                m->fates[FATE_COMPLETED] == 12);
    near(m->response.p50.mean, 0.7, 0.0007);
    near(m->service.p50.mean, 0.7, 0.0007);
    is_null(m->response.mean, 0);
    is_null(m->service.mean, 0);
    is_null(m->stay, 0);
    assert_non_null(m->response.mean.reason);
    assert_true(m->wait.mean.mean == 0 && m->wait.max == 0); /* it has started: its wait is known */
    assert_true(isnan(m->little.rate_times_response) && m->little.identity_holds);
    assert_true(says(set.result.advice, set.result.advice_count, "run.cooldown"));
    near(set.result.last_end, 5, 0);
    close_set(&set);
}

/* One of 2,001: too few to matter for means, which are of the others; the stay counts the 6 s that
 * were seen of it, too. */
static void test_few_jobs_left(void **state) {
    (void)state;
    struct life *lives = mem_new(2001, sizeof *lives);
    lives[0] = (struct life){9, 9, LEFT, 0};
    for (int i = 1; i <= 2000; i++)
        lives[i] = (struct life){0.001 * i, 0.001 * i, 0.001 * i + 0.5, 0};
    struct trial_set set = {.scenario = parse(ONE_POOL "slo: {mean: 2s}\n")};
    add(&set, lives, 2001, 15);
    judge(&set);
    const struct metrics *m = &set.result.total;
    near(m->response.mean.mean, 0.5, 1e-9);
    near(m->stay.mean, (1000 + 6) / 2001.0, 1e-9);
    assert_true(set.result.slo[0].met && !set.result.slo[0].sure);
    assert_true(isnan(m->response.max));
    free(lives);
    close_set(&set);
}

/* So the longest response is not known either: it ranks above what was seen. */
static void test_maximum_with_jobs_left(void **state) {
    (void)state;
    struct trial_set set = with_one_left("");
    assert_true(isnan(set.result.total.response.max));
    assert_true(isnan(set.result.total.service.max));
    close_set(&set);
}

/* A response of 6 s and more must not meet `max: 2s`. */
static void test_slo_of_the_maximum_with_jobs_left(void **state) {
    (void)state;
    struct trial_set set = with_one_left("slo: {max: 2s}");
    assert_int_equal(set.result.slo_count, 1);
    assert_false(set.result.slo[0].met);
    assert_false(result_met(&set.result));
    close_set(&set);
}

/* No mean, no spread about it. */
static void test_cv_with_jobs_left(void **state) {
    (void)state;
    struct trial_set set = with_one_left("");
    is_null(set.result.total.response.cv, 0);
    is_null(set.result.total.service.cv, 0);
    close_set(&set);
}

/* Half of the jobs are left: their percentiles are null and say why; they never started, so that
 * the wait's are null, too. */
static void test_percentiles_among_those_left(void **state) {
    (void)state;
    struct life lives[24];
    for (int i = 0; i < 24; i++)
        lives[i] = i < 11 ? (struct life){0.5 * i, 0.5 * i, 0.5 * i + 0.25, 0}
                          : (struct life){9, LEFT, LEFT, 0};
    struct trial_set set = {.scenario = parse(ONE_POOL)};
    add(&set, lives, 24, 15);
    judge(&set);
    const struct metrics *m = &set.result.total;
    is_null(m->response.p50, 0);
    is_null(m->wait.p50, 0);
    is_null(m->wait.mean, 0);
    is_null(set.result.pools[0].wait.p50, 0);
    assert_non_null(m->response.p50.reason);
    assert_non_null(m->wait.p50.reason);
    close_set(&set);
}

/* With one class on one pool, who runs all of its jobs, the pool's times are the class's. */
static void test_pool_and_class_agree(void **state) {
    (void)state;
    struct life lives[24];
    for (int i = 0; i < 24; i++)
        lives[i] = i < 11 ? (struct life){0.5 * i, 0.5 * i, 0.5 * i + 0.25, 0}
                          : (struct life){9, LEFT, LEFT, 0};
    struct trial_set set = {.scenario = parse(ONE_POOL)};
    add(&set, lives, 24, 15);
    judge(&set);
    const struct times *class = &set.result.total.service, *pool = &set.result.pools[0].service;
    is_null(class->p50, 0);
    is_null(class->mean, 0);
    is_null(pool->p50, 0);
    is_null(pool->mean, 0);
    close_set(&set);
}

/* Twelve jobs that come straight in, and one that stands at the door from 9 s to the end: how long
 * it would have stood there is not known, but longer than the others. */
static void test_door_with_jobs_left(void **state) {
    (void)state;
    struct trial_set set = {.scenario = parse(ONE_POOL), .count = 1};
    struct record *r = &set.records[0];
    struct job door = {.intended = s(9), .index = 12, .counted = true, .waited = true};
    assert_true(record_open(r, set.scenario, false));
    for (uint64_t i = 0; i < 12; i++) {
        struct job job = {.intended = s(0.5 * (double)i), .index = i, .counted = true};
        job.started = job.intended;
        record_advance(r, job.intended);
        record_arrive(r, &job, 0, job.intended);
        record_start(r, &job, 0, job.intended, false);
        record_advance(r, job.intended + s(0.25));
        record_end(r, &job, 0, job.intended + s(0.25));
    }
    record_advance(r, s(9));
    record_arrive(r, &door, 0, s(9));
    record_block(r, &door, s(9));
    record_advance(r, s(15));
    record_left(r, &door, 0, s(15), false);
    record_finish(r, s(15));
    judge(&set);
    const struct metrics *m = &set.result.total;
    assert_true(m->admitted == 12 && m->blocked == 1 && m->fates[FATE_IN_FLIGHT] == 1);
    assert_true(m->wait.p50.mean == 0 && m->door.p50.mean == 0); /* the 7th of 13 */
    is_null(m->wait.mean, 0);
    is_null(m->door.mean, 0);
    assert_true(isnan(m->wait.max) && isnan(m->door.max));
    close_set(&set);
}

/* Stopped at 5.5 s: rates are over that. Stopped before 0: there is nothing to divide by. */
static void test_interrupted(void **state) {
    (void)state;
    struct trial_set set = {.scenario = parse(ONE_POOL)};
    add(&set, a, 7, 5.5);
    judge(&set);
    assert_true(set.result.interrupted && set.result.duration == 5.5 && set.result.last_end == 0);
    near(set.result.total.offered_rate.mean, 3 / 5.5, 1e-15);
    near(set.result.total.throughput.mean, 3 / 5.5, 1e-15);
    near(set.result.pools[0].utilisation.mean, 4 / 5.5, 1e-15);
    assert_int_equal(set.result.series.count, 6);
    close_set(&set);
    struct trial_set early = {.scenario = parse(ONE_POOL)};
    add(&early, a, 0, -1);
    judge(&early);
    assert_true(early.result.interrupted && early.result.duration == 0);
    is_null(early.result.total.throughput, 0);
    is_null(early.result.pools[0].utilisation, 0);
    close_set(&early);
}

/* ---- thresholds ---- */

static const struct threshold *threshold(const struct trial_set *set, const char *metric) {
    for (size_t i = 0; i < set->result.slo_count; i++)
        if (!strcmp(set->result.slo[i].metric, metric))
            return &set->result.slo[i];
    fail_msg("%s is not judged", metric);
    return NULL;
}

static void check_threshold(const struct trial_set *set, const char *metric, double limit, bool met,
                            bool sure) {
    const struct threshold *t = threshold(set, metric);
    near(t->limit, limit, 1e-15);
    if (t->met != met || t->sure != sure)
        fail_msg("%s: %g against %g: met %d, sure %d", metric, t->value, t->limit, t->met, t->sure);
}

/* Values: mean 1.818 (-0.51 .. 4.15), p50 2 (0.5 .. 4), max 4, rejected 0.083 (-0.14 .. 0.31),
 * utilisation 0.567 (0.42 .. 0.71), throughput 0.333 (-0.24 .. 0.91). */
static void test_slo(void **state) {
    (void)state;
    struct trial_set set =
        three("slo: {mean: 5s, p50: 3s, max: 4s, rejected: 50%, utilisation: 80%, "
              "throughput: 0.3/s, goodput: 1/s}");
    check_threshold(&set, "mean", 5, true, true);
    check_threshold(&set, "p50", 3, true, false);
    check_threshold(&set, "max", 4, true, true); /* <=: the limit itself is met */
    check_threshold(&set, "rejected", 0.5, true, true);
    check_threshold(&set, "utilisation", 0.8, true, true);
    check_threshold(&set, "throughput", 0.3, true, false);
    check_threshold(&set, "goodput", 1, false, true); /* >= */
    assert_false(result_met(&set.result));
    assert_true(set.result.trusted);
    close_set(&set);
    set = three(
        "slo: {mean: 1500ms, max: 3999ms, rejected: 1%, utilisation: 60%, throughput: 0.1/s}");
    check_threshold(&set, "mean", 1.5, false, false);
    check_threshold(&set, "max", 3.999, false, true);
    check_threshold(&set, "rejected", 0.01, false, false);
    check_threshold(&set, "utilisation", 0.6, true, false);
    check_threshold(&set, "throughput", 0.1, true, false);
    close_set(&set);
    set = three("slo: {max: 5s}");
    assert_true(result_met(&set.result));
    close_set(&set);
}

/* ---- no variance, no interval ---- */

static bool wide(struct figure f) {
    return f.mean > 0 && isnan(f.low) && isnan(f.high) && f.reason;
}

static bool tight(struct figure f) {
    return f.mean > 0 && f.low < f.mean && f.high > f.mean && !f.reason;
}

/* Of one class of the given service on some workers: which means keep their interval? */
static void check_spread(const char *service, const char *pool, bool service_wide, bool wait_wide) {
    char text[900];
    snprintf(text, sizeof text,
             "headroom: 1\nname: spread\narrivals: {poisson: {rate: 0.4/s}}\nservice: %s\n"
             "pool: %s\n" RUN "slo: {mean: 50s}\n",
             service, pool);
    struct trial_set set = {.scenario = parse(text)};
    add(&set, a, 7, T);
    add(&set, b, 2, T);
    add(&set, c, 3, 11);
    judge(&set);
    const struct metrics *both[] = {&set.result.total, &set.result.classes[0]};
    const struct pool_metrics *p = &set.result.pools[0];
    for (int i = 0; i < 2; i++) {
        const struct metrics *m = both[i];
        assert_true(service_wide ? wide(m->service.mean) && wide(m->service.cv)
                                 : tight(m->service.mean) && tight(m->service.cv));
        assert_true(wait_wide ? wide(m->wait.mean) && wide(m->wait.cv)
                              : tight(m->wait.mean) && tight(m->wait.cv));
        bool any = service_wide || wait_wide;
        assert_true(any ? wide(m->response.mean) && wide(m->stay) && wide(m->in_system)
                        : tight(m->response.mean) && tight(m->stay) && tight(m->in_system));
        assert_true(tight(m->response.p50) && tight(m->service.p50) && tight(m->throughput));
        assert_true(tight(m->wait_probability) && m->door.mean.mean <= 0 && !m->door.mean.reason);
    }
    assert_true(service_wide ? wide(p->service.mean) : tight(p->service.mean));
    assert_true(wait_wide ? wide(p->wait.mean) && wide(p->queue_length)
                          : tight(p->wait.mean) && tight(p->queue_length));
    assert_true(tight(p->utilisation) && tight(p->busy));
    assert_true(set.result.slo[0].met && set.result.slo[0].sure == !(service_wide || wait_wide));
    close_set(&set);
}

/* 0.4 jobs/s: the service's second moment for its own mean; for waits the third where one long job
 * holds up all, which it does on one worker, or when the others cannot carry the load. */
static void test_means_without_variance(void **state) {
    (void)state;
    check_spread("{exponential: {mean: 1s}}", "{workers: 1}", false, false);
    check_spread("{pareto: {min: 1s, alpha: 3.1}}", "{workers: 1}", false, false);
    check_spread("{pareto: {min: 1s, alpha: 3}}", "{workers: 1}", false, true);
    check_spread("{pareto: {min: 1s, alpha: 2}}", "{workers: 1}", true, true);
    check_spread("{lomax: {mean: 1s, alpha: 2.5}}", "{workers: 2}", false, false);
    check_spread("{lomax: {mean: 3s, alpha: 2.5}}", "{workers: 2}", false, true);
    check_spread("{lomax: {mean: 3s, alpha: 2.5}}",
                 "{workers: 2, queue: {capacity: 5, when_full: reject}}", false, false);
    check_spread("{mixture: [{weight: 9, constant: 1s}, {weight: 1, lomax: {mean: 1s, alpha: "
                 "1.9}}]}",
                 "{workers: 9}", true, true);
}

/* A percentile that cannot be known from 11 jobs is not met, not sure, and not to be trusted. */
static void test_slo_of_too_few_jobs(void **state) {
    (void)state;
    struct trial_set set = three("slo: {p99: 5s}");
    check_threshold(&set, "p99", 5, false, false);
    assert_false(set.result.trusted);
    assert_true(says(set.result.reasons, set.result.reason_count, "500"));
    close_set(&set);
}

#define TWO_CLASSES                                                                                \
    "headroom: 1\nname: two\n" RUN "classes:\n"                                                    \
    "  - {name: free, arrivals: {poisson: {rate: 1/s}},"                                           \
    " route: [{pool: q, service: {exponential: {mean: 100ms}}}]}\n"                                \
    "  - {name: paid, arrivals: {poisson: {rate: 1/s}},"                                           \
    " route: [{pool: p, service: {exponential: {mean: 100ms}}}]}\n"                                \
    "pools:\n  - {name: p, workers: 3}\n  - {name: q, workers: 1}\n"

/* Class `free` has 4 jobs on pool q, `paid` 3 on pool p. */
static struct trial_set two_classes(const char *slo) {
    static const struct life lives[] = {{0, 0, 2, 0},  {1, 1, 2, 1}, {2.5, 2.5, 4, 0},
                                        {3, 3, 6, 1},  {5, 5, 6, 0}, {7, NO, NO, 0},
                                        {8, 8, 8.5, 1}};
    char text[1200];
    snprintf(text, sizeof text, "%s%s\n", TWO_CLASSES, slo);
    struct trial_set set = {.scenario = parse(text)};
    add(&set, lives, 7, T);
    judge(&set);
    return set;
}

static void test_classes(void **state) {
    (void)state;
    struct trial_set set =
        two_classes("slo: {utilisation: 40%, free: {max: 1s, rejected: 30%}, paid: {max: 3s}}");
    const struct result *r = &set.result;
    assert_true(r->classes[0].offered == 4 && r->classes[1].offered == 3 && r->total.offered == 7);
    near(r->classes[0].response.mean.mean, 1.5, 1e-15);
    near(r->classes[1].response.mean.mean, 1.5, 1e-15);
    near(r->total.response.mean.mean, 1.5, 1e-15);
    near(r->classes[0].rejected_share.mean, 0.25, 0);
    near(r->total.in_system.mean, 0.9, 1e-15);
    near(r->pools[0].utilisation.mean, 4.5 / 30, 1e-15); /* p */
    near(r->pools[1].utilisation.mean, 4.5 / 10, 1e-15); /* q */
    near(r->pools[0].rejected_share.mean, 0, 0);
    near(r->pools[1].rejected_share.mean, 0.25, 0);
    assert_int_equal(r->slo_count, 4);
    assert_false(threshold(&set, "utilisation")->met); /* of the busiest */
    near(threshold(&set, "utilisation")->value, 0.45, 1e-15);
    assert_false(threshold(&set, "free.max")->met);
    assert_true(threshold(&set, "free.rejected")->met && threshold(&set, "paid.max")->met);
    close_set(&set);
}

/* The class judged has 4 jobs, not 7. */
static void test_too_few_jobs_of_a_class(void **state) {
    (void)state;
    struct trial_set set = two_classes("slo: {free: {p99: 1s}}");
    assert_int_equal(set.result.reason_count, 1);
    assert_true(strstr(set.result.reasons[0], "free.p99") && strstr(set.result.reasons[0], "500"));
    assert_non_null(strstr(set.result.reasons[0], "4 were"));
    close_set(&set);
}

static void test_regime(void **state) {
    (void)state;
    /* 1.6 workers' worth on one worker: 1.6 - 1 jobs/s too many at 1 s each */
    struct trial_set set = {
        .scenario = parse("headroom: 1\nname: t\narrivals: {poisson: {rate: 1.6/s}}\n"
                          "service: {exponential: {mean: 1s}}\npool: {workers: 1}\n" RUN)};
    add(&set, a, 7, T);
    judge(&set);
    assert_string_equal(set.result.regime, "unstable");
    assert_true(says(set.result.advice, set.result.advice_count, "0.6 jobs/s"));
    close_set(&set);
    struct trial_set end = {.scenario =
                                parse("headroom: 1\nname: t\narrivals: {constant: {rate: 1/s}}\n"
                                      "service: {constant: 500ms}\npool: {workers: 1}\n"
                                      "run: {duration: 10s, kind: terminating}")};
    add(&end, a, 7, T);
    judge(&end);
    assert_string_equal(end.result.regime, "terminating");
    assert_true(says(end.result.advice, end.result.advice_count, "random"));
    close_set(&end);
}

/* ---- over time ---- */

static void test_series(void **state) {
    (void)state;
    struct trial_set set = three("");
    const struct series *x = &set.result.series;
    /* busy and queue of a, b and c at 0 ... 10 s, what happens at that instant included; arrivals
     * and ends in the second before it (at 0: none) */
    static const double busy[] = {2, 3, 3, 2, 2, 1, 1, 0, 1, 2, 1}, queue[] = {0, 1, 1};
    static const double came[] = {0, 2, 1, 0, 1, 1, 1, 1, 2, 1},
                        ended[] = {0, 0, 1, 2, 1, 2, 1, 1, 1, 0, 1};
    assert_true(x->count == 11 && x->band);
    for (size_t i = 0; i < 11; i++) {
        const struct series_point *p = &x->points[i];
        assert_true(x->t[i] == (double)i && p->workers == 1);
        near(p->busy, busy[i] / 3, 1e-12);
        near(p->queue, (i < 3 ? queue[i] : 0) / 3, 1e-12);
        near(p->arrivals, (i < 10 ? came[i] : 0) / 3, 1e-12);
        near(p->completions, ended[i] / 3, 1e-12);
        near(p->rejected, i == 7 ? 1 / 3.0 : 0, 1e-12);
        if (i == 0 || i == 10 || came[i] == 0)
            assert_true(isnan(p->rejected_share) && isnan(p->rejected_share_high));
        else
            near(p->rejected_share, i == 7 ? 1 : 0, 1e-12);
        assert_true(p->busy_low >= 0 && p->busy_low <= p->busy && p->busy <= p->busy_high);
        assert_true(isnan(p->p99)); /* too few jobs */
    }
    near(x->points[1].busy_high, 1, 1e-12); /* all three agree */
    near(x->points[0].busy_high, 2 / 3.0 + 4.30265272974946 / 3, 1e-12);
    close_set(&set);
}

/* By seconds: levels of a, b and c as above; stays of those who come in it. */
static void test_little_over_time(void **state) {
    (void)state;
    struct trial_set set = three("");
    const struct little_series *l = &set.result.little;
    static const double level[] = {2, 4, 4, 2, 2, 1, 1, 0.5, 1, 1.5},
                        stay[] = {6, 4, 3, 0, 1, 1, 1, 0.5, 3, 0.5};
    assert_true(l->count == 10 && l->window == 1);
    for (size_t i = 0; i < 10; i++) {
        near(l->points[i].t, (double)i + 0.5, 1e-12);
        near(l->points[i].in_system.mean, level[i] / 3, 1e-12);
        near(l->points[i].rate_times_stay.mean, stay[i] / 3, 1e-12);
        assert_true(l->points[i].in_system.low <= l->points[i].in_system.mean);
    }
    near(l->points[0].in_system.high, 2 / 3.0 + 4.30265272974946 / 3, 1e-12);
    close_set(&set);
}

/* A job that has not ended: of its window nothing is known of lambda W. */
static void test_little_of_one_left(void **state) {
    (void)state;
    static const struct life left[] = {{0.5, 0.5, 1, 0}, {3.5, 3.5, 50, 0}};
    struct trial_set set = {.scenario = parse(ONE_POOL)};
    add(&set, left, 2, 40);
    judge(&set);
    const struct little_series *l = &set.result.little;
    assert_int_equal(l->count, 10);
    near(l->points[0].rate_times_stay.mean, 0.5, 1e-12);
    assert_true(isnan(l->points[3].rate_times_stay.mean) && isnan(l->points[0].in_system.low));
    near(l->points[3].in_system.mean, 0.5, 1e-12);
    near(l->points[9].in_system.mean, 1, 1e-12);
    close_set(&set);
}

enum { STREAM = 1200, STEP = STREAM / 10, EARLY = 300 };

/* 120 jobs a second, one after the other, each 1 ms + i us: a p99 over 500 jobs is over 5 windows.
 */
static void test_p99_over_time(void **state) {
    (void)state;
    struct life *lives = calloc(STREAM + EARLY, sizeof *lives);
    assert_non_null(lives);
    for (int i = 0; i < STREAM; i++) {
        double at = (i + 0.5) / STEP;
        lives[i] = (struct life){at, at, at + 1e-3 + 1e-6 * i, 0};
    }
    for (int i = 0; i < EARLY; i++) {
        double at = -1.9 + 0.005 * i;
        lives[STREAM + i] = (struct life){at, at, at + 1.45e-3, 0};
    }
    struct trial_set set = {.scenario = parse(ONE_POOL)};
    add(&set, lives, STREAM + EARLY, T);
    judge(&set);
    const struct series *x = &set.result.series;
    near(x->p99_window[0], 5, 1e-12);
    for (size_t i = 0; i < 11; i++) {
        if (i < 5) {
            assert_true(isnan(x->points[i].p99));
            continue;
        }
        /* the largest are the latest: rank 594 of the 600 that ended in (i - 5, i] */
        double wanted = 1e-3 + 1e-6 * ((double)(i - 5) * STEP + 593);
        near(x->points[i].p99, wanted, wanted / 32);
        assert_true(isnan(x->points[i].p99_low));
    }
    free(lives);
    close_set(&set);
}

static void test_series_file(void **state) {
    (void)state;
    static const char head[] = "t,pool.workers,pool.busy,pool.queue,pool.arrivals,pool.completions,"
                               "pool.rejected,pool.p99";
    char *text = NULL, *save = NULL;
    size_t size, rows = 0, commas = 0;
    struct trial_set set = three("");
    FILE *to = open_memstream(&text, &size);
    series_write(&set.result.series, set.scenario, to);
    fclose(to);
    assert_memory_equal(text, head, sizeof head - 1);
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        size_t found = 0;
        for (char *p = line; *p; p++)
            found += *p == ',';
        if (rows == 0)
            commas = found;
        else
            near(strtod(line, NULL), (double)rows - 1, 1e-12);
        assert_int_equal(found, commas);
        assert_true(rows == 0 || (!strstr(line, "nan") && !strstr(line, "inf")));
        rows++;
    }
    assert_int_equal(rows, 12);
    free(text);
    close_set(&set);
}

/* ---- JSON ---- */

static const char *space(const char *p) {
    while (p && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

static const char *string(const char *p) {
    if (*p++ != '"')
        return NULL;
    for (; *p != '"'; p++) {
        if ((unsigned char)*p < 0x20)
            return NULL;
        if (*p != '\\')
            continue;
        p++;
        if (*p == 'u') {
            for (int i = 0; i < 4; i++)
                if (!isxdigit((unsigned char)*++p))
                    return NULL;
        } else if (!*p || !strchr("\"\\/bfnrt", *p))
            return NULL;
    }
    return p + 1;
}

static const char *digits(const char *p) {
    if (!p || !isdigit((unsigned char)*p))
        return NULL;
    while (isdigit((unsigned char)*p))
        p++;
    return p;
}

static const char *number(const char *p) {
    p += *p == '-';
    p = *p == '0' ? p + 1 : digits(p);
    if (p && *p == '.')
        p = digits(p + 1);
    if (p && (*p == 'e' || *p == 'E'))
        p = digits(p + 1 + (p[1] == '-' || p[1] == '+'));
    return p;
}

/* The end of the JSON value at p, or NULL where the grammar does not hold. */
static const char *value(const char *p) {
    p = space(p);
    if (*p == '"')
        return string(p);
    for (int i = 0; i < 3; i++) {
        static const char *const words[] = {"null", "true", "false"};
        if (!strncmp(p, words[i], strlen(words[i])))
            return p + strlen(words[i]);
    }
    if (*p != '{' && *p != '[')
        return number(p);
    char close = *p == '{' ? '}' : ']';
    p = space(p + 1);
    if (*p == close)
        return p + 1;
    for (;; p++) {
        if (close == '}') {
            p = space(string(space(p)));
            if (!p || *p++ != ':')
                return NULL;
        }
        p = space(value(p));
        if (!p || *p != ',')
            return p && *p == close ? p + 1 : NULL;
    }
}

static char *json_of(const struct result *r) {
    char *text = NULL;
    size_t size;
    struct json j = {open_memstream(&text, &size), 0, false};
    assert_non_null(j.to);
    json_open(&j, NULL, '{');
    result_json(r, &j);
    json_close(&j, '}');
    fclose(j.to);
    const char *end = space(value(text));
    if (!end || *end)
        fail_msg("no JSON: %.200s", end ? end : text);
    return text;
}

/* JSON read as the YAML it also is. */
static struct node *tree_of(const struct result *r) {
    struct err err = {0};
    char *text = json_of(r);
    struct node *root = node_parse(text, "json", &err);
    if (!root)
        err_print(&err, stderr);
    assert_non_null(root);
    err_free(&err);
    free(text);
    return root;
}

static const struct node *at(const struct node *root, const char *path) {
    char copy[200], *save = NULL;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *part = strtok_r(copy, ".", &save); part; part = strtok_r(NULL, ".", &save)) {
        const struct node *inner =
            root->kind == NODE_LIST ? root->items[atoi(part)] : node_get(root, part);
        if (!inner)
            fail_msg("%s: there is no %s", path, part);
        root = inner;
    }
    return root;
}

static void has_figure(const struct node *root, const char *path) {
    const struct node *f = at(root, path);
    assert_true(node_get(f, "mean") && node_get(f, "low") && node_get(f, "high"));
}

enum { PATH = 200 };

static const char *joined(char out[PATH], const char *outer, const char *inner) {
    assert_true(strlen(outer) + strlen(inner) + 2 <= PATH);
    stpcpy(stpcpy(stpcpy(out, outer), *outer ? "." : ""), inner);
    return out;
}

static void has_times(const struct node *root, const char *path) {
    static const char *const names[] = {"mean", "cv", "p50", "p90", "p95", "p99", "p999"};
    char full[PATH];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        has_figure(root, joined(full, path, names[i]));
    at(root, joined(full, path, "max"));
}

/* Each word of `words`, below `path`, by `check`. */
static void each(const struct node *root, const char *path, const char *words,
                 void (*check_one)(const struct node *, const char *)) {
    char copy[500], full[PATH], *save = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
        check_one(root, joined(full, path, word));
}

static void is_there(const struct node *root, const char *path) {
    at(root, path);
}

static void has_metrics(const struct node *root, const char *path) {
    char little[PATH];
    each(root, path,
         "offered admitted completed failed rejected dropped timed_out cancelled retried "
         "dead_lettered in_flight_at_end blocked caller_ran",
         is_there);
    each(root, path,
         "offered_rate throughput goodput rejected_share wait_probability stay in_system",
         has_figure);
    each(root, path, "door wait service response", has_times);
    each(root, joined(little, path, "littles_law"),
         "in_system rate_times_response error identity_holds", is_there);
}

/* interface.md, section 4. */
static void test_names_of_the_interface(void **state) {
    (void)state;
    struct trial_set set = three("slo: {mean: 5s, p50: 3s}");
    struct node *root = tree_of(&set.result);
    each(root, "",
         "schema scenario engine version seed replications duration warmup interrupted host "
         "resources regime headroom slo trust advice",
         is_there);
    has_metrics(root, "total");
    has_metrics(root, "classes.jobs");
    each(root, "pools.pool",
         "workers busy utilisation queue_length worker_seconds warm_up_share rejected_share",
         has_figure);
    each(root, "pools.pool", "resizes reversals workers_lost", is_there);
    each(root, "pools.pool", "wait service", has_times);
    each(root, "slo.0", "metric limit value met sure", is_there);
    each(root, "trust", "ok reasons", is_there);
    node_free(root);
    close_set(&set);
}

static void stands(const struct node *root, const char *path, const char *text) {
    if (strcmp(at(root, path)->text, text))
        fail_msg("%s is %s, not %s", path, at(root, path)->text, text);
}

static void test_values_in_json(void **state) {
    (void)state;
    struct trial_set set = three("slo: {mean: 5s, throughput: 0.3/s}");
    struct node *root = tree_of(&set.result);
    stands(root, "schema", "headroom.result/1");
    stands(root, "scenario", "hand-made");
    stands(root, "about", "a \"quoted\" word");
    stands(root, "engine", "sim");
    stands(root, "seed", "1");
    stands(root, "replications", "3");
    stands(root, "duration", "10");
    stands(root, "warmup", "2");
    stands(root, "interrupted", "false");
    stands(root, "total.offered", "12");
    stands(root, "total.completed", "11");
    stands(root, "total.rejected", "1");
    stands(root, "total.in_flight_at_end", "0");
    stands(root, "total.offered_rate.mean", "0.4");
    stands(root, "total.offered_rate.low", "-0.257241060773");
    stands(root, "total.response.mean.mean", "1.81818181818");
    stands(root, "total.response.p50.low", "0.5");
    stands(root, "total.response.p99.mean", "null");
    stands(root, "total.response.p99.needs", "500");
    stands(root, "total.response.max", "4");
    stands(root, "total.littles_law.identity_holds", "true");
    stands(root, "pools.pool.utilisation.mean", "0.566666666667");
    stands(root, "regime", "steady");
    stands(root, "headroom", "null");
    stands(root, "slo.0.metric", "mean");
    stands(root, "slo.0.limit", "5");
    stands(root, "slo.0.met", "true");
    stands(root, "slo.1.metric", "throughput");
    stands(root, "slo.1.sure", "false");
    stands(root, "trust.ok", "true");
    assert_int_equal(at(root, "trust.reasons")->count, 0);
    node_free(root);
    close_set(&set);
}

/* The emptiest results there are: null for each unknown, never nan or inf. */
static void test_null_in_json(void **state) {
    (void)state;
    static const double stops[] = {T, -1};
    for (int i = 0; i < 2; i++) {
        struct trial_set set = {.scenario = parse(ONE_POOL)};
        add(&set, a, 0, stops[i]);
        judge(&set);
        char *text = json_of(&set.result);
        assert_true(!strstr(text, "nan") && !strstr(text, "inf") && !strstr(text, "NaN"));
        free(text);
        struct node *root = tree_of(&set.result);
        stands(root, "total.response.p99.mean", "null");
        stands(root, "total.response.max", "null");
        stands(root, "total.stay.mean", "null");
        stands(root, "interrupted", i ? "true" : "false");
        stands(root, "total.throughput.mean", i ? "null" : "0");
        assert_null(node_get(at(root, "total.response.p99"), "needs"));
        node_free(root);
        close_set(&set);
    }
}

static void test_reason_in_json(void **state) {
    (void)state;
    struct trial_set set = with_one_left("slo: {p99: 1s}");
    struct node *root = tree_of(&set.result);
    stands(root, "total.response.mean.mean", "null");
    assert_true(strlen(at(root, "total.response.mean.reason")->text) > 5);
    stands(root, "total.in_flight_at_end", "1");
    stands(root, "trust.ok", "false");
    assert_int_equal(at(root, "trust.reasons")->count, 1);
    assert_int_equal(at(root, "advice")->count, set.result.advice_count);
    assert_true(says(set.result.advice, set.result.advice_count, "run.cooldown"));
    stands(root, "slo.0.value", "null");
    stands(root, "slo.0.met", "false");
    node_free(root);
    close_set(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_rates_and_shares),
        cmocka_unit_test(test_within_and_goodput),
        cmocka_unit_test(test_times_and_averages),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_advice_of_an_open_interval),
        cmocka_unit_test(test_littles_law),
        cmocka_unit_test(test_one_replication_has_no_interval),
        cmocka_unit_test(test_no_jobs),
        cmocka_unit_test(test_jobs_left),
        cmocka_unit_test(test_few_jobs_left),
        cmocka_unit_test(test_maximum_with_jobs_left),
        cmocka_unit_test(test_slo_of_the_maximum_with_jobs_left),
        cmocka_unit_test(test_cv_with_jobs_left),
        cmocka_unit_test(test_percentiles_among_those_left),
        cmocka_unit_test(test_pool_and_class_agree),
        cmocka_unit_test(test_door_with_jobs_left),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_slo),
        cmocka_unit_test(test_means_without_variance),
        cmocka_unit_test(test_slo_of_too_few_jobs),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_too_few_jobs_of_a_class),
        cmocka_unit_test(test_regime),
        cmocka_unit_test(test_series),
        cmocka_unit_test(test_p99_over_time),
        cmocka_unit_test(test_little_over_time),
        cmocka_unit_test(test_little_of_one_left),
        cmocka_unit_test(test_series_file),
        cmocka_unit_test(test_names_of_the_interface),
        cmocka_unit_test(test_values_in_json),
        cmocka_unit_test(test_null_in_json),
        cmocka_unit_test(test_reason_in_json),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
