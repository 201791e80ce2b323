/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sheet: see sheet.h. */
#include "model/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/mem.h"

struct lines {
    FILE *file;
    char *text;
    size_t size, room; /* of the buffer; in cells */
    int number;
    struct err *err;
};

static bool wrong(const struct sheet *t, const struct lines *l, size_t column, const char *what) {
    err_add(l->err, (struct place){t->file, l->number, (int)column + 1}, NULL, "%s", what);
    return false;
}

/* The next line without its end; false at the file's end, or after an error. */
static bool next_line(const struct sheet *t, struct lines *l) {
    ssize_t n = getline(&l->text, &l->size, l->file);
    if (n <= 0)
        return false;
    l->number++;
    if (strlen(l->text) != (size_t)n)
        return wrong(t, l, 0, "is not text: it holds a zero byte");
    l->text[strcspn(l->text, "\r\n")] = 0;
    return true;
}

static bool cell(const char *text, double *value) {
    char *end;
    *value = *text ? strtod(text, &end) : NAN;
    return !*text || (strspn(text, "0123456789+-.eE") == strlen(text) && end != text && !*end &&
                      isfinite(*value));
}

static void header(struct sheet *t, struct lines *l) {
    char *rest = l->text;
    for (char *name; (name = strsep(&rest, ","));) {
        t->names = mem_resize(t->names, t->columns + 1, sizeof *t->names);
        t->names[t->columns++] = mem_text(name);
    }
}

static bool row(struct sheet *t, struct lines *l) {
    if ((t->rows + 1) * t->columns > l->room) {
        l->room = 2 * (t->rows + 1) * t->columns;
        t->cells = mem_resize(t->cells, l->room, sizeof *t->cells);
    }
    char *rest = l->text;
    size_t i = 0;
    for (char *text; (text = strsep(&rest, ",")); i++) {
        if (i == t->columns)
            return wrong(t, l, i, "more cells than the header has");
        if (!cell(text, &t->cells[t->rows * t->columns + i]))
            return wrong(t, l, i, "a cell that is no number");
    }
    t->rows++;
    return i == t->columns || wrong(t, l, i, "fewer cells than the header has");
}

bool sheet_read(struct sheet *t, const char *file, struct err *err) {
    struct stat info;
    struct lines l = {.err = err};
    *t = (struct sheet){.file = file};
    errno = 0;
    if (stat(file, &info) || !S_ISREG(info.st_mode) || !(l.file = fopen(file, "re"))) {
        err_add(err, (struct place){file, 0, 0}, NULL, "cannot be read: %s",
                errno ? strerror(errno) : "not a regular file");
        return false;
    }
    size_t before = err->count;
    if (next_line(t, &l))
        header(t, &l);
    else if (err->count == before)
        wrong(t, &l, 0, "is empty; a header line is wanted");
    while (err->count == before && next_line(t, &l))
        if ((t->rows + 1) * t->columns > SHEET_CELLS)
            wrong(t, &l, 0, "too many cells");
        else
            row(t, &l);
    free(l.text);
    fclose(l.file);
    if (err->count == before)
        return true;
    sheet_free(t);
    return false;
}

ptrdiff_t sheet_column(const struct sheet *t, const char *name) {
    for (size_t i = 0; i < t->columns; i++)
        if (!strcmp(t->names[i], name))
            return (ptrdiff_t)i;
    return -1;
}

void sheet_free(struct sheet *t) {
    for (size_t i = 0; i < t->columns; i++)
        free(t->names[i]);
    free(t->names);
    free(t->cells);
    *t = (struct sheet){0};
}
