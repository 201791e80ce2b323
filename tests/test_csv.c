/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_csv: columns of numbers from CSV files, good and bad; every error with its line, its column
 * in characters and the name of the column.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/csv.h"

static char folder[200], path[300];

static const struct place here = {"s.yaml", 4, 20};

static void write_bytes(const void *bytes, size_t size) {
    snprintf(path, sizeof path, "%s/data.csv", folder);
    FILE *to = fopen(path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, size, to), size);
    fclose(to);
}

static bool read_columns(struct csv *csv, const char *first, const char *second, struct err *err) {
    const struct csv_column wanted[CSV_COLUMNS] = {{.name = first}, {.name = second}};
    return csv_read(csv, path, wanted, here, "trace.file", err);
}

/* Whatever is wrong is told in one text, which err_print would write; `name` stands for the path.
 */
static void check_lines(struct err *err, const char *name, const char *wanted) {
    char *text = NULL, full[800] = "";
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    err_print(err, to);
    fclose(to);
    err_free(err);
    for (const char *p = wanted; *p; p++) /* '@' is the name */
        snprintf(full + strlen(full), sizeof full - strlen(full), "%.*s", *p == '@' ? 300 : 1,
                 *p == '@' ? name : p);
    bool same = !strcmp(text, full);
    if (!same)
        print_error("found: %swanted: %s", *text ? text : "nothing\n", full);
    free(text);
    assert_true(same);
}

static void check_values(const double *column, const double *wanted, size_t count) {
    assert_non_null(column);
    for (size_t i = 0; i < count; i++)
        if (!(column[i] >= wanted[i] && column[i] <= wanted[i]))
            fail_msg("row %zu: %g, not %g", i + 1, column[i], wanted[i]);
}

/* The text read as columns `time` and `took`. */
static void check_two(const char *text, size_t rows, const double *time, const double *took) {
    struct csv csv;
    struct err err = {0};
    write_bytes(text, strlen(text));
    bool ok = read_columns(&csv, "time", "took", &err);
    check_lines(&err, path, "");
    assert_true(ok);
    assert_int_equal(csv.rows, rows);
    check_values(csv.column[0], time, rows);
    check_values(csv.column[1], took, rows);
    csv_free(&csv);
    assert_null(csv.column[0]);
    assert_int_equal(csv.rows, 0);
}

static const double times[] = {0, 1.5, 2e3}, takes[] = {0.25, -3, 1};

static void test_plain(void **state) {
    (void)state;
    check_two("time,took\n0,0.25\n1.5,-3\n2e3,1\n", 3, times, takes);
    check_two("time,took\n0,0.25\n1.5,-3\n2e3,1", 3, times, takes); /* no line end at the end */
}

static void test_order_of_columns(void **state) {
    (void)state;
    check_two("id,took,note,time,more\n7,0.25,x,0,y\n8,-3,,1.5,\n9,1,z,2e3,nan\n", 3, times, takes);
}

static void test_line_ends(void **state) {
    (void)state;
    check_two("time,took\r\n0,0.25\r\n1.5,-3\r\n2e3,1\r\n", 3, times, takes);
    check_two("\xef\xbb\xbftime,took\r\n0,0.25\r\n1.5,-3\r\n2e3,1", 3, times, takes);
    check_two("time,took\n\n0,0.25\n\r\n1.5,-3\n2e3,1\n\n\n", 3, times, takes); /* empty lines */
}

static void test_quotes(void **state) {
    (void)state;
    check_two("\"time\",note,\"took\"\n0,\"a,b\",\"0.25\"\n\"1.5\",\"say \"\"hi\"\", you\",-3\n"
              "2e3,\"\",1\n",
              3, times, takes);
    struct csv csv;
    struct err err = {0};
    static const char text[] = "\"a, b\",\"say \"\"x\"\"\"\n1,2\n";
    write_bytes(text, sizeof text - 1);
    assert_true(read_columns(&csv, "say \"x\"", "a, b", &err));
    check_values(csv.column[0], (const double[]){2}, 1);
    check_values(csv.column[1], (const double[]){1}, 1);
    csv_free(&csv);
}

static void test_spaces(void **state) {
    (void)state;
    check_two("time,took\n 0, 0.25\n1.5 ,-3 \n+2e3,1\n", 3, times, takes);
}

/* One column alone: the other is NULL, as trace_rows relies on. */
static void test_one_column(void **state) {
    (void)state;
    static const char text[] = "time,took\n5,x\n6,\n7\n";
    write_bytes(text, sizeof text - 1);
    struct csv csv;
    struct err err = {0};
    assert_true(read_columns(&csv, "time", NULL, &err));
    assert_int_equal(csv.rows, 3);
    check_values(csv.column[0], (const double[]){5, 6, 7}, 3);
    bool other = csv.column[1] != NULL;
    csv_free(&csv);
    assert_false(other);
}

