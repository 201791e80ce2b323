/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_source: job k of a class is a function of seed, replication, class name and k alone.
 *
 * Instants and demands are held against their definition, taken literally: variates of a dice
 * opened here at (seed, replication, class, purpose) and item k, scaled and rounded to the
 * nanosecond; and against GSL's laws (Kolmogorov and Smirnov's D sqrt(n) < 1.95, the 0.1 % point;
 * means within 5 standard errors), with fixed seeds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/source.h"
#include "model/variate.h"
#include "tests/parse.h"

enum { SEED = 2385, REPLICATION = 7, JOBS = 1000, MANY = 200000 };
static const nsec WARMUP = 2 * NSEC_PER_SEC;

#define SERVICE "{lognormal: {mean: 200ms, p99: 600ms}}"

/* A scenario of the short form; `service` may be NULL (a trace that brings its own). */
static struct scenario *with(const char *arrivals, const char *service) {
    char text[600];
    snprintf(text, sizeof text, "headroom: 1\nname: t\narrivals: %s\n%s%s\npool: {workers: 2}\n",
             arrivals, service ? "service: " : "", service ? service : "");
    return parse(text);
}

static struct source opened(const struct scenario *sc, size_t class, uint64_t seed,
                            uint64_t replication) {
    struct source s;
    source_open(&s, &sc->classes.items[class], seed, replication, -WARMUP, NSEC_NEVER);
    return s;
}

static struct source first_of(const struct scenario *sc) {
    return opened(sc, 0, SEED, REPLICATION);
}

static struct dice dice_of(const char *class, enum rng_purpose purpose) {
    struct dice d;
    dice_open(&d, rng_key(SEED, REPLICATION, class, purpose), 0);
    return d;
}

/* ---- what a job depends on ---- */

struct jobs {
    nsec at[JOBS], demand[JOBS];
};

/* Each job's demand when it is made. */
static void in_turn(struct source s, struct jobs *out) {
    for (uint64_t i = 0; i < JOBS; i++) {
        out->at[i] = source_next(&s);
        assert_int_equal(s.index, i + 1);
        out->demand[i] = source_demand(&s, i);
    }
}

/* Instants first, one ahead as the simulator does; then demands from the last to the first, twice.
 */
static void out_of_turn(struct source s, struct jobs *out) {
    struct source ahead = s;
    source_demand(&s, 999999);
    for (int i = 0; i < JOBS; i++) {
        source_next(&ahead);
        out->at[i] = source_next(&s);
    }
    for (uint64_t i = JOBS; i-- > 0;) {
        source_demand(&s, i / 2);
        out->demand[i] = source_demand(&s, i);
    }
}

static const char *const open_arrivals[] = {
    "{poisson: {rate: 50/s}}",
    "{constant: {rate: 50/s, phase: 3ms}}",
    "{renewal: {gap: {gamma: {mean: 20ms, cv: 1.7}}}}",
    "{batch: {rate: 10/s, size: {exponential: {mean: 5}}}}",
    "{batch: {every: 100ms, size: {uniform: {min: 0, max: 9}}}}",
    "{mmpp: {rates: [200/s, 0/s, 50/s], dwell: [100ms, 300ms, 1s]}}",
    "{profile: {points: [[0s, 0/s], [1s, 300/s]], shape: linear, repeat: 2s}}",
};
enum { OPEN = sizeof open_arrivals / sizeof *open_arrivals };

static void test_order_does_not_matter(void **state) {
    (void)state;
    for (int i = 0; i < OPEN; i++) {
        struct scenario *sc = with(open_arrivals[i], "{gamma: {mean: 5ms, cv: 2}}");
        struct jobs a, b;
        in_turn(first_of(sc), &a);
        out_of_turn(first_of(sc), &b);
        assert_memory_equal(&a, &b, sizeof a);
        for (int k = 1; k < JOBS; k++)
            assert_true(a.at[k] >= a.at[k - 1] && a.demand[k] >= 0);
        assert_true(a.at[0] >= -WARMUP);
        scenario_free(sc);
    }
}

