/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sheets: see sheets.h. */
#include "cli/sheets.h"

#include <math.h>
#include <stdlib.h>

#include "cli/cells.h"
#include "model/mem.h"
#include "model/source.h"

/* ---- percentiles ---- */

/* The percentile of a result's responses where enough jobs lie beyond it. */
static double response_at(const struct result *r, double p) {
    uint64_t left = r ? r->total.fates[FATE_IN_FLIGHT] : 0;
    if (!r || (double)r->response.n * (1 - p) < 5)
        return NAN;
    return hist_percentile(&r->response, p, left) / 1e9;
}

/* The band between the percentiles that have an interval: in proportion on the 1/(1-p) scale. */
static void band_at(const struct result *r, double p, double *low, double *high) {
    *low = *high = NAN;
    if (!r || isnan(r->total.response.p50.low))
        return;
    double x = log(1 / (1 - p)), value = response_at(r, p);
    const struct figure *before = NULL, *after = NULL;
    double x0 = 0, x1 = 0;
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        const struct figure *f = times_percentile(&r->total.response, i);
        double at = log(1 / (1 - result_p[i]));
        if (isnan(f->low))
            continue;
        if (at <= x + 1e-9) {
            before = f;
            x0 = at;
        } else if (!after) {
            after = f;
            x1 = at;
        }
    }
    if (!before || !after)
        return;
    double w = (x - x0) / (x1 - x0);
    *low = value * ((1 - w) * before->low / before->mean + w * after->low / after->mean);
    *high = value * ((1 - w) * before->high / before->mean + w * after->high / after->mean);
}

enum { PERCENTILES = 121, PER_DECADE = 20 };

static void banded(FILE *to, const struct result *r, double p) {
    double low, high;
    band_at(r, p, &low, &high);
    cells_number(to, response_at(r, p));
    cells_number(to, low);
    cells_number(to, high);
}

void sheets_percentiles(const struct findings *f, FILE *to) {
    fputs("inverse,percentile,theory,sim,sim_low,sim_high,paired,pool\n", to);
    for (int i = 0; i < PERCENTILES; i++) {
        double inverse = pow(10, (double)i / PER_DECADE), p = 1 - 1 / inverse;
        if (isnan(response_at(f->sim, p)) && isnan(response_at(f->pool, p)))
            break;
        fprintf(to, "%.9g,%.9g", inverse, 100 * p);
        cells_number(to, f->theory ? theory_response(f->theory, p) : NAN);
        banded(to, f->sim, p);
        cells_number(to, response_at(f->sim_paired, p));
        cells_number(to, response_at(f->pool, p));
        putc('\n', to);
    }
}

void sheets_twin(const struct findings *f, FILE *to) {
    fputs("inverse,percentile,closed,closed_low,closed_high,pool,open,open_low,open_high\n", to);
    for (int i = 0; i < PERCENTILES; i++) {
        double inverse = pow(10, (double)i / PER_DECADE), p = 1 - 1 / inverse;
        if (isnan(response_at(f->sim, p)) && isnan(response_at(f->twin, p)))
            break;
        fprintf(to, "%.9g,%.9g", inverse, 100 * p);
        banded(to, f->sim, p);
        cells_number(to, response_at(f->pool, p));
        banded(to, f->twin, p);
        putc('\n', to);
    }
}

/* ---- histogram ---- */

/* Bin i goes from edge i to edge i + 1, in ns. */
struct bins {
    bool logarithmic;
    double low, step; /* ns; or of the decimal logarithm */
    size_t count;
};

static double edge(const struct bins *b, size_t i) {
    double at = b->low + (double)i * b->step;
    return b->logarithmic ? pow(10, at) : at;
}

/* 1, 2, 2.5 or 5 times a power of ten, at least v. */
static double round_up(double v) {
    double power = pow(10, floor(log10(v)));
    return power * (v <= power         ? 1
                    : v <= 2 * power   ? 2
                    : v <= 2.5 * power ? 2.5
                    : v <= 5 * power   ? 5
                                       : 10);
}

