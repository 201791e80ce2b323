/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contrast: see contrast.h. */
#include "cli/contrast.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/text.h"

enum { CELL = 48 };

/* ---- sentences ------------------------------------------------------------------------------- */

static void keep(struct names *words, char *text) {
    words->items = mem_resize(words->items, words->count + 1, sizeof *words->items);
    words->items[words->count++] = text;
}

/* How many decimals show three digits of the largest of the three values. */
static int decimals(double a, double b, double c) {
    double most = fmax(fabs(a), fmax(isnan(b) ? 0 : fabs(b), isnan(c) ? 0 : fabs(c)));
    return most >= 99.95 || most == 0 ? 0 : (int)fmin(6, 2 - floor(log10(most * 1.0005)));
}

/* "12 % (9 to 15 %)", or "12 %" without an interval. */
static char *amount(char out[CELL], double value, double low, double high, const char *unit,
                    bool sign) {
    int most = decimals(value, low, high), digits = most > 0 && !isnan(low) ? most - 1 : most;
    if (isnan(low))
        snprintf(out, CELL, sign ? "%+.*f %s" : "%.*f %s", digits, value, unit);
    else
        snprintf(out, CELL, sign ? "%+.*f %s (%.*f to %.*f %s)" : "%.*f %s (%.*f to %.*f %s)",
                 digits, value, unit, digits, low, digits, high, unit);
    return out;
}

/* What is compared: its noun, and what more and less of it is called. */
struct subject {
    const char *figure, *noun, *more, *less;
    char kind; /* 't' seconds, 's' share, 'r' rate */
};

/* In per cent of A; of shares in points; where A is 0 in its own unit. */
static char *how_much(char out[CELL], const struct subject *s, const struct difference *d,
                      bool sign) {
    const struct figure *f =
        s->kind == 's' || isnan(d->relative.mean) ? &d->absolute : &d->relative;
    const char *unit = f == &d->relative ? "%" : s->kind == 's' ? "points" : "/s";
    double scale = f == &d->relative || s->kind == 's' ? 0.01 : 1;
    if (f == &d->absolute && s->kind == 't')
        scale = text_time_unit(fabs(f->mean), &unit);
    bool turn = !sign && f->mean < 0;
    double low = turn ? -f->high : f->low, high = turn ? -f->low : f->high;
    return amount(out, (turn ? -f->mean : f->mean) / scale, low / scale, high / scale, unit, sign);
}

static char *sentence(const struct subject *s, const struct difference *d) {
    char text[CELL];
    double by = d->absolute.mean;
    if (by == 0 && !(d->absolute.high > 0))
        return mem_format("A and B have the same %s", s->noun);
    if (d->sure || isnan(d->absolute.low))
        return mem_format("B's %s is %s %s%s%s", s->noun, how_much(text, s, d, false),
                          by > 0 ? s->more : s->less, d->absolute.reason ? "; " : "",
                          d->absolute.reason ? d->absolute.reason : "");
    return mem_format("no difference in %s can be seen: %s", s->noun, how_much(text, s, d, true));
}

static char *share_text(char out[CELL], double share) {
    snprintf(out, CELL, "%.*f %%", share >= 0.0995 ? 0 : share >= 0.00995 ? 1 : 2, 100 * share);
    return out;
}

static char *losses(const struct difference *d) {
    char a[CELL], b[CELL];
    const char *of_jobs = d->a.mean > 0 ? " of jobs" : "";
    if (d->a.mean > 0)
        share_text(a, d->a.mean);
    else
        strcpy(a, "no jobs");
    if (d->b.mean > 0)
        share_text(b, d->b.mean);
    else
        strcpy(b, "none");
    if (d->a.mean == 0 && d->b.mean == 0)
        return mem_text("neither loses jobs");
    if (d->sure)
        return mem_format("A loses %s%s, B %s", a, of_jobs, b);
    if (isnan(d->absolute.low))
        return mem_format("A loses %s%s, B %s; %s", a, of_jobs, b, d->absolute.reason);
    return mem_format("no difference in lost jobs can be seen: A loses %s%s, B %s", a, of_jobs, b);
}

static char *distributions(const struct distance *d) {
    if (isnan(d->p))
        return mem_format("the distributions of the response are %.2g apart; %s", d->value,
                          d->reason);
    if (d->p <= 0.05)
        return mem_format("the responses are distributed differently: distance %.2g, p = %.2g",
                          d->value, d->p);
    return mem_format("no difference of distributions can be seen: distance %.2g, p = %.2g",
                      d->value, d->p);
}

