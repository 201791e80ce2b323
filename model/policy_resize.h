/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize: how many workers a pool should have: the controllers, once for both engines.
 *
 * A policy reads no clock, takes no lock, allocates nothing, does no I/O and has no globals. Time
 * reaches it as `now`, which never decreases; chance through the dice; the world as a struct load
 * (now) and a struct observed (what happened since it was last asked at a tick). It is a flat
 * value: a copy goes on by itself. The engine serialises the calls and does what it says.
 *
 * Size means workers that serve and workers that start, less those that will go when they finish.
 * Whatever a kind wants is cut to min ... max, and nothing changes within `dwell` of the last
 * change.
 *
 * When it is asked: at each tick (`every`); a kind or scenario with `every` 0 on every event of the
 * pool (an arrival before it is admitted, an end, a worker that is ready or gone), until it is
 * content; and when `again` of its last decision has come.
 */
#ifndef MODEL_POLICY_RESIZE_H
#define MODEL_POLICY_RESIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/dist.h"
#include "model/nsec.h"
#include "model/rng.h"

/* In the order of the format's words. */
enum resize_kind {
    RESIZE_WATERMARK,
    RESIZE_ON_DEMAND,
    RESIZE_TARGET_UTILISATION,
    RESIZE_AIMD,
    RESIZE_GRADIENT,
    RESIZE_VEGAS,
    RESIZE_LITTLES_LAW,
    RESIZE_HILL_CLIMBING,
    RESIZE_SCHEDULE,
    RESIZE_KINDS
};

struct resize_size {
    nsec at;
    int64_t workers;
};

/* A mark of the watermarks: of utilisation (NaN: not given) or of a count (-1). */
struct resize_mark {
    double utilisation;
    int64_t count; /* grow_at: jobs in the queue; shrink_at: idle workers */
};

/* The scenario's words, `pool.resize`; defaults are the format table's (model/format.c). */
struct resize_spec {
    int64_t policy;    /* enum resize_kind */
    int64_t min, max;  /* max 0: a pool of fixed size, nothing else is set */
    struct dist every; /* between ticks; constant 0: on every event */
    struct dist dwell; /* least time between two changes */
    struct dist spawn, warm_up;
    /* watermark */
    struct resize_mark grow_at, shrink_at;
    int64_t step;
    double factor;          /* > 1: step is ceil(size x (factor - 1)) instead; NaN: not given */
    int64_t while_starting; /* 0 go_on, 1 hold: no decision while a worker starts */
    /* on_demand */
    int64_t grow_when; /* 0 none_idle, 1 queue_full (the executor) */
    struct dist keep_alive;
    /* target_utilisation */
    double target, tolerance;
    nsec stabilise_up, stabilise_down;
    /* aimd, gradient, vegas */
    double backoff;   /* aimd: 0.9 */
    nsec slow;        /* aimd: a response above it counts as a drop */
    double slack;     /* gradient: 1.5 */
    double smoothing; /* gradient: 0.2 */
    int64_t long_window;
    int64_t extra; /* gradient: jobs that may wait, 4 */
    int64_t probe; /* vegas: 30 */
    /* littles_law */
    int64_t percentile; /* index in RESIZE_PERCENTILE */
    double headroom;
    /* schedule */
    struct {
        struct resize_size *items;
        size_t count;
    } sizes;
    nsec repeat; /* NSEC_UNSET: never */
};

enum { RESIZE_P50, RESIZE_P90, RESIZE_P95, RESIZE_P99, RESIZE_PERCENTILES };

/* The pool at `now`. */
struct load {
    uint32_t workers;  /* that serve, those that will go when they finish included */
    uint32_t leaving;  /* of these, will go when they finish */
    uint32_t starting; /* asked for, not serving yet */
    uint32_t busy;     /* of workers */
    uint64_t queued;
    int64_t capacity; /* -1: unbounded */
    nsec idle_since;  /* since when the longest idle worker has been so; NSEC_NEVER: none is */
    bool arrival;     /* a job is about to ask for admission; not in `queued` */
};

/* What happened since the last tick. Times are NSEC_UNSET where nothing was completed. */
struct observed {
    nsec from; /* it ends at `now` */
    uint64_t arrived, started, completed, lost;
    double busy, workers, queued; /* means over it */
    uint32_t in_flight_most;      /* the most that were in service or queue at once */
    nsec service_mean, service_least, response_mean, wait_least;
    nsec response[RESIZE_PERCENTILES];
};

struct decision {
    uint32_t size; /* wanted from now on */
    nsec again;    /* ask again then, if not before (now: at once, when it was done); NSEC_NEVER */
};

enum { RESIZE_HISTORY = 64, RESIZE_WAVE = 32 };

/* What was wanted, or done, in order of time. */
struct resize_history {
    nsec at[RESIZE_HISTORY];
    uint32_t value[RESIZE_HISTORY], count;
};

struct policy_resize {
    const struct resize_spec *spec; /* borrowed */
    nsec hold_until;                /* dwell */
    nsec dwell, keep_alive;         /* where always the same; -1: drawn */
    uint64_t asked;                 /* draws so far: the dice's item */
    union {
        struct {
            struct resize_history most, least, grown;
        } target;
        struct {
            double limit, long_mean; /* ns */
            uint64_t samples;
        } gradient;
        struct {
            double limit, jitter;
            nsec least; /* 0: not measured yet */
            uint64_t since_probe;
        } vegas;
        struct {
            double sizes[RESIZE_WAVE], throughput[RESIZE_WAVE], noise, limit;
            uint64_t samples;
            uint32_t last;          /* the size it asked for */
            nsec starved;           /* since then nobody was started though jobs wait */
            nsec quiet_until, time; /* the sample that is being taken: until when, so long it is */
            uint64_t completed;
        } hill;
    };
};

/* Asked for the first time at `now`, with so many workers. Instants of a schedule count from t = 0:
 * so does `now`, there. */
void policy_resize_open(struct policy_resize *p, const struct resize_spec *spec, uint32_t workers,
                        nsec now);

/* What the pool should have. `seen`: the time since the last tick, on a tick; NULL between ticks
 * (on_demand, watermarks by count, a schedule and `again` need none; the others keep the size
 * then). Changes p. */
struct decision policy_resize_decide(struct policy_resize *p, const struct load *load,
                                     const struct observed *seen, nsec now, struct dice *dice);

/* Is it asked on every event? */
bool policy_resize_eager(const struct resize_spec *spec);

/* Has it ticks? Else it is asked on every event, or, a schedule, at its own instants. */
bool policy_resize_ticks(const struct resize_spec *spec);

/* A worker has been idle for a keep-alive that the engine drew for it: may it go? (Of a constant
 * keep-alive policy_resize_decide takes care.) */
bool policy_resize_may_go(const struct resize_spec *spec, const struct load *load);

/* load's size: what serves and starts, less what will go. */
static inline uint32_t load_size(const struct load *load) {
    return load->workers - load->leaving + load->starting;
}

#endif
