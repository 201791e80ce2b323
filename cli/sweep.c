/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sweep: a grid of scenarios, in parallel; the whole of it, or a shard.
 *
 * Either way every task that is done is written down at once, in DIR/.shard-I-of-N.part, so that
 * --resume goes on after any end. A shard that is whole is put in its place for `merge`; a whole
 * sweep (1 of 1) makes its results of it, and needs it no more. The part is locked before anything
 * in the folder is looked at, so that of two sweeps there one is told to wait.
 */
#include "cli/sweep.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/charts.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/sweep_charts.h"
#include "cli/sweep_rows.h"
#include "cli/sweep_table.h"
#include "model/mem.h"

/* ---- results --------------------------------------------------------------------------------- */

static void tick(const struct sweep *s) {
    fprintf(stderr, "\rsweeping %3.0f %%, %zu of %zu runs \033[K",
            100 * (double)atomic_load(&s->done) / (double)s->tasks, atomic_load(&s->done),
            s->tasks);
}

/* The JSON as it lies in the folder, on standard output. */
static bool print_file(const char *dir, const char *name) {
    char *path = mem_format("%s/%s", dir, name), bytes[4096];
    FILE *f = fopen(path, "re");
    for (size_t n; f && (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        fwrite(bytes, 1, n, stdout);
    bool ok = f != NULL;
    if (f)
        fclose(f);
    free(path);
    return ok;
}

static enum sweep_end run(const struct options *o, struct sweep *s) {
    s->threads = o->threads;
    s->most_jobs = shared_most_jobs(o->threads);
    s->stop = o->stop;
    s->tick = !o->quiet && isatty(STDERR_FILENO) ? tick : NULL;
    enum sweep_end end = sweep_run(s);
    if (s->tick)
        fputs("\r\033[K", stderr);
    if (end == SWEEP_FAILED)
        fprintf(stderr, "headroom: %s: %s\n", s->grid->scenario->name, s->failure);
    return end;
}

/* sweep.csv itself does not show it. */
static void say_interrupted(const struct options *o, const struct sweep_rows *rows,
                            const char *dir) {
    fprintf(stderr,
            "headroom: interrupted: %s/" SWEEP_CSV " has %zu of %zu cells, those that were "
            "whole; %s\n",
            dir, rows->count, rows->grid->cells,
            strcmp(o->command, "sweep") ? "merge again" : "--resume goes on from here");
}

static int show(struct options *o, const struct sweep_rows *rows, bool interrupted,
                const char *dir) {
    if (o->json)
        print_file(dir, SWEEP_JSON);
    else if (!o->quiet)
        sweep_table(rows, interrupted, dir, stdout);
    fflush(stdout);
    if (interrupted)
        say_interrupted(o, rows, dir);
    enum charts_status drawn = o->no_plots ? CHARTS_NO_GNUPLOT : charts_draw_sweep(o, dir);
    return interrupted ? EXIT_INTERRUPTED : drawn == CHARTS_FAILED ? EXIT_CANNOT : EXIT_DONE;
}

int sweep_conclude(struct options *o, struct sweep *s, const char *dir) {
    struct sweep_rows rows;
    struct err err = {0};
    int status = EXIT_CANNOT;
    s->make = sweep_rows_make;
    s->take = sweep_rows_take;
    s->context = &rows;
    if (sweep_rows_begin(&rows, s->grid, dir, &err)) {
        enum sweep_end end = run(o, s);
        bool interrupted = end == SWEEP_STOPPED;
        if (sweep_rows_end(&rows, end != SWEEP_FAILED, interrupted, &err) && end != SWEEP_FAILED &&
            sweep_charts_write(&rows, interrupted, dir, &err))
            status = show(o, &rows, interrupted, dir);
        sweep_rows_free(&rows);
    }
    s->context = NULL;
    err_print(&err, stderr);
    err_free(&err);
    return status;
}

/* ---- the command ----------------------------------------------------------------------------- */

/* A shard: no results, only its file. */
static int run_shard(struct options *o, struct sweep *s, const char *dir) {
    switch (run(o, s)) {
    case SWEEP_DONE:
        if (!o->quiet && !o->json)
            printf("shard %zu of %zu: %zu of %zu runs; headroom merge %s puts all %zu together\n",
                   s->shard, s->shards, s->tasks, grid_tasks(s->grid), dir, s->shards);
        return EXIT_DONE;
    case SWEEP_STOPPED:
        fprintf(stderr, "headroom: shard %zu of %zu is interrupted; --resume goes on from here\n",
                s->shard, s->shards);
        return EXIT_INTERRUPTED;
    case SWEEP_FAILED:
        break;
    }
    return EXIT_CANNOT;
}

static int is_stale(const struct dirent *entry) {
    const char *n = entry->d_name;
    return !strncmp(n, ".sweep.", 7) && strlen(n) > 11 && !strcmp(n + strlen(n) - 4, ".tmp");
}

/* What sweeps that were killed left half written. The part of the whole sweep is ours, so no other
 * is at work here. */
static void remove_stale(const char *dir) {
    struct dirent **names = NULL;
    int count = scandir(dir, &names, is_stale, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = mem_format("%s/%s", dir, names[i]->d_name);
        unlink(path);
        free(path);
        free(names[i]);
    }
    free(names);
}

/* What an earlier sweep left that was not resumed, and is lost now; NULL: nothing. Fresh memory. */
static char *left_behind(const struct sweep *s, const char *dir) {
    char *part = shard_part(dir, s->shard, s->shards), *text = NULL;
    size_t all = grid_tasks(s->grid);
    struct store store;
    struct shard_found found = {0};
    struct err nothing = {0};
    store_open(&store, all);
    if (access(part, F_OK) == 0 && shard_scan(&found, &store, part, &nothing) && found.tasks > 0)
        text = shard_differs(&found.head, s->grid)
                   ? mem_format("%s was of another sweep; begun anew", part)
                   : mem_format("%llu of %zu runs of an earlier sweep lie here; begun anew "
                                "(--resume would go on)",
                                (unsigned long long)found.tasks,
                                sweep_share(all, s->shard, s->shards));
    err_free(&nothing);
    shard_head_free(&found.head);
    store_close(&store);
    free(part);
    return text;
}

/* Runs, with what is done written down. */
static int run_writing(struct options *o, struct sweep *s, const char *dir,
                       struct shard_writer *writer, const struct shard_found *found) {
    struct err err = {0};
    int status = EXIT_CANNOT;
    char *lost = found || o->quiet ? NULL : left_behind(s, dir);
    if (shard_begin(writer, s->grid, found, &err)) {
        s->writer = writer;
        if (lost)
            fprintf(stderr, "headroom: %s\n", lost);
        if (!o->shards)
            remove_stale(dir);
        status = o->shards ? run_shard(o, s, dir) : sweep_conclude(o, s, dir);
    }
    err_print(&err, stderr);
    err_free(&err);
    free(lost);
    return status;
}

static void not_ours(const char *file, const char *differs, struct err *err) {
    err_add(err, (struct place){file, 0, 0}, NULL, "is of %s; without --resume it is begun anew",
            differs);
}

/* What is there of this shard is used; false: there is nothing, not even a sound beginning, or
 * after an error: it is of something else. */
static bool use_part(struct sweep *s, const char *file, struct shard_found *found,
                     struct err *err) {
    struct err nothing = {0};
    bool there = access(file, F_OK) == 0 && shard_scan(found, s->store, file, &nothing);
    err_free(&nothing);
    if (!there)
        return false;
    const char *differs = shard_differs(&found->head, s->grid);
    if (!differs && (found->head.shard != s->shard || found->head.shards != s->shards))
        differs = "another shard";
    if (differs)
        not_ours(file, differs, err);
    return !differs;
}

/* Results of another sweep are not to be lost to a --resume that has nothing to go on with. */
static void check_results(const struct options *o, const struct sweep *s, const char *dir,
                          struct err *err) {
    char *file = mem_format("%s/" SWEEP_JSON, dir);
    const char *differs = NULL;
    if (!o->shards && sweep_rows_there(dir, s->grid, &differs) == SWEEP_OTHER_THERE)
        not_ours(file, differs, err);
    free(file);
}

/* Is there nothing to do any more? It is said. */
static bool whole_already(const struct options *o, struct sweep *s, const char *dir,
                          struct err *err) {
    char *path = shard_path(dir, s->shard, s->shards);
    struct shard_found found = {0};
    const char *differs;
    bool whole = false;
    if (!o->shards)
        whole = sweep_rows_there(dir, s->grid, &differs) == SWEEP_WHOLE_THERE;
    else
        whole = use_part(s, path, &found, err) && found.whole;
    if (whole && !o->quiet && o->shards)
        fprintf(stderr, "headroom: %s is whole already; nothing is run\n", path);
    else if (whole && !o->quiet)
        fprintf(stderr,
                "headroom: %s is whole already; nothing is run (its table: %s/" SWEEP_CSV
                ", its charts: headroom plot %s)\n",
                dir, dir, dir);
    shard_head_free(&found.head);
    free(path);
    if (!whole) { /* what a damaged shard holds is run again */
        store_close(s->store);
        store_open(s->store, grid_tasks(s->grid));
    }
    return whole;
}

static int resume(struct options *o, struct sweep *s, const char *dir,
                  struct shard_writer *writer) {
    struct err err = {0};
    char *part = shard_part(dir, s->shard, s->shards);
    struct shard_found found = {0};
    bool whole = whole_already(o, s, dir, &err);
    bool there = !whole && err.count == 0 && use_part(s, part, &found, &err);
    int status = EXIT_USAGE;
    if (!whole && !there && err.count == 0)
        check_results(o, s, dir, &err);
    if (whole && o->json && !o->shards)
        print_file(dir, SWEEP_JSON);
    if (whole)
        status = EXIT_DONE;
    else if (err.count == 0)
        status = run_writing(o, s, dir, writer, there ? &found : NULL);
    err_print(&err, stderr);
    err_free(&err);
    shard_head_free(&found.head);
    free(part);
    return status;
}

/* The folder is there. */
static int sweep_locked(struct options *o, struct sweep *s, const char *dir, struct err *err) {
    struct shard_writer writer;
    int status = EXIT_CANNOT;
    if (shard_lock(&writer, dir, s->shard, s->shards, err))
        status = o->resume ? resume(o, s, dir, &writer) : run_writing(o, s, dir, &writer, NULL);
    bool ran = s->writer && status == EXIT_DONE;
    if (!shard_finish(&writer, !ran ? SHARD_STOP : o->shards ? SHARD_WHOLE : SHARD_FORGET, err))
        status = EXIT_CANNOT;
    s->writer = NULL;
    return status;
}

static int sweep_grid(struct options *o, const struct grid *g) {
    struct store store;
    struct sweep s = {.grid = g, .store = &store};
    s.shard = o->shards ? o->shard : 1;
    s.shards = o->shards ? o->shards : 1;
    struct err err = {0};
    char *dir = shared_folder(o, g->scenario);
    int status = EXIT_CANNOT;
    store_open(&store, grid_tasks(g));
    if (output_folder(dir, &err))
        status = sweep_locked(o, &s, dir, &err);
    err_print(&err, stderr);
    err_free(&err);
    store_close(&store);
    free(dir);
    return status;
}

int command_sweep(struct options *o) {
    struct err err = {0};
    struct grid grid;
    int status = EXIT_USAGE;
    if (o->file_count != 1) {
        fputs("headroom: sweep takes one scenario\n", stderr);
        return EXIT_USAGE;
    }
    if (o->method != TRIAL_FITTING) {
        fputs("headroom: a sweep chooses the --engine of each cell by itself\n", stderr);
        return EXIT_USAGE;
    }
    const struct grid_request request = {o->set, o->vary, o->set_count, o->vary_count};
    bool ok = grid_load(&grid, o->files[0], &request, &err);
    err_print(&err, stderr);
    if (ok)
        status = sweep_grid(o, &grid);
    else if (err.status == ERR_ENVIRONMENT)
        status = EXIT_CANNOT;
    err_free(&err);
    grid_free(&grid);
    return status;
}
