/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_queues: the exact formulas beyond Erlang's, against the oracles: family C (the percentiles
 * of M/G/1), D (M/D/c), E (GI/M/c), H (machine repair) and I (last come, first served).
 *
 * Reached: a relative error of 1e-6 at most; of percentiles of M/G/1 whose service has a density
 * that jumps (uniform, pareto) 1e-4.
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

#include "tests/oracle.h"

#define EXACT 1e-6
#define KINKS 1e-4 /* of percentiles where the service's density jumps */

static struct scenario *poisson(double rate, const char *service, unsigned workers) {
    char arrivals[80], pool[80];
    snprintf(arrivals, sizeof arrivals, "{poisson: {rate: %.17g/s}}", rate);
    snprintf(pool, sizeof pool, "{workers: %u}", workers);
    return oracle_scenario(arrivals, service, pool);
}

/* Percentiles p50 p90 p99 p99.9 of the tables among those of the theory. */
static const int place[] = {0, 1, 3, 4};

static void quantiles(struct oracle *o, const char *what, const struct theory_figure *f, int count,
                      const double *wanted, double tolerance) {
    for (int i = 0; i < count; i++) {
        char name[40];
        snprintf(name, sizeof name, "%s p%g", what, 100 * result_p[place[i]]);
        oracle_figure(o, name, f[place[i]].value, wanted[i], tolerance);
        assert_int_equal(f[place[i]].mark, THEORY_EXACT);
    }
}

/* All means and P(wait) exact: p_wait Wq W Lq L. */
static void means(struct oracle *o, const struct theory *t, const double *wanted) {
    const struct theory_figure *f[] = {&t->wait_probability, &t->wait_mean, &t->response_mean,
                                       &t->queue_length, &t->in_system};
    static const char *const names[] = {"p_wait", "wait", "response", "queue", "in system"};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(f[i]->mark, THEORY_EXACT);
        oracle_figure(o, names[i], f[i]->value, wanted[i], EXACT);
    }
}

static int not_supported;
static double with_kinks;

/* case service parameter lambda, then Wq and W at p50 p90 p99 p99.9 */
static void check_mg1(struct oracle *o) {
    char service[120];
    if (!oracle_law(service, sizeof service, o->word[1], o->x[2], 1)) {
        not_supported++;
        return;
    }
    struct scenario *sc = poisson(o->x[3], service, 1);
    struct theory t;
    theory_of(&t, sc);
    bool kinks = !strcmp(o->word[1], "uniform") || !strcmp(o->word[1], "pareto");
    double tolerance = kinks ? KINKS : EXACT, before = o->worst;
    quantiles(o, "wait", t.wait, 4, o->x + 4, tolerance);
    quantiles(o, "response", t.response, 4, o->x + 8, tolerance);
    with_kinks = kinks ? fmax(with_kinks, o->worst) : with_kinks;
    o->worst = kinks ? before : o->worst;
    theory_free(&t);
    scenario_free(sc);
}

static void test_mg1(void **state) {
    (void)state;
    struct oracle o;
    not_supported = 0;
    assert_int_equal(oracle_rows(&o, "tests/oracles/mg1_quantiles.csv", 12, check_mg1), 37);
    assert_int_equal(o.stray, 0);
    assert_true(not_supported <= 8);
    print_message("M/G/1: off by %.1e at most, with kinks %.1e\n", o.worst, with_kinks);
}

/* case c lambda p_wait Wq W Lq L, then Wq and W at p50 p90 p99 p99.9 */
static void check_mdc(struct oracle *o) {
    struct scenario *sc = poisson(o->x[2], "{constant: 1s}", (unsigned)o->x[1]);
    struct theory t;
    theory_of(&t, sc);
    assert_string_equal(t.method, "Crommelin");
    means(o, &t, o->x + 3);
    quantiles(o, "wait", t.wait, 4, o->x + 8, EXACT);
    quantiles(o, "response", t.response, 4, o->x + 12, EXACT);
    theory_free(&t);
    scenario_free(sc);
}

static void test_mdc(void **state) {
    (void)state;
    struct oracle o;
    assert_int_equal(oracle_rows(&o, "tests/oracles/mdc.csv", 16, check_mdc), 11);
    assert_int_equal(o.stray, 0);
    print_message("M/D/c: off by %.1e at most\n", o.worst);
}

