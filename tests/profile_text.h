/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile_text: a host profile from a test's own figures. Include after cmocka. */
#ifndef TESTS_PROFILE_TEXT_H
#define TESTS_PROFILE_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/mem.h"
#include "model/profile.h"

/* Every table is 0 .. 0 but those of `times`, each "low, middle, high" in its place or NULL. Fresh
 * memory. */
static inline char *profile_text(int watchers, const char *const times[PROFILE_DRAWN]) {
    char *text = mem_format("headroom_profile: 1\nsystem: 'test'\ncores: 2\nload: 0.5\n"
                            "trusted: true\nwatch: {stretch: 80us, watchers: %d}\n"
                            "quantiles: [0, 50%%, 1]\noverheads:\n",
                            watchers);
    for (int t = 0; t < PROFILE_DRAWN; t++) {
        char *longer =
            mem_format("%s  %s: {count: 9, times: [%s]}\n", text,
                       profile_word((enum profile_what)t), times[t] ? times[t] : "0ns, 0ns, 0ns");
        free(text);
        text = longer;
    }
    return text;
}

/* The same in a file. */
static inline void profile_file(const char *path, int watchers,
                                const char *const times[PROFILE_DRAWN]) {
    char *text = profile_text(watchers, times);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    assert_true(fputs(text, to) >= 0);
    assert_int_equal(fclose(to), 0);
    free(text);
}

#endif
