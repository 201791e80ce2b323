/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files: see files.h. */
#include "cli/files.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cells.h"
#include "cli/charts.h"
#include "cli/crew.h"
#include "cli/curve.h"
#include "cli/output.h"
#include "cli/sheets.h"
#include "cli/sizes.h"
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
        if (f->ideal)
            part(&j, "sim_ideal", f->ideal);
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

static double known(const struct theory_figure *f) {
    return f->mark == THEORY_NONE ? NAN : f->value;
}

static double slo_of(const struct scenario *sc, enum slo_metric metric) {
    for (size_t i = 0; i < sc->slo.count; i++)
        if (sc->slo.items[i].class == SLO_TOTAL && sc->slo.items[i].metric == metric)
            return sc->slo.items[i].limit;
    return NAN;
}

static void chart_theory(const struct findings *f, FILE *to) {
    const struct theory none = {.fluid_slope = NAN}, *t = f->theory ? f->theory : &none;
    cells_pair_number(to, "has_theory", f->theory && !f->theory->reason);
    cells_pair_number(to, "utilisation_theory", known(&t->utilisation));
    cells_pair_number(to, "queue_theory", known(&t->queue_length));
    cells_pair_number(to, "p99_theory", known(&t->response[3]));
    cells_pair_number(to, "rejected_theory", known(&t->rejected_share));
    cells_pair_number(to, "fluid_slope", t->fluid_slope);
    cells_pair_number(to, "fluid_start", t->fluid_slope * nsec_seconds(f->scenario->run.warmup));
    char *label = mem_format("theory%s%s", t->name ? ", " : "", t->name ? t->name : "");
    cells_pair_text(to, "theory_label", label);
    free(label);
}

/* "simulated: mean of 10 replications, its 95 % interval"; fresh memory. */
static char *replicated(const struct result *r, const char *what) {
    return r && r->replications > 1
               ? mem_format("%s: mean of %llu replications, its 95 %% interval", what,
                            (unsigned long long)r->replications)
               : mem_text(what);
}

static void chart_labels(const struct findings *f, FILE *to) {
    char *sim = replicated(f->sim, "simulated");
    cells_pair_text(to, "sim_label", sim);
    cells_pair_text(to, "paired_label", "simulated, the same jobs");
    cells_pair_text(to, "pool_label", "real pool, this host");
    free(sim);
}

/* Of a pool that changes its size. */
static void chart_sizes(const struct findings *f, FILE *to, size_t pool) {
    bool known = f->sim && f->scenario->pools.count == 1;
    char *crew = crew_words(&f->scenario->pools.items[pool]);
    cells_pair_number(to, "resizes", 1);
    cells_pair_text(to, "crew", crew);
    cells_pair_number(to, "sampled_every", nsec_seconds(f->scenario->run.sample_every));
    free(crew);
    cells_pair_number(to, "changes", (double)sizes_changes(f, pool));
    cells_pair_number(to, "best_fixed", known ? f->sim->headroom.workers : NAN);
}

static void chart_pool(const struct findings *f, FILE *to, size_t pool) {
    const struct scenario *sc = f->scenario;
    const struct pool_spec *spec = &sc->pools.items[pool];
    const struct result *r = f->pool ? f->pool : f->sim;
    bool varies = scenario_endless(spec) || scenario_resizes(spec);
    cells_pair_number(to, "workers", varies ? NAN : (double)spec->workers);
    cells_pair_number(to, "capacity",
                      spec->queue.capacity == CAPACITY_UNBOUNDED ? NAN
                                                                 : (double)spec->queue.capacity);
    cells_pair_number(to, "p99_window", r->series.p99_window[pool]);
    cells_pair_number(to, "batches", (double)sheets_batches(f, pool));
    if (sizes_resizes(f, pool))
        chart_sizes(f, to, pool);
}

/* The lines that mark figures on the distribution. */
static void chart_marks(const char *engine, const struct result *r, FILE *to) {
    const struct {
        const char *name;
        double value;
    } marks[] = {{"mean", r ? r->total.response.mean.mean : NAN},
                 {"p50", r ? r->total.response.p50.mean : NAN},
                 {"p99", r ? r->total.response.p99.mean : NAN},
                 {"max", r ? r->total.response.max : NAN}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char *key = mem_format("%s_%s", engine, marks[i].name);
        cells_pair_number(to, key, marks[i].value);
        free(key);
    }
}

