/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_priority: order: priority. The station with ranks against the plainest model there can be,
 * on random calls; priorities of a scenario as ranks; and the simulator against Cobham's mean waits
 * (model/queue_priority.h): M/M/1, M/G/1 with services of their own and M/M/c, two and three
 * classes.
 *
 * The exact answers are worked out here from the book's formula alone: W0 = sum of rate x E[S^2] /
 * 2 for one worker, Erlang's C x mean / c for several; then W = W0 / ((1 - s_above) (1 - s)). By
 * the rule of all exact answers here: none further than 4.5 standard errors, at least 90 of 100
 * inside their 95 % interval.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/erlang.h"
#include "model/mem.h"
#include "model/models.h"
#include "model/result.h"
#include "model/stats.h"
#include "sim/recursion.h"
#include "sim/sim.h"
#include "tests/parse.h"

/* ---- the station ----------------------------------------------------------------------------- */

enum { SLOTS = 48, CALLS = 200000 };

struct plain {
    uint32_t jobs[SLOTS];
    int count; /* first come first */
};

static uint64_t next(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t out_of(struct plain *p, int at) {
    uint32_t job = p->jobs[at];
    memmove(p->jobs + at, p->jobs + at + 1, (size_t)(--p->count - at) * sizeof *p->jobs);
    return job;
}

static int highest(const struct plain *p, const uint8_t *rank) {
    int best = 0;
    for (int i = 1; i < p->count; i++)
        if (rank[p->jobs[i]] > rank[p->jobs[best]])
            best = i;
    return best;
}

static uint32_t free_slot(const bool *used) {
    uint32_t slot = 0;
    while (slot < SLOTS && used[slot])
        slot++;
    return slot;
}

/* One worker, busy for ever but for the calls; 20 places, the oldest dropped. */
static void test_station(void **state) {
    (void)state;
    uint8_t rank[SLOTS];
    bool used[SLOTS] = {false};
    struct station_link links[SLOTS], by_rank[SLOTS];
    struct station_ranks ranks = {rank, by_rank};
    struct station_lines lines;
    struct station s;
    struct plain p = {.count = 0};
    uint32_t crew[1], running = 0, other;
    uint64_t dice = 11;
    station_open(&s, 1, 20, STATION_DROP_OLDEST, STATION_PRIORITY, crew);
    station_rank_by(&s, &lines, &ranks);
    rank[0] = 7;
    used[0] = true;
    assert_int_equal(station_arrive(&s, links, 0).verdict, STATION_START);
    for (int i = 0; i < CALLS; i++) {
        uint64_t d = next(&dice);
        uint32_t slot = free_slot(used);
        if (d % 5 < 3 && slot < SLOTS) {
            rank[slot] = (uint8_t)(d % 7 ? (d >> 8) % 4 * 21 : (d >> 8) % STATION_RANKS);
            struct station_answer answer = station_arrive(&s, links, slot);
            assert_int_equal(answer.verdict,
                             p.count == 20 ? STATION_DROP_OLDEST_JOB : STATION_QUEUE);
            if (p.count == 20) {
                other = out_of(&p, 0);
                assert_int_equal(answer.other, other);
                used[other] = false;
            }
            p.jobs[p.count++] = slot;
            used[slot] = true;
        } else if (d % 5 == 3 && p.count > 0) {
            other = out_of(&p, (int)((d >> 8) % (unsigned)p.count));
            station_leave_queue(&s, links, other);
            used[other] = false;
        } else if (p.count > 0) {
            struct station_answer answer = station_finish(&s, links, 0);
            assert_int_equal(answer.verdict, STATION_NEXT);
            used[running] = false;
            running = out_of(&p, highest(&p, rank));
            assert_int_equal(answer.other, running);
        }
        assert_int_equal(s.queue.count, p.count);
        assert_true((lines.waiting == 0) == (p.count == 0));
    }
}

/* ---- the scenario ---------------------------------------------------------------------------- */

static char *classes_of(const char *order, int count, const int *priority) {
    char *text = mem_format("headroom: 1\nname: t\npools: [{name: p, workers: 2, queue: {order: "
                            "%s}}]\nclasses:\n",
                            order);
    for (int i = 0; i < count; i++) {
        char *longer = mem_format("%s  - {name: c%d, priority: %d, arrivals: {poisson: {rate: "
                                  "1/s}}, route: [{pool: p, service: {constant: 1ms}}]}\n",
                                  text, i, priority[i]);
        free(text);
        text = longer;
    }
    return text;
}

static void test_ranks(void **state) {
    (void)state;
    static const int priority[] = {10, 0, 1000000, 10, 3}, rank[] = {2, 0, 3, 2, 1};
    char *text = classes_of("priority", 5, priority);
    struct scenario *sc = parse(text);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sc->classes.items[i].priority, priority[i]);
        assert_int_equal(sc->classes.items[i].rank, rank[i]);
    }
    assert_int_equal(sc->pools.items[0].queue.order, STATION_PRIORITY);
    assert_non_null(recursion_misfit(sc));
    assert_int_equal(sim_method(sc, TRIAL_FITTING), TRIAL_CALENDAR);
    scenario_free(sc);
    free(text);
}

