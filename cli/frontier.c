/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frontier: see frontier.h. */
#include "cli/frontier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "cli/verdict.h"
#include "model/json.h"
#include "model/mem.h"
#include "model/text.h"

enum { NAME_MOST = 20, CREW_MOST = 36, NAMED_MOST = 3 };

static const double LOST_MORE = 0.01;

/* ---- points ---------------------------------------------------------------------------------- */

/* The `crew` of a pool that resizes, as the folder's chart.csv has it; NULL: it has none. */
static char *crew_in(const char *folder, const char *file) {
    char *path = mem_format("%s/%s", folder, file), *line = NULL, *crew = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "re");
    while (f && !crew && getline(&line, &room, f) > 0)
        if (!strncmp(line, "crew,\"", 6)) {
            char *text = mem_text_part(line + 6, strcspn(line + 6, "\""));
            crew = text_plain(text);
            free(text);
        }
    if (f)
        fclose(f);
    free(line);
    free(path);
    return crew;
}

/* That of its first pool that resizes. */
static char *crew_saved(const struct side *s) {
    char *folder = side_folder(s);
    char *crew = crew_in(folder, "chart.csv");
    for (size_t i = 0; !crew && i < s->result->pool_names.count; i++) {
        char *file = mem_format("chart-%s.csv", s->result->pool_names.items[i]);
        crew = crew_in(folder, file);
        free(file);
    }
    free(folder);
    return crew;
}

/* Of all pools; with its interval where the replications are known, or there is one pool. */
static struct figure seconds_of(const struct result *r) {
    struct figure sum = r->pools[0].worker_seconds;
    bool known = sum.each != NULL;
    size_t pools = r->pool_names.count;
    for (size_t i = 1; i < pools; i++) {
        known = known && r->pools[i].worker_seconds.each;
        sum.mean += r->pools[i].worker_seconds.mean;
        sum.low = sum.high = NAN;
    }
    if (pools == 1 || !known)
        return sum;
    double *all = mem_new(r->replications, sizeof *all);
    for (size_t k = 0; k < r->replications; k++)
        for (size_t i = 0; i < pools; i++)
            all[k] += r->pools[i].worker_seconds.each[k];
    sum = stats_mean(all, r->replications);
    free(all);
    return sum;
}

static void scale(struct figure *f, double by) {
    f->mean *= by;
    f->low *= by;
    f->high *= by;
}

static struct frontier_point point_of(const struct side *s) {
    const struct result *r = s->result;
    char *crew = crew_saved(s), a[40];
    struct frontier_point p = {.side = s,
                               .name = side_short_name(s),
                               .seconds = seconds_of(r),
                               .p99 = r->total.response.p99,
                               .lost = r->total.rejected_share.mean}; /* NaN: none came */
    for (size_t i = 0; i < r->pool_names.count; i++) {
        p.workers += r->pools[i].workers.mean;
        p.reversals += fmax(0, r->pools[i].resizing.reversals_per_minute.mean); /* NaN: fixed */
        p.resizes = p.resizes || r->pools[i].resizing.resizes_per_minute.mean > 0;
    }
    p.resizes = p.resizes || crew;
    if (!crew && p.resizes)
        crew = mem_text("changes its size");
    p.crew = crew ? crew
                  : mem_format("%s worker%s", text_short(a, sizeof a, p.workers),
                               fabs(p.workers - 1) < 1e-9 ? "" : "s");
    return p;
}

/* Results of one name are told apart by their paths. */
static void tell_apart(struct frontier *f) {
    bool *same = mem_new(f->count, sizeof *same);
    for (size_t i = 0; i < f->count; i++)
        for (size_t k = 0; k < f->count; k++)
            same[i] = same[i] || (i != k && !strcmp(f->points[i].name, f->points[k].name));
    for (size_t i = 0; i < f->count; i++)
        if (same[i]) {
            const struct side *s = f->points[i].side;
            free(f->points[i].name);
            f->points[i].name = mem_format("%s%s%s", s->path, s->asked ? ":" : "",
                                           s->asked ? side_part_name(s) : "");
        }
    free(same);
}