void contrast_words(const struct differ *d, struct names *words) {
    static const struct subject subjects[] = {
        {"total.response.p99", "p99", "longer", "shorter", 't'},
        {"total.response.mean", "mean response", "longer", "shorter", 't'},
        {"total.throughput", "throughput", "higher", "lower", 'r'},
    };
    *words = (struct names){0};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        const struct difference *f = differ_find(d, subjects[i].figure);
        if (!isnan(f->absolute.mean))
            keep(words, sentence(&subjects[i], f));
    }
    const struct difference *lost = differ_find(d, "total.rejected_share");
    if (!isnan(lost->absolute.mean))
        keep(words, losses(lost));
    if (!isnan(d->distance.value))
        keep(words, distributions(&d->distance));
}

void contrast_words_free(struct names *words) {
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
    free(words->items);
    *words = (struct names){0};
}

/* ---- the table ------------------------------------------------------------------------------- */

struct row {
    const char *label, *sub, *figure;
    char kind; /* 't' seconds, 's' share, 'r' rate, 'n' number */
};

struct unit {
    double scale;
    const char *name, *of_difference;
};

static struct unit unit_of(const struct row *row, const struct difference *d) {
    struct unit u = {1, "", ""};
    double most = fmax(isnan(d->a.mean) ? 0 : d->a.mean, isnan(d->b.mean) ? 0 : d->b.mean);
    if (row->kind == 't') {
        u.scale = text_time_unit(most > 0 ? most : 1e-3, &u.name);
        u.of_difference = u.name;
    } else if (row->kind == 's')
        u = (struct unit){0.01, "%", "points"};
    else if (row->kind == 'r')
        u = (struct unit){1, "/s", "/s"};
    return u;
}

/* With as many decimals as give the larger of the two four digits. */
static char *value(char out[CELL], const struct unit *u, double v, double other) {
    double a = isnan(other) ? fabs(v) : fmax(fabs(v), fabs(other));
    int digits = v == 0 || a >= 999.95 * u->scale
                     ? 0
                     : (int)fmin(6, 3 - floor(log10(a / u->scale * 1.00005)));
    if (isnan(v))
        snprintf(out, CELL, "-");
    else
        snprintf(out, CELL, "%.*f %s", digits, v / u->scale, u->name);
    return out;
}

/* "+72.3 (54.1 to 90.2) ms  +12 %" */
static char *difference(char out[2 * CELL], const struct row *row, const struct unit *u,
                        const struct difference *d) {
    const struct figure *f = &d->absolute;
    double v = f->mean / u->scale, low = f->low / u->scale, high = f->high / u->scale;
    double per_cent = row->kind == 's' ? NAN : 100 * d->relative.mean;
    int digits = decimals(v, low, high), n = 0;
    *out = 0;
    if (isnan(v))
        return out;
    if (isnan(low))
        n = snprintf(out, 2 * CELL, "%+.*f", digits, v);
    else if (low == 0 && high == 0)
        return strcpy(out, "0");
    else
        n = snprintf(out, 2 * CELL, "%+.*f (%.*f to %.*f)", digits, v, digits, low, digits, high);
    n += snprintf(out + n, (size_t)(2 * CELL - n), "%s%s", *u->of_difference ? " " : "",
                  u->of_difference);
    if (fabs(per_cent) >= 0.05 && fabs(per_cent) < 1000)
        snprintf(out + n, (size_t)(2 * CELL - n), "  %+.*f %%", fabs(per_cent) < 9.95 ? 1 : 0,
                 per_cent);
    return out;
}

static void print_row(const struct row *row, const struct difference *d, FILE *to) {
    char a[CELL], b[CELL], by[2 * CELL];
    if (!d || (isnan(d->a.mean) && isnan(d->b.mean)))
        return;
    struct unit u = unit_of(row, d);
    fprintf(to, "%-12.12s %-5.5s %-10s %-10s %c %s\n", row->label, row->sub,
            value(a, &u, d->a.mean, d->b.mean), value(b, &u, d->b.mean, d->a.mean),
            d->sure ? '*' : ' ', difference(by, row, &u, d));
}

static const struct difference *pool_figure(const struct differ *d, size_t pool,
                                            const char *figure) {
    char *name = mem_format("pools.%s.%s", d->a->pool_names.items[pool], figure);
    const struct difference *found = differ_find(d, name);
    free(name);
    return found;
}

#define RESIZING(name) offsetof(struct pool_metrics, resizing.name)

