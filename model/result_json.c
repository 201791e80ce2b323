/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_json: the columns of a result, once, as tables; the writer that walks them, and the
 * visitor of figures. */
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/result.h"
#include "model/result_columns.h"

#define METRIC(name, kind)                                                                         \
    { #name, kind, offsetof(struct metrics, name), NULL }
#define FATE_COLUMN(name, fate)                                                                    \
    { name, COLUMN_COUNT, offsetof(struct metrics, fates) + (fate) * sizeof(uint64_t), NULL }
#define TIMES_COLUMN(name)                                                                         \
    { #name, COLUMN_FIGURE, offsetof(struct times, name), NULL }
#define POOL_COLUMN(name, kind)                                                                    \
    { #name, kind, offsetof(struct pool_metrics, name), NULL }
#define LITTLE(name, kind)                                                                         \
    { #name, kind, offsetof(struct littles_law, name), NULL }
#define HEAD(name, kind, field)                                                                    \
    { name, kind, offsetof(struct result, field), NULL }
#define THRESHOLD(name, kind)                                                                      \
    { #name, kind, offsetof(struct threshold, name), NULL }
#define GROUP(type, name, columns)                                                                 \
    { #name, COLUMN_GROUP, offsetof(type, name), &(columns) }
#define COLUMNS(table)                                                                             \
    { table, sizeof(table) / sizeof *(table) }

static const struct column times_columns[] = {
    TIMES_COLUMN(mean), TIMES_COLUMN(cv),
    TIMES_COLUMN(p50),  TIMES_COLUMN(p90),
    TIMES_COLUMN(p95),  TIMES_COLUMN(p99),
    TIMES_COLUMN(p999), {"max", COLUMN_NUMBER, offsetof(struct times, max), NULL},
};
static const struct columns times = COLUMNS(times_columns);

static const struct column little_columns[] = {
    LITTLE(in_system, COLUMN_NUMBER),    LITTLE(rate_times_response, COLUMN_NUMBER),
    LITTLE(error, COLUMN_NUMBER),        LITTLE(edge, COLUMN_NUMBER),
    LITTLE(identity_holds, COLUMN_BOOL),
};
static const struct columns little = COLUMNS(little_columns);

static const struct column metric_columns[] = {
    METRIC(offered, COLUMN_COUNT),
    METRIC(admitted, COLUMN_COUNT),
    FATE_COLUMN("completed", FATE_COMPLETED),
    FATE_COLUMN("failed", FATE_FAILED),
    FATE_COLUMN("rejected", FATE_REJECTED),
    FATE_COLUMN("dropped", FATE_DROPPED),
    FATE_COLUMN("timed_out", FATE_TIMED_OUT),
    FATE_COLUMN("cancelled", FATE_CANCELLED),
    METRIC(retried, COLUMN_COUNT),
    FATE_COLUMN("dead_lettered", FATE_DEAD_LETTERED),
    FATE_COLUMN("in_flight_at_end", FATE_IN_FLIGHT),
    METRIC(blocked, COLUMN_COUNT),
    METRIC(caller_ran, COLUMN_COUNT),
    METRIC(offered_rate, COLUMN_FIGURE),
    METRIC(throughput, COLUMN_FIGURE),
    METRIC(goodput, COLUMN_FIGURE),
    METRIC(rejected_share, COLUMN_FIGURE),
    METRIC(wait_probability, COLUMN_FIGURE),
    GROUP(struct metrics, door, times),
    GROUP(struct metrics, wait, times),
    GROUP(struct metrics, service, times),
    GROUP(struct metrics, response, times),
    METRIC(stay, COLUMN_FIGURE),
    METRIC(in_system, COLUMN_FIGURE),
    {"littles_law", COLUMN_GROUP, offsetof(struct metrics, little), &little},
};
const struct columns result_metric_columns = COLUMNS(metric_columns);

#define RESIZING(name)                                                                             \
    { #name, COLUMN_FIGURE, offsetof(struct resizing_figures, name), NULL }

static const struct column resizing_columns[] = {
    RESIZING(resizes_per_minute), RESIZING(reversals_per_minute), RESIZING(most_workers),
    RESIZING(settling_time),      RESIZING(idle_share),
};
static const struct columns resizing = COLUMNS(resizing_columns);

static const struct column pool_columns[] = {
    POOL_COLUMN(workers, COLUMN_FIGURE),
    POOL_COLUMN(busy, COLUMN_FIGURE),
    POOL_COLUMN(utilisation, COLUMN_FIGURE),
    POOL_COLUMN(queue_length, COLUMN_FIGURE),
    POOL_COLUMN(resizes, COLUMN_COUNT),
    POOL_COLUMN(reversals, COLUMN_COUNT),
    POOL_COLUMN(worker_seconds, COLUMN_FIGURE),
    POOL_COLUMN(warm_up_share, COLUMN_FIGURE),
    POOL_COLUMN(workers_lost, COLUMN_COUNT),
    GROUP(struct pool_metrics, wait, times),
    GROUP(struct pool_metrics, service, times),
    POOL_COLUMN(rejected_share, COLUMN_FIGURE),
    {"resizing", COLUMN_GROUP_MAYBE, offsetof(struct pool_metrics, resizing), &resizing},
};
const struct columns result_pool_columns = COLUMNS(pool_columns);

static const struct column head_columns[] = {
    HEAD("version", COLUMN_TEXT, version),
    HEAD("seed", COLUMN_COUNT, seed),
    HEAD("replications", COLUMN_COUNT, replications),
    HEAD("duration", COLUMN_NUMBER, duration),
    HEAD("warmup", COLUMN_NUMBER, warmup),
    HEAD("interrupted", COLUMN_BOOL, interrupted),
};
const struct columns result_head_columns = COLUMNS(head_columns);

static const struct column threshold_columns[] = {
    THRESHOLD(metric, COLUMN_TEXT),  THRESHOLD(time, COLUMN_NUMBER),
    THRESHOLD(limit, COLUMN_NUMBER), THRESHOLD(value, COLUMN_NUMBER),
    THRESHOLD(met, COLUMN_BOOL),     THRESHOLD(sure, COLUMN_BOOL),
};
const struct columns result_threshold_columns = COLUMNS(threshold_columns);

#define PRECISION(name, kind)                                                                      \
    { #name, kind, offsetof(struct precision, name), NULL }

static const struct column precision_columns[] = {
    PRECISION(within, COLUMN_NUMBER),
    PRECISION(reached, COLUMN_NUMBER),
    PRECISION(max_replications, COLUMN_COUNT),
    PRECISION(met, COLUMN_BOOL),
};
const struct columns result_precision_columns = COLUMNS(precision_columns);

#define HEADROOM(name, kind, field)                                                                \
    { name, kind, offsetof(struct headroom, field), NULL }

static const struct column theory_columns[] = {
    HEADROOM("rate", COLUMN_NUMBER, theory_rate),
    HEADROOM("workers", COLUMN_NUMBER, theory_workers),
};
static const struct columns headroom_theory = COLUMNS(theory_columns);

static const struct column headroom_columns[] = {
    HEADROOM("rate", COLUMN_NUMBER, rate),
    HEADROOM("rate_low", COLUMN_NUMBER, rate_low),
    HEADROOM("rate_high", COLUMN_NUMBER, rate_high),
    HEADROOM("rate_at_least", COLUMN_BOOL, at_least),
    HEADROOM("workers", COLUMN_NUMBER, workers),
    HEADROOM("workers_low", COLUMN_NUMBER, workers_low),
    HEADROOM("workers_high", COLUMN_NUMBER, workers_high),
    HEADROOM("static_worker_seconds", COLUMN_NUMBER_MAYBE, spent),
    HEADROOM("overshoot", COLUMN_NUMBER_MAYBE, overshoot),
    {"theory", COLUMN_GROUP, 0, &headroom_theory},
};
const struct columns result_headroom_columns = COLUMNS(headroom_columns);

static void write_columns(struct json *j, const void *from, const struct columns *columns);

static void write_figure(struct json *j, const char *key, const struct figure *f) {
    json_open(j, key, '{');
    json_number(j, "mean", f->mean);
    json_number(j, "low", f->low);
    json_number(j, "high", f->high);
    if (f->needs)
        json_count(j, "needs", f->needs);
    if (f->reason)
        json_text(j, "reason", f->reason);
    json_close(j, '}');
}

static void write_group(struct json *j, const char *key, const void *from,
                        const struct columns *columns) {
    json_open(j, key, '{');
    write_columns(j, from, columns);
    json_close(j, '}');
}

static bool known_group(const void *first_figure) {
    return !isnan(((const struct figure *)first_figure)->mean);
}

static void write_column(struct json *j, const struct column *column, const void *at) {
    switch (column->kind) {
    case COLUMN_COUNT:
        json_count(j, column->name, *(const uint64_t *)at);
        break;
    case COLUMN_FIGURE:
        write_figure(j, column->name, at);
        break;
    case COLUMN_NUMBER:
        json_number(j, column->name, *(const double *)at);
        break;
    case COLUMN_BOOL:
        json_bool(j, column->name, *(const bool *)at);
        break;
    case COLUMN_TEXT:
        json_text(j, column->name, *(char *const *)at);
        break;
    case COLUMN_GROUP:
        write_group(j, column->name, at, column->of);
        break;
    case COLUMN_GROUP_MAYBE:
        if (known_group(at))
            write_group(j, column->name, at, column->of);
        break;
    case COLUMN_NUMBER_MAYBE:
        if (!isnan(*(const double *)at))
            json_number(j, column->name, *(const double *)at);
        break;
    }
}

static void write_columns(struct json *j, const void *from, const struct columns *columns) {
    for (size_t i = 0; i < columns->count; i++)
        write_column(j, &columns->items[i], (const char *)from + columns->items[i].offset);
}

static void write_texts(struct json *j, const char *key, char *const *texts, size_t count) {
    json_open(j, key, '[');
    for (size_t i = 0; i < count; i++)
        json_text(j, NULL, texts[i]);
    json_close(j, ']');
}

static void write_slo(struct json *j, const struct result *r) {
    json_open(j, "slo", '[');
    for (size_t i = 0; i < r->slo_count; i++)
        write_group(j, NULL, &r->slo[i], &result_threshold_columns);
    json_close(j, ']');
}

static void write_headroom(struct json *j, const struct headroom *h) {
    if (isnan(h->rate) && isnan(h->workers))
        json_raw(j, "headroom", "null");
    else
        write_group(j, "headroom", h, &result_headroom_columns);
}

static void write_precision(struct json *j, const struct precision *p) {
    if (!p->metric) {
        json_raw(j, "precision", "null");
        return;
    }
    json_open(j, "precision", '{');
    json_text(j, "metric", p->metric);
    write_columns(j, p, &result_precision_columns);
    json_close(j, '}');
}

static void write_head(struct json *j, const struct result *r) {
    json_text(j, "schema", RESULT_SCHEMA);
    json_text(j, "scenario", r->name);
    json_text(j, "about", r->about);
    json_text(j, "engine", r->engine);
    if (r->method)
        json_text(j, "method", r->method);
    write_columns(j, r, &result_head_columns);
    json_bool(j, "warmup_auto", r->warmup_auto);
    write_precision(j, &r->precision);
    json_raw(j, "host", r->host);
}

void result_json(const struct result *r, struct json *j) {
    write_head(j, r);
    write_group(j, "total", &r->total, &result_metric_columns);
    json_open(j, "classes", '{');
    for (size_t i = 0; i < r->class_names.count; i++)
        write_group(j, r->class_names.items[i], &r->classes[i], &result_metric_columns);
    json_close(j, '}');
    json_open(j, "pools", '{');
    for (size_t i = 0; i < r->pool_names.count; i++)
        write_group(j, r->pool_names.items[i], &r->pools[i], &result_pool_columns);
    json_close(j, '}');
    json_raw(j, "resources", "{}");
    json_text(j, "regime", r->regime);
    write_headroom(j, &r->headroom);
    write_slo(j, r);
    json_open(j, "trust", '{');
    json_bool(j, "ok", r->trusted);
    write_texts(j, "reasons", r->reasons, r->reason_count);
    json_close(j, '}');
    write_texts(j, "advice", r->advice, r->advice_count);
}

static void visit_columns(void *from, const struct columns *columns, const char *prefix,
                          result_figure_fn *visit, void *context) {
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *c = &columns->items[i];
        void *at = (char *)from + c->offset;
        bool group = c->kind == COLUMN_GROUP || (c->kind == COLUMN_GROUP_MAYBE && known_group(at));
        if (c->kind != COLUMN_FIGURE && !group)
            continue;
        char *name = mem_format("%s.%s", prefix, c->name);
        if (group)
            visit_columns(at, c->of, name, visit, context);
        else
            visit(at, name, context);
        free(name);
    }
}

static void visit_part(void *from, const struct columns *columns, const char *kind,
                       const char *part, result_figure_fn *visit, void *context) {
    char *name = mem_format("%s.%s", kind, part);
    visit_columns(from, columns, name, visit, context);
    free(name);
}

void result_figures(struct result *r, result_figure_fn *visit, void *context) {
    visit_columns(&r->total, &result_metric_columns, "total", visit, context);
    for (size_t i = 0; i < r->class_names.count; i++)
        visit_part(&r->classes[i], &result_metric_columns, "classes", r->class_names.items[i],
                   visit, context);
    for (size_t i = 0; i < r->pool_names.count; i++)
        visit_part(&r->pools[i], &result_pool_columns, "pools", r->pool_names.items[i], visit,
                   context);
}
