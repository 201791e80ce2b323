/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_inside: the times of what ran are complete and exact, and the OpenMetrics text is what the
 * specification says: each line by a grammar, the histograms cumulative, the counters never less
 * than before.
 *
 * Jobs' own stamps are the known answer of their times; nothing here asserts how long anything
 * took.
 */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/hist.h"
#include "pool/pool.h"

static struct headroom_pool *open_pool(const struct headroom_config *config) {
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, config), 0);
    return pool;
}

static void count_up(void *counter) {
    atomic_fetch_add((atomic_uint *)counter, 1);
}

/* ---- times ----------------------------------------------------------------------------------- */

enum { JOBS = 3000 };

/* Jobs of all lengths; their stamps are kept. */
struct kept {
    struct headroom_job base;
    struct hist *hist; /* three; under the lock */
    pthread_mutex_t *lock;
};

static void spin(struct headroom_job *base) {
    headroom_ns until = headroom_now() + (int64_t)((uintptr_t)base / sizeof *base % 64) * 500;
    while (headroom_now() < until)
        continue;
}

static void keep_times(struct headroom_job *base) {
    struct kept *job = (struct kept *)base;
    pthread_mutex_lock(job->lock);
    hist_add(&job->hist[HEADROOM_WAIT], base->started - base->submitted);
    hist_add(&job->hist[HEADROOM_SERVICE], base->finished - base->started);
    hist_add(&job->hist[HEADROOM_RESPONSE], base->finished - base->submitted);
    pthread_mutex_unlock(job->lock);
}

static void near(headroom_ns said, double p, const struct hist *hist) {
    double known = hist_percentile(hist, p, 0);
    if (fabs((double)said - known) > 1 + known * 0.001)
        fail_msg("p%g is %lld, expected %g", 100 * p, (long long)said, known);
}

static void check_times(struct headroom_pool *pool, enum headroom_time which,
                        const struct hist *hist) {
    struct headroom_times t = headroom_pool_times(pool, which);
    assert_int_equal(t.n, hist->n);
    assert_true(fabs(t.mean - hist_mean(hist)) <= 1e-9 * t.mean);
    assert_int_equal(t.max, hist->max);
    near(t.p50, 0.5, hist);
    near(t.p90, 0.9, hist);
    near(t.p99, 0.99, hist);
    near(t.p999, 0.999, hist);
    assert_true(t.p50 <= t.p90 && t.p90 <= t.p99 && t.p99 <= t.p999 && t.p999 <= t.max);
}

/* The pool's times are those of its jobs. */
static void jobs_known(enum headroom_order order) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct hist hist[3];
    struct kept *jobs = calloc(JOBS, sizeof *jobs);
    struct headroom_pool *pool = open_pool(
        &(struct headroom_config){.workers = 3, .capacity = HEADROOM_UNBOUNDED, .order = order});
    for (int i = 0; i < 3; i++)
        assert_true(hist_open(&hist[i]));
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct kept){.base = {.run = spin, .ended = keep_times, .priority = i % 5}};
        jobs[i].hist = hist;
        jobs[i].lock = &lock;
        assert_int_equal(headroom_pool_submit_job(pool, &jobs[i].base), 0);
    }
    assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
    assert_int_equal(headroom_pool_times(pool, HEADROOM_SERVICE).n, JOBS);
    for (bool all = false; !all;) { /* `ended` may come after the drain */
        pthread_mutex_lock(&lock);
        all = hist[HEADROOM_RESPONSE].n == JOBS;
        pthread_mutex_unlock(&lock);
    }
    for (int i = 0; i < 3; i++)
        check_times(pool, (enum headroom_time)i, &hist[i]);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    for (int i = 0; i < 3; i++)
        hist_close(&hist[i]);
    free(jobs);
}

static void test_times_of_jobs(void **state) {
    (void)state;
    jobs_known(HEADROOM_FIFO);
    jobs_known(HEADROOM_LIFO);
    jobs_known(HEADROOM_PRIORITY);
}

static void none(struct headroom_job *job) {
    (void)job;
}