static void test_short_form(void **state) {
    (void)state;
    struct scenario *sc = parse("headroom: 1\nname: t\narrivals: {poisson: {rate: 1/s}}\nservice: "
                                "{constant: 1ms}\npriority: 5\npool: {workers: 1}\n");
    assert_int_equal(sc->classes.items[0].priority, 5);
    assert_int_equal(sc->classes.items[0].rank, 0);
    scenario_free(sc);
}

/* 64 can be told apart; more matter only where a pool goes by them. */
static void test_too_many(void **state) {
    (void)state;
    int priority[65];
    for (int i = 0; i < 65; i++)
        priority[i] = 1000 - 3 * i;
    char *text = classes_of("priority", 64, priority);
    struct scenario *sc = parse(text);
    assert_int_equal(sc->classes.items[0].rank, 63);
    assert_int_equal(sc->classes.items[63].rank, 0);
    scenario_free(sc);
    free(text);
    text = classes_of("fifo", 65, priority);
    scenario_free(parse(text));
    free(text);
    text = classes_of("priority", 65, priority);
    struct err err = {0};
    assert_null(scenario_parse(text, "none.yaml", &err));
    assert_int_equal(err.count, 1);
    assert_non_null(strstr(err.items[0].text, "is the 65th priority; a pool can tell 64 apart"));
    err_free(&err);
    free(text);
}

/* ---- exact answers --------------------------------------------------------------------------- */

enum { REPLICATIONS = 20, JOBS = 60000, CLASSES_MOST = 3 };

struct exact_case {
    int workers, classes;
    double rate[CLASSES_MOST], mean[CLASSES_MOST]; /* highest first */
    double cv; /* of all services: 1 exponential, 0 constant, else gamma */
};

static const struct exact_case exact_cases[] = {
    {1, 2, {0.4, 0.4}, {1, 1}, 1},
    {1, 2, {0.2, 0.5}, {0.5, 1}, 1},
    {1, 3, {0.1, 0.2, 0.3}, {3, 1, 0.5}, 0.5},
    {1, 2, {0.3, 0.2}, {1, 2}, 0},
    {4, 2, {1.5, 1.7}, {1, 1}, 1},
    {8, 3, {1, 2, 4}, {1, 1, 1}, 1},
};

static char *service_of(const struct exact_case *c, int class) {
    if (c->cv == 1)
        return mem_format("{exponential: {mean: %gs}}", c->mean[class]);
    if (c->cv > 0)
        return mem_format("{gamma: {mean: %gs, cv: %g}}", c->mean[class], c->cv);
    return mem_format("{constant: %gs}", c->mean[class]);
}

static double total_rate(const struct exact_case *c) {
    double rate = 0;
    for (int i = 0; i < c->classes; i++)
        rate += c->rate[i];
    return rate;
}

static struct scenario *scenario_of(const struct exact_case *c) {
    double seconds = JOBS / total_rate(c);
    char *text = mem_format("headroom: 1\nname: cobham\nseed: 3\nrun: {duration: %.0fs, warmup: "
                            "%.0fs, cooldown: 10000s, replications: %d}\n"
                            "pools: [{name: p, workers: %d, queue: {order: priority}}]\nclasses:\n",
                            seconds, 0.05 * seconds, REPLICATIONS, c->workers);
    for (int i = 0; i < c->classes; i++) {
        char *service = service_of(c, i);
        char *longer =
            mem_format("%s  - {name: c%d, priority: %d, arrivals: {poisson: {rate: %g/s}}, "
                       "route: [{pool: p, service: %s}]}\n",
                       text, i, 100 - 10 * i, c->rate[i], service);
        free(service);
        free(text);
        text = longer;
    }
    struct scenario *sc = parse(text);
    free(text);
    return sc;
}

static void cobham(const struct exact_case *c, double wait[CLASSES_MOST]) {
    double load = 0, squares = 0, above = 0;
    for (int i = 0; i < c->classes; i++) {
        load += c->rate[i] * c->mean[i];
        squares += c->rate[i] * c->mean[i] * c->mean[i] * (1 + c->cv * c->cv);
    }
    double w0 =
        c->workers == 1 ? squares / 2 : erlang_c(load, c->workers) * c->mean[0] / c->workers;
    for (int i = 0; i < c->classes; i++) {
        double with = above + c->rate[i] * c->mean[i] / c->workers;
        wait[i] = w0 / ((1 - above) * (1 - with));
        above = with;
    }
}

