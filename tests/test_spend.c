/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_spend: jobs that meet while they are served, at the host's cores and at their pool's lock:
 * the phases of a job; whole runs of mixed pools against a reference in floating point that knows
 * neither heap nor virtual time; a serial pool against Pollaczek and Khinchine
 * (tests/oracles/mg1.csv) and against its bound; and what must not change a byte.
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

#include "model/bounds.h"
#include "model/mem.h"
#include "model/phases.h"
#include "model/result.h"
#include "model/source.h"
#include "model/stats.h"
#include "sim/recursion.h"
#include "sim/sim.h"
#include "tests/oracle.h"
#include "tests/parse.h"

enum { REPLICATIONS = 20 };

static void test_phases(void **state) {
    (void)state;
    static const struct {
        double cpu, serial;
        nsec demand, length[PHASES];
    } known[] = {
        {0.8, 0.5, 10, {5, 0, 3, 2}},  {0.2, 0.3, 10, {2, 5, 0, 3}}, {1, 0.2, 10, {8, 0, 2, 0}},
        {0, 1, 10, {0, 0, 0, 10}},     {1, 1, 10, {0, 0, 10, 0}},    {0, 0, 10, {0, 10, 0, 0}},
        {0.5, 0.5, 10, {5, 0, 0, 5}},  {0.5, 0.5, 3, {1, 0, 1, 1}},  {0.3, 0.7, 0, {0, 0, 0, 0}},
        {1, 1. / 3, 10, {7, 0, 3, 0}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const struct step step = {.cpu = known[i].cpu, .serial = known[i].serial};
        nsec length[PHASES], sum = 0;
        phases_of(length, &step, known[i].demand);
        for (int k = 0; k < PHASES; k++) {
            if (length[k] != known[i].length[k])
                fail_msg("case %zu, phase %d: %lld", i, k, (long long)length[k]);
            sum += length[k];
        }
        assert_int_equal(sum, known[i].demand);
    }
}

/* ---- the reference --------------------------------------------------------------------------- */

enum doing { AWAY, QUEUED, COMPUTES, WAITS, IN_LINE, ENDED };

struct task {
    nsec at, length[PHASES];
    size_t pool;
    double left, since, started, ended; /* since: in the queue, or in line */
    int phase;
    bool holds;
    enum doing doing;
};

struct world {
    const struct scenario *sc;
    struct task *tasks;
    size_t count;
    double now;
};

/* The longest there of a pool in such a state; NULL. */
static struct task *longest(struct world *w, size_t pool, enum doing doing) {
    struct task *first = NULL;
    for (size_t i = 0; i < w->count; i++) {
        struct task *t = &w->tasks[i];
        if (t->pool == pool && t->doing == doing && (!first || t->since < first->since))
            first = t;
    }
    return first;
}

static int64_t how_many(const struct world *w, size_t pool, bool holding) {
    int64_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct task *t = &w->tasks[i];
        bool served = t->doing == COMPUTES || t->doing == WAITS || t->doing == IN_LINE;
        n += t->pool == pool && served && (!holding || t->holds);
    }
    return n;
}

static void next_phase(struct world *w, struct task *t) {
    while (t->phase < PHASES && t->length[t->phase] == 0)
        t->phase++;
    if (t->phase == PHASES) {
        t->doing = ENDED;
        t->ended = w->now;
        t->holds = false;
        return;
    }
    if (t->phase >= PHASE_LOCKED_COMPUTE && !t->holds) {
        if (t->doing != IN_LINE)
            t->since = w->now;
        t->doing = IN_LINE;
        if (how_many(w, t->pool, true) > 0 || longest(w, t->pool, IN_LINE) != t)
            return;
        t->holds = true;
    }
    bool computes = t->phase == PHASE_COMPUTE || t->phase == PHASE_LOCKED_COMPUTE;
    t->doing = computes ? COMPUTES : WAITS;
    t->left = (double)t->length[t->phase];
}

