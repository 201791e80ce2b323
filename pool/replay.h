/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay: tells the recorder what happened in a real run, in the order of time.
 *
 * At equal stamps: ends, drops, time-outs, changes of size, arrivals, hold and door, queueing,
 * starts; so that the successor of a job starts after it has ended, and the oldest is dropped
 * before the newcomer is queued.
 */
#ifndef POOL_REPLAY_H
#define POOL_REPLAY_H

#include "model/record.h"

/* A job of a real run: instants count from t = 0 of the scenario; NSEC_UNSET: not reached. */
struct real_job {
    struct job job;     /* intended, demand, index, class, counted, waited, by_caller */
    nsec blocked, held; /* stood at the door; waited for its submitter */
    nsec admitted, started, finished;
    bool rejected, dropped, timed_out; /* finished then says when, of the last two */
    bool queued;                       /* waited in the pool's queue */
    uint32_t pool;
};

/* A pool's size is changed by a decision; else so many serve and start from then on. */
struct crew_change {
    nsec at;
    uint32_t pool;
    bool decision;
    uint32_t from, to, serving, starting;
};

/* `jobs` in the order of their intended instants; what comes after `stop` has not happened. False:
 * out of memory. */
bool replay(struct record *record, struct real_job *const *jobs, size_t count,
            const struct crew_change *const *changes, size_t change_count, nsec stop);

#endif
