/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_shard: records as bytes (model/pack) and files of them (model/shard): what is read again is
 * what was written, to the last figure; what is cut off, changed or made up is refused, whatever
 * byte it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/mem.h"
#include "model/result.h"
#include "model/shard.h"
#include "sim/sim.h"

/* Two classes, one pool that loses and one whose submitters work themselves; time-outs, too. */
static const char TEXT[] =
    "headroom: 1\nname: t\nseed: 7\nrun: {duration: 300ms, warmup: 20ms, replications: 2}\n"
    "classes:\n"
    "  - {name: a, arrivals: {poisson: {rate: 900/s}}, timeout: {queue: 20ms}, route: [{pool: p, "
    "service: {lognormal: {mean: 3ms, cv: 2}}}]}\n"
    "  - {name: b, arrivals: {batch: {rate: 80/s, size: {constant: 4}}}, route: [{pool: q, "
    "service: "
    "{exponential: {mean: 9ms}}}]}\n"
    "pools:\n"
    "  - {name: p, workers: 2, queue: {capacity: 5, when_full: reject}}\n"
    "  - {name: q, workers: 2, queue: {capacity: 1, when_full: caller_runs}}\n"
    "slo: {p99: 20ms, within: {10ms: 50%}}\n";

static struct scenario *parse(const char *text) {
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "t", &err);
    err_print(&err, stderr);
    err_free(&err);
    assert_non_null(sc);
    sc->run.sample_every = sc->run.duration;
    return sc;
}

static struct record simulate(const struct scenario *sc, uint64_t replication) {
    struct trial trial = {.scenario = sc, .replication = replication};
    assert_true(sim_run(&trial));
    return trial.record;
}

/* All that a result says of records, as JSON; fresh memory. */
static char *json_of(const struct scenario *sc, struct record *records, size_t count) {
    const struct record *all[8];
    for (size_t i = 0; i < count; i++) {
        all[i] = &records[i];
        records[i].sampled = 0;
    }
    struct result r;
    char *text = NULL;
    size_t size;
    result_from_records(&r, sc, "sim", all, count);
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    result_json(&r, &j);
    json_close(&j, '}');
    fclose(to);
    result_free(&r);
    return text;
}

static void words(void **state) {
    (void)state;
    struct bytes b = {0};
    const nsec_square most = ~(nsec_square)0, values[] = {0, 127, 128, 300, UINT64_MAX, most};
    for (size_t i = 0; i < 6; i++)
        pack_word(&b, values[i]);
    assert_int_equal(b.items[4], 0xac);
    assert_int_equal(b.items[5], 0x02);
    size_t at = 0;
    nsec_square word;
    for (size_t i = 0; i < 6; i++) {
        assert_true(unpack_word(&b, &at, &word));
        assert_true(word == values[i]);
    }
    assert_false(unpack_word(&b, &at, &word));
    b.items[b.count - 1] = 0x7f; /* beyond 128 bits */
    for (size_t i = at = 0; i < 5; i++)
        unpack_word(&b, &at, &word);
    assert_false(unpack_word(&b, &at, &word));
    bytes_free(&b);
}

static void round_trip(void **state) {
    (void)state;
    struct scenario *sc = parse(TEXT);
    struct record there[2], back[2];
    for (size_t i = 0; i < 2; i++) {
        struct bytes b = {0};
        there[i] = simulate(sc, i + 1);
        pack_record(&b, &there[i]);
        assert_true(unpack_record(&back[i], sc, &b, 0));
        bytes_free(&b);
    }
    assert_true(there[0].classes[1].caller_ran > 0 && there[0].pools[0].lost > 0);
    char *one = json_of(sc, there, 2), *other = json_of(sc, back, 2);
    assert_string_equal(one, other);
    free(one);
    free(other);
    for (size_t i = 0; i < 2; i++) {
        record_close(&there[i]);
        record_close(&back[i]);
    }
    scenario_free(sc);
}

/* Whatever byte is changed or cut off: it is refused, or is another sound record; never an access
 * out of bounds (run with sanitizers). */