/* What is free goes to who waited longest, until nothing changes. */
static void settle(struct world *w) {
    for (bool more = true; more;) {
        more = false;
        for (size_t p = 0; p < w->sc->pools.count; p++) {
            struct task *t = longest(w, p, IN_LINE);
            if (t && how_many(w, p, true) == 0) {
                next_phase(w, t);
                more = true;
            }
            t = longest(w, p, QUEUED);
            if (t && how_many(w, p, false) < w->sc->pools.items[p].workers) {
                t->started = w->now;
                next_phase(w, t);
                more = true;
            }
        }
    }
}

static double rate_of(const struct world *w, const struct task *t) {
    int64_t n = 0;
    if (t->doing == WAITS || w->sc->cores <= 0)
        return 1;
    for (size_t i = 0; i < w->count; i++)
        n += w->tasks[i].doing == COMPUTES;
    return n > w->sc->cores ? (double)w->sc->cores / (double)n : 1;
}

static bool acts(const struct task *t) {
    return t->doing == COMPUTES || t->doing == WAITS;
}

static void play(struct world *w) {
    for (;;) {
        double step = INFINITY;
        for (size_t i = 0; i < w->count; i++) {
            struct task *t = &w->tasks[i];
            if (t->doing == AWAY)
                step = fmin(step, (double)t->at - w->now);
            else if (acts(t))
                step = fmin(step, t->left / rate_of(w, t));
        }
        if (isinf(step))
            return;
        w->now += step;
        double *done = mem_new(w->count, sizeof *done);
        for (size_t i = 0; i < w->count; i++)
            done[i] = acts(&w->tasks[i]) ? step * rate_of(w, &w->tasks[i]) : 0;
        for (size_t i = 0; i < w->count; i++) {
            struct task *t = &w->tasks[i];
            if (acts(t) && (t->left -= done[i]) < 1e-4) {
                t->phase++;
                next_phase(w, t);
            }
        }
        free(done);
        for (size_t i = 0; i < w->count; i++)
            if (w->tasks[i].doing == AWAY && (double)w->tasks[i].at <= w->now + 1e-4) {
                w->tasks[i].doing = QUEUED;
                w->tasks[i].since = w->now + 1e-6 * (double)i;
            }
        settle(w);
    }
}

/* ---- runs against it ------------------------------------------------------------------------- */

#define RUN "run: {kind: terminating, duration: 400ms, until: empty}\n"

static const char *const mixed[] = {
    "arrivals: {poisson: {rate: 900/s}}\nservice: {exponential: {mean: 4ms}}\ncpu: 50%\n"
    "serial: 20%\nhost: {cores: 2}\npool: {workers: 6}\n",
    "arrivals: {poisson: {rate: 500/s}}\nservice: {gamma: {mean: 3ms, cv: 2}}\ncpu: 90%\n"
    "serial: 30%\nhost: {cores: 1}\npool: {workers: 8}\n",
    "arrivals: {poisson: {rate: 800/s}}\nservice: {exponential: {mean: 4ms}}\ncpu: 100%\n"
    "host: {cores: 3}\npool: {workers: 5}\n",
    "arrivals: {poisson: {rate: 800/s}}\nservice: {exponential: {mean: 4ms}}\ncpu: 70%\n"
    "serial: 25%\npool: {workers: 5}\n",
    "arrivals: {batch: {every: 20ms, size: {constant: 7}}}\nservice: {constant: 5ms}\ncpu: 60%\n"
    "serial: 60%\nhost: {cores: 2}\npool: {workers: 4}\n",
    "classes:\n"
    "  - {name: a, arrivals: {poisson: {rate: 400/s}}, route: [{pool: p, service: {exponential: "
    "{mean: 4ms}}, cpu: 80%, serial: 40%}]}\n"
    "  - {name: b, arrivals: {poisson: {rate: 300/s}}, route: [{pool: q, service: {exponential: "
    "{mean: 6ms}}, cpu: 30%, serial: 10%}]}\n"
    "  - {name: c, arrivals: {poisson: {rate: 100/s}}, route: [{pool: q, service: {exponential: "
    "{mean: 3ms}}, cpu: 100%}]}\n"
    "pools:\n  - {name: p, workers: 4}\n  - {name: q, workers: 3}\n"
    "host: {cores: 3}\n",
};

