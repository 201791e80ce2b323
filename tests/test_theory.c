/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_theory: what queueing theory says of a scenario, against exact answers of the oracles:
 * family A (M/M/c), B (M/M/c/K) and C (the means of M/G/1), computed at 40 digits; and which
 * figures are marked exact, approximate, or refused with a reason.
 *
 * Mean service is 1 s in all tables. Erlang's B and C at a few points are of published tables
 * (Gross et al., Fundamentals of Queueing Theory, 4th ed., ch. 2).
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
#include <sys/wait.h>
#include <unistd.h>

#include "model/erlang.h"
#include "model/models.h"
#include "tests/parse.h"

#define EXACT 1e-6

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)

/* Arrivals, service, pool and the rest of a scenario in the short form. */
static struct scenario *scenario_of(const char *arrivals, const char *service, const char *pool,
                                    const char *rest) {
    char text[500];
    snprintf(text, sizeof text, "headroom: 1\nname: t\narrivals: %s\nservice: %s\npool: %s\n%s\n",
             arrivals, service, pool, rest);
    return parse(text);
}

static struct scenario *poisson(double rate, const char *service, unsigned workers,
                                const char *capacity) {
    char arrivals[80], pool[100];
    snprintf(arrivals, sizeof arrivals, "{poisson: {rate: %.15g/s}}", rate);
    snprintf(pool, sizeof pool, "{workers: %u, queue: {capacity: %s, when_full: reject}}", workers,
             capacity);
    return scenario_of(arrivals, service, pool, "");
}

/* ---- tables ---- */

enum { COLUMNS = 20 };

/* Numbers of a comma-separated row from its `skip`-th cell on; their count. */
static int numbers(char *line, int skip, double *x) {
    int n = 0;
    char *save = NULL, *cell = strtok_r(line, ",\n", &save);
    for (; cell && n < COLUMNS; cell = strtok_r(NULL, ",\n", &save))
        if (skip-- <= 0)
            x[n++] = strtod(cell, NULL);
    return n;
}

/* How many of a case's figures stray; each is printed. */
static int stray;

static void figure(const char *id, const char *what, struct theory_figure f, enum theory_mark mark,
                   double wanted) {
    bool ok = fabs(f.value - wanted) <= EXACT * fabs(wanted) + 1e-12 && f.mark == mark;
    if (ok)
        return;
    print_message("  %s %s: %.12g, not %.12g (%.1e), mark %d\n", id, what, f.value, wanted,
                  f.value / wanted - 1, (int)f.mark);
    stray++;
}

typedef void row_fn(const char *id, const double *x, const char *kind);

/* Every row of a table whose numbers begin at cell `skip`; the cell before is the kind. */
static int rows_of(const char *file, int skip, int columns, row_fn *check) {
    char line[600], copy[600], id[40], kind[40] = "";
    double x[COLUMNS];
    int rows = 0;
    FILE *from = fopen(file, "r");
    assert_non_null(from);
    stray = 0;
    assert_non_null(fgets(line, sizeof line, from));
    while (fgets(line, sizeof line, from)) {
        memcpy(copy, line, sizeof line);
        assert_true(sscanf(line, "%39[^,],%39[^,]", id, kind) == 2);
        assert_int_equal(numbers(copy, skip, x), columns);
        check(id, x, kind);
        rows++;
    }
    fclose(from);
    return rows;
}

/* The percentiles of `t` at p50 p90 p99 p999; p95 is not in the tables. */
static const int place[] = {0, 1, 3, 4};

static void quantiles(const char *id, const char *what, const struct theory_figure *f, int count,
                      const double *wanted) {
    for (int i = 0; i < count; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s p%g", what, 100 * result_p[place[i]]);
        figure(id, name, f[place[i]], THEORY_EXACT, wanted[i]);
    }
}

/* c, lambda, p_wait, Wq, W, Lq, L, utilisation, Wq and W at p50 p90 p99 p99.9 */
static void check_mmc(const char *id, const double *x, const char *kind) {
    (void)kind;
    struct scenario *sc = poisson(x[1], "{exponential: {mean: 1s}}", (unsigned)x[0], "unbounded");
    struct theory t;
    theory_of(&t, sc);
    figure(id, "p_wait", t.wait_probability, THEORY_EXACT, x[2]);
    figure(id, "wait", t.wait_mean, THEORY_EXACT, x[3]);
    figure(id, "response", t.response_mean, THEORY_EXACT, x[4]);
    figure(id, "queue", t.queue_length, THEORY_EXACT, x[5]);
    figure(id, "in system", t.in_system, THEORY_EXACT, x[6]);
    figure(id, "utilisation", t.utilisation, THEORY_EXACT, x[7]);
    figure(id, "throughput", t.throughput, THEORY_EXACT, x[1]);
    figure(id, "rejected", t.rejected_share, THEORY_EXACT, 0);
    quantiles(id, "wait", t.wait, 4, x + 8);
    quantiles(id, "response", t.response, 4, x + 12);
    for (int i = 0; i < 4; i++)
        near(theory_response(&t, result_p[place[i]]) / t.response[place[i]].value, 1, 1e-9);
    theory_free(&t);
    scenario_free(sc);
}

