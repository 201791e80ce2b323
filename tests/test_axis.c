/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_axis: lists and ranges of a sweep's axis, of a scenario and of the command line: what values
 * they come to, and what is said of those that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/axis.h"
#include "model/mem.h"
#include "model/node_write.h"

/* "a|b|c" of the axes' values, axes apart by ";"; or the first error. */
static char *shown(struct axes *axes, struct err *err) {
    char *all = mem_text("");
    for (size_t a = 0; a < axes->count && !err->count; a++)
        for (size_t i = 0; i < axes->items[a].count; i++) {
            char *value = node_write(axes->items[a].values[i], NODE_FOR_PEOPLE);
            char *longer = mem_format("%s%s%s", all, i ? "|" : a ? ";" : "", value);
            free(all);
            free(value);
            all = longer;
        }
    if (err->count) {
        free(all);
        all = mem_format("%s: %s", err->items[0].file, err->items[0].text);
    }
    axes_free(axes);
    err_free(err);
    return all;
}

static void expect(char *found, const char *wanted) {
    if (!strstr(found, wanted) || (*wanted != '-' && strcmp(found, wanted) != 0))
        print_error("found: %s\nwanted: %s\n", found, wanted);
    assert_true(*wanted == '-' ? strstr(found, wanted) != NULL : !strcmp(found, wanted));
    free(found);
}

static void vary(const char *assignment, const char *wanted) {
    struct axes axes = {0};
    struct err err = {0};
    axes_vary(&axes, assignment, &err);
    expect(shown(&axes, &err), wanted);
}

static void read_it(const char *yaml, const char *wanted) {
    struct axes axes = {0};
    struct err err = {0};
    struct node *node = node_parse(yaml, "-t", &err);
    assert_non_null(node);
    axes_read(&axes, node, &err);
    expect(shown(&axes, &err), wanted);
    node_free(node);
}

static void lists(void **state) {
    (void)state;
    vary("a=8,16,32", "8|16|32");
    vary("a=100/s,300/s", "100/s|300/s");
    vary("a=[8, 16]", "8|16");
    vary("a={b: {c: 1ms, d: 2}},{e: [1, 2]}", "{b: {c: 1ms, d: 2}}|{e: [1, 2]}");
    vary("a={b: 1}", "{b: 1}");
    vary("a='x,y',z", "x,y|z");
    vary("a=1,2:6:2,9", "1|2|4|6|9");
    read_it("{a: [1, 2], b.c: [x]}", "1|2;x");
}

/* The values by hand, from header and manual. */
static void ranges(void **state) {
    (void)state;
    vary("a=100/s:300/s:100/s", "100/s|200/s|300/s");
    vary("a=500us:2ms:750us", "500us|1250us|2000us");
    vary("a=0.1:0.5:0.1", "0.1|0.2|0.3|0.4|0.5");
    vary("a=10%:25%:10%", "10%|20%");
    vary("a=5:1:-2", "5|3|1");
    vary("a=3:3:1", "3");
    vary("a=60/min:2/s:30/min", "60/min|90/min|120/min");
    vary("a={from: 2, to: 7, step: 2}", "2|4|6");
    read_it("{a: {from: 2, to: 8, step: 3}}", "2|5|8");
}

static void refused(void **state) {
    (void)state;
    vary("a", "--vary: 'a' is not PATH=VALUES");
    vary("=1", "--vary: '=1' is not PATH=VALUES");
    vary("a=1,", "--vary: has an empty value");
    vary("a=,1", "--vary: has an empty value");
    vary("a=1:2", "--vary: '1:2' is no range");
    vary("a=1:2:3:4", "--vary: '1:2:3:4' is no range");
    vary("a=1:x:1", "--vary: '1:x:1' is no range");
    vary("a=1:9:0", "--vary: '1:9:0' has a range whose step is 0");
    vary("a=1:9:-1", "--vary: '1:9:-1' has a range whose step leads away");
    vary("a=1ms:9ms:1", "--vary: '1ms:9ms:1' has units in its range");
    vary("a=1:1e9:1", "--vary: '1:1e9:1' takes more than 100000");
    vary("a=1:2:1e-300", "--vary: '1:2:1e-300' takes more than 100000");
    read_it("{a: []}", "-t: wants at least one value");
    read_it("{a: 3}", "-t: wants a list of values");
    read_it("{a: {from: 1, to: 2}}", "-t: a range wants a value 'step'");
    read_it("{a: {from: 1, to: 2, stpe: 1}}", "-t: unknown key 'stpe' of a range");
    read_it("{a: {from: [1], to: 2, step: 1}}", "-t: a range wants a value 'from'");
    read_it("[a]", "-t: wants a map of paths");
    read_it("{}", "-t: wants a map of paths");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(ranges),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
