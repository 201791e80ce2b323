/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_titles: see sweep_titles.h. */
#include "cli/sweep_titles.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/text.h"

/* ---- the line that is spoken of -------------------------------------------------------------- */

/* Cells of a drawn group that have a P99, in the order of its axis. */
struct line {
    size_t axis, begin, count;
    const struct sweep_row **rows;
};

static struct line line_of(const struct plan *p, size_t axis, size_t drawn) {
    size_t most = p->grid->axes.items[axis].count, step = sweep_plan_stride(p->grid, axis);
    struct line l = {axis, sweep_plan_drawn_begin(p, axis, drawn), 0,
                     mem_new(most, sizeof(struct sweep_row *))};
    for (size_t k = 0; k < most; k++) {
        const struct sweep_row *row = p->by_cell[l.begin + k * step];
        if (row && !isnan(row->p99.mean))
            l.rows[l.count++] = row;
    }
    return l;
}

typedef double figure_fn(const struct sweep_row *row);

static double busy_of(const struct sweep_row *row) {
    return row->utilisation.mean;
}

static double p99_of(const struct sweep_row *row) {
    return row->p99.mean;
}

static double workers_of(const struct sweep_row *row) {
    return row->workers;
}

/* The rows with the least and the most of a figure; NULL: there are none. */
static void ends_of(const struct line *l, figure_fn *figure, const struct sweep_row **low,
                    const struct sweep_row **high) {
    *low = *high = NULL;
    for (size_t i = 0; i < l->count; i++) {
        const struct sweep_row *row = l->rows[i];
        *low = !*low || figure(row) < figure(*low) ? row : *low;
        *high = !*high || figure(row) > figure(*high) ? row : *high;
    }
}

/* The line of the largest weight, of several the last; one that is more than a point, if there is.
 */
static struct line line_by(const struct plan *p, size_t axis, double weight(const struct line *)) {
    struct line best = line_of(p, axis, 0);
    for (size_t k = 1; k < sweep_plan_drawn(p, axis); k++) {
        struct line l = line_of(p, axis, k);
        bool longer = l.count > 1 && best.count < 2, shorter = l.count < 2 && best.count > 1;
        bool better = longer || (!shorter && weight(&l) >= weight(&best));
        free(better ? best.rows : l.rows);
        best = better ? l : best;
    }
    return best;
}

static double rate_of(const struct line *l) {
    return l->count ? l->rows[l->count - 1]->rate : -1;
}

static double span_of(const struct line *l) {
    const struct sweep_row *low, *high;
    ends_of(l, busy_of, &low, &high);
    return low ? busy_of(high) - busy_of(low) : -1;
}

/* "At 400/s: P99 ..." of a rest that begins small or with P99; takes it, and frees the line. */
static char *said_of(const struct plan *p, struct line *l, char *rest) {
    char *name = sweep_plan_name(p, l->axis, l->begin), *all;
    all = *name ? mem_format("At %s: %s", name, rest) : mem_text(rest);
    *all = (char)toupper((unsigned char)*all);
    free(name);
    free(rest);
    free(l->rows);
    return all;
}

/* ---- titles ---------------------------------------------------------------------------------- */

static double fewness_of(const struct sweep_row *row) {
    return -row->workers;
}

/* The cell that goes furthest, where it and all before it keep the limit on P99 and others do not;
 * else NULL. */
static const struct sweep_row *furthest_kept(const struct line *l, figure_fn *far_of) {
    const struct sweep_row *best = NULL;
    double missed = INFINITY;
    for (size_t i = 0; i < l->count; i++)
        if (l->rows[i]->p99.mean > l->rows[i]->slo_p99)
            missed = fmin(missed, far_of(l->rows[i]));
    for (size_t i = 0; i < l->count; i++) {
        const struct sweep_row *row = l->rows[i];
        if (far_of(row) < missed && row->p99.mean <= row->slo_p99 &&
            (!best || far_of(row) > far_of(best)))
            best = row;
    }
    return isfinite(missed) ? best : NULL;
}

static const char *not_surely(const struct sweep_row *row) {
    return row->p99.high > row->slo_p99 ? " (not surely)" : "";
}