/* Two scenarios: class `a` alone, and as the second of three in two pools. */
static void test_another_class_does_not_disturb(void **state) {
    (void)state;
    for (int i = 0; i < OPEN; i++) {
        char text[1200];
        snprintf(text, sizeof text,
                 "headroom: 1\nname: t\nclasses:\n"
                 "  - {name: a, arrivals: %s, route: [{pool: p, service: " SERVICE "}]}\n"
                 "pools:\n  - {name: p, workers: 9}\n",
                 open_arrivals[i]);
        struct scenario *alone = parse(text);
        snprintf(
            text, sizeof text,
            "headroom: 1\nname: other\nclasses:\n"
            "  - {name: b, arrivals: {poisson: {rate: 9/s}}, route: [{pool: q, service: " SERVICE
            "}]}\n"
            "  - {name: a, arrivals: %s, route: [{pool: p, service: " SERVICE "}]}\n"
            "  - {name: c, arrivals: %s, route: [{pool: p, service: " SERVICE "}]}\n"
            "pools:\n  - {name: q, workers: 1}\n  - {name: p, workers: 3}\n",
            open_arrivals[i], open_arrivals[i]);
        struct scenario *beside = parse(text);
        struct jobs a, b, c;
        in_turn(opened(alone, 0, SEED, REPLICATION), &a);
        in_turn(opened(beside, 1, SEED, REPLICATION), &b);
        in_turn(opened(beside, 2, SEED, REPLICATION), &c);
        assert_memory_equal(&a, &b, sizeof a);
        assert_memory_not_equal(a.demand, c.demand, sizeof a.demand); /* the name is in the key */
        scenario_free(alone);
        scenario_free(beside);
    }
}

/* Jobs of two streams that agree in a value: none, but for chance. */
static void check_differ(const struct jobs *a, const struct jobs *b) {
    int gaps = 0, demands = 0;
    for (int i = 1; i < JOBS; i++) {
        gaps += a->at[i] - a->at[i - 1] == b->at[i] - b->at[i - 1];
        demands += a->demand[i] == b->demand[i];
    }
    assert_true(gaps <= 1 && demands <= 1);
}

static void test_replications_differ(void **state) {
    (void)state;
    struct scenario *sc = with("{poisson: {rate: 50/s}}", SERVICE);
    struct jobs base, replication, seed, swapped;
    in_turn(opened(sc, 0, SEED, REPLICATION), &base);
    in_turn(opened(sc, 0, SEED, REPLICATION + 1), &replication);
    in_turn(opened(sc, 0, SEED + 1, REPLICATION), &seed);
    in_turn(opened(sc, 0, REPLICATION, SEED), &swapped);
    check_differ(&base, &replication);
    check_differ(&base, &seed);
    check_differ(&base, &swapped);
    check_differ(&replication, &seed);
    scenario_free(sc);
}

/* Twice the rate is half of each gap, twice the mean is twice each demand: cells of a sweep share
 * their dice (up to the rounding of each). */
static void test_cells_share_chance(void **state) {
    (void)state;
    struct scenario *slow = with("{poisson: {rate: 50/s}}", "{exponential: {mean: 100ms}}");
    struct scenario *fast = with("{poisson: {rate: 100/s}}", "{exponential: {mean: 200ms}}");
    struct jobs a, b;
    in_turn(first_of(slow), &a);
    in_turn(first_of(fast), &b);
    for (int i = 0; i < JOBS; i++) {
        assert_true(llabs(a.at[i] + WARMUP - 2 * (b.at[i] + WARMUP)) <= 2 * (i + 1));
        assert_true(llabs(b.demand[i] - 2 * a.demand[i]) <= 1);
    }
    scenario_free(slow);
    scenario_free(fast);
}

/* ---- by definition ---- */

static void test_poisson_by_definition(void **state) {
    (void)state;
    struct scenario *sc = with("{poisson: {rate: 2385/s}}", "{exponential: {mean: 8ms}}");
    struct source s = first_of(sc);
    struct dice arrival = dice_of("jobs", RNG_ARRIVAL), service = dice_of("jobs", RNG_SERVICE);
    nsec at = -WARMUP;
    for (uint64_t i = 0; i < JOBS; i++) {
        dice_item(&arrival, i);
        dice_item(&service, i);
        at += (nsec)round(variate_exponential(&arrival) * (1e9 / 2385));
        assert_true(source_next(&s) == at);
        assert_true(source_demand(&s, i) == (nsec)round(variate_exponential(&service) * 8e6));
    }
    scenario_free(sc);
}