static void chart_run(const struct findings *f, FILE *to) {
    struct binning bins = sheets_binning(f);
    cells_pair_number(to, "slo_p99", slo_of(f->scenario, SLO_P99));
    cells_pair_number(to, "slo_rejected", slo_of(f->scenario, SLO_REJECTED));
    chart_marks("sim", f->sim, to);
    chart_marks("pool", f->pool, to);
    cells_pair_number(to, "bin_width", bins.width);
    cells_pair_number(to, "bins_a_decade", bins.per_decade);
    cells_pair_number(to, "beyond", bins.beyond);
    cells_pair_number(to, "little_window", (f->sim ? f->sim : f->pool)->little.window);
    cells_pair_number(to, "wait_knee", curve_knee(f));
}

static void chart_titles(const struct findings *f, FILE *to, size_t pool) {
    for (size_t i = 0; i < titles_chart_count; i++) {
        const struct chart *c = &titles_charts[i];
        if (!titles_drawn(c, f, pool))
            continue;
        char *key = mem_format("title_%s", c->name), *title = c->title(f, pool);
        cells_pair_text(to, key, title);
        free(key);
        free(title);
        if (c->note) {
            key = mem_format("note_%s", c->name);
            char *note = c->note(f);
            cells_pair_text(to, key, note);
            free(key);
            free(note);
        }
    }
    char *subtitle = titles_subtitle(f, pool);
    cells_pair_text(to, "subtitle", subtitle);
    free(subtitle);
}

static void write_chart(const struct findings *f, FILE *to, size_t pool) {
    const struct scenario *sc = f->scenario;
    const struct result *r = f->pool ? f->pool : f->sim;
    fputs("key,value\n", to);
    cells_pair_text(to, "name", sc->name);
    cells_pair_text(to, "about", sc->about);
    cells_pair_text(to, "pool", pool == ALL_POOLS ? "" : sc->pools.items[pool].name);
    cells_pair_text(to, "regime", r->regime);
    cells_pair_number(to, "has_pool", f->pool != NULL);
    cells_pair_number(to, "has_sim", f->sim != NULL);
    cells_pair_number(to, "has_paired", f->sim && f->sim_paired && f->sim->replications > 1);
    cells_pair_text(to, "sim_file", f->pool ? "series-sim.csv" : "series.csv");
    cells_pair_text(to, "pool_file", "series.csv");
    if (pool != ALL_POOLS)
        chart_pool(f, to, pool);
    chart_run(f, to);
    chart_theory(f, to);
    chart_labels(f, to);
    chart_titles(f, to, pool);
}

typedef void write_fn(const struct findings *f, FILE *to);

static void write_series(const struct findings *f, FILE *to) {
    series_write(f->pool ? &f->pool->series : &f->sim->series, f->scenario, to);
}

static void write_series_sim(const struct findings *f, FILE *to) {
    series_write(&f->sim->series, f->scenario, to);
}

static void write_series_paired(const struct findings *f, FILE *to) {
    const struct series *s = f->sim_paired ? &f->sim_paired->series : &f->sim->first;
    series_write(s, f->scenario, to);
}

static void write_hgrm(const struct findings *f, FILE *to) {
    hist_print(f->pool ? &f->pool->response : &f->sim->response, to);
}

static void write_hgrm_sim(const struct findings *f, FILE *to) {
    hist_print(&f->sim->response, to);
}

static void write_responses(const struct findings *f, FILE *to) {
    responses_write(f->pool ? &f->pool->responses : &f->sim->responses, to);
}

static void write_responses_sim(const struct findings *f, FILE *to) {
    responses_write(&f->sim->responses, to);
}

static void write_replications(const struct findings *f, FILE *to) {
    replications_write(f->sim, to);
}

static void write_jobs(const struct findings *f, FILE *to) {
    jobs_write(f->jobs, to);
}

static void write_jobs_sim(const struct findings *f, FILE *to) {
    jobs_write(f->jobs_sim, to);
}

static bool has_headroom(const struct findings *f) {
    return f->sim && f->sim->headroom.count > 0;
}

static void write_headroom(const struct findings *f, FILE *to) {
    sheets_headroom(f->sim, to);
}

static bool both(const struct findings *f) {
    return f->sim && f->pool;
}

static bool resizes(const struct findings *f) {
    return (f->pool ? f->pool : f->sim)->resizes.decided_count > 0;
}