static bool beats(const struct frontier_point *a, const struct frontier_point *b) {
    double s = a->seconds.mean - b->seconds.mean, p = a->p99.mean - b->p99.mean;
    return !a->loses && s <= 0 && p <= 0 && (s < 0 || p < 0);
}

static void judge(struct frontier *f) {
    double least = 1;
    for (size_t i = 0; i < f->count; i++)
        least = fmin(least, f->points[i].lost);
    for (size_t i = 0; i < f->count; i++)
        f->points[i].loses = f->points[i].lost > least + LOST_MORE;
    for (size_t i = 0; i < f->count; i++) {
        struct frontier_point *p = &f->points[i];
        p->on = !p->loses && !isnan(p->p99.mean) && !isnan(p->seconds.mean);
        for (size_t k = 0; k < f->count; k++)
            p->on = p->on && !beats(&f->points[k], p);
    }
}

static double limit_of(const struct result *r) {
    for (size_t i = 0; i < r->slo_count; i++)
        if (!strcmp(r->slo[i].metric, "p99"))
            return r->slo[i].limit;
    return NAN;
}

static double common_limit(const struct side *sides, size_t count) {
    double limit = limit_of(sides[0].result);
    for (size_t i = 1; i < count; i++)
        if (!(fabs(limit_of(sides[i].result) - limit) <= 1e-9 * limit))
            return NAN;
    return limit;
}

void frontier_open(struct frontier *f, const struct side *sides, size_t count) {
    *f = (struct frontier){.points = mem_new(count, sizeof *f->points),
                           .count = count,
                           .limit = common_limit(sides, count)};
    for (size_t i = 0; i < count; i++) {
        double longer = sides[i].result->duration / sides[0].result->duration;
        f->points[i] = point_of(&sides[i]);
        f->by_second = f->by_second || fabs(longer - 1) > 1e-3;
    }
    for (size_t i = 0; f->by_second && i < count; i++)
        scale(&f->points[i].seconds, 1 / sides[i].result->duration);
    tell_apart(f);
    judge(f);
}

void frontier_close(struct frontier *f) {
    for (size_t i = 0; i < f->count; i++) {
        free(f->points[i].name);
        free(f->points[i].crew);
    }
    free(f->points);
}

/* ---- what is said ---------------------------------------------------------------------------- */

/* Of at most so many characters, the end of a longer one shown. */
static char *cut(const char *text, size_t most) {
    char *plain = text_plain(text);
    size_t length = strlen(plain);
    if (length <= most)
        return plain;
    char *end = mem_format("..%s", plain + length - most + 2);
    free(plain);
    return end;
}

static const char *caveat(const struct result *r) {
    return r->interrupted ? " (interrupted)" : r->trusted ? "" : " (not trusted)";
}

/* "BEFORE loses 48 %"; of who does not lose too many `otherwise`. */
static char *with_loss(const struct frontier_point *p, const char *before, const char *otherwise) {
    return p->loses ? mem_format("%s loses %.0f %%", before, 100 * p->lost) : mem_text(otherwise);
}

static int width(const struct frontier *f, bool names, int least) {
    size_t wide = (size_t)least;
    for (size_t i = 0; i < f->count; i++) {
        char *shown =
            cut(names ? f->points[i].name : f->points[i].crew, names ? NAME_MOST : CREW_MOST);
        wide = strlen(shown) > wide ? strlen(shown) : wide;
        free(shown);
    }
    return (int)wide;
}