static int ascending(const void *a, const void *b) {
    nsec x = *(const nsec *)a, y = *(const nsec *)b;
    return (x > y) - (x < y);
}

/* Gaps of MANY jobs against gamma of `shape` (1: exponential) and a mean in ns. */
static void check_gaps(const char *arrivals, double shape, double mean) {
    struct scenario *sc = with(arrivals, SERVICE);
    struct source s = first_of(sc);
    nsec *gap = malloc(MANY * sizeof *gap), last = -WARMUP;
    assert_non_null(gap);
    for (int i = 0; i < MANY; i++) {
        nsec at = source_next(&s);
        gap[i] = at - last;
        last = at;
    }
    double off = ((double)(last + WARMUP) / MANY / mean - 1) * sqrt(MANY * shape), most = 0;
    qsort(gap, MANY, sizeof *gap, ascending);
    for (int i = 0; i < MANY; i++) {
        double p = gsl_cdf_gamma_P((double)gap[i], shape, mean / shape);
        most = fmax(most, fmax(p - (double)i / MANY, (i + 1.0) / MANY - p));
    }
    print_message("  D sqrt(n) %.3f, mean gap off by %+.2f standard errors\n", most * sqrt(MANY),
                  off);
    free(gap);
    scenario_free(sc);
    assert_true(most * sqrt(MANY) < 1.95 && fabs(off) < 5);
}

static void test_poisson_rate(void **state) {
    (void)state;
    check_gaps("{poisson: {rate: 1000/s}}", 1, 1e6);
    check_gaps("{poisson: {rate: 30/min}}", 1, 2e9);
}

static void test_renewal(void **state) {
    (void)state;
    check_gaps("{renewal: {gap: {gamma: {mean: 20ms, cv: 0.5}}}}", 4, 2e7);
    struct scenario *sc = with("{renewal: {gap: {constant: 20ms}}}", SERVICE);
    struct source s = first_of(sc);
    for (nsec k = 1; k < 100; k++) /* the first after one gap */
        assert_true(source_next(&s) == -WARMUP + k * 20000000);
    scenario_free(sc);
    sc = with("{renewal: {gap: {constant: 20ms}, phase: 7ms}}", SERVICE);
    s = first_of(sc);
    for (nsec k = 1; k < 100; k++)
        assert_true(source_next(&s) == -WARMUP + 7000000 + k * 20000000);
    scenario_free(sc);
}

/* One job in 31 years is a rate that a scenario may ask for; a long gap must not wrap round. The
 * replication looked for is one whose first unit variate is large. */
static void test_rare_jobs_do_not_wrap(void **state) {
    (void)state;
    struct scenario *often = with("{poisson: {rate: 1/s}}", SERVICE);
    struct scenario *rare = with("{poisson: {rate: 1e-9/s}}", SERVICE);
    struct source s;
    uint64_t replication = 0;
    nsec gap;
    do {
        source_open(&s, &often->classes.items[0], SEED, ++replication, 0, NSEC_NEVER);
        gap = source_next(&s);
    } while (gap < 9300000000);
    source_open(&s, &rare->classes.items[0], SEED, replication, 0, NSEC_NEVER);
    assert_true(source_next(&s) > 3 * 365 * 86400 * NSEC_PER_SEC);
    scenario_free(often);
    scenario_free(rare);
}

/* k gaps after the begin, rounded once: at 3/s the third million still falls on a whole second. */
static void test_constant(void **state) {
    (void)state;
    struct scenario *plain = with("{constant: {rate: 3/s}}", SERVICE);
    struct scenario *moved = with("{constant: {rate: 3/s, phase: 250ms}}", SERVICE);
    struct source a = first_of(plain), b = first_of(moved);
    static const nsec third[] = {333333333, 666666667, 1000000000};
    for (nsec k = 0; k < 300000; k++) {
        nsec at = source_next(&a);
        assert_true(at == -WARMUP + k / 3 * NSEC_PER_SEC + third[k % 3]);
        assert_true(source_next(&b) == at + 250000000);
    }
    scenario_free(plain);
    scenario_free(moved);
}

/* ---- batches ---- */

