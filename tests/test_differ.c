/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_differ: differences of results made by hand, with known answers; the distance of two
 * distributions; and an experiment with fixed seeds: 200 comparisons of M/M/1 at loads 0.5 and
 * 0.55, whose true differences are known (response exponential with mean 1 / (mu - lambda)).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/differ.h"
#include "model/mem.h"
#include "sim/sim.h"

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)

/* ---- by hand ---- */

/* A result whose one interesting figure is total.throughput, of these values a replication each. */
static struct result by_hand(const char *engine, uint64_t seed, const double *values,
                             size_t count) {
    struct result r = {.engine = engine, .seed = seed, .replications = count};
    r.class_names.items = mem_new(1, sizeof(char *));
    r.class_names.items[0] = mem_text("jobs");
    r.class_names.count = 1;
    r.classes = mem_new(1, sizeof *r.classes);
    r.pool_names.items = mem_new(1, sizeof(char *));
    r.pool_names.items[0] = mem_format("pool-%llu", (unsigned long long)seed);
    r.pool_names.count = 1;
    r.pools = mem_new(1, sizeof *r.pools);
    r.total.throughput = stats_mean(values, count);
    r.pools[0].busy = r.total.throughput;
    struct figure *figures[] = {&r.total.throughput, &r.pools[0].busy, &r.total.offered_rate};
    for (int i = 0; i < 3 && count > 1; i++) {
        figures[i]->each = mem_new(count, sizeof(double));
        memcpy(figures[i]->each, values, count * sizeof(double));
    }
    return r;
}

static const double ones[] = {1, 2, 3}, twos[] = {2, 4, 6}, steady[] = {5, 5, 5};

static void test_pairs(void **state) {
    (void)state;
    struct result a = by_hand("sim", 1, ones, 3), b = by_hand("sim", 1, twos, 3);
    struct differ d;
    differ_open(&d, &a, &b);
    assert_true(d.paired);
    const struct difference *f = differ_find(&d, "total.throughput");
    assert_non_null(f);
    double half = 4.302652729749464 / sqrt(3);
    near(f->absolute.mean, 2, 1e-12);
    near(f->absolute.low, 2 - half, 1e-9);
    near(f->absolute.high, 2 + half, 1e-9);
    assert_false(f->sure);
    near(f->relative.mean, 1, 1e-12);
    near(f->relative.low, 1, 1e-12); /* B is twice A in each pair */
    near(f->relative.high, 1, 1e-12);
    differ_close(&d);
    result_free(&a);
    result_free(&b);
}

/* Other seeds: Welch. Means 2 and 4, standard errors 1/sqrt(3) and 2/sqrt(3): variance 5/3, degrees
 * (5/3)^2 / ((1/3)^2 / 2 + (4/3)^2 / 2) = 2.941176, t = 3.219137 (scipy.stats.t.ppf). The one pool
 * of each is found whatever its name. */
static void test_apart(void **state) {
    (void)state;
    struct result a = by_hand("sim", 1, ones, 3), b = by_hand("sim", 2, twos, 3);
    struct differ d;
    differ_open(&d, &a, &b);
    assert_false(d.paired);
    assert_string_equal(d.apart, "different seeds");
    const struct difference *f = differ_find(&d, "pools.pool-1.busy");
    assert_non_null(f);
    double half = sqrt(5.0 / 3) * stats_t_of(2.9411764705882355);
    near(f->absolute.mean, 2, 1e-12);
    near(f->absolute.high, 2 + half, 1e-9);
    near(f->relative.mean, 1, 1e-12);
    /* relative: sd^2 = (1/3 * 4 + 4/3) / 4 = 2/3, degrees (8/3)^2 / (2 * (4/3)^2 / 2) = 4 */
    near(f->relative.high, 1 + sqrt(2.0 / 3) * 2.7764451051977987, 1e-9);
    differ_close(&d);
    result_free(&a);
    result_free(&b);
}

/* One burst in twenty: of a percentile t has the 1.81 degrees of test_stats, of a mean 19; apart,
 * of two with the same burst, twice as many. */
