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
    const struct csv_column *columns;
    char *line; /* CSV_LINE bytes and a zero */
    int number;
    bool broken;
    struct err *err;
};

static bool next_line(struct csv_reader *r) {
    int n = 0, c = getc_unlocked(r->file);
    if (c == EOF)
        return false;
    r->number++;
    for (; c != EOF && c != '\n'; c = getc_unlocked(r->file)) {
        r->broken = c == 0 || n == CSV_LINE;
        if (r->broken) {
            err_add(r->err, (struct place){r->name, r->number, n + 1}, NULL,
                    c ? "the line is longer than %d bytes" : "is not text: it holds a zero byte",
                    CSV_LINE);
            return false;
        }
        r->line[n++] = (char)c;
    }
    r->line[n] = 0;
    r->line[strcspn(r->line, "\r")] = 0;
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

/* The cell's number into *value, the next one of its column; NULL, or what is wrong with it. */
static const char *number(const char *text, const struct csv_column *column, size_t above,
                          double *value) {
    char *end;
    bool decimal = strspn(text, "0123456789+-.eE ") == strlen(text);
    *value = strtod(text, &end);
    while (*end == ' ')
        end++;
    if (!decimal || end == text || *end || !isfinite(*value))
        return "is not a number";
    if (column->longest > 0 && *value < 0)
        return "is negative";
    if (column->longest > 0 && *value > column->longest)
        return "is longer than three years";
    bool before = column->ascending && above && *value < value[-1];
    return before ? "comes before the row above it; instants must ascend" : NULL;
}

static bool read_cell(struct csv_reader *r, struct csv *csv, int c, const char *text) {
    const struct csv_column *column = &r->columns[c];
    const char *wrong = number(text, column, csv->rows, &csv->column[c][csv->rows]);
    if (wrong)
        err_add(r->err, (struct place){r->name, r->number, (int)(text - r->line) + 1}, NULL,
                "'%.40s' in column '%.40s' %s", text, column->name, wrong);
    return !wrong;
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
                if (!read_cell(r, csv, c, text))
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
        err_add(r->err, (struct place){r->name, r->number, 1}, NULL,
                "holds no rows below the header");
    return csv->rows > 0 && !r->broken;
}

static bool header_and_rows(struct csv_reader *r, struct csv *csv) {
    if (!next_line(r)) {
        if (r->broken)
            return false;
        err_add(r->err, (struct place){r->name, 1, 1}, NULL, "is empty; a header line is wanted");
        return false;
    }
    const char *header = r->line;
    header += strncmp(header, "\xef\xbb\xbf", 3) ? 0 : 3;
    int index[CSV_COLUMNS];
    bool ok = true;
    for (int c = 0; c < CSV_COLUMNS; c++) {
        const char *name = r->columns[c].name;
        index[c] = name ? column_of(r, name, header) : -1;
        ok = ok && (!name || index[c] >= 0);
    }
    return ok && rows(r, csv, index);
}

bool csv_read(struct csv *csv, const char *file, const struct csv_column columns[CSV_COLUMNS],
              struct place at, const char *path, struct err *err) {
    struct stat info;
    struct csv_reader r = {.name = file, .columns = columns, .err = err};
    *csv = (struct csv){0};
    if (stat(file, &info) || !S_ISREG(info.st_mode) || !(r.file = fopen(file, "re"))) {
        err_add(err, at, path, "'%s' cannot be read: %s", file,
                errno && stat(file, &info) ? strerror(errno) : "not a readable regular file");
        return false;
    }
    r.line = mem_new(CSV_LINE + 1, 1);
    bool ok = header_and_rows(&r, csv);
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
