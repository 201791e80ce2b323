/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stage: what one replication of the simulator is made of, set up before the loop and taken down
 * after it. The loop and what happens in it is sim/sim.c.
 */
#ifndef SIM_STAGE_H
#define SIM_STAGE_H

#include "model/source.h"
#include "model/station.h"
#include "model/timers.h"
#include "model/trial.h"
#include "sim/calendar.h"
#include "sim/ends.h"
#include "sim/overhead.h"
#include "sim/resize.h"
#include "sim/spend.h"

struct submitter {
    struct station_list held; /* open classes: later arrivals while it runs a job itself */
    bool running;
    uint32_t class, client, cycle;
};

/* What the loop asks of a class; a cache line. */
struct facts {
    nsec next; /* arrival; NEVER for closed classes */
    struct source *source;
    struct station *station;
    struct tally *tally;
    struct pool_tally *pool_tally;
    uint32_t class, pool, first_worker, first_submitter;
    uint8_t rank;
    bool closed, loses; /* its clients wait for answers; its jobs may give up */
    bool endless;       /* a thread for every job: where no worker is idle there is one more */
};

struct served {
    const struct facts *facts; /* of the job */
    uint32_t slot;
};

struct sim {
    const struct scenario *scenario;
    struct facts *facts; /* a class each */
    struct record *record;
    struct ends ends;         /* of busy servers */
    struct spend spend;       /* of them, where they meet while they serve; then ends is empty */
    struct calendar calendar; /* what else is to come, but for open arrivals and who gives up */
    nsec soon;                /* none of that comes before, nor has the recorder anything to do */
    struct source *sources;   /* a class each */
    uint32_t class_count;
    struct facts *first; /* of them, whose arrival is first */
    nsec first_arrival;
    struct station *stations; /* a pool each */
    uint32_t *first_worker;   /* of each pool, among the servers */
    uint32_t *crew;
    struct served *servers;       /* the job each serves */
    struct submitter *submitters; /* of server workers + i */
    uint32_t workers, submitter_count;
    bool *door_due; /* of each pool: an event is scheduled */
    struct job *jobs;
    struct station_link *links;
    bool plain;           /* no class is closed or loses, no pool has a door or callers, hires or
                             changes its size, the host is ideal */
    bool callers;         /* some pool's submitters may run jobs themselves */
    bool losing;          /* some class's jobs may give up: then there are */
    struct timers timers; /* of those that wait */
    bool ranked;          /* some pool's order is priority: then there are */
    struct station_ranks ranks;
    struct station_lines *lines; /* a pool each */
    bool resizing;               /* some pool changes its size: then there are */
    struct resizer *resizers;    /* a pool each */
    struct timers resize_timers; /* sim/resize */
    uint32_t free_job, jobs_used, jobs_room, jobs_most;
    struct overhead *overhead; /* of the host; NULL: it is ideal */
    uint64_t scheduled;        /* in the calendar, so far */
    nsec now, stop_at;
    bool full;
};

static inline const struct facts *stage_facts(const struct sim *s, const struct job *job) {
    return &s->facts[job->class];
}

static inline uint32_t stage_pool(const struct sim *s, const struct job *job) {
    return stage_facts(s, job)->pool;
}

/* When a job's end is due that begins on a server now; what its host adds is in it, and in
 * job->started. */
static inline nsec stage_due(struct sim *s, struct job *job, uint32_t server, bool from_queue) {
    return s->overhead ? overhead_start(s->overhead, job, server, from_queue || job->waited, s->now)
                       : s->now + job->demand;
}

/* On a real host the first end may come later than it is due: it is put off, once. */
bool stage_put_off(struct sim *s, uint32_t server);

/* Everything empty at the begin of the warm-up, the first arrivals known; false: out of memory, or
 * more servers than the calendar can name. Closed clients have not begun to think. */
bool stage_open(struct sim *s, struct trial *trial);
void stage_close(struct sim *s);

/* Room for twice as many jobs; false: there is none, s->full, and soon is now. */
bool stage_more_jobs(struct sim *s);
/* Ranks for so many jobs; false: out of memory. */
bool stage_grow_ranks(struct sim *s, uint32_t room);

/* A worker that was starting serves from now on; who stands at the door may come in. sim/sim.c's.
 */
void sim_join(struct sim *s, uint32_t pool, uint32_t server);
void sim_door_due(struct sim *s, uint32_t pool);
/* The server begins to spend what its job demands, where servers meet meanwhile (s->spend). */
void stage_spend(struct sim *s, uint32_t server);

/* Everybody who is still in the system goes into the books. */
void stage_account(struct sim *s);

#endif
