/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_rows: see sweep_rows.h. */
#include "cli/sweep_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "model/mem.h"
#include "model/result_columns.h"
#include "model/rng.h"
#include "model/shard.h"
#include "model/text.h"
#include "model/theory.h"

/* ---- sweep.csv ------------------------------------------------------------------------------- */

/* A column's name, and those of its interval. */
static void csv_names(FILE *to, const char *before, const struct column *c) {
    fprintf(to, ",%s%s", before, c->name);
    if (c->kind == COLUMN_FIGURE)
        fprintf(to, ",%s%s_low,%s%s_high", before, c->name, before, c->name);
}

static void csv_cells(FILE *to, const void *from, const struct column *c) {
    const void *at = (const char *)from + c->offset;
    if (c->kind == COLUMN_FIGURE)
        cells_figure(to, at);
    else if (c->kind == COLUMN_COUNT)
        fprintf(to, ",%llu", *(const unsigned long long *)at);
    else
        cells_number(to, *(const double *)at);
}

static bool shown(const struct column *c) {
    return c->kind == COLUMN_FIGURE || c->kind == COLUMN_COUNT || c->kind == COLUMN_NUMBER;
}

/* The columns of all jobs, their times with `wait_` and so on before them. */
static void csv_total(FILE *to, const struct metrics *m) {
    for (size_t i = 0; i < result_metric_columns.count; i++) {
        const struct column *c = &result_metric_columns.items[i];
        bool law = !strcmp(c->name, "littles_law");
        char *before = mem_format("%s_", c->name);
        if (shown(c) && m)
            csv_cells(to, m, c);
        else if (shown(c))
            csv_names(to, "", c);
        for (size_t k = 0; c->kind == COLUMN_GROUP && !law && k < c->of->count; k++)
            if (m)
                csv_cells(to, (const char *)m + c->offset, &c->of->items[k]);
            else
                csv_names(to, before, &c->of->items[k]);
        free(before);
    }
}

static void csv_pool(FILE *to, const char *pool, const struct pool_metrics *m) {
    char *before = mem_format("%s.", pool);
    for (size_t i = 0; i < result_pool_columns.count; i++) {
        const struct column *c = &result_pool_columns.items[i];
        if (shown(c) && m)
            csv_cells(to, m, c);
        else if (shown(c))
            csv_names(to, before, c);
    }
    free(before);
}

static void csv_head(FILE *to, const struct grid *g) {
    fputs("cell", to);
    for (size_t i = 0; i < g->axes.count; i++) {
        putc(',', to);
        cells_text(to, g->axes.items[i].path);
    }
    csv_total(to, NULL);
    for (size_t i = 0; i < g->scenario->pools.count; i++)
        csv_pool(to, g->scenario->pools.items[i].name, NULL);
    fputs(",regime,slo,slo_sure,trusted,theory,theory_holds,theory_utilisation,theory_wait_mean,"
          "theory_wait_p99,theory_response_mean,theory_response_p99,workers_mean,"
          "resizes_per_minute,reversals_per_minute,worker_seconds\n",
          to);
}

enum { P99 = 3 }; /* of the percentiles */

static double known(const struct theory_figure *f) {
    return f->mark == THEORY_NONE ? NAN : f->value;
}

static double reversals_of(const struct result *r) {
    double reversals = 0;
    for (size_t i = 0; i < r->pool_names.count; i++)
        reversals += fmax(0, r->pools[i].resizing.reversals_per_minute.mean); /* NaN: fixed */
    return reversals;
}

/* Of all pools together. */
static void csv_sizes(FILE *to, const struct result *r) {
    double workers = 0, resizes = 0, seconds = 0;
    for (size_t i = 0; i < r->pool_names.count; i++) {
        workers += r->pools[i].workers.mean;
        resizes += fmax(0, r->pools[i].resizing.resizes_per_minute.mean);
        seconds += r->pools[i].worker_seconds.mean;
    }
    cells_number(to, workers);
    cells_number(to, resizes);
    cells_number(to, reversals_of(r));
    cells_number(to, seconds);
}

static void csv_row(FILE *to, const struct grid *g, const struct sweep_row *row,
                    const struct result *r, const struct theory *t) {
    static const char *const words[] = {"", "met", "missed"};
    fprintf(to, "%zu", row->cell + 1);
    for (size_t i = 0; i < g->axes.count; i++) {
        char *value = grid_value(g, row->cell, i);
        putc(',', to);
        cells_text(to, value);
        free(value);
    }
    csv_total(to, &r->total);
    for (size_t i = 0; i < r->pool_names.count; i++)
        csv_pool(to, r->pool_names.items[i], &r->pools[i]);
    fprintf(to, ",%s,%s,%s,%s,", r->regime, words[row->slo],
            row->slo == SWEEP_NO_SLO ? ""
            : row->sure              ? "true"
                                     : "false",
            r->trusted ? "true" : "false");
    cells_text(to, t->name ? t->name : "");
    fprintf(to, ",%s", theory_word(t->response[P99].mark));
    const struct theory_figure *figures[] = {&t->utilisation, &t->wait_mean, &t->wait[P99],
                                             &t->response_mean, &t->response[P99]};
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        cells_number(to, known(figures[i]));
    csv_sizes(to, r);
    putc('\n', to);
}