static void test_burst(void **state) {
    (void)state;
    enum { N = 20 };
    const double degrees = 40 / (N + 40.0 / 19), error = 1.0 / N;
    double calm[N], burst[N];
    for (int i = 0; i < N; i++) {
        calm[i] = 1;
        burst[i] = 1 + (i == 7);
    }
    struct result a = by_hand("sim", 1, calm, N), b = by_hand("sim", 1, burst, N);
    a.total.response.p99 = a.total.throughput;
    b.total.response.p99 = b.total.throughput;
    a.total.response.p99.each = mem_new(N, sizeof(double));
    b.total.response.p99.each = mem_new(N, sizeof(double));
    memcpy(a.total.response.p99.each, calm, sizeof calm);
    memcpy(b.total.response.p99.each, burst, sizeof burst);
    struct differ d;
    differ_open(&d, &a, &b);
    const struct difference *p99 = differ_find(&d, "total.response.p99"),
                            *mean = differ_find(&d, "total.throughput");
    near(p99->absolute.high, error + error * stats_t_of(degrees), 1e-12);
    near(p99->relative.high, error + error * stats_t_of(degrees), 1e-12);
    near(mean->absolute.high, error + error * stats_t_of(19), 1e-12);
    differ_close(&d);
    b.seed++;
    memcpy(a.total.response.p99.each, burst, sizeof burst);
    differ_open(&d, &a, &b);
    p99 = differ_find(&d, "total.response.p99");
    near(p99->absolute.high - p99->absolute.mean, error * sqrt(2) * stats_t_of(2 * degrees), 1e-12);
    differ_close(&d);
    result_free(&a);
    result_free(&b);
}

static void test_no_interval(void **state) {
    (void)state;
    struct result a = by_hand("sim", 1, steady, 3), b = by_hand("pool", 1, twos, 1);
    struct differ d;
    differ_open(&d, &a, &b);
    assert_string_equal(d.apart, "not both are simulated");
    const struct difference *f = differ_find(&d, "total.throughput");
    near(f->absolute.mean, -3, 1e-12);
    assert_true(isnan(f->absolute.low) && !f->sure);
    assert_string_equal(f->absolute.reason, "the real pool ran once, so it has no interval");
    assert_string_equal(d.distance.reason, "a distribution is missing");
    differ_close(&d);
    result_free(&a);
    result_free(&b);
}

/* ---- distributions ---- */

/* Every replication: `jobs` jobs, evenly from low to high. */
static struct responses even(double low, double high, size_t replications, double jobs) {
    struct responses r = {.rows = 1, .replications = replications};
    r.low = mem_new(1, sizeof(double));
    r.high = mem_new(1, sizeof(double));
    r.jobs = mem_new(replications, sizeof(double));
    r.offered = mem_new(replications, sizeof(double));
    r.left = mem_new(replications, sizeof(double));
    r.low[0] = low;
    r.high[0] = high;
    for (size_t i = 0; i < replications; i++)
        r.jobs[i] = jobs;
    return r;
}

static void distance_at(struct responses a, struct responses b, bool paired, double value, double p,
                        int line) {
    struct distance d = distance_of(&a, &b, paired);
    near_at(d.value, value, 1e-12, line);
    if (isnan(p))
        assert_true(isnan(d.p) && d.reason);
    else
        near_at(d.p, p, 0.02, line);
    responses_free(&a);
    responses_free(&b);
}
#define distance(a, b, paired, value, p) distance_at(a, b, paired, value, p, __LINE__)

static void test_distance(void **state) {
    (void)state;
    distance(even(0, 1, 1, 9), even(0, 2, 1, 5), false, 0.5, NAN);
    distance(even(1, 1, 1, 9), even(0, 1.0001, 1, 5), false, 1 / 1.0001, NAN); /* just before 1 */
    distance(even(1, 1, 1, 9), even(1, 1, 1, 5), false, 0, NAN);
    distance(even(1, 2, 1, 9), even(3, 4, 1, 5), false, 1, NAN);
    /* ten pairs that all differ: only all or none of the flips give as much, 2 of 1024 */
    distance(even(0, 1, 10, 9), even(0, 2, 10, 9), true, 0.5, 0.003);
    /* five pairs cannot: 2 of 32 */
    distance(even(0, 1, 5, 9), even(0, 2, 5, 9), true, 0.5, NAN);
    distance(even(0, 1, 4, 9), even(0, 2, 4, 9), false, 0.5, 2.0 / 70);
    distance(even(0, 1, 3, 9), even(0, 2, 4, 9), false, 0.5, 1.0 / 35);
    distance(even(0, 1, 3, 9), even(0, 2, 3, 9), false, 0.5, NAN);
    distance(even(0, 1, 10, 9), even(0, 1, 10, 9), true, 0, 1);
    /* jobs that had not ended rank above all */
    struct responses a = even(0, 1, 1, 6), b = even(0, 1, 1, 9);
    a.left[0] = 3;
    distance(a, b, false, 1.0 / 3, NAN);
}

/* ---- the experiment ---- */

enum { COMPARISONS = 200, REPLICATIONS = 10 };

static struct scenario *single(double mean_ms, int64_t seed) {
    struct err err = {0};
    char *text =
        mem_format("headroom: 1\nname: single\nseed: %lld\narrivals: {poisson: {rate: "
                   "50/s}}\nservice: {exponential: {mean: %gms}}\npool: {workers: 1}\nrun: "
                   "{duration: 20s, warmup: 1s, replications: %d, sample_every: 20s}\n",
                   (long long)seed, mean_ms, REPLICATIONS);
    struct scenario *sc = scenario_parse(text, "none.yaml", &err);
    assert_non_null(sc);
    free(text);
    return sc;
}

