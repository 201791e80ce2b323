/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: a scenario from a test's own text; where it is refused the test fails and says why.
 * Include after cmocka. The caller frees it (scenario_free). */
#ifndef TESTS_PARSE_H
#define TESTS_PARSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/err.h"
#include "model/scenario.h"

static inline struct scenario *parse(const char *text) {
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "tests/oracles/none.yaml", &err);
    if (!sc) {
        err_print(&err, stderr);
        fail_msg("refused: %s", text);
    }
    err_free(&err);
    return sc;
}

#endif