static struct bins linear(double high, double want) {
    double step = round_up(fmax(high, 1) / want);
    return (struct bins){false, 0, step, (size_t)floor(high / step) + 1};
}

static struct bins logarithmic(double low, double high, double want) {
    double decades = log10(high / low), per = 5;
    while (per < 80 && 2 * per * decades <= want)
        per *= 2;
    double first = floor(log10(low) * per) / per;
    size_t count = (size_t)floor((log10(high) - first) * per) + 1;
    return (struct bins){true, first, 1 / per, count};
}

/* From nothing to the longer of the engines' p99.9; logarithmic where that is 20 medians. */
static struct bins bins_of(const struct findings *f) {
    const struct result *each[] = {f->sim, f->pool};
    double low = INFINITY, high = 0, middle = INFINITY, least = INFINITY;
    for (int i = 0; i < 2; i++)
        if (each[i] && each[i]->response.n > 0) {
            const struct hist *h = &each[i]->response;
            low = fmin(low, hist_percentile(h, 0.001, 0));
            middle = fmin(middle, hist_percentile(h, 0.5, 0));
            high = fmax(high, hist_percentile(h, 0.999, 0));
            least = fmin(least, (double)h->n);
        }
    if (isinf(least))
        return (struct bins){0};
    double want = fmin(60, fmax(10, 3 * cbrt(least)));
    low = fmax(low, fmax(1, 1e-6 * high));
    return high > 20 * fmax(1, middle) ? logarithmic(low, high, want) : linear(high, want);
}

static double share_in(const struct result *r, const struct bins *b, size_t i) {
    if (!r || r->response.n == 0)
        return NAN;
    double from = i == 0 ? (double)r->response.n : hist_above(&r->response, edge(b, i));
    double share = (from - hist_above(&r->response, edge(b, i + 1))) / (double)r->response.n;
    return fmax(0, share);
}

void sheets_histogram(const struct findings *f, FILE *to) {
    struct bins b = bins_of(f);
    const struct result *each[] = {f->sim, f->sim_paired, f->pool};
    fputs("low,high,sim,paired,pool\n", to);
    for (size_t i = 0; b.count && i <= b.count; i++) {
        fprintf(to, "%.9g,%.9g", edge(&b, i) / 1e9, edge(&b, i + 1) / 1e9);
        for (int k = 0; k < 3; k++)
            cells_number(to, i < b.count || !each[k] ? share_in(each[k], &b, i) : 0);
        putc('\n', to);
    }
}

struct binning sheets_binning(const struct findings *f) {
    struct bins b = bins_of(f);
    const struct hist *h = &(f->pool ? f->pool : f->sim)->response;
    return (struct binning){
        .width = b.count && !b.logarithmic ? b.step / 1e9 : NAN,
        .per_decade = b.logarithmic ? 1 / b.step : NAN,
        .beyond = b.count && h->n ? hist_above(h, edge(&b, b.count)) / (double)h->n : NAN};
}

/* ---- Little's Law ---- */

static void little_cells(FILE *to, const struct result *r, size_t i, bool interval) {
    bool there = r && i < r->little.count;
    const struct little_point none = {NAN, FIGURE_NULL, FIGURE_NULL};
    const struct little_point *p = there ? &r->little.points[i] : &none;
    cells_number(to, p->in_system.mean);
    if (interval) {
        cells_number(to, p->in_system.low);
        cells_number(to, p->in_system.high);
    }
    cells_number(to, p->rate_times_stay.mean);
}

void sheets_little(const struct findings *f, FILE *to) {
    const struct little_series *l = &(f->sim ? f->sim : f->pool)->little;
    fputs("t,sim_in_system,sim_in_system_low,sim_in_system_high,sim_rate_times_stay,"
          "pool_in_system,pool_rate_times_stay\n",
          to);
    for (size_t i = 0; i < l->count; i++) {
        fprintf(to, "%.9g", l->points[i].t);
        little_cells(to, f->sim, i, true);
        little_cells(to, f->pool, i, false);
        putc('\n', to);
    }
}

