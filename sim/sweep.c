/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep: see sweep.h. */
#include "sim/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "model/mem.h"
#include "sim/sim.h"

/* A cell of which some task has begun. */
struct sweep_cell {
    struct scenario *scenario;
    struct record *records; /* a replication each */
    size_t left;            /* tasks of this shard that are not done */
};

size_t sweep_share(size_t end, size_t shard, size_t shards) {
    return end / shards + (end % shards >= shard);
}

static void fail(struct sweep *s, size_t task, const char *why) {
    pthread_mutex_lock(&s->lock);
    if (!atomic_exchange(&s->failed, true)) {
        size_t cell = grid_cell_of(s->grid, task);
        char *says = grid_says(s->grid, cell);
        snprintf(s->failure, sizeof s->failure, "cell %zu (%.100s), replication %zu: %s", cell + 1,
                 says, task - s->grid->first[cell] + 1, why);
        free(says);
    }
    pthread_mutex_unlock(&s->lock);
}

static bool ended(const struct sweep *s) {
    return atomic_load(&s->failed) || (s->stop && atomic_load(s->stop));
}

/* ---- cells ----------------------------------------------------------------------------------- */

/* The scenario of a cell as it is run: nobody looks at its series. */
static struct scenario *cell_scenario(const struct sweep *s, size_t cell) {
    struct err err = {0};
    struct scenario *sc = grid_cell(s->grid, cell, &err);
    err_free(&err);
    if (sc)
        sc->run.sample_every = sc->run.duration;
    return sc;
}

/* The cell of a task, begun where it was not. NULL: its files have changed. */
static struct sweep_cell *cell_of(struct sweep *s, size_t index) {
    size_t first = s->grid->first[index], end = s->grid->first[index + 1];
    pthread_mutex_lock(&s->lock);
    struct sweep_cell *cell = s->open[index];
    struct scenario *sc = cell ? NULL : cell_scenario(s, index);
    if (sc) {
        cell = s->open[index] = mem_new(1, sizeof *cell);
        cell->scenario = sc;
        cell->records = mem_new(end - first, sizeof *cell->records);
        cell->left =
            sweep_share(end, s->shard, s->shards) - sweep_share(first, s->shard, s->shards);
    }
    pthread_mutex_unlock(&s->lock);
    return cell;
}

static void cell_free(struct sweep *s, size_t index) {
    struct sweep_cell *cell = s->open[index];
    size_t count = s->grid->first[index + 1] - s->grid->first[index];
    for (size_t i = 0; i < count; i++)
        record_close(&cell->records[i]);
    free(cell->records);
    scenario_free(cell->scenario);
    free(cell);
    s->open[index] = NULL;
}

static void *make(struct sweep *s, size_t index) {
    struct sweep_cell *cell = s->open[index];
    size_t count = s->grid->first[index + 1] - s->grid->first[index];
    const struct record **records = mem_new(count, sizeof *records);
    for (size_t i = 0; i < count; i++) {
        records[i] = &cell->records[i];
        cell->records[i].sampled = 0; /* a stored one has no series */
    }
    struct result result;
    result_from_records(&result, cell->scenario, "sim", records, count);
    result.method = sim_method_name(sim_method(cell->scenario, TRIAL_FITTING));
    void *made = s->make(s->context, index, cell->scenario, &result);
    result_free(&result);
    free(records);
    /* cppcheck-suppress returnDanglingLifetime; what is made outlives the result */
    return made;
}

/* Hands on what is ready, in order. */
static void hand_on(struct sweep *s, size_t index, void *made) {
    pthread_mutex_lock(&s->lock);
    s->made[index] = made;
    s->ready[index] = true;
    for (; s->handed < s->grid->cells && s->ready[s->handed]; s->handed++)
        s->take(s->context, s->handed, s->made[s->handed]);
    pthread_mutex_unlock(&s->lock);
}

/* After an end in the middle: whole cells behind one that is not. */
static void hand_on_rest(struct sweep *s) {
    for (; s->handed < s->grid->cells; s->handed++)
        if (s->ready[s->handed])
            s->take(s->context, s->handed, s->made[s->handed]);
}

/* ---- tasks ----------------------------------------------------------------------------------- */

static bool simulate(struct sweep *s, const struct sweep_cell *cell, size_t replication,
                     size_t task, struct record *record) {
    struct trial trial = {.scenario = cell->scenario,
                          .replication = replication,
                          .stop = s->stop,
                          .discard_partial = true,
                          .most_jobs = s->most_jobs};
    sim_run(&trial);
    if (trial.state == TRIAL_FAILED)
        fail(s, task, trial.failure);
    if (trial.state != TRIAL_DONE)
        return false;
    if (trial.record.interrupted) {
        record_close(&trial.record);
        return false;
    }
    *record = trial.record;
    return true;
}

/* A task that is done. */
struct packed_task {
    size_t task;
    struct bytes bytes;
};

