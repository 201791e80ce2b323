/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_guess: the table of guesses holds together with the table of keys; no percentile is
 * suggested for another one. What the errors say stands in tests/bad/guess-*.yaml.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/guess.h"
#include "model/mem.h"
#include "model/text.h"

/* What is meant is a key that runs; what is guessed is none. */
static void test_table(void **state) {
    (void)state;
    for (size_t i = 0; i < guess_count; i++) {
        const struct guess *g = &guesses[i];
        const struct key *key = g->meant ? format_find(g->in, g->meant) : NULL;
        if (g->meant ? !key || key->later || g->note : !g->note)
            fail_msg("%s: %s", format_sections[g->in].name, g->words);
        char *words = mem_text(g->words), *save = NULL;
        for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
            const struct key *same = format_find(g->in, w);
            if (same && !same->later && same->type != KEY_CHOICE) /* whose value it may be of */
                fail_msg("%s: '%s' is a key", format_sections[g->in].name, w);
            assert_ptr_equal(guess_find(g->in, w), g);
        }
        free(words);
    }
    assert_null(guess_find(IN_QUEUE, "capacity"));
    assert_null(guess_find(IN_ROOT, "size"));
}

static void check_near(const char *word, const char *words, const char *wanted) {
    char *near = guess_near(word, words);
    if (wanted ? !near || strcmp(near, wanted) != 0 : near != NULL)
        fail_msg("%s: %s, not %s", word, near ? near : "none", wanted ? wanted : "none");
    free(near);
}

static void test_percentiles(void **state) {
    (void)state;
    check_near("p95", "mean p99 cv", NULL);
    check_near("p9", "p90 p99", NULL);
    check_near("p99.9", "p99 p999", "p999");
    check_near("P99", "p90 p99", "p99");
    check_near("pp99", "mean p99", "p99");
    check_near("meen", "mean p99", "mean");
    check_near("p", "mean p99", NULL);
}

static void check_kind(enum section choice, const char *yaml, const char *wanted) {
    struct err err = {0};
    struct node *map = node_parse(yaml, "none", &err);
    char *text = guess_kind(choice, map);
    if (wanted ? !text || strcmp(text, wanted) != 0 : text != NULL)
        fail_msg("%s: %s", yaml, text ? text : "none");
    free(text);
    node_free(map);
}

static void test_kind(void **state) {
    (void)state;
    check_kind(IN_DIST, "mean: 10ms", "{exponential: {mean: 10ms}}");
    check_kind(IN_DIST, "p50: 1ms\np99: 9ms", "{lognormal: {median: 1ms, p99: 9ms}}");
    check_kind(IN_DIST, "min: 1ms\nmax: 9ms", "{uniform: {min: 1ms, max: 9ms}}");
    check_kind(IN_DIST, "mean: 1ms\nshape: 2", "{weibull: {mean: 1ms, shape: 2}}");
    check_kind(IN_DIST, "p95: 1ms", NULL);
    check_kind(IN_DIST, "shift: 1ms", NULL);
    check_kind(IN_DIST, "{}", NULL);
    check_kind(IN_ARRIVALS, "rate: 5/s", "{poisson: {rate: 5/s}}");
}

static void check_map(enum section of, const char *text, bool counts, const char *wanted) {
    char *map = guess_map(of, text, counts);
    assert_string_equal(map, wanted);
    free(map);
}

static void test_map(void **state) {
    (void)state;
    check_map(IN_DIST, "10ms", false, "{constant: 10ms}");
    check_map(IN_DIST, "10ms", true, "{constant: ...}");
    check_map(IN_DIST, "4", true, "{constant: 4}");
    check_map(IN_ARRIVALS, "5/s", false, "{poisson: {rate: 5/s}}");
    check_map(IN_GAMMA, "5ms", false, "{mean: 5ms, ...}");
    check_map(IN_QUEUE, "100", false, "{capacity: 100}");
    check_map(IN_QUEUE, "many", false, "{capacity: ...}");
    check_map(IN_PRECISION, "2%", false, "{metric: ...}");
    check_map(IN_RUN, NULL, false, "{duration: ...}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_map),
    };
    return cmocka_run_group_tests_name("guess", tests, NULL, NULL);
}
