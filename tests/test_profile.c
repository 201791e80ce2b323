/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile: written and read again; quantiles and draws; what is refused, with its place; hostile
 * texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "model/profile.h"
#include "model/scenario.h"
#include "tests/profile_text.h"

static const char *const plain[PROFILE_DRAWN] = {
    [PROFILE_DISPATCH] = "10us, 20us, 100us", [PROFILE_TIMER] = "0ns, 5us, 9us"};

static void read_well(struct profile *p, const char *text) {
    struct err err = {0};
    bool ok = profile_parse(p, text, "p.yaml", &err);
    err_print(&err, stderr);
    assert_true(ok);
    assert_int_equal(err.count, 0);
}

static void test_read(void **state) {
    (void)state;
    struct profile p;
    char *text = profile_text(3, plain);
    read_well(&p, text);
    assert_string_equal(p.system, "test");
    assert_int_equal(p.cores, 2);
    assert_int_equal(p.watchers, 3);
    assert_int_equal(p.stretch, 80000);
    assert_true(p.trusted);
    assert_int_equal(p.points, 3);
    assert_int_equal(p.tables[PROFILE_DISPATCH].at[2], 100000);
    assert_int_equal(p.tables[PROFILE_SPAWN].count, 0); /* need not be there */
    profile_free(&p);
    free(text);
}

static void test_quantiles(void **state) {
    (void)state;
    struct profile p;
    char *text = profile_text(1, plain);
    read_well(&p, text);
    static const struct {
        double share;
        nsec at;
    } right[] = {{0, 10000}, {0.25, 15000}, {0.5, 20000}, {0.75, 60000}, {0.9, 84000}, {1, 100000}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_int_equal(profile_at(&p, PROFILE_DISPATCH, right[i].share), right[i].at);
    assert_int_equal(profile_at(&p, PROFILE_SPIN, 0.3), 0);
    profile_free(&p);
    free(text);
}

/* Draws are of the table's law: its mean is that of the straight lines. */
static void test_draws(void **state) {
    (void)state;
    struct profile p;
    struct dice dice;
    char *text = profile_text(1, plain);
    double sum = 0;
    enum { DRAWS = 100000 };
    read_well(&p, text);
    dice_open(&dice, rng_key(7, 1, "x", RNG_HOST), 0);
    for (uint64_t i = 0; i < DRAWS; i++) {
        dice_item(&dice, i);
        nsec ns = profile_draw(&p, PROFILE_DISPATCH, &dice);
        assert_true(ns >= 10000 && ns <= 100000);
        sum += (double)ns;
    }
    assert_true(fabs(sum / DRAWS - 37500) < 500); /* deviation of a mean: some 80 */
    profile_free(&p);
    free(text);
}

static char *written(const struct profile *p) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    profile_write(p, to);
    fclose(to);
    return text;
}

static void test_measured_and_written(void **state) {
    (void)state;
    struct profile p, again;
    double ns[PROFILE_TABLES][1000];
    profile_begin(&p);
    p.system = mem_text("O'Reilly: # \"x\"");
    p.cores = 4;
    p.watchers = 3;
    p.stretch = 80000;
    p.load = 1.25;
    for (int t = 0; t < PROFILE_TABLES; t++) {
        for (int i = 0; i < 1000; i++)
            ns[t][i] = 1000.0 * t + (i * 7919 % 1000) - (t == PROFILE_SPIN && i == 0 ? 1e9 : 0);
        profile_measured(&p, (enum profile_what)t, ns[t], 1000);
    }
    assert_int_equal(profile_at(&p, PROFILE_TIMER, 0.5), 1000 * PROFILE_TIMER + 499);
    assert_int_equal(profile_at(&p, PROFILE_TIMER, 1), 1000 * PROFILE_TIMER + 999);
    assert_int_equal(profile_at(&p, PROFILE_SPIN, 0), 0); /* nothing is below 0 */
    char *text = written(&p);
    read_well(&again, text);
    assert_string_equal(again.system, p.system);
    assert_int_equal(again.points, p.points);
    assert_false(again.trusted);
    for (int t = 0; t < PROFILE_TABLES; t++) {
        assert_int_equal(again.tables[t].count, 1000);
        assert_memory_equal(again.tables[t].at, p.tables[t].at, p.points * sizeof(nsec));
    }
    char *twice = written(&again);
    assert_string_equal(text, twice);
    free(twice);
    free(text);
    profile_free(&again);
    profile_free(&p);
}

/* What is drawn from tells profiles apart, and nothing else does. */
static void test_identity(void **state) {
    (void)state;
    struct profile a, b;
    static const char *const words[][2] = {
        {"load: 0.5", "load: 0.6"},     {"'test'", "'other'"}, {"20us", "21us"},
        {"watchers: 1", "watchers: 2"}, {"50%", "51%"},        {"stretch: 80us", "stretch: 0us"}};
    char *text = profile_text(1, plain);
    read_well(&a, text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *at = strstr(text, words[i][0]);
        assert_non_null(at);
        char *other =
            mem_format("%.*s%s%s", (int)(at - text), text, words[i][1], at + strlen(words[i][0]));
        read_well(&b, other);
        assert_int_equal(a.identity == b.identity, i < 2);
        profile_free(&b);
        free(other);
    }
    profile_free(&a);
    free(text);
}