/* ---- sweep.json ------------------------------------------------------------------------------ */

static void json_head(struct json *j, const struct grid *g) {
    char identity[24];
    snprintf(identity, sizeof identity, "%016llx", (unsigned long long)g->identity);
    json_open(j, NULL, '{');
    json_text(j, "schema", SWEEP_SCHEMA);
    json_text(j, "sweep", identity);
    json_text(j, "scenario", g->scenario->name);
    json_text(j, "about", g->scenario->about);
    json_text(j, "version", HEADROOM_VERSION);
    json_text(j, "generator", RNG_GENERATOR);
    json_count(j, "seed", (uint64_t)g->scenario->seed);
    json_open(j, "paths", '[');
    for (size_t i = 0; i < g->axes.count; i++)
        json_text(j, NULL, g->axes.items[i].path);
    json_close(j, ']');
    json_count(j, "of", g->cells);
    json_open(j, "cells", '[');
}

/* One cell, on one line. */
static void json_cell(FILE *to, const struct grid *g, size_t cell, const struct result *r,
                      const struct theory *t) {
    struct json j = {.to = to, .depth = 3};
    json_open(&j, NULL, '{');
    json_count(&j, "cell", cell + 1);
    json_open(&j, "values", '{');
    for (size_t i = 0; i < g->axes.count; i++) {
        char *value = grid_value(g, cell, i);
        json_text(&j, g->axes.items[i].path, value);
        free(value);
    }
    json_close(&j, '}');
    json_open(&j, "result", '{');
    result_json(r, &j);
    json_close(&j, '}');
    json_open(&j, "theory", '{');
    theory_json(t, &j);
    json_close(&j, '}');
    json_close(&j, '}');
}

/* The text behind a key of json_head, where the line has it and nothing was found yet. */
static void find_text(const char *line, const char *key, char **text) {
    char *before = mem_format("  \"%s\": \"", key);
    const char *value = line + strlen(before);
    if (!*text && !strncmp(line, before, strlen(before)))
        *text = mem_text_part(value, strcspn(value, "\""));
    free(before);
}

/* Whose it is, as json_head has written it; no identity: it is no sweep's. */
static struct shard_head read_head(FILE *f) {
    struct shard_head head = {0};
    char *line = NULL, *identity = NULL;
    size_t room = 0;
    while (getline(&line, &room, f) > 0 && strncmp(line, "  \"cells\"", 9) != 0) {
        find_text(line, "sweep", &identity);
        find_text(line, "version", &head.version);
        find_text(line, "generator", &head.generator);
    }
    head.identity = identity ? strtoull(identity, NULL, 16) : 0;
    head.version = head.version ? head.version : mem_text("");
    head.generator = head.generator ? head.generator : mem_text("");
    free(identity);
    free(line);
    return head;
}

static bool ends_whole(FILE *f) {
    char tail[33] = "";
    return fseek(f, 1 - (long)sizeof tail, SEEK_END) == 0 &&
           fread(tail, 1, sizeof tail - 1, f) > 0 && strstr(tail, "\"interrupted\": false");
}

enum sweep_there sweep_rows_there(const char *dir, const struct grid *g, const char **differs) {
    char *path = mem_format("%s/" SWEEP_JSON, dir);
    FILE *f = fopen(path, "re");
    struct shard_head head = f ? read_head(f) : (struct shard_head){0};
    enum sweep_there there = SWEEP_NONE_THERE;
    *differs = head.identity ? shard_differs(&head, g) : NULL;
    if (*differs)
        there = SWEEP_OTHER_THERE;
    else if (head.identity)
        there = ends_whole(f) ? SWEEP_WHOLE_THERE : SWEEP_CUT_THERE;
    if (f)
        fclose(f);
    shard_head_free(&head);
    free(path);
    return there;
}

/* ---- cells ----------------------------------------------------------------------------------- */

struct made {
    char *csv, *json;
    struct sweep_row row;
};

static struct sweep_band band(const struct figure *f) {
    return (struct sweep_band){f->mean, f->low, f->high};
}

static void judge(struct sweep_row *row, const struct result *r) {
    row->trusted = r->trusted;
    row->sure = true;
    row->slo = r->slo_count == 0 ? SWEEP_NO_SLO : result_met(r) ? SWEEP_MET : SWEEP_MISSED;
    for (size_t i = 0; i < r->slo_count; i++) {
        const struct threshold *t = &r->slo[i];
        /* a miss is sure where any threshold is surely missed, a met one where all are sure */
        row->sure = row->slo == SWEEP_MISSED ? (i > 0 && row->sure) || (t->sure && !t->met)
                                             : row->sure && t->sure;
    }
}

