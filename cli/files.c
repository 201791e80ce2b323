/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files: see files.h. */
#include "cli/files.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/titles.h"
#include "model/jobs.h"
#include "model/mem.h"
#include "model/replications.h"
#include "model/series.h"
#include "model/text.h"

static void part(struct json *j, const char *key, const struct result *r) {
    json_open(j, key, '{');
    result_json(r, j);
    json_close(j, '}');
}

void files_json(const struct findings *f, FILE *to) {
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    if (!f->comparison) {
        result_json(f->sim ? f->sim : f->pool, &j);
    } else {
        part(&j, "sim", f->sim);
        part(&j, "sim_paired", f->sim_paired);
        part(&j, "pool", f->pool);
        json_open(&j, "comparison", '{');
        compare_json(f->comparison, &j);
        json_close(&j, '}');
        json_open(&j, "theory", '{');
        theory_json(f->theory, &j);
        json_close(&j, '}');
    }
    json_close(&j, '}');
}

static void cell(FILE *to, double seconds) {
    if (isfinite(seconds))
        fprintf(to, ",%.9g", seconds);
    else
        putc(',', to);
}

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

static void write_percentiles(const struct findings *f, FILE *to) {
    fputs("inverse,percentile,theory,sim,sim_low,sim_high,paired,pool\n", to);
    for (int i = 0; i <= 120; i++) {
        double inverse = pow(10, i / 20.0), p = 1 - 1 / inverse, low, high;
        band_at(f->sim, p, &low, &high);
        double sim = response_at(f->sim, p), pool = response_at(f->pool, p);
        if (isnan(sim) && isnan(pool))
            break;
        fprintf(to, "%.9g,%.9g", inverse, 100 * p);
        cell(to, f->theory ? theory_response(f->theory, p) : NAN);
        cell(to, sim);
        cell(to, low);
        cell(to, high);
        cell(to, response_at(f->sim_paired, p));
        cell(to, pool);
        putc('\n', to);
    }
}

/* One line `key,"value"`; quotes doubled, control characters gone. */
static void pair_text(FILE *to, const char *key, const char *text) {
    fprintf(to, "%s,\"", key);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"')
            putc('"', to);
        putc(*p < 0x20 || *p == 0x7f ? ' ' : *p, to);
    }
    fputs("\"\n", to);
}

static void pair_number(FILE *to, const char *key, double value) {
    fprintf(to, "%s,", key);
    if (isfinite(value))
        fprintf(to, "%.9g", value);
    putc('\n', to);
}

static double known(const struct theory_figure *f) {
    return f->mark == THEORY_NONE ? NAN : f->value;
}

static double slo_p99(const struct scenario *sc) {
    for (size_t i = 0; i < sc->slo.count; i++)
        if (sc->slo.items[i].class == SLO_TOTAL && sc->slo.items[i].metric == SLO_P99)
            return sc->slo.items[i].limit;
    return NAN;
}

static void chart_theory(const struct findings *f, FILE *to) {
    const struct theory none = {.fluid_slope = NAN}, *t = f->theory ? f->theory : &none;
    pair_number(to, "has_theory", f->theory && !f->theory->reason);
    pair_number(to, "utilisation_theory", known(&t->utilisation));
    pair_number(to, "queue_theory", known(&t->queue_length));
    pair_number(to, "p99_theory", known(&t->response[3]));
    pair_number(to, "fluid_slope", t->fluid_slope);
    pair_number(to, "fluid_start", t->fluid_slope * nsec_seconds(f->scenario->run.warmup));
    char *label = mem_format("theory%s%s", t->name ? ", " : "", t->name ? t->name : "");
    pair_text(to, "theory_label", label);
    free(label);
}

static void chart_labels(const struct findings *f, FILE *to) {
    char *sim = f->sim && f->sim->replications > 1
                    ? mem_format("simulated: mean of %zu replications, its 95 %% interval",
                                 f->sim->replications)
                    : mem_text("simulated");
    pair_text(to, "sim_label", sim);
    pair_text(to, "paired_label", "simulated, the same jobs");
    pair_text(to, "pool_label", "real pool, this host");
    free(sim);
}

