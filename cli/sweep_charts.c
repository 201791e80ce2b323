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
#include "cli/sweep_titles.h"
#include "model/mem.h"

static const double KNEE_LEAST = 0.05; /* of utilisation, from the begin of a line to its end */

/* ---- groups ---------------------------------------------------------------------------------- */

/* "workers 8, rate 100/s": what is the same in a group; fresh memory. */
static char *line_label(const struct plan *p, size_t axis, size_t begin) {
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
    bool missed; /* the slo, and is marked so */
};

static int by_x(const void *a, const void *b) {
    double x = ((const struct spot *)a)->x, y = ((const struct spot *)b)->x;
    return x < y ? -1 : x > y;
}

typedef bool spot_fn(const struct sweep_row *row, struct spot *spot);

static bool knee_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->utilisation.mean, row->p99, sweep_plan_missed(row)};
    return !isnan(s->x) && !isnan(s->y.mean);
}

static bool theory_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->theory_utilisation, {row->theory_p99, NAN, NAN}, false};
    return !isnan(s->x) && !isnan(s->y.mean);
}

static bool workers_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->workers, row->p99, sweep_plan_missed(row)};
    return !isnan(s->y.mean);
}

static bool throughput_spot(const struct sweep_row *row, struct spot *s) {
    *s = (struct spot){row->workers, row->throughput, sweep_plan_missed(row)};
    return !isnan(s->y.mean);
}

/* One group's line into columns `skip` cells behind x, of `wide` in all; behind them what is
 * missed.
 */
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
        cells_number(to, spots[i].missed ? spots[i].y.mean : NAN);
        putc('\n', to);
    }
    free(spots);
}

/* x, then for each group its line with band, and theory's (the interval's columns are empty); and
 * once more the points that miss the slo. */
static void write_lines(FILE *to, const struct plan *p, size_t axis, spot_fn *get, spot_fn *also) {
    int groups = (int)sweep_plan_drawn(p, axis), each = also ? 6 : 3;
    fputs("x", to);
    for (int k = 1; k <= groups; k++) {
        fprintf(to, ",g%d,g%d_low,g%d_high", k, k, k);
        if (also)
            fprintf(to, ",t%d,t%d_low,t%d_high", k, k, k);
    }
    fputs(",missed\n", to);
    for (int k = 0; k < groups; k++) {
        size_t begin = sweep_plan_drawn_begin(p, axis, (size_t)k);
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

/* Does a line of it go anywhere? What a policy makes of the same load is no knee. */
static bool drawn_knee(const struct plan *p) {
    if (sweep_plan_resizes(p->rows) && p->rate == NO_AXIS)
        return false;
    size_t step = sweep_plan_stride(p->grid, p->line), count = p->grid->axes.items[p->line].count;
    double widest = 0;
    for (size_t k = 0; k < sweep_plan_drawn(p, p->line); k++) {
        double low = INFINITY, high = 0;
        for (size_t i = 0; i < count; i++) {
            const struct sweep_row *row =
                p->by_cell[sweep_plan_drawn_begin(p, p->line, k) + i * step];
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

static const struct sweep_chart {
    const char *name, *file;
    bool (*drawn)(const struct plan *p);
    char *(*title)(const struct plan *p);
    void (*write)(FILE *to, const struct plan *p);
} charts[] = {
    {"sweep-knee", "sweep-knee.csv", drawn_knee, sweep_title_knee, write_knee},
    {"sweep-workers", "sweep-workers.csv", drawn_workers, sweep_title_workers, write_workers},
    {"sweep-throughput", "sweep-throughput.csv", drawn_workers, sweep_title_throughput,
     write_throughput},
    {"sweep-map", "sweep-map.csv", drawn_map, sweep_title_map, sweep_map_write},
};
enum { CHARTS = sizeof charts / sizeof *charts };

static bool is_drawn(const struct plan *p, size_t i) {
    return any_p99(p) && charts[i].drawn(p);
}

/* ---- texts and numbers ------------------------------------------------------------------------
 */

static void write_labels(FILE *to, const struct plan *p, const char *prefix, size_t axis) {
    size_t groups = sweep_plan_drawn(p, axis);
    char *key = mem_format("%s_groups", prefix);
    cells_pair_number(to, key, (double)groups);
    free(key);
    for (size_t k = 0; k < groups; k++) {
        char *label = line_label(p, axis, sweep_plan_drawn_begin(p, axis, k));
        key = mem_format("%s_label_%zu", prefix, k + 1);
        cells_pair_text(to, key, label);
        free(key);
        free(label);
    }
    if (groups < sweep_plan_groups(p->grid, axis)) {
        key = mem_format("note_sweep-%s", prefix);
        char *note =
            mem_format("%zu of %zu lines are drawn", groups, sweep_plan_groups(p->grid, axis));
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
