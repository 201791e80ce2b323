/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overhead: a host profile in the simulator. With zeros everything is as on the ideal host, to the
 * byte; what is added to a job is what the profile says, on an idle worker, after another job, at
 * the end of a wait and while others watch the clock; the same on any number of threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "model/little.h"
#include "model/result.h"
#include "sim/sim.h"
#include "tests/parse.h"
#include "tests/profile_text.h"

static char folder[200], file[300];

/* A scenario of these parts, 2 s, on the profile in `file` or (`ideal`) without. */
static struct scenario *made(const char *parts, bool ideal) {
    char *text =
        mem_format("headroom: 1\nname: x\nrun: {duration: 2s, warmup: 100ms, replications: 3}\n"
                   "%s%s%s%s\n",
                   parts, ideal ? "" : "\nhost: {profile: '", ideal ? "" : file, ideal ? "" : "'}");
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "/x.yaml", &err);
    err_print(&err, stderr);
    assert_non_null(sc);
    err_free(&err);
    free(text);
    return sc;
}

static void run(struct trial *trial, const struct scenario *sc, uint64_t replication) {
    *trial = (struct trial){.scenario = sc, .replication = replication, .keep_outcomes = true};
    assert_true(sim_calendar(trial));
}

#define QUIET "arrivals: {constant: {rate: 100/s}}\nservice: {constant: 2ms}\npool: {workers: 2}"