static void write_chart(const struct findings *f, FILE *to, size_t pool) {
    const struct scenario *sc = f->scenario;
    const struct pool_spec *spec = &sc->pools.items[pool];
    const struct result *r = f->pool ? f->pool : f->sim;
    double load = scenario_offered_load(sc, pool), rate = 0;
    for (size_t i = 0; i < sc->classes.count; i++)
        if (sc->classes.items[i].route.items[0].pool == pool)
            rate += scenario_class_rate(&sc->classes.items[i]);
    fputs("key,value\n", to);
    pair_text(to, "name", sc->name);
    pair_text(to, "about", sc->about);
    pair_text(to, "pool", spec->name);
    pair_text(to, "regime", r->regime);
    pair_number(to, "workers", (double)spec->workers);
    pair_number(to, "capacity",
                spec->queue.capacity == CAPACITY_UNBOUNDED ? NAN : (double)spec->queue.capacity);
    pair_number(to, "has_pool", f->pool != NULL);
    pair_number(to, "has_sim", f->sim != NULL);
    pair_number(to, "has_paired", f->sim && f->sim_paired && f->sim->replications > 1);
    pair_text(to, "sim_file", f->pool ? "series-sim.csv" : "series.csv");
    pair_text(to, "pool_file", "series.csv");
    pair_number(to, "offered_rate", rate);
    pair_number(to, "capacity_rate", rate / load * (double)spec->workers);
    pair_number(to, "slo_p99", slo_p99(sc));
    pair_number(to, "p99_window", r->series.p99_window[pool]);
    chart_theory(f, to);
    chart_labels(f, to);
    for (int i = 0; i < TITLES; i++) {
        char *title = titles_of(f, (enum title)i, pool);
        pair_text(to, titles_key((enum title)i), title);
        free(title);
    }
}

typedef void write_fn(const struct findings *f, FILE *to, size_t pool);

static void write_result(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    files_json(f, to);
}

static void write_series(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    series_write(f->pool ? &f->pool->series : &f->sim->series, f->scenario, to);
}

static void write_series_sim(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    series_write(&f->sim->series, f->scenario, to);
}

static void write_series_paired(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    series_write(&f->sim_paired->series, f->scenario, to);
}

static void write_hgrm(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    hist_print(f->pool ? &f->pool->response : &f->sim->response, to);
}

static void write_hgrm_sim(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    hist_print(&f->sim->response, to);
}

static void write_responses(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    responses_write(f->pool ? &f->pool->responses : &f->sim->responses, to);
}

static void write_responses_sim(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    responses_write(&f->sim->responses, to);
}

static void write_replications(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    replications_write(f->sim, to);
}

static void write_jobs(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    jobs_write(f->jobs, to);
}

static void write_jobs_sim(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    jobs_write(f->jobs_sim, to);
}

static void write_percentile_table(const struct findings *f, FILE *to, size_t pool) {
    (void)pool;
    write_percentiles(f, to);
}

static bool has_headroom(const struct findings *f) {
    return f->sim && f->sim->headroom.count > 0;
}

/* What the search for headroom tried; a blank where a probe was not run. */
static void write_headroom(const struct findings *f, FILE *to, size_t pool) {
    const struct headroom *h = &f->sim->headroom;
    (void)pool;
    fputs("rate_factor,workers,utilisation,wait_mean,wait_low,wait_high,p99,p99_low,p99_high,met\n",
          to);
    for (size_t i = 0; i < h->count; i++) {
        const struct headroom_probe *p = &h->probes[i];
        fprintf(to, "%.9g,%lld", p->rate, (long long)p->workers);
        cell(to, p->utilisation.mean);
        cell(to, p->wait.mean);
        cell(to, p->wait.low);
        cell(to, p->wait.high);
        cell(to, p->p99.mean);
        cell(to, p->p99.low);
        cell(to, p->p99.high);
        fprintf(to, ",%d\n", p->met);
    }
}

static void write_events(const struct findings *f, FILE *to, size_t pool) {
    (void)f;
    (void)pool;
    fputs("t,pool,what,from,to\n", to); /* static pools: nothing changes */
}

