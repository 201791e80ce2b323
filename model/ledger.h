/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger: the recorder for an engine that knows a job's whole life at once.
 *
 * Where nothing that comes later changes a job's start, an engine has (arrival, start, end) of each
 * in order of arrival. A ledger turns them into the very record (model/record) that the events,
 * told one by one in order of time, would have made: equal to the last bit, tested job by job and
 * byte by byte. (Of a run that is interrupted, at the end of a step, what had arrived counts as
 * completed, since its end is known.) Time is cut at the sample instants 0, every, 2 every ... and
 * at T: a step ends at each. A step counts the arrivals, starts and ends that lie in it and adds up
 * their instants; levels and their integrals follow, as N(t) = A(t) - D(t).
 *
 * Cost: some 15 operations a job where a block of them lies in one step, 40 where not. Memory:
 * constant in jobs.
 */
#ifndef MODEL_LEDGER_H
#define MODEL_LEDGER_H

#include "model/record.h"

/* What happened in a step: after its begin, until its end. */
struct ledger_step {
    uint64_t arrived, started, ended, lost, good;
    uint64_t ended_last, good_last; /* of them at its very end */
    /* sums of instants, those before 0 as 0; of ends, those beyond T as T; of their stays inside:
     */
    nsec_sum arrivals, starts, ends, stays;
};

struct ledger_class {
    struct ledger_step *steps;
    struct tally *tally;
};

struct ledger_pool {
    uint32_t **windows; /* the open ones of each step; NULL: not kept */
    uint64_t lost, unstarted;
};

struct ledger {
    struct record *record;
    size_t bounds; /* steps that end; one more is beyond T */
    nsec stop;     /* the cool-down's end */
    nsec last;     /* end of counted jobs so far */
    uint64_t left; /* of them, not ended when the run stops */
    struct ledger_class *classes;
    struct ledger_pool *pools;
};

/* Jobs of one class that arrive in step `step`, or at the end of that before, in order. Counted are
 * those of steps 1 ... bounds - 1. */
struct ledger_jobs {
    const nsec *arrival, *start, *end;
    uint32_t class, pool;
    size_t count; /* HIST_MANY at most */
    size_t step;
};

/* Over an empty, open record; false: out of memory. */
bool ledger_open(struct ledger *l, struct record *record);
void ledger_close(struct ledger *l);

/* The end of step `step`: 0, every, 2 every ..., T, never. */
nsec ledger_bound(const struct ledger *l, size_t step);

void ledger_enter(struct ledger *l, const struct ledger_jobs *jobs);

/* A job that is turned away as it arrives; `step` as in ledger_jobs. */
void ledger_lose(struct ledger *l, uint32_t class, uint32_t pool, size_t step, nsec arrival);

/* Nobody arrives before the end of this step any more, in any pool. */
void ledger_step_over(struct ledger *l, size_t step);

/* Is a counted job of those entered in the system at T, after what ends then? */
bool ledger_goes_on(const struct ledger *l);

/* All that arrive before the end of step `step` were entered (the last one: T); fills the record
 * and finishes it. An earlier step: interrupted there. */
void ledger_finish(struct ledger *l, size_t step);

#endif