static void test_mmc(void **state) {
    (void)state;
    assert_int_equal(rows_of("tests/oracles/mmc.csv", 1, 16, check_mmc), 27);
    assert_int_equal(stray, 0);
}

/* c, capacity, lambda, loss, throughput, L, Lq, utilisation, Wq, W, p_wait, Wq and W at p50 p90
 * p99; a queue that loses less than 1e-9 of its jobs is taken for unbounded (theory.c). */
static void check_mmck(const char *id, const double *x, const char *kind) {
    (void)kind;
    char capacity[20];
    snprintf(capacity, sizeof capacity, "%.0f", x[1]);
    struct scenario *sc = poisson(x[2], "{exponential: {mean: 1s}}", (unsigned)x[0], capacity);
    struct theory t;
    theory_of(&t, sc);
    figure(id, "rejected", t.rejected_share, THEORY_EXACT, x[3] < 1e-9 ? 0 : x[3]);
    figure(id, "throughput", t.throughput, THEORY_EXACT, x[4]);
    figure(id, "in system", t.in_system, THEORY_EXACT, x[5]);
    figure(id, "queue", t.queue_length, THEORY_EXACT, x[6]);
    figure(id, "utilisation", t.utilisation, THEORY_EXACT, x[7]);
    figure(id, "wait", t.wait_mean, THEORY_EXACT, x[8]);
    figure(id, "response", t.response_mean, THEORY_EXACT, x[9]);
    figure(id, "p_wait", t.wait_probability, THEORY_EXACT, x[10]);
    quantiles(id, "wait", t.wait, 3, x + 11);
    quantiles(id, "response", t.response, 3, x + 14);
    theory_free(&t);
    scenario_free(sc);
}

static void test_mmck(void **state) {
    (void)state;
    assert_int_equal(rows_of("tests/oracles/mmck.csv", 1, 17, check_mmck), 31);
    assert_int_equal(stray, 0);
}

/* One worker, in closed form: the response is exponential of rate mu - lambda, and so is the wait
 * of those who wait. Light loads are the hard ones: the wait then dies out faster than the service.
 */
static void test_mm1(void **state) {
    (void)state;
    static const double loads[] = {0.05, 0.2, 0.5, 0.65, 0.9, 0.99, 0.999};
    stray = 0;
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        struct scenario *sc = poisson(loads[i], "{exponential: {mean: 1s}}", 1, "unbounded");
        struct theory t;
        char id[40];
        snprintf(id, sizeof id, "M/M/1 at %g", loads[i]);
        theory_of(&t, sc);
        for (int k = 0; k < RESULT_PERCENTILES; k++) {
            double p = result_p[k], free_of = 1 - loads[i];
            figure(id, "wait", t.wait[k], THEORY_EXACT, fmax(0, log(loads[i] / (1 - p)) / free_of));
            figure(id, "response", t.response[k], THEORY_EXACT, -log1p(-p) / free_of);
        }
        theory_free(&t);
        scenario_free(sc);
    }
    assert_int_equal(stray, 0);
}

/* ---- Pollaczek and Khinchine ---- */

static void service_of(char *out, size_t size, const char *kind, double cv) {
    if (!strcmp(kind, "deterministic"))
        snprintf(out, size, "{constant: 1s}");
    else if (!strcmp(kind, "exponential"))
        snprintf(out, size, "{exponential: {mean: 1s}}");
    else if (!strcmp(kind, "uniform"))
        snprintf(out, size, "{uniform: {min: 0s, max: 2s}}");
    else
        snprintf(out, size, "{%s: {mean: 1s, cv: %.17g}}", kind, cv);
}

