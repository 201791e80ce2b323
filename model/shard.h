/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * shard: a file of tasks that were done: part I of N of a sweep, or as far as one went.
 *
 * A line of text names the format; then frames follow: kind, length, FNV-1a of both and of the
 * payload, payload. The first says whose tasks these are (the grid itself, its identity, version
 * and generator), each further one is a task and its record (model/pack), the last one counts them.
 * A file without its last frame is not whole; what stands before the first frame that is torn or
 * changed still holds, so that a sweep which was killed goes on from there. Bytes may be hostile.
 */
#ifndef MODEL_SHARD_H
#define MODEL_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/err.h"
#include "model/grid.h"
#include "model/pack.h"

struct shard_head {
    uint64_t shard, shards, identity;
    char *version, *generator, *text; /* text: the grid's */
};

void shard_head_free(struct shard_head *head);

/* Does it speak of this grid, run by this program? NULL, or what differs. */
const char *shard_differs(const struct shard_head *head, const struct grid *grid);

/* Where tasks lie on the disk. */
struct stored {
    uint64_t offset; /* of the frame; 0: nowhere */
    uint32_t file;   /* of store.files */
};

struct store {
    struct stored *tasks;
    size_t task_count;
    char **files;
    size_t file_count;
};

void store_open(struct store *store, size_t tasks);
void store_close(struct store *store);

/* What a file is found to be. */
struct shard_found {
    struct shard_head head;
    bool whole;
    uint64_t end;   /* up to there it holds */
    uint64_t tasks; /* in it */
    size_t twice;   /* a task that the store has already, from 1; 0: none */
    char *twice_in; /* ... and the file it has it from; borrowed */
};

/* Its head alone. False after an error: it cannot be read, or is none. A shard_head_free is due. */
bool shard_head_read(struct shard_head *head, const char *file, struct err *err);

/* Looks at all of it, and notes in the store where its tasks lie. */
bool shard_scan(struct shard_found *found, struct store *store, const char *file, struct err *err);

/* The record of a task that the store has; false: its file has changed since. */
bool store_record(const struct store *store, size_t task, const struct scenario *scenario,
                  struct record *record);

/* ---- writing ---- */

struct shard_writer {
    FILE *to;
    char *part, *path; /* as it grows; where it goes when it is whole */
    uint64_t shard, shards, tasks;
};

/* Makes the part of DIR/shard-I-of-N.headroom ours, there or not, and changes nothing in it: two at
 * one file would spoil it. What lies there is looked at behind this, since before it another sweep
 * may still write, put in place or remove it. False: another has it, or it cannot be written. A
 * shard_finish is due in either case. */
bool shard_lock(struct shard_writer *w, const char *dir, uint64_t shard, uint64_t shards,
                struct err *err);

/* Begins what is locked anew, or goes on behind what `found` says of the part. */
bool shard_begin(struct shard_writer *w, const struct grid *grid, const struct shard_found *found,
                 struct err *err);

/* One task more; false: it could not be written. In the order of tasks, so that a shard has the
 * same bytes whoever was first. */
void shard_pack(struct bytes *packed, size_t task, const struct record *record);
bool shard_add(struct shard_writer *w, const struct bytes *packed);

enum shard_end {
    SHARD_WHOLE, /* the last frame, and the place where it goes */
    SHARD_STOP,  /* it stays a part, if anything is in it */
    SHARD_FORGET /* it is not needed any more */
};
bool shard_finish(struct shard_writer *w, enum shard_end end, struct err *err);

/* DIR/shard-I-of-N.headroom, and what it is called as it grows; fresh memory. */
char *shard_path(const char *dir, uint64_t shard, uint64_t shards);
char *shard_part(const char *dir, uint64_t shard, uint64_t shards);

#endif
