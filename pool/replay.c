/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay: see replay.h. O(n log n) in jobs. */
#include "pool/replay.h"

#include <assert.h>
#include <stdlib.h>

enum moment_kind {
    MOMENT_END,
    MOMENT_DROP,
    MOMENT_TIMEOUT,
    MOMENT_CHANGE, /* of a pool's size; job: its number among them */
    MOMENT_ARRIVE,
    MOMENT_REJECT,
    MOMENT_HOLD,
    MOMENT_DOOR,
    MOMENT_QUEUE,
    MOMENT_START,
    MOMENTS
};

struct moment {
    nsec at;
    uint32_t job;
    uint32_t kind; /* enum moment_kind */
};

static int earlier(const void *a, const void *b) {
    const struct moment *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->job > y->job) - (x->job < y->job);
}

/* The moments of a job's life, up to MOMENTS of them. */
static size_t moments_of(const struct real_job *j, uint32_t number, struct moment *out) {
    size_t n = 0;
    nsec intended = j->job.intended;
    out[n++] = (struct moment){intended, number, MOMENT_ARRIVE};
    if (j->rejected)
        out[n++] = (struct moment){intended, number, MOMENT_REJECT};
    if (j->held != NSEC_UNSET)
        out[n++] = (struct moment){j->held, number, MOMENT_HOLD};
    if (j->blocked != NSEC_UNSET)
        out[n++] = (struct moment){j->blocked, number, MOMENT_DOOR};
    if (j->queued)
        out[n++] = (struct moment){j->admitted, number, MOMENT_QUEUE};
    if (j->started != NSEC_UNSET)
        out[n++] = (struct moment){j->started, number, MOMENT_START};
    if (j->finished != NSEC_UNSET && !j->rejected)
        out[n++] = (struct moment){j->finished, number,
                                   j->dropped     ? MOMENT_DROP
                                   : j->timed_out ? MOMENT_TIMEOUT
                                                  : MOMENT_END};
    return n;
}

static void tell(struct record *r, struct real_job *j, enum moment_kind kind, nsec now) {
    switch (kind) {
    case MOMENT_END:
        record_end(r, &j->job, j->pool, now);
        break;
    case MOMENT_DROP:
        record_lose(r, &j->job, j->pool, now, FATE_DROPPED, true);
        break;
    case MOMENT_TIMEOUT:
        record_lose(r, &j->job, j->pool, now, FATE_TIMED_OUT, j->queued);
        break;
    case MOMENT_ARRIVE:
        record_arrive(r, &j->job, j->pool, now);
        break;
    case MOMENT_REJECT:
        record_lose(r, &j->job, j->pool, now, FATE_REJECTED, false);
        break;
    case MOMENT_HOLD:
        record_hold(r, &j->job, now);
        break;
    case MOMENT_DOOR:
        record_block(r, &j->job, now);
        break;
    case MOMENT_QUEUE:
        record_queue(r, &j->job, j->pool, now);
        break;
    case MOMENT_START:
        j->job.started = now;
        if (j->job.by_caller)
            record_caller(r, &j->job, now);
        else
            record_start(r, &j->job, j->pool, now, j->queued);
        break;
    case MOMENT_CHANGE:
    case MOMENTS:
        break;
    }
}

static void tell_change(struct record *r, const struct crew_change *c) {
    if (c->decision)
        record_resize(r, c->pool, c->at, c->from, c->to);
    else
        record_workers(r, c->pool, c->at, c->serving, c->starting);
}

static void tell_left(struct record *r, const struct real_job *j, nsec stop) {
    bool arrived = j->job.intended <= stop;
    bool ended = j->rejected || (j->finished != NSEC_UNSET && j->finished <= stop);
    bool started = j->started != NSEC_UNSET && j->started <= stop;
    if (arrived && !ended)
        record_left(r, &j->job, j->pool, stop, started);
}

bool replay(struct record *r, struct real_job *const *jobs, size_t count,
            const struct crew_change *const *changes, size_t change_count, nsec stop) {
    struct moment *moments = malloc((count * MOMENTS + change_count + 1) * sizeof *moments);
    if (!moments)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += moments_of(jobs[i], (uint32_t)i, moments + n);
    for (size_t i = 0; i < change_count; i++)
        moments[n++] = (struct moment){changes[i]->at, (uint32_t)i, MOMENT_CHANGE};
    qsort(moments, n, sizeof *moments, earlier);
    for (size_t i = 0; i < n && moments[i].at <= stop; i++) {
        record_advance(r, moments[i].at);
        if (moments[i].kind == MOMENT_CHANGE)
            tell_change(r, changes[moments[i].job]);
        else
            tell(r, jobs[moments[i].job], (enum moment_kind)moments[i].kind, moments[i].at);
    }
    for (size_t i = 0; i < count; i++)
        tell_left(r, jobs[i], stop);
    assert(r->counted_left == 0); /* conservation */
    free(moments);
    return true;
}
