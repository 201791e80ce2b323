/* SPDX-License-Identifier: GPL-3.0-or-later */
/* differ: see differ.h. */
#include "model/differ.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

/* ---- one figure ------------------------------------------------------------------------------ */

static struct figure around(double mean, double half) {
    return (struct figure){mean, mean - half, mean + half, 0, NULL, false, NULL};
}

/* Why a figure has no interval. */
static const char *lacks(const struct result *r, const struct figure *f) {
    if (f->reason)
        return f->reason;
    if (isnan(f->mean))
        return f->needs ? "too few jobs" : "not known";
    if (!isnan(f->low) && !isnan(f->high))
        return NULL;
    return strcmp(r->engine, "pool") ? "one replication has no interval"
                                     : "the real pool ran once, so it has no interval";
}

/* total.response.p99, pools.a.wait.p999? */
static bool is_percentile(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot && dot[1] == 'p' && dot[2] >= '0' && dot[2] <= '9';
}

/* What the standard deviation of the values is worth: of a percentile, which a burst or none makes,
 * as its own interval has it. */
static double degrees(const char *name, const double *values, size_t count) {
    return values && is_percentile(name) ? stats_degrees(values, count) : (double)count - 1;
}

/* Half width of the interval of the values' mean. */
static double half_of(const char *name, const double *values, size_t count) {
    struct figure spread = stats_mean(values, count);
    return (spread.high - spread.low) / 2 / stats_t(count) *
           stats_t_of(degrees(name, values, count));
}

static void by_pairs(struct difference *d, size_t count) {
    double *values = mem_new(count, sizeof *values), a = d->a.mean, b = d->b.mean;
    for (size_t i = 0; i < count; i++)
        values[i] = d->b.each[i] - d->a.each[i];
    d->absolute = around(b - a, half_of(d->name, values, count));
    for (size_t i = 0; i < count; i++)
        values[i] = (d->b.each[i] - b / a * d->a.each[i]) / a;
    d->relative = around(b / a - 1, half_of(d->name, values, count));
    free(values);
}

/* From the spread of its replications; where that is not known half an interval made back to it (of
 * a percentile too wide, as its t has fewer degrees of freedom). */
static double standard_error(const struct figure *f, size_t replications) {
    struct figure spread = f->each ? stats_mean(f->each, replications) : *f;
    return (spread.high - spread.low) / 2 / stats_t(replications);
}

/* Of two standard errors with n and m degrees of freedom. */
static double welch(double a, double b, double n, double m) {
    double va = a * a, vb = b * b;
    return va + vb > 0
               ? sqrt(va + vb) * stats_t_of((va + vb) * (va + vb) / (va * va / n + vb * vb / m))
               : 0;
}

static void apart(struct difference *d, size_t count_a, size_t count_b) {
    double a = d->a.mean, b = d->b.mean;
    double ea = standard_error(&d->a, count_a), eb = standard_error(&d->b, count_b);
    double n = degrees(d->name, d->a.each, count_a), m = degrees(d->name, d->b.each, count_b);
    d->absolute = around(b - a, welch(ea, eb, n, m));
    d->relative = around(b / a - 1, welch(b / a * ea / a, eb / a, n, m));
}

static bool not_zero(const struct figure *f) {
    return f->low > 0 || f->high < 0;
}

/* Of two figures of the results; replications are pairs where that holds of all of them. */
static void find(const struct differ *of, struct difference *d) {
    const char *reason = lacks(of->a, &d->a);
    if (!reason)
        reason = lacks(of->b, &d->b);
    double a = d->a.mean, b = d->b.mean;
    if (reason) {
        d->absolute = (struct figure){b - a, NAN, NAN, 0, reason, false, NULL};
        d->relative = (struct figure){b / a - 1, NAN, NAN, 0, reason, false, NULL};
    } else if (of->paired && d->a.each && d->b.each) {
        d->paired = true;
        by_pairs(d, of->a->replications);
    } else
        apart(d, of->a->replications, of->b->replications);
    if (!(a > 0))
        d->relative = FIGURE_NULL;
    d->sure = not_zero(&d->absolute) && (isnan(d->relative.mean) || not_zero(&d->relative));
}

/* ---- all figures ----------------------------------------------------------------------------- */

struct listing {
    struct figure **items;
    char **names;
    size_t count;
};

static void list_one(struct figure *f, const char *name, void *context) {
    struct listing *l = context;
    l->items = mem_resize(l->items, l->count + 1, sizeof(struct figure *));
    l->names = mem_resize(l->names, l->count + 1, sizeof *l->names);
    l->items[l->count] = f;
    l->names[l->count++] = mem_text(name);
}

static void listing_free(struct listing *l) {
    for (size_t i = 0; i < l->count; i++)
        free(l->names[i]);
    free(l->names);
    free(l->items);
}

/* Gives the only class and the only pool of B the names that A's have. */
static char *as_in_a(const struct differ *d, const char *name) {
    const struct names *a = &d->a->class_names, *b = &d->b->class_names;
    size_t skip = strlen("classes.");
    if (!strncmp(name, "pools.", 6)) {
        a = &d->a->pool_names;
        b = &d->b->pool_names;
        skip = strlen("pools.");
    } else if (strncmp(name, "classes.", skip) != 0)
        return mem_text(name);
    if (a->count != 1 || b->count != 1)
        return mem_text(name);
    return mem_format("%.*s%s%s", (int)skip, name, a->items[0], name + skip + strlen(b->items[0]));
}

