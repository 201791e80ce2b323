/* SPDX-License-Identifier: GPL-3.0-or-later */
/* coverage: see coverage.h. */
#include "tests/coverage.h"

#include <assert.h>
#include <limits.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/precise.h"
#include "model/theory.h"
#include "sim/sim.h"

static const double SERVICE = 0.01; /* mean, s */

const char *const coverage_names[COVERAGE_FIGURES] = {"mean", "p50", "p99", "p99.9", "utilisation"};

double coverage_jobs(const struct coverage_cell *cell) {
    return ceil(cell->length / pow(1 - cell->load, 2) - 1e-6);
}

static struct scenario *scenario_of(const struct coverage_cell *cell) {
    struct err err = {0};
    double rate = cell->load * cell->workers / SERVICE;
    double duration = coverage_jobs(cell) / rate;
    char *text =
        mem_format("headroom: 1\nname: coverage\narrivals: {poisson: {rate: %.12g/s}}\n"
                   "service: {exponential: {mean: %.12gs}}\npool: {workers: %d}\n"
                   "run: {duration: %.12gs, sample_every: %.12gs, replications: %d%s%s}\n",
                   rate, SERVICE, cell->workers, duration, duration, cell->replications,
                   cell->precision ? ", precision: " : "", cell->precision ? cell->precision : "");
    struct scenario *sc = scenario_parse(text, "coverage.yaml", &err);
    err_print(&err, stderr);
    assert(sc);
    free(text);
    return sc;
}

static void note(struct coverage *c, int i, const struct figure *f, double exact) {
    c->bias[i] += f->mean / exact - 1;
    if (isnan(f->low) || isnan(f->high))
        return;
    c->known[i]++;
    c->held[i] += f->low <= exact && exact <= f->high;
    c->low[i] += f->high < exact;
    c->open[i] += f->open;
    c->half[i] += (f->high - f->low) / 2 / exact;
}

static void compare(struct coverage *c, const struct result *r, const struct theory *t) {
    const struct times *times = &r->total.response;
    const struct figure *found[COVERAGE_FIGURES] = {&times->mean, &times->p50, &times->p99,
                                                    &times->p999, &r->pools[0].utilisation};
    const struct theory_figure exact[COVERAGE_FIGURES] = {
        t->response_mean, t->response[0], t->response[3], t->response[4], t->utilisation};
    c->experiments++;
    for (int i = 0; i < COVERAGE_FIGURES; i++) {
        assert(exact[i].mark == THEORY_EXACT);
        note(c, i, found[i], exact[i].value);
    }
}

/* The replications of one experiment. */
struct runs {
    const struct scenario *sc;
    struct trial *trials;
    const struct record **records;
    size_t count;
};

static void extend(struct runs *r, size_t count) {
    r->trials = mem_resize(r->trials, count, sizeof *r->trials);
    r->records = mem_resize(r->records, count, sizeof(struct record *));
    for (size_t i = r->count; i < count; i++) {
        r->trials[i] = (struct trial){.scenario = r->sc, .replication = i + 1};
        if (!sim_run(&r->trials[i]))
            abort();
    }
    for (size_t i = 0; i < count; i++)
        r->records[i] = &r->trials[i].record;
    r->count = count;
}

static void runs_close(struct runs *r) {
    for (size_t i = 0; i < r->count; i++)
        record_close(&r->trials[i].record);
    free(r->records);
    free(r->trials);
}

static void experiment(struct coverage *c, const struct scenario *sc, const struct theory *t) {
    struct runs runs = {.sc = sc};
    struct result r;
    for (bool enough = false; !enough;) {
        extend(&runs, precise_next(&sc->run, runs.count));
        result_from_records(&r, sc, "sim", runs.records, runs.count);
        enough = precise_look(&r) || precise_next(&sc->run, runs.count) == runs.count;
        if (!enough)
            result_free(&r);
    }
    c->replications += (double)runs.count;
    c->reached += r.precision.met;
    compare(c, &r, t);
    result_free(&r);
    runs_close(&runs);
}

void coverage_run(struct coverage *c, const struct coverage_cell *cell, uint64_t first,
                  unsigned count) {
    struct scenario *sc = scenario_of(cell);
    struct theory theory;
    /* Histograms are large and short-lived: from the heap, not from fresh pages each time. */
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    theory_of(&theory, sc);
    for (uint64_t i = first; i < first + count; i++) {
        sc->seed = (int64_t)(COVERAGE_SEED + i);
        experiment(c, sc, &theory);
    }
    theory_free(&theory);
    scenario_free(sc);
}
