/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge: the shards of a sweep, put together; its outputs are those of the sweep run as a whole. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sweep.h"
#include "model/mem.h"

enum { NAMED_MOST = 20 };

static int is_shard(const struct dirent *entry) {
    static const char end[] = ".headroom";
    size_t length = strlen(entry->d_name);
    return !strncmp(entry->d_name, "shard-", 6) && length >= sizeof end &&
           !strcmp(entry->d_name + length - (sizeof end - 1), end);
}

struct shards {
    char **files;
    size_t count;
    int error; /* errno, where the folder cannot be read */
};

static struct shards shards_of(const char *dir) {
    struct dirent **names = NULL;
    int count = scandir(dir, &names, is_shard, versionsort);
    struct shards s = {mem_new(count > 0 ? (size_t)count : 0, sizeof *s.files), 0,
                       count < 0 ? errno : 0};
    for (int i = 0; i < count; i++) {
        s.files[s.count++] = mem_format("%s/%s", dir, names[i]->d_name);
        free(names[i]);
    }
    free(names);
    return s;
}

static void shards_free(struct shards *s) {
    for (size_t i = 0; i < s->count; i++)
        free(s->files[i]);
    free(s->files);
}

static void wrong(struct err *err, const char *file, const char *text) {
    err_add(err, (struct place){file, 0, 0}, NULL, "%s", text);
}

/* One file's tasks into the store; what speaks against it is added to err. `first` is the head of
 * the first. */
static void take_shard(struct store *store, const char *file, const struct grid *grid,
                       const struct shard_head *first, bool *there, struct err *err) {
    struct shard_found f;
    if (shard_scan(&f, store, file, err)) {
        const char *differs = shard_differs(&f.head, grid);
        char *text = NULL;
        if (differs)
            text = mem_format("is of %s than the first shard", differs);
        else if (f.head.shards != first->shards)
            text = mem_format("is one of %llu shards, the first is one of %llu",
                              (unsigned long long)f.head.shards, (unsigned long long)first->shards);
        else if (there[f.head.shard])
            text =
                mem_format("is shard %llu, which is there twice", (unsigned long long)f.head.shard);
        else if (f.twice)
            text = mem_format("has run %zu, which stands in %s, too", f.twice, f.twice_in);
        else if (!f.whole)
            text = mem_format("is cut off or damaged after byte %llu; sweep --resume mends it",
                              (unsigned long long)f.end);
        else
            there[f.head.shard] = true;
        if (text)
            wrong(err, file, text);
        free(text);
    }
    shard_head_free(&f.head);
}

/* Whole shards that lack tasks cannot be made by this program. */
static void check_tasks(const struct store *store, const struct shard_head *first,
                        const bool *there, const char *dir, struct err *err) {
    size_t missing = 0;
    for (uint64_t i = 1; i <= first->shards; i++)
        if (!there[i] && sweep_share(store->task_count, i, first->shards) && missing++ < NAMED_MOST)
            err_add(err, (struct place){dir, 0, 0}, NULL, "shard %llu of %llu is missing",
                    (unsigned long long)i, (unsigned long long)first->shards);
    if (missing > NAMED_MOST)
        err_add(err, (struct place){dir, 0, 0}, NULL, "%zu shards in all are missing", missing);
    for (size_t t = 0; missing == 0 && t < store->task_count; t++)
        if (!store->tasks[t].offset && missing++ == 0)
            err_add(err, (struct place){dir, 0, 0}, NULL, "run %zu is missing", t + 1);
}

static int merge_grid(struct options *o, const struct grid *g, const struct shards *shards,
                      const struct shard_head *first) {
    const char *dir = o->out ? o->out : o->files[0];
    struct err err = {0};
    struct store store;
    struct sweep s = {.grid = g, .shard = 1, .shards = 1, .store = &store, .only_stored = true};
    bool *there = mem_new(first->shards + 1, sizeof *there);
    int status = EXIT_USAGE;
    store_open(&store, grid_tasks(g));
    for (size_t i = 0; i < shards->count; i++)
        take_shard(&store, shards->files[i], g, first, there, &err);
    if (err.count == 0)
        check_tasks(&store, first, there, o->files[0], &err);
    if (err.count == 0)
        status = output_folder(dir, &err) ? sweep_conclude(o, &s, dir) : EXIT_CANNOT;
    else if (err.status == ERR_ENVIRONMENT)
        status = EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    store_close(&store);
    free(there);
    return status;
}

/* The grid is the first shard's. */
static int merge_shards(struct options *o, const struct shards *shards) {
    struct err err = {0};
    struct shard_head first;
    struct grid grid = {0};
    int status = EXIT_USAGE;
    bool ok = shard_head_read(&first, shards->files[0], &err);
    if (ok && first.shards > SHARDS_MOST) {
        wrong(&err, shards->files[0], "is one of too many shards");
        ok = false;
    }
    ok = ok && grid_parse(&grid, first.text, &err);
    const char *differs = ok ? shard_differs(&first, &grid) : NULL;
    if (differs) {
        char *text =
            mem_format("is of %s than this program's, or the data it names have changed", differs);
        wrong(&err, shards->files[0], text);
        free(text);
    }
    err_print(&err, stderr);
    if (ok && !differs)
        status = merge_grid(o, &grid, shards, &first);
    err_free(&err);
    grid_free(&grid);
    shard_head_free(&first);
    return status;
}

int command_merge(struct options *o) {
    if (o->file_count != 1) {
        fputs("headroom: merge takes one folder\n", stderr);
        return EXIT_USAGE;
    }
    struct shards shards = shards_of(o->files[0]);
    int status = EXIT_USAGE;
    if (shards.error) {
        fprintf(stderr, "headroom: %s: %s\n", o->files[0], strerror(shards.error));
        status = EXIT_CANNOT;
    } else if (shards.count == 0)
        fprintf(stderr, "headroom: %s: no shards lie here (shard-I-of-N.headroom)\n", o->files[0]);
    else
        status = merge_shards(o, &shards);
    shards_free(&shards);
    return status;
}