static void add(struct differ *d, const char *name, const struct figure *a,
                const struct figure *b) {
    struct difference one = {.name = mem_text(name), .a = *a, .b = *b};
    find(d, &one);
    d->items = mem_resize(d->items, d->count + 1, sizeof *d->items);
    d->items[d->count++] = one;
}

/* Both lists have one order, but for what one of them lacks. */
static void match(struct differ *d, struct result *a, struct result *b) {
    struct listing la = {0}, lb = {0};
    result_figures(a, list_one, &la);
    result_figures(b, list_one, &lb);
    for (size_t i = 0; i < lb.count; i++) {
        char *name = as_in_a(d, lb.names[i]);
        free(lb.names[i]);
        lb.names[i] = name;
    }
    for (size_t i = 0, next = 0; i < la.count; i++)
        for (size_t k = 0; k < lb.count; k++) {
            size_t at = (next + k) % lb.count;
            if (strcmp(la.names[i], lb.names[at]) != 0)
                continue;
            add(d, la.names[i], la.items[i], lb.items[at]);
            next = at + 1;
            break;
        }
    listing_free(&la);
    listing_free(&lb);
}

static double p99_limit(const struct result *r) {
    for (size_t i = 0; i < r->slo_count; i++)
        if (!strcmp(r->slo[i].metric, "p99"))
            return r->slo[i].limit;
    return NAN;
}

/* The share of offered jobs that completed within the limit. */
static struct figure good(const struct result *r, double limit) {
    const struct responses *s = &r->responses;
    if (s->rows == 0)
        return FIGURE_NULL;
    double *within = mem_new(s->replications, sizeof *within);
    for (size_t k = 0; k < s->replications; k++)
        responses_within(s, k, &limit, 1, false, &within[k]);
    struct figure f = stats_ratio(within, s->offered, s->replications);
    f.each = stats_ratio_each(within, s->offered, s->replications, f.mean);
    free(within);
    return f;
}

static void add_good(struct differ *d) {
    d->limit = p99_limit(d->a);
    if (isnan(d->limit))
        d->limit = p99_limit(d->b);
    if (isnan(d->limit))
        return;
    struct figure a = good(d->a, d->limit), b = good(d->b, d->limit);
    d->good[0] = a.each;
    d->good[1] = b.each;
    add(d, "total.good", &a, &b);
}

static const char *why_apart(const struct result *a, const struct result *b) {
    if (strcmp(a->engine, "sim") != 0 || strcmp(b->engine, "sim") != 0)
        return "not both are simulated";
    if (a->interrupted || b->interrupted)
        return "interrupted";
    if (a->seed != b->seed)
        return "different seeds";
    if (a->replications != b->replications)
        return "different numbers of replications";
    if (a->replications < 2)
        return "one replication";
    return a->total.offered_rate.each && b->total.offered_rate.each ? NULL : "no replications.csv";
}

void differ_open(struct differ *d, struct result *a, struct result *b) {
    *d = (struct differ){.a = a, .b = b, .apart = why_apart(a, b)};
    d->paired = !d->apart;
    match(d, a, b);
    add_good(d);
    d->distance = distance_of(&a->responses, &b->responses, d->paired);
}

const struct difference *differ_find(const struct differ *d, const char *name) {
    for (size_t i = 0; i < d->count; i++)
        if (!strcmp(d->items[i].name, name))
            return &d->items[i];
    return NULL;
}

static void write_one(struct json *j, const struct difference *d) {
    json_open(j, d->name, '{');
    json_number(j, "a", d->a.mean);
    json_number(j, "b", d->b.mean);
    json_number(j, "difference", d->absolute.mean);
    json_number(j, "low", d->absolute.low);
    json_number(j, "high", d->absolute.high);
    json_open(j, "relative", '{');
    json_number(j, "mean", d->relative.mean);
    json_number(j, "low", d->relative.low);
    json_number(j, "high", d->relative.high);
    json_close(j, '}');
    json_bool(j, "paired", d->paired);
    json_bool(j, "sure", d->sure);
    if (d->absolute.reason)
        json_text(j, "reason", d->absolute.reason);
    json_close(j, '}');
}

void differ_json(const struct differ *d, struct json *j) {
    json_bool(j, "paired", d->paired);
    json_text(j, "apart", d->apart);
    json_open(j, "distribution", '{');
    json_number(j, "distance", d->distance.value);
    json_number(j, "p", d->distance.p);
    if (d->distance.reason)
        json_text(j, "reason", d->distance.reason);
    json_close(j, '}');
    json_number(j, "good_within", d->limit);
    json_open(j, "figures", '{');
    for (size_t i = 0; i < d->count; i++)
        write_one(j, &d->items[i]);
    json_close(j, '}');
}

void differ_close(struct differ *d) {
    for (size_t i = 0; i < d->count; i++)
        free(d->items[i].name);
    free(d->items);
    free(d->good[0]);
    free(d->good[1]);
    *d = (struct differ){0};
}
