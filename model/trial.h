/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trial: the one interface of both engines: trial in, record out.
 *
 * An experiment is an array of trials; a thread takes the next index and writes its own slot only.
 */
#ifndef MODEL_TRIAL_H
#define MODEL_TRIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "model/record.h"

enum trial_state { TRIAL_WAITING, TRIAL_DONE, TRIAL_FAILED };

/* How the simulator runs it; the figures are the same. */
enum trial_method { TRIAL_FITTING, TRIAL_CALENDAR, TRIAL_RECURSION };

struct trial {
    const struct scenario *scenario;
    enum trial_method method; /* wanted */
    enum trial_method ran;    /* by sim_run: the one it was */
    uint64_t replication;     /* from 1 */
    bool keep_outcomes, keep_windows, keep_resizes;
    struct event_log *log;   /* or NULL */
    uint32_t most_jobs;      /* in the system at once, as memory allows; 0: the engine's own */
    const atomic_bool *stop; /* or NULL: the user wants an end */
    atomic_bool *dump;       /* or NULL: the user wants to see the real pools, in dump_to */
    FILE *dump_to;
    bool discard_partial;     /* when stopped, a half replication is of no use */
    _Atomic int64_t progress; /* virtual (or real) ns done, for the progress line */
    struct record record;     /* open after TRIAL_DONE; the caller closes it */
    enum trial_state state;
    char failure[200]; /* why, after TRIAL_FAILED */
    void *details;     /* what only one engine knows (the real pool's trust) */
};

typedef bool engine_fn(struct trial *);

#endif