/* The pool of A's name in B, or the only one of both; NULL: there is none. */
static const struct pool_metrics *in_b(const struct differ *d, size_t pool) {
    const struct names *a = &d->a->pool_names, *b = &d->b->pool_names;
    if (a->count == 1 && b->count == 1)
        return d->b->pools;
    for (size_t i = 0; i < b->count; i++)
        if (!strcmp(a->items[pool], b->items[i]))
            return &d->b->pools[i];
    return NULL;
}

/* Does it change its size in A or in B? */
static bool changes(const struct differ *d, size_t pool) {
    const struct pool_metrics *b = in_b(d, pool);
    return b && (!isnan(d->a->pools[pool].resizing.resizes_per_minute.mean) ||
                 !isnan(b->resizing.resizes_per_minute.mean));
}

/* A figure that a pool of fixed size has not: `most` its workers, else 0. */
static double of_any(const struct pool_metrics *p, size_t offset) {
    bool most = offset == offsetof(struct pool_metrics, resizing.most_workers);
    double mean = ((const struct figure *)(const void *)((const char *)p + offset))->mean;
    return isnan(mean) ? most ? p->workers.mean : 0 : mean;
}

/* Where only one of both pools changes its size. */
static struct difference to_fixed(const struct differ *d, size_t pool, size_t offset) {
    double a = of_any(&d->a->pools[pool], offset), b = of_any(in_b(d, pool), offset);
    return (struct difference){.a = {.mean = a, .low = NAN, .high = NAN},
                               .b = {.mean = b, .low = NAN, .high = NAN},
                               .absolute = {.mean = b - a, .low = NAN, .high = NAN},
                               .relative = FIGURE_NULL};
}

/* A pool's own rows; with several pools, under its name. */
static void pool_rows(const struct differ *d, FILE *to) {
    static const struct pool_row {
        const char *label, *sub, *brief, *figure;
        char kind;
        bool of_changing;
        size_t offset; /* of a figure that only pools have that change their size */
    } rows[] = {{"utilisation", "", "busy", "utilisation", 's', false, 0},
                {"queue length", "", "queue", "queue_length", 'n', false, 0},
                {"workers", "mean", "crew", "workers", 'n', true, 0},
                {"", "most", "most", "resizing.most_workers", 'n', true, RESIZING(most_workers)},
                {"resizes", "/min", "sizes", "resizing.resizes_per_minute", 'n', true,
                 RESIZING(resizes_per_minute)},
                {"reversals", "/min", "back", "resizing.reversals_per_minute", 'n', true,
                 RESIZING(reversals_per_minute)},
                {"worker-sec.", "", "w-sec", "worker_seconds", 'n', true, 0}};
    bool several = d->a->pool_names.count > 1;
    for (size_t p = 0; p < d->a->pool_names.count; p++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct row row = {rows[i].label, rows[i].sub, NULL, rows[i].kind};
            if (several)
                row = (struct row){d->a->pool_names.items[p], rows[i].brief, NULL, rows[i].kind};
            const struct difference *found = pool_figure(d, p, rows[i].figure);
            struct difference fixed;
            if (rows[i].of_changing && !changes(d, p))
                continue;
            if (!found && rows[i].offset) {
                fixed = to_fixed(d, p, rows[i].offset);
                found = &fixed;
            }
            print_row(&row, found, to);
        }
}

void contrast_table(const struct differ *d, FILE *to) {
    static const struct row rows[] = {
        {"must wait", "", "total.wait_probability", 's'},
        {"wait", "mean", "total.wait.mean", 't'},
        {"", "p99", "total.wait.p99", 't'},
        {"response", "mean", "total.response.mean", 't'},
        {"", "p50", "total.response.p50", 't'},
        {"", "p90", "total.response.p90", 't'},
        {"", "p99", "total.response.p99", 't'},
        {"", "p99.9", "total.response.p999", 't'},
        {"rejected", "", "total.rejected_share", 's'},
        {"good", "", "total.good", 's'},
    };
    static const struct row rate = {"throughput", "", "total.throughput", 'r'};
    char limit[CELL];
    fprintf(to, "%-12s %-5s %-10s %-10s   %s\n", "", "", "A", "B", "B - A (95 % interval)");
    print_row(&rate, differ_find(d, rate.figure), to);
    pool_rows(d, to);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        print_row(&rows[i], differ_find(d, rows[i].figure), to);
    fputs("   * sure: the interval does not hold 0", to);
    if (differ_find(d, "total.good"))
        fprintf(to, "; good: completed within %s", text_duration(limit, sizeof limit, d->limit));
    putc('\n', to);
}
