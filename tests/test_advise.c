/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_advise: small scenarios, and the advice that each must get: which kinds, all of them and no
 * other, and the figures in it, computed by hand from the rules of scenarios/README.md, "Advice".
 * Each rule has a scenario on either side of its threshold. And the shipped scenarios: the sound
 * ones get none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/advise.h"
#include "model/mem.h"
#include "tests/parse.h"

struct heard {
    char kinds[400]; /* "load warmup" */
    char text[4000];
    size_t longest;
};

static void hear(void *context, enum advice_kind kind, char *text) {
    struct heard *h = context;
    size_t k = strlen(h->kinds), t = strlen(h->text);
    snprintf(h->kinds + k, sizeof h->kinds - k, "%s%s", k ? " " : "", advice_word(kind));
    snprintf(h->text + t, sizeof h->text - t, "%s\n", text);
    h->longest = strlen(text) > h->longest ? strlen(text) : h->longest;
    free(text);
}

static struct heard advice_on(struct scenario *sc, int cores) {
    struct heard h = {.longest = 0};
    advise_scenario(sc, hear, &h);
    advise_cores(sc, cores, hear, &h);
    return h;
}

struct advice_case {
    const char *arrivals, *service, *pool, *rest;
    const char *kinds;
    const char *says; /* figures, or NULL */
};

#define FIVE "{exponential: {mean: 5ms}}"
#define HUNDRED "{exponential: {mean: 100ms}}"