static const char *const kinds[] = {
    QUIET,
    "arrivals: {poisson: {rate: 300/s}}\nservice: {exponential: {mean: 10ms}}\npool: {workers: 3}",
    "arrivals: {poisson: {rate: 500/s}}\nservice: {lognormal: {mean: 10ms, cv: 2}}\ncpu: 40%\n"
    "timeout: 30ms\npool: {workers: 4, queue: {capacity: 8, order: lifo, when_full: drop_oldest}}",
    "arrivals: {closed: {clients: 20, think: {exponential: {mean: 20ms}}}}\n"
    "service: {exponential: {mean: 5ms}}\npool: {workers: 3, queue: {capacity: 2, when_full: "
    "block}}",
    "arrivals: {batch: {rate: 50/s, size: {uniform: {min: 1, max: 9}}}}\n"
    "service: {gamma: {mean: 8ms, cv: 0.5}}\ncpu: 100%\n"
    "pool: {workers: 2, queue: {capacity: 3, when_full: caller_runs}}",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void test_zeros_are_ideal(void **state) {
    (void)state;
    static const char *const none[PROFILE_DRAWN] = {0};
    profile_file(file, 1, none);
    for (size_t k = 0; k < KINDS; k++) {
        struct scenario *ideal = made(kinds[k], true), *real = made(kinds[k], false);
        struct trial a, b;
        run(&a, ideal, 1);
        run(&b, real, 1);
        const struct outcomes *x = &a.record.outcomes[0], *y = &b.record.outcomes[0];
        assert_true(x->count > 100);
        assert_int_equal(x->count, y->count);
        for (size_t i = 0; i < x->count; i++) {
            assert_int_equal(x->items[i].started, y->items[i].started);
            assert_int_equal(x->items[i].ended, y->items[i].ended);
            assert_int_equal(x->items[i].fate, y->items[i].fate);
        }
        record_close(&a.record);
        record_close(&b.record);
        scenario_free(ideal);
        scenario_free(real);
    }
}

/* Every job of `parts` waits and is served so much longer than its demand of `demand`. */
static void every_job(const char *parts, nsec wait, nsec service) {
    struct scenario *sc = made(parts, false);
    struct trial t;
    run(&t, sc, 1);
    const struct outcomes *all = &t.record.outcomes[0];
    assert_true(all->count > 100);
    for (size_t i = 0; i < all->count; i++) {
        assert_int_equal(all->items[i].wait, wait);
        assert_int_equal(all->items[i].ended - all->items[i].started, service);
    }
    record_close(&t.record);
    scenario_free(sc);
}

#define COMPUTING(share)                                                                           \
    "arrivals: {constant: {rate: 100/s}}\nservice: {constant: 2ms}\ncpu: " share                   \
    "\npool: {workers: 2}"

static void test_parked_worker(void **state) {
    (void)state;
    profile_file(file, 1,
                 (const char *const[PROFILE_DRAWN]){[PROFILE_PACER] = "1us, 1us, 1us",
                                                    [PROFILE_DISPATCH] = "20us, 20us, 20us",
                                                    [PROFILE_HAND_OVER] = "5us, 5us, 5us",
                                                    [PROFILE_SPIN] = "3us, 3us, 3us",
                                                    [PROFILE_WATCHED] = "2us, 2us, 2us",
                                                    [PROFILE_UNWATCHED] = "90us, 90us, 90us"});
    every_job(QUIET, 21000, 2002000);
    every_job(COMPUTING("100%"), 21000, 2008000);
    every_job(COMPUTING("50%"), 21000, 2010000);
}

/* With no core to spare nobody watches the clock. */
static void test_nobody_watches(void **state) {
    (void)state;
    profile_file(
        file, 0,
        (const char *const[PROFILE_DRAWN]){
            [PROFILE_WATCHED] = "2us, 2us, 2us", [PROFILE_UNWATCHED] = "90us, 90us, 90us"});
    every_job(QUIET, 0, 2090000);
}

/* Of three that are due at one instant, as many watch the clock as may: the others end late. */
static void test_watchers_are_few(void **state) {
    (void)state;
    struct scenario *sc;
    for (int watchers = 0; watchers <= 3; watchers++) {
        profile_file(file, watchers,
                     (const char *const[PROFILE_DRAWN]){[PROFILE_UNWATCHED] = "90us, 90us, 90us"});
        sc = made("arrivals: {batch: {every: 10ms, size: {constant: 3}}}\n"
                  "service: {constant: 2ms}\npool: {workers: 3}",
                  false);
        struct trial t;
        run(&t, sc, 1);
        const struct outcomes *all = &t.record.outcomes[0];
        size_t late = 0;
        for (size_t i = 0; i < all->count; i++)
            late += all->items[i].response == 2090000;
        assert_true(all->count >= 600);
        assert_int_equal(late * 3, all->count * (size_t)(3 - watchers));
        record_close(&t.record);
        scenario_free(sc);
    }
}

/* Who sleeps longer than the stretch has no need of a place to watch from: he is late already. */
static void test_late_already(void **state) {
    (void)state;
    profile_file(file, 1,
                 (const char *const[PROFILE_DRAWN]){[PROFILE_TIMER] = "200us, 200us, 200us",
                                                    [PROFILE_WATCHED] = "120us, 120us, 120us",
                                                    [PROFILE_UNWATCHED] = "5ms, 5ms, 5ms"});
    every_job(QUIET, 0, 2120000);
}

/* A worker that goes on: the hand-over is in the wait it shortens, and in the time of what
 * computes. D/D/1 of two jobs at once: the second one waits for the first. */
static void test_hand_over(void **state) {
    (void)state;
    static const struct {
        const char *cpu;
        nsec first, second; /* responses */
    } cases[] = {{"100%", 2015000, 4020000}, {"0%", 2010000, 4010000}};
    profile_file(
        file, 1,
        (const char *const[PROFILE_DRAWN]){
            [PROFILE_DISPATCH] = "10us, 10us, 10us", [PROFILE_HAND_OVER] = "5us, 5us, 5us"});
    for (int k = 0; k < 2; k++) {
        char *parts = mem_format("arrivals: {batch: {every: 10ms, size: {constant: 2}}}\n"
                                 "service: {constant: 2ms}\ncpu: %s\npool: {workers: 1}",
                                 cases[k].cpu);
        struct scenario *sc = made(parts, false);
        struct trial t;
        run(&t, sc, 1);
        const struct outcomes *all = &t.record.outcomes[0];
        for (size_t i = 0; i < all->count; i++)
            assert_int_equal(all->items[i].response,
                             all->items[i].index % 2 ? cases[k].second : cases[k].first);
        record_close(&t.record);
        scenario_free(sc);
        free(parts);
    }
}

static const char *const wild[PROFILE_DRAWN] = {
    "0ns, 2us, 3ms", "5us, 20us, 2ms",  "100ns, 300ns, 1ms", "1us, 50us, 4ms",
    "0ns, 1us, 1ms", "10us, 60us, 5ms", "0ns, 1us, 4ms"};

/* Little's Law holds to the nanosecond, and every job ends as it must. */
static void test_books_balance(void **state) {
    (void)state;
    profile_file(file, 1, wild);
    for (size_t k = 0; k < KINDS; k++) {
        struct scenario *sc = made(kinds[k], false);
        struct trial t;
        struct result r;
        run(&t, sc, 1);
        const struct record *record = &t.record;
        result_from_records(&r, sc, "sim", &record, 1);
        assert_true(r.total.little.identity_holds);
        assert_non_null(strstr(r.host, "\"profile\": \""));
        const struct outcomes *all = &t.record.outcomes[0];
        for (size_t i = 0; i < all->count; i++)
            if (all->items[i].fate == FATE_COMPLETED)
                assert_true(all->items[i].wait >= 0 && all->items[i].ended > all->items[i].started);
        result_free(&r);
        record_close(&t.record);
        scenario_free(sc);
    }
}

static uint64_t digest(const struct trial *trials, size_t count) {
    uint64_t hash = 1469598103934665603U;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < trials[k].record.outcomes[0].count; i++)
            hash = (hash ^ (uint64_t)trials[k].record.outcomes[0].items[i].ended) * 1099511628211U;
    return hash;
}

