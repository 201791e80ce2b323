/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_shard: any bytes are a shard of a sweep or are refused; what is taken is merged to figures.
 *
 * The input is a file as it lies on the disk. It is looked at as it is, then once more with the
 * marks of its frames set right, so that what is behind them is reached: the head, its grid,
 * records. A record that is taken must stand being packed again, and a result must come out of
 * those of the first cell that has any (more would only be slower).
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/json.h"
#include "model/mem.h"
#include "model/result.h"
#include "model/shard.h"

enum { FRAME_BYTES = 13, CELLS_MOST = 50, TASKS_MOST = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The grid of the last input, as most have the same. */
static struct grid grid;
static char *grid_text;

/* Frames from the first line's end on get the hashes they should have. */
static void mark(unsigned char *bytes, size_t size) {
    const unsigned char *line = memchr(bytes, '\n', size);
    for (size_t at = line ? (size_t)(line - bytes) + 1 : size; size - at >= FRAME_BYTES;) {
        unsigned char *frame = bytes + at;
        size_t length = 0;
        for (int i = 0; i < 4; i++)
            length |= (size_t)frame[1 + i] << 8 * i;
        if (length > size - at - FRAME_BYTES)
            return;
        uint64_t hash = grid_hash(grid_hash(FNV_BEGIN, frame, 5), frame + FRAME_BYTES, length);
        for (int i = 0; i < 8; i++)
            frame[5 + i] = (unsigned char)(hash >> 8 * i);
        at += FRAME_BYTES + length;
    }
}

/* More would take its time and find nothing. */
static bool is_small(const char *text) {
    struct err err = {0};
    struct axes axes = {0};
    struct node *root = node_parse(text, "fuzz", &err);
    const struct node *sweep = root && root->kind == NODE_MAP ? node_get(root, "sweep") : NULL;
    size_t cells = 1;
    if (sweep)
        axes_read(&axes, sweep, &err);
    for (size_t i = 0; i < axes.count && cells <= CELLS_MOST; i++)
        cells *= axes.items[i].count;
    axes_free(&axes);
    node_free(root);
    err_free(&err);
    return cells <= CELLS_MOST;
}

/* The head's grid, as merge reads it; NULL: it is none, or large. */
static const struct grid *grid_of(const char *text) {
    struct err err = {0};
    if (grid_text && !strcmp(grid_text, text))
        return &grid;
    if (!is_small(text))
        return NULL;
    grid_free(&grid);
    free(grid_text);
    grid_text = NULL;
    bool ok = grid_parse(&grid, text, &err);
    assert(ok == (err.count == 0));
    err_free(&err);
    if (!ok || grid_tasks(&grid) > TASKS_MOST)
        return NULL;
    grid_text = mem_text(text);
    return &grid;
}

/* What was read is written as the same bytes, however it was spelt. */
static void check_packed(const struct record *record, const struct scenario *sc) {
    struct bytes once = {0}, twice = {0};
    struct record again;
    pack_record(&once, record);
    bool ok = unpack_record(&again, sc, &once, 0);
    assert(ok);
    pack_record(&twice, &again);
    assert(once.count == twice.count && !memcmp(once.items, twice.items, once.count));
    record_close(&again);
    bytes_free(&once);
    bytes_free(&twice);
}

static void print_result(const struct scenario *sc, const struct record **records, size_t count) {
    struct result result;
    char *text = NULL;
    size_t size;
    result_from_records(&result, sc, "sim", records, count);
    FILE *to = open_memstream(&text, &size);
    struct json json = {.to = to};
    json_open(&json, NULL, '{');
    result_json(&result, &json);
    json_close(&json, '}');
    fclose(to);
    free(text);
    result_free(&result);
}

/* A result of those records of the cell that are there. */
static void merge_cell(const struct grid *g, const struct store *store, size_t cell) {
    struct err err = {0};
    struct scenario *sc = grid_cell(g, cell, &err);
    assert(sc);
    sc->run.sample_every = sc->run.duration;
    size_t most = g->first[cell + 1] - g->first[cell], count = 0;
    struct record *items = mem_new(most, sizeof *items);
    const struct record **records = mem_new(most, sizeof *records);
    for (size_t t = g->first[cell]; t < g->first[cell + 1]; t++)
        if (store->tasks[t].offset && store_record(store, t, sc, &items[count])) {
            check_packed(&items[count], sc);
            records[count] = &items[count];
            count++;
        }
    if (count > 0)
        print_result(sc, records, count);
    for (size_t i = 0; i < count; i++)
        record_close(&items[i]);
    free(items);
    free(records);
    scenario_free(sc);
}

static void merge(const struct grid *g, const struct store *store) {
    for (size_t t = 0; t < store->task_count; t++)
        if (store->tasks[t].offset) {
            merge_cell(g, store, grid_cell_of(g, t));
            return;
        }
}

static void scan(const char *file, const struct grid *g) {
    struct shard_found found;
    struct store store;
    struct err err = {0};
    store_open(&store, g ? grid_tasks(g) : 4);
    bool ok = shard_scan(&found, &store, file, &err);
    assert(ok == (err.count == 0) && found.tasks <= store.task_count);
    if (ok && g) {
        shard_differs(&found.head, g);
        merge(g, &store);
    }
    shard_head_free(&found.head);
    store_close(&store);
    err_free(&err);
}

static void scan_marked(const char *file) {
    struct shard_head head;
    struct err err = {0};
    bool ok = shard_head_read(&head, file, &err);
    assert(ok == (err.count == 0));
    const struct grid *g = ok ? grid_of(head.text) : NULL;
    if (g)
        scan(file, g);
    shard_head_free(&head);
    err_free(&err);
}

static bool put(int file, const unsigned char *bytes, size_t size) {
    return pwrite(file, bytes, size, 0) == (ssize_t)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char *bytes = mem_new(size + 1, 1);
    int file = memfd_create("shard", 0);
    char *name = mem_format("/proc/self/fd/%d", file);
    memcpy(bytes, data, size);
    if (put(file, bytes, size))
        scan(name, NULL);
    mark(bytes, size);
    if (put(file, bytes, size))
        scan_marked(name);
    close(file);
    free(name);
    free(bytes);
    return 0;
}
