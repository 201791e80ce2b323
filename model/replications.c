/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replications: see replications.h. */
#include "model/replications.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

static const double MEAN_TOLERANCE = 1e-6; /* of what a column's mean may be off its figure */

/* The figures that have values of each replication. */
struct listing {
    struct figure **items;
    char **names;
    size_t count;
};

static void list_one(struct figure *f, const char *name, void *context) {
    struct listing *l = context;
    if (!f->each)
        return;
    l->items = mem_resize(l->items, l->count + 1, sizeof(struct figure *));
    l->names = mem_resize(l->names, l->count + 1, sizeof *l->names);
    l->items[l->count] = f;
    l->names[l->count++] = mem_text(name);
}

void replications_write(const struct result *r, FILE *to) {
    struct listing l = {0};
    struct result *visited = (struct result *)(size_t)r; /* the visitor changes nothing */
    result_figures(visited, list_one, &l);
    fputs("replication,offered,left", to);
    for (size_t i = 0; i < l.count; i++)
        fprintf(to, ",%s", l.names[i]);
    putc('\n', to);
    for (size_t k = 0; k < r->replications; k++) {
        fprintf(to, "%zu,%.0f,%.0f", k + 1, r->responses.offered[k], r->responses.left[k]);
        for (size_t i = 0; i < l.count; i++)
            fprintf(to, ",%.12g", l.items[i]->each[k]);
        putc('\n', to);
    }
    for (size_t i = 0; i < l.count; i++)
        free(l.names[i]);
    free(l.names);
    free(l.items);
}

struct filling {
    const struct result *r;
    const struct sheet *sheet;
    struct err *err;
    bool ok;
};

static void fill_one(struct figure *f, const char *name, void *context) {
    struct filling *in = context;
    ptrdiff_t column = sheet_column(in->sheet, name);
    if (column < 0 || !in->ok)
        return;
    size_t count = in->sheet->rows;
    double sum = 0, size = 0;
    f->each = mem_new(count, sizeof *f->each);
    for (size_t i = 0; i < count; i++) {
        f->each[i] = in->sheet->cells[i * in->sheet->columns + (size_t)column];
        sum += f->each[i];
        size = fmax(size, fabs(f->each[i]));
    }
    if (fabs(sum / (double)count - f->mean) <= MEAN_TOLERANCE * size)
        return;
    in->ok = false;
    err_add(in->err, (struct place){in->sheet->file, 1, (int)column + 1}, NULL,
            "the mean of '%s' is not that of the result: it belongs to another result", name);
}

bool replications_read(struct result *r, const struct sheet *sheet, struct err *err) {
    ptrdiff_t offered = sheet_column(sheet, "offered"), left = sheet_column(sheet, "left");
    if (offered < 0 || left < 0 || sheet->rows != r->replications) {
        err_add(err, (struct place){sheet->file, 1, 1}, NULL,
                "not the %llu replications of this result", (unsigned long long)r->replications);
        return false;
    }
    for (size_t i = 0; i < sheet->rows && r->responses.rows; i++) {
        r->responses.offered[i] = sheet->cells[i * sheet->columns + (size_t)offered];
        r->responses.left[i] = sheet->cells[i * sheet->columns + (size_t)left];
    }
    struct filling in = {r, sheet, err, true};
    result_figures(r, fill_one, &in);
    return in.ok;
}
