/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_contract: the hand-computed cases of tests/contract/cases.txt, against the station driven
 * directly, the simulator and (those marked `real yes`) the real pool.
 *
 * The first two must give the very same events in the very same order, counts and areas. The real
 * pool runs at SLOW times the case's times (20 ms become 240), all cases at once, as they only
 * sleep, but begun APART, as most begin with an arrival at 20 ms: the same events, each within half
 * the least gap of its instant, and the same counts. So does a thread per job, under a limit of as
 * many as the case has workers: the same semantics without a pool.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "model/mem.h"
#include "model/station.h"
#include "pool/bench.h"
#include "sim/sim.h"
#include "tests/drive.h"

enum { MS = 1000000, SLOW = 12, CLASSES = 4, JOBS = 12, EVENTS = 64, CASES = 200, LINE = 256 };
enum { APART = 12 * MS };

struct expected {
    int at;
    char job[16], what[16];
};

struct contract_case {
    char name[80];
    int workers, capacity, when_full, order, warmup, duration, cooldown;
    bool real;
    int classes;
    struct {
        char letter;
        int clients, think, takes; /* closed: clients > 0 */
        int patience;              /* 0: for ever */
        int priority;
        int jobs, at[JOBS], demand[JOBS];
    } class[CLASSES];
    struct expected events[EVENTS];
    int event_count;
    int offered, completed, rejected, dropped, in_flight, blocked, caller_ran, timed_out;
    long in_system, queue, busy;
};

static struct contract_case *cases;
static int case_count;

static int when_full_of(const char *word) {
    static const char *const words[] = {"block", "reject", "drop_oldest", "caller_runs"};
    for (int i = 0; i < 4; i++)
        if (!strcmp(word, words[i]))
            return i;
    fail_msg("unknown when_full '%s'", word);
    return 0;
}

static int class_of(struct contract_case *c, char letter) {
    for (int i = 0; i < c->classes; i++)
        if (c->class[i].letter == letter)
            return i;
    fail_msg("%s: no class %c", c->name, letter);
    return 0;
}

static void read_pool(struct contract_case *c, const char *line) {
    char capacity[24], when[24];
    assert_int_equal(
        sscanf(line, "pool workers=%d capacity=%23s when_full=%23s", &c->workers, capacity, when),
        3);
    c->capacity = !strcmp(capacity, "unbounded") ? -1 : atoi(capacity);
    c->when_full = when_full_of(when);
    c->order = strstr(line, "order=lifo")       ? STATION_LIFO
               : strstr(line, "order=priority") ? STATION_PRIORITY
                                                : STATION_FIFO;
}

/* The number behind `key` in a line; 0 where it is not there. */
static int number_at(const char *line, const char *key) {
    const char *at = strstr(line, key);
    return at ? atoi(at + strlen(key)) : 0;
}

static void read_job(struct contract_case *c, const char *line) {
    char letter;
    int at, takes;
    assert_int_equal(sscanf(line, "job %c at=%d takes=%d", &letter, &at, &takes), 3);
    int i = class_of(c, letter), n = c->class[i].jobs++;
    c->class[i].at[n] = at;
    c->class[i].demand[n] = takes;
}

static void read_line(struct contract_case *c, const char *line) {
    char letter;
    if (!strncmp(line, "pool ", 5)) {
        read_pool(c, line);
    } else if (!strncmp(line, "run ", 4)) {
        assert_int_equal(sscanf(line, "run warmup=%d duration=%d cooldown=%d", &c->warmup,
                                &c->duration, &c->cooldown),
                         3);
    } else if (sscanf(line, "class %c", &letter) == 1) {
        int i = c->classes++;
        c->class[i].letter = letter;
        sscanf(line, "class %*c closed clients=%d think=%d takes=%d", &c->class[i].clients,
               &c->class[i].think, &c->class[i].takes);
        c->class[i].patience = number_at(line, "patience=");
        c->class[i].priority = number_at(line, "priority=");
    } else if (!strncmp(line, "job ", 4)) {
        read_job(c, line);
    } else if (!strncmp(line, "real ", 5)) {
        c->real = !strncmp(line, "real yes", 8);
    } else if (!strncmp(line, "count ", 6)) {
        assert_true(sscanf(line,
                           "count offered=%d completed=%d rejected=%d dropped=%d in_flight=%d "
                           "blocked=%d caller_ran=%d timed_out=%d",
                           &c->offered, &c->completed, &c->rejected, &c->dropped, &c->in_flight,
                           &c->blocked, &c->caller_ran, &c->timed_out) >= 7);
    } else if (!strncmp(line, "area ", 5)) {
        assert_int_equal(sscanf(line, "area in_system=%ld queue=%ld busy=%ld", &c->in_system,
                                &c->queue, &c->busy),
                         3);
    } else {
        struct expected *e = &c->events[c->event_count];
        if (sscanf(line, "%d %15s %15s", &e->at, e->job, e->what) == 3)
            c->event_count++;
    }
}

