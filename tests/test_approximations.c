/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_approximations: how far Allen and Cunneen's and Kimura's approximations are off over the
 * oracles of family D (M/G/c) and E (GI/G/1): bounds, and the table in scenarios/README.md, which
 * must be the one computed here. After a change: the failed test prints it.
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

#include "model/models.h"
#include "tests/oracle.h"

/* Errors of one approximation over one family. */
struct errors {
    int cases;
    double low, high, sum; /* of the mean wait: least, largest, sum of absolute ones */
    double p99_low, p99_high, p_low, p_high; /* of the wait's p99, of P(wait) */
};

enum { ALLEN_CUNNEEN, KIMURA, METHODS };
static const char *const methods[METHODS] = {"Allen-Cunneen", "Kimura"};
static struct errors all[METHODS];

static void widen(double *low, double *high, double error) {
    *low = fmin(*low, error);
    *high = fmax(*high, error);
}

static const struct model *model_of(const char *method) {
    for (size_t i = 0; i < model_count; i++)
        if (!strcmp(models[i].method, method))
            return &models[i];
    fail_msg("no model %s", method);
    return NULL;
}

static void compare(const struct scenario *sc, double p_wait, double wait, double p99) {
    struct facts f;
    facts_of(&f, sc, 0);
    for (int i = 0; i < METHODS; i++) {
        const struct model *m = model_of(methods[i]);
        struct theory t = {0};
        if (model_refuses(m, &f))
            continue;
        model_answer(&t, m, &f);
        assert_int_equal(t.wait_mean.mark, THEORY_ABOUT);
        double error = t.wait_mean.value / wait - 1;
        widen(&all[i].low, &all[i].high, error);
        widen(&all[i].p99_low, &all[i].p99_high, t.wait[3].value / p99 - 1);
        if (p_wait > 0)
            widen(&all[i].p_low, &all[i].p_high, t.wait_probability.value / p_wait - 1);
        all[i].sum += fabs(error);
        all[i].cases++;
        theory_free(&t);
    }
    facts_free(&f);
}

/* case service parameter c lambda p_wait Wq, then Wq at p50 p90 p99 p99.9 */
static void check_mgc(struct oracle *o) {
    char service[120], arrivals[120], pool[80];
    assert_true(oracle_law(service, sizeof service, o->word[1], o->x[2], 1));
    snprintf(arrivals, sizeof arrivals, "{poisson: {rate: %s/s}}", o->word[4]);
    snprintf(pool, sizeof pool, "{workers: %s}", o->word[3]);
    struct scenario *sc = oracle_scenario(arrivals, service, pool);
    compare(sc, o->x[5], o->x[6], o->x[9]);
    scenario_free(sc);
}

/* case gap parameter service parameter gap_mean Wq Wq_p99 */
static void check_gig(struct oracle *o) {
    char service[120], gap[120], arrivals[200];
    if (!oracle_law(gap, sizeof gap, o->word[1], o->x[2], o->x[5]) ||
        !oracle_law(service, sizeof service, o->word[3], o->x[4], 1))
        return;
    snprintf(arrivals, sizeof arrivals, "{renewal: {gap: %s}}", gap);
    struct scenario *sc = oracle_scenario(arrivals, service, "{workers: 1}");
    compare(sc, NAN, o->x[6], o->x[7]);
    scenario_free(sc);
}

static char *manual;
static int missing;

/* Is this line in the manual? */
static void in_manual(const char *line) {
    if (strstr(manual, line))
        return;
    print_message("scenarios/README.md does not have the line\n%s", line);
    missing++;
}

static void report(const char *family, int i, bool probability) {
    const struct errors *e = &all[i];
    char line[200], p[40] = "-";
    if (probability)
        snprintf(p, sizeof p, "%+.1f to %+.1f %%", 100 * e->p_low, 100 * e->p_high);
    snprintf(line, sizeof line,
             "| %s | %s | %d | %+.1f to %+.1f %% | %.1f %% | %+.1f to %+.1f %% | %s |\n",
             methods[i], family, e->cases, 100 * e->low, 100 * e->high, 100 * e->sum / e->cases,
             100 * e->p99_low, 100 * e->p99_high, p);
    in_manual(line);
}

static void test_mgc(void **state) {
    (void)state;
    struct oracle o;
    memset(all, 0, sizeof all);
    assert_int_equal(oracle_rows(&o, "tests/oracles/mgc.csv", 11, check_mgc), 31);
    assert_int_equal(all[ALLEN_CUNNEEN].cases, 31);
    report("M/G/c", ALLEN_CUNNEEN, true);
    report("M/G/c", KIMURA, true);
    assert_int_equal(missing, 0);
}

static void test_gig(void **state) {
    (void)state;
    struct oracle o;
    memset(all, 0, sizeof all);
    assert_int_equal(oracle_rows(&o, "tests/oracles/gig.csv", 8, check_gig), 17);
    report("GI/G/1", ALLEN_CUNNEEN, false);
    report("GI/G/1", KIMURA, false);
    assert_int_equal(missing, 0);
}

static int read_manual(void **state) {
    (void)state;
    size_t size = 0;
    FILE *from = fopen("scenarios/README.md", "r");
    if (!from || getdelim(&manual, &size, 0, from) < 0)
        return -1;
    return fclose(from);
}

static int free_manual(void **state) {
    (void)state;
    free(manual);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mgc),
        cmocka_unit_test(test_gig),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("approximations", tests, read_manual, free_manual);
}