static void hostile(void **state) {
    (void)state;
    struct scenario *sc = parse(TEXT);
    struct record record = simulate(sc, 1), found;
    struct bytes b = {0};
    pack_record(&b, &record);
    for (size_t i = 0; i < b.count; i += 1 + i / 40) {
        const unsigned char kept = b.items[i], flips[] = {1, 0x80, 0xff};
        for (int k = 0; k < 3; k++) {
            b.items[i] = kept ^ flips[k];
            if (unpack_record(&found, sc, &b, 0))
                record_close(&found);
        }
        b.items[i] = kept;
        struct bytes cut = {b.items, i, i};
        assert_false(unpack_record(&found, sc, &cut, 0));
    }
    bytes_free(&b);
    record_close(&record);
    scenario_free(sc);
}

/* ---- files ---- */

static struct grid grid_of(void) {
    struct grid g;
    struct err err = {0};
    char *text = mem_format("%ssweep: {pools.p.workers: [1, 2, 3]}\n", TEXT);
    bool ok = grid_parse(&g, text, &err);
    err_print(&err, stderr);
    assert_true(ok);
    free(text);
    return g;
}

static void add(struct shard_writer *w, size_t task, const struct record *record) {
    struct bytes packed = {0};
    shard_pack(&packed, task, record);
    assert_true(shard_add(w, &packed));
    bytes_free(&packed);
}

/* Writes shard 2 of 3 of the grid's six tasks: tasks 1 and 4. */
static void write_shard(const struct grid *g, enum shard_end end) {
    struct shard_writer w;
    struct err err = {0};
    assert_true(shard_lock(&w, ".", 2, 3, &err) && shard_begin(&w, g, NULL, &err));
    for (size_t t = 1; t < 6; t += 3) {
        struct scenario *sc = grid_cell(g, grid_cell_of(g, t), &err);
        struct record record = simulate(sc, t % 2 + 1);
        add(&w, t, &record);
        record_close(&record);
        scenario_free(sc);
    }
    assert_true(shard_finish(&w, end, &err));
}

static bool scan(const char *file, struct shard_found *found, struct store *store) {
    struct err err = {0};
    store_open(store, 6);
    bool ok = shard_scan(found, store, file, &err);
    assert_int_equal(ok, err.count == 0);
    err_free(&err);
    return ok;
}

static const char FILE_NAME[] = "./shard-2-of-3.headroom";

static void files(void **state) {
    (void)state;
    struct grid g = grid_of();
    struct shard_found found;
    struct store store;
    write_shard(&g, SHARD_WHOLE);
    assert_true(scan(FILE_NAME, &found, &store));
    assert_true(found.whole && found.tasks == 2 && found.head.shard == 2);
    assert_null(shard_differs(&found.head, &g));
    struct err err = {0};
    struct record record;
    struct scenario *sc = grid_cell(&g, 2, &err);
    sc->run.sample_every = sc->run.duration;
    assert_true(store_record(&store, 4, sc, &record));
    struct record fresh = simulate(sc, 1);
    char *one = json_of(sc, &record, 1), *other = json_of(sc, &fresh, 1);
    assert_string_equal(one, other);
    free(one);
    free(other);
    record_close(&record);
    record_close(&fresh);
    scenario_free(sc);
    store_close(&store);
    shard_head_free(&found.head);
    found.head.version = mem_text("0.0.0");
    found.head.generator = mem_text("");
    assert_string_equal(shard_differs(&found.head, &g), "another version of headroom");
    shard_head_free(&found.head);
    grid_free(&g);
    unlink(FILE_NAME);
}

static unsigned char *file_bytes(size_t *size) {
    FILE *f = fopen(FILE_NAME, "r");
    assert_non_null(f);
    unsigned char *bytes = mem_new(1 << 20, 1);
    *size = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return bytes;
}