static struct scenario *scenario_of(const char *text, const char *run) {
    char *whole = mem_format("headroom: 1\nname: t\n%s%s", text, run);
    struct scenario *sc = parse(whole);
    free(whole);
    return sc;
}

static void open_world(struct world *w, const struct scenario *sc, const struct record *r,
                       uint64_t replication) {
    *w = (struct world){.sc = sc};
    for (size_t c = 0; c < sc->classes.count; c++)
        w->count += r->outcomes[c].count;
    w->tasks = mem_new(w->count, sizeof *w->tasks);
    struct task *t = w->tasks;
    for (size_t c = 0; c < sc->classes.count; c++) {
        struct source source;
        source_open(&source, &sc->classes.items[c], (uint64_t)sc->seed, replication, 0,
                    scenario_arrivals_end(sc));
        for (size_t i = 0; i < r->outcomes[c].count; i++, t++) {
            const struct step *step = &sc->classes.items[c].route.items[0];
            *t = (struct task){.at = r->outcomes[c].items[i].intended, .pool = step->pool};
            phases_of(t->length, step, source_demand_of(&source, r->outcomes[c].items[i].index));
        }
    }
}

/* Ends are rounded up to whole ns, and a chain of jobs that wait for one another adds that up. */
static void compare(const struct world *w, const struct record *r, int which) {
    const struct task *t = w->tasks;
    double most = 0;
    for (size_t c = 0; c < r->class_count; c++)
        for (size_t i = 0; i < r->outcomes[c].count; i++, t++) {
            const struct outcome *o = &r->outcomes[c].items[i];
            double off =
                fmax(fabs((double)o->started - t->started), fabs((double)o->ended - t->ended));
            most = fmax(most, off);
            if (!(off < 100))
                fail_msg("scenario %d, job %zu.%zu: %lld to %lld, by the reference %.3f to %.3f",
                         which, c, i, (long long)o->started, (long long)o->ended, t->started,
                         t->ended);
        }
    print_message("  scenario %d: %zu jobs, %.1f ns off at most\n", which, w->count, most);
}

static void test_against_the_reference(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++)
        for (uint64_t replication = 1; replication <= 3; replication++) {
            struct scenario *sc = scenario_of(mixed[i], RUN);
            struct trial trial = {
                .scenario = sc, .replication = replication, .keep_outcomes = true};
            struct world w;
            assert_non_null(recursion_misfit(sc));
            assert_true(sim_run(&trial));
            open_world(&w, sc, &trial.record, replication);
            assert_true(w.count > 100);
            play(&w);
            compare(&w, &trial.record, (int)i);
            free(w.tasks);
            record_close(&trial.record);
            scenario_free(sc);
        }
}

/* ---- exact answers and bounds ---------------------------------------------------------------- */

static struct result run_of(const struct scenario *sc, unsigned threads) {
    struct trial *trials = mem_new(REPLICATIONS, sizeof *trials);
    const struct record *records[REPLICATIONS];
    for (size_t i = 0; i < REPLICATIONS; i++) {
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1};
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, REPLICATIONS, threads, sim_run, NULL, NULL);
    struct result r;
    result_from_records(&r, sc, "sim", records, REPLICATIONS);
    for (size_t i = 0; i < REPLICATIONS; i++)
        record_close(&trials[i].record);
    free(trials);
    return r;
}

struct score {
    int figures, inside;
};

static struct score score;