/* Writes what has its turn. Few wait, so they are looked through. */
static bool write_packed(struct sweep *s) {
    for (size_t i = 0; i < s->packed_count;) {
        while (s->written < s->store->task_count && s->store->tasks[s->written].offset)
            s->written += s->shards; /* it is there from before */
        if (s->packed[i].task != s->written) {
            i++;
            continue;
        }
        bool ok = shard_add(s->writer, &s->packed[i].bytes);
        bytes_free(&s->packed[i].bytes);
        s->packed[i] = s->packed[--s->packed_count];
        s->written += s->shards;
        i = 0;
        if (!ok)
            return false;
    }
    return true;
}

/* After an end in the middle: what waits for its turn, too, so that it need not be run again. */
static void write_rest(struct sweep *s) {
    for (size_t i = 0; i < s->packed_count; i++)
        if (!shard_add(s->writer, &s->packed[i].bytes))
            fail(s, s->packed[i].task, "its record could not be written");
}

static bool write_down(struct sweep *s, size_t task, const struct record *record) {
    struct packed_task packed = {.task = task};
    if (!s->writer)
        return true;
    shard_pack(&packed.bytes, task, record);
    pthread_mutex_lock(&s->lock);
    s->packed = mem_resize(s->packed, s->packed_count + 1, sizeof *s->packed);
    s->packed[s->packed_count++] = packed;
    bool ok = write_packed(s);
    pthread_mutex_unlock(&s->lock);
    if (!ok)
        fail(s, task, "its record could not be written");
    return ok;
}

/* The record of a task; false: it cannot be had, or the user wants an end. */
static bool get(struct sweep *s, const struct sweep_cell *cell, size_t replication, size_t task,
                struct record *record) {
    if (s->store->tasks[task].offset || s->only_stored) {
        bool ok =
            s->store->tasks[task].offset && store_record(s->store, task, cell->scenario, record);
        if (!ok)
            fail(s, task, "its record is damaged");
        return ok;
    }
    return simulate(s, cell, replication, task, record) && write_down(s, task, record);
}

static void finish_task(struct sweep *s, size_t index) {
    pthread_mutex_lock(&s->lock);
    bool last = --s->open[index]->left == 0;
    pthread_mutex_unlock(&s->lock);
    atomic_fetch_add(&s->done, 1);
    if (!last)
        return;
    void *made = s->make ? make(s, index) : NULL;
    cell_free(s, index);
    if (s->make)
        hand_on(s, index, made);
}

static void run_task(struct sweep *s, size_t task) {
    size_t index = grid_cell_of(s->grid, task), k = task - s->grid->first[index];
    struct sweep_cell *cell = cell_of(s, index);
    struct record record = {0};
    if (!cell) {
        fail(s, task, "a file that it names has changed");
        return;
    }
    bool known = !s->make && s->store->tasks[task].offset; /* nobody needs it here */
    if (!known && !get(s, cell, k + 1, task, &record))
        return;
    if (!s->make && !known)
        record_close(&record);
    cell->records[k] = record;
    finish_task(s, index);
}

static void *work(void *context) {
    struct sweep *s = context;
    size_t tasks = grid_tasks(s->grid);
    for (size_t t; !ended(s) && (t = atomic_fetch_add(&s->next, 1)) < tasks;)
        if (t % s->shards == s->shard - 1)
            run_task(s, t);
    return NULL;
}

static void watch(struct sweep *s) {
    const struct timespec pause = {0, 50 * 1000 * 1000};
    while (s->tick && !ended(s) && atomic_load(&s->done) < s->tasks) {
        nanosleep(&pause, NULL);
        s->tick(s);
    }
}

static void run_threads(struct sweep *s) {
    pthread_t *ids = mem_new(s->threads, sizeof *ids);
    unsigned started = 0;
    while (started < s->threads && started < s->tasks &&
           pthread_create(&ids[started], NULL, work, s) == 0)
        started++;
    if (started == 0)
        work(s); /* no thread to be had: this one does it */
    else
        watch(s);
    for (unsigned i = 0; i < started; i++)
        pthread_join(ids[i], NULL);
    free(ids);
}

enum sweep_end sweep_run(struct sweep *s) {
    size_t cells = s->grid->cells;
    s->tasks = sweep_share(grid_tasks(s->grid), s->shard, s->shards);
    s->open = mem_new(cells, sizeof *s->open);
    s->made = mem_new(cells, sizeof *s->made);
    s->ready = mem_new(cells, sizeof *s->ready);
    s->written = s->shard - 1;
    pthread_mutex_init(&s->lock, NULL);
    run_threads(s);
    write_rest(s);
    hand_on_rest(s);
    for (size_t i = 0; i < cells; i++)
        if (s->open[i])
            cell_free(s, i);
    pthread_mutex_destroy(&s->lock);
    for (size_t i = 0; i < s->packed_count; i++)
        bytes_free(&s->packed[i].bytes);
    free(s->packed);
    free(s->open);
    free(s->made);
    free(s->ready);
    return atomic_load(&s->failed)            ? SWEEP_FAILED
           : atomic_load(&s->done) < s->tasks ? SWEEP_STOPPED
                                              : SWEEP_DONE;
}
