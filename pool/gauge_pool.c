/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gauge_pool: what a pool costs: the way to a parked worker, and from job to job; see gauge.h. */
#include <errno.h>
#include <stdlib.h>

#include "model/variate.h"
#include "pool/gauge.h"
#include "pool/park.h"
#include "pool/pool.h"
#include "pool/work.h"

enum { WORKERS = 8, BATCH = 200, PROBES_MOST = 100000, STACK_BYTES = 256 * 1024 };
static const double GAP = 1.25e6; /* ns, mean; of jobs of 0.3 to 1.7 ms one is in service, mostly */
static const nsec SHORT = 60 * 1000;

struct probe {
    struct headroom_job base; /* first */
    struct work_place *place;
    nsec demand, due, sent, begun;
};

static void run_probe(struct headroom_job *base) {
    struct probe *p = (struct probe *)base;
    p->begun = park_now();
    work_sleep(p->place, base->started + p->demand);
}

static struct work_place place_of(int cores) {
    struct work_place place = {0};
    place.watchers_most = cores > 2 ? cores - 1 : cores > 1;
    return place;
}

static int open_pool(struct headroom_pool **pool, uint32_t workers) {
    const struct headroom_config config = {
        .workers = workers, .capacity = HEADROOM_UNBOUNDED, .stack_bytes = STACK_BYTES};
    return headroom_pool_open(pool, &config);
}

/* As the pacer of bench does: asleep, then watching the clock, where there is a core for it. */
static void pace_to(nsec due, nsec stretch) {
    atomic_uint word = 0;
    while (park_now() < due - stretch)
        park_wait(&word, 0, due - stretch);
    while (park_now() < due) {
    }
}

static size_t send_jobs(struct gauge *g, struct headroom_pool *pool, struct probe *probes,
                        size_t room, struct work_place *place) {
    nsec stretch = g->cores > 1 ? WORK_STRETCH : 0, due = park_now() + 1000000;
    size_t n = 0;
    for (; n < room && gauge_goes_on(g); n++) {
        struct probe *p = &probes[n];
        *p = (struct probe){.base = {.run = run_probe},
                            .place = place,
                            .demand = gauge_between(g, 300000, 1700000),
                            .due = due};
        pace_to(due, stretch);
        p->sent = park_now();
        if (headroom_pool_post_job(pool, &p->base))
            break;
        dice_item(&g->dice, g->dice.item + 1);
        due += (nsec)(variate_exponential(&g->dice) * GAP);
    }
    return n;
}

int gauge_jobs(struct gauge *g) {
    size_t room = (size_t)((double)(g->until - park_now()) / GAP * 1.5) + 100;
    room = room < PROBES_MOST ? room : PROBES_MOST;
    struct work_place place = place_of(g->cores);
    struct headroom_pool *pool = NULL;
    struct probe *probes = calloc(room, sizeof *probes);
    int error = probes ? open_pool(&pool, WORKERS) : ENOMEM;
    if (!error) {
        size_t sent = send_jobs(g, pool, probes, room, &place);
        headroom_pool_close(pool, HEADROOM_NEVER, NULL);
        for (size_t i = 0; i < sent; i++)
            if (!probes[i].base.queued && probes[i].base.started) {
                gauge_add(g, PROFILE_PACER, probes[i].sent - probes[i].due);
                gauge_add(g, PROFILE_DISPATCH, probes[i].base.started - probes[i].sent);
            }
    }
    free(probes);
    return error;
}

/* A line of short waits on one worker, as often as there is time for. */
static int hand_over_batch(struct gauge *g, struct probe *probes) {
    struct work_place place = place_of(g->cores);
    struct headroom_pool *pool = NULL;
    int error = open_pool(&pool, 1);
    if (error)
        return error;
    for (int i = 0; i < BATCH; i++) {
        probes[i] = (struct probe){.base = {.run = run_probe},
                                   .place = &place,
                                   .demand = gauge_between(g, SHORT / 2, SHORT)};
        headroom_pool_post_job(pool, &probes[i].base);
    }
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    for (int i = 0; i < BATCH; i++)
        if (probes[i].base.queued && probes[i].base.started)
            gauge_add(g, PROFILE_HAND_OVER, probes[i].begun - probes[i].base.started);
    return 0;
}

int gauge_hand_over(struct gauge *g) {
    struct probe *probes = calloc(BATCH, sizeof *probes);
    int error = probes ? 0 : ENOMEM;
    while (!error && gauge_goes_on(g))
        error = hand_over_batch(g, probes);
    free(probes);
    return error;
}