static void figure(const char *what, struct figure f, double exact) {
    double error = (f.high - f.low) / 2 / stats_t(REPLICATIONS);
    score.figures++;
    score.inside += f.low <= exact && exact <= f.high;
    if (!(fabs(f.mean - exact) <= 6 * error || fabs(f.mean / exact - 1) <= 0.005))
        fail_msg("%s: %g (%g..%g), exactly %g", what, f.mean, f.low, f.high, exact);
}

/* Whatever a job is made of: one that is all serial meets the others in the lock alone. */
static void check_serial(struct oracle *o) {
    char law[200];
    double lambda = o->x[3];
    if (lambda > 0.85 || !oracle_law(law, sizeof law, o->word[1], o->x[2], 1))
        return;
    char *text =
        mem_format("arrivals: {poisson: {rate: %.12g/s}}\nservice: %s\ncpu: %s\nserial: 100%%\n"
                   "host: {cores: 1}\npool: {workers: 3000}\n",
                   lambda, law, o->row % 2 ? "0%" : "60%");
    char *run = mem_format("run: {duration: %.0fs, warmup: %.0fs, cooldown: 100000s, replications: "
                           "%d}\n",
                           30000 / lambda, 1500 / lambda, REPLICATIONS);
    struct scenario *sc = scenario_of(text, run);
    struct result r = run_of(sc, 2);
    figure(o->word[0], r.total.response.mean, o->x[6]);
    figure(o->word[0], r.total.in_system, o->x[8]);
    assert_true(r.total.wait.mean.mean == 0);
    result_free(&r);
    scenario_free(sc);
    free(text);
    free(run);
}

static void test_serial_is_mg1(void **state) {
    (void)state;
    struct oracle o;
    score = (struct score){0};
    assert_true(oracle_rows(&o, "tests/oracles/mg1.csv", 9, check_serial) > 20);
    print_message("%d of %d figures inside their interval\n", score.inside, score.figures);
    assert_true(score.figures > 30 && score.inside >= 0.9 * score.figures);
}

/* Amdahl: 20 % of 5 ms is 1000 jobs a second, however many workers; two cores do 400. */
static void test_bounds(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double throughput;
    } known[] = {
        {"serial: 20%\npool: {workers: 64, queue: {capacity: 10, when_full: reject}}\n", 1000},
        {"serial: 20%\ncpu: 100%\nhost: {cores: 2}\n"
         "pool: {workers: 64, queue: {capacity: 10, when_full: reject}}\n",
         400},
        {"cpu: 100%\nhost: {cores: 2}\n"
         "pool: {workers: 4, queue: {capacity: 10, when_full: reject}}\n",
         400},
        {"cpu: 20%\nhost: {cores: 2}\n"
         "pool: {workers: 64, queue: {capacity: 10, when_full: reject}}\n",
         2000},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char *text = mem_format("arrivals: {poisson: {rate: 6000/s}}\n"
                                "service: {exponential: {mean: 5ms}}\n%s",
                                known[i].text);
        struct scenario *sc = scenario_of(text, "run: {duration: 20s, warmup: 1s, replications: "
                                                "20}\n");
        struct result r = run_of(sc, 2);
        if (fabs(r.total.throughput.mean / known[i].throughput - 1) > 0.01)
            fail_msg("%s%g jobs/s, the bound is %g", known[i].text, r.total.throughput.mean,
                     known[i].throughput);
        assert_true(fabs(bounds_rate(sc, &sc->classes.items[0]) / known[i].throughput - 1) < 1e-9);
        result_free(&r);
        scenario_free(sc);
        free(text);
    }
}

/* ---- what must not change anything ----------------------------------------------------------- */

