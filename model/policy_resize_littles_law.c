/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_littles_law: the size as a rule of thumb has it, from what a dashboard shows.
 *
 *     size = ceil(arrivals a second x a percentile of the response x headroom)
 *
 * both of the last tick. Little's Law proper takes the mean time on a worker and says how many are
 * busy on average. The response has the wait in it, so a pool that is too small asks for more than
 * it needs, and of a tick in which many wait for far more. Nothing completed: the size stays.
 * No canonical source: defined here. (Little, "A proof for the queuing formula L = lambda W",
 * Operations Research 9, 1961, is the law.)
 */
#include "model/policy_resize_kinds.h"

int64_t resize_littles_law(struct resize_ask *a) {
    if (!a->seen || a->seen->completed == 0 || a->now <= a->seen->from)
        return a->size;
    double rate = (double)a->seen->arrived / (double)(a->now - a->seen->from);
    double response = (double)a->seen->response[a->spec->percentile];
    return resize_round_up(rate * response * a->spec->headroom);
}