void frontier_table(const struct frontier *f, FILE *to) {
    int name = width(f, true, 4), crew = width(f, false, 14);
    fprintf(to, "%-*s  %-*s  %7s  %8s  %9s  %9s  %s\n", name, "name", crew, "policy or size",
            "workers", f->by_second ? "w-sec/s" : "w-sec", "revers/m", "p99", "frontier");
    for (size_t i = 0; i < f->count; i++) {
        const struct frontier_point *p = &f->points[i];
        char *shown = cut(p->name, NAME_MOST), *size = cut(p->crew, CREW_MOST);
        char w[40], s[40], r[40], p99[40] = "-", *said = with_loss(p, "no:", p->on ? "yes" : "no");
        if (!isnan(p->p99.mean))
            text_duration(p99, sizeof p99, p->p99.mean);
        fprintf(to, "%-*s  %-*s  %7s  %8s  %9s  %9s  %s%s\n", name, shown, crew, size,
                text_short(w, sizeof w, p->workers), text_short(s, sizeof s, p->seconds.mean),
                text_short(r, sizeof r, p->reversals), p99, said, caveat(p->side->result));
        free(said);
        free(shown);
        free(size);
    }
}

static void write_figure(struct json *j, const char *key, const struct figure *f) {
    json_open(j, key, '{');
    json_number(j, "mean", f->mean);
    json_number(j, "low", f->low);
    json_number(j, "high", f->high);
    json_close(j, '}');
}

static void write_point(struct json *j, const struct frontier_point *p) {
    const struct result *r = p->side->result;
    json_open(j, NULL, '{');
    json_text(j, "name", p->name);
    json_text(j, "path", p->side->path);
    json_text(j, "part", side_part_name(p->side));
    json_text(j, "scenario", r->name);
    json_text(j, "engine", r->engine);
    json_text(j, "size", p->crew);
    json_bool(j, "resizes", p->resizes);
    json_number(j, "workers", p->workers);
    write_figure(j, "worker_seconds", &p->seconds);
    json_number(j, "reversals_per_minute", p->reversals);
    write_figure(j, "p99", &p->p99);
    json_number(j, "rejected_share", p->lost);
    json_bool(j, "frontier", p->on);
    json_bool(j, "trusted", r->trusted);
    json_close(j, '}');
}

void frontier_json(const void *frontier, FILE *to) {
    const struct frontier *f = frontier;
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    json_text(&j, "schema", "headroom.frontier/1");
    json_bool(&j, "worker_seconds_a_second", f->by_second);
    json_open(&j, "results", '[');
    for (size_t i = 0; i < f->count; i++)
        write_point(&j, &f->points[i]);
    json_close(&j, ']');
    json_close(&j, '}');
}

/* ---- the chart ------------------------------------------------------------------------------- */

static int by_cost(const void *a, const void *b) {
    const struct frontier_point *p = *(const struct frontier_point *const *)a,
                                *q = *(const struct frontier_point *const *)b;
    if (p->resizes != q->resizes)
        return p->resizes - q->resizes;
    return (p->seconds.mean > q->seconds.mean) - (p->seconds.mean < q->seconds.mean);
}

static void write_row(const struct frontier_point *p, FILE *to) {
    char *name = cut(p->name, CREW_MOST), *shown = cut(p->resizes ? p->name : p->crew, NAME_MOST);
    char *before = mem_format("%s,", shown);
    char *label = with_loss(p, before, p->resizes ? name : p->crew);
    cells_label(to, name);
    putc(',', to);
    cells_label(to, label);
    fprintf(to, ",%d,%d,%d", !p->resizes, p->on, p->loses);
    cells_figure(to, &p->seconds);
    cells_figure(to, &p->p99);
    putc('\n', to);
    free(name);
    free(shown);
    free(before);
    free(label);
}

void frontier_points(const void *frontier, FILE *to) {
    const struct frontier *f = frontier;
    const struct frontier_point **order = mem_new(f->count, sizeof(struct frontier_point *));
    for (size_t i = 0; i < f->count; i++)
        order[i] = &f->points[i];
    qsort(order, f->count, sizeof(struct frontier_point *), by_cost);
    fputs("name,label,fixed,on,loses,x,x_low,x_high,y,y_low,y_high\n", to);
    for (size_t i = 0; i < f->count; i++)
        if (!isnan(order[i]->p99.mean) && !isnan(order[i]->seconds.mean))
            write_row(order[i], to);
    free(order);
}

static size_t count_of(const struct frontier *f, bool resizing, bool on) {
    size_t n = 0;
    for (size_t i = 0; i < f->count; i++)
        n += f->points[i].resizes == resizing && (!on || f->points[i].on);
    return n;
}