static void test_same_column_twice(void **state) {
    (void)state;
    static const char text[] = "time,time\n5,6\n";
    write_bytes(text, sizeof text - 1);
    struct csv csv;
    struct err err = {0};
    assert_true(read_columns(&csv, "time", "time", &err));
    check_values(csv.column[0], (const double[]){5}, 1);
    check_values(csv.column[1], (const double[]){5}, 1);
    csv_free(&csv);
}

static void test_many_rows(void **state) {
    (void)state;
    enum { ROWS = 5000 };
    char *text = malloc(ROWS * 16 + 16);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "took,time\n");
    for (int i = 0; i < ROWS; i++)
        n += (size_t)sprintf(text + n, "%d,%d\n", -i, i);
    write_bytes(text, n);
    free(text);
    struct csv csv;
    struct err err = {0};
    assert_true(read_columns(&csv, "time", "took", &err));
    assert_int_equal(csv.rows, ROWS);
    for (int i = 0; i < ROWS; i++) {
        check_values(csv.column[0] + i, (const double[]){i}, 1);
        check_values(csv.column[1] + i, (const double[]){-i}, 1);
    }
    csv_free(&csv);
}

/* The text is refused, in these words ('@' is the file's path), and nothing is left to free. */
static void refuse_bytes(const char *text, size_t size, const char *wanted) {
    write_bytes(text, size);
    struct csv csv;
    struct err err = {0};
    bool ok = read_columns(&csv, "time", "took", &err);
    if (ok)
        csv_free(&csv);
    check_lines(&err, path, wanted);
    assert_false(ok);
    assert_null(csv.column[0]);
    assert_null(csv.column[1]);
}

static void refuse(const char *text, const char *wanted) {
    refuse_bytes(text, strlen(text), wanted);
}

static void test_missing_column(void **state) {
    (void)state;
    refuse("time,cost\n1,2\n", "@:1:1: no column 'took'; there are time, cost\n");
    refuse("when,cost\n1,2\n", "@:1:1: no column 'time'; there are when, cost\n"
                               "@:1:1: no column 'took'; there are when, cost\n");
    refuse("Time,Took\n1,2\n", "@:1:1: no column 'time'; there are Time, Took\n"
                               "@:1:1: no column 'took'; there are Time, Took\n");
    refuse("1,2\n3,4\n", "@:1:1: no column 'time'; there are 1, 2\n"
                         "@:1:1: no column 'took'; there are 1, 2\n");
}

static void test_empty(void **state) {
    (void)state;
    refuse("", "@: is empty; a header line is wanted\n");
    refuse("time,took\n", "@: holds no rows\n");
    refuse("time,took\n\n\r\n\n", "@: holds no rows\n");
}

static void test_short_row(void **state) {
    (void)state;
    refuse("time,took\n1,2\n3\n", "@:3:1: too few cells in this row\n");
    refuse("id,time,took\n1,2,3\n\n4,5\n", "@:4:1: too few cells in this row\n");
    refuse("time,took\n\"1,2\n",
           "@:2:1: '1,2' in column 'time' is not a number\n"); /* an open quote */
}

static void test_not_a_number(void **state) {
    (void)state;
    static const char *const cells[] = {"x",     "",     "nan", "NaN",  "inf",  "-inf",
                                        "1e999", "1:30", "5ms", "1 2",  "--1",  "1e",
                                        "-",     ".",    "80%", "NULL", "1_000"};
    char text[80], wanted[80];
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        snprintf(text, sizeof text, "time,took\n1,2\n3,%s\n", cells[i]);
        snprintf(wanted, sizeof wanted, "@:3:3: '%s' in column 'took' is not a number\n", cells[i]);
        refuse(text, wanted);
        snprintf(text, sizeof text, "took,time\n\n%s,1\n", cells[i]);
        snprintf(wanted, sizeof wanted, "@:3:1: '%s' in column 'took' is not a number\n", cells[i]);
        refuse(text, wanted);
    }
}

/* Decimal numbers alone, as everywhere in the format. */
static void test_hexadecimal(void **state) {
    (void)state;
    refuse("time,took\n0x10,2\n", "@:2:1: '0x10' in column 'time' is not a number\n");
    refuse("time,took\n1,0x1p3\n", "@:2:3: '0x1p3' in column 'took' is not a number\n");
}

static void test_huge_numbers(void **state) {
    (void)state;
    check_two("time,took\n1e308,-1e308\n", 1, (const double[]){1e308}, (const double[]){-1e308});
    char text[600] = "time,took\n1,";
    memset(text + 12, '9', 400);
    strcpy(text + 412, "\n");
    struct csv csv;
    struct err err = {0};
    write_bytes(text, strlen(text));
    assert_false(read_columns(&csv, "time", "took", &err));
    assert_int_equal(err.count, 1);
    assert_int_equal(err.items[0].line, 2);
    assert_int_equal(err.items[0].column, 3);
    assert_true(strlen(err.items[0].text) < 100); /* shown shortened */
    err_free(&err);
}

