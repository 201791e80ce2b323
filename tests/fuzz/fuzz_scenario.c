/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_scenario: any text is a scenario or is refused with an error that has a place; with --set.
 *
 * The input is a scenario. Its lines `#set PATH=VALUE` (comments to YAML) are what stands on the
 * command line, so that a scenario is an input as it lies on the disk. Files named in it are found
 * beside the bad ones.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/scenario.h"

enum { SET_MOST = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The assignments in a text whose lines are cut apart here; how many. */
static size_t assignments(char *lines, const char *set[SET_MOST]) {
    size_t count = 0;
    char *save = NULL;
    for (char *line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (count < SET_MOST && !strncmp(line, "#set ", 5))
            set[count++] = line + 5;
    return count;
}

static void check_errors(struct err *err, const struct scenario *sc) {
    assert(!sc == (err->count > 0));
    assert(!err->count || err->status == ERR_USER);
    err_sort(err);
    for (size_t i = 0; i < err->count; i++) {
        const struct err_item *item = &err->items[i];
        assert(item->file && *item->text && strlen(item->text) < 4000);
        assert(i == 0 || item->rank >= item[-1].rank);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = mem_text_part((const char *)data, size), *lines = mem_text(text);
    const char *set[SET_MOST];
    size_t count = assignments(lines, set);
    struct err err = {0};
    struct scenario *sc = scenario_parse_set(text, "tests/bad/fuzz.yaml", set, count, &err);
    check_errors(&err, sc);
    for (size_t i = 0; sc && i < sc->pools.count; i++) {
        scenario_offered_load(sc, i);
        scenario_unstable(sc, i);
    }
    scenario_free(sc);
    err_free(&err);
    free(lines);
    free(text);
    return 0;
}