/* The size of batch k: drawn at item k, rounded, at least 1. */
static uint64_t size_of(const struct scenario *sc, struct dice *dice, uint64_t k) {
    dice_item(dice, k);
    double size = round(dist_draw(&sc->classes.items[0].arrivals.size, dice));
    return size < 1 ? 1 : (uint64_t)size;
}

static void test_batches_by_the_clock(void **state) {
    (void)state;
    struct scenario *sc =
        with("{batch: {every: 100ms, phase: 7ms, size: {uniform: {min: 0, max: 9}}}}", SERVICE);
    struct source s = first_of(sc);
    struct dice dice = dice_of("jobs", RNG_BATCH);
    uint64_t jobs = 0;
    int ones = 0;
    for (uint64_t k = 0; k < 5000; k++) {
        uint64_t size = size_of(sc, &dice, k);
        ones += size == 1;
        for (uint64_t i = 0; i < size; i++)
            assert_true(source_next(&s) == -WARMUP + 7000000 + (nsec)(k + 1) * 100000000);
        jobs += size;
        assert_int_equal(s.index, jobs);
    }
    /* 0 and 1 become 1: 1.5 of 9; the mean is (1.5 + 2 + ... + 8 + 0.5 x 9) / 9 = 41 / 9 */
    assert_true(fabs(ones - 5000 * 1.5 / 9) < 5 * sqrt(5000 * 1.5 / 9 * 7.5 / 9));
    assert_true(fabs((double)jobs / 5000 - 41.0 / 9) < 5 * 2.55 / sqrt(5000));
    scenario_free(sc);
}

static void test_batches_at_random(void **state) {
    (void)state;
    struct scenario *sc = with("{batch: {rate: 10/s, size: {exponential: {mean: 5}}}}", SERVICE);
    struct source s = first_of(sc);
    struct dice sizes = dice_of("jobs", RNG_BATCH), arrival = dice_of("jobs", RNG_ARRIVAL);
    nsec at = -WARMUP;
    for (uint64_t k = 0; k < JOBS; k++) {
        uint64_t size = size_of(sc, &sizes, k);
        dice_item(&arrival, k);
        at += (nsec)round(variate_exponential(&arrival) * 1e8);
        for (uint64_t i = 0; i < size; i++)
            assert_true(source_next(&s) == at);
    }
    scenario_free(sc);
}

static void check_batch_size(const char *size, int jobs) {
    char arrivals[100];
    snprintf(arrivals, sizeof arrivals, "{batch: {every: 1s, size: %s}}", size);
    struct scenario *sc = with(arrivals, SERVICE);
    struct source s = first_of(sc);
    for (nsec k = 1; k <= 20; k++)
        for (int i = 0; i < jobs; i++)
            assert_true(source_next(&s) == -WARMUP + k * NSEC_PER_SEC);
    scenario_free(sc);
}

static void test_batch_sizes_are_rounded(void **state) {
    (void)state;
    check_batch_size("{constant: 3}", 3);
    check_batch_size("{constant: 2.4}", 2);
    check_batch_size("{constant: 2.6}", 3);
    check_batch_size("{constant: 0.2}", 1);
    check_batch_size("{constant: 0}", 1);
}

/* ---- rates that move ---- */

/* One phase, or one point, is Poisson: the same gaps, but for the rounding of each. */
static void test_a_rate_that_stands_still(void **state) {
    (void)state;
    static const char *const moving[] = {
        "{mmpp: {rates: [2385/s], dwell: [70ms]}}",
        "{mmpp: {rates: [2385/s, 2385/s], dwell: [5ms, 9ms]}}",
        "{profile: {points: [[0s, 2385/s]]}}", "{profile: {points: [[0s, 2385/s]], repeat: 30ms}}",
        "{profile: {shape: linear, points: [[0s, 2385/s], [1s, 2385/s]]}}"};
    struct scenario *poisson = with("{poisson: {rate: 2385/s}}", SERVICE);
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) {
        struct scenario *sc = with(moving[i], SERVICE);
        struct source a = first_of(poisson), b = first_of(sc);
        for (int k = 1; k <= 20000; k++)
            if (llabs(source_next(&a) - source_next(&b)) > k)
                fail_msg("%s: job %d", moving[i], k);
        scenario_free(sc);
    }
    scenario_free(poisson);
}

