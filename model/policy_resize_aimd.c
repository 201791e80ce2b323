/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_aimd: additive increase, multiplicative decrease, as TCP does it.
 *
 *     a job was lost, or the mean response > slow    L <- floor(backoff x L)
 *     else, and 2 x in flight >= L                    L <- L + 1
 *
 * L is the size; a decision stands for all samples of a tick: in flight is the most that were in
 * service or queue at once. Nothing lost and nothing completed: no sample, L stays.
 *
 * Source: Netflix concurrency-limits, AIMDLimit.java (0.9, 5 s; there 20 <= L <= 200); Chiu, Jain,
 * "Analysis of the increase and decrease algorithms for congestion avoidance", Computer Networks
 * and ISDN Systems 17, 1989.
 */
#include "model/policy_resize_kinds.h"

int64_t resize_aimd(struct resize_ask *a) {
    const struct observed *seen = a->seen;
    if (!seen || (seen->completed == 0 && seen->lost == 0))
        return a->size;
    bool slow = seen->completed > 0 && seen->response_mean > a->spec->slow;
    if (seen->lost > 0 || slow)
        return resize_whole(a->size * a->spec->backoff);
    return a->size + (2 * (uint64_t)seen->in_flight_most >= a->size);
}