static int read_cases(void **state) {
    (void)state;
    FILE *f = fopen("tests/contract/cases.txt", "re");
    char line[LINE];
    cases = mem_new(CASES, sizeof *cases);
    if (!f)
        return 1;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        const char *text = line + strspn(line, " ");
        if (!strncmp(text, "case ", 5))
            snprintf(cases[case_count++].name, sizeof cases->name, "%s", text + 5);
        else if (*text && *text != '#' && case_count)
            read_line(&cases[case_count - 1], text);
    }
    fclose(f);
    return 0;
}

static int free_cases(void **state) {
    (void)state;
    free(cases);
    return 0;
}

/* ---- the case as a scenario ------------------------------------------------------------------ */

static struct dist constant(double ns) {
    return (struct dist){.kind = DIST_CONSTANT, .a = ns};
}

static void make_class(struct class *class, const struct contract_case *c, int i, nsec ms) {
    class->name = mem_format("%c", c->class[i].letter);
    class->rate_scale = 1;
    class->rank = (uint8_t)c->class[i].priority;
    class->route.items = mem_new(1, sizeof(struct step));
    class->route.count = 1;
    struct step *step = class->route.items;
    step->pool_name = mem_text("pool");
    if (c->class[i].patience)
        class->timeout.queue = constant((double)(c->class[i].patience * ms));
    if (c->class[i].clients) {
        class->arrivals = (struct arrivals){.kind = ARRIVAL_CLOSED,
                                            .clients = c->class[i].clients,
                                            .think = constant((double)(c->class[i].think * ms))};
        step->service = constant((double)(c->class[i].takes * ms));
        return;
    }
    class->arrivals.kind = ARRIVAL_TRACE;
    class->arrivals.trace.count = (size_t)c->class[i].jobs;
    class->arrivals.trace.rows = mem_new((size_t)c->class[i].jobs, sizeof(struct trace_row));
    for (int k = 0; k < c->class[i].jobs; k++)
        class->arrivals.trace.rows[k] =
            (struct trace_row){c->class[i].at[k] * ms, c->class[i].demand[k] * ms};
    step->service.kind = DIST_TRACE;
}

static struct scenario *make_scenario(const struct contract_case *c, int slow) {
    nsec ms = (nsec)slow * MS;
    struct scenario *sc = mem_new(1, sizeof *sc);
    sc->name = mem_text(c->name);
    sc->seed = 1;
    sc->run = (struct run_spec){.duration = c->duration * ms,
                                .warmup = c->warmup * ms,
                                .cooldown = c->cooldown * ms,
                                .sample_every = c->duration * ms,
                                .kind = RUN_STEADY,
                                .until = COUNT_UNSET,
                                .replications = 1};
    sc->pools.items = mem_new(1, sizeof(struct pool_spec));
    sc->pools.count = 1;
    sc->pools.items[0] = (struct pool_spec){.name = mem_text("pool"),
                                            .workers = c->workers,
                                            .queue = {c->capacity, c->order, c->when_full}};
    sc->classes.items = mem_new((size_t)c->classes, sizeof(struct class));
    sc->classes.count = (size_t)c->classes;
    for (int i = 0; i < c->classes; i++)
        make_class(&sc->classes.items[i], c, i, ms);
    return sc;
}