/* Three replications on so many threads, in one number. */
static uint64_t on_threads(const struct scenario *sc, unsigned threads) {
    struct trial trials[3];
    for (size_t i = 0; i < 3; i++)
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1, .keep_outcomes = true};
    sim_replicate(trials, 3, threads, sim_run, NULL, NULL);
    uint64_t all = digest(trials, 3);
    for (size_t i = 0; i < 3; i++)
        record_close(&trials[i].record);
    return all;
}

static void test_the_same_bytes(void **state) {
    (void)state;
    profile_file(file, 1, wild);
    for (size_t k = 0; k < KINDS; k++) {
        struct scenario *sc = made(kinds[k], false);
        uint64_t once = on_threads(sc, 1);
        assert_int_equal(once, on_threads(sc, 3));
        sc->seed++;
        assert_int_not_equal(once, on_threads(sc, 1));
        scenario_free(sc);
    }
}

static int by_index(const void *a, const void *b) {
    const struct outcome *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

/* These dice are on nobody else's address: arrivals and demands are those of the ideal host. */
static void test_other_dice_stay(void **state) {
    (void)state;
    profile_file(file, 1, wild);
    struct scenario *ideal = made(kinds[1], true), *real = made(kinds[1], false);
    struct trial a, b;
    run(&a, ideal, 2);
    run(&b, real, 2);
    struct outcomes *x = &a.record.outcomes[0], *y = &b.record.outcomes[0];
    size_t later = 0, count = x->count < y->count ? x->count : y->count;
    qsort(x->items, x->count, sizeof *x->items, by_index);
    qsort(y->items, y->count, sizeof *y->items, by_index);
    assert_true(count > 500);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(x->items[i].intended, y->items[i].intended);
        later += y->items[i].response > x->items[i].response;
    }
    assert_true(later > count * 9 / 10);
    record_close(&a.record);
    record_close(&b.record);
    scenario_free(ideal);
    scenario_free(real);
}

static void test_recursion_is_not_for_it(void **state) {
    (void)state;
    profile_file(file, 1, wild);
    struct scenario *sc = made(kinds[1], false), *ideal = made(kinds[1], true);
    assert_int_equal(sim_method(sc, TRIAL_FITTING), TRIAL_CALENDAR);
    assert_int_equal(sim_method(ideal, TRIAL_FITTING), TRIAL_RECURSION);
    scenario_free(sc);
    scenario_free(ideal);
}

static int open_folder(void **state) {
    (void)state;
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/headroom-overhead-XXXXXX", base && *base ? base : "/tmp");
    char *made_one = mkdtemp(folder);
    snprintf(file, sizeof file, "%s/host.yaml", folder);
    return made_one ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(file);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeros_are_ideal), cmocka_unit_test(test_parked_worker),
        cmocka_unit_test(test_nobody_watches),  cmocka_unit_test(test_watchers_are_few),
        cmocka_unit_test(test_late_already),    cmocka_unit_test(test_hand_over),
        cmocka_unit_test(test_books_balance),   cmocka_unit_test(test_the_same_bytes),
        cmocka_unit_test(test_other_dice_stay), cmocka_unit_test(test_recursion_is_not_for_it),
    };
    return cmocka_run_group_tests_name("overhead", tests, open_folder, remove_folder);
}
