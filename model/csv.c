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
    const struct csv_column *wanted;
    char *line;
    size_t room; /* bytes of it */
    int number;
    bool broken;
    struct err *err;
};

/* An error in the line read last, at a byte of it. */
static struct place place_in(const struct csv_reader *r, size_t byte) {
    struct place at = {r->name, r->number, 1};
    for (size_t i = 0; i < byte; i++)
        at.column += (r->line[i] & 0xc0) != 0x80;
    return at;
}

static bool broken(struct csv_reader *r, size_t byte, const char *text) {
    err_add(r->err, place_in(r, byte), NULL, "%s", text);
    r->broken = true;
    return false;
}

/* False at the end, or after an error (`broken`). */
static bool next_line(struct csv_reader *r) {
    size_t n = 0;
    int c = 0;
    r->number++;
    while (n < CSV_LINE && (c = getc_unlocked(r->file)) != EOF && c != '\n') {
        if (n + 1 == r->room)
            r->line = mem_resize(r->line, r->room *= 2, 1);
        r->line[n++] = (char)c;
    }
    r->line[n] = 0;
    if (n == 0 && c == EOF)
        return ferror(r->file) ? broken(r, 0, strerror(errno)) : false;
    if (strlen(r->line) < n)
        return broken(r, strlen(r->line), "is not text: it holds a zero byte");
    if (n == CSV_LINE)
        return broken(r, 0, "is a line of more than 1 MB; that is no table");
    r->line[strcspn(r->line, "\r")] = 0;
    return true;
}

char *csv_cell(char **p) {
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
        char *name = csv_cell(&rest);
        if (found < 0 && !strcmp(name, wanted))
            found = i;
        char *longer = mem_format("%s%s%.40s", all, *all ? ", " : "", name);
        free(all);
        all = longer;
    }
    if (found < 0)
        err_add(r->err, (struct place){r->name, 1, 1}, NULL, "no column '%s'; there are %.200s%s",
                wanted, all,
                strpbrk(header, ";\t") && !strchr(header, ',') ? "; columns are separated by commas"
                                                               : "");
    free(all);
    free(copy);
    return found;
}

/* What is wrong with the value, or NULL. */
static const char *complaint(const struct csv_column *column, double value, const double *before) {
    bool bounded = column->low < 0 || column->low > 0 || column->high > 0;
    if (bounded && value < column->low)
        return column->low < 0 || column->low > 0 ? "is too small" : "is negative";
    if (bounded && value > column->high)
        return column->above;
    if (column->ascending && before && value < *before)
        return "is less than in the row above; instants must ascend";
    return NULL;
}

/* The cell that begins at `text` of the line, as the last value of column c. */
static bool value(struct csv_reader *r, struct csv *csv, const char *text, int c) {
    char *end;
    double *to = &csv->column[c][csv->rows];
    bool decimal = strspn(text, "0123456789+-.eE ") == strlen(text);
    *to = strtod(text, &end);
    end += strspn(end, " ");
    const char *wrong = "is not a number";
    if (decimal && end != text && !*end && isfinite(*to)) {
        wrong = complaint(&r->wanted[c], *to, csv->rows ? to - 1 : NULL);
        if (!wrong)
            return true;
    }
    err_add(r->err, place_in(r, (size_t)(text - r->line)), NULL, "'%.40s' in column '%.40s' %s",
            text, r->wanted[c].name, wrong);
    return false;
}

static bool row(struct csv_reader *r, struct csv *csv, const int index[CSV_COLUMNS]) {
    int have = 0, want = 0;
    char *rest = r->line;
    for (int c = 0; c < CSV_COLUMNS; c++)
        want += index[c] >= 0;
    for (int i = 0; rest; i++) {
        const char *text = csv_cell(&rest);
        for (int c = 0; c < CSV_COLUMNS; c++)
            if (index[c] == i) {
                if (!value(r, csv, text, c))
                    return false;
                have++;
            }
    }
    if (have < want)
        err_add(r->err, place_in(r, 0), NULL, "too few cells in this row");
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

static bool header_and_rows(struct csv_reader *r, struct csv *csv) {
    if (!next_line(r)) {
        if (!r->broken)
            err_add(r->err, (struct place){r->name, 0, 0}, NULL,
                    "is empty; a header line is wanted");
        return false;
    }
    const char *header = r->line;
    header += strncmp(header, "\xef\xbb\xbf", 3) ? 0 : 3;
    int index[CSV_COLUMNS];
    bool ok = true;
    for (int c = 0; c < CSV_COLUMNS; c++) {
        const char *name = r->wanted[c].name;
        index[c] = name ? column_of(r, name, header) : -1;
        ok = ok && (!name || index[c] >= 0);
    }
    return ok && rows(r, csv, index);
}

static bool read_from(struct csv *csv, FILE *file, const char *name,
                      const struct csv_column wanted[], struct err *err) {
    struct csv_reader r = {.file = file, .name = name, .wanted = wanted, .err = err};
    *csv = (struct csv){0};
    r.room = 256;
    r.line = mem_new(r.room, 1);
    bool ok = header_and_rows(&r, csv);
    free(r.line);
    fclose(file);
    if (!ok)
        csv_free(csv);
    return ok;
}

bool csv_read(struct csv *csv, const char *file, const struct csv_column wanted[CSV_COLUMNS],
              struct place at, const char *path, struct err *err) {
    struct stat info;
    *csv = (struct csv){0};
    const char *wrong = NULL;
    if (stat(file, &info))
        wrong = strerror(errno);
    else if (!S_ISREG(info.st_mode))
        wrong = S_ISDIR(info.st_mode) ? "it is a folder" : "it is no regular file";
    FILE *from = wrong ? NULL : fopen(file, "re");
    if (from)
        return read_from(csv, from, file, wanted, err);
    err_add(err, at, path, "'%s' cannot be read: %s", file, wrong ? wrong : strerror(errno));
    return false;
}

bool csv_parse(struct csv *csv, const char *text, size_t size, const char *name,
               const struct csv_column wanted[CSV_COLUMNS], struct err *err) {
    FILE *from = fmemopen((void *)(size_t)text, size, "r");
    if (from)
        return read_from(csv, from, name, wanted, err);
    *csv = (struct csv){0};
    return err_fail(err, "%s: %s", name, strerror(errno));
}

void csv_free(struct csv *csv) {
    for (int c = 0; c < CSV_COLUMNS; c++)
        free(csv->column[c]);
    *csv = (struct csv){0};
}