static const struct advice_case cases[] = {
    /* sound: 50 % busy, the warm-up of 1 s is many time constants */
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 1}", "", "", NULL},
    /* load: 15 workers' worth on 16; at 12.8, that is 80 %, not yet */
    {"{poisson: {rate: 150/s}}", HUNDRED, "{workers: 16, queue: {capacity: 5}}",
     "run: {duration: 100s, warmup: 90s}", "load",
     "15 workers' worth of work on 16 workers: 94 % busy; +30 % would be 20, the 70-80 % rule "
     "gives "
     "19 to 22"},
    {"{poisson: {rate: 128/s}}", HUNDRED, "{workers: 16, queue: {capacity: 5}}",
     "run: {duration: 100s, warmup: 90s}", "", NULL},
    /* ... and a large pool at 90 % has 4 sqrt(a) to spare */
    {"{poisson: {rate: 16000/s}}", HUNDRED, "{workers: 1780, queue: {capacity: 5}}",
     "run: {warmup: 9s}", "", NULL},
    {"{poisson: {rate: 200/s}}", HUNDRED, "{workers: 16, queue: {capacity: 5}}", "", "load",
     "20 workers' worth of work on 16 workers: 20 % is more than they can do; +30 % would be 26"},
    /* tail: median 5 ms and p99 80 ms: sigma = ln 16 / 2.3263 = 1.1918, mean = 5 e^0.7102 = 10.17
     */
    {"{poisson: {rate: 1000/s}}", "{lognormal: {median: 5ms, p99: 80ms}}",
     "{workers: 14, queue: {capacity: 9}}", "", "tail",
     "median 5 ms, mean 10.17 ms: sized by the median 5 workers would do, by the mean 10.17 are"},
    {"{poisson: {rate: 1000/s}}", "{lognormal: {median: 5ms, p99: 80ms}}",
     "{workers: 20, queue: {capacity: 9}}", "", "", NULL},
    /* batch: 50 at once; 42 find room */
    {"{batch: {every: 1s, size: {constant: 50}}}", FIVE, "{workers: 32, queue: {capacity: 10}}", "",
     "batch",
     "a batch of 50 ('jobs') finds room for 42 at most (32 workers, queue 10): at least 8"},
    {"{batch: {every: 1s, size: {constant: 50}}}", FIVE, "{workers: 16}", "slo: {p99: 15ms}",
     "batch slo",
     "on 16 workers takes 4 service times, 20 ms, and slo and timeout allow 15 ms; for one"},
    {"{batch: {every: 1s, size: {constant: 50}}}", FIVE, "{workers: 16}", "slo: {p99: 25ms}", "",
     NULL},
    /* queue: 400 x 100 ms / 10 = 4 s; (0.8 - 0.1) x 10 / 0.1 = 70 */
    {"{poisson: {rate: 50/s}}", HUNDRED, "{workers: 10, queue: {capacity: 400}}",
     "slo: {p99: 800ms}", "queue",
     "the last of 400 places waits about 4 s, slo and timeout allow 800 ms: it is served in vain; "
     "a queue "
     "of 70 would do"},
    {"{poisson: {rate: 50/s}}", HUNDRED, "{workers: 10, queue: {capacity: 80}}",
     "slo: {p99: 800ms}", "", NULL},
    /* unbounded: M/M/1 at 95 %: rho^2 / (1 - rho) = 18.05 wait */
    {"{poisson: {rate: 190/s}}", FIVE, "{workers: 1}", "run: {duration: 300s, warmup: 100s}",
     "load unbounded", "at 95 % load about 18 jobs wait on average"},
    {"{poisson: {rate: 178/s}}", FIVE, "{workers: 1}", "run: {duration: 300s, warmup: 100s}",
     "load", NULL},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 1, queue: {capacity: 7, when_full: block}}", "",
     "unbounded", "open arrivals ('jobs') wait at its door"},
    /* steady: 210/s on 200/s */
    {"{poisson: {rate: 210/s}}", FIVE, "{workers: 1}", "", "steady",
     "1.05 workers' worth of load on 1; about 10 jobs/s pile up"},
    /* cores: 8 workers, 2 cores (given to advise_cores) */
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 8}", "cpu: 100%", "cores",
     "its 8 workers compute 100 % of their time on 2 cores: beyond 2 workers"},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 2}", "cpu: 100%", "", NULL},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 8}", "cpu: 100%\nhost: {cores: 8}", "", NULL},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 8}", "cpu: 100%\nhost: {cores: 3}", "cores",
     "on 3 cores: beyond 3 workers they take turns"},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 8}", "cpu: 50%", "cores", "say host.cores"},
    /* processor: 170/s x 5 ms on one core is 85 % */
    {"{poisson: {rate: 170/s}}", FIVE, "{workers: 8}", "cpu: 100%\nhost: {cores: 1}",
     "processor cores", "no number of workers does more than 200 jobs/s"},
    {"{poisson: {rate: 150/s}}", FIVE, "{workers: 8}", "cpu: 100%\nhost: {cores: 1}", "cores",
     NULL},
    {"{poisson: {rate: 210/s}}", FIVE, "{workers: 8}", "cpu: 100%\nhost: {cores: 1}",
     "steady cores", "1.05 cores' worth of computing on 1 (host.cores)"},
    {"{poisson: {rate: 210/s}}", FIVE, "{workers: 8, queue: {capacity: 1, when_full: reject}}",
     "cpu: 100%\nhost: {cores: 1}", "processor cores",
     "want 1.05 cores' worth of computing, the host has 1 (host.cores)"},
    /* serial: 900/s x 5 ms x 20 % is 90 % of the lock's time */
    {"{poisson: {rate: 900/s}}", FIVE, "{workers: 20}", "serial: 20%", "serial",
     "no number of workers does more than 1000 jobs/s"},
    {"{poisson: {rate: 700/s}}", FIVE, "{workers: 20}", "serial: 20%", "", NULL},
    {"{poisson: {rate: 1100/s}}", FIVE, "{workers: 20}", "serial: 20%", "steady",
     "its lock is wanted 110 % of the time"},
    /* jobs: p999 wants 5000, 10/s x 10 s x 10 are 1000 */
    {"{poisson: {rate: 10/s}}", FIVE, "{workers: 1}", "slo: {p999: 1s}", "jobs",
     "slo p999 wants 5,000 jobs, this run has about 1,000: take 5 times the duration"},
    {"{poisson: {rate: 10/s}}", FIVE, "{workers: 1}", "slo: {p99: 1s}", "", NULL},
    /* closed: 50 / (100 ms + 5 ms) = 476.2/s */
    {"{closed: {clients: 50, think: {constant: 100ms}}}", FIVE, "{workers: 8}", "slo: {p99: 1s}",
     "closed",
     "the 50 clients of 'jobs' slow down with the pool: the slo is not what independent "
     "users at 476.2/s would see"},
    {"{closed: {clients: 50, think: {constant: 100ms}}}", FIVE, "{workers: 8}", "", "", NULL},
    /* warmup: M/M/1 at 81 %: 5 ms / (1 - 0.9)^2 = 0.5 s; a bounded queue is crossed sooner */
    {"{poisson: {rate: 162/s}}", FIVE, "{workers: 1}", "run: {warmup: 990ms}", "load warmup",
     "at 81 % load settles with a time constant of about 500 ms: a warm-up of 990 ms is short, "
     "take "
     "1 s"},
    {"{poisson: {rate: 162/s}}", FIVE, "{workers: 1}", "run: {warmup: 1010ms}", "load", NULL},
    {"{poisson: {rate: 162/s}}", FIVE, "{workers: 1, queue: {capacity: 4}}", "run: {warmup: 200ms}",
     "load", NULL},
    /* short */
    {"{poisson: {rate: 1000/s}}", "{exponential: {mean: 900ns}}", "{workers: 1}", "", "short",
     "a mean service of 900 ns is below 1 us"},
    {"{poisson: {rate: 1000/s}}", "{exponential: {mean: 1us}}", "{workers: 1}", "", "", NULL},
    {"{renewal: {gap: {constant: 800ns}}}", "{constant: 1us}", "{workers: 8}",
     "run: {duration: 100ms}", "short", "a mean gap of 800 ns"},
    /* hand-over */
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 2, queue: {capacity: 0, when_full: drop_oldest}}",
     "", "hand-over", "drop_oldest is reject"},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 2, queue: {capacity: 1, when_full: drop_oldest}}",
     "", "", NULL},
    /* slo: an exponential p99 is ln 100 = 4.605 means */
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 2}", "slo: {p99: 23ms}", "slo",
     "slo p99 <= 23 ms: the service's own p99 is 23.03 ms, and no response is shorter"},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 2}", "slo: {p99: 24ms}", "", NULL},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 2}", "slo: {mean: 4ms}", "slo",
     "the service's own mean is 5 ms"},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 1}", "slo: {utilisation: 40%}", "slo",
     "pool 'pool' has 0.5 workers' worth of work on 1, 50.0 % busy; it takes 2 workers"},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 1}", "slo: {utilisation: 50%}", "", NULL},
    {"{poisson: {rate: 100/s}}", FIVE, "{workers: 1}", "slo: {throughput: 120/s}", "slo",
     "slo throughput >= 120/s: only 100/s are offered"},
    {"{poisson: {rate: 200/s}}", HUNDRED, "{workers: 16, queue: {capacity: 5}}",
     "slo: {rejected: 19%}", "load slo", "at least 20 % of the jobs are lost in the long run"},
    {"{poisson: {rate: 200/s}}", HUNDRED, "{workers: 16, queue: {capacity: 5}}",
     "slo: {rejected: 21%}", "load", NULL},
};