static void put_bytes(const unsigned char *bytes, size_t size) {
    FILE *f = fopen(FILE_NAME, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

/* Whole is only what nothing was done to. */
static void is_not_whole(const unsigned char *bytes, size_t size) {
    struct shard_found found;
    struct store store;
    put_bytes(bytes, size);
    if (scan(FILE_NAME, &found, &store))
        assert_false(found.whole);
    shard_head_free(&found.head);
    store_close(&store);
}

static void damaged(void **state) {
    (void)state;
    struct grid g = grid_of();
    write_shard(&g, SHARD_WHOLE);
    size_t size;
    unsigned char *bytes = file_bytes(&size);
    for (size_t i = 0; i < size; i += 1 + size / 150) {
        bytes[i] ^= 0x10;
        is_not_whole(bytes, size);
        bytes[i] ^= 0x10;
        is_not_whole(bytes, i);
    }
    for (size_t i = size - 14; i < size; i++) {
        bytes[i] ^= 1;
        is_not_whole(bytes, size);
        bytes[i] ^= 1;
        is_not_whole(bytes, i);
    }
    bytes[size] = 'T'; /* something behind the end */
    is_not_whole(bytes, size + 1);
    free(bytes);
    grid_free(&g);
    unlink(FILE_NAME);
}

/* What was done before a torn end holds, and is gone on from. */
static void resumed(void **state) {
    (void)state;
    struct grid g = grid_of();
    struct shard_found found;
    struct store store;
    struct err err = {0};
    write_shard(&g, SHARD_WHOLE);
    size_t whole, size;
    unsigned char *all = file_bytes(&whole);
    unlink(FILE_NAME);
    char *part = shard_part(".", 2, 3);
    write_shard(&g, SHARD_STOP);
    assert_int_equal(truncate(part, (off_t)whole - 40), 0); /* task 4 is torn */
    assert_true(scan(part, &found, &store));
    assert_true(!found.whole && found.tasks == 1 && store.tasks[1].offset);
    struct shard_writer w;
    assert_true(shard_lock(&w, ".", 2, 3, &err) && shard_begin(&w, &g, &found, &err));
    struct shard_writer second;
    assert_false(shard_lock(&second, ".", 2, 3, &err)); /* it is ours */
    assert_non_null(strstr(err.items[0].text, "another sweep"));
    shard_finish(&second, SHARD_STOP, &err);
    err_free(&err);
    struct scenario *sc = grid_cell(&g, 2, &err);
    struct record record = simulate(sc, 1);
    add(&w, 4, &record);
    assert_true(shard_finish(&w, SHARD_WHOLE, &err));
    unsigned char *bytes = file_bytes(&size);
    assert_int_equal(size, whole);
    assert_memory_equal(bytes, all, size);
    record_close(&record);
    scenario_free(sc);
    free(bytes);
    free(all);
    free(part);
    shard_head_free(&found.head);
    store_close(&store);
    grid_free(&g);
    unlink(FILE_NAME);
}

/* Between opening and locking the part the other sweep puts it in place, once. */
static const char *moved_from, *moved_to;

int flock(int file, int operation) {
    if (moved_from)
        rename(moved_from, moved_to);
    moved_from = NULL;
    return (int)syscall(SYS_flock, file, operation);
}

static void moved(void **state) {
    (void)state;
    struct grid g = grid_of();
    struct shard_writer w;
    struct err err = {0};
    size_t size, whole;
    write_shard(&g, SHARD_WHOLE);
    unsigned char *all = file_bytes(&whole);
    char *part = shard_part(".", 2, 3);
    assert_int_equal(rename(FILE_NAME, part), 0);
    moved_to = FILE_NAME;
    moved_from = part;
    assert_true(shard_lock(&w, ".", 2, 3, &err));
    assert_true(shard_begin(&w, &g, NULL, &err)); /* what is in place is not emptied */
    assert_true(shard_finish(&w, SHARD_FORGET, &err));
    unsigned char *bytes = file_bytes(&size);
    assert_int_equal(size, whole);
    assert_memory_equal(bytes, all, size);
    assert_int_not_equal(access(part, F_OK), 0);
    free(all);
    free(bytes);
    free(part);
    grid_free(&g);
    unlink(FILE_NAME);
}

/* A lock alone leaves what was there, and no file where none was. */
static void locked(void **state) {
    (void)state;
    struct grid g = grid_of();
    struct shard_writer w;
    struct err err = {0};
    char *part = shard_part(".", 2, 3);
    for (int there = 0; there < 2; there++) {
        if (there)
            write_shard(&g, SHARD_STOP);
        assert_true(shard_lock(&w, ".", 2, 3, &err));
        assert_true(shard_finish(&w, SHARD_STOP, &err));
        assert_int_equal(access(part, F_OK), there ? 0 : -1);
    }
    unlink(part);
    assert_false(shard_lock(&w, "./nowhere", 2, 3, &err));
    shard_finish(&w, SHARD_STOP, &err);
    err_free(&err);
    free(part);
    grid_free(&g);
}

int main(void) {
    char folder[] = "/tmp/headroom-test-shard-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words), cmocka_unit_test(round_trip), cmocka_unit_test(hostile),
        cmocka_unit_test(files), cmocka_unit_test(damaged),    cmocka_unit_test(resumed),
        cmocka_unit_test(moved), cmocka_unit_test(locked),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
