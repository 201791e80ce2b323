/* SPDX-License-Identifier: MIT */
/*
 * nsec: time, in integer nanoseconds, everywhere.
 *
 * An instant counts from the begin of the measured time (t = 0; the warm-up is negative), or,
 * inside pool/, from the monotonic clock's own zero. 2^63 ns are 292 years; durations are refused
 * above NSEC_LONGEST (3 years), so that sums of a handful of them cannot overflow. Sums over jobs
 * are 128 bits wide (nsec_sum): 1e10 jobs of three years each fit 11 orders of magnitude below the
 * top.
 */
#ifndef MODEL_NSEC_H
#define MODEL_NSEC_H

#include <stdint.h>

typedef int64_t nsec;

__extension__ typedef __int128 nsec_sum;
__extension__ typedef unsigned __int128 nsec_square;

#define NSEC_PER_SEC INT64_C(1000000000)
#define NSEC_NEVER INT64_MAX
#define NSEC_LONGEST (INT64_C(100000000) * NSEC_PER_SEC)

static inline double nsec_seconds(nsec t) {
    return (double)t / 1e9;
}

#endif
