/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_table: see sweep_table.h. */
#include "cli/sweep_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/sweep_plan.h"
#include "cli/verdict.h"
#include "model/mem.h"
#include "model/text.h"

/* FIXED_WIDE: the columns that are always there, but for axes. */
enum { FIXED_WIDE = 59, TIME_WIDE = 10 };
enum { CELL = 48, ROWS_FIRST = 30, ROWS_LAST = 10, AXES_WIDE = 30, AXIS_WIDE = 20, SIZES_MOST = 8 };

/* Does the end of a path from `part` on name one axis alone? */
static bool tells(const struct grid *g, size_t axis, const char *part) {
    size_t length = strlen(part);
    for (size_t i = 0; i < g->axes.count; i++) {
        const char *other = g->axes.items[i].path;
        size_t n = strlen(other);
        if (i != axis && n >= length && !strcmp(other + n - length, part))
            return false;
    }
    return true;
}

const char *sweep_short_path(const struct grid *g, size_t axis) {
    const char *path = g->axes.items[axis].path, *part = path + strlen(path);
    while (part > path && !(part[-1] == '.' && *part && tells(g, axis, part)))
        part--;
    return part;
}

/* ---- columns --------------------------------------------------------------------------------- */

struct columns {
    size_t count;
    int *wide;      /* of each axis; 0: there is no room for it */
    bool resizes;   /* then reversals a minute stand in the place of the median */
    bool wait, mid; /* is there room for the wait's p99, and for the median? */
};

static int value_width(const struct grid *g, size_t axis) {
    size_t wide = strlen(sweep_short_path(g, axis));
    for (size_t k = 0; k < g->axes.items[axis].count && wide < AXIS_WIDE; k++) {
        size_t step = 1;
        for (size_t i = axis + 1; i < g->axes.count; i++)
            step *= g->axes.items[i].count;
        char *value = grid_value(g, k * step, axis);
        wide = strlen(value) > wide ? strlen(value) : wide;
        free(value);
    }
    return wide < AXIS_WIDE ? (int)wide : AXIS_WIDE;
}

/* As wide as their values, until there is no room; where the terminal is narrow others go. */
static struct columns columns_of(const struct sweep_rows *rows, FILE *to) {
    const struct grid *g = rows->grid;
    struct columns c = {.count = g->axes.count,
                        .wide = mem_new(g->axes.count, sizeof *c.wide),
                        .resizes = sweep_plan_resizes(rows)};
    int left = AXES_WIDE;
    for (size_t i = 0; i < c.count; i++) {
        int wide = value_width(g, i);
        c.wide[i] = wide + 2 <= left ? wide : left >= 8 ? left - 2 : 0;
        left -= c.wide[i] ? c.wide[i] + 2 : 0;
    }
    int over = FIXED_WIDE + 2 * TIME_WIDE + AXES_WIDE - left - verdict_columns(to);
    c.wait = over <= 0;
    c.mid = c.resizes || over <= TIME_WIDE;
    return c;
}

static void put_axis(FILE *to, int wide, const char *text) {
    int length = (int)strlen(text);
    if (wide && length > wide)
        fprintf(to, "  %.*s.", wide - 1, text);
    else if (wide)
        fprintf(to, "  %*s", wide, text);
}

/* ---- figures --------------------------------------------------------------------------------- */

static const char *share(char out[CELL], double value) {
    if (isnan(value))
        return "-";
    snprintf(out, CELL, "%.*f %%", value > 0 && value < 0.0995 ? 2 : 1, 100 * value);
    return out;
}

static const char *duration(char out[CELL], double value) {
    return isnan(value) ? "-" : text_duration(out, CELL, value);
}

/* "601 ms (593..609)", the bounds to the digits that the width gives them. */
static const char *with_interval(char out[CELL], const struct sweep_band *b) {
    if (isnan(b->mean))
        return "too few jobs";
    const char *unit;
    double scale = text_time_unit(b->mean, &unit), width = (b->high - b->low) / scale;
    char mean[20];
    text_duration(mean, sizeof mean, b->mean);
    if (!(width > 0))
        snprintf(out, CELL, "%s", mean);
    else {
        int digits = width >= 5 ? 0 : width >= 0.5 ? 1 : width >= 0.05 ? 2 : 3;
        snprintf(out, CELL, "%.18s (%.*f..%.*f)", mean, digits, b->low / scale, digits,
                 b->high / scale);
    }
    return out;
}

static const char *slo_text(const struct sweep_row *row) {
    if (row->slo == SWEEP_NO_SLO)
        return "";
    if (!row->trusted)
        return "too few";
    if (row->slo == SWEEP_MET)
        return row->sure ? "met" : "met?";
    return row->sure ? "missed" : "missed?";
}

static void put_figures(FILE *to, const struct columns *c, const char *busy, const char *wait,
                        const char *mid) {
    fprintf(to, "  %7s", busy);
    if (c->wait)
        fprintf(to, " %*s", TIME_WIDE - 1, wait);
    if (c->mid)
        fprintf(to, " %*s", TIME_WIDE - 1, mid);
}

static void put_head(FILE *to, const struct grid *g, const struct columns *c) {
    fputs("  cell", to);
    for (size_t i = 0; i < c->count; i++)
        put_axis(to, c->wide[i], sweep_short_path(g, i));
    put_figures(to, c, "busy", "wait p99", c->resizes ? "revers/m" : "resp. p50");
    fprintf(to, " %24s %9s  %s\n", "response p99 (95 %)", "rejected",
            g->scenario->slo.count ? "slo" : "");
}

