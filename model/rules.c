/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rules: see rules.h. */
#include "model/rules.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/text.h"

static const double WORKERS_MOST = 1e6; /* no pool beyond is looked for */

/* Takes `because`. */
static void add(struct rules *r, const char *rule, double workers, enum theory_mark mark,
                char *because) {
    r->items = mem_resize(r->items, r->count + 1, sizeof *r->items);
    r->items[r->count++] = (struct rule){rule, workers, mark, because};
}

/* Whole workers; what is a whole number but for rounding is that number. */
static double up(double workers) {
    return ceil(workers * (1 - 1e-12));
}

double rules_halfin_whitt(double beta) {
    return 1 / (1 + beta * gsl_cdf_ugaussian_P(beta) / gsl_ran_ugaussian_pdf(beta));
}

/* ---- by the load ----------------------------------------------------------------------------- */

static void by_load(struct rules *r, const struct facts *f) {
    double a = f->load, median = f->rate * law_quantile(&f->service, 0.5);
    char text[40];
    add(r, "rate x mean service", up(a), THEORY_EXACT,
        mem_format("Little's Law: %s are busy on average; fewer cannot do",
                   text_short(text, sizeof text, a)));
    bool tail = median < 0.99 * a;
    add(r, "rate x p50 service", up(median), tail ? THEORY_NONE : THEORY_ABOUT,
        tail ? mem_format("the median leaves out the tail: %s %% of the work",
                          text_short(text, sizeof text, 100 * (1 - median / a)))
             : mem_text("the median is the mean here"));
    add(r, "rate x p99 service", up(f->rate * law_quantile(&f->service, 0.99)), THEORY_NONE,
        mem_text("as if each job took as long as the slowest in a hundred"));
    add(r, "floor + 30 %", up(1.3 * a), THEORY_ABOUT,
        mem_text("a habit; too little for few workers, much for many"));
    add(r, "80 % busy", up(a / 0.8), THEORY_ABOUT,
        mem_text("says nothing of the wait, which depends on how many they are"));
    add(r, "70 % busy", up(a / 0.7), THEORY_ABOUT, mem_text("the same, with more to spare"));
    for (int beta = 1; beta <= 2; beta++)
        add(r, beta == 1 ? "load + sqrt(load)" : "load + 2 sqrt(load)", up(a + beta * sqrt(a)),
            THEORY_ABOUT,
            mem_format("square-root staffing: %s %% must wait, about",
                       text_short(text, sizeof text, 100 * rules_halfin_whitt(beta))));
}

/* ---- by the slo ------------------------------------------------------------------------------ */

/* What theory says of a metric of the slo; NaN: nothing. */
static double value_of(const struct theory *t, enum slo_metric metric) {
    static const int percentile[] = {
        [SLO_P50] = 0, [SLO_P90] = 1, [SLO_P95] = 2, [SLO_P99] = 3, [SLO_P999] = 4};
    const struct theory_figure *f = metric == SLO_MEAN          ? &t->response_mean
                                    : metric == SLO_REJECTED    ? &t->rejected_share
                                    : metric == SLO_UTILISATION ? &t->utilisation
                                    : metric >= SLO_P50 && metric <= SLO_P999
                                        ? &t->response[percentile[metric]]
                                        : NULL;
    return !t->reason && f && f->mark ? f->value : NAN;
}

struct wanted {
    struct facts *facts;
    const struct scenario *sc;
    size_t pool;
    char *model; /* that gave the figures */
    enum theory_mark mark;
    bool known; /* theory has a figure for some threshold */
};

/* Is it about just the jobs that the figures are about: all that come to this pool? */
static bool concerns(const struct wanted *w, const struct slo *s) {
    if (s->class == SLO_TOTAL)
        return w->sc->pools.count == 1;
    return w->facts->service.count == 1 &&
           w->sc->classes.items[s->class].route.items[0].pool == w->pool;
}

/* Does theory see all thresholds met that it knows of? */
static bool meets(struct wanted *w, double workers) {
    struct theory t;
    bool met = true;
    facts_resize(w->facts, workers);
    theory_best(&t, w->facts);
    for (size_t i = 0; i < w->sc->slo.count; i++) {
        const struct slo *s = &w->sc->slo.items[i];
        double value = concerns(w, s) ? value_of(&t, (enum slo_metric)s->metric) : NAN;
        w->known = w->known || !isnan(value);
        met = met && !(value > s->limit);
    }
    met = met && !t.reason;
    free(w->model);
    w->model = t.reason ? NULL : mem_format("%s (%s)", t.name, t.method);
    w->mark = t.wait_mean.mark;
    theory_free(&t);
    return met;
}

