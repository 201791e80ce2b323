/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_processor: the simulated host's cores, alone: against a fluid that is followed from event to
 * event in floating point, on random sets of jobs and 1 to 8 cores; that no work is lost or made
 * up; at the widest numbers; and in the simulator against exact answers of M/G/1-PS
 * (tests/oracles/ps.csv: any law of service has the same mean, and E[T(x)] = x / (1 - rho);
 * Coffman, Muntz and Trotter, "Waiting time distributions for processor-sharing systems", 1970, for
 * the variance of exponential services).
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

#include "model/mem.h"
#include "model/models.h"
#include "model/result.h"
#include "model/source.h"
#include "model/stats.h"
#include "model/theory.h"
#include "sim/processor.h"
#include "sim/sim.h"
#include "tests/parse.h"

enum { SETS = 400, MOST = 64, REPLICATIONS = 20, JOBS = 40000, POINTS = 5 };

static void test_known_answer(void **state) {
    (void)state;
    struct processor p;
    assert_true(processor_open(&p, 1, 2, 0));
    assert_true(p.next == NSEC_NEVER);
    processor_add(&p, 0, 3, 0);
    processor_add(&p, 0, 1, 1);
    assert_int_equal(p.next, 2);
    assert_int_equal(processor_take(&p), 1);
    assert_int_equal(p.next, 4);
    assert_int_equal(processor_take(&p), 0);
    assert_true(p.next == NSEC_NEVER);
    processor_close(&p);
}

/* ---- against the fluid ----------------------------------------------------------------------- */

struct task {
    nsec at, work, end; /* end: the processor's */
    double left, exact; /* the fluid's */
};

