/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * job: one job's life, as far as it has come; both engines keep it, the recorder reads it.
 *
 * The whole idea of the project in one struct: job `index` of class `class` means to arrive at
 * `intended` and demands `demand` of a worker, the same in either engine.
 */
#ifndef MODEL_JOB_H
#define MODEL_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "model/nsec.h"

enum fate {
    FATE_COMPLETED,
    FATE_FAILED,
    FATE_REJECTED,
    FATE_DROPPED,
    FATE_TIMED_OUT,
    FATE_CANCELLED,
    FATE_DEAD_LETTERED,
    FATE_IN_FLIGHT, /* not ended within the cool-down */
    FATES
};

/* Where a job in the system is. */
enum job_place { JOB_HELD, JOB_AT_DOOR, JOB_QUEUED, JOB_SERVED };

struct job {
    nsec intended; /* the instant it meant to arrive; everything counts from here */
    nsec started;
    nsec demand;
    uint64_t index; /* k-th of its class, from 0; closed: client << 32 | cycle */
    uint32_t class;
    bool counted;   /* intended in [0, T) */
    bool waited;    /* found no free worker */
    bool outside;   /* stood at the door, or waited for its submitter */
    uint8_t place;  /* enum job_place; the simulator's */
    bool by_caller; /* its submitter runs it */
    uint32_t step;  /* of the series, that it arrived in; the recorder's */
};

static inline uint64_t job_closed_index(uint32_t client, uint32_t cycle) {
    return (uint64_t)client << 32 | cycle;
}

#endif
