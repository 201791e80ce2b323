/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compare: see compare.h. */
#include "model/compare.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

static const double SAME_FATE_LEAST = 0.99;

static int by_index(const void *a, const void *b) {
    uint64_t x = ((const struct outcome *)a)->index, y = ((const struct outcome *)b)->index;
    return (x > y) - (x < y);
}

struct pairing {
    double *differences;
    size_t count, room;
    uint64_t jobs, same;
};

static void pair(struct pairing *p, const struct outcome *a, const struct outcome *b) {
    p->same += a->fate == b->fate;
    if (a->fate != FATE_COMPLETED || b->fate != FATE_COMPLETED)
        return;
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 1024;
        p->differences = mem_resize(p->differences, p->room, sizeof *p->differences);
    }
    p->differences[p->count++] = nsec_seconds(b->response - a->response);
}

/* Both lists in the order of index; a job that only one engine has is a different fate. */
static void pair_class(struct pairing *p, struct outcomes *a, struct outcomes *b) {
    size_t i = 0, k = 0;
    if (a->count)
        qsort(a->items, a->count, sizeof *a->items, by_index);
    if (b->count)
        qsort(b->items, b->count, sizeof *b->items, by_index);
    while (i < a->count || k < b->count) {
        bool left = i < a->count && (k == b->count || a->items[i].index < b->items[k].index);
        bool right = !left && (i == a->count || b->items[k].index < a->items[i].index);
        if (!left && !right)
            pair(p, &a->items[i], &b->items[k]);
        p->jobs++;
        i += !right;
        k += !left;
    }
}

/* The value of rank ceil(part * n), as everywhere. */
static double ranked(const struct pairing *p, double part) {
    double rank = ceil(part * (double)p->count - 1e-9);
    return p->differences[rank < 1 ? 0 : (size_t)rank - 1];
}

static void quantiles(struct comparison *c, struct pairing *p) {
    if (p->count == 0 || c->same_fate < SAME_FATE_LEAST)
        return;
    gsl_sort(p->differences, 1, p->count);
    c->bias = ranked(p, 0.5);
    for (size_t i = 0; i < p->count; i++)
        p->differences[i] = fabs(p->differences[i]);
    gsl_sort(p->differences, 1, p->count);
    c->p50 = ranked(p, 0.5);
    c->p99 = ranked(p, 0.99);
    c->max = p->differences[p->count - 1];
}

void compare_results(struct comparison *c, const struct result *sim,
                     const struct record *sim_record, const struct result *pool,
                     const struct record *pool_record) {
    struct pairing p = {0};
    *c = (struct comparison){
        .sim = sim, .pool = pool, .p50 = NAN, .p99 = NAN, .max = NAN, .bias = NAN};
    for (size_t i = 0; i < sim_record->class_count; i++)
        pair_class(&p, &sim_record->outcomes[i], &pool_record->outcomes[i]);
    c->jobs = p.jobs;
    c->same = p.same;
    c->same_fate = p.jobs ? (double)p.same / (double)p.jobs : NAN;
    quantiles(c, &p);
    free(p.differences);
}

static void write_pair(struct json *j, const char *key, double sim, double pool) {
    json_open(j, key, '{');
    json_number(j, "sim", sim);
    json_number(j, "pool", pool);
    json_number(j, "difference", pool - sim);
    json_number(j, "error", (pool - sim) / sim);
    json_close(j, '}');
}

static void write_times(struct json *j, const char *key, const struct times *sim,
                        const struct times *pool) {
    static const char *const names[RESULT_PERCENTILES] = {"p50", "p90", "p95", "p99", "p999"};
    json_open(j, key, '{');
    write_pair(j, "mean", sim->mean.mean, pool->mean.mean);
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        write_pair(j, names[i], times_percentile(sim, i)->mean, times_percentile(pool, i)->mean);
    json_close(j, '}');
}

void compare_json(const struct comparison *c, struct json *j) {
    const struct metrics *a = &c->sim->total, *b = &c->pool->total;
    write_pair(j, "throughput", a->throughput.mean, b->throughput.mean);
    write_pair(j, "rejected_share", a->rejected_share.mean, b->rejected_share.mean);
    write_pair(j, "in_system", a->in_system.mean, b->in_system.mean);
    write_times(j, "wait", &a->wait, &b->wait);
    write_times(j, "response", &a->response, &b->response);
    json_open(j, "pools", '{');
    for (size_t i = 0; i < c->sim->scenario->pools.count; i++) {
        json_open(j, c->sim->scenario->pools.items[i].name, '{');
        write_pair(j, "utilisation", c->sim->pools[i].utilisation.mean,
                   c->pool->pools[i].utilisation.mean);
        write_pair(j, "queue_length", c->sim->pools[i].queue_length.mean,
                   c->pool->pools[i].queue_length.mean);
        json_close(j, '}');
    }
    json_close(j, '}');
    json_open(j, "per_job", '{');
    json_number(j, "p50", c->p50);
    json_number(j, "p99", c->p99);
    json_number(j, "max", c->max);
    json_number(j, "bias", c->bias);
    json_number(j, "same_fate", c->same_fate);
    json_count(j, "jobs", c->jobs);
    json_close(j, '}');
}