char *sweep_title_knee(const struct plan *p) {
    char a[40], b[40], *rest;
    struct line l = line_by(p, p->line, span_of);
    const struct sweep_row *low, *high, *kept = furthest_kept(&l, busy_of);
    ends_of(&l, busy_of, &low, &high);
    if (!low)
        rest = mem_text("too few jobs");
    else if (kept)
        rest = mem_format("P99 keeps its limit of %s up to %.1f %% utilisation%s",
                          text_duration(a, sizeof a, kept->slo_p99), 100 * kept->utilisation.mean,
                          not_surely(kept));
    else
        rest = mem_format("P99 is %s at %.1f %% utilisation, %s at %.1f %%",
                          text_duration(a, sizeof a, low->p99.mean), 100 * low->utilisation.mean,
                          text_duration(b, sizeof b, high->p99.mean), 100 * high->utilisation.mean);
    return said_of(p, &l, rest);
}

char *sweep_title_workers(const struct plan *p) {
    char a[40], b[40], *rest;
    struct line l = line_by(p, p->workers, rate_of);
    const struct sweep_row *few, *many, *kept = furthest_kept(&l, fewness_of);
    ends_of(&l, workers_of, &few, &many);
    if (!few)
        rest = mem_text("too few jobs");
    else if (kept)
        rest =
            mem_format("P99 keeps its limit of %s from %.0f workers on%s",
                       text_duration(a, sizeof a, kept->slo_p99), kept->workers, not_surely(kept));
    else
        rest = mem_format("P99 %s from %s (%.0f worker%s) to %s (%.0f)",
                          many->p99.mean > few->p99.mean ? "rises" : "falls",
                          text_duration(a, sizeof a, few->p99.mean), few->workers,
                          few->workers > 1 ? "s" : "", text_duration(b, sizeof b, many->p99.mean),
                          many->workers);
    return said_of(p, &l, rest);
}

char *sweep_title_throughput(const struct plan *p) {
    char a[40], b[40], *rest;
    struct line l = line_by(p, p->workers, rate_of);
    const struct sweep_row *few, *many;
    ends_of(&l, workers_of, &few, &many);
    if (!few)
        rest = mem_text("too few jobs");
    else if (fabs(many->throughput.mean - few->throughput.mean) <= 0.01 * few->throughput.mean)
        rest = mem_format("throughput is %s jobs/s, whatever the workers",
                          text_short(a, sizeof a, many->throughput.mean));
    else
        rest = mem_format("throughput goes from %s jobs/s (%.0f worker%s) to %s (%.0f)",
                          text_short(a, sizeof a, few->throughput.mean), few->workers,
                          few->workers > 1 ? "s" : "",
                          text_short(b, sizeof b, many->throughput.mean), many->workers);
    return said_of(p, &l, rest);
}

static size_t cells_met(const struct sweep_rows *rows) {
    size_t met = 0;
    for (size_t i = 0; i < rows->count; i++)
        met += rows->items[i].slo == SWEEP_MET;
    return met;
}

/* "Reversals a minute: 12 to 294; the slo is met in 20 of 35 cells" */
static char *title_reversals(const struct plan *p) {
    char a[40], b[40];
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < p->rows->count; i++) {
        low = fmin(low, p->rows->items[i].reversals);
        high = fmax(high, p->rows->items[i].reversals);
    }
    if (!(high > 0))
        return mem_text("No pool turns back in any cell");
    char *text = mem_format("Reversals a minute: %s to %s", text_short(a, sizeof a, low),
                            text_short(b, sizeof b, high));
    if (!p->grid->scenario->slo.count)
        return text;
    char *all = mem_format("%s; the slo is met in %zu of %zu cells", text, cells_met(p->rows),
                           p->rows->count);
    free(text);
    return all;
}

char *sweep_title_map(const struct plan *p) {
    if (sweep_plan_resizes(p->rows))
        return title_reversals(p);
    char a[40], b[40];
    const struct sweep_row *low = NULL, *high = NULL;
    for (size_t i = 0; i < p->rows->count; i++) {
        const struct sweep_row *row = &p->rows->items[i];
        if (isnan(p99_of(row)))
            continue;
        low = !low || p99_of(row) < p99_of(low) ? row : low;
        high = !high || p99_of(row) > p99_of(high) ? row : high;
    }
    if (p->grid->scenario->slo.count)
        return mem_format("The slo is met in %zu of %zu cells", cells_met(p->rows), p->rows->count);
    if (!low)
        return mem_text("P99 is known of no cell");
    return mem_format("P99 lies between %s and %s", text_duration(a, sizeof a, low->p99.mean),
                      text_duration(b, sizeof b, high->p99.mean));
}