/* Two lines of 100 columns behind a label of 13, the first one cut at a blank. */
enum { LONGEST = 172 };

static void test_cases(void **state) {
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct advice_case *c = &cases[i];
        char *text = mem_format("headroom: 1\nname: t\narrivals: %s\nservice: %s\npool: %s\n%s\n",
                                c->arrivals, c->service, c->pool, c->rest);
        struct scenario *sc = parse(text);
        struct heard h = advice_on(sc, 2);
        bool right = !strcmp(h.kinds, c->kinds) && (!c->says || strstr(h.text, c->says)) &&
                     h.longest <= LONGEST;
        if (!right)
            print_error("case %zu, %s %s\n  kinds '%s', expected '%s'\n  expected: %s\n%s", i,
                        c->arrivals, c->pool, h.kinds, c->kinds, c->says ? c->says : "", h.text);
        bad += !right;
        scenario_free(sc);
        free(text);
    }
    assert_int_equal(bad, 0);
}

/* Two classes of one pool count together; another pool's do not; a class's own p99 is its deadline.
 */
static void test_whole_form(void **state) {
    (void)state;
    struct scenario *sc = parse(
        "headroom: 1\nname: t\nclasses:\n"
        "  - {name: a, arrivals: {poisson: {rate: 100/s}}, route: [{pool: p, service: {constant: "
        "45ms}}]}\n"
        "  - {name: b, arrivals: {poisson: {rate: 50/s}}, route: [{pool: p, service: {constant: "
        "100ms}}]}\n"
        "  - {name: c, arrivals: {poisson: {rate: 50/s}}, route: [{pool: q, service: {constant: "
        "10ms}}]}\n"
        "pools:\n  - {name: p, workers: 10, queue: {capacity: 40}}\n  - {name: q, workers: 9}\n"
        "slo: {b: {p99: 200ms}}\nrun: {duration: 100s, warmup: 30s}\n");
    struct heard h = advice_on(sc, 2);
    assert_string_equal(h.kinds, "load queue");
    assert_non_null(
        strstr(h.text, "pool 'p': 9.5 workers' worth of work on 10 workers: 95 % busy"));
    assert_non_null(strstr(h.text, "40 places waits about 250 ms, slo and timeout allow 200 ms"));
    scenario_free(sc);
}

