/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_json: the columns of a result, once, as tables; and the writer that walks them. */
#include <math.h>

#include "model/result.h"

enum column_kind {
    COLUMN_COUNT,
    COLUMN_FIGURE,
    COLUMN_TIMES,
    COLUMN_NUMBER,
    COLUMN_BOOL,
    COLUMN_LITTLE
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t offset;
};

#define METRIC(name, kind)                                                                         \
    { #name, kind, offsetof(struct metrics, name) }
#define FATE_COLUMN(name, fate)                                                                    \
    { name, COLUMN_COUNT, offsetof(struct metrics, fates) + (fate) * sizeof(uint64_t) }
#define TIMES_COLUMN(name)                                                                         \
    { #name, COLUMN_FIGURE, offsetof(struct times, name) }
#define POOL_COLUMN(name, kind)                                                                    \
    { #name, kind, offsetof(struct pool_metrics, name) }
#define LITTLE(name, kind)                                                                         \
    { #name, kind, offsetof(struct littles_law, name) }

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
    METRIC(door, COLUMN_TIMES),
    METRIC(wait, COLUMN_TIMES),
    METRIC(service, COLUMN_TIMES),
    METRIC(response, COLUMN_TIMES),
    METRIC(stay, COLUMN_FIGURE),
    METRIC(in_system, COLUMN_FIGURE),
    {"littles_law", COLUMN_LITTLE, offsetof(struct metrics, little)},
};

static const struct column times_columns[] = {
    TIMES_COLUMN(mean), TIMES_COLUMN(cv),
    TIMES_COLUMN(p50),  TIMES_COLUMN(p90),
    TIMES_COLUMN(p95),  TIMES_COLUMN(p99),
    TIMES_COLUMN(p999), {"max", COLUMN_NUMBER, offsetof(struct times, max)},
};

static const struct column pool_columns[] = {
    POOL_COLUMN(workers, COLUMN_FIGURE),        POOL_COLUMN(busy, COLUMN_FIGURE),
    POOL_COLUMN(utilisation, COLUMN_FIGURE),    POOL_COLUMN(queue_length, COLUMN_FIGURE),
    POOL_COLUMN(resizes, COLUMN_COUNT),         POOL_COLUMN(reversals, COLUMN_COUNT),
    POOL_COLUMN(worker_seconds, COLUMN_FIGURE), POOL_COLUMN(warm_up_share, COLUMN_FIGURE),
    POOL_COLUMN(workers_lost, COLUMN_COUNT),    POOL_COLUMN(wait, COLUMN_TIMES),
    POOL_COLUMN(service, COLUMN_TIMES),         POOL_COLUMN(rejected_share, COLUMN_FIGURE),
};

static const struct column little_columns[] = {
    LITTLE(in_system, COLUMN_NUMBER),    LITTLE(rate_times_response, COLUMN_NUMBER),
    LITTLE(error, COLUMN_NUMBER),        LITTLE(edge, COLUMN_NUMBER),
    LITTLE(identity_holds, COLUMN_BOOL),
};

#define COLUMNS(table) table, sizeof(table) / sizeof *(table)

static void write_columns(struct json *j, const char *key, const void *from,
                          const struct column *columns, size_t count);

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
    case COLUMN_TIMES:
        write_columns(j, column->name, at, COLUMNS(times_columns));
        break;
    case COLUMN_LITTLE:
        write_columns(j, column->name, at, COLUMNS(little_columns));
        break;
    }
}

static void write_columns(struct json *j, const char *key, const void *from,
                          const struct column *columns, size_t count) {
    json_open(j, key, '{');
    for (size_t i = 0; i < count; i++)
        write_column(j, &columns[i], (const char *)from + columns[i].offset);
    json_close(j, '}');
}

static void write_texts(struct json *j, const char *key, char *const *texts, size_t count) {
    json_open(j, key, '[');
    for (size_t i = 0; i < count; i++)
        json_text(j, NULL, texts[i]);
    json_close(j, ']');
}

static void write_slo(struct json *j, const struct result *r) {
    json_open(j, "slo", '[');
    for (size_t i = 0; i < r->slo_count; i++) {
        json_open(j, NULL, '{');
        json_text(j, "metric", r->slo[i].metric);
        if (!isnan(r->slo[i].time))
            json_number(j, "time", r->slo[i].time);
        json_number(j, "limit", r->slo[i].limit);
        json_number(j, "value", r->slo[i].value);
        json_bool(j, "met", r->slo[i].met);
        json_bool(j, "sure", r->slo[i].sure);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void write_headroom(struct json *j, const struct headroom *h) {
    if (isnan(h->rate) && isnan(h->workers)) {
        json_raw(j, "headroom", "null");
        return;
    }
    json_open(j, "headroom", '{');
    json_number(j, "rate", h->rate);
    json_number(j, "rate_low", h->rate_low);
    json_number(j, "rate_high", h->rate_high);
    json_bool(j, "rate_at_least", h->at_least);
    json_number(j, "workers", h->workers);
    json_number(j, "workers_low", h->workers_low);
    json_number(j, "workers_high", h->workers_high);
    json_open(j, "theory", '{');
    json_number(j, "rate", h->theory_rate);
    json_number(j, "workers", h->theory_workers);
    json_close(j, '}');
    json_close(j, '}');
}

static void write_head(struct json *j, const struct result *r) {
    const struct scenario *sc = r->scenario;
    json_text(j, "schema", RESULT_SCHEMA);
    json_text(j, "scenario", sc->name);
    json_text(j, "about", sc->about);
    json_text(j, "engine", r->engine);
    json_text(j, "version", r->version);
    json_count(j, "seed", (uint64_t)sc->seed);
    json_count(j, "replications", r->replications);
    json_number(j, "duration", r->duration);
    json_number(j, "warmup", nsec_seconds(sc->run.warmup));
    json_bool(j, "interrupted", r->interrupted);
    json_raw(j, "host", r->host);
}

void result_json(const struct result *r, struct json *j) {
    const struct scenario *sc = r->scenario;
    write_head(j, r);
    write_columns(j, "total", &r->total, COLUMNS(metric_columns));
    json_open(j, "classes", '{');
    for (size_t i = 0; i < sc->classes.count; i++)
        write_columns(j, sc->classes.items[i].name, &r->classes[i], COLUMNS(metric_columns));
    json_close(j, '}');
    json_open(j, "pools", '{');
    for (size_t i = 0; i < sc->pools.count; i++)
        write_columns(j, sc->pools.items[i].name, &r->pools[i], COLUMNS(pool_columns));
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