static void test_no_times(void **state) {
    (void)state;
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 1});
    struct headroom_times t = headroom_pool_times(pool, HEADROOM_WAIT);
    assert_int_equal(t.n + (uint64_t)t.p50 + (uint64_t)t.max, 0);
    assert_true(t.mean == 0);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

/* Whatever the mix, whoever has the last samples: when nothing is in flight, none is missing. */
static void test_complete_at_rest(void **state) {
    (void)state;
    for (int round = 0; round < 120; round++) {
        atomic_uint ran = 0;
        struct headroom_job jobs[8] = {0};
        struct headroom_config config = {.workers = 1 + (uint32_t)round % 4,
                                         .capacity = HEADROOM_UNBOUNDED,
                                         .order = (enum headroom_order)(round % 3)};
        struct headroom_pool *pool = open_pool(&config);
        for (int i = 0; i < 8; i++) {
            jobs[i].run = none;
            assert_int_equal(headroom_pool_submit_job(pool, &jobs[i]), 0);
            for (int k = 0; k < round % 40; k++)
                assert_int_equal(headroom_pool_submit(pool, count_up, &ran), 0);
        }
        if (round % 5 == 0)
            assert_int_equal(headroom_pool_resize(pool, 1), 0);
        assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
        struct headroom_counts c = headroom_pool_counts(pool);
        for (int i = 0; i < 3; i++)
            assert_int_equal(headroom_pool_times(pool, (enum headroom_time)i).n,
                             8 + 8 * (round % 40));
        assert_int_equal(c.completed, 8 + atomic_load(&ran));
        for (int i = 0; i < 8; i++)
            assert_int_equal(headroom_job_wait(&jobs[i], HEADROOM_NEVER), 0);
        headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    }
}

/* Somebody looks all the while: what was seen once is never missing later. */
struct watcher {
    struct headroom_pool *pool;
    atomic_bool over;
    bool shrank, disordered;
    uint64_t looks;
};

static void *watch(void *context) {
    struct watcher *w = context;
    uint64_t n = 0;
    while (!atomic_load(&w->over)) {
        struct headroom_times t = headroom_pool_times(w->pool, HEADROOM_RESPONSE);
        w->shrank = w->shrank || t.n < n;
        w->disordered = w->disordered || t.p50 > t.p99 || t.p99 > t.p999 || t.p999 > t.max;
        n = t.n;
        w->looks++;
    }
    return NULL;
}

