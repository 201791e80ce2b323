/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sweep_charts: see sweep_charts.h.
 *
 * A line on a chart is a group of cells that differ on one axis alone. Of many groups a few are
 * drawn, evenly chosen, the first and the last among them; the subtitle says so.
 */
#include "cli/sweep_charts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "cli/charts.h"
#include "cli/sweep_map.h"
#include "cli/sweep_plan.h"
#include "cli/sweep_table.h"
#include "model/mem.h"
#include "model/text.h"

enum { GROUPS_MOST = 5 };
static const double KNEE_LEAST = 0.05; /* of utilisation, from the begin of a line to its end */

/* ---- groups
 * ---------------------------------------------------------------------------------------- */

/* Groups along an axis are told apart by their cell at its begin. */
static size_t group_count(const struct plan *p, size_t axis) {
    return p->grid->cells / p->grid->axes.items[axis].count;
}

static size_t drawn_groups(const struct plan *p, size_t axis) {
    size_t count = group_count(p, axis);
    return count < GROUPS_MOST ? count : GROUPS_MOST;
}

/* The first cell of the k-th group that is drawn. */
static size_t group_begin(const struct plan *p, size_t axis, size_t k) {
    size_t count = group_count(p, axis), drawn = drawn_groups(p, axis);
    size_t group = drawn > 1 ? k * (count - 1) / (drawn - 1) : 0,
           step = sweep_plan_stride(p->grid, axis);
    return group / step * step * p->grid->axes.items[axis].count + group % step;
}

/* "workers 8, rate 100/s": what is the same in a group; fresh memory. */
static char *group_label(const struct plan *p, size_t axis, size_t begin) {
    char *all = mem_text("");
    for (size_t a = 0; a < p->grid->axes.count; a++)
        if (a != axis && p->grid->axes.items[a].count > 1) {
            char *value = grid_value(p->grid, begin, a);
            char *longer =
                mem_format("%s%s%s %s", all, *all ? ", " : "", sweep_short_path(p->grid, a), value);
            free(all);
            free(value);
            all = longer;
        }
    if (!*all) {
        free(all);
        return mem_text("simulated, 95 % interval");
    }
    return all;
}

/* ---- lines ----------------------------------------------------------------------------------- */

struct spot {
    double x;
    struct sweep_band y;
};

static int by_x(const void *a, const void *b) {
    double x = ((const struct spot *)a)->x, y = ((const struct spot *)b)->x;
    return x < y ? -1 : x > y;
}

typedef bool spot_fn(const struct sweep_row *row, struct spot *spot);

static bool knee_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->utilisation.mean, row->p99};
    return !isnan(s->x) && !isnan(s->y.mean);
}

static bool theory_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->theory_utilisation, {row->theory_p99, NAN, NAN}};
    return !isnan(s->x) && !isnan(s->y.mean);
}

static bool workers_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->workers, row->p99};
    return !isnan(s->y.mean);
}

static bool throughput_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->workers, row->throughput};
    return !isnan(s->y.mean);
}

/* One group's line into columns `skip` cells behind x, of `wide` in all. */
static void write_line(FILE *to, const struct plan *p, size_t axis, size_t begin, spot_fn *get,
                       int skip, int wide) {
    size_t count = p->grid->axes.items[axis].count, n = 0, step = sweep_plan_stride(p->grid, axis);
    struct spot *spots = mem_new(count, sizeof *spots);
    for (size_t k = 0; k < count; k++) {
        const struct sweep_row *row = p->by_cell[begin + k * step];
        n += row && get(row, &spots[n]);
    }
    qsort(spots, n, sizeof *spots, by_x);
    for (size_t i = 0; i < n; i++) {
        fprintf(to, "%.9g", spots[i].x);
        cells_empty(to, skip);
        cells_number(to, spots[i].y.mean);
        cells_number(to, spots[i].y.low);
        cells_number(to, spots[i].y.high);
        cells_empty(to, wide - skip - 3);
        putc('\n', to);
    }
    free(spots);
}

/* x, then for each group its line with band, and theory's (the interval's columns are empty). */
static void write_lines(FILE *to, const struct plan *p, size_t axis, spot_fn *get, spot_fn *also) {
    int groups = (int)drawn_groups(p, axis), each = also ? 6 : 3;
    fputs("x", to);
    for (int k = 1; k <= groups; k++) {
        fprintf(to, ",g%d,g%d_low,g%d_high", k, k, k);
        if (also)
            fprintf(to, ",t%d,t%d_low,t%d_high", k, k, k);
    }
    putc('\n', to);
    for (int k = 0; k < groups; k++) {
        size_t begin = group_begin(p, axis, (size_t)k);
        write_line(to, p, axis, begin, get, k * each, groups * each);
        if (also)
            write_line(to, p, axis, begin, also, k * each + 3, groups * each);
    }
}

static void write_knee(FILE *to, const struct plan *p) {
    write_lines(to, p, p->line, knee_spot, theory_spot);
}

