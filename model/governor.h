/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * governor: what both engines keep of a pool that changes its size: its policy, the meter that the
 * policy looks at, the dice of its ticks, dwells and starts. The engine says when, gives the load,
 * and does what the decision says.
 *
 * Dice: by (seed, replication, the pool's name, purpose, how many were drawn before), so the k-th
 * worker that starts takes as long in either engine.
 */
#ifndef MODEL_GOVERNOR_H
#define MODEL_GOVERNOR_H

#include "model/meter.h"
#include "model/policy_resize.h"
#include "model/record.h"

enum governor_die { DIE_EVERY, DIE_DWELL, DIE_SPAWN, DIE_WARM_UP, DIE_KEEP_ALIVE, GOVERNOR_DICE };

struct governor {
    const struct resize_spec *spec; /* NULL: a pool of fixed size, and nothing else is set */
    uint32_t pool;
    struct policy_resize policy;
    struct meter meter;
    struct dice dice[GOVERNOR_DICE];
    uint64_t drawn[GOVERNOR_DICE];
    struct resize_log *log; /* or NULL */
    bool eager, ticks;      /* asked on every event; at ticks */
    bool before;            /* eager: asked before a job is admitted, too */
};

/* `log` outlives it. */
void governor_open(struct governor *g, const struct scenario *scenario, uint32_t pool,
                   uint64_t replication, nsec now, struct resize_log *log);

/* How long until the next tick; how long the next worker starts and warms up; its keep-alive. */
nsec governor_every(struct governor *g);
nsec governor_start(struct governor *g);
nsec governor_keep_alive(struct governor *g);

/* Does the engine draw a keep-alive for each idle worker? Else the policy knows it. */
bool governor_draws_keep_alive(const struct governor *g);

/* Asks the policy. `seen`: at a tick, else NULL. */
struct decision governor_ask(struct governor *g, const struct load *load,
                             const struct observed *seen, nsec now);

#endif