/* "calm, ondemand, 12 workers and 2 more" */
static char *named(const struct frontier *f) {
    size_t on = count_of(f, true, true) + count_of(f, false, true), said = 0;
    char *all = mem_text("");
    for (int resizing = 1; resizing >= 0; resizing--)
        for (size_t i = 0; i < f->count && said < NAMED_MOST; i++) {
            const struct frontier_point *p = &f->points[i];
            if (!p->on || p->resizes != (resizing == 1))
                continue;
            char *name = cut(p->resizes ? p->name : p->crew, NAME_MOST);
            char *longer = mem_format("%s%s%s", all, said++ ? ", " : "", name);
            free(all);
            free(name);
            all = longer;
        }
    if (on > said) {
        char *longer = mem_format("%s and %zu more", all, on - said);
        free(all);
        all = longer;
    }
    return all;
}

/* Of those that keep the limit the one that spends least; NULL: none does. */
static const struct frontier_point *cheapest(const struct frontier *f, bool resizing) {
    const struct frontier_point *best = NULL;
    for (size_t i = 0; i < f->count; i++) {
        const struct frontier_point *p = &f->points[i];
        if (p->resizes == resizing && !p->loses && p->p99.mean <= f->limit &&
            (!best || p->seconds.mean < best->seconds.mean))
            best = p;
    }
    return best;
}

/* Who keeps the limit for least, of both kinds where there are both; NULL: there is no limit, or
 * nobody does. */
static char *bargain(const struct frontier *f) {
    const struct frontier_point *moving = cheapest(f, true), *fixed = cheapest(f, false);
    const struct frontier_point *first = moving ? moving : fixed;
    if (isnan(f->limit) || !first)
        return NULL;
    char a[40], b[40], limit[40],
        *name = cut(first->resizes ? first->name : first->crew, NAME_MOST);
    char *other =
        moving && fixed
            ? mem_format(", %s with a fixed pool", text_short(b, sizeof b, fixed->seconds.mean))
        : moving && count_of(f, false, false) ? mem_text("; no fixed pool serves all within it")
        : fixed && count_of(f, true, false)   ? mem_text("; none that changes its size does")
                                              : mem_text("");
    char *text = mem_format("P99 within %s: %s worker-seconds (%s)%s",
                            text_duration(limit, sizeof limit, f->limit),
                            text_short(a, sizeof a, first->seconds.mean), name, other);
    free(name);
    free(other);
    return text;
}

static char *title(const struct frontier *f) {
    char *text = bargain(f);
    if (text)
        return text;
    size_t fixed = count_of(f, false, false), resizing = count_of(f, true, false);
    if (resizing && fixed && !count_of(f, true, true))
        return mem_text("Each pool that changes its size is beaten, or loses jobs");
    if (resizing && fixed && !count_of(f, false, true))
        return mem_text("Each fixed pool is beaten, or loses jobs");
    if (!count_of(f, true, true) && !count_of(f, false, true))
        return mem_text("No result has jobs enough for a P99");
    char *names = named(f);
    text = mem_format("Beaten by no other: %s", names);
    free(names);
    return text;
}

void frontier_texts(const void *frontier, FILE *to) {
    const struct frontier *f = frontier;
    char *text = title(f);
    fputs("key,value\n", to);
    cells_pair_text(to, "title_frontier", text);
    free(text);
    bool trusted = true;
    for (size_t i = 0; i < f->count; i++)
        trusted = trusted && !*caveat(f->points[i].side->result);
    text = mem_format("%zu results%s; bars are 95 %% intervals", f->count,
                      trusted ? "" : ", NOT ALL TO BE TRUSTED");
    cells_pair_text(to, "subtitle", text);
    free(text);
    cells_pair_number(to, "slo_p99", f->limit);
    cells_pair_number(to, "by_second", f->by_second);
    cells_pair_number(to, "fixed", (double)count_of(f, false, false));
    cells_pair_number(to, "resizing", (double)count_of(f, true, false));
}