static int compared, inside;

static void compare(const struct exact_case *c, int class, const struct figure *f, double exact) {
    double error = (f->high - f->low) / 2 / stats_t(REPLICATIONS);
    compared++;
    inside += f->low <= exact && exact <= f->high;
    if (!(fabs(f->mean - exact) <= 4.5 * error))
        fail_msg("%d workers, class %d: mean wait %g (%g..%g), exactly %g", c->workers, class,
                 f->mean, f->low, f->high, exact);
}

static void simulate(const struct exact_case *c, const double *wait) {
    struct scenario *sc = scenario_of(c);
    struct trial trials[REPLICATIONS] = {0};
    const struct record *records[REPLICATIONS];
    struct result r;
    for (size_t i = 0; i < REPLICATIONS; i++) {
        trials[i].scenario = sc;
        trials[i].replication = i + 1;
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, REPLICATIONS, 2, sim_run, NULL, NULL);
    result_from_records(&r, sc, "sim", records, REPLICATIONS);
    for (int i = 0; i < c->classes; i++)
        compare(c, i, &r.classes[i].wait.mean, wait[i]);
    result_free(&r);
    for (size_t i = 0; i < REPLICATIONS; i++)
        record_close(&trials[i].record);
    scenario_free(sc);
}

static void test_simulator(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof exact_cases / sizeof *exact_cases; k++) {
        double wait[CLASSES_MOST];
        cobham(&exact_cases[k], wait);
        simulate(&exact_cases[k], wait);
    }
    print_message("%d of %d mean waits inside 95 %%\n", inside, compared);
    assert_int_equal(compared, 14);
    assert_true(inside >= 0.9 * compared - 1);
}

/* ---- theory ---------------------------------------------------------------------------------- */

static void test_theory(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof exact_cases / sizeof *exact_cases; k++) {
        const struct exact_case *c = &exact_cases[k];
        double wait[CLASSES_MOST], mean = 0;
        struct scenario *sc = scenario_of(c);
        struct theory t;
        cobham(c, wait);
        for (int i = 0; i < c->classes; i++)
            mean += c->rate[i] / total_rate(c) * wait[i];
        theory_of(&t, sc);
        assert_string_equal(t.method, "Cobham");
        assert_int_equal(t.wait_mean.mark, THEORY_EXACT);
        assert_true(fabs(t.wait_mean.value / mean - 1) < 1e-9);
        assert_int_equal(t.wait[0].mark, THEORY_NONE);
        assert_non_null(strstr(t.note, "mean wait of c0 "));
        theory_free(&t);
        scenario_free(sc);
    }
}

struct said_case {
    const char *pool, *service, *method, *reason; /* of the second class; of the first 1 s */
};

/* Which model holds, and why none does. */
static void test_what_holds(void **state) {
    (void)state;
    static const struct said_case said[] = {
        {"workers: 2, queue: {order: priority}", "{constant: 1s}", "Crommelin", NULL},
        {"workers: 2, queue: {order: priority}", "{constant: 500ms}", NULL, "unlike services"},
        {"workers: 2, queue: {order: fifo}", "{constant: 500ms}", "Kimura", NULL},
        {"workers: 1, queue: {order: priority}", "{constant: 500ms}", "Cobham", NULL},
        {"workers: 2, queue: {order: priority, capacity: 0}", "{constant: 500ms}", "Erlang B",
         NULL},
        {"workers: 2, queue: {order: priority, capacity: 1}", "{constant: 500ms}", NULL,
         "unlike services"},
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char *text = mem_format(
            "headroom: 1\nname: t\npools: [{name: p, %s}]\nclasses:\n"
            "  - {name: a, priority: 1, arrivals: {poisson: {rate: 0.3/s}}, route: [{pool: p, "
            "service: {constant: 1s}}]}\n"
            "  - {name: b, arrivals: {poisson: {rate: 0.3/s}}, route: [{pool: p, service: %s}]}\n",
            said[i].pool, said[i].service);
        struct scenario *sc = parse(text);
        struct theory t;
        theory_of(&t, sc);
        if (said[i].method)
            assert_string_equal(t.method, said[i].method);
        else
            assert_true(t.reason && strstr(t.reason, said[i].reason));
        theory_free(&t);
        scenario_free(sc);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_station),    cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_short_form), cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_simulator),  cmocka_unit_test(test_theory),
        cmocka_unit_test(test_what_holds),
    };
    return cmocka_run_group_tests_name("priority", tests, NULL, NULL);
}
