/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_result_read: a result that is written, read and written again is the same bytes: of both
 * engines, with nulls, needs, reasons, several classes and pools; the three results of a run. What
 * is no result is refused at its place. Of the reader of response.csv and replications.csv: what
 * belongs to another result is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/mem.h"
#include "model/replications.h"
#include "model/result_read.h"
#include "sim/sim.h"

static const char *const rich =
    "headroom: 1\nname: rich\nabout: \"a \\\"b\\\" \\\\ \\u2028 \\x7f \\x01 \\u00e9\"\nseed: 77\n"
    "run: {duration: 2s, warmup: 100ms, replications: 3, cooldown: 0s}\n"
    "classes:\n"
    "  - {name: a, arrivals: {poisson: {rate: 50/s}}, route: [{pool: p, service: {exponential: "
    "{mean: 30ms}}}]}\n"
    "  - {name: b, arrivals: {poisson: {rate: 0.5/s}}, route: [{pool: q, service: {exponential: "
    "{mean: 300ms}}}]}\n"
    "pools: [{name: p, workers: 1, queue: {capacity: 3, when_full: reject}}, {name: q, workers: "
    "2}]\n"
    "slo: {p99: 1s, a: {rejected: 1%}, b: {p99: 1s}}\n";

struct run {
    struct scenario *scenario;
    struct result sim, paired, pool;
};

static void simulate(struct run *run, const char *text) {
    struct err err = {0};
    run->scenario = scenario_parse(text, "none.yaml", &err);
    err_print(&err, stderr);
    assert_non_null(run->scenario);
    err_free(&err);
    size_t count = (size_t)run->scenario->run.replications;
    struct trial *trials = mem_new(count, sizeof *trials);
    const struct record **records = mem_new(count, sizeof *records);
    for (size_t i = 0; i < count; i++) {
        trials[i] = (struct trial){.scenario = run->scenario, .replication = i + 1};
        assert_true(sim_run(&trials[i]));
        records[i] = &trials[i].record;
    }
    result_from_records(&run->sim, run->scenario, "sim", records, count);
    result_from_records(&run->paired, run->scenario, "sim", records, 1);
    result_from_records(&run->pool, run->scenario, "pool", records, 1);
    result_distrust(&run->pool, mem_text("said \"so\"\n"));
    free(run->pool.host);
    run->pool.host = mem_text("{\"system\": \"a \\\\ b\", \"cores\": 2, \"lag\": 1e-05, \"list\": "
                              "[1, true, null], \"none\": {}}");
    run->pool.headroom = HEADROOM_NULL;
    run->pool.headroom.rate = 1.24;
    run->pool.headroom.workers = 214;
    run->pool.headroom.theory_workers = 213;
    for (size_t i = 0; i < count; i++)
        record_close(&trials[i].record);
    free(trials);
    free(records);
}

static void run_close(struct run *run) {
    result_free(&run->sim);
    result_free(&run->paired);
    result_free(&run->pool);
    scenario_free(run->scenario);
}

static void part(struct json *j, const char *key, const struct result *r) {
    json_open(j, key, '{');
    result_json(r, j);
    json_close(j, '}');
}

/* One result, or (`three`) those of a run. */
static char *written(const struct result *r, const struct result *three) {
    char *text = NULL;
    size_t size = 0;
    struct json j = {.to = open_memstream(&text, &size)};
    assert_non_null(j.to);
    if (three) {
        json_open(&j, NULL, '{');
        part(&j, "sim", r);
        part(&j, "sim_paired", &three[0]);
        part(&j, "pool", &three[1]);
        json_raw(&j, "comparison", "{}");
        json_close(&j, '}');
    } else
        part(&j, NULL, r);
    fclose(j.to);
    return text;
}

static void same_again(const struct result *r) {
    char *once = written(r, NULL);
    struct saved s;
    struct err err = {0};
    if (!result_parse(&s, once, strlen(once), "r.json", &err)) {
        err_print(&err, stderr);
        fail();
    }
    enum result_part at = strcmp(r->engine, "sim") ? RESULT_POOL : RESULT_SIM;
    assert_true(s.has[at] && !s.run);
    assert_null(s.parts[at].scenario);
    char *twice = written(&s.parts[at], NULL);
    assert_string_equal(once, twice);
    saved_free(&s);
    free(once);
    free(twice);
}

static void test_round_trip(void **state) {
    (void)state;
    struct run run;
    simulate(&run, rich);
    /* what the test is about is there */
    assert_true(run.sim.total.fates[FATE_IN_FLIGHT] > 0);
    assert_non_null(run.sim.total.response.mean.reason);
    assert_true(run.sim.classes[1].response.p99.needs == 500);
    assert_true(run.sim.advice_count > 0 && run.sim.reason_count > 0);
    same_again(&run.sim);
    same_again(&run.paired);
    same_again(&run.pool);
    run.sim.warmup_auto = true;
    run.sim.precision = (struct precision){"p99", 0.02, NAN, 50, false};
    same_again(&run.sim);
    run.sim.precision = (struct precision){"goodput", 0.02, 0.0125, 1000, true};
    same_again(&run.sim);
    run_close(&run);
}

