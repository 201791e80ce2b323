/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep_map: see sweep_map.h. */
#include "cli/sweep_map.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "model/mem.h"
#include "model/text.h"

enum { LABELS_MOST = 16, TEXTS_MOST = 14, LABEL_CHARACTERS = 24 };

static size_t map_x(const struct plan *p) {
    return p->workers != NO_AXIS ? p->workers : p->rate == 0 ? 1 : p->rate == 1 ? 0 : 1;
}

static size_t map_y(const struct plan *p) {
    return 1 - map_x(p);
}

static const struct sweep_row *map_at(const struct plan *p, size_t x, size_t y) {
    return p->by_cell[x * sweep_plan_stride(p->grid, map_x(p)) +
                      y * sweep_plan_stride(p->grid, map_y(p))];
}

/* As many characters as there is room for. */
static size_t label_room(const struct plan *p, size_t axis) {
    size_t count = p->grid->axes.items[axis].count,
           labels = count < LABELS_MOST ? count : LABELS_MOST;
    size_t room = axis == map_x(p) ? 80 / labels : LABEL_CHARACTERS;
    return room < LABEL_CHARACTERS ? room : LABEL_CHARACTERS;
}

/* Of many labels every second, third ... one; fresh memory. */
static char *map_label(const struct plan *p, size_t cell, size_t axis) {
    size_t count = p->grid->axes.items[axis].count, every = (count - 1) / LABELS_MOST + 1;
    if (grid_digit(p->grid, cell, axis) % every)
        return mem_text("");
    char *value = grid_value(p->grid, cell, axis);
    size_t room = label_room(p, axis);
    if (strlen(value) <= room)
        return value;
    char *cut = mem_format("%.*s..", (int)room - 2, value), *plain = text_plain(cut);
    free(value);
    free(cut);
    return plain;
}

static void put_label(FILE *to, const struct plan *p, size_t cell, size_t axis) {
    char *label = map_label(p, cell, axis);
    putc(',', to);
    cells_label(to, label);
    free(label);
}

static size_t longest_label(const struct plan *p, size_t axis) {
    size_t longest = 0;
    for (size_t k = 0; k < p->grid->axes.items[axis].count; k++) {
        char *label = map_label(p, k * sweep_plan_stride(p->grid, axis), axis);
        longest = strlen(label) > longest ? strlen(label) : longest;
        free(label);
    }
    return longest;
}

/* For texts in the fields. */
static bool has_room(const struct plan *p) {
    return p->grid->axes.items[map_x(p)].count <= TEXTS_MOST &&
           p->grid->axes.items[map_y(p)].count <= TEXTS_MOST;
}

/* What a field says of its cell. */
static void map_figure(const struct plan *p, const struct sweep_row *row, char *out, size_t size) {
    if (sweep_plan_resizes(p->rows))
        snprintf(out, size, "%.*f", row->reversals < 9.95 && row->reversals > 0, row->reversals);
    else if (!isnan(row->p99.mean))
        text_duration(out, size, row->p99.mean);
}

static void map_text(FILE *to, const struct plan *p, const struct sweep_row *row) {
    char text[40] = "";
    bool room = has_room(p);
    if (room)
        map_figure(p, row, text, sizeof text);
    bool unsure = row->slo != SWEEP_NO_SLO && !row->sure,
         below = sweep_plan_resizes(p->rows) && room;
    fprintf(to, ",%s%s,", text, unsure && !below ? (*text ? " ?" : "?") : "");
    if (room && sweep_plan_missed(row) && *row->why)
        cells_text(to, row->why);
    else if (below && !isnan(row->p99.mean))
        fprintf(to, "%s%s", text_duration(text, sizeof text, row->p99.mean), unsure ? " ?" : "");
    fputs(sweep_plan_missed(row) ? ",1" : ",", to);
}

void sweep_map_write(FILE *to, const struct plan *p) {
    fputs("x,y,p99,text,why,missed,x_label,y_label,reversals\n", to);
    for (size_t i = 0; i < p->rows->count; i++) {
        const struct sweep_row *row = &p->rows->items[i];
        fprintf(to, "%zu,%zu", grid_digit(p->grid, row->cell, map_x(p)),
                grid_digit(p->grid, row->cell, map_y(p)));
        cells_number(to, row->p99.mean);
        map_text(to, p, row);
        put_label(to, p, row->cell, map_x(p));
        put_label(to, p, row->cell, map_y(p));
        cells_number(to, row->reversals);
        putc('\n', to);
    }
}

static bool differ(const struct sweep_row *a, const struct sweep_row *b) {
    return a && b && a->slo != b->slo;
}

static double count_missed(const struct plan *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->rows->count; i++)
        n += sweep_plan_missed(&p->rows->items[i]);
    return (double)n;
}

/* The border between cells that meet the slo and cells that do not, an edge a row. */
void sweep_map_write_border(FILE *to, const struct plan *p) {
    size_t wide = p->grid->axes.items[map_x(p)].count, high = p->grid->axes.items[map_y(p)].count;
    fputs("x,y,dx,dy\n", to);
    for (size_t x = 0; x < wide; x++)
        for (size_t y = 0; y < high; y++) {
            const struct sweep_row *here = map_at(p, x, y);
            if (x + 1 < wide && differ(here, map_at(p, x + 1, y)))
                fprintf(to, "%g,%g,0,1\n", (double)x + 0.5, (double)y - 0.5);
            if (y + 1 < high && differ(here, map_at(p, x, y + 1)))
                fprintf(to, "%g,%g,1,0\n", (double)x - 0.5, (double)y + 0.5);
        }
}

/* Somewhere on the way from one cell to all the others it changes. */
static bool has_border(const struct plan *p) {
    for (size_t x = 0; x < p->grid->axes.items[map_x(p)].count; x++)
        for (size_t y = 0; y < p->grid->axes.items[map_y(p)].count; y++)
            if (differ(map_at(p, x, y), x ? map_at(p, x - 1, y) : NULL) ||
                differ(map_at(p, x, y), y ? map_at(p, x, y - 1) : NULL))
                return true;
    return false;
}

void sweep_map_write_texts(FILE *to, const struct plan *p) {
    const struct grid *g = p->grid;
    cells_pair_text(to, "map_x_name", g->axes.items[map_x(p)].path);
    cells_pair_text(to, "map_y_name", g->axes.items[map_y(p)].path);
    cells_pair_number(to, "map_wide", (double)g->axes.items[map_x(p)].count);
    cells_pair_number(to, "map_high", (double)g->axes.items[map_y(p)].count);
    cells_pair_number(to, "map_y_characters", (double)longest_label(p, map_y(p)));
    cells_pair_number(to, "map_border", has_border(p));
    cells_pair_number(to, "map_missed", count_missed(p));
    cells_pair_number(to, "map_reversals", sweep_plan_resizes(p->rows));
    if (sweep_plan_resizes(p->rows) && has_room(p))
        cells_pair_text(to, "note_sweep-map", "in a field reversals a minute, below them P99");
}
