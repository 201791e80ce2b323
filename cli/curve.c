/* SPDX-License-Identifier: GPL-3.0-or-later */
/* curve: see curve.h. */
#include "cli/curve.h"

#include <math.h>

#include "cli/cells.h"

/* A queue that is computed state by state takes its time; a curve is some 20 of them. */
enum { STATES_MOST = 20000 };

/* Offered loads in per mille of the workers; over 1000 only where jobs are lost. Each costs up to
 * 10 ms, so they are few, and close where the curve bends. */
static const int loads[] = {20,  200, 350, 500, 600, 680, 750, 800, 840,  870,  900, 920,
                            940, 955, 965, 975, 982, 988, 994, 998, 1050, 1200, 1500};
enum { LOADS = sizeof loads / sizeof *loads };

bool curve_known(const struct findings *f) {
    const struct scenario *sc = f->scenario;
    const struct theory *t = f->theory;
    const struct pool_spec *pool = &sc->pools.items[0];
    if (sc->pools.count != 1 || !t || t->reason || scenario_endless(pool) ||
        !(scenario_offered_load(sc, 0) > 0))
        return false;
    return t->wait_mean.mark != THEORY_NONE && pool->queue.capacity + pool->workers < STATES_MOST;
}

/* Theory of the same scenario at another offered load, in parts of the workers; the caller frees
 * it. */
static void theory_at(struct theory *t, const struct findings *f, double load) {
    struct scenario scaled;
    int64_t workers = f->scenario->pools.items[0].workers;
    double factor = load * (double)workers / scenario_offered_load(f->scenario, 0);
    scenario_scaled(&scaled, f->scenario, factor, workers);
    theory_of(t, &scaled);
    scenario_scaled_free(&scaled);
}

static double value(const struct theory_figure *f) {
    return f->mark == THEORY_NONE ? NAN : f->value;
}

double curve_knee(const struct findings *f) {
    struct theory t;
    if (!curve_known(f))
        return NAN;
    theory_at(&t, f, 0.95);
    double knee = value(&t.wait_mean);
    theory_free(&t);
    return knee;
}

static void theory_row(const struct findings *f, double load, FILE *to) {
    struct theory t;
    theory_at(&t, f, load);
    if (!t.reason && t.wait_mean.mark) {
        fprintf(to, "%.9g", t.utilisation.value);
        cells_number(to, value(&t.wait_mean));
        cells_number(to, value(&t.wait[3]));
        cells_empty(to, 9);
        putc('\n', to);
    }
    theory_free(&t);
}

/* What the search for headroom simulated at other rates on as many workers, by rate. */
static void searched(const struct headroom *h, int64_t workers, FILE *to) {
    for (size_t i = 0; i < h->count; i++) {
        const struct headroom_probe *p = &h->probes[i];
        if (p->workers != workers || isnan(p->utilisation.mean))
            continue;
        fprintf(to, "%.9g", p->utilisation.mean);
        cells_empty(to, 10);
        cells_number(to, p->wait.mean);
        putc('\n', to);
    }
}

void curve_write(const struct findings *f, FILE *to) {
    fputs("utilisation,wait_mean,wait_p99,sim_mean,sim_mean_low,sim_mean_high,sim_p99,sim_p99_low,"
          "sim_p99_high,pool_mean,pool_p99,search_mean\n",
          to);
    for (int i = 0; i < LOADS; i++)
        theory_row(f, loads[i] / 1000.0, to);
    if (f->sim)
        searched(&f->sim->headroom, f->scenario->pools.items[0].workers, to);
    if (f->sim) {
        fprintf(to, "%.9g", f->sim->pools[0].utilisation.mean);
        cells_empty(to, 2);
        cells_figure(to, &f->sim->total.wait.mean);
        cells_figure(to, &f->sim->total.wait.p99);
        cells_empty(to, 3);
        putc('\n', to);
    }
    if (f->pool) {
        fprintf(to, "%.9g", f->pool->pools[0].utilisation.mean);
        cells_empty(to, 8);
        cells_number(to, f->pool->total.wait.mean.mean);
        cells_number(to, f->pool->total.wait.p99.mean);
        cells_empty(to, 1);
        putc('\n', to);
    }
}
