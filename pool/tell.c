/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tell: see tell.h. */
#include "pool/tell.h"

#include <stdlib.h>

#include "model/mem.h"
#include "pool/replay.h"

static nsec instant(const struct bench *b, nsec clock) {
    return clock ? submit_time(b, clock) : NSEC_UNSET;
}

/* The job's stamps in the scenario's time; no stamp comes before the instant it was meant for. */
static struct real_job *settle(const struct bench *b, struct bench_job *job) {
    struct real_job *r = &job->real;
    r->job.waited = r->job.waited || job->base.waited;
    r->queued = job->base.queued;
    r->held = job->held ? job->real.job.intended : NSEC_UNSET;
    r->admitted = r->job.by_caller ? NSEC_UNSET : instant(b, job->base.admitted);
    r->started = instant(b, job->base.started);
    r->finished = job->aborted ? NSEC_UNSET : instant(b, job->base.finished);
    r->rejected = job->rejected;
    r->dropped = job->dropped;
    r->timed_out = job->timed_out;
    if (r->timed_out && r->queued && r->finished <= r->admitted)
        r->finished = r->admitted + 1;
    bool waited_at_door = !r->job.by_caller && !r->rejected && job->base.waited &&
                          job->base.submitted &&
                          (job->base.admitted == 0 || job->base.admitted > job->base.submitted);
    r->blocked = waited_at_door && !job->held ? instant(b, job->base.submitted) : NSEC_UNSET;
    if (r->started != NSEC_UNSET && r->finished != NSEC_UNSET && !r->dropped && !r->timed_out &&
        r->finished <= r->started)
        r->finished = r->started + 1;
    return r;
}

/* All jobs and what the pools did meanwhile; of that the log is kept, too. */
static bool replay_all(struct bench *b, struct real_job *const *jobs, nsec stop) {
    struct record *record = &b->trial->record;
    size_t count = 0;
    for (size_t i = 0; i < b->scenario->pools.count; i++)
        count += b->resizers[i] ? b->resizers[i]->count : 0;
    const struct crew_change **changes = mem_new(count + 1, sizeof *changes);
    count = 0;
    for (size_t i = 0; i < b->scenario->pools.count; i++) {
        struct resizer *r = b->resizers[i];
        for (size_t k = 0; r && k < r->count; k++)
            changes[count++] = &r->changes[k];
        if (r && !record->resizes)
            record_keep_resizes(record);
        for (size_t k = 0; r && k < r->log.decided_count && r->log.decided[k].at <= stop; k++)
            resize_log_decided(record->resizes, &r->log.decided[k]);
    }
    bool ok = replay(record, jobs, b->job_count, changes, count, stop);
    free(changes);
    return ok;
}

bool tell_recorder(struct bench *b, nsec stop) {
    struct trial *trial = b->trial;
    struct real_job **jobs = malloc((b->job_count + 1) * sizeof *jobs);
    if (!jobs || !record_open(&trial->record, b->scenario, trial->keep_windows)) {
        free(jobs);
        return false;
    }
    trial->record.log = trial->log;
    if (trial->keep_outcomes)
        record_keep_outcomes(&trial->record);
    for (size_t i = 0; i < b->job_count; i++)
        jobs[i] = settle(b, submit_job(b, i));
    bool ok = replay_all(b, jobs, stop);
    free(jobs);
    if (ok)
        record_finish(&trial->record, stop);
    else
        record_close(&trial->record);
    return ok;
}
