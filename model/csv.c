/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv: see csv.h. */
#include "model/csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/mem.h"

struct csv_reader {
    FILE *file;
    const char *name;
    char *line;
    size_t size;
    int number;
    bool broken;
    struct err *err;
};

static bool next_line(struct csv_reader *r) {
    ssize_t n = getline(&r->line, &r->size, r->file);
    if (n <= 0)
        return false;
    r->number++;
    if (strlen(r->line) != (size_t)n) {
        err_add(r->err, (struct place){r->name, r->number, 1}, NULL,
                "is not text: it holds a zero byte");
        r->broken = true;
        return false;
    }
    r->line[strcspn(r->line, "\r\n")] = 0;
    return true;
}

/* The cell at *p, cut off in place; *p moves to the next one, or becomes NULL after the last. */
static char *cell(char **p) {
    char *start = *p, *out = *p, *in = *p;
    bool quoted = *in == '"';
    in += quoted;
    for (; *in; in++) {
        if (quoted && *in == '"' && in[1] != '"') {
            quoted = false;
            continue;
        }
        in += quoted && *in == '"';
        if (!quoted && *in == ',')
            break;
        *out++ = *in;
    }
    *p = *in ? in + 1 : NULL;
    *out = 0;
    return start;
}

/* Where in the header the wanted column stands; -1 after an error that lists what there is. */
static int column_of(struct csv_reader *r, const char *wanted, const char *header) {
    char *copy = mem_text(header), *rest = copy, *all = mem_text("");
    int found = -1;
    for (int i = 0; rest; i++) {
        char *name = cell(&rest);
        if (found < 0 && !strcmp(name, wanted))
            found = i;
        char *longer = mem_format("%s%s%.40s", all, *all ? ", " : "", name);
        free(all);
        all = longer;
    }
    if (found < 0)
        err_add(r->err, (struct place){r->name, 1, 1}, NULL, "no column '%s'; there are %.200s",
                wanted, all);
    free(all);
    free(copy);
    return found;
}

static bool number(struct csv_reader *r, const char *text, int column, double *value) {
    char *end;
    bool decimal = strspn(text, "0123456789+-.eE ") == strlen(text);
    *value = strtod(text, &end);
    while (*end == ' ')
        end++;
    if (decimal && end != text && !*end && isfinite(*value))
        return true;
    err_add(r->err, (struct place){r->name, r->number, column + 1}, NULL,
            "'%.40s' in column %d is not a number", text, column + 1);
    return false;
}

static bool row(struct csv_reader *r, struct csv *csv, const int index[CSV_COLUMNS]) {
    int have = 0, want = 0;
    char *rest = r->line;
    for (int c = 0; c < CSV_COLUMNS; c++)
        want += index[c] >= 0;
    for (int i = 0; rest; i++) {
        char *text = cell(&rest);
        for (int c = 0; c < CSV_COLUMNS; c++)
            if (index[c] == i) {
                if (!number(r, text, i, &csv->column[c][csv->rows]))
                    return false;
                have++;
            }
    }
    if (have < want)
        err_add(r->err, (struct place){r->name, r->number, 1}, NULL, "too few cells in this row");
    csv->rows += have == want;
    return have == want;
}

static bool rows(struct csv_reader *r, struct csv *csv, const int index[CSV_COLUMNS]) {
    for (size_t room = 0; next_line(r);) {
        if (!*r->line)
            continue;
        if (csv->rows == CSV_ROWS) {
            err_add(r->err, (struct place){r->name, r->number, 1}, NULL, "more than %d rows",
                    CSV_ROWS);
            return false;
        }
        if (csv->rows == room) {
            room = room ? 2 * room : 1024;
            for (int c = 0; c < CSV_COLUMNS; c++)
                if (index[c] >= 0)
                    csv->column[c] = mem_resize(csv->column[c], room, sizeof(double));
        }
        if (!row(r, csv, index))
            return false;
    }
    if (csv->rows == 0 && !r->broken)
        err_add(r->err, (struct place){r->name, 0, 0}, NULL, "holds no rows");
    return csv->rows > 0 && !r->broken;
}

static bool header_and_rows(struct csv_reader *r, struct csv *csv, const char *const names[]) {
    if (!next_line(r)) {
        if (r->broken)
            return false;
        err_add(r->err, (struct place){r->name, 0, 0}, NULL, "is empty; a header line is wanted");
        return false;
    }
    const char *header = r->line;
    header += strncmp(header, "\xef\xbb\xbf", 3) ? 0 : 3;
    int index[CSV_COLUMNS];
    bool ok = true;
    for (int c = 0; c < CSV_COLUMNS; c++) {
        index[c] = names[c] ? column_of(r, names[c], header) : -1;
        ok = ok && (!names[c] || index[c] >= 0);
    }
    return ok && rows(r, csv, index);
}

bool csv_read(struct csv *csv, const char *file, const char *const names[CSV_COLUMNS],
              struct place at, const char *path, struct err *err) {
    struct stat info;
    struct csv_reader r = {.name = file, .err = err};
    *csv = (struct csv){0};
    if (stat(file, &info) || !S_ISREG(info.st_mode) || !(r.file = fopen(file, "re"))) {
        err_add(err, at, path, "'%s' cannot be read: %s", file,
                errno && stat(file, &info) ? strerror(errno) : "not a readable regular file");
        return false;
    }
    bool ok = header_and_rows(&r, csv, names);
    free(r.line);
    fclose(r.file);
    if (!ok)
        csv_free(csv);
    return ok;
}

void csv_free(struct csv *csv) {
    for (int c = 0; c < CSV_COLUMNS; c++)
        free(csv->column[c]);
    *csv = (struct csv){0};
}