static void test_run_file(void **state) {
    (void)state;
    struct run run;
    simulate(&run, rich);
    struct result others[2] = {run.paired, run.pool};
    char *once = written(&run.sim, others);
    struct saved s;
    struct err err = {0};
    assert_true(result_parse(&s, once, strlen(once), "r.json", &err));
    assert_true(s.run && s.has[RESULT_SIM] && s.has[RESULT_SIM_PAIRED] && s.has[RESULT_POOL]);
    char *twice = written(&s.parts[RESULT_SIM], &s.parts[RESULT_SIM_PAIRED]);
    assert_string_equal(once, twice);
    saved_free(&s);
    free(once);
    free(twice);
    run_close(&run);
}

/* ---- refusals ---- */

static void refused(const char *text, size_t size, const char *message) {
    struct saved s;
    struct err err = {0};
    assert_false(result_parse(&s, text, size, "r.json", &err));
    assert_int_equal(err.count, 1);
    assert_int_equal(err.status, ERR_USER);
    char *found = NULL;
    size_t length = 0;
    FILE *to = open_memstream(&found, &length);
    assert_non_null(to);
    err_print(&err, to);
    fclose(to);
    found[strcspn(found, "\n")] = 0;
    if (message)
        assert_string_equal(found, message);
    free(found);
    err_free(&err);
}

/* The text with `from` replaced by `to`, once. */
static char *changed(const char *text, const char *from, const char *to) {
    size_t at = 0;
    while (text[at] && strncmp(text + at, from, strlen(from)) != 0)
        at++;
    assert_true(text[at]);
    return mem_format("%.*s%s%s", (int)at, text, to, text + at + strlen(from));
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"headroom.result/1", "headroom.result/2",
         "r.json:2:13: schema: must be one of: headroom.result/1"},
        {"\"schema\"", "\"scheme\"", "r.json:1:1: lacks 'schema'"},
        {"\"rich\"", "\"Rich\\u001b[2J\"",
         "r.json:3:15: scenario: a name is made of a-z, 0-9 and '-'"},
        {"{", "{\n  \"schema\": \"headroom.result/1\",",
         "r.json:3:3: duplicate key 'schema'; it stands in line 2 already"},
        {"\"rich\"", "null", "r.json:3:15: scenario: must be a text"},
        {"\"engine\": \"sim\"", "\"engine\": sim", "r.json:5:13: engine: must be one of: sim pool"},
        {"\"seed\": 77", "\"seed\": -77", "r.json:7:11: seed: must be a whole number, 0 or more"},
        {"\"seed\": 77", "\"seed\": 99999999999999999999",
         "r.json:7:11: seed: must be a whole number, 0 or more"},
        {"\"seed\": 77", "\"seed\": \"77\"",
         "r.json:7:11: seed: must be a whole number, 0 or more"},
        {"\"replications\": 3", "\"replications\": 0",
         "r.json:8:19: replications: must lie between 1 and 1,000,000"},
        {"\"duration\": 2", "\"duration\": 1e999",
         "r.json:9:15: duration: must be a number or null"},
        {"\"duration\": 2", "\"duration\": nan", "r.json:9:15: duration: must be a number or null"},
        {"\"duration\": 2", "\"duration\": 0x10",
         "r.json:9:15: duration: must be a number or null"},
        {"\"duration\": 2", "\"duration\": null",
         "r.json:1:1: version, duration and warmup must not be null"},
        {"\"interrupted\": false", "\"interrupted\": no",
         "r.json:11:18: interrupted: must be true or false"},
        {"\"warmup_auto\": false", "\"warmup_auto\": 0",
         "r.json:12:18: warmup_auto: must be true or false"},
        {"\"precision\": null", "\"precision\": []", "r.json:13:16: no map with 'metric'"},
        {"\"precision\": null", "\"precision\": {\"metric\": \"max\"}",
         "r.json:13:27: metric: must be one of: mean p50 p90 p95 p99 p999 rejected utilisation "
         "throughput goodput"},
        {"\"precision\": null", "\"precision\": {\"metric\": \"p99\", \"within\": 0.02}",
         "r.json:13:16: lacks 'reached'"},
        {"{\"ideal\": true}", "{\"ideal\": yes}", "r.json:14:21: ideal: is no JSON"},
        {"\"classes\": {", "\"classes\": [], \"class\": {", "r.json:54:14: classes: must be a map"},
        {"\"regime\": \"", "\"regime\": \"un", NULL},
        {"\"slo\": [", "\"slo\": [4, ", NULL},
        {"\"met\": ", "\"met\": 1", NULL},
        {"\"advice\": [", "\"advice\": [[], ", NULL},
    };
    struct run run;
    simulate(&run, rich);
    char *good = written(&run.sim, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bad = changed(good, cases[i].from, cases[i].to);
        refused(bad, strlen(bad), cases[i].message);
        free(bad);
    }
    for (size_t size = 0; size < strlen(good) - 2; size += 7)
        refused(good, size, NULL);
    refused("a\0b", 3, "r.json: is not text: it holds a zero byte");
    refused("", 0, "r.json:1:1: is empty; it begins with '{\"schema\": ...'");
    refused("[]", 2, "r.json:1:1: no map with 'schema'");
    refused("{sim: 1}", 8, "r.json:1:7: sim: must be a map");
    free(good);
    run_close(&run);
}

