/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * overhead: what a host profile adds to a simulated job, as the real engine (pool/bench, pool/work)
 * would have it.
 *
 * On a worker that was parked a job starts late by the pacer's lag and the dispatch; a worker that
 * goes on with the next one starts it at the instant at which the last has ended, and loses the
 * hand-over before the first instruction. Computing takes what it demands and a little more. The
 * waiting share is a sleep to the instant at which it is over, in the manner of work_sleep: who has
 * slept until the stretch before it watches the clock, if one of the watchers' places is free, and
 * ends nearly in time; else he sleeps on, and is late. Which it is turns on who else watches then;
 * so it is decided at the instant itself, in the order of these instants.
 *
 * Two dice a class, by job index, of purpose RNG_HOST: what is drawn depends on the job alone.
 * Invariant: with a profile of zeros every job starts and ends as on the ideal host.
 */
#ifndef SIM_OVERHEAD_H
#define SIM_OVERHEAD_H

#include "model/job.h"
#include "model/profile.h"
#include "model/scenario.h"

struct overhead;

/* For `servers` of them; NULL: out of memory. */
struct overhead *overhead_open(const struct scenario *sc, uint64_t replication, uint32_t servers);
void overhead_close(struct overhead *o);

/* The job begins on a server, at `now` by the station's reckoning; `handed`: the server or the
 * queue had to do with another job before. Sets job->started; returns when its end is due. */
nsec overhead_start(struct overhead *o, struct job *job, uint32_t server, bool handed, nsec now);

/* Its end is due. Returns when it ends, not before `now`; asked once more then, it is `now`. */
nsec overhead_end(struct overhead *o, const struct job *job, uint32_t server, nsec now);

#endif
