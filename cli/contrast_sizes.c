/* SPDX-License-Identifier: GPL-3.0-or-later */
/* contrast_sizes: see contrast_sizes.h. */
#include "cli/contrast_sizes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "model/mem.h"
#include "model/sheet.h"
#include "model/text.h"

static const char letters[2] = {'a', 'b'};

/* ---- sizes.csv ------------------------------------------------------------------------------- */

/* The next cell of a line, its comma made an end. */
static const char *next_cell(char **rest) {
    char *cell = strsep(rest, ",\n");
    return cell ? cell : "";
}

static bool number(const char *cell, double *value) {
    char *end;
    *value = strtod(cell, &end);
    return *cell && strspn(cell, "0123456789+-.eE") == strlen(cell) && !*end && isfinite(*value);
}

/* A line of the pool and the engine is added; false: it is no such line. */
static bool take_line(struct sized *s, int side, const char *pool, char *line) {
    struct sized_row row;
    const char *of = next_cell(&line), *engine = next_cell(&line);
    const char *t = next_cell(&line), *what = next_cell(&line);
    bool ok = text_index(what, "begin end grow shrink ready gone") >= 0 && number(t, &row.t);
    ok = ok && number(next_cell(&line), &row.serving) && number(next_cell(&line), &row.size);
    if (!ok || strcmp(of, pool) != 0 || strcmp(engine, s->sides[side].engine) != 0)
        return ok;
    snprintf(row.what, sizeof row.what, "%s", what);
    if ((s->counts[side] & (s->counts[side] - 1)) == 0)
        s->rows[side] =
            mem_resize(s->rows[side], s->counts[side] ? 2 * s->counts[side] : 1, sizeof row);
    s->rows[side][s->counts[side]++] = row;
    return true;
}

/* What a side's folder has of its pool; nothing where it has no such file. */
static bool read_sizes(struct sized *s, int side, const char *pool, struct err *err) {
    char *file = mem_format("%s/sizes.csv", s->sides[side].folder), *line = NULL;
    size_t room = 0;
    bool ok = true;
    FILE *f = fopen(file, "re");
    for (int n = 1; f && ok && getline(&line, &room, f) > 0; n++) {
        ok = n == 1 || take_line(s, side, pool, line);
        if (!ok)
            err_add(err, (struct place){file, n, 1}, NULL, "not the sizes of a pool");
    }
    if (f)
        fclose(f);
    free(line);
    free(file);
    return ok;
}

/* ---- which pool ------------------------------------------------------------------------------ */

static const char *name_of(const struct sized *s, int side) {
    return s->sides[side].result->pool_names.items[s->pools[side]];
}

/* B's pool for A's; false: it has none. */
static bool partner(const struct names *a, size_t pool, const struct names *b, size_t *found) {
    for (*found = 0; *found < b->count; ++*found)
        if (!strcmp(a->items[pool], b->items[*found]))
            return true;
    *found = 0;
    return a->count == 1 && b->count == 1;
}

static void forget(struct sized *s) {
    for (int i = 0; i < 2; i++) {
        free(s->rows[i]);
        s->rows[i] = NULL;
        s->counts[i] = 0;
    }
}

bool contrast_sizes_open(struct sized *s, const struct sized_side sides[2], struct err *err) {
    *s = (struct sized){.sides = {sides[0], sides[1]}};
    const struct names *a = &sides[0].result->pool_names, *b = &sides[1].result->pool_names;
    for (size_t p = 0; p < a->count; p++) {
        s->pools[0] = p;
        if (!partner(a, p, b, &s->pools[1]))
            continue;
        forget(s);
        if (!read_sizes(s, 0, name_of(s, 0), err) || !read_sizes(s, 1, name_of(s, 1), err)) {
            forget(s);
            return false;
        }
        s->any = s->counts[0] > 0 || s->counts[1] > 0;
        if (s->any)
            return true;
    }
    return true;
}

void contrast_sizes_free(struct sized *s) {
    forget(s);
}

/* ---- what is written ------------------------------------------------------------------------- */

static const struct pool_metrics *metrics_of(const struct sized *s, int side) {
    return &s->sides[side].result->pools[s->pools[side]];
}