/* cv, lambda, p_wait, Wq, W, Lq, L */
static void check_mg1(const char *id, const double *x, const char *kind) {
    char service[100];
    service_of(service, sizeof service, kind, x[0]);
    struct scenario *sc = poisson(x[1], service, 1, "unbounded");
    struct theory t;
    theory_of(&t, sc);
    figure(id, "p_wait", t.wait_probability, THEORY_EXACT, x[2]);
    figure(id, "wait", t.wait_mean, THEORY_EXACT, x[3]);
    figure(id, "response", t.response_mean, THEORY_EXACT, x[4]);
    figure(id, "queue", t.queue_length, THEORY_EXACT, x[5]);
    figure(id, "in system", t.in_system, THEORY_EXACT, x[6]);
    figure(id, "utilisation", t.utilisation, THEORY_EXACT, x[1]);
    assert_int_equal(t.wait[0].mark, THEORY_EXACT);
    theory_free(&t);
    scenario_free(sc);
}

static void test_mg1(void **state) {
    (void)state;
    assert_int_equal(rows_of("tests/oracles/mg1.csv", 2, 7, check_mg1), 29);
    assert_int_equal(stray, 0);
}

/* ---- Erlang ---- */

/* By the recursion B(k) = a B(k-1) / (k + a B(k-1)) in decimals of 60 digits. */
static void test_erlang(void **state) {
    (void)state;
    near(erlang_b(1, 1), 0.5, 1e-15);
    near(erlang_b(2, 2), 0.4, 1e-15);
    near(erlang_b(3, 5), 0.110054347826086957, 1e-15);
    near(erlang_b(10, 10), 0.214582343107347341, 1e-15);
    near(erlang_b(2000, 2000), 0.0176308075297673243, 1e-14);
    near(erlang_b(1900, 2000), 0.000678969296498601926, 1e-16);
    near(erlang_b(5000, 2000), 0.600133185496984149, 1e-13);
    near(erlang_c(0.7, 1), 0.7, 1e-15);
    near(erlang_c(1.4, 2), 0.576470588235294118, 1e-15);
    near(erlang_c(10, 12), 0.449388224298270869, 1e-14);
    near(erlang_c(1900, 2000), 0.0134064373031903431, 1e-14);
    near(erlang_c(1999, 2000), 0.972415843239052072, 1e-12);
    near(erlang_b(0, 4), 0, 0);
    near(erlang_b(1e6, 1e6), sqrt(2 / (1e6 * acos(-1.0))), 1e-6); /* to first order */
}

/* No state's probability overflows: 2000 workers and as many places, at full load and beyond. */
static void test_many_workers(void **state) {
    (void)state;
    struct scenario *sc = poisson(2000, "{constant: 1s}", 2000, "0");
    struct theory t;
    theory_of(&t, sc);
    near(t.rejected_share.value / 0.0176308075297673243, 1, EXACT);
    near(t.throughput.value, 2000 * (1 - 0.0176308075297673243), 1e-6);
    theory_free(&t);
    scenario_free(sc);
    sc = poisson(6000, "{constant: 1s}", 2000, "500"); /* thrice the load: 2/3 are lost */
    theory_of(&t, sc);
    near(t.rejected_share.value, 2 / 3.0, 1e-12);
    near(t.utilisation.value, 1, 1e-12);
    assert_true(t.wait_mean.value > 0.24 && t.wait_mean.value < 0.25 && isfinite(t.wait[4].value));
    theory_free(&t);
    scenario_free(sc);
}

/* ---- what holds ---- */

struct marks {
    enum theory_mark rates, waiting, means, percentiles;
};
#define ALL_EXACT ((struct marks){THEORY_EXACT, THEORY_EXACT, THEORY_EXACT, THEORY_EXACT})
#define ALL_ABOUT ((struct marks){THEORY_ABOUT, THEORY_ABOUT, THEORY_ABOUT, THEORY_ABOUT})
#define RATES_EXACT ((struct marks){THEORY_EXACT, THEORY_ABOUT, THEORY_ABOUT, THEORY_ABOUT})

static void check_finite(const struct theory *t) {
    const struct theory_figure *all[] = {&t->throughput,       &t->utilisation,    &t->queue_length,
                                         &t->in_system,        &t->rejected_share, &t->wait_mean,
                                         &t->wait_probability, &t->response_mean};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_true(isfinite(all[i]->value) && all[i]->value >= 0);
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        if (!isfinite(t->wait[i].value) || !isfinite(t->response[i].value))
            fail_msg("%s: p%g: wait %g, response %g", t->name, 100 * result_p[i], t->wait[i].value,
                     t->response[i].value);
        assert_true(t->response[i].value >= t->wait[i].value);
        assert_true(i == 0 || t->response[i].value >= t->response[i - 1].value * (1 - 2e-9));
    }
}