/* ---- what an engine logged, in the words of the cases ---------------------------------------- */

static void word_of(const struct contract_case *c, const struct event *e, struct expected *out,
                    int slow) {
    static const char *const words[] = {"start",  "queue", "door",    "hold", "caller",
                                        "reject", "drop",  "timeout", "end"};
    bool closed = c->class[e->class].clients > 0;
    nsec ms = (nsec)slow * MS;
    out->at = (int)((e->at + (e->at < 0 ? -ms / 2 : ms / 2)) / ms);
    if (closed)
        snprintf(out->job, sizeof out->job, "%c%u.%u", c->class[e->class].letter,
                 (unsigned)(e->index >> 32) + 1, (unsigned)(e->index & UINT32_MAX) + 1);
    else
        snprintf(out->job, sizeof out->job, "%c%u", c->class[e->class].letter,
                 (unsigned)e->index + 1);
    snprintf(out->what, sizeof out->what, "%s", words[e->kind]);
}

static void check_events(const struct contract_case *c, const struct event_log *log) {
    for (int i = 0; i < c->event_count || i < (int)log->count; i++) {
        struct expected got = {0, "nothing", ""};
        const struct expected *want =
            i < c->event_count ? &c->events[i] : &(struct expected){0, "nothing", ""};
        if (i < (int)log->count)
            word_of(c, &log->items[i], &got, 1);
        if (got.at != want->at || strcmp(got.job, want->job) || strcmp(got.what, want->what))
            fail_msg("%s: event %d is '%d %s %s', expected '%d %s %s'", c->name, i + 1, got.at,
                     got.job, got.what, want->at, want->job, want->what);
    }
}

static void check_counts(const struct contract_case *c, const struct record *r) {
    uint64_t offered = 0, fates[FATES] = {0}, blocked = 0, caller = 0;
    for (size_t i = 0; i < r->class_count; i++) {
        offered += r->classes[i].offered;
        blocked += r->classes[i].blocked;
        caller += r->classes[i].caller_ran;
        for (int f = 0; f < FATES; f++)
            fates[f] += r->classes[i].fates[f];
        assert_true(r->classes[i].books == r->classes[i].in_system.area);
    }
    const int got[] = {(int)offered,
                       (int)fates[FATE_COMPLETED],
                       (int)fates[FATE_REJECTED],
                       (int)fates[FATE_DROPPED],
                       (int)fates[FATE_IN_FLIGHT],
                       (int)blocked,
                       (int)caller,
                       (int)fates[FATE_TIMED_OUT]};
    const int want[] = {c->offered,   c->completed, c->rejected,   c->dropped,
                        c->in_flight, c->blocked,   c->caller_ran, c->timed_out};
    static const char *const names[] = {"offered",   "completed", "rejected",   "dropped",
                                        "in_flight", "blocked",   "caller_ran", "timed_out"};
    for (int i = 0; i < 8; i++)
        if (got[i] != want[i])
            fail_msg("%s: %s %d, expected %d", c->name, names[i], got[i], want[i]);
}

static void check_areas(const struct contract_case *c, const struct record *r) {
    nsec_sum in_system = 0;
    for (size_t i = 0; i < r->class_count; i++)
        in_system += r->classes[i].in_system.area;
    const long got[] = {(long)(in_system / MS), (long)(r->pools[0].queue.area / MS),
                        (long)(r->pools[0].busy.area / MS)};
    const long want[] = {c->in_system, c->queue, c->busy};
    static const char *const names[] = {"in_system", "queue", "busy"};
    for (int i = 0; i < 3; i++)
        if (got[i] != want[i])
            fail_msg("%s: area %s %ld, expected %ld", c->name, names[i], got[i], want[i]);
}

/* ---- the three ways to run a case ------------------------------------------------------------ */

static void run_exact(const struct contract_case *c, engine_fn *run) {
    struct scenario *sc = make_scenario(c, 1);
    struct event_log log = {0};
    struct trial trial = {.scenario = sc, .replication = 1, .log = &log};
    assert_true(run(&trial));
    check_events(c, &log);
    check_counts(c, &trial.record);
    check_areas(c, &trial.record);
    record_close(&trial.record);
    scenario_free(sc);
    free(log.items);
}

