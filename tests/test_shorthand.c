/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_shorthand: a path of --set that goes on behind one value that stands for a map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "model/node_write.h"
#include "model/shorthand.h"

/* The text after unfolding for `assignment`. */
static void unfolds(const char *text, const char *assignment, const char *wanted) {
    struct err err = {0};
    struct node *root = node_parse(text, "test", &err);
    assert_non_null(root);
    shorthand_unfold(root, assignment);
    char *got = node_write(root, NODE_FOR_PEOPLE);
    assert_string_equal(got, wanted);
    free(got);
    node_free(root);
    err_free(&err);
}

static void test_unfolds(void **state) {
    (void)state;
    unfolds("pool: {resize: {shrink_at: 70%}}", "pool.resize.shrink_at.utilisation=30%",
            "{pool: {resize: {shrink_at: {}}}}");
    unfolds("pool: {resize: {dwell: 1s, min: 2}}", "pool.resize.dwell.uniform.max=2s",
            "{pool: {resize: {min: 2, dwell: {}}}}");
    unfolds("pools: [{name: a, resize: {grow_at: 70%}}]", "pools.a.resize.grow_at.queue",
            "{pools: [{name: a, resize: {grow_at: {}}}]}");
}

static void test_leaves(void **state) {
    (void)state;
    static const struct {
        const char *text, *assignment;
    } same[] = {
        {"{pool: {resize: {shrink_at: 70%}}}", "pool.resize.shrink_at=30%"},
        {"{pool: {resize: {shrink_at: 70%}}}", "pool.resize.shrink_at."},
        {"{pool: {resize: {shrink_at: 70%}}}", "pool.resize.grow_at.queue=3"},
        {"{pool: {resize: {shrink_at: {idle: 3}}}}", "pool.resize.shrink_at.utilisation=30%"},
        {"{pool: {resize: {step: 2}}}", "pool.resize.step.utilisation=30%"},
        {"{pool: {workers: 2}}", "pool.resize.shrink_at.utilisation=30%"},
        {"{pool: {workers: 2}}", "pool.workers.x=resize.shrink_at.x"},
        {"{pool: 3}", "pool.resize.shrink_at.utilisation=30%"},
        {"{resize: {shrink_at: 70%}}", "resize."},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        unfolds(same[i].text, same[i].assignment, same[i].text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unfolds),
                                       cmocka_unit_test(test_leaves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