void contrast_sizes_write(const struct sized *s, FILE *to) {
    fputs("side,t,what,serving,size\n", to);
    for (int i = 0; i < 2; i++) {
        double fixed = metrics_of(s, i)->workers.mean, end = s->sides[i].result->duration;
        for (size_t k = 0; k < s->counts[i]; k++) {
            const struct sized_row *row = &s->rows[i][k];
            fprintf(to, "%c,%.9f,%s,%.9g,%.9g\n", letters[i], row->t, row->what, row->serving,
                    row->size);
        }
        if (!s->counts[i])
            fprintf(to, "%c,0,begin,%.9g,%.9g\n%c,%.9f,end,%.9g,%.9g\n", letters[i], fixed, fixed,
                    letters[i], end, fixed, fixed);
    }
}

static ptrdiff_t column(const struct sheet *sheet, const char *pool, const char *figure) {
    char *name = mem_format("%s.%s", pool, figure);
    ptrdiff_t at = sheet_column(sheet, name);
    free(name);
    return at;
}

/* A figure's rows of a file, in the first of the two columns or in the second. */
static bool write_series(const struct sized *s, int side, const char *name, const char *figure,
                         bool second, FILE *to, struct err *err) {
    char *file = mem_format("%s/%s", s->sides[side].folder, name);
    struct sheet sheet = {0};
    bool ok = sheet_read(&sheet, file, err);
    ptrdiff_t at = ok ? column(&sheet, name_of(s, side), figure) : -1;
    for (size_t k = 0; at >= 0 && k < sheet.rows; k++) {
        fprintf(to, "%c,%.9g", letters[side], sheet.cells[k * sheet.columns]);
        cells_number(to, second ? NAN : sheet.cells[k * sheet.columns + (size_t)at]);
        cells_number(to, second ? sheet.cells[k * sheet.columns + (size_t)at] : NAN);
        putc('\n', to);
    }
    sheet_free(&sheet);
    free(file);
    return ok;
}

bool contrast_sizes_series(const struct sized *s, FILE *to, struct err *err) {
    fputs("side,t,busy,p99\n", to);
    bool ok = true;
    for (int i = 0; ok && i < 2; i++) {
        const struct sized_side *side = &s->sides[i];
        const char *first = s->counts[i] ? side->first : side->series;
        ok = write_series(s, i, first, "busy", false, to, err) &&
             write_series(s, i, side->series, "p99", true, to, err);
    }
    return ok;
}

static double back(const struct sized *s, int side) {
    return metrics_of(s, side)->resizing.reversals_per_minute.mean;
}

/* "A turns back 294 times a minute, B never" */
static char *turns(const struct sized *s) {
    char a[40], b[40];
    snprintf(a, sizeof a, back(s, 0) < 999.5 ? "%.3g" : "%.0f", back(s, 0));
    snprintf(b, sizeof b, back(s, 1) < 999.5 ? "%.3g" : "%.0f", back(s, 1));
    return back(s, 0) > 0 && back(s, 1) > 0
               ? mem_format("A turns back %s times a minute, B %s times", a, b)
           : back(s, 0) > 0 ? mem_format("A turns back %s times a minute, B never", a)
           : back(s, 1) > 0 ? mem_format("A never turns back, B %s times a minute", b)
                            : mem_text("Neither turns back");
}

static char *title(const struct sized *s) {
    char *words = turns(s), a[40], b[40];
    double pa = s->sides[0].result->total.response.p99.mean;
    double pb = s->sides[1].result->total.response.p99.mean;
    if (isnan(pa) || isnan(pb))
        return words;
    char *all = mem_format("%s; P99 %s, %s", words, text_duration(a, sizeof a, pa),
                           text_duration(b, sizeof b, pb));
    free(words);
    return all;
}

void contrast_sizes_texts(const struct sized *s, FILE *to) {
    size_t most = 0;
    for (int i = 0; i < 2; i++) {
        size_t changes = 0;
        for (size_t k = 0; k < s->counts[i]; k++)
            changes += !strcmp(s->rows[i][k].what, "grow") || !strcmp(s->rows[i][k].what, "shrink");
        most = changes > most ? changes : most;
    }
    for (int i = 0; i < 2; i++)
        if (s->sides[i].result->pool_names.count > 1)
            cells_pair_text(to, i ? "b_pool" : "a_pool", name_of(s, i));
    char *text = title(s);
    cells_pair_text(to, "title_compare-resizing", text);
    cells_pair_number(to, "changes", (double)most);
    free(text);
}