static void test_there_are_enough(void **state) {
    (void)state;
    int real = 0;
    for (int i = 0; i < case_count; i++)
        real += cases[i].real;
    assert_true(case_count >= 40);
    assert_true(real >= 22);
}

static void test_station(void **state) {
    (void)state;
    for (int i = 0; i < case_count; i++)
        run_exact(&cases[i], drive_run);
}

static void test_simulator(void **state) {
    (void)state;
    for (int i = 0; i < case_count; i++)
        run_exact(&cases[i], sim_run);
}

struct real_run {
    struct scenario *scenario;
    struct trial trial;
    struct event_log log;
    pthread_t thread;
    bool ok;
};

static void *run_real(void *context) {
    struct real_run *r = context;
    r->trial = (struct trial){.scenario = r->scenario, .replication = 1, .log = &r->log};
    r->ok = bench_run(&r->trial);
    return NULL;
}

/* Does the run stop at the end before this start? A new thread's comes later by its creation, and
 * may not be seen any more. */
static bool after_the_last_end(const struct contract_case *c, int event) {
    return event == c->event_count - 1 && !strcmp(c->events[event].what, "start");
}

/* Each expected event once, near its instant; and no other. */
static void check_real_events(const struct contract_case *c, const struct event_log *log,
                              enum threads_kind threads) {
    int missing = 0;
    bool used[EVENTS] = {false};
    assert_true(log->count <= EVENTS);
    for (int i = 0; i < c->event_count; i++) {
        bool found = false;
        const struct expected *want = &c->events[i];
        for (size_t k = 0; k < log->count && !found; k++) {
            struct expected got;
            word_of(c, &log->items[k], &got, SLOW);
            found = !used[k] && abs(got.at - want->at) < 10 && !strcmp(got.job, want->job) &&
                    !strcmp(got.what, want->what);
            used[k] = used[k] || found;
        }
        missing += !found;
        if (!found && (threads == THREADS_POOLED || !after_the_last_end(c, i)))
            fail_msg("%s: the real pool has no '%d %s %s'", c->name, want->at, want->job,
                     want->what);
    }
    if ((int)log->count != c->event_count - missing)
        fail_msg("%s: the real pool has %zu events, expected %d", c->name, log->count,
                 c->event_count);
}

static void run_all_real(enum threads_kind threads) {
    struct real_run *runs = mem_new((size_t)case_count, sizeof *runs);
    for (int i = 0; i < case_count; i++)
        if (cases[i].real) {
            runs[i].scenario = make_scenario(&cases[i], SLOW);
            runs[i].scenario->pools.items[0].threads =
                (struct threads_spec){.kind = threads, .limit = cases[i].workers};
            assert_int_equal(pthread_create(&runs[i].thread, NULL, run_real, &runs[i]), 0);
            nanosleep(&(struct timespec){0, APART}, NULL);
        }
    for (int i = 0; i < case_count; i++)
        if (cases[i].real)
            pthread_join(runs[i].thread, NULL);
    for (int i = 0; i < case_count; i++) {
        if (!cases[i].real)
            continue;
        if (!runs[i].ok)
            fail_msg("%s: %s", cases[i].name, runs[i].trial.failure);
        check_real_events(&cases[i], &runs[i].log, threads);
        check_counts(&cases[i], &runs[i].trial.record);
        bench_report_free(runs[i].trial.details);
        record_close(&runs[i].trial.record);
        scenario_free(runs[i].scenario);
        free(runs[i].log.items);
    }
    free(runs);
}

static void test_real_pool(void **state) {
    (void)state;
    run_all_real(THREADS_POOLED);
}

static void test_thread_per_job(void **state) {
    (void)state;
    run_all_real(THREADS_PER_JOB);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_are_enough), cmocka_unit_test(test_station),
        cmocka_unit_test(test_simulator),        cmocka_unit_test(test_real_pool),
        cmocka_unit_test(test_thread_per_job),
    };
    return cmocka_run_group_tests_name("contract", tests, read_cases, free_cases);
}
