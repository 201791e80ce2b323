/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resizing: see resizing.h. */
#include "model/resizing.h"

#include <stdlib.h>

#include "model/mem.h"
#include "model/scenario.h"

enum { STEPS_MOST = 10000 };

const char *const resize_whats[RESIZED_WHATS] = {"grow", "shrink", "ready", "gone"};

void resize_log_event(struct resize_log *log, const struct resize_event *event) {
    if (log->event_count == log->event_room) {
        log->event_room = log->event_room ? 2 * log->event_room : 64;
        log->events = mem_resize(log->events, log->event_room, sizeof *log->events);
    }
    log->events[log->event_count++] = *event;
}

void resize_log_decided(struct resize_log *log, const struct decided *decided) {
    if (log->decided_count == log->decided_room) {
        log->decided_room = log->decided_room ? 2 * log->decided_room : 64;
        log->decided = mem_resize(log->decided, log->decided_room, sizeof *log->decided);
    }
    log->decided[log->decided_count++] = *decided;
}

void resize_log_close(struct resize_log *log) {
    free(log->events);
    free(log->decided);
    *log = (struct resize_log){0};
}

static int ascending(const void *a, const void *b) {
    const nsec *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Those of a profile of steps, its repetitions included; the first point is a step only where
 * another period ends before it. */
static size_t steps_of(const struct arrivals *a, nsec end, nsec *steps, size_t count) {
    bool repeats = a->profile.repeat != NSEC_UNSET;
    for (nsec from = 0; from < end; from += a->profile.repeat) {
        for (size_t i = from == 0; i < a->profile.points.count && count < STEPS_MOST; i++)
            if (from + a->profile.points.items[i].at < end)
                steps[count++] = from + a->profile.points.items[i].at;
        if (!repeats)
            break;
    }
    return count;
}

nsec *resizing_steps(const struct scenario *sc, size_t *count) {
    nsec *steps = mem_new(STEPS_MOST, sizeof *steps);
    *count = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct arrivals *a = &sc->classes.items[i].arrivals;
        if (a->kind == ARRIVAL_PROFILE && a->profile.shape == PROFILE_STEP)
            *count = steps_of(a, sc->run.duration, steps, *count);
    }
    qsort(steps, *count, sizeof *steps, ascending);
    return steps;
}
