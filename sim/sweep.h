/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sweep: the tasks of a grid over threads.
 *
 * A thread takes the next task: a replication of a cell. What the store has is read from there,
 * what it has not is simulated and written down. The thread that brings a cell's last record makes
 * its result and frees the records, so that about as many cells are in memory as there are threads;
 * cells are handed on in their order, whoever was first, so that the number of threads cannot
 * change a byte. Of a shard only its own tasks are run, and no cell is handed on.
 */
#ifndef SIM_SWEEP_H
#define SIM_SWEEP_H

#include <pthread.h>
#include <stdatomic.h>

#include "model/grid.h"
#include "model/result.h"
#include "model/shard.h"

/* What a cell came to. Made on any thread, several at once; what it returns is handed to
 * sweep_take_fn, cell by cell in order, one at a time, which frees it. */
typedef void *sweep_make_fn(void *context, size_t cell, const struct scenario *scenario,
                            const struct result *result);
typedef void sweep_take_fn(void *context, size_t cell, void *made);

struct sweep {
    const struct grid *grid;
    size_t shard, shards;        /* the tasks t with t mod shards = shard - 1; 1 of 1: all */
    struct store *store;         /* what need not be run */
    struct shard_writer *writer; /* what is run is written there; or NULL */
    bool only_stored;            /* run nothing: a task that is not there is a failure */
    unsigned threads;
    uint32_t most_jobs;
    const atomic_bool *stop;
    sweep_make_fn *make; /* NULL: of a shard, which only writes down what it runs */
    sweep_take_fn *take;
    void *context;
    void (*tick)(const struct sweep *sweep); /* now and then, on the calling thread; or NULL */

    /* the sweep's own */
    struct packed_task *packed; /* done, and waiting for their turn to be written */
    size_t packed_count;
    size_t written;           /* all tasks of the shard below it are */
    struct sweep_cell **open; /* by cell; NULL: not begun, or done */
    void **made;              /* of cells that wait for their turn */
    bool *ready;
    size_t handed;            /* cells handed on */
    atomic_size_t next, done; /* tasks; done: of this shard */
    size_t tasks;             /* of this shard */
    atomic_bool failed;
    char failure[400];
    pthread_mutex_t lock; /* over the cells, the writer, the handing on and the failure */
};

enum sweep_end { SWEEP_DONE, SWEEP_STOPPED, SWEEP_FAILED };

/* Where it failed, `failure` says why. Cells that were whole have been handed on in any case. */
enum sweep_end sweep_run(struct sweep *sweep);

/* Of the tasks with index below `end`, how many are of a shard. */
size_t sweep_share(size_t end, size_t shard, size_t shards);

#endif