static void same_outcomes(const struct scenario *a, const struct scenario *b) {
    struct trial x = {.scenario = a, .replication = 1, .keep_outcomes = true};
    struct trial y = {.scenario = b, .replication = 1, .keep_outcomes = true};
    assert_true(sim_run(&x) && sim_run(&y));
    for (size_t c = 0; c < a->classes.count; c++) {
        const struct outcomes *o = &x.record.outcomes[c], *p = &y.record.outcomes[c];
        assert_true(o->count > 50);
        assert_int_equal(o->count, p->count);
        for (size_t i = 0; i < o->count; i++) {
            assert_int_equal(o->items[i].index, p->items[i].index);
            assert_int_equal(o->items[i].started, p->items[i].started);
            assert_int_equal(o->items[i].ended, p->items[i].ended);
            assert_int_equal(o->items[i].fate, p->items[i].fate);
        }
    }
    assert_true(x.record.classes[0].in_system.area == y.record.classes[0].in_system.area);
    record_close(&x.record);
    record_close(&y.record);
}

static const char *const pools[] = {
    "arrivals: {poisson: {rate: 900/s}}\npool: {workers: 6}\n",
    "arrivals: {poisson: {rate: 2000/s}}\npool: {workers: 6, queue: {capacity: 3, when_full: "
    "drop_oldest}}\n",
    "arrivals: {poisson: {rate: 2000/s}}\ntimeout: {queue: 4ms}\npool: {workers: 6, queue: {order: "
    "lifo}}\n",
    "arrivals: {closed: {clients: 9, think: {exponential: {mean: 1ms}}}}\npool: {workers: 6, "
    "queue: "
    "{capacity: 1, when_full: block}}\n",
    "arrivals: {closed: {clients: 9, think: {exponential: {mean: 1ms}}}}\npool: {workers: 6, "
    "queue: "
    "{capacity: 1, when_full: caller_runs}}\n",
    "arrivals: {poisson: {rate: 2000/s}}\npool: {workers: 6, queue: {capacity: 2, when_full: "
    "caller_runs}}\n",
};

/* With a core for everybody the host is ideal, whatever the pool does with its jobs. */
static void test_enough_cores_are_ideal(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        char *ideal = mem_format("%sservice: {exponential: {mean: 5ms}}\ncpu: 40%%\n", pools[i]);
        char *cores = mem_format("%shost: {cores: 16}\n", ideal);
        struct scenario *a = scenario_of(ideal, "run: {duration: 2s}\n");
        struct scenario *b = scenario_of(cores, "run: {duration: 2s}\n");
        assert_false(phases_meet(a));
        assert_true(phases_meet(b));
        same_outcomes(a, b);
        scenario_free(a);
        scenario_free(b);
        free(ideal);
        free(cores);
    }
}

static void same_figure(struct figure a, struct figure b) {
    assert_memory_equal(&a.mean, &b.mean, sizeof a.mean);
    assert_memory_equal(&a.low, &b.low, sizeof a.low);
}

/* Books and counts, at any number of threads the same; also of what ends in the middle. */
static void test_any_threads(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        char *text = mem_format("%sservice: {exponential: {mean: 5ms}}\ncpu: 70%%\nserial: 30%%\n"
                                "host: {cores: 2}\n",
                                pools[i]);
        struct scenario *sc =
            scenario_of(text, "run: {duration: 1s, cooldown: 1ms, replications: 20}\n");
        struct result one = run_of(sc, 1), many = run_of(sc, 4);
        assert_true(one.total.offered == many.total.offered && one.total.offered > 1000);
        assert_memory_equal(one.total.fates, many.total.fates, sizeof one.total.fates);
        same_figure(one.total.stay, many.total.stay);
        same_figure(one.total.throughput, many.total.throughput);
        same_figure(one.pools[0].utilisation, many.pools[0].utilisation);
        same_figure(one.total.in_system, many.total.in_system);
        assert_true(one.total.little.identity_holds);
        result_free(&one);
        result_free(&many);
        scenario_free(sc);
        free(text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_phases),
                                       cmocka_unit_test(test_against_the_reference),
                                       cmocka_unit_test(test_serial_is_mg1),
                                       cmocka_unit_test(test_bounds),
                                       cmocka_unit_test(test_enough_cores_are_ideal),
                                       cmocka_unit_test(test_any_threads)};
    return cmocka_run_group_tests_name("spend", tests, NULL, NULL);
}
