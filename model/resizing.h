/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resizing: what the recorder keeps of a pool that changes its size, inside [0, T): how often, how
 * often back and forth, the most it had, how long after a step of the load it came to rest, and the
 * worker time that went into starting.
 *
 * A resize is a decision that changes the size (workers that serve and start, less those that will
 * go when they finish); a reversal is one in the other direction than the resize before it. The
 * settling time of a step of the offered rate (a point of a `profile` of steps) is the time from it
 * to the last resize before the next step, or before T: near the whole length where it never
 * settles.
 */
#ifndef MODEL_RESIZING_H
#define MODEL_RESIZING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/nsec.h"
#include "model/policy_resize.h"

struct scenario;

enum resize_what { RESIZED_GROW, RESIZED_SHRINK, RESIZED_READY, RESIZED_GONE, RESIZED_WHATS };
extern const char *const resize_whats[RESIZED_WHATS];

/* A line of events.csv: of a decision the sizes, else the workers that serve. */
struct resize_event {
    nsec at;
    uint32_t pool, from, to;
    enum resize_what what;
};

/* What a policy was asked and said. */
struct decided {
    nsec at;
    uint32_t pool;
    bool tick; /* seen: is given */
    struct load load;
    struct observed seen;
    struct decision said;
};

struct resize_log {
    struct resize_event *events;
    size_t event_count, event_room;
    struct decided *decided;
    size_t decided_count, decided_room;
};

void resize_log_event(struct resize_log *log, const struct resize_event *event);
void resize_log_decided(struct resize_log *log, const struct decided *decided);
void resize_log_copy(struct resize_log *log, const struct resize_log *from);
void resize_log_close(struct resize_log *log);

/* The decisions, a line each, as CSV: when, what the policy saw, what it said. */
void resize_log_write(const struct resize_log *log, const struct scenario *scenario, FILE *to);

struct resizing {
    uint64_t resizes, reversals;
    int64_t most;      /* the largest size inside [0, T) */
    int direction;     /* of the last resize */
    uint64_t steps;    /* of the load, that are over */
    nsec_sum settling; /* of these, together */
    nsec last;         /* resize since the present step; or its begin */
};

/* The instants in [0, T) at which a step of the offered rate begins, ascending; fresh memory. */
nsec *resizing_steps(const struct scenario *scenario, size_t *count);

#endif