static void test_deep(void **state) {
    (void)state;
    char *deep = mem_new(100001, 1);
    memset(deep, '[', 100000);
    refused(deep, 100000, NULL);
    for (int i = 0; i < 99999; i += 5)
        memcpy(deep + i, "{\"a\":", 5);
    refused(deep, 100000, NULL);
    free(deep);
}

/* ---- what lies beside ---- */

static void put(const char *folder, const char *name, const char *text) {
    char *path = mem_format("%s/%s", folder, name);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
    free(path);
}

static char *text_of(const struct result *r, void write(const struct result *, FILE *)) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    write(r, to);
    fclose(to);
    return text;
}

static void write_responses(const struct result *r, FILE *to) {
    responses_write(&r->responses, to);
}

static void load_refused(const char *folder, const char *message) {
    struct saved s;
    struct err err = {0};
    assert_false(result_load(&s, folder, &err));
    assert_int_equal(err.count, 1);
    assert_string_equal(err.items[0].text, message);
    err_free(&err);
}

static void test_beside(void **state) {
    (void)state;
    char folder[] = "/tmp/headroom-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct run run;
    simulate(&run, rich);
    char *json = written(&run.sim, NULL), *reps = text_of(&run.sim, replications_write),
         *rows = text_of(&run.sim, write_responses);
    put(folder, "result.json", json);
    struct saved s;
    struct err err = {0};
    assert_true(result_load(&s, folder, &err)); /* alone */
    assert_null(s.parts[RESULT_SIM].total.throughput.each);
    saved_free(&s);
    put(folder, "replications.csv", reps);
    put(folder, "response.csv", rows);
    assert_true(result_load(&s, folder, &err));
    char *again = text_of(&s.parts[RESULT_SIM], replications_write),
         *rows_again = text_of(&s.parts[RESULT_SIM], write_responses);
    assert_string_equal(reps, again);
    assert_string_equal(rows, rows_again);
    saved_free(&s);
    put(folder, "replications.csv", "replication,offered,left\n1,2,0\n");
    load_refused(folder, "not the 3 replications of this result");
    put(folder, "replications.csv",
        "replication,offered,left,total.throughput\n1,2,0,1\n2,2,0,1\n3,2,0,1\n");
    load_refused(folder, "the mean of 'total.throughput' is not that of the result: it belongs to "
                         "another result");
    put(folder, "replications.csv", "replication,offered,left,x\n1,2,0,1,7\n");
    load_refused(folder, "more cells than the header has");
    put(folder, "replications.csv", "replication,offered,left,x\n1,2,0\n");
    load_refused(folder, "fewer cells than the header has");
    put(folder, "replications.csv", "replication,offered,left,x\n1,2,0,inf\n");
    load_refused(folder, "a cell that is no number");
    put(folder, "replications.csv", "");
    load_refused(folder, "is empty; a header line is wanted");
    put(folder, "replications.csv", reps);
    put(folder, "response.csv", "low,high,jobs_1\n1,2,3\n");
    load_refused(folder, "3 columns, where 3 replications have 5: it belongs to another result");
    put(folder, "response.csv", "low,high,jobs_1,jobs_2,jobs_3\n1,2,3,3,3\n1.5,2,3,3,3\n");
    load_refused(folder, "times must ascend and counts be 0 or more");
    static const char *const names[] = {"result.json", "replications.csv", "response.csv"};
    for (int i = 0; i < 3; i++) {
        char *path = mem_format("%s/%s", folder, names[i]);
        unlink(path);
        free(path);
    }
    rmdir(folder);
    free(json);
    free(reps);
    free(rows);
    free(again);
    free(rows_again);
    run_close(&run);
}

/* The mean of what replications.csv holds is the figure; its spread gives the interval of means
 * exactly, of percentiles about. */
static void spread_is_interval(struct figure *f, const char *name, void *context) {
    (void)context;
    if (!f->each)
        return;
    struct figure again = stats_mean(f->each, 3);
    assert_true(fabs(again.mean - f->mean) <= 1e-9 * fabs(f->mean));
    if (!strstr(name, ".p"))
        assert_true(fabs(again.low - f->low) <= 1e-9 * (fabs(f->low) + fabs(f->mean)));
}

static void test_spread(void **state) {
    (void)state;
    struct run run;
    simulate(&run, rich);
    result_figures(&run.sim, spread_is_interval, NULL);
    assert_non_null(run.sim.total.throughput.each);
    assert_null(run.paired.total.throughput.each);
    run_close(&run);
}

int main(void) {
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_run_file),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_deep),
        cmocka_unit_test(test_beside),     cmocka_unit_test(test_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