static void put_row(FILE *to, const struct grid *g, const struct columns *c,
                    const struct sweep_row *row) {
    char a[CELL], b[CELL], d[CELL], e[CELL], f[CELL];
    fprintf(to, "%6zu", row->cell + 1);
    for (size_t i = 0; i < c->count; i++) {
        char *value = grid_value(g, row->cell, i);
        put_axis(to, c->wide[i], value);
        free(value);
    }
    put_figures(to, c, share(a, row->utilisation.mean), duration(b, row->wait_p99.mean),
                c->resizes ? text_short(d, CELL, row->reversals) : duration(d, row->p50.mean));
    fprintf(to, " %24s %9s  %s\n", with_interval(e, &row->p99), share(f, row->rejected.mean),
            slo_text(row));
}

/* ---- what they say together -------------------------------------------------------------------
 */

static void put_title(FILE *to, const struct sweep_rows *rows) {
    const struct grid *g = rows->grid;
    fprintf(to, "%s  %zu cells:", g->scenario->name, g->cells);
    for (size_t i = 0; i < g->axes.count; i++)
        fprintf(to, "%s %zu %s of %s", i ? " x" : "", g->axes.items[i].count,
                g->axes.items[i].count == 1 ? "value" : "values", g->axes.items[i].path);
    fprintf(to, "\nseed %lld, %lld replication%s a cell, the same dice in every cell\n\n",
            (long long)g->scenario->seed, (long long)g->scenario->run.replications,
            g->scenario->run.replications == 1 ? "" : "s");
}

/* Does a cell that meets the slo have fewer workers than the best so far? */
static bool leaner(const struct sweep_row *row, const struct sweep_row *best) {
    return row->slo == SWEEP_MET && row->trusted && (!best || row->workers < best->workers);
}

/* "200/s 12": the fewest workers of a group that meet the slo, "<=12" where fewer were not tried;
 * fresh memory. */
static char *group_words(const struct plan *p, size_t begin) {
    size_t step = sweep_plan_stride(p->grid, p->workers);
    const struct sweep_row *best = NULL;
    double least = INFINITY;
    for (size_t k = 0; k < p->grid->axes.items[p->workers].count; k++) {
        const struct sweep_row *row = p->by_cell[begin + k * step];
        least = fmin(least, row->workers);
        best = leaner(row, best) ? row : best;
    }
    const char *edge = best && best->workers <= least && least > 1 ? "<=" : "";
    char *name = sweep_plan_name(p, p->workers, begin);
    const char *colon = strchr(name, ' ') ? ":" : "", *gap = *name ? " " : "";
    char *text = best ? mem_format("%s%s%s%s%.0f%s", name, colon, gap, edge, best->workers,
                                   best->sure ? "" : "?")
                      : mem_format("%s%s%snone", name, colon, gap);
    free(name);
    return text;
}

/* What a sizing asks: of each combination of the other paths, the fewest workers. */
static void put_sizes(FILE *to, const struct plan *p, const char *dir) {
    size_t groups = sweep_plan_groups(p->grid, p->workers);
    const char *between = p->grid->axes.count > 2 ? "; " : ", ";
    char *all = mem_text("fewest workers that meet the slo: ");
    for (size_t k = 0; k < groups && k < SIZES_MOST; k++) {
        char *one = group_words(p, sweep_plan_begin(p->grid, p->workers, k));
        char *longer = mem_format("%s%s%s", all, k ? between : "", one);
        free(all);
        free(one);
        all = longer;
    }
    if (groups > SIZES_MOST) {
        char *cut = mem_format("%s%s... (all: %s/" SWEEP_CSV ")", all, between, dir);
        free(all);
        all = cut;
    }
    verdict_folded(to, NULL, all);
    free(all);
}

static void put_slo(FILE *to, const struct sweep_rows *rows, bool interrupted, const char *dir) {
    size_t met = 0, sure = 0;
    for (size_t i = 0; i < rows->count; i++) {
        bool yes = rows->items[i].slo == SWEEP_MET && rows->items[i].trusted;
        met += yes;
        sure += yes && rows->items[i].sure;
    }
    fprintf(to, "\nslo met in %zu of %zu cells", met, rows->count);
    if (sure < met)
        fprintf(to, ", in %zu of them surely (?: the interval holds the limit)", sure);
    putc('\n', to);
    struct plan p = sweep_plan_of(rows, interrupted);
    if (p.workers != NO_AXIS && !interrupted)
        put_sizes(to, &p, dir);
    free(p.by_cell);
}

void sweep_table(const struct sweep_rows *rows, bool interrupted, const char *dir, FILE *to) {
    struct columns c = columns_of(rows, to);
    bool cut = rows->count > ROWS_FIRST + ROWS_LAST;
    put_title(to, rows);
    put_head(to, rows->grid, &c);
    for (size_t i = 0; i < rows->count; i++) {
        if (cut && i == ROWS_FIRST) {
            fprintf(to, "   ...  %zu cells more: %s/" SWEEP_CSV "\n",
                    rows->count - ROWS_FIRST - ROWS_LAST, dir);
            i = rows->count - ROWS_LAST;
        }
        put_row(to, rows->grid, &c, &rows->items[i]);
    }
    if (rows->grid->scenario->slo.count)
        put_slo(to, rows, interrupted, dir);
    if (interrupted)
        fprintf(to, "INTERRUPTED: %zu of %zu cells are whole\n", rows->count, rows->grid->cells);
    free(c.wide);
}