/* Takes the scenario. */
static void scenario_holds(const char *name, struct marks m, struct scenario *sc) {
    struct theory t;
    theory_of(&t, sc);
    assert_null(t.reason);
    assert_string_equal(t.name, name);
    assert_true(t.throughput.mark == m.rates && t.utilisation.mark == m.rates);
    assert_true(t.rejected_share.mark == m.rates);
    assert_int_equal(t.wait_probability.mark, m.waiting);
    assert_true(t.wait_mean.mark == m.means && t.response_mean.mark == m.means);
    assert_true(t.queue_length.mark == m.means && t.in_system.mark == m.means);
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        assert_true(t.wait[i].mark == m.percentiles && t.response[i].mark == m.percentiles);
    assert_true(isnan(t.fluid_slope));
    check_finite(&t);
    theory_free(&t);
    scenario_free(sc);
}

static void holds(const char *name, struct marks m, const char *arrivals, const char *service,
                  const char *pool) {
    scenario_holds(name, m, scenario_of(arrivals, service, pool, ""));
}

#define POISSON "{poisson: {rate: 14/s}}"
#define CLOCK "{constant: {rate: 14/s}}"
#define MEMORYLESS "{exponential: {mean: 100ms}}"
#define HUMP "{gamma: {mean: 100ms, cv: 0.5}}"
#define TWO "{workers: 2}"
#define TWO_AND_FIVE "{workers: 2, queue: {capacity: 5, when_full: reject}}"

static void test_exact_models(void **state) {
    (void)state;
    holds("M/M/2", ALL_EXACT, POISSON, MEMORYLESS, TWO);
    holds("M/M/2/7", ALL_EXACT, POISSON, MEMORYLESS, TWO_AND_FIVE);
    holds("M/M/2/2", ALL_EXACT, POISSON, MEMORYLESS,
          "{workers: 2, queue: {capacity: 0, when_full: reject}}");
    holds("M/M/1/6", ALL_EXACT, POISSON, MEMORYLESS, /* overloaded, but bounded */
          "{workers: 1, queue: {capacity: 5, when_full: reject}}");
}

/* A thread for every job: M/G/inf by hand, and closed clients who never wait. The p99 of a Poisson
 * variable of mean 20 is 31 (its cdf is 0.9919 there, 0.9865 at 30). */
static void test_thread_per_job(void **state) {
    (void)state;
    struct theory t;
    struct scenario *sc = scenario_of("{poisson: {rate: 400/s}}", "{exponential: {mean: 50ms}}",
                                      "{threads: per_job}", "");
    theory_of(&t, sc);
    assert_string_equal(t.name, "M/M/inf");
    assert_true(t.in_system.mark == THEORY_EXACT && t.wait_mean.mark == THEORY_EXACT);
    near(t.in_system.value, 20, EXACT);
    near(t.wait_mean.value, 0, 0);
    near(t.wait_probability.value, 0, 0);
    near(t.throughput.value, 400, EXACT);
    near(t.response[3].value, 0.05 * log(100), 1e-9);
    assert_int_equal(t.utilisation.mark, THEORY_NONE);
    assert_string_equal(t.note, "threads at once: Poisson, mean 20; 99 % of the time at most 31");
    theory_free(&t);
    scenario_free(sc);
    sc = scenario_of("{closed: {clients: 30, think: {constant: 50ms}}}", HUMP, "{threads: per_job}",
                     "");
    theory_of(&t, sc);
    assert_string_equal(t.method, "infinite servers");
    near(t.throughput.value, 200, EXACT);
    near(t.in_system.value, 20, EXACT);
    theory_free(&t);
    scenario_free(sc);
    sc = scenario_of(POISSON, HUMP, "{threads: per_job}", "timeout: 1s\n"); /* nobody gives up */
    theory_of(&t, sc);
    assert_string_equal(t.name, "M/G/inf");
    near(t.rejected_share.value, 0, 0);
    theory_free(&t);
    scenario_free(sc);
}