static void test_looked_at_meanwhile(void **state) {
    (void)state;
    atomic_uint ran = 0;
    struct headroom_pool *pool =
        open_pool(&(struct headroom_config){.workers = 3, .capacity = 100});
    struct watcher w = {.pool = pool};
    pthread_t thread;
    pthread_create(&thread, NULL, watch, &w);
    for (uint32_t i = 0; i < 100000; i++) {
        assert_int_equal(headroom_pool_submit(pool, count_up, &ran), 0);
        if (i % 1000 == 0)
            assert_int_equal(headroom_pool_resize(pool, 1 + i / 1000 % 4), 0);
    }
    headroom_pool_drain(pool, HEADROOM_NEVER);
    atomic_store(&w.over, true);
    pthread_join(thread, NULL);
    assert_false(w.shrank);
    assert_false(w.disordered);
    assert_int_equal(headroom_pool_times(pool, HEADROOM_WAIT).n, 100000);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

/* ---- OpenMetrics ----------------------------------------------------------------------------- */

enum { PAGE_BYTES = 1 << 16 };

static char *metrics_of(struct headroom_pool *pool) {
    char *text = calloc(1, PAGE_BYTES);
    FILE *to = fmemopen(text, PAGE_BYTES, "w");
    assert_true(headroom_pool_metrics(pool, to));
    assert_true(ftell(to) == (long)strlen(text));
    fclose(to);
    return text;
}

#define NAME "[a-zA-Z_:][a-zA-Z0-9_:]*"
#define LABEL "[a-zA-Z_][a-zA-Z0-9_]*=\"([^\"\\\\]|\\\\[n\"\\\\])*\""
#define NUMBER "[-+]?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?"

static bool fits(const char *line, const char *pattern, regmatch_t *part, size_t parts) {
    regex_t r;
    assert_int_equal(regcomp(&r, pattern, REG_EXTENDED), 0);
    bool ok = regexec(&r, line, parts, part, 0) == 0;
    regfree(&r);
    return ok;
}

/* What the parser knows of the family it is in, and of all before. */
struct parser {
    char family[64], type[16], unit[16], said[8192]; /* said: names of the families, and samples */
    double edge, below, count, sum;                  /* of a histogram */
    bool whole;                                      /* it was told to its count and sum */
};

static void once(struct parser *p, const char *what) {
    char word[256];
    snprintf(word, sizeof word, "<%s>", what);
    assert_null(strstr(p->said, word));
    assert_true(strlen(p->said) + strlen(word) < sizeof p->said);
    strcat(p->said, word);
}

static void parse_descriptor(struct parser *p, const char *line) {
    char word[8], name[64], rest[128];
    assert_true(fits(line, "^# (TYPE|HELP|UNIT) " NAME " [^\n]+$", NULL, 0));
    assert_int_equal(sscanf(line, "# %7s %63s %127[^\n]", word, name, rest), 3);
    if (!strcmp(word, "TYPE")) {
        assert_true(p->whole);
        once(p, name);
        assert_true(fits(rest, "^(counter|gauge|histogram)$", NULL, 0));
        strcpy(p->family, name);
        strcpy(p->type, rest);
        p->edge = p->below = 0;
        p->count = p->sum = -1;
        p->whole = false;
    }
    assert_string_equal(name, p->family);
    if (!strcmp(word, "UNIT"))
        assert_string_equal(strrchr(name, '_') + 1, rest);
}

static void parse_histogram(struct parser *p, const char *suffix, const char *le, double value) {
    if (!strcmp(suffix, "_bucket")) {
        double edge = strcmp(le, "+Inf") ? strtod(le, NULL) : HUGE_VAL;
        assert_true(edge > p->edge && value >= p->below && p->count < 0);
        p->edge = edge;
        p->below = value;
    } else if (!strcmp(suffix, "_count")) {
        assert_true(isinf(p->edge) && value == p->below);
        p->count = value;
    } else {
        assert_string_equal(suffix, "_sum");
        p->sum = value;
    }
    p->whole = p->count >= 0 && p->sum >= 0;
}

static void parse_sample(struct parser *p, const char *line) {
    regmatch_t part[9];
    char le[16] = "", key[256] = "";
    assert_true(fits(line, "^(" NAME ")\\{" LABEL "(,le=\"([^\"]*)\")?\\} (" NUMBER ")$", part, 9));
    double value = strtod(line + part[5].rm_so, NULL);
    size_t length = strlen(p->family), name = (size_t)part[1].rm_eo;
    assert_true(!strncmp(line, p->family, length) && name >= length);
    char suffix[64];
    snprintf(suffix, sizeof suffix, "%.*s", (int)(name - length), line + length);
    if (part[4].rm_so >= 0)
        snprintf(le, sizeof le, "%.*s", (int)(part[4].rm_eo - part[4].rm_so), line + part[4].rm_so);
    snprintf(key, sizeof key, "%.*s le %s", (int)name, line, le);
    once(p, key);
    assert_true(!strcmp(p->type, "histogram") == (part[4].rm_so >= 0) ||
                strcmp(suffix, "_bucket") != 0);
    if (!strcmp(p->type, "histogram")) {
        parse_histogram(p, suffix, le, value);
        return;
    }
    assert_string_equal(suffix, strcmp(p->type, "counter") ? "" : "_total");
    assert_true(value >= 0);
    p->whole = true;
}

/* The whole text by the grammar. */
static void parse(const char *text) {
    struct parser p = {.whole = true};
    char *copy = strdup(text), *rest = copy;
    size_t length = strlen(text);
    assert_true(length > 6 && !strcmp(text + length - 7, "\n# EOF\n"));
    for (char *line = strsep(&rest, "\n"); strcmp(line, "# EOF") != 0; line = strsep(&rest, "\n"))
        if (*line == '#')
            parse_descriptor(&p, line);
        else
            parse_sample(&p, line);
    assert_true(p.whole);
    assert_string_equal(rest, "");
    free(copy);
}

/* The value of the first sample whose line begins so and goes on with labels. */
static double value_of(const char *text, const char *name) {
    char start[128];
    snprintf(start, sizeof start, "\nheadroom_pool_%s{", name);
    const char *line = strstr(text, start);
    assert_non_null(line);
    return strtod(strstr(line, "} ") + 2, NULL);
}

static const char *const fates[] = {"completed_total",     "failed_total",     "rejected_total",
                                    "dropped_total",       "cancelled_total",  "timed_out_total",
                                    "dead_lettered_total", "caller_ran_total", "gave_up_total"};
static const char *const others[] = {"submitted_total",        "started_total",
                                     "workers_lost_total",     "failed_to_start_total",
                                     "response_seconds_count", "wait_seconds_sum"};

static void check_sums(const char *text) {
    double sum = value_of(text, "in_flight");
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
        sum += value_of(text, fates[i]);
    assert_true(value_of(text, "submitted_total") == sum);
}

static void check_growth(const char *before, const char *after) {
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
        assert_true(value_of(after, fates[i]) >= value_of(before, fates[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(value_of(after, others[i]) >= value_of(before, others[i]));
}

static void fail_or_die(struct headroom_job *job) {
    if (job->priority == 1)
        pthread_exit(NULL);
    job->error = EIO;
}

/* All kinds of ends, with a look after each; submitters that give up, jobs that are tried again. */
static void test_metrics_grow(void **state) {
    (void)state;
    atomic_uint ran = 0;
    struct headroom_pool *pool = open_pool(
        &(struct headroom_config){.workers = 2, .capacity = 1, .deaths = 3, .name = "growing"});
    char *before = metrics_of(pool);
    parse(before);
    for (int i = 0; i < 100; i++) {
        struct headroom_job job = {.run = fail_or_die, .priority = i % 10 == 0};
        for (int k = 0; k < 20; k++) {
            headroom_pool_try(pool, count_up, &ran);
            headroom_pool_submit_until(pool, count_up, &ran, headroom_now() + 1000, NULL);
        }
        int error = headroom_pool_submit_job(pool, &job);
        char *after = metrics_of(pool);
        parse(after);
        check_sums(after);
        check_growth(before, after);
        free(before);
        before = after;
        assert_true(error != 0 || headroom_job_wait(&job, HEADROOM_NEVER) == 0);
    }
    headroom_pool_drain(pool, HEADROOM_NEVER);
    char *last = metrics_of(pool);
    parse(last);
    check_sums(last);
    check_growth(before, last);
    assert_true(value_of(last, "response_seconds_count") ==
                value_of(last, "completed_total") + value_of(last, "failed_total"));
    assert_true(value_of(last, "workers_lost_total") == 30);
    assert_true(value_of(last, "dead_lettered_total") == 10);
    free(before);
    free(last);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

/* Names are written as the specification escapes them; what is no UTF-8 is '?'. */
static void test_names(void **state) {
    (void)state;
    static const char *const names[][2] = {
        {"plain", "plain"},
        {"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\x89", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\x89"},
        {"\xC3(\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80\xE2\x82", "?("
                                                              "???????????"},
        {"", ""}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct headroom_pool *pool =
            open_pool(&(struct headroom_config){.workers = 1, .name = names[i][0]});
        char *text = metrics_of(pool), line[256];
        parse(text);
        snprintf(line, sizeof line, "\nheadroom_pool_size{pool=\"%s\"} 1\n", names[i][1]);
        assert_non_null(strstr(text, line));
        free(text);
        headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    }
}

static void test_stream_that_fails(void **state) {
    (void)state;
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 1});
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_false(headroom_pool_metrics(pool, full));
    assert_false(headroom_pool_dump(pool, full));
    fclose(full);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_times),          cmocka_unit_test(test_times_of_jobs),
        cmocka_unit_test(test_complete_at_rest),  cmocka_unit_test(test_looked_at_meanwhile),
        cmocka_unit_test(test_metrics_grow),      cmocka_unit_test(test_names),
        cmocka_unit_test(test_stream_that_fails),
    };
    return cmocka_run_group_tests_name("inside", tests, NULL, NULL);
}
