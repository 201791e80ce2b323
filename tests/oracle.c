/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oracle: see oracle.h. */
#include "tests/oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/mem.h"
#include "sim/sim.h"

int oracle_rows(struct oracle *o, const char *file, int columns, void (*check)(struct oracle *)) {
    char line[1000];
    FILE *from = fopen(file, "r");
    assert_non_null(from);
    assert_non_null(fgets(line, sizeof line, from));
    *o = (struct oracle){.file = file};
    char *rest = line;
    for (int i = 0; i < columns; i++)
        snprintf(o->head[i], sizeof o->head[i], "%s", strsep(&rest, ",\n"));
    while (fgets(line, sizeof line, from)) {
        int n = 0;
        char *save = NULL;
        for (char *cell = strtok_r(line, ",\n", &save); cell; cell = strtok_r(NULL, ",\n", &save)) {
            assert_true(n < ORACLE_COLUMNS);
            snprintf(o->word[n], sizeof o->word[n], "%s", cell);
            o->x[n++] = strtod(cell, NULL);
        }
        assert_int_equal(n, columns);
        check(o);
        o->row++;
    }
    fclose(from);
    return o->row;
}

void oracle_figure(struct oracle *o, const char *what, double found, double wanted,
                   double tolerance) {
    double error = fabs(found - wanted) / fmax(fabs(wanted), 1e-12);
    if (fabs(found - wanted) > 1e-12)
        o->worst = fmax(o->worst, error);
    if (fabs(found - wanted) <= tolerance * fabs(wanted) + 1e-12)
        return;
    print_message("  %s %s %s: %.12g, not %.12g (%.1e)\n", o->word[0], o->word[1], what, found,
                  wanted, error);
    o->stray++;
}

bool oracle_law(char *out, size_t size, const char *kind, double parameter, double mean) {
    const char *name = !strcmp(kind, "deterministic") ? "constant" : kind;
    const struct key *key = format_find(IN_DIST, name);
    assert_non_null(key);
    if (key->later)
        return false;
    if (!strcmp(name, "constant"))
        snprintf(out, size, "{constant: %.17gs}", mean);
    else if (!strcmp(name, "exponential"))
        snprintf(out, size, "{exponential: {mean: %.17gs}}", mean);
    else if (!strcmp(name, "uniform"))
        snprintf(out, size, "{uniform: {min: 0s, max: %.17gs}}", 2 * mean);
    else if (!strcmp(name, "pareto"))
        snprintf(out, size, "{pareto: {min: %.17gs, alpha: %g}}",
                 mean * (parameter - 1) / parameter, parameter);
    else
        snprintf(out, size, "{%s: {mean: %.17gs, %s: %.17g}}", name, mean,
                 !strcmp(name, "weibull") ? "shape"
                 : !strcmp(name, "lomax") ? "alpha"
                                          : "cv",
                 parameter);
    return true;
}

struct scenario *oracle_scenario(const char *arrivals, const char *service, const char *pool) {
    char text[600];
    struct err err = {0};
    snprintf(text, sizeof text, "headroom: 1\nname: t\narrivals: %s\nservice: %s\npool: %s\n",
             arrivals, service, pool);
    struct scenario *sc = scenario_parse(text, "tests/oracles/none.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", text);
    }
    err_free(&err);
    return sc;
}

static void hold(const struct oracle_asked *asked, const struct oracle_found *found,
                 size_t replications) {
    const char *exactly = asked->cell[found->exactly];
    struct oracle_score *score = asked->score;
    struct figure f = found->found;
    if (!*exactly)
        return;
    double exact = atof(exactly), error = (f.high - f.low) / 2 / stats_t(replications);
    score->figures++;
    score->inside += f.low <= exact && exact <= f.high;
    if (!(fabs(f.mean - exact) <= 6 * error || fabs(f.mean / exact - 1) <= 0.005))
        fail_msg("%s %s: %g (%g..%g), exactly %g", asked->cell[0], found->what, f.mean, f.low,
                 f.high, exact);
}

void oracle_intervals(const struct oracle_asked *asked, const struct oracle_found *all,
                      size_t count, size_t replications) {
    for (size_t i = 0; i < count; i++)
        hold(asked, &all[i], replications);
}

void oracle_simulate(const struct scenario *sc, size_t replications, bool keep_resizes,
                     oracle_look_fn *look, void *context) {
    struct trial *trials = mem_new(replications, sizeof *trials);
    const struct record **records = mem_new(replications, sizeof *records);
    for (size_t i = 0; i < replications; i++) {
        trials[i] =
            (struct trial){.scenario = sc, .replication = i + 1, .keep_resizes = keep_resizes};
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, replications, 2, sim_run, NULL, NULL);
    struct result r;
    result_from_records(&r, sc, "sim", records, replications);
    assert_true(r.total.little.identity_holds);
    look(&r, records, context);
    result_free(&r);
    for (size_t i = 0; i < replications; i++)
        record_close(&trials[i].record);
    free(records);
    free(trials);
}