/* A priority that nobody reads; priorities that are all one; and those above who leave nothing. */
static void test_priority(void **state) {
    (void)state;
    static const struct {
        int a, b, workers; /* priorities */
        const char *order, *kinds, *says;
    } of[] = {
        {2, 0, 4, "fifo", "priority",
         "class 'a': its priority 2 means nothing: pool 'p' does not order by it"},
        {2, 2, 4, "priority", "priority", "all its classes have priority 2, so"},
        {2, 0, 4, "priority", "", NULL},
        {9, 8, 1, "priority", "load priority",
         "jobs of priority 9 and above are 1.2 workers' worth on 1: those below are hardly"},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char *text = mem_format(
            "headroom: 1\nname: t\nclasses:\n"
            "  - {name: a, priority: %d, arrivals: {poisson: {rate: 120/s}}, route: [{pool: p, "
            "service: {constant: 10ms}}]}\n"
            "  - {name: b, priority: %d, arrivals: {poisson: {rate: 10/s}}, route: [{pool: p, "
            "service: {constant: 10ms}}]}\n"
            "pools: [{name: p, workers: %d, queue: {capacity: 9, order: %s}}]\n",
            of[i].a, of[i].b, of[i].workers, of[i].order);
        struct scenario *sc = parse(text);
        struct heard h = advice_on(sc, 2);
        assert_string_equal(h.kinds, of[i].kinds);
        assert_true(!of[i].says || strstr(h.text, of[i].says));
        assert_true(h.longest <= LONGEST);
        scenario_free(sc);
        free(text);
    }
}

/* What each shipped scenario is advised. One not listed is sound and gets at most one piece. */
static const struct {
    const char *file, *kinds;
} shipped[] = {
    {"io-sizing.yaml", ""},
    {"one-server.yaml", ""},
    {"cpu-bound.yaml", ""},
    {"trace.yaml", ""},
    {"overload-reject.yaml", "load"},
    {"overload-unbounded.yaml", "steady"},
    {"io-sizing-tight.yaml", "load warmup"},
    {"buffer-large.yaml", "load queue"},
    {"heavy-tail-by-p50.yaml", "load tail slo"},
    {"on-off.yaml", "warmup peak"},
    {"open-loop.yaml", "load unbounded warmup"},
    {"closed-loop.yaml", "closed"},
    {"cron-burst.yaml", "batch"},
    {"day-in-a-minute.yaml", ""},
    {"cpu-workers.yaml", "processor cores"},
    {"cpu-mixed.yaml", "processor cores"},
    {"cpu-serial.yaml", "serial processor cores"},
};

static const char *expected_of(const char *file) {
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++)
        if (!strcmp(shipped[i].file, file))
            return shipped[i].kinds;
    return NULL;
}

static void test_shipped(void **state) {
    (void)state;
    DIR *dir = opendir("scenarios");
    int bad = 0, seen = 0;
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        if (!strstr(e->d_name, ".yaml"))
            continue;
        char *path = mem_format("scenarios/%s", e->d_name);
        struct err err = {0};
        struct scenario *sc = scenario_load(path, NULL, 0, &err);
        assert_non_null(sc);
        struct heard h = advice_on(sc, 2);
        const char *expected = expected_of(e->d_name);
        bool right = expected ? !strcmp(h.kinds, expected) : !strchr(h.kinds, ' ');
        if (!right || h.longest > LONGEST)
            print_error("%s: '%s'\n%s", path, h.kinds, h.text);
        bad += !right || h.longest > LONGEST;
        seen++;
        scenario_free(sc);
        free(path);
    }
    closedir(dir);
    assert_int_equal(bad, 0);
    assert_true(seen >= 7);
}

/* Every kind's heading stands in the manual, where the pointer leads. */
static void test_manual_has_each_kind(void **state) {
    (void)state;
    static char manual[300000];
    FILE *f = fopen("scenarios/README.md", "r");
    assert_non_null(f);
    manual[fread(manual, 1, sizeof manual - 1, f)] = 0;
    fclose(f);
    for (int k = 0; k < ADVICE_KINDS; k++) {
        char *heading = mem_format("\n#### Advice: %s\n", advice_word((enum advice_kind)k));
        if (!strstr(manual, heading))
            fail_msg("no '%s' in scenarios/README.md", heading + 1);
        free(heading);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_whole_form),
        cmocka_unit_test(test_priority),
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_manual_has_each_kind),
    };
    return cmocka_run_group_tests_name("advise", tests, NULL, NULL);
}
