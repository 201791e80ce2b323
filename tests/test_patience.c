/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_patience: M/M/c with jobs that leave the queue, against the oracles of family J
 * (exponential, constant and uniform patience), and where the answer is another model's: patience
 * without end is Erlang C, patience of rate mu is M/M/inf.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

#include "model/erlang.h"
#include "model/queue_patience.h"
#include "tests/oracle.h"

#define EXACT 1e-6

/* case patience parameter c lambda mu p_abandon p_wait Wq_all Wq_served throughput utilisation Lq,
 * Wq of those served at p90 p99 */
static void check(struct oracle *o) {
    const double *x = o->x;
    struct dist uniform = {.kind = DIST_UNIFORM, .a = 0, .b = x[2] * 1e9};
    struct law law = {0};
    struct patience p;
    law_add(&law, 1, &uniform);
    if (!strcmp(o->word[1], "exponential"))
        erlang_a(&p, x[4], x[5], x[3], x[2]);
    else if (!strcmp(o->word[1], "deterministic"))
        mmc_d(&p, x[4], x[5], x[3], x[2]);
    else
        mmc_g(&p, x[4], x[5], x[3], &law);
    oracle_figure(o, "p_abandon", p.p_abandon, x[6], EXACT);
    oracle_figure(o, "p_wait", p.p_wait, x[7], EXACT);
    oracle_figure(o, "wait of all", p.wait_all, x[8], EXACT);
    oracle_figure(o, "wait of served", p.wait_served, x[9], EXACT);
    oracle_figure(o, "throughput", p.throughput, x[10], EXACT);
    oracle_figure(o, "utilisation", p.utilisation, x[11], EXACT);
    oracle_figure(o, "queue", p.queue_length, x[12], EXACT);
    oracle_figure(o, "p90", patience_served(&p, 0.9), x[13], EXACT);
    oracle_figure(o, "p99", patience_served(&p, 0.99), x[14], EXACT);
    patience_free(&p);
    law_free(&law);
}

static void test_oracles(void **state) {
    (void)state;
    struct oracle o;
    assert_int_equal(oracle_rows(&o, "tests/oracles/patience.csv", 15, check), 9);
    assert_int_equal(o.stray, 0);
    print_message("M/M/c+G: off by %.1e at most\n", o.worst);
}

static void near(double found, double wanted, double tolerance) {
    if (!(fabs(found - wanted) <= tolerance * fabs(wanted)))
        fail_msg("%.15g, not %.15g", found, wanted);
}

/* Nobody leaves within a thousand years. */
static void test_without_end(void **state) {
    (void)state;
    struct patience p;
    mmc_d(&p, 3.2, 1, 4, 1e10);
    double must_wait = erlang_c(3.2, 4);
    near(p.p_wait, must_wait, 1e-9);
    near(p.wait_served, must_wait / 0.8, 1e-9);
    near(patience_served(&p, 0.99), log(must_wait / 0.01) / 0.8, 1e-9);
    assert_true(p.p_abandon < 1e-9 && patience_served(&p, 0.1) == 0);
    patience_free(&p);
}

/* The number in the system is Poisson of mean a; who leaves leaves from the queue. */
static void test_patience_like_service(void **state) {
    (void)state;
    struct patience p;
    double a = 30, pmf = exp(-a), queue = 0, waits = 1;
    for (int k = 0; k < 200; k++) {
        queue += k > 20 ? (k - 20) * pmf : 0;
        waits -= k < 20 ? pmf : 0;
        pmf *= a / (k + 1);
    }
    erlang_a(&p, a, 1, 20, 1);
    near(p.queue_length, queue, 1e-9);
    near(p.p_wait, waits, 1e-9);
    near(p.p_abandon, queue / a, 1e-9); /* the rate of leaving is theta x queue */
    patience_free(&p);
}

/* Neither many workers nor thrice the load overflow: the fluid limit, 1 - 1/3 leave. */
static void test_large(void **state) {
    (void)state;
    struct patience p;
    mmc_d(&p, 6000, 1, 2000, 0.5);
    near(p.p_abandon, 2 / 3.0, 1e-3);
    near(p.utilisation, 1, 1e-9);
    near(p.wait_served, 0.5, 1e-2);
    patience_free(&p);
    erlang_a(&p, 6000, 1, 2000, 2);
    near(p.p_abandon, 2 / 3.0, 1e-3);
    near(p.wait_served, log(3) / 2, 1e-2); /* exp(-theta w) = 1/3 stay */
    patience_free(&p);
}

/* One law said in two ways. */
static void test_general_is_exponential(void **state) {
    (void)state;
    struct dist d = {.kind = DIST_EXPONENTIAL, .a = 2e9};
    struct law law = {0};
    struct patience p, q;
    law_add(&law, 1, &d);
    mmc_g(&p, 9, 1, 8, &law);
    erlang_a(&q, 9, 1, 8, 0.5);
    near(p.p_abandon, q.p_abandon, 1e-11);
    near(p.wait_served, q.wait_served, 1e-11);
    patience_free(&p);
    patience_free(&q);
    law_free(&law);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oracles),
        cmocka_unit_test(test_without_end),
        cmocka_unit_test(test_patience_like_service),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_general_is_exponential),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("patience", tests, NULL, NULL);
}