/* Files on their way: written one by one, put in place together. */
struct batch {
    const char *dir;
    struct output *items;
    size_t count;
    struct err *err;
};

static bool write_file(struct batch *b, const struct findings *f, const char *name, write_fn *write,
                       size_t pool) {
    b->items = mem_resize(b->items, b->count + 1, sizeof *b->items);
    struct output *o = &b->items[b->count];
    if (!output_begin(o, b->dir, name, b->err))
        return false;
    b->count++;
    errno = 0;
    write(f, o->to, pool);
    return output_close(o, b->err);
}

enum when { ALWAYS, WITH_SIM, WITH_BOTH, WITH_HEADROOM, WITH_JOBS, WITH_JOBS_SIM };

static const struct {
    const char *name;
    write_fn *write;
    enum when when;
} files[] = {
    {"series.csv", write_series, ALWAYS},
    {"series-sim.csv", write_series_sim, WITH_BOTH},
    {"series-paired.csv", write_series_paired, WITH_BOTH},
    {"response.hgrm", write_hgrm, ALWAYS},
    {"response-sim.hgrm", write_hgrm_sim, WITH_BOTH},
    {"response.csv", write_responses, ALWAYS},
    {"response-sim.csv", write_responses_sim, WITH_BOTH},
    {"replications.csv", write_replications, WITH_SIM},
    {"headroom.csv", write_headroom, WITH_HEADROOM},
    {"jobs.csv", write_jobs, WITH_JOBS},
    {"jobs-sim.csv", write_jobs_sim, WITH_JOBS_SIM},
    {"percentiles.csv", write_percentile_table, ALWAYS},
    {"events.csv", write_events, ALWAYS},
    {"result.json", write_result, ALWAYS},
};

enum { FILES = sizeof files / sizeof *files };

static bool wanted(const struct findings *f, int file) {
    switch (files[file].when) {
    case ALWAYS:
        break;
    case WITH_SIM:
        return f->sim;
    case WITH_BOTH:
        return f->sim && f->pool;
    case WITH_HEADROOM:
        return has_headroom(f);
    case WITH_JOBS:
        return f->jobs;
    case WITH_JOBS_SIM:
        return f->jobs_sim;
    }
    return true;
}

static bool write_all(struct batch *b, const struct findings *f) {
    bool ok = true;
    for (int i = 0; ok && i < FILES; i++)
        if (wanted(f, i))
            ok = write_file(b, f, files[i].name, files[i].write, 0);
    for (size_t p = 0; ok && p < f->scenario->pools.count; p++) {
        bool one = f->scenario->pools.count == 1;
        char *name = one ? mem_text("chart.csv")
                         : mem_format("chart-%s.csv", f->scenario->pools.items[p].name);
        ok = write_file(b, f, name, write_chart, p);
        free(name);
    }
    return ok;
}

static void remove_file(const char *dir, const char *name) {
    char *path = mem_format("%s/%s", dir, name);
    unlink(path);
    free(path);
}

/* What an earlier run left and this one does not write would speak of other jobs: charts (they are
 * drawn anew, or not) and the files of an engine that did not run this time. */
static void remove_stale(const struct findings *f, const char *dir) {
    static const char *const charts[] = {
        "workers.svg",  "workers.png",       "workers.pdf",       "queue.svg",
        "queue.png",    "queue.pdf",         "response.svg",      "response.png",
        "response.pdf", "p99-over-time.svg", "p99-over-time.png", "p99-over-time.pdf"};
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++)
        remove_file(dir, charts[i]);
    for (int i = 0; i < FILES; i++)
        if (!wanted(f, i))
            remove_file(dir, files[i].name);
}

bool files_write(const struct findings *f, const char *dir, struct err *err) {
    struct batch b = {.dir = dir, .err = err};
    bool ok = write_all(&b, f), placed = true;
    for (size_t i = 0; i < b.count; i++)
        placed = output_end(&b.items[i], ok, err) && placed;
    free(b.items);
    if (ok && placed)
        remove_stale(f, dir);
    return ok && placed;
}