static void test_exact_general_models(void **state) {
    (void)state;
    holds("M/G/1", ALL_EXACT, "{poisson: {rate: 7/s}}", HUMP, "{workers: 1}");
    holds("M/D/1", ALL_EXACT, "{poisson: {rate: 7/s}}", "{constant: 100ms}", "{workers: 1}");
    holds("M/D/2", ALL_EXACT, POISSON, "{constant: 100ms}", TWO);
    holds("D/M/2", ALL_EXACT, CLOCK, MEMORYLESS, TWO);
    holds("D/D/2", ALL_EXACT, CLOCK, "{constant: 100ms}", TWO);
    holds("GI/M/2", ALL_EXACT, "{renewal: {gap: {gamma: {mean: 70ms, cv: 0.3}}}}", MEMORYLESS, TWO);
    holds("M/G/2/2", ALL_EXACT, POISSON, HUMP, /* Erlang B is insensitive, and nobody waits */
          "{workers: 2, queue: {capacity: 0, when_full: reject}}");
    holds("M/M/2//5", ALL_EXACT, "{closed: {clients: 5, think: {exponential: {mean: 1s}}}}",
          MEMORYLESS, TWO);
    holds("G/M/2//5", ALL_EXACT, "{closed: {clients: 5, think: {constant: 1s}}}", MEMORYLESS, TWO);
}

static void test_half_exact_models(void **state) {
    (void)state;
    holds("M/G/2", RATES_EXACT, POISSON, HUMP, TWO);
    holds("D/G/1", RATES_EXACT, "{constant: {rate: 7/s}}", HUMP, "{workers: 1}");
    holds("GI/G/1", RATES_EXACT, "{renewal: {gap: {uniform: {min: 100ms, max: 200ms}}}}", HUMP,
          "{workers: 1}");
}

/* Too many workers at too high a load for the exact formula: the approximation, quickly. */
static void test_not_affordable(void **state) {
    (void)state;
    holds("M/D/5000", RATES_EXACT, "{poisson: {rate: 49999/s}}", "{constant: 100ms}",
          "{workers: 5000}");
}

static void test_approximate_models(void **state) {
    (void)state;
    holds("M/G/2/7", ALL_ABOUT, POISSON, HUMP, TWO_AND_FIVE);
    holds("D/M/2/7", ALL_ABOUT, CLOCK, MEMORYLESS, TWO_AND_FIVE);
}

/* Behind a door the response is an unbounded queue's, but not what waits in the queue; of jobs that
 * are dropped nothing is known but how many. */
static void test_half_known_models(void **state) {
    (void)state;
    struct theory t;
    struct scenario *sc = scenario_of(POISSON, MEMORYLESS,
                                      "{workers: 2, queue: {capacity: 5, when_full: block}}", "");
    theory_of(&t, sc);
    assert_true(t.response[3].mark == THEORY_EXACT && t.in_system.mark == THEORY_EXACT);
    assert_true(t.queue_length.mark == THEORY_NONE);
    theory_free(&t);
    scenario_free(sc);
    sc = scenario_of(POISSON, MEMORYLESS,
                     "{workers: 2, queue: {capacity: 5, when_full: drop_oldest}}", "");
    theory_of(&t, sc);
    assert_true(t.rejected_share.mark == THEORY_ABOUT && t.queue_length.mark == THEORY_ABOUT);
    assert_true(t.wait_mean.mark == THEORY_NONE && t.response[3].mark == THEORY_NONE);
    assert_true(isnan(theory_response(&t, 0.99)));
    theory_free(&t);
    scenario_free(sc);
}

/* Gaps with a cv of 1 that are not exponential do not make M/M/c. */
static void test_cv_1_is_not_poisson(void **state) {
    (void)state;
    char file[] = "/tmp/headroom-test-XXXXXX", arrivals[120];
    int descriptor = mkstemp(file);
    assert_true(descriptor >= 0);
    assert_true(dprintf(descriptor, "gap\n0\n0.14\n") == 11); /* mean and deviation are 70 ms */
    close(descriptor);
    snprintf(arrivals, sizeof arrivals, "{renewal: {gap: {empirical: {file: %s, column: gap}}}}",
             file);
    struct scenario *sc = scenario_of(arrivals, MEMORYLESS, TWO, "");
    unlink(file);
    scenario_holds("GI/M/2", ALL_EXACT, sc);
    holds("GI/M/2", ALL_EXACT, "{renewal: {gap: {lognormal: {mean: 70ms, cv: 1}}}}", MEMORYLESS,
          TWO);
}

/* However wide the service, its percentiles are figures. */
static void test_wide_services(void **state) {
    (void)state;
    static const char *const services[] = {"{gamma: {mean: 100ms, cv: 2.5}}",
                                           "{gamma: {mean: 100ms, cv: 3}}",
                                           "{gamma: {mean: 100ms, cv: 10}}",
                                           "{gamma: {mean: 100ms, cv: 30}}",
                                           "{lognormal: {mean: 100ms, cv: 30}}",
                                           "{hyperexponential: {mean: 100ms, cv: 30}}",
                                           "{uniform: {min: 99999999ns, max: 100000001ns}}"};
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        holds("M/G/2", RATES_EXACT, POISSON, services[i], TWO);
}