static struct result simulated(const struct scenario *sc) {
    struct trial trials[REPLICATIONS];
    const struct record *records[REPLICATIONS];
    struct result r;
    for (size_t i = 0; i < REPLICATIONS; i++) {
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1};
        assert_true(sim_run(&trials[i]));
        records[i] = &trials[i].record;
    }
    result_from_records(&r, sc, "sim", records, REPLICATIONS);
    for (size_t i = 0; i < REPLICATIONS; i++)
        record_close(&trials[i].record);
    return r;
}

struct tallied {
    const char *name;
    double truth;
    int covered[2], differ; /* paired, apart */
    double width[2];
};

static void look(struct tallied *t, const struct differ *d, int how) {
    const struct difference *f = differ_find(d, t->name);
    t->covered[how] += f->absolute.low <= t->truth && t->truth <= f->absolute.high;
    t->width[how] += (f->absolute.high - f->absolute.low) / COMPARISONS;
}

static void test_coverage(void **state) {
    (void)state;
    const double mean_a = 1 / (100.0 - 50), mean_b = 1 / (1 / 0.011 - 50), tail = log(100);
    struct tallied mean = {.name = "total.response.mean", .truth = mean_b - mean_a};
    struct tallied p99 = {.name = "total.response.p99", .truth = tail * (mean_b - mean_a)};
    /* ten jobs of a replication lie beyond the p99, one beyond the p99.9: that is not paired */
    struct tallied p999 = {.name = "total.response.p999", .truth = log(1000) * (mean_b - mean_a)};
    int differ = 0, same = 0;
    for (int64_t i = 0; i < COMPARISONS; i++) {
        struct scenario *sa = single(10, 1000 + i), *sb = single(11, 1000 + i);
        struct result a = simulated(sa), b = simulated(sb);
        struct differ d;
        differ_open(&d, &a, &b);
        assert_true(d.paired);
        look(&mean, &d, 0);
        look(&p99, &d, 0);
        look(&p999, &d, 0);
        differ += d.distance.p <= 0.05;
        differ_close(&d);
        b.seed++; /* as if they had not been paired */
        differ_open(&d, &a, &b);
        look(&mean, &d, 1);
        look(&p99, &d, 1);
        same += differ_find(&d, mean.name)->sure;
        differ_close(&d);
        result_free(&a);
        result_free(&b);
        scenario_free(sa);
        scenario_free(sb);
    }
    print_message(
        "covered of %d: mean %d paired, %d apart; p99 %d, %d; p99.9 %d. Widths apart / paired: "
        "mean %.2f, p99 %.2f. Distributions differ: %d; means apart: %d\n",
        COMPARISONS, mean.covered[0], mean.covered[1], p99.covered[0], p99.covered[1],
        p999.covered[0], mean.width[1] / mean.width[0], p99.width[1] / p99.width[0], differ, same);
    assert_true(mean.covered[0] >= 180 && p99.covered[0] >= 180);
    assert_true(p999.covered[0] >= 180);
    assert_true(mean.covered[1] >= 180 && p99.covered[1] >= 180);
    assert_true(mean.width[1] / mean.width[0] > 3 && p99.width[1] / p99.width[0] > 2.5);
    assert_true(differ >= 190);
}

/* Two results of one law and unlike seeds: the share of false alarms is about the level. */
static void test_false_alarms(void **state) {
    (void)state;
    int alarms = 0, sure = 0;
    enum { PAIRS = 40 };
    struct scenario *sc[2 * PAIRS];
    struct result r[2 * PAIRS];
    for (int64_t i = 0; i < 2 * PAIRS; i++) {
        sc[i] = single(10, 5000 + i);
        r[i] = simulated(sc[i]);
    }
    for (int i = 0; i < PAIRS; i++) {
        struct differ d;
        differ_open(&d, &r[2 * i], &r[2 * i + 1]);
        alarms += d.distance.p <= 0.05;
        sure += differ_find(&d, "total.response.p99")->sure;
        differ_close(&d);
    }
    print_message("of %d alike: %d distributions and %d p99 called different\n", PAIRS, alarms,
                  sure);
    assert_true(alarms <= 6 && sure <= 6);
    for (int i = 0; i < 2 * PAIRS; i++) {
        result_free(&r[i]);
        scenario_free(sc[i]);
    }
}

int main(void) {
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),        cmocka_unit_test(test_apart),
        cmocka_unit_test(test_no_interval),  cmocka_unit_test(test_burst),
        cmocka_unit_test(test_distance),     cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_false_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
