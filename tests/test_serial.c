/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_serial: the fair lock of a real pool's serial parts: exclusion under stress (build it with
 * MODE=tsan), first come first served; and the real engine beside the simulator on scenarios whose
 * fates do not hang on the host's timing: the same jobs, the same fates and counts.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "model/mem.h"
#include "pool/bench.h"
#include "pool/lock.h"
#include "pool/serial.h"
#include "sim/sim.h"
#include "tests/parse.h"

enum { THREADS = 8, ROUNDS = 5000 };

/* ---- the lock -------------------------------------------------------------------------------- */

static struct {
    struct serial serial;
    long plain; /* guarded by it alone */
    int inside, crowds, order[THREADS], seen;
} shared;

static void *contend(void *unused) {
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        serial_take(&shared.serial);
        shared.inside++;
        shared.crowds += shared.inside != 1;
        shared.plain++;
        shared.inside--;
        serial_release(&shared.serial);
    }
    return NULL;
}

static void test_exclusion(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    shared.plain = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, contend, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shared.plain, (long)THREADS * ROUNDS);
    assert_int_equal(shared.crowds, 0);
    assert_false(shared.serial.taken);
    assert_null(shared.serial.first);
}

static int line_length(void) {
    int n = 0;
    lock_take(&shared.serial.lock);
    for (struct serial_waiter *w = shared.serial.first; w; w = w->behind)
        n++;
    lock_release(&shared.serial.lock);
    return n;
}

static void *come(void *number) {
    serial_take(&shared.serial);
    shared.order[shared.seen++] = *(int *)number;
    serial_release(&shared.serial);
    return NULL;
}

/* Each comes when the one before stands in line; they go in the order in which they came. */
static void test_first_come(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    int numbers[THREADS];
    shared.seen = 0;
    serial_take(&shared.serial);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, come, &numbers[i]), 0);
        while (line_length() <= i)
            nanosleep(&(struct timespec){0, 100000}, NULL);
    }
    assert_int_equal(shared.seen, 0);
    serial_release(&shared.serial);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shared.seen, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(shared.order[i], i);
}

/* ---- both engines ---------------------------------------------------------------------------- */

/* Batches by the clock, far apart: who starts, waits and is turned away of them is no question of
 * time, as a batch is in before its first job is done and gone before the next one comes. */
static const char *const scenarios[] = {
    "service: {constant: 20ms}\ncpu: 50%\nserial: 30%\n"
    "pool: {workers: 2, queue: {capacity: 1, when_full: reject}}\n",
    "service: {constant: 20ms}\ncpu: 100%\nserial: 100%\n"
    "pool: {workers: 3, queue: {capacity: 0, when_full: reject}}\n",
    "service: {constant: 10ms}\nserial: 100%\n"
    "pool: {workers: 2, queue: {capacity: 1, when_full: drop_oldest}}\n",
    "service: {constant: 10ms}\ncpu: 20%\nserial: 50%\n"
    "pool: {workers: 1, queue: {capacity: 1, when_full: caller_runs}}\n",
};

enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

static struct scenario *scenario_of(const char *text) {
    char *whole =
        mem_format("headroom: 1\nname: t\narrivals: {batch: {every: 250ms, size: {constant: 5}}}\n"
                   "host: {cores: 2}\n%s"
                   "run: {duration: 1050ms, warmup: 0s, cooldown: 10s, sample_every: 50ms}\n",
                   text);
    struct scenario *sc = parse(whole);
    free(whole);
    return sc;
}

static void same_fates(const struct record *sim, const struct record *pool, size_t which) {
    const struct outcomes *a = &sim->outcomes[0], *b = &pool->outcomes[0];
    uint8_t fates[2][20] = {{0}};
    assert_int_equal(a->count, 20);
    assert_int_equal(b->count, 20);
    for (size_t i = 0; i < 20; i++) {
        fates[0][a->items[i].index] = a->items[i].fate;
        fates[1][b->items[i].index] = b->items[i].fate;
    }
    for (size_t i = 0; i < 20; i++)
        if (fates[0][i] != fates[1][i])
            fail_msg("scenario %zu, job %zu: fate %d simulated, %d measured", which, i, fates[0][i],
                     fates[1][i]);
    assert_memory_equal(sim->classes[0].fates, pool->classes[0].fates,
                        sizeof sim->classes[0].fates);
    assert_int_equal(sim->classes[0].admitted, pool->classes[0].admitted);
    assert_int_equal(sim->classes[0].caller_ran, pool->classes[0].caller_ran);
    assert_int_equal(sim->classes[0].waited, pool->classes[0].waited);
}

/* No job is served in less than it demands, and those of a lock never in less than their serial
 * parts in turn. */
static void long_enough(const struct scenario *sc, const struct record *pool) {
    const struct step *step = &sc->classes.items[0].route.items[0];
    nsec demand = (nsec)step->service.a;
    const struct outcomes *o = &pool->outcomes[0];
    nsec first = INT64_MAX, last = INT64_MIN, started = 0;
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i].fate == FATE_COMPLETED && o->items[i].intended == o->items[0].intended) {
            assert_true(o->items[i].ended - o->items[i].started >= demand);
            first = o->items[i].started < first ? o->items[i].started : first;
            last = o->items[i].ended > last ? o->items[i].ended : last;
            started++;
        }
    assert_true((double)(last - first) >= (double)(started * demand) * step->serial - 1);
}

static void test_both_engines(void **state) {
    (void)state;
    for (size_t i = 0; i < SCENARIOS; i++) {
        struct scenario *sc = scenario_of(scenarios[i]);
        struct trial sim = {.scenario = sc, .replication = 1, .keep_outcomes = true};
        struct trial pool = {.scenario = sc, .replication = 1, .keep_outcomes = true};
        assert_true(sim_run(&sim));
        assert_true(bench_run(&pool));
        same_fates(&sim.record, &pool.record, i);
        long_enough(sc, &pool.record);
        bench_report_free(pool.details);
        record_close(&sim.record);
        record_close(&pool.record);
        scenario_free(sc);
    }
}

/* Cut off in the middle, with jobs in the lock, in its line and in the queue: it ends, soon, and
 * the books balance. */
static void test_interrupt(void **state) {
    (void)state;
    struct scenario *sc = scenario_of("service: {constant: 2s}\ncpu: 10%\nserial: 90%\n"
                                      "pool: {workers: 4}\n");
    sc->run.cooldown = 100 * 1000 * 1000;
    struct trial trial = {.scenario = sc, .replication = 1};
    assert_true(bench_run(&trial));
    uint64_t sum = 0;
    for (int i = 0; i < FATES; i++)
        sum += trial.record.classes[0].fates[i];
    assert_int_equal(sum, trial.record.classes[0].offered);
    assert_true(trial.record.classes[0].fates[FATE_IN_FLIGHT] > 0);
    bench_report_free(trial.details);
    record_close(&trial.record);
    scenario_free(sc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exclusion), cmocka_unit_test(test_first_come),
        cmocka_unit_test(test_both_engines), cmocka_unit_test(test_interrupt)};
    return cmocka_run_group_tests_name("serial", tests, NULL, NULL);
}