/* A rate by corners (seconds, a second), a straight line between two of them; integrated here. */
struct corner {
    double t, rate;
};

static double integral(const struct corner *c, double from, double to) {
    double sum = 0;
    for (; c[1].t > c[0].t || c[1].rate < c[0].rate || c[1].rate > c[0].rate; c++) {
        double a = fmax(from, c[0].t), b = fmin(to, c[1].t);
        if (b <= a)
            continue;
        double slope = (c[1].rate - c[0].rate) / (c[1].t - c[0].t);
        sum += (b - a) * (c[0].rate + slope * ((a + b) / 2 - c[0].t));
    }
    return sum;
}

/* The warm-up is 2 s. Each list ends with its last corner twice. */
static const struct moving {
    const char *text;
    struct corner corners[20];
} profiles[] = {
    {"{profile: {points: [[0s, 100/s], [2s, 500/s], [4s, 0/s], [5s, 20/s]]}}",
     {{-2, 100}, {2, 100}, {2, 500}, {4, 500}, {4, 0}, {5, 0}, {5, 20}, {9, 20}, {9, 20}}},
    {"{profile: {points: [[0s, 100/s], [2s, 500/s], [4s, 0/s], [5s, 0/s]], shape: linear}}",
     {{-2, 100}, {0, 100}, {2, 500}, {4, 0}, {9, 0}, {9, 0}}},
    {"{profile: {points: [[0s, 0/s], [1s, 300/s], [1s, 30/s], [2s, 30/s]], shape: linear, "
     "repeat: 3s}}",
     {{-2, 0},
      {0, 0},
      {1, 300},
      {1, 30},
      {3, 30},
      {3, 0},
      {4, 300},
      {4, 30},
      {6, 30},
      {6, 0},
      {7, 300},
      {7, 30},
      {9, 30},
      {9, 30}}},
    {"{profile: {points: [[0s, 0/s], [1s, 400/s]], repeat: 1500ms}}",
     {{-2, 0},
      {1, 0},
      {1, 400},
      {1.5, 400},
      {1.5, 0},
      {2.5, 0},
      {2.5, 400},
      {3, 400},
      {3, 0},
      {4, 0},
      {4, 400},
      {4.5, 400},
      {4.5, 0},
      {5.5, 0},
      {5.5, 400},
      {6, 400},
      {6, 0},
      {6, 0}}},
};
enum { PROFILES = sizeof profiles / sizeof *profiles };

/* The integrated rate at instant k is the sum of the first k unit exponentials. */
static void test_profiles_by_definition(void **state) {
    (void)state;
    for (int i = 0; i < PROFILES; i++) {
        struct scenario *sc = with(profiles[i].text, SERVICE);
        const struct corner *corners = profiles[i].corners;
        struct source s = first_of(sc);
        struct dice arrival = dice_of("jobs", RNG_ARRIVAL);
        double sum = 0, all = integral(corners, -2, 99), end = corners->t;
        for (const struct corner *c = corners;
             c[1].t > c->t || c[1].rate < c->rate || c[1].rate > c->rate; c++)
            end = c[1].t;
        for (uint64_t k = 0;; k++) {
            dice_item(&arrival, k);
            sum += variate_exponential(&arrival);
            nsec at = source_next(&s);
            if (sum >= all) {
                assert_true(nsec_seconds(at) >= end && k > 500);
                break;
            }
            double reached = integral(corners, -2, nsec_seconds(at));
            if (!(fabs(reached - sum) < 1e-6))
                fail_msg("%s: job %d at %.9g: %.12g, not %.12g", profiles[i].text, (int)k,
                         nsec_seconds(at), reached, sum);
        }
        scenario_free(sc);
    }
}

/* Who ends at rate 0 has no more jobs. */
static void test_profile_that_ends(void **state) {
    (void)state;
    struct scenario *sc = with("{profile: {points: [[0s, 100/s], [3s, 0/s]]}}", SERVICE);
    struct source s = first_of(sc);
    nsec at, last = 0;
    while ((at = source_next(&s)) != NSEC_NEVER)
        last = at;
    assert_true(last > 2800000000 && last <= 3000000000 && s.index > 400 && s.index < 600);
    for (int i = 0; i < 3; i++)
        assert_true(source_next(&s) == NSEC_NEVER);
    scenario_free(sc);
}