/* P(wait + service > t) where the wait's tail is P(wait) exp(-t / scale): by 23,000 quantiles of
 * the service at 1 - exp(-x), midpoints of x. */
enum { NODES = 23000 };

static double tail_of_sum(const struct dist *service, const double *at, double probability,
                          double scale, double t) {
    double sum = 1 - dist_cdf(service, t * 1e9);
    for (int i = 0; i < NODES && at[i] < t; i++)
        sum += probability * exp(-(t - at[i]) / scale) * exp(-(i + 0.5) * 1e-3) * 1e-3;
    return sum;
}

static void check_response(const char *service) {
    struct scenario *sc = scenario_of(POISSON, service, TWO, "");
    const struct dist *law = &sc->classes.items[0].route.items[0].service;
    struct theory t;
    double *at = malloc(NODES * sizeof *at);
    assert_non_null(at);
    for (int i = 0; i < NODES; i++)
        at[i] = dist_quantile(law, -expm1(-(i + 0.5) * 1e-3)) / 1e9;
    theory_of(&t, sc);
    double scale = t.wait_mean.value / t.wait_probability.value;
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        double tail = tail_of_sum(law, at, t.wait_probability.value, scale, t.response[i].value);
        if (!(fabs(tail / (1 - result_p[i]) - 1) < 2e-3))
            fail_msg("%s: %g above the p%g", service, tail, 100 * result_p[i]);
    }
    free(at);
    theory_free(&t);
    scenario_free(sc);
}

/* What is approximate is the wait; the response is that wait plus the service, to 0.2 % of the
 * tail. */
static void test_response_is_wait_plus_service(void **state) {
    (void)state;
    check_response(HUMP);
    check_response("{gamma: {mean: 100ms, cv: 2}}");
    check_response("{lognormal: {mean: 100ms, p99: 800ms}}");
    check_response("{uniform: {min: 20ms, max: 180ms}}");
    check_response("{hyperexponential: {mean: 100ms, cv: 3}}");
}

static void refused(const char *arrivals, const char *service, const char *pool, const char *rest,
                    double slope) {
    struct scenario *sc = scenario_of(arrivals, service, pool, rest);
    struct theory t;
    theory_of(&t, sc);
    assert_null(t.name);
    assert_true(t.reason && strlen(t.reason) > 10);
    assert_true(t.throughput.mark == THEORY_NONE && t.response_mean.mark == THEORY_NONE);
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        assert_true(t.wait[i].mark == THEORY_NONE && t.response[i].mark == THEORY_NONE);
    assert_true(isnan(theory_response(&t, 0.99)));
    if (isnan(slope))
        assert_true(isnan(t.fluid_slope));
    else
        near(t.fluid_slope, slope, 1e-9);
    theory_free(&t);
    scenario_free(sc);
}

/* 14 jobs/s of 100 ms are 1.4 workers' worth; for one worker 4 jobs/s too many. */
static void test_reasons(void **state) {
    (void)state;
    refused(POISSON, MEMORYLESS, "{workers: 1}", "", 4);
    refused(POISSON, HUMP, "{workers: 1, queue: {capacity: 3, when_full: block}}", "", 4);
    refused("{poisson: {rate: 20/s}}", MEMORYLESS, TWO, "", 0);
    refused(POISSON, MEMORYLESS, TWO, "run: {kind: terminating}", NAN);
    refused("{batch: {rate: 2/s, size: {constant: 3}}}", MEMORYLESS, TWO, "", NAN);
    refused("{closed: {clients: 5, think: {exponential: {mean: 1s}}}}", MEMORYLESS,
            "{workers: 2, queue: {capacity: 1, when_full: reject}}", "", NAN);
    refused(POISSON, MEMORYLESS, "{workers: 2, queue: {capacity: 5, when_full: caller_runs}}", "",
            NAN);
}

/* Two classes on one pool. */
static struct scenario *two_classes(const char *first, const char *second) {
    char text[600];
    snprintf(
        text, sizeof text,
        "headroom: 1\nname: t\nclasses:\n"
        "  - {name: a, arrivals: %s, route: [{pool: p, service: {constant: 100ms}}]}\n"
        "  - {name: b, arrivals: %s, route: [{pool: p, service: {exponential: {mean: 300ms}}}]}"
        "\npools:\n  - {name: p, workers: 1}\n",
        first, second);
    return parse(text);
}