static bool both_resize(const struct findings *f) {
    return both(f) && f->sim->resizes.decided_count > 0;
}

static bool has_first(const struct findings *f) {
    return both(f) || (f->sim && f->sim->first.count > 0);
}

static void write_decisions(const struct findings *f, FILE *to) {
    resize_log_write(&(f->pool ? f->pool : f->sim)->resizes, f->scenario, to);
}

static void write_decisions_sim(const struct findings *f, FILE *to) {
    resize_log_write(&f->sim->resizes, f->scenario, to);
}

static bool has_twin(const struct findings *f) {
    return f->twin != NULL;
}

static bool has_sim(const struct findings *f) {
    return f->sim != NULL;
}

static bool has_jobs(const struct findings *f) {
    return f->jobs != NULL;
}

static bool has_jobs_sim(const struct findings *f) {
    return f->jobs_sim != NULL;
}

static const struct {
    const char *name;
    write_fn *write;
    bool (*written)(const struct findings *f); /* NULL: always */
} files[] = {
    {"series.csv", write_series, NULL},
    {"series-sim.csv", write_series_sim, both},
    {"series-paired.csv", write_series_paired, has_first},
    {"response.hgrm", write_hgrm, NULL},
    {"response-sim.hgrm", write_hgrm_sim, both},
    {"response.csv", write_responses, NULL},
    {"response-sim.csv", write_responses_sim, both},
    {"replications.csv", write_replications, has_sim},
    {"headroom.csv", write_headroom, has_headroom},
    {"jobs.csv", write_jobs, has_jobs},
    {"jobs-sim.csv", write_jobs_sim, has_jobs_sim},
    {"percentiles.csv", sheets_percentiles, NULL},
    {"histogram.csv", sheets_histogram, NULL},
    {"little.csv", sheets_little, NULL},
    {"utilisation.csv", curve_write, curve_known},
    {"open-twin.csv", sheets_twin, has_twin},
    {"events.csv", sheets_events, NULL},
    {"events-sim.csv", sheets_events_sim, both_resize},
    {"sizes.csv", sizes_write, sizes_any},
    {"decisions.csv", write_decisions, resizes},
    {"decisions-sim.csv", write_decisions_sim, both_resize},
    {"result.json", files_json, NULL},
};
enum { FILES = sizeof files / sizeof *files };

/* Files on their way: written one by one, put in place together. */
struct batch {
    const char *dir;
    struct output *items;
    size_t count;
    struct err *err;
};

/* NULL: it cannot be written. */
static FILE *begin_file(struct batch *b, const char *name) {
    b->items = mem_resize(b->items, b->count + 1, sizeof *b->items);
    struct output *o = &b->items[b->count];
    if (!output_begin(o, b->dir, name, b->err))
        return NULL;
    b->count++;
    errno = 0;
    return o->to;
}

static bool end_file(struct batch *b) {
    return output_close(&b->items[b->count - 1], b->err);
}

static bool write_file(struct batch *b, const struct findings *f, const char *name,
                       write_fn *write) {
    FILE *to = begin_file(b, name);
    if (to)
        write(f, to);
    return to && end_file(b);
}

static bool write_one_chart(struct batch *b, const struct findings *f, size_t pool) {
    char *name = charts_data(f->scenario, pool);
    FILE *to = begin_file(b, name);
    free(name);
    if (to)
        write_chart(f, to, pool);
    return to && end_file(b);
}

static bool write_all(struct batch *b, const struct findings *f) {
    bool ok = true;
    for (size_t i = 0; ok && i < FILES; i++)
        if (!files[i].written || files[i].written(f))
            ok = write_file(b, f, files[i].name, files[i].write);
    for (size_t p = 0; ok && p < f->scenario->pools.count; p++)
        ok = write_one_chart(b, f, p);
    if (ok && f->scenario->pools.count > 1)
        ok = write_one_chart(b, f, ALL_POOLS);
    return ok;
}

/* What an earlier run left and this one does not write would speak of other jobs: charts (they are
 * drawn anew, or not), and files that this run has none of. */
static void remove_stale(const struct findings *f, const char *dir) {
    for (size_t i = 0; i < FILES; i++)
        if (files[i].written && !files[i].written(f)) {
            char *path = mem_format("%s/%s", dir, files[i].name);
            unlink(path);
            free(path);
        }
    charts_clear(dir, f->scenario);
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
