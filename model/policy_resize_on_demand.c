/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_on_demand: a worker when a job needs one, gone when it was idle for long enough.
 *
 * none_idle: as many start as jobs wait, so serving + min(waiting, max - serving) are wanted; where
 * waiting jobs were served meanwhile, those still starting for them are no longer wanted. With an
 * exponential start this is the M/M/c queue with setup times and keep-alive 0 is "turned off at
 * once": in setup are min(waiting, c - on). Source: Gandhi, Doroudi, Harchol-Balter, Scheller-Wolf,
 * "Exact analysis of the M/M/k/setup class of Markov chains via recursive renewal reward", Queueing
 * Systems 77, 2014.
 *
 * queue_full: the rule of executors. On an arrival, in this order: fewer than min: one more, even
 * if others are idle; an idle worker or room in the queue: none; fewer than max: one more. Who was
 * started is not called back. Source: java.util.concurrent.ThreadPoolExecutor, its documentation
 * ("Core and maximum pool sizes", "Queuing", "Keep-alive times").
 *
 * The keep-alive of the worker idle for longest decides; it leaves above min alone. Where the
 * keep-alive is a distribution the engine draws one a worker and asks policy_resize_may_go.
 */
#include "model/policy_resize_kinds.h"

/* With those that start and are not called back. */
static int64_t executor(const struct resize_ask *a) {
    const struct load *load = a->load;
    bool room = load->capacity < 0 || load->queued < (uint64_t)load->capacity;
    bool below = a->size < (a->spec->min > 0 ? a->spec->min : 1);
    bool full = resize_idle(load) == 0 && !room && a->size < a->spec->max;
    return a->size + (load->arrival && (below || full));
}

/* With those that start for the jobs that wait, and for min. */
static int64_t for_each_waiting(const struct resize_ask *a) {
    int64_t serving = a->load->workers - a->load->leaving, places = a->spec->max - serving;
    uint64_t waiting = resize_waiting(a->load);
    if (places > 0)
        serving += waiting < (uint64_t)places ? (int64_t)waiting : places;
    return serving > a->spec->min ? serving : a->spec->min;
}

/* Is the time over of the one idle for longest? It is asked again then. */
static bool one_goes(struct resize_ask *a) {
    nsec since = a->load->idle_since, keep_alive = a->p->keep_alive;
    if (since == NSEC_NEVER || keep_alive < 0 || resize_idle(a->load) == 0)
        return false;
    nsec due = since + keep_alive;
    a->again = due > a->now ? due : a->now;
    return due <= a->now && !a->load->arrival;
}

int64_t resize_on_demand(struct resize_ask *a) {
    int64_t wanted = a->spec->grow_when == 1 ? executor(a) : for_each_waiting(a);
    bool starts = a->spec->grow_when == 1 && a->load->starting > 0; /* he is not called back */
    return wanted > a->spec->min && !starts && one_goes(a) ? wanted - 1 : wanted;
}

bool policy_resize_may_go(const struct resize_spec *spec, const struct load *load) {
    return load_size(load) > spec->min;
}