static void write_workers(FILE *to, const struct plan *p) {
    write_lines(to, p, p->workers, workers_spot, NULL);
}

static void write_throughput(FILE *to, const struct plan *p) {
    write_lines(to, p, p->workers, throughput_spot, NULL);
}

/* ---- which charts there are ------------------------------------------------------------------ */

static bool any_p99(const struct plan *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->rows->count; i++)
        n += isnan(p->rows->items[i].p99.mean) ? 0 : 1;
    return n > 1;
}

/* Does a line of it go anywhere? */
static bool drawn_knee(const struct plan *p) {
    size_t step = sweep_plan_stride(p->grid, p->line), count = p->grid->axes.items[p->line].count;
    double widest = 0;
    for (size_t k = 0; k < drawn_groups(p, p->line); k++) {
        double low = INFINITY, high = 0;
        for (size_t i = 0; i < count; i++) {
            const struct sweep_row *row = p->by_cell[group_begin(p, p->line, k) + i * step];
            low = row ? fmin(low, row->utilisation.mean) : low;
            high = row ? fmax(high, row->utilisation.mean) : high;
        }
        widest = fmax(widest, high - low);
    }
    return widest >= KNEE_LEAST;
}

static bool drawn_workers(const struct plan *p) {
    return p->workers != NO_AXIS;
}

static bool drawn_map(const struct plan *p) {
    return p->grid->axes.count == 2 && p->grid->axes.items[0].count > 1 &&
           p->grid->axes.items[1].count > 1 && any_p99(p);
}

/* The rows with the least and the most of a figure. */
static void ends_of(const struct plan *p, double figure(const struct sweep_row *),
                    const struct sweep_row **low, const struct sweep_row **high) {
    *low = *high = NULL;
    for (size_t i = 0; i < p->rows->count; i++) {
        const struct sweep_row *row = &p->rows->items[i];
        if (isnan(row->p99.mean) || isnan(figure(row)))
            continue;
        *low = !*low || figure(row) < figure(*low) ? row : *low;
        *high = !*high || figure(row) > figure(*high) ? row : *high;
    }
}

static double busy_of(const struct sweep_row *row) {
    return row->utilisation.mean;
}

static double p99_of(const struct sweep_row *row) {
    return row->p99.mean;
}

/* The busiest cell up to which all keep the limit on P99, where others do not; else NULL. */
static const struct sweep_row *busiest_kept(const struct plan *p) {
    const struct sweep_row *best = NULL;
    double missed = INFINITY;
    for (size_t i = 0; i < p->rows->count; i++)
        if (p->rows->items[i].p99.mean > p->rows->items[i].slo_p99)
            missed = fmin(missed, p->rows->items[i].utilisation.mean);
    for (size_t i = 0; i < p->rows->count; i++) {
        const struct sweep_row *row = &p->rows->items[i];
        if (row->utilisation.mean < missed && row->p99.mean <= row->slo_p99 &&
            (!best || row->utilisation.mean > best->utilisation.mean))
            best = row;
    }
    return isfinite(missed) ? best : NULL;
}

static char *title_knee(const struct plan *p) {
    char a[40], b[40];
    const struct sweep_row *low, *high, *kept = busiest_kept(p);
    ends_of(p, busy_of, &low, &high);
    if (kept)
        return mem_format("P99 keeps its limit of %s up to %.1f %% utilisation",
                          text_duration(a, sizeof a, kept->slo_p99), 100 * kept->utilisation.mean);
    return mem_format("P99 is %s at %.1f %% utilisation, %s at %.1f %%",
                      text_duration(a, sizeof a, low->p99.mean), 100 * low->utilisation.mean,
                      text_duration(b, sizeof b, high->p99.mean), 100 * high->utilisation.mean);
}

static char *title_workers(const struct plan *p) {
    char a[40], b[40];
    const struct sweep_row *low, *high;
    ends_of(p, p99_of, &low, &high);
    return mem_format("P99 falls from %s with %.0f workers to %s with %.0f",
                      text_duration(a, sizeof a, high->p99.mean), high->workers,
                      text_duration(b, sizeof b, low->p99.mean), low->workers);
}

static double throughput_of(const struct sweep_row *row) {
    return row->throughput.mean;
}

static char *title_throughput(const struct plan *p) {
    char a[40], b[40];
    const struct sweep_row *low, *high;
    ends_of(p, throughput_of, &low, &high);
    if (!(high->throughput.mean > 1.01 * low->throughput.mean))
        return mem_format("Throughput is %s jobs/s, whatever the workers",
                          text_short(a, sizeof a, high->throughput.mean));
    return mem_format("Throughput goes from %s jobs/s with %.0f workers to %s with %.0f",
                      text_short(a, sizeof a, low->throughput.mean), low->workers,
                      text_short(b, sizeof b, high->throughput.mean), high->workers);
}