/* Counts in 44 windows of 250 ms over many replications against the integrals: chi-square. */
static void test_profile_counts(void **state) {
    (void)state;
    enum { WINDOWS = 44, REPLICATIONS = 400 };
    for (int i = 0; i < PROFILES; i++) {
        struct scenario *sc = with(profiles[i].text, SERVICE);
        double count[WINDOWS] = {0}, chi = 0;
        int freedom = 0;
        for (uint64_t r = 1; r <= REPLICATIONS; r++) {
            struct source s;
            source_open(&s, &sc->classes.items[0], SEED, r, -WARMUP, 4 * NSEC_PER_SEC);
            for (nsec at; (at = source_next(&s)) != NSEC_NEVER;)
                count[(at + WARMUP) / 250000000]++;
        }
        for (int w = 0; w < WINDOWS; w++) {
            double from = -2 + w * 0.25;
            double wanted = REPLICATIONS * integral(profiles[i].corners, from, from + 0.25);
            if (from >= 4 || !(wanted > 0)) {
                assert_true(count[w] <= 0);
                continue;
            }
            chi += (count[w] - wanted) * (count[w] - wanted) / wanted;
            freedom++;
        }
        print_message("  chi-square %.1f of %d degrees\n", chi, freedom);
        scenario_free(sc);
        assert_true(freedom >= 4 && gsl_cdf_chisq_Q(chi, freedom) > 0.001);
    }
}

/* Phases by definition: the first one by its share, then in a circle, each as long as its die. */
static void test_mmpp_by_definition(void **state) {
    (void)state;
    struct scenario *sc =
        with("{mmpp: {rates: [200/s, 0/s, 50/s], dwell: [100ms, 300ms, 600ms]}}", SERVICE);
    static const double rates[] = {200, 0, 50}, dwell[] = {1e8, 3e8, 6e8};
    struct source s = first_of(sc);
    struct dice phases = dice_of("jobs", RNG_PHASE), arrival = dice_of("jobs", RNG_ARRIVAL);
    dice_item(&phases, 0);
    double share = variate_uniform(&phases);
    uint64_t phase = share < 0.1 ? 0 : share < 0.4 ? 1 : 2, k = 0;
    double sum = 0, before = 0;
    nsec begin = -WARMUP;
    for (uint64_t job = 0; job < 5000; job++) {
        dice_item(&arrival, job);
        sum += variate_exponential(&arrival);
        for (;;) {
            dice_item(&phases, k + 1);
            nsec length = (nsec)round(variate_exponential(&phases) * dwell[phase]);
            double area = rates[phase] * nsec_seconds(length);
            if (before + area >= sum)
                break;
            before += area;
            begin += length;
            phase = (phase + 1) % 3;
            k++;
        }
        double at = (double)begin + (sum - before) / rates[phase] * 1e9;
        assert_true(fabs((double)source_next(&s) - at) < 2);
    }
    assert_true(k > 200);
    scenario_free(sc);
}

/* N(0, t) of two phases from a stationary start: its mean is the mean rate times t, its variance
 * over its mean is
 *     1 + 2 r1 r2 (l1 - l2)^2 / ((r1 + r2)^2 (l1 r2 + l2 r1)) (1 - (1 - e^-(r1 + r2)t) / (r1 +
 * r2)t) (Heffes and Lucantoni, 1986); r: rates of leaving a phase. */
