/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usl_data: see usl_data.h. The whole table is held as text, its cells are cut in place. */
#include "cli/usl_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/sweep_rows.h"
#include "model/csv.h"
#include "model/file.h"
#include "model/mem.h"
#include "model/text.h"

enum { TABLE_BYTES = 1 << 30, COLUMNS_MOST = 4000, VALUES_SHOWN = 6 };
static const double SAME = 0.01;

struct table {
    const char *file;
    char *text;
    char **cells; /* [row * columns + column]; row 0 is the header */
    int *lines;   /* of each row */
    size_t columns, rows, room;
    struct err *err;
};

/* ---- reading --------------------------------------------------------------------------------- */

static bool wrong(struct table *t, size_t row, const char *text) {
    err_add(t->err, (struct place){t->file, row < t->rows ? t->lines[row] : 0, row < t->rows}, NULL,
            "%s", text);
    return false;
}

static size_t cells_of(const char *line) {
    char *copy = mem_text(line), *rest = copy;
    size_t n = 0;
    while (rest) {
        csv_cell(&rest);
        n++;
    }
    free(copy);
    return n;
}

static bool add_row(struct table *t, char *line, int number) {
    if (t->columns == 0)
        t->columns = cells_of(line);
    if (t->rows == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->cells = mem_resize(t->cells, t->room * t->columns, sizeof *t->cells);
        t->lines = mem_resize(t->lines, t->room, sizeof *t->lines);
    }
    t->lines[t->rows] = number;
    size_t row = t->rows++, n = 0;
    for (char *rest = line; rest; n++) {
        char *cell = csv_cell(&rest);
        if (n < t->columns)
            t->cells[row * t->columns + n] = cell;
    }
    return n == t->columns || wrong(t, row, "has not as many cells as the header");
}

static bool read_table(struct table *t) {
    char *rest = t->text + (strncmp(t->text, "\xef\xbb\xbf", 3) ? 0 : 3);
    for (int number = 1; rest; number++) {
        char *line = strsep(&rest, "\n");
        line[strcspn(line, "\r")] = 0;
        if (*line && !add_row(t, line, number))
            return false;
        if (t->columns > COLUMNS_MOST || t->rows > USL_POINTS)
            return wrong(t, t->rows, "is larger than any sweep");
    }
    return t->rows > 1 || wrong(t, t->rows, "holds no rows under a header");
}

/* ---- columns --------------------------------------------------------------------------------- */

static size_t column(const struct table *t, const char *name) {
    for (size_t i = 0; i < t->columns; i++)
        if (!strcmp(t->cells[i], name))
            return i;
    return t->columns;
}

/* The paths that a sweep varies stand between `cell` and `offered`. */
static bool varies(const struct table *t, size_t i) {
    return i > 0 && !strcmp(t->cells[0], "cell") && i < column(t, "offered");
}

static bool counts_workers(const struct table *t, size_t i) {
    size_t n = strlen(t->cells[i]);
    return varies(t, i) ? n > 8 && !strcmp(t->cells[i] + n - 8, ".workers")
                        : !strcmp(t->cells[i], "workers");
}

static char *cell_at(const struct table *t, size_t row, size_t i) {
    return t->cells[row * t->columns + i];
}

/* ---- --where --------------------------------------------------------------------------------- */

/* All names (or all values) in one line, for an error; fresh memory. */
static char *listed(char **items, size_t count) {
    char *all = mem_text("");
    for (size_t i = 0; i < count; i++) {
        char *longer = mem_format("%s%s%.60s", all, i ? ", " : "", items[i]);
        free(all);
        all = longer;
    }
    return all;
}

/* The different values of a column, at most VALUES_SHOWN + 1 of them. */
static size_t values_of(const struct table *t, size_t i, char *out[VALUES_SHOWN + 1]) {
    size_t n = 0;
    for (size_t row = 1; row < t->rows && n <= VALUES_SHOWN; row++) {
        bool known = false;
        for (size_t k = 0; k < n; k++)
            known = known || !strcmp(out[k], cell_at(t, row, i));
        if (!known)
            out[n++] = cell_at(t, row, i);
    }
    return n;
}

static char *values_listed(const struct table *t, size_t i) {
    char *values[VALUES_SHOWN + 1];
    size_t n = values_of(t, i, values);
    char *all = listed(values, n > VALUES_SHOWN ? VALUES_SHOWN : n);
    char *text = mem_format("%s%s", all, n > VALUES_SHOWN ? ", ..." : "");
    free(all);
    return text;
}

static bool no_path(struct table *t, const char *assignment, size_t length) {
    char *names = listed(t->cells, t->columns < 12 ? t->columns : 12);
    err_add(t->err, (struct place){"--where", 0, 0}, NULL,
            "'%s': no column '%.*s' in %s; there are %s", assignment, (int)length, assignment,
            t->file, names);
    free(names);
    return false;
}

