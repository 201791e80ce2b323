/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_csv: any bytes are a table of numbers or are refused with an error that has a place.
 *
 * The columns asked for are the first two plain words of the header, the first one ascending and
 * not negative, as a trace's are. Known answer: what is read obeys its bounds.
 */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/csv.h"
#include "model/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_values(const struct csv *csv) {
    for (size_t i = 0; i < csv->rows; i++) {
        double at = csv->column[0][i];
        assert(at >= 0 && at <= 1e17 && (i == 0 || at >= csv->column[0][i - 1]));
        assert(!csv->column[1] || isfinite(csv->column[1][i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *header = mem_text_part((const char *)data, size), *save = NULL;
    header[strcspn(header, "\r\n")] = 0;
    const char *first = strtok_r(header, "\",;", &save), *second = strtok_r(NULL, "\",;", &save);
    const struct csv_column wanted[CSV_COLUMNS] = {
        {.name = first ? first : "t", .high = 1e17, .above = "is too large", .ascending = true},
        {.name = second}};
    struct err err = {0};
    struct csv csv;
    bool ok = csv_parse(&csv, (const char *)data, size, "fuzz.csv", wanted, &err);
    assert(ok == (err.count == 0) && ok == (csv.rows > 0));
    for (size_t i = 0; i < err.count; i++)
        assert(err.items[i].file && *err.items[i].text);
    check_values(&csv);
    csv_free(&csv);
    err_free(&err);
    free(header);
    return 0;
}