static void check_dispersion(double l1, double l2, double d1, double d2, double t) {
    enum { REPLICATIONS = 20000 };
    char arrivals[120];
    snprintf(arrivals, sizeof arrivals, "{mmpp: {rates: [%g/s, %g/s], dwell: [%gs, %gs]}}", l1, l2,
             d1, d2);
    struct scenario *sc = with(arrivals, SERVICE);
    double mean = 0, square = 0, fourth = 0, first = 0;
    static double n[REPLICATIONS];
    for (uint64_t r = 0; r < REPLICATIONS; r++) {
        struct source s;
        source_open(&s, &sc->classes.items[0], SEED, r, -WARMUP, (nsec)(t * 1e9) - WARMUP);
        first += s.first_phase == 0;
        while (source_next(&s) != NSEC_NEVER)
            n[r]++;
        mean += n[r] / REPLICATIONS;
    }
    for (int r = 0; r < REPLICATIONS; r++) {
        square += (n[r] - mean) * (n[r] - mean) / REPLICATIONS;
        fourth += pow(n[r] - mean, 4) / REPLICATIONS;
        n[r] = 0;
    }
    double r1 = 1 / d1, r2 = 1 / d2, x = (r1 + r2) * t, rate = (l1 * d1 + l2 * d2) / (d1 + d2);
    double index = 1 + 2 * r1 * r2 * (l1 - l2) * (l1 - l2) /
                           ((r1 + r2) * (r1 + r2) * (l1 * r2 + l2 * r1)) * (1 + expm1(-x) / x);
    double off = (mean - rate * t) / sqrt(square / REPLICATIONS);
    double spread = (square - index * rate * t) / sqrt((fourth - square * square) / REPLICATIONS);
    double share = (first / REPLICATIONS - d1 / (d1 + d2)) /
                   sqrt(d1 * d2 / (d1 + d2) / (d1 + d2) / REPLICATIONS);
    print_message("  mean %.4g, dispersion %.4g; off by %+.2f, %+.2f and %+.2f standard errors\n",
                  mean, index, off, spread, share);
    assert_true(fabs(scenario_class_rate(&sc->classes.items[0]) - rate) < 1e-9 * rate);
    scenario_free(sc);
    assert_true(fabs(off) < 4 && fabs(spread) < 4 && fabs(share) < 4);
}

static void test_mmpp_dispersion(void **state) {
    (void)state;
    check_dispersion(1.4, 0, 10, 10, 40);
    check_dispersion(4, 14, 100, 20, 50);
    check_dispersion(300, 20, 0.02, 0.08, 1);
    check_dispersion(0, 500, 0.5, 0.01, 0.05);
}

/* ---- the end ---- */

/* The same instants as without an end, up to it; then none. */
static void test_until(void **state) {
    (void)state;
    static const nsec end = 3 * NSEC_PER_SEC;
    for (int i = 0; i < OPEN; i++) {
        struct scenario *sc = with(open_arrivals[i], SERVICE);
        struct source endless = first_of(sc), s;
        source_open(&s, &sc->classes.items[0], SEED, REPLICATION, -WARMUP, end);
        nsec at;
        while ((at = source_next(&endless)) < end)
            assert_true(source_next(&s) == at);
        for (int k = 0; k < 100; k++)
            assert_true(source_next(&s) == NSEC_NEVER);
        assert_false(source_ended(&s, end - 1));
        assert_true(source_ended(&s, end));
        scenario_free(sc);
    }
}

/* ---- traces ---- */

static void write_trace(char *file, const char *rows) {
    int descriptor = mkstemp(file);
    assert_true(descriptor >= 0);
    assert_true(dprintf(descriptor, "%s", rows) == (int)strlen(rows));
    close(descriptor);
}

static struct scenario *of_trace(const char *keys, const char *service) {
    char file[] = "/tmp/headroom-test-XXXXXX", arrivals[300];
    write_trace(file, "took_ms,what,start_ms\n2.385,a,0\n10,b,0\n0.5,c,1000.25\n7,d,2500\n");
    snprintf(arrivals, sizeof arrivals, "{trace: {file: %s, time: start_ms, unit: ms%s}}", file,
             keys);
    struct scenario *sc = with(arrivals, service);
    unlink(file);
    return sc;
}

static void check_trace(const char *keys, const nsec *at, const nsec *demand) {
    struct scenario *sc = of_trace(keys, NULL);
    struct source s;
    source_open(&s, &sc->classes.items[0], SEED, REPLICATION, 0, NSEC_NEVER);
    for (int i = 0; i < 4; i++)
        assert_true(source_next(&s) == at[i]);
    for (int i = 0; i < 3; i++) /* and it stays at its end */
        assert_true(source_next(&s) == NSEC_NEVER);
    for (uint64_t i = 4; i-- > 0;)
        assert_true(source_demand(&s, i) == demand[i]);
    scenario_free(sc);
}