/* A zero byte does not hide the rest of its cell. */
static void test_zero_byte(void **state) {
    (void)state;
    static const char text[] = "time,took\n1,2\0003\n";
    refuse_bytes(text, sizeof text - 1, "@:2:4: is not text: it holds a zero byte\n");
}

/* Columns are counted in characters, the cell's first byte is the place. */
static void test_places(void **state) {
    (void)state;
    refuse("note,time,took\n\xc3\xa4\xc3\xb6,1,x\n",
           "@:2:6: 'x' in column 'took' is not a number\n");
    refuse("note,time,took\n\"a,\"\"b\",1,\"x\"\n",
           "@:2:11: 'x' in column 'took' is not a number\n");
}

static void test_long_line(void **state) {
    (void)state;
    char *text = malloc(CSV_LINE + 20);
    assert_non_null(text);
    memcpy(text, "time,took\n", 10);
    memset(text + 10, '1', CSV_LINE);
    refuse_bytes(text, CSV_LINE + 10, "@:2:1: is a line of more than 1 MB; that is no table\n");
    memcpy(text + CSV_LINE, ",1", 2); /* just as long as may be, and no number */
    refuse_bytes(
        text, CSV_LINE + 9,
        "@:2:1: '1111111111111111111111111111111111111111' in column 'time' is not a number\n");
    free(text);
}

/* Bounds and order, each at the cell that breaks them. */
static void test_bounds(void **state) {
    (void)state;
    static const struct csv_column wanted[CSV_COLUMNS] = {
        {.name = "time", .above = "is too late", .high = 10, .ascending = true},
        {.name = "took", .low = -5, .high = 5, .above = "is too long"}};
    static const struct {
        const char *rows, *wanted;
    } cases[] = {
        {"0,5\n0,-5\n10,0\n", ""},
        {"-0.5,0\n", "@:2:1: '-0.5' in column 'time' is negative\n"},
        {"10.5,0\n", "@:2:1: '10.5' in column 'time' is too late\n"},
        {"1,5.5\n", "@:2:3: '5.5' in column 'took' is too long\n"},
        {"1,-6\n", "@:2:3: '-6' in column 'took' is too small\n"},
        {"2,0\n\n3,0\n2.5,0\n",
         "@:5:1: '2.5' in column 'time' is less than in the row above; instants must ascend\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[100];
        int n = snprintf(text, sizeof text, "time,took\n%s", cases[i].rows);
        struct csv csv;
        struct err err = {0};
        bool ok = csv_parse(&csv, text, (size_t)n, "memory", wanted, &err);
        check_lines(&err, "memory", cases[i].wanted);
        assert_int_equal(ok, !*cases[i].wanted);
        csv_free(&csv);
    }
    struct csv csv;
    struct err err = {0};
    assert_false(csv_parse(&csv, "", 0, "memory", wanted, &err));
    check_lines(&err, "memory", "@: is empty; a header line is wanted\n");
}

static void refuse_path(const char *wanted) {
    struct csv csv;
    struct err err = {0};
    assert_false(read_columns(&csv, "time", NULL, &err));
    check_lines(&err, path, wanted);
}

static void test_no_file(void **state) {
    (void)state;
    snprintf(path, sizeof path, "%s/none.csv", folder);
    refuse_path("s.yaml:4:20: trace.file: '@' cannot be read: No such file or directory\n");
    snprintf(path, sizeof path, "%s/none/none.csv", folder);
    refuse_path("s.yaml:4:20: trace.file: '@' cannot be read: No such file or directory\n");
}

static void test_no_regular_file(void **state) {
    (void)state;
    snprintf(path, sizeof path, "%s", folder);
    refuse_path("s.yaml:4:20: trace.file: '@' cannot be read: it is a folder\n");
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5); /* opening a pipe nobody writes must not wait */
    refuse_path("s.yaml:4:20: trace.file: '@' cannot be read: it is no regular file\n");
    alarm(0);
    unlink(path);
}

static void test_forbidden(void **state) {
    (void)state;
    if (geteuid() == 0)
        skip();
    write_bytes("time,took\n1,2\n", 14);
    assert_int_equal(chmod(path, 0), 0);
    struct csv csv;
    struct err err = {0};
    bool ok = read_columns(&csv, "time", NULL, &err);
    unlink(path);
    assert_false(ok);
    assert_int_equal(err.count, 1);
    err_free(&err);
}

static int open_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/headroom-csv-XXXXXX", base && *base ? base : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    snprintf(path, sizeof path, "%s/pipe", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/data.csv", folder);
    unlink(path);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_order_of_columns),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_one_column),
        cmocka_unit_test(test_same_column_twice),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_missing_column),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_short_row),
        cmocka_unit_test(test_not_a_number),
        cmocka_unit_test(test_hexadecimal),
        cmocka_unit_test(test_huge_numbers),
        cmocka_unit_test(test_zero_byte),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_no_regular_file),
        cmocka_unit_test(test_forbidden),
    };
    return cmocka_run_group_tests_name("csv", tests, open_folder, remove_folder);
}