/* The smallest that meets them, by doubling and halving: more workers never wait longer. */
static double smallest(struct wanted *w) {
    double low = isfinite(w->facts->places) ? 0 : up(w->facts->load) - 1, high = fmax(1, low + 1),
           step = 1;
    while (!meets(w, high) && high < WORKERS_MOST) {
        low = high;
        high += step;
        step *= 2;
    }
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (middle < 1 || !meets(w, middle))
            low = middle;
        else
            high = middle;
    }
    return meets(w, high) ? high : NAN;
}

static void by_slo(struct rules *r, struct facts *f, const struct scenario *sc, size_t pool) {
    struct wanted w = {.facts = f, .sc = sc, .pool = pool};
    double workers = f->workers, found = sc->slo.count && !f->unknown ? smallest(&w) : NAN;
    facts_resize(f, workers);
    if (!sc->slo.count)
        add(r, "theory, for the slo", NAN, THEORY_NONE, mem_text("the scenario has no slo"));
    else if (f->unknown)
        add(r, "theory, for the slo", NAN, THEORY_NONE, mem_text(f->unknown));
    else if (isnan(found) || !w.known)
        add(r, "theory, for the slo", NAN, THEORY_NONE,
            mem_text(w.known && !(f->ranked && !f->alike)
                         ? "no number of workers meets it"
                         : "no threshold of it has a formula here"));
    else
        add(r, "theory, for the slo", found, w.mark ? w.mark : THEORY_ABOUT,
            mem_format("the fewest that meet it by %s", w.model));
    free(w.model);
}

/* ---- by the machine -------------------------------------------------------------------------- */

/* The share of this pool's work that computes. */
static double computing(const struct scenario *sc, size_t pool) {
    double work = 0, all = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct step *s = &sc->classes.items[i].route.items[0];
        double rate = scenario_class_rate(&sc->classes.items[i]);
        double load = (isnan(rate) ? 1 : rate) * dist_mean(&s->service);
        all += s->pool == pool ? load : 0;
        work += s->pool == pool ? load * s->cpu : 0;
    }
    return all > 0 ? work / all : 0;
}

static void by_machine(struct rules *r, double cpu, double load, int cores) {
    char text[40];
    if (cpu > 0)
        add(r, "cores x (1 + wait/compute)", up(cores / cpu), THEORY_ABOUT,
            cores / cpu >= load
                ? mem_format("keeps %d core%s busy; more workers only wait for them", cores,
                             cores > 1 ? "s" : "")
                : mem_format("less than the load: %s cores are needed, here are %d",
                             text_short(text, sizeof text, load * cpu), cores));
    else
        add(r, "cores x (1 + wait/compute)", NAN, THEORY_NONE,
            mem_text("these jobs only wait (cpu 0 %): the cores set no bound"));
    add(r, "2 x cores + spindles", 2 * cores + 1, THEORY_NONE,
        mem_text("HikariCP's, of database connections on disks: knows no rate"));
}

static void by_clients(struct rules *r, const struct facts *f) {
    double share = f->mean / (f->think + f->mean);
    add(r, "a worker a client", f->clients, THEORY_EXACT, mem_text("then nobody ever waits"));
    add(r, "clients x service share", up(f->clients * share), THEORY_ABOUT,
        mem_text("asymptotic bounds: with fewer, workers hold clients back"));
}

void rules_of(struct rules *r, const struct scenario *sc, size_t pool, int cores) {
    struct facts f;
    *r = (struct rules){0};
    facts_of(&f, sc, pool);
    if (f.closed && !f.unknown)
        by_clients(r, &f);
    else if (f.service.count && isfinite(f.load)) {
        by_load(r, &f);
        by_slo(r, &f, sc, pool);
    }
    cores = sc->cores > 0 ? (int)sc->cores : cores;
    by_machine(r, computing(sc, pool), f.closed || isnan(f.load) ? 0 : f.load, cores);
    facts_free(&f);
}

void rules_free(struct rules *r) {
    for (size_t i = 0; i < r->count; i++)
        free(r->items[i].because);
    free(r->items);
    *r = (struct rules){0};
}