/* case gap parameter c lambda p_wait Wq W Lq L, then Wq and W at p50 p90 p99 p99.9 */
static void check_gim(struct oracle *o) {
    char gap[120], arrivals[200], pool[80];
    assert_true(oracle_law(gap, sizeof gap, o->word[1], o->x[2], 1 / o->x[4]));
    snprintf(arrivals, sizeof arrivals, "{renewal: {gap: %s}}", gap);
    snprintf(pool, sizeof pool, "{workers: %s}", o->word[3]);
    struct scenario *sc = oracle_scenario(arrivals, "{exponential: {mean: 1s}}", pool);
    struct theory t;
    theory_of(&t, sc);
    assert_string_equal(t.method, "Takacs");
    means(o, &t, o->x + 5);
    quantiles(o, "wait", t.wait, 4, o->x + 10, EXACT);
    quantiles(o, "response", t.response, 4, o->x + 14, EXACT);
    theory_free(&t);
    scenario_free(sc);
}

static void test_gim(void **state) {
    (void)state;
    struct oracle o;
    assert_int_equal(oracle_rows(&o, "tests/oracles/gim.csv", 18, check_gim), 25);
    assert_int_equal(o.stray, 0);
    print_message("GI/M/c: off by %.1e at most\n", o.worst);
}

/* case clients c think service throughput utilisation L Lq R Wq p_wait, Wq at p50 p90 p99 (or nan),
 * then the bounds */
static void check_closed(struct oracle *o) {
    char arrivals[200], service[120], pool[80];
    const double *x = o->x;
    snprintf(arrivals, sizeof arrivals,
             "{closed: {clients: %s, think: {exponential: {mean: %ss}}}}", o->word[1], o->word[3]);
    snprintf(service, sizeof service, "{exponential: {mean: %ss}}", o->word[4]);
    snprintf(pool, sizeof pool, "{workers: %s}", o->word[2]);
    struct scenario *sc = oracle_scenario(arrivals, service, pool);
    struct theory t;
    theory_of(&t, sc);
    assert_string_equal(t.method, "machine repair");
    const double means_of[] = {x[11], x[10], x[9], x[8], x[7]};
    means(o, &t, means_of);
    oracle_figure(o, "throughput", t.throughput.value, x[5], EXACT);
    oracle_figure(o, "utilisation", t.utilisation.value, x[6], EXACT);
    assert_true(t.throughput.value <= fmin(x[16], x[17]) * (1 + 1e-12));
    if (!isnan(x[12]))
        quantiles(o, "wait", t.wait, 3, x + 12, EXACT);
    theory_free(&t);
    scenario_free(sc);
}

static void test_closed(void **state) {
    (void)state;
    struct oracle o;
    assert_int_equal(oracle_rows(&o, "tests/oracles/closed.csv", 18, check_closed), 19);
    assert_int_equal(o.stray, 0);
    print_message("M/M/c//N: off by %.1e at most\n", o.worst);
}

/* case c lambda mu p_wait Wq, then Wq at p50 p90 p99 p99.9. The format may refuse the order as not
 * supported yet, so the facts are asked. */
static void check_lifo(struct oracle *o) {
    struct scenario *sc = poisson(o->x[2], "{exponential: {mean: 1s}}", (unsigned)o->x[1]);
    struct facts f;
    struct theory t;
    facts_of(&f, sc, 0);
    f.lifo = true;
    theory_best(&t, &f);
    assert_string_equal(t.method, "busy period");
    oracle_figure(o, "p_wait", t.wait_probability.value, o->x[4], EXACT);
    oracle_figure(o, "wait", t.wait_mean.value, o->x[5], EXACT);
    quantiles(o, "wait", t.wait, 4, o->x + 6, EXACT);
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        assert_true(t.response[i].value > t.wait[i].value);
    theory_free(&t);
    facts_free(&f);
    scenario_free(sc);
}

static void test_lifo(void **state) {
    (void)state;
    struct oracle o;
    assert_int_equal(oracle_rows(&o, "tests/oracles/lifo.csv", 10, check_lifo), 4);
    assert_int_equal(o.stray, 0);
    print_message("M/M/c LIFO: off by %.1e at most\n", o.worst);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mg1),    cmocka_unit_test(test_mdc),  cmocka_unit_test(test_gim),
        cmocka_unit_test(test_closed), cmocka_unit_test(test_lifo),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
