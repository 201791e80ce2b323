/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resizing: see resizing.h. */
#include "model/resizing.h"

#include <math.h>
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

void resize_log_copy(struct resize_log *log, const struct resize_log *from) {
    for (size_t i = 0; i < from->event_count; i++)
        resize_log_event(log, &from->events[i]);
    for (size_t i = 0; i < from->decided_count; i++)
        resize_log_decided(log, &from->decided[i]);
}

static void write_time(nsec time, FILE *to) {
    if (time == NSEC_UNSET || time == NSEC_NEVER)
        putc(',', to);
    else
        fprintf(to, ",%.9f", nsec_seconds(time));
}

static void write_seen(const struct observed *s, FILE *to) {
    fprintf(to, ",%llu,%llu,%llu,%llu,%.9g,%.9g,%.9g,%u", (unsigned long long)s->arrived,
            (unsigned long long)s->started, (unsigned long long)s->completed,
            (unsigned long long)s->lost, s->busy, s->workers, s->queued, s->in_flight_most);
    write_time(s->service_mean, to);
    write_time(s->service_least, to);
    write_time(s->response_mean, to);
    write_time(s->wait_least, to);
    for (int i = 0; i < RESIZE_PERCENTILES; i++)
        write_time(s->response[i], to);
}

void resize_log_write(const struct resize_log *log, const struct scenario *sc, FILE *to) {
    fputs("t,pool,workers,leaving,starting,busy,queued,idle_since,arrival,tick,size,again,from,"
          "arrived,started,completed,lost,busy_mean,workers_mean,queued_mean,in_flight_most,"
          "service_mean,service_least,response_mean,wait_least,p50,p90,p95,p99\n",
          to);
    for (size_t i = 0; i < log->decided_count; i++) {
        const struct decided *d = &log->decided[i];
        const struct load *l = &d->load;
        fprintf(to, "%.9f,%s,%u,%u,%u,%u,%llu", nsec_seconds(d->at), sc->pools.items[d->pool].name,
                l->workers, l->leaving, l->starting, l->busy, (unsigned long long)l->queued);
        write_time(l->idle_since, to);
        fprintf(to, ",%d,%d,%u", l->arrival, d->tick, d->said.size);
        write_time(d->said.again, to);
        write_time(d->tick ? d->seen.from : NSEC_UNSET, to);
        if (d->tick)
            write_seen(&d->seen, to);
        else
            fputs(",,,,,,,,,,,,,,,,", to);
        putc('\n', to);
    }
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
        for (size_t i = from == 0; i < a->profile.points.count && count < STEPS_MOST; i++) {
            const struct profile_point *p = a->profile.points.items;
            size_t before = i > 0 ? i - 1 : a->profile.points.count - 1;
            if (from + p[i].at < end && fabs(p[i].rate - p[before].rate) > 0)
                steps[count++] = from + p[i].at;
        }
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
    size_t once = 0;
    for (size_t i = 0; i < *count; i++)
        if (i == 0 || steps[i] > steps[once - 1])
            steps[once++] = steps[i];
    *count = once;
    return steps;
}