/* What is missed, where it is not P99. */
static void explain(struct sweep_row *row, const struct result *r) {
    const struct threshold *t = NULL;
    char value[40];
    for (size_t i = r->slo_count; i-- > 0;) {
        if (!r->slo[i].met && !strcmp(r->slo[i].metric, "p99"))
            return;
        t = r->slo[i].met ? t : &r->slo[i];
    }
    if (!t || isnan(t->value))
        return;
    if (t->unit == 's')
        snprintf(row->why, sizeof row->why, "%.*f %% %.20s", t->value < 0.0995 ? 1 : 0,
                 100 * t->value, t->metric);
    else if (t->unit == 't')
        snprintf(row->why, sizeof row->why, "%.14s %.16s", t->metric,
                 text_duration(value, sizeof value, t->value));
    else
        snprintf(row->why, sizeof row->why, "%.14s %.12s/s", t->metric,
                 text_short(value, sizeof value, t->value));
}

static struct sweep_row row_of(size_t cell, const struct scenario *sc, const struct result *r,
                               const struct theory *t) {
    const struct figure *busiest = &r->pools[0].utilisation;
    struct sweep_row row = {.cell = cell,
                            .workers = (double)scenario_workers(sc),
                            .slo_p99 = NAN,
                            .reversals = reversals_of(r),
                            .throughput = band(&r->total.throughput),
                            .rejected = band(&r->total.rejected_share),
                            .wait_p99 = band(&r->total.wait.p99),
                            .p50 = band(&r->total.response.p50),
                            .p99 = band(&r->total.response.p99),
                            .theory_utilisation = known(&t->utilisation),
                            .theory_p99 = known(&t->response[P99])};
    for (size_t i = 1; i < r->pool_names.count; i++)
        if (!(r->pools[i].utilisation.mean <= busiest->mean))
            busiest = &r->pools[i].utilisation;
    row.utilisation = band(busiest);
    for (size_t i = 0; i < sc->pools.count; i++)
        row.resizes = row.resizes || scenario_resizes(&sc->pools.items[i]);
    for (size_t i = 0; i < sc->classes.count; i++)
        row.rate += scenario_class_rate(&sc->classes.items[i]);
    for (size_t i = 0; i < sc->slo.count; i++)
        if (sc->slo.items[i].class == SLO_TOTAL && sc->slo.items[i].metric == SLO_P99)
            row.slo_p99 = sc->slo.items[i].limit;
    judge(&row, r);
    explain(&row, r);
    return row;
}

void *sweep_rows_make(void *context, size_t cell, const struct scenario *sc,
                      const struct result *r) {
    const struct sweep_rows *rows = context;
    struct made *made = mem_new(1, sizeof *made);
    struct theory theory;
    size_t size;
    theory_of(&theory, sc);
    made->row = row_of(cell, sc, r, &theory);
    FILE *to = open_memstream(&made->csv, &size);
    if (to) {
        csv_row(to, rows->grid, &made->row, r, &theory);
        fclose(to);
    }
    to = open_memstream(&made->json, &size);
    if (to) {
        json_cell(to, rows->grid, cell, r, &theory);
        fclose(to);
    }
    theory_free(&theory);
    return made;
}

void sweep_rows_take(void *context, size_t cell, void *taken) {
    struct sweep_rows *rows = context;
    struct made *made = taken;
    (void)cell;
    fputs(made->csv ? made->csv : "", rows->csv.to);
    json_raw(&rows->writer, NULL, made->json ? made->json : "null");
    rows->items[rows->count++] = made->row;
    free(made->csv);
    free(made->json);
    free(made);
}

bool sweep_rows_begin(struct sweep_rows *rows, const struct grid *g, const char *dir,
                      struct err *err) {
    *rows = (struct sweep_rows){.grid = g};
    if (!output_begin(&rows->csv, dir, SWEEP_CSV, err))
        return false;
    if (!output_begin(&rows->json, dir, SWEEP_JSON, err)) {
        output_close(&rows->csv, err);
        output_end(&rows->csv, false, err);
        return false;
    }
    errno = 0;
    rows->items = mem_new(g->cells, sizeof *rows->items);
    rows->writer.to = rows->json.to;
    csv_head(rows->csv.to, g);
    json_head(&rows->writer, g);
    return true;
}

bool sweep_rows_end(struct sweep_rows *rows, bool keep, bool interrupted, struct err *err) {
    json_close(&rows->writer, ']');
    json_bool(&rows->writer, "interrupted", interrupted);
    json_close(&rows->writer, '}');
    bool csv = output_close(&rows->csv, err), json = output_close(&rows->json, err);
    keep = keep && csv && json;
    csv = output_end(&rows->csv, keep, err) && csv;
    return output_end(&rows->json, keep, err) && csv && json;
}

void sweep_rows_free(struct sweep_rows *rows) {
    free(rows->items);
    *rows = (struct sweep_rows){0};
}