static uint64_t dice(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Jobs in the order of their begin; many meet, some begin at one instant, some want nothing. */
static int make_jobs(struct task jobs[MOST], uint64_t *state, nsec from) {
    int count = 1 + (int)(dice(state) % MOST);
    nsec at = from, longest = dice(state) % 2 ? 20 : 1000000;
    for (int i = 0; i < count; i++) {
        at += dice(state) % 3 ? (nsec)(dice(state) % (uint64_t)longest) : 0;
        jobs[i] = (struct task){.at = at, .work = (nsec)(dice(state) % (uint64_t)(4 * longest))};
    }
    return count;
}

/* From event to event: each who computes gets min(1, cores / n). */
static void fluid(struct task *jobs, int count, int cores) {
    double now = (double)jobs[0].at;
    for (int i = 0; i < count; i++)
        jobs[i].exact = NAN;
    for (int come = 0;;) {
        int n = 0;
        double least = INFINITY;
        for (int i = 0; i < come; i++)
            if (isnan(jobs[i].exact)) {
                n++;
                least = fmin(least, jobs[i].left);
            }
        double rate = n > cores ? (double)cores / n : 1;
        double next = come < count ? (double)jobs[come].at : INFINITY;
        if (n == 0 && come == count)
            return;
        double step = fmin(next - now, n ? least / rate : INFINITY);
        for (int i = 0; i < come; i++)
            if (isnan(jobs[i].exact)) {
                jobs[i].left -= step * rate;
                if (jobs[i].left <= 1e-9)
                    jobs[i].exact = now + step;
            }
        now += step;
        for (; come < count && (double)jobs[come].at <= now; come++)
            jobs[come].left = (double)jobs[come].work;
    }
}

static void processed(struct task *jobs, int count, int cores) {
    struct processor p;
    assert_true(processor_open(&p, (uint32_t)cores, MOST, jobs[0].at - 5));
    for (int come = 0, gone = 0; gone < count;) {
        if (come < count && jobs[come].at < p.next) {
            processor_add(&p, jobs[come].at, jobs[come].work, (uint32_t)come);
            come++;
        } else {
            nsec at = p.next;
            jobs[processor_take(&p)].end = at;
            gone++;
        }
    }
    assert_true(p.next == NSEC_NEVER && p.count == 0);
    processor_close(&p);
}

/* A finish is told at the next whole nanosecond. Who begins at that one meets who has ended within
 * it: the fluid may be a little ahead, by less than a nanosecond a time. */
static void test_against_the_fluid(void **state) {
    (void)state;
    uint64_t seed = 2385;
    double late = 0, most = 0;
    int all = 0;
    for (int set = 0; set < SETS; set++) {
        struct task jobs[MOST];
        int cores = 1 + set % 8, count = make_jobs(jobs, &seed, set % 3 ? 0 : -1000000);
        fluid(jobs, count, cores);
        processed(jobs, count, cores);
        for (int i = 0; i < count; i++) {
            double off = (double)jobs[i].end - jobs[i].exact;
            if (off < -1e-3 || off > 1.5)
                fail_msg("set %d, %d cores, job %d: ends at %lld, exactly %.6f", set, cores, i,
                         (long long)jobs[i].end, jobs[i].exact);
            late += off;
            most = fmax(most, off);
            all++;
        }
    }
    print_message("%d jobs, %.2f ns late on the mean, %.3f ns at most\n", all, late / all, most);
    assert_true(late / all < 0.6);
}

/* One busy period of a hundred thousand jobs: its length is their work over the cores, to a
 * nanosecond. So nothing adds up. */
static void test_conservation(void **state) {
    (void)state;
    enum { COUNT = 100000, AT_ONCE = 100 };
    for (uint32_t cores = 1; cores <= 8; cores++) {
        struct processor p;
        uint64_t seed = cores;
        nsec now = 0, all = 0;
        assert_true(processor_open(&p, cores, AT_ONCE, 0));
        for (int i = 0; i < COUNT; i++) {
            if (i >= AT_ONCE) {
                now = p.next;
                processor_take(&p);
            }
            nsec work = 1000 + (nsec)(dice(&seed) % 10000);
            all += work;
            processor_add(&p, now, work, (uint32_t)(i % AT_ONCE));
        }
        while (p.count > cores) {
            now = p.next;
            processor_take(&p);
        }
        /* what is left of the last few, of which each has a core */
        double left = 0;
        for (uint32_t i = 1; i <= p.count; i++)
            left += ldexp((double)(p.heap[i].finish - p.clock), -32);
        double done = (double)now * cores;
        assert_true(fabs(done + left - (double)all) < 2 * cores + 1);
        processor_close(&p);
    }
}

static void test_widest(void **state) {
    (void)state;
    struct processor p;
    enum { MANY = 1 << 20 };
    assert_true(processor_open(&p, 1, MANY, -NSEC_LONGEST));
    for (uint32_t i = 0; i < MANY; i++)
        processor_add(&p, 0, NSEC_LONGEST / MANY, i);
    assert_true(p.next <= NSEC_LONGEST && p.next > NSEC_LONGEST - MANY);
    assert_int_equal(processor_take(&p), 0); /* who began first */
    processor_add(&p, p.next, NSEC_LONGEST, MANY - 1);
    for (uint32_t i = 1; i < MANY; i++)
        assert_int_equal(processor_take(&p), i);
    assert_true(p.next > 2 * NSEC_LONGEST - 2 * MANY && p.next <= 2 * NSEC_LONGEST);
    processor_close(&p);
}

/* ---- M/G/1-PS -------------------------------------------------------------------------------- */

struct score {
    int figures, inside;
};

/* One figure of each replication, and the exact answer. */
static void check(struct score *score, const char *what, const double *each, double exact) {
    double sum = 0, squares = 0;
    for (int i = 0; i < REPLICATIONS; i++)
        sum += each[i];
    double mean = sum / REPLICATIONS;
    for (int i = 0; i < REPLICATIONS; i++)
        squares += (each[i] - mean) * (each[i] - mean);
    double error = sqrt(squares / (REPLICATIONS - 1) / REPLICATIONS);
    score->figures++;
    score->inside += fabs(mean - exact) <= stats_t(REPLICATIONS) * error;
    if (fabs(mean - exact) > 6 * error && fabs(mean / exact - 1) > 0.005)
        fail_msg("%s: %g +- %g, exactly %g", what, mean, error, exact);
}

static const double at[POINTS] = {0.1, 0.5, 1, 2, 5};

struct measured {
    double mean[REPLICATIONS], variance[REPLICATIONS], level[REPLICATIONS];
    double by[POINTS][REPLICATIONS];        /* E[T(x)]: of jobs within 10 % of x, over their work */
    double variances[POINTS][REPLICATIONS]; /* Var[T(x)], of jobs within 2 % */
};

/* T(x) is linear in x on the mean, so a bin has it exactly: the sum of T over that of x. Its
 * variance about that line is near enough Var[T(x)] in the middle of a narrow bin. */
static void measure(struct measured *m, int r, const struct scenario *sc,
                    const struct record *record, double rho) {
    const struct outcomes *o = &record->outcomes[0];
    double sum = 0, squares = 0, t[POINTS] = {0}, x[POINTS] = {0}, v[POINTS] = {0};
    int n[POINTS] = {0};
    struct source source;
    source_open(&source, &sc->classes.items[0], (uint64_t)sc->seed, (uint64_t)r + 1,
                -sc->run.warmup, INT64_MAX);
    for (size_t i = 0; i < o->count; i++) {
        double response = nsec_seconds(o->items[i].response);
        double work = nsec_seconds(source_demand_of(&source, o->items[i].index));
        sum += response;
        squares += response * response;
        for (int k = 0; k < POINTS; k++) {
            double away = fabs(work / at[k] - 1);
            t[k] += away < 0.1 ? response : 0;
            x[k] += away < 0.1 ? work : 0;
            v[k] += away < 0.02 ? pow(response - work / (1 - rho), 2) : 0;
            n[k] += away < 0.02;
        }
    }
    double mean = sum / (double)o->count;
    m->mean[r] = mean;
    m->variance[r] = squares / (double)o->count - mean * mean;
    m->level[r] = (double)record->classes[0].in_system.area / (double)record->horizon;
    for (int k = 0; k < POINTS; k++) {
        m->by[k][r] = x[k] > 0 ? at[k] * t[k] / x[k] : NAN;
        m->variances[k][r] = n[k] ? v[k] / n[k] : NAN;
    }
}

static void simulate(struct measured *m, const char *service, double rho) {
    char *text = mem_format(
        "headroom: 1\nname: ps\nseed: 11\narrivals: {poisson: {rate: %g/s}}\nservice: %s\n"
        "cpu: 100%%\nhost: {cores: 1}\npool: {workers: 1000}\n"
        "run: {duration: %.0fs, warmup: %.0fs, cooldown: 100000s, replications: %d}\n",
        rho, service, JOBS / rho, 0.05 * JOBS / rho, REPLICATIONS);
    struct scenario *sc = parse(text);
    struct trial *trials = mem_new(REPLICATIONS, sizeof *trials);
    for (size_t i = 0; i < REPLICATIONS; i++)
        trials[i] = (struct trial){.scenario = sc, .replication = i + 1, .keep_outcomes = true};
    sim_replicate(trials, REPLICATIONS, 2, sim_run, NULL, NULL);
    for (int i = 0; i < REPLICATIONS; i++) {
        assert_int_equal(trials[i].state, TRIAL_DONE);
        measure(m, i, sc, &trials[i].record, rho);
        record_close(&trials[i].record);
    }
    free(trials);
    free(text);
    scenario_free(sc);
}

static const char *const laws[] = {"{exponential: {mean: 1s}}", "{constant: 1s}",
                                   "{lognormal: {mean: 1s, cv: 1.5}}"};

static void check_case(struct score *score, const double cell[15]) {
    struct measured *m = mem_new(1, sizeof *m);
    char what[80];
    for (size_t law = 0; law < sizeof laws / sizeof *laws; law++) {
        simulate(m, laws[law], cell[1]);
        snprintf(what, sizeof what, "rho %g, %s, mean", cell[1], laws[law]);
        check(score, what, m->mean, cell[2]);
        check(score, what, m->level, cell[4]);
        for (int k = 0; k < POINTS && law != 1; k++)
            check(score, what, m->by[k], cell[5 + k]);
        if (law > 0)
            continue;
        snprintf(what, sizeof what, "rho %g, variance", cell[1]);
        check(score, what, m->variance, cell[3]);
        for (int k = 0; k < POINTS; k++)
            check(score, what, m->variances[k], cell[10 + k]);
    }
    free(m);
}

static void test_mg1_ps(void **state) {
    (void)state;
    struct score score = {0};
    char line[400];
    int cases = 0;
    FILE *from = fopen("tests/oracles/ps.csv", "re");
    assert_non_null(from);
    assert_non_null(fgets(line, sizeof line, from));
    while (fgets(line, sizeof line, from)) {
        double cell[15] = {0};
        char *rest = line;
        for (int i = 0; i < 15; i++)
            cell[i] = strtod(strsep(&rest, ","), NULL);
        check_case(&score, cell);
        cases++;
    }
    fclose(from);
    print_message("%d cases, %d of %d figures inside their interval\n", cases, score.inside,
                  score.figures);
    assert_int_equal(cases, 3);
    assert_true(score.inside >= 0.9 * score.figures);
}

/* ---- what theory says ------------------------------------------------------------------------ */

static void theory_is(const char *text, const char *name, enum theory_mark mark, double response,
                      double in_system) {
    struct scenario *sc = parse(text);
    struct theory t;
    theory_of(&t, sc);
    if (t.reason)
        fail_msg("%s: %s", text, t.reason);
    assert_string_equal(t.name, name);
    assert_int_equal(t.response_mean.mark, mark);
    if (fabs(t.response_mean.value / response - 1) > 1e-9 ||
        fabs(t.in_system.value / in_system - 1) > 1e-9)
        fail_msg("%s: response %.12g, in system %.12g", text, t.response_mean.value,
                 t.in_system.value);
    assert_int_equal(t.response[0].mark, THEORY_NONE);
    theory_free(&t);
    scenario_free(sc);
}

#define AT(rate) "headroom: 1\nname: t\narrivals: {poisson: {rate: " rate "/s}}\n"
#define EXPONENTIAL "service: {exponential: {mean: 1s}}\n"

/* M/M/2 at 1.4: 2.74509803921569 in the system, 1.96078431372549 s (tests/oracles/mmc.csv). Of
 * jobs that compute 40 % of 2.5 s as much, and 1.5 s of waiting besides. */
static void test_theory(void **state) {
    (void)state;
    theory_is(AT("0.8") "service: {lognormal: {mean: 1s, cv: 2}}\ncpu: 100%\nhost: {cores: 1}\n"
                        "pool: {workers: 200}\n",
              "M/G/1-PS", THEORY_EXACT, 5, 4);
    theory_is(AT("0.8") "service: {lognormal: {mean: 1s, cv: 2}}\ncpu: 100%\nhost: {cores: 1}\n"
                        "pool: {workers: 20}\n",
              "M/G/1-PS", THEORY_ABOUT, 5, 4);
    theory_is(AT("1.4") EXPONENTIAL "cpu: 100%\nhost: {cores: 2}\npool: {workers: 3}\n", "M/M/2-PS",
              THEORY_EXACT, 1.96078431372549, 2.74509803921569);
    theory_is(AT("1.4") "service: {gamma: {mean: 2.5s, cv: 2}}\ncpu: 40%\nhost: {cores: 2}\n"
                        "pool: {workers: 90}\n",
              "M/G/2-PS", THEORY_EXACT, 1.96078431372549 + 1.5, 2.74509803921569 + 2.1);
    theory_is("headroom: 1\nname: t\narrivals: {closed: {clients: 1, think: {constant: 1s}}}\n"
              "service: {constant: 1s}\ncpu: 50%\nhost: {cores: 1}\npool: {workers: 2}\n",
              "G/D/1-PS//1", THEORY_EXACT, 1, 0.5);
}

/* The bounds of closed clients know the cores, too: 80 of them, 4 workers, 2 cores, 5 ms. */
static void test_closed_bounds(void **state) {
    (void)state;
    struct scenario *sc =
        parse("headroom: 1\nname: t\narrivals: {closed: {clients: 80, think: {constant: 20ms}}}\n"
              "service: {constant: 5ms}\ncpu: 100%\nhost: {cores: 2}\npool: {workers: 4}\n");
    struct facts f;
    struct theory t = {0};
    facts_of(&f, sc, 0);
    const struct model *bounds = models;
    while (strcmp(bounds->method, "bounds"))
        bounds++;
    assert_null(model_refuses(bounds, &f));
    model_answer(&t, bounds, &f);
    assert_true(fabs(t.throughput.value - 400) < 1e-9);
    theory_free(&t);
    facts_free(&f);
    scenario_free(sc);
}

static void theory_refuses(const char *text, const char *why) {
    struct scenario *sc = parse(text);
    struct theory t;
    theory_of(&t, sc);
    assert_non_null(t.reason);
    if (!strstr(t.reason, why))
        fail_msg("%s: %s", text, t.reason);
    theory_free(&t);
    scenario_free(sc);
}

static void test_theory_refuses(void **state) {
    (void)state;
    theory_refuses(AT("2.1") EXPONENTIAL "cpu: 100%\nhost: {cores: 2}\npool: {workers: 3}\n",
                   "more computing than the host's cores");
    theory_refuses(AT("1.4") EXPONENTIAL "serial: 20%\npool: {workers: 3}\n", "serial");
    theory_refuses(AT("1.4") EXPONENTIAL "cpu: 10%\nhost: {cores: 2}\n"
                                         "pool: {workers: 3, queue: {capacity: 1, when_full: "
                                         "reject}}\n",
                   "share the host's cores");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answer),  cmocka_unit_test(test_against_the_fluid),
        cmocka_unit_test(test_conservation),  cmocka_unit_test(test_widest),
        cmocka_unit_test(test_mg1_ps),        cmocka_unit_test(test_theory),
        cmocka_unit_test(test_closed_bounds), cmocka_unit_test(test_theory_refuses)};
    return cmocka_run_group_tests_name("processor", tests, NULL, NULL);
}