/* Poisson classes are one stream whose service is a mixture: here E S = 0.15 s, E S^2 = 3/4 0.01 +
 * 1/4 0.18 = 0.0525, so the wait is 4 x 0.0525 / (2 (1 - 0.6)). */
static void test_classes_add_up(void **state) {
    (void)state;
    struct scenario *sc = two_classes("{poisson: {rate: 3/s}}", "{poisson: {rate: 1/s}}");
    struct theory t;
    theory_of(&t, sc);
    assert_string_equal(t.name, "M/G/1");
    assert_int_equal(t.wait_mean.mark, THEORY_EXACT);
    near(t.wait_mean.value, 0.2625, 1e-12);
    near(t.utilisation.value, 0.6, 1e-12);
    assert_int_equal(t.wait[3].mark, THEORY_ABOUT); /* the mixture's function jumps */
    theory_free(&t);
    scenario_free(sc);
    sc = two_classes("{poisson: {rate: 3/s}}", "{constant: {rate: 1/s}}");
    theory_of(&t, sc);
    assert_true(t.reason && !t.name);
    theory_free(&t);
    scenario_free(sc);
}

/* The order of service moves no mean, but percentiles; of exponential services they are known. */
static void test_last_come_first(void **state) {
    (void)state;
    static const char *const services[] = {HUMP, MEMORYLESS};
    for (int i = 0; i < 2; i++) {
        struct scenario *sc =
            scenario_of("{poisson: {rate: 7/s}}", services[i], "{workers: 1}", "");
        struct theory first, last;
        struct facts f;
        facts_of(&f, sc, 0);
        theory_best(&first, &f);
        f.lifo = true;
        theory_best(&last, &f);
        near(last.wait_mean.value, first.wait_mean.value, 1e-12);
        assert_int_equal(last.wait_mean.mark, THEORY_EXACT);
        assert_int_equal(last.wait[3].mark, i == 0 ? THEORY_NONE : THEORY_EXACT);
        if (i == 0)
            assert_true(last.note && isnan(theory_response(&last, 0.5)));
        else
            assert_true(last.wait[3].value > first.wait[3].value);
        theory_free(&first);
        theory_free(&last);
        facts_free(&f);
        scenario_free(sc);
    }
}

/* Where several exact models hold, they say the same: M/M/1 by three formulas, M/D/1 by two (the
 * percentiles of the second about), a loss system by two. */
static void models_agree(const char *service, const char *pool, int exact) {
    struct scenario *sc = scenario_of("{poisson: {rate: 7/s}}", service, pool, "");
    struct facts f;
    struct theory best;
    facts_of(&f, sc, 0);
    theory_best(&best, &f);
    for (size_t i = 0; i < model_count; i++) {
        struct theory t = {0};
        if (model_refuses(&models[i], &f))
            continue;
        model_answer(&t, &models[i], &f);
        exact -= model_mark(&t) == THEORY_EXACT;
        if (model_mark(&t) == THEORY_EXACT) {
            near(t.wait_mean.value, best.wait_mean.value, 1e-9);
            near(t.wait_probability.value, best.wait_probability.value, 1e-9);
            for (int k = 0; k < RESULT_PERCENTILES; k++) {
                double tolerance = t.wait[k].mark == THEORY_EXACT ? 1e-7 : 1e-3;
                near(t.wait[k].value, best.wait[k].value, tolerance * best.wait[k].value);
                near(t.response[k].value, best.response[k].value,
                     tolerance * best.response[k].value);
            }
        }
        theory_free(&t);
    }
    assert_int_equal(exact, 0);
    theory_free(&best);
    facts_free(&f);
    scenario_free(sc);
}

static void test_models_agree(void **state) {
    (void)state;
    models_agree(MEMORYLESS, "{workers: 1}", 3);
    models_agree("{constant: 100ms}", "{workers: 1}", 2);
    models_agree(MEMORYLESS, "{workers: 2, queue: {capacity: 0, when_full: reject}}", 2);
}

static void test_several_pools(void **state) {
    (void)state;
    struct scenario *sc = parse("headroom: 1\nname: t\n"
                                "classes:\n  - {name: a, arrivals: " POISSON
                                ", route: [{pool: p, service: " HUMP "}]}\n"
                                "pools:\n  - {name: p, workers: 9}\n  - {name: q, workers: 9}\n");
    struct theory t;
    struct facts f;
    theory_of(&t, sc);
    assert_true(t.reason && !t.name && isnan(t.fluid_slope));
    theory_free(&t);
    facts_of(&f, sc, 0); /* one by one they are known */
    theory_best(&t, &f);
    assert_string_equal(t.name, "M/G/9");
    theory_free(&t);
    facts_free(&f);
    facts_of(&f, sc, 1);
    theory_best(&t, &f);
    assert_true(t.reason && !t.name);
    theory_free(&t);
    facts_free(&f);
    scenario_free(sc);
}