/* Keeps the rows that fulfil it. */
static bool choose(struct table *t, const char *assignment) {
    const char *equals = strchr(assignment, '=');
    size_t length = equals ? (size_t)(equals - assignment) : strlen(assignment), kept = 1;
    char *path = mem_text_part(assignment, length);
    size_t i = column(t, path);
    free(path);
    if (!equals) {
        err_add(t->err, (struct place){"--where", 0, 0}, NULL, "'%s' is no PATH=VALUE", assignment);
        return false;
    }
    if (i == t->columns)
        return no_path(t, assignment, length);
    char *values = values_listed(t, i);
    for (size_t row = 1; row < t->rows; row++)
        if (!strcmp(cell_at(t, row, i), equals + 1)) {
            memmove(t->cells + kept * t->columns, t->cells + row * t->columns,
                    t->columns * sizeof *t->cells);
            t->lines[kept++] = t->lines[row];
        }
    t->rows = kept;
    if (kept == 1)
        err_add(t->err, (struct place){"--where", 0, 0}, NULL,
                "'%s': no row of %s has it; there are %s", assignment, t->file, values);
    free(values);
    return kept > 1;
}

/* What else than workers takes several values is not for one fit. */
static bool one_group(struct table *t, size_t workers) {
    bool ok = true;
    for (size_t i = 0; i < t->columns; i++) {
        char *values[VALUES_SHOWN + 1];
        if (i == workers || !varies(t, i) || values_of(t, i, values) < 2)
            continue;
        char *list = values_listed(t, i);
        err_add(t->err, (struct place){t->file, 1, 1}, NULL,
                "varies %s, too (%s); choose one of them, such as --where %s=%s", t->cells[i], list,
                t->cells[i], values[0]);
        free(list);
        ok = false;
    }
    return ok;
}

/* The column of workers: the one that varies, where there are several. */
static size_t workers_column(struct table *t) {
    size_t found = t->columns;
    for (size_t i = 0; i < t->columns; i++) {
        char *values[VALUES_SHOWN + 1];
        bool better = found == t->columns || values_of(t, found, values) < 2;
        if (counts_workers(t, i) && better)
            found = i;
    }
    return found;
}

/* ---- figures --------------------------------------------------------------------------------- */

static bool number(struct table *t, size_t row, size_t i, bool needed, double *value) {
    *value = NAN;
    if (i == t->columns || (!needed && !*cell_at(t, row, i)))
        return true;
    if (!text_read_number(cell_at(t, row, i), value))
        return true;
    err_add(t->err, (struct place){t->file, t->lines[row], 1}, NULL,
            "'%.40s' in column '%.40s' is not a number", cell_at(t, row, i), t->cells[i]);
    return false;
}

/* The least and the most that was offered; NaN: not known. */
struct offers {
    double least, most;
};

static bool point(struct table *t, size_t row, size_t workers, struct usl_data *data,
                  struct offers *offers) {
    struct usl_point *p = &data->points[data->count++];
    double offered = NAN;
    bool ok = number(t, row, workers, true, &p->workers) &&
              number(t, row, column(t, "throughput"), true, &p->throughput) &&
              number(t, row, column(t, "throughput_low"), false, &p->low) &&
              number(t, row, column(t, "throughput_high"), false, &p->high) &&
              number(t, row, column(t, "offered_rate"), false, &offered);
    data->as_offered += ok && p->throughput > (1 - SAME) * offered;
    offers->least = fmin(offers->least, offered);
    offers->most = fmax(offers->most, offered);
    return ok;
}

static bool take(struct table *t, struct usl_data *data) {
    size_t workers = workers_column(t);
    if (workers == t->columns || column(t, "throughput") == t->columns)
        return wrong(t, 0,
                     workers < t->columns           ? "no column 'throughput'"
                     : !strcmp(t->cells[0], "cell") ? "this sweep varies no workers; a fit wants "
                                                      "--vary pool.workers=1,2,4,8,..."
                                                    : "no columns 'workers' and 'throughput'");
    if (!one_group(t, workers))
        return false;
    data->workers = mem_text(t->cells[workers]);
    data->points = mem_new(t->rows, sizeof *data->points);
    struct offers offers = {NAN, NAN};
    for (size_t row = 1; row < t->rows; row++)
        if (!point(t, row, workers, data, &offers))
            return false;
    if (offers.most > 1.1 * offers.least) /* closed clients offer what the pool does */
        data->as_offered = 0;
    return true;
}

bool usl_data_read(struct usl_data *data, const char *path, const char *const *where, size_t count,
                   struct err *err) {
    struct stat info;
    bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    char *file = folder ? mem_format("%s/" SWEEP_CSV, path) : mem_text(path);
    struct table t = {.file = file_shown(file), .err = err};
    *data = (struct usl_data){0};
    t.text = file_text(file, TABLE_BYTES, "table of a sweep", err);
    bool ok = t.text && read_table(&t);
    for (size_t i = 0; ok && i < count; i++)
        ok = choose(&t, where[i]);
    ok = ok && take(&t, data);
    free(t.text);
    free(t.cells);
    free(t.lines);
    free(file);
    return ok;
}

void usl_data_free(struct usl_data *data) {
    free(data->points);
    free(data->workers);
    *data = (struct usl_data){0};
}