/* `from` in the plain text is replaced by `to`: refused, with this in the error. */
static void refused(const char *from, const char *to, const char *words) {
    struct profile p;
    struct err err = {0};
    char *text = profile_text(1, plain), *at = strstr(text, from);
    assert_non_null(at);
    char *bad = mem_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    assert_false(profile_parse(&p, bad, "p.yaml", &err));
    assert_true(err.count > 0);
    bool said = false;
    for (size_t i = 0; i < err.count; i++)
        said = said || (err.items[i].line > 0 && strstr(err.items[i].text, words));
    if (!said)
        fail_msg("'%s' for '%s' says '%s', not '%s'", to, from, err.items[0].text, words);
    err_free(&err);
    profile_free(&p);
    free(bad);
    free(text);
}

static void test_refused(void **state) {
    (void)state;
    refused("headroom_profile: 1", "headroom_profile: 2", "out of all bounds");
    refused("headroom_profile: 1\n", "", "no 'headroom_profile'");
    refused("cores: 2", "cores: many", "not a number");
    refused("cores: 2", "cores: [2]", "one value");
    refused("cores: 2", "cores: 2\nhost: me", "unknown key 'host'");
    refused("trusted: true", "trusted: perhaps", "true nor false");
    refused("stretch: 80us", "stretch: 80", "unit");
    refused("watchers: 1", "watchers: -1", "bounds");
    refused("watchers: 1", "watchers: 1e99", "bounds");
    refused("[0, 50%, 1]", "[0, 50%, 50%]", "ascending");
    refused("[0, 50%, 1]", "[0.1, 50%, 1]", "0 as the first");
    refused("[0, 50%, 1]", "[0, 50%, 99%]", "1 as the last");
    refused("[0, 50%, 1]", "[0, 1]", "as many times as");
    refused("[0, 50%, 1]", "7", "list of 2 to 32");
    refused("[0, 50%, 1]", "[]", "list of 2 to 32");
    refused("[10us, 20us, 100us]", "[10us, 9us, 100us]", "quantiles ascend");
    refused("[10us, 20us, 100us]", "[10us, 20us, 11s]", "between 0s and 10s");
    refused("[10us, 20us, 100us]", "[10us, {a: b}, 100us]", "one value");
    refused("[10us, 20us, 100us]", "10us", "as many times as");
    refused("  dispatch:", "  patch:", "no 'dispatch'");
    refused("  dispatch:", "  patch:", "unknown key 'patch'");
    refused("count: 9", "count: 0", "bounds");
    refused("count: 9, ", "", "no 'count'");
    refused("cores: 2", "cores: 2\ncores: 2", "duplicate key");
    refused("overheads:\n", "overheads: 5\nx:\n", "no 'pacer'");
}

static void test_no_profile(void **state) {
    (void)state;
    static const char *const texts[] = {"", "[]", "1", "a: b", "headroom: 1\nname: x\n", "{", "\t"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct profile p;
        struct err err = {0};
        assert_false(profile_parse(&p, texts[i], "p.yaml", &err));
        assert_true(err.count > 0);
        err_free(&err);
        profile_free(&p);
    }
    struct profile p;
    struct err err = {0};
    assert_false(profile_read(&p, "/nowhere/p.yaml", &err));
    assert_int_equal(err.count, 1);
    err_free(&err);
    profile_free(&p);
}

/* Bytes changed at random: read or refused, and what is read keeps its promises. */
static void test_hostile(void **state) {
    (void)state;
    static const char bytes[] = "0159-.e%nus:,[]{}\n '#&*";
    uint32_t x = 12345;
    size_t sound = 0;
    for (int k = 0; k < 3000; k++) {
        struct profile p;
        struct err err = {0};
        char *text = profile_text(1, plain);
        size_t size = strlen(text);
        for (int i = 0; i <= k % 4; i++) {
            x = x * 1664525U + 1013904223U;
            text[(x >> 8) % size] = bytes[(x >> 4) % (sizeof bytes - 1)];
        }
        if (k % 5 == 0)
            text[(x >> 8) % size] = 0;
        bool ok = profile_parse(&p, text, "p.yaml", &err);
        assert_int_equal(ok, err.count == 0);
        sound += ok;
        for (int t = 0; ok && t < PROFILE_DRAWN; t++)
            for (double share = 0; share <= 1; share += 0.125) {
                nsec ns = profile_at(&p, (enum profile_what)t, share);
                assert_true(ns >= 0 && ns <= 10 * NSEC_PER_SEC);
            }
        err_free(&err);
        profile_free(&p);
        free(text);
    }
    assert_in_range(sound, 20, 2990); /* of both kinds there are some */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),       cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_draws),      cmocka_unit_test(test_measured_and_written),
        cmocka_unit_test(test_identity),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_profile), cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