static char *title_map(const struct plan *p) {
    char a[40], b[40];
    size_t met = 0;
    const struct sweep_row *low, *high;
    ends_of(p, p99_of, &low, &high);
    for (size_t i = 0; i < p->rows->count; i++)
        met += p->rows->items[i].slo == SWEEP_MET;
    if (p->grid->scenario->slo.count)
        return mem_format("The slo is met in %zu of %zu cells", met, p->rows->count);
    return mem_format("P99 lies between %s and %s", text_duration(a, sizeof a, low->p99.mean),
                      text_duration(b, sizeof b, high->p99.mean));
}

static const struct sweep_chart {
    const char *name, *file;
    bool (*drawn)(const struct plan *p);
    char *(*title)(const struct plan *p);
    void (*write)(FILE *to, const struct plan *p);
} charts[] = {
    {"sweep-knee", "sweep-knee.csv", drawn_knee, title_knee, write_knee},
    {"sweep-workers", "sweep-workers.csv", drawn_workers, title_workers, write_workers},
    {"sweep-throughput", "sweep-throughput.csv", drawn_workers, title_throughput, write_throughput},
    {"sweep-map", "sweep-map.csv", drawn_map, title_map, sweep_map_write},
};
enum { CHARTS = sizeof charts / sizeof *charts };

static bool is_drawn(const struct plan *p, size_t i) {
    return any_p99(p) && charts[i].drawn(p);
}

/* ---- texts and numbers ------------------------------------------------------------------------
 */

static void write_labels(FILE *to, const struct plan *p, const char *prefix, size_t axis) {
    size_t groups = drawn_groups(p, axis);
    char *key = mem_format("%s_groups", prefix);
    cells_pair_number(to, key, (double)groups);
    free(key);
    for (size_t k = 0; k < groups; k++) {
        char *label = group_label(p, axis, group_begin(p, axis, k));
        key = mem_format("%s_label_%zu", prefix, k + 1);
        cells_pair_text(to, key, label);
        free(key);
        free(label);
    }
    if (groups < group_count(p, axis)) {
        key = mem_format("note_sweep-%s", prefix);
        char *note = mem_format("%zu of %zu lines are drawn", groups, group_count(p, axis));
        cells_pair_text(to, key, note);
        free(key);
        free(note);
    }
}

static void write_texts(FILE *to, const struct plan *p) {
    const struct scenario *sc = p->grid->scenario;
    char *subtitle =
        mem_format("%s: %zu cells, %lld replication%s each%s", sc->name, p->rows->count,
                   (long long)sc->run.replications, sc->run.replications == 1 ? "" : "s",
                   p->interrupted ? ", INTERRUPTED" : "");
    fputs("key,value\n", to);
    for (size_t i = 0; i < CHARTS; i++)
        if (is_drawn(p, i)) {
            char *key = mem_format("title_%s", charts[i].name), *title = charts[i].title(p);
            cells_pair_text(to, key, title);
            free(key);
            free(title);
        }
    cells_pair_text(to, "subtitle", subtitle);
    cells_pair_text(to, "theory_label", "theory");
    free(subtitle);
    bool same = p->rows->count > 0;
    for (size_t i = 1; i < p->rows->count; i++)
        same = same && !(fabs(p->rows->items[i].slo_p99 - p->rows->items[0].slo_p99) > 0);
    cells_pair_number(to, "slo_p99", same ? p->rows->items[0].slo_p99 : NAN);
    if (is_drawn(p, 0))
        write_labels(to, p, "knee", p->line);
    if (is_drawn(p, 1)) {
        write_labels(to, p, "workers", p->workers);
        write_labels(to, p, "throughput", p->workers);
    }
    if (is_drawn(p, 3))
        sweep_map_write_texts(to, p);
}

/* ---- files ----------------------------------------------------------------------------------- */

typedef void write_fn(FILE *to, const struct plan *p);

static bool write_file(const struct plan *p, const char *dir, const char *name, write_fn *write,
                       struct err *err) {
    struct output o;
    if (!output_begin(&o, dir, name, err))
        return false;
    write(o.to, p);
    bool ok = output_close(&o, err);
    return output_end(&o, ok, err) && ok;
}

static bool write_chart(const struct plan *p, size_t i, const char *dir, struct err *err) {
    bool map = charts[i].write == sweep_map_write;
    return write_file(p, dir, charts[i].file, charts[i].write, err) &&
           (!map || write_file(p, dir, "sweep-border.csv", sweep_map_write_border, err));
}

bool sweep_charts_write(const struct sweep_rows *rows, bool interrupted, const char *dir,
                        struct err *err) {
    struct plan p = sweep_plan_of(rows, interrupted);
    bool ok = true;
    charts_clear_sweep(dir);
    for (size_t i = 0; ok && i < CHARTS; i++)
        ok = !is_drawn(&p, i) || write_chart(&p, i, dir, err);
    ok = ok && write_file(&p, dir, SWEEP_CHART, write_texts, err);
    free(p.by_cell);
    return ok;
}