/* A long queue is no reason to wait for its theory: 100,000 places within 3 seconds, in a process
 * of its own. */
static void test_long_queue(void **state) {
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct theory t;
        alarm(3);
        theory_of(&t, poisson(2000, "{exponential: {mean: 1s}}", 2000, "100000"));
        _exit(t.reason != NULL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_json(void **state) {
    (void)state;
    char *text = NULL;
    size_t size;
    struct scenario *sc = poisson(7, HUMP, 2, "unbounded");
    struct theory t;
    theory_of(&t, sc);
    struct json j = {open_memstream(&text, &size), 0, false};
    json_open(&j, NULL, '{');
    theory_json(&t, &j);
    json_close(&j, '}');
    fclose(j.to);
    assert_non_null(strstr(text, "\"model\": \"M/G/2\""));
    assert_non_null(strstr(text, "\"does_not_hold\": null"));
    assert_non_null(
        strstr(text, "\"utilisation\": {\n    \"value\": 0.35,\n    \"holds\": \"exact\""));
    assert_non_null(strstr(text, "\"holds\": \"approximate\""));
    assert_non_null(strstr(text, "\"fluid_slope\": null"));
    assert_true(!strstr(text, "nan") && !strstr(text, "inf"));
    free(text);
    theory_free(&t);
    scenario_free(sc);
}

/* So many workers that Erlang's C is 0 in double precision: the response is the service. */
static void test_nobody_waits(void **state) {
    (void)state;
    struct scenario *sc = poisson(6, "{exponential: {mean: 1s}}", 496, "unbounded");
    struct theory t;
    theory_of(&t, sc);
    near(t.response[3].value, log(100), EXACT);
    near(t.wait[3].value, 0, 0);
    theory_free(&t);
    scenario_free(sc);
}

/* Quantiles of a mixture one after another are those that it has one by one. */
static void test_quantiles_in_order(void **state) {
    (void)state;
    struct err err = {0};
    struct scenario *sc = scenario_parse(
        "headroom: 1\nname: t\narrivals: {poisson: {rate: 1/s}}\npool: {workers: 9}\nservice: "
        "{mixture: [{weight: 3, constant: 0s}, {weight: 1, constant: 8ms}, {weight: 4, lognormal: "
        "{mean: 5ms, cv: 3}}, {weight: 1, pareto: {min: 1ms, alpha: 1.1}, shift: 20ms}]}\n",
        "t", &err);
    const struct dist *d = &sc->classes.items[0].route.items[0].service;
    struct law law = {0};
    law_add(&law, 1, d);
    law_ready(&law);
    double before = 0;
    for (int i = 0; i < 2000; i++) {
        double p = i < 1000 ? (i + 0.5) / 1000 : 1 - (2000 - i - 0.5) * 1e-9;
        double x = law_quantile_beyond(&law, p, before), alone = law_quantile(&law, p);
        assert_true(x >= before && fabs(x - alone) <= 2e-9 * alone);
        before = x;
    }
    law_free(&law);
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_in_order),
        cmocka_unit_test(test_mmc),
        cmocka_unit_test(test_mmck),
        cmocka_unit_test(test_mm1),
        cmocka_unit_test(test_mg1),
        cmocka_unit_test(test_erlang),
        cmocka_unit_test(test_many_workers),
        cmocka_unit_test(test_exact_models),
        cmocka_unit_test(test_thread_per_job),
        cmocka_unit_test(test_exact_general_models),
        cmocka_unit_test(test_half_exact_models),
        cmocka_unit_test(test_not_affordable),
        cmocka_unit_test(test_classes_add_up),
        cmocka_unit_test(test_last_come_first),
        cmocka_unit_test(test_models_agree),
        cmocka_unit_test(test_approximate_models),
        cmocka_unit_test(test_half_known_models),
        cmocka_unit_test(test_cv_1_is_not_poisson),
        cmocka_unit_test(test_wide_services),
        cmocka_unit_test(test_response_is_wait_plus_service),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_several_pools),
        cmocka_unit_test(test_long_queue),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_nobody_waits),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("theory", tests, NULL, NULL);
}