/* ---- the search for headroom ---- */

void sheets_headroom(const struct result *sim, FILE *to) {
    const struct headroom *h = &sim->headroom;
    bool endless = scenario_any_endless(sim->scenario);
    fputs("rate_factor,workers,utilisation,wait_mean,wait_low,wait_high,p99,p99_low,p99_high,met\n",
          to);
    for (size_t i = 0; i < h->count; i++) {
        const struct headroom_probe *p = &h->probes[i];
        fprintf(to, "%.9g", p->rate);
        cells_number(to, endless ? NAN : (double)p->workers);
        cells_number(to, p->utilisation.mean);
        cells_figure(to, &p->wait);
        cells_figure(to, &p->p99);
        fprintf(to, ",%d\n", p->met);
    }
}

/* ---- batches ---- */

enum { BATCHES_MOST = 10000, LOOKED_AT_MOST = 1000 * BATCHES_MOST };

struct batch {
    nsec at;
    size_t pool;
    uint64_t size;
};

static int earlier(const void *a, const void *b) {
    const struct batch *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : (x->pool > y->pool) - (x->pool < y->pool);
}

/* The first BATCHES_MOST of each class inside the measured time; fresh memory. */
static struct batch *batches(const struct scenario *sc, size_t *count) {
    struct batch *all = NULL;
    *count = 0;
    for (size_t c = 0; c < sc->classes.count; c++) {
        const struct class *class = &sc->classes.items[c];
        struct source s;
        if (class->arrivals.kind != ARRIVAL_BATCH)
            continue;
        source_open(&s, class, (uint64_t)sc->seed, 1, -sc->run.warmup, scenario_arrivals_end(sc));
        all = mem_resize(all, *count + BATCHES_MOST, sizeof *all);
        struct batch b = {.pool = class->route.items[0].pool};
        size_t first = *count;
        for (int n = 0; n < LOOKED_AT_MOST && *count - first < BATCHES_MOST; n++) {
            b.at = source_next_batch(&s, &b.size);
            if (b.at >= sc->run.duration)
                break;
            if (b.at >= 0)
                all[(*count)++] = b;
        }
    }
    if (all)
        qsort(all, *count, sizeof *all, earlier);
    return all;
}

static void write_batch(const struct findings *f, const struct batch *b, FILE *to) {
    fprintf(to, "%.9f,%s,batch,,%llu\n", nsec_seconds(b->at),
            f->scenario->pools.items[b->pool].name, (unsigned long long)b->size);
}

/* Batches and changes of size, in the order of time. */
static void write_events(const struct findings *f, const struct resize_log *log, FILE *to) {
    size_t count, k = 0;
    struct batch *all = batches(f->scenario, &count);
    fputs("t,pool,what,from,to\n", to);
    for (size_t i = 0; i < log->event_count; i++) {
        const struct resize_event *e = &log->events[i];
        for (; k < count && all[k].at <= e->at; k++)
            write_batch(f, &all[k], to);
        fprintf(to, "%.9f,%s,%s,%u,%u\n", nsec_seconds(e->at),
                f->scenario->pools.items[e->pool].name, resize_whats[e->what], e->from, e->to);
    }
    for (; k < count; k++)
        write_batch(f, &all[k], to);
    free(all);
}

void sheets_events(const struct findings *f, FILE *to) {
    write_events(f, &(f->pool ? f->pool : f->sim)->resizes, to);
}

void sheets_events_sim(const struct findings *f, FILE *to) {
    write_events(f, &f->sim->resizes, to);
}

size_t sheets_batches(const struct findings *f, size_t pool) {
    size_t count, of_pool = 0;
    struct batch *all = batches(f->scenario, &count);
    for (size_t i = 0; i < count; i++)
        of_pool += all[i].pool == pool;
    free(all);
    return of_pool;
}