static void test_trace(void **state) {
    (void)state;
    static const nsec at[] = {0, 0, 1000250000, 2500000000},
                      demand[] = {2385000, 10000000, 500000, 7000000};
    static const nsec at_100[] = {0, 0, 10002500, 25000000},
                      demand_100[] = {23850, 100000, 5000, 70000};
    static const nsec at_x2[] = {0, 0, 500125000, 1250000000};
    check_trace(", service: took_ms", at, demand);
    check_trace(", service: took_ms, time_scale: 100", at_100, demand_100);
    check_trace(", service: took_ms, rate: x2", at_x2, demand);
}

/* Without a service column `service:` draws them, as in any other class. */
static void test_trace_with_drawn_services(void **state) {
    (void)state;
    struct scenario *sc = of_trace("", "{exponential: {mean: 8ms}}");
    struct source s = first_of(sc);
    struct dice service = dice_of("jobs", RNG_SERVICE);
    for (uint64_t i = 0; i < 4; i++) {
        dice_item(&service, i);
        assert_true(source_demand(&s, i) == (nsec)round(variate_exponential(&service) * 8e6));
    }
    scenario_free(sc);
}

/* ---- closed classes ---- */

enum { CLIENTS = 20, CYCLES = 50 };

static void test_closed(void **state) {
    (void)state;
    struct scenario *sc = with("{closed: {clients: 20, think: {exponential: {mean: 300ms}}}}",
                               "{exponential: {mean: 8ms}}");
    struct source s = first_of(sc), backwards = first_of(sc);
    struct dice think = dice_of("jobs", RNG_THINK), service = dice_of("jobs", RNG_SERVICE);
    nsec first[CLIENTS][CYCLES];
    assert_true(source_closed(&s) && source_next(&s) == NSEC_NEVER);
    for (uint32_t client = 0; client < CLIENTS; client++)
        for (uint32_t cycle = 0; cycle < CYCLES; cycle++) {
            uint64_t item = (uint64_t)client << 32 | cycle;
            dice_item(&think, item);
            dice_item(&service, item);
            first[client][cycle] = source_think(&s, client, cycle);
            assert_true(first[client][cycle] == (nsec)round(variate_exponential(&think) * 3e8));
            assert_true(source_demand(&s, job_closed_index(client, cycle)) ==
                        (nsec)round(variate_exponential(&service) * 8e6));
        }
    for (uint32_t cycle = CYCLES; cycle-- > 0;)
        for (uint32_t client = CLIENTS; client-- > 0;)
            assert_true(source_think(&backwards, client, cycle) == first[client][cycle]);
    assert_true(first[1][2] != first[2][1] && first[0][1] != first[1][0]);
    scenario_free(sc);
}

/* Batch by batch gives the instants and the number of jobs that job by job does. */
static void test_next_batch(void **state) {
    (void)state;
    struct scenario *sc =
        with("{batch: {rate: 100/s, size: {uniform: {min: 1, max: 9}}}}", "{constant: 1ms}");
    struct source jobs, batches;
    source_open(&jobs, &sc->classes.items[0], 1, 1, 0, NSEC_NEVER);
    source_open(&batches, &sc->classes.items[0], 1, 1, 0, NSEC_NEVER);
    for (int i = 0; i < 200; i++) {
        uint64_t size;
        nsec at = source_next_batch(&batches, &size);
        assert_true(size >= 1 && size <= 9);
        while (size-- > 0)
            assert_true(source_next(&jobs) == at);
        assert_true(jobs.index == batches.index);
    }
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_another_class_does_not_disturb),
        cmocka_unit_test(test_replications_differ),
        cmocka_unit_test(test_cells_share_chance),
        cmocka_unit_test(test_poisson_by_definition),
        cmocka_unit_test(test_poisson_rate),
        cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_batches_by_the_clock),
        cmocka_unit_test(test_batches_at_random),
        cmocka_unit_test(test_batch_sizes_are_rounded),
        cmocka_unit_test(test_a_rate_that_stands_still),
        cmocka_unit_test(test_profiles_by_definition),
        cmocka_unit_test(test_profile_that_ends),
        cmocka_unit_test(test_profile_counts),
        cmocka_unit_test(test_mmpp_by_definition),
        cmocka_unit_test(test_mmpp_dispersion),
        cmocka_unit_test(test_until),
        cmocka_unit_test(test_trace),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_rare_jobs_do_not_wrap),
        cmocka_unit_test(test_trace_with_drawn_services),
        cmocka_unit_test(test_next_batch),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
