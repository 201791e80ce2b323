/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frees: the instants at which the workers of a pool are free again, and the recursion over them.
 *
 * frees_serve takes jobs in order of arrival: each starts when it has come and a worker is free,
 * the earliest. Three ways to the same figures: one worker needs no choice; up to FREES_SORTED_MOST
 * workers on processors with AVX-512 (with AVX2 up to FREES_SORTED_MOST_AVX2) are a sorted vector
 * into which each end is merged by a maximum and a minimum a lane (w'[i] = min(w[i+1], max(w[i],
 * end))), without a branch; else a 4-ary heap. Cost a job: 2 ns for 1 to 16 workers, 6 ns for 200
 * sorted, 13 ns in the heap; with AVX2 4, 29 and 50 on a slower machine.
 */
#ifndef SIM_FREES_H
#define SIM_FREES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/nsec.h"
#include "model/vectors.h"

enum { FREES_SORTED_MOST = 256, FREES_SORTED_MOST_AVX2 = 208, FREES_PLACES_MOST = 1 << 16 };

struct frees {
    nsec *at; /* sorted, in whole vectors, padded, as those want it; or a heap */
    uint32_t workers;
    enum vectors sorted; /* by these; VECTORS_NONE: a heap */
    /* of a queue that rejects: the starts of the last `places` admitted, in a ring */
    nsec *starts;
    int64_t places; /* STATION_UNBOUNDED */
    int64_t head;
};

/* All workers are free from `from` on; false: out of memory. */
bool frees_open(struct frees *f, uint32_t workers, int64_t places, nsec from);
void frees_close(struct frees *f);

/* The starts and ends of `count` jobs by their arrivals and demands; a start of NSEC_NEVER: turned
 * away. */
void frees_serve(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                 nsec *start, nsec *end);

#endif
