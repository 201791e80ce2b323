/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_target: as many workers as keep the utilisation at a target.
 *
 *     r = utilisation / target;  |1 - r| <= tolerance: the size is right
 *     wanted = ceil(r x those that serve)
 *
 * Growing, those that start count as idle: r and the tolerance are taken of all, and where that
 * turns the direction nothing changes. It grows to the least that was wanted within stabilise_up
 * and shrinks to the most that was wanted within stabilise_down (the size at the begin is the first
 * thing wanted), and has at most max(2 n, n + 4) workers where it had n 15 s ago.
 *
 * History: of what was wanted only those are kept that may still decide (a later one that asks for
 * as much or more hides the ones before). Where 64 are not enough the two nearest in time become
 * one, with the more cautious value and the later instant, so it stays by about a 64th of the
 * window too long.
 *
 * Source: Kubernetes, Horizontal Pod Autoscaler: replica_calculator.go, horizontal.go, and the
 * defaults of autoscaling/v2 (defaults.go); there a metric is read each 15 s.
 */
#include <string.h>

#include "model/policy_resize_kinds.h"

static const nsec RATE_PERIOD = 15 * NSEC_PER_SEC;
enum { RATE_WORKERS = 4 };

/* ---- history --------------------------------------------------------------------------------- */

static void history_remove(struct resize_history *h, uint32_t i) {
    h->count--;
    memmove(h->at + i, h->at + i + 1, (h->count - i) * sizeof *h->at);
    memmove(h->value + i, h->value + i + 1, (h->count - i) * sizeof *h->value);
}

/* Keeps what is later than `until`. */
static void history_forget(struct resize_history *h, nsec until) {
    while (h->count > 0 && h->at[0] <= until)
        history_remove(h, 0);
}

/* The item which is nearest in time to the one before it. */
static uint32_t nearest(const struct resize_history *h) {
    uint32_t best = 1;
    for (uint32_t i = 2; i < h->count; i++)
        if (h->at[i] - h->at[i - 1] < h->at[best] - h->at[best - 1])
            best = i;
    return best;
}

/* Room for one more: two become one, of their sum or of the former's value. */
static void history_make_room(struct resize_history *h, bool sum) {
    if (h->count < RESIZE_HISTORY)
        return;
    uint32_t i = nearest(h);
    h->value[i] = h->value[i - 1] + (sum ? h->value[i] : 0);
    history_remove(h, i - 1);
}

static void history_add(struct resize_history *h, nsec at, uint32_t value) {
    h->at[h->count] = at;
    h->value[h->count++] = value;
}

static void note_most(struct resize_history *h, nsec at, uint32_t value) {
    while (h->count > 0 && h->value[h->count - 1] <= value)
        h->count--;
    history_make_room(h, false);
    history_add(h, at, value);
}

static void note_least(struct resize_history *h, nsec at, uint32_t value) {
    while (h->count > 0 && h->value[h->count - 1] >= value)
        h->count--;
    history_make_room(h, false);
    history_add(h, at, value);
}

/* ---- the rule -------------------------------------------------------------------------------- */

void resize_target_open(struct policy_resize *p, uint32_t workers, nsec now) {
    note_most(&p->target.most, now, workers);
    note_least(&p->target.least, now, workers);
}

static bool near_enough(const struct resize_spec *spec, double ratio) {
    return fabs(1 - ratio) <= spec->tolerance * (1 + 1e-9) + 1e-12;
}

/* By this tick alone. */
static int64_t recommended(const struct resize_ask *a, double utilisation) {
    int64_t serving = a->load->workers - a->load->leaving, all = a->size;
    double ratio = utilisation / a->spec->target;
    if (near_enough(a->spec, ratio))
        return a->size;
    if (ratio < 1) {
        int64_t fewer = resize_round_up(ratio * (double)serving);
        return fewer < all ? fewer : all;
    }
    double diluted = ratio * (double)serving / (double)all;
    if (diluted < 1 || near_enough(a->spec, diluted))
        return a->size;
    return resize_round_up(diluted * (double)all);
}

/* The most workers that the rate of growth allows now. */
static int64_t rate_limit(const struct resize_ask *a) {
    struct resize_history *grown = &a->p->target.grown;
    int64_t begin = a->size, twice, more;
    history_forget(grown, a->now - RATE_PERIOD);
    for (uint32_t i = 0; i < grown->count; i++)
        begin -= grown->value[i];
    twice = 2 * begin;
    more = begin + RATE_WORKERS;
    more = twice > more ? twice : more;
    return more > a->size ? more : a->size;
}

/* The size, moved only as far as all that was wanted within the windows agrees. */
static int64_t stabilised(const struct resize_ask *a, uint32_t wanted) {
    struct resize_history *most = &a->p->target.most, *least = &a->p->target.least;
    history_forget(most, a->now - a->spec->stabilise_down);
    history_forget(least, a->now - a->spec->stabilise_up);
    note_most(most, a->now, wanted);
    note_least(least, a->now, wanted);
    if (a->size < least->value[0])
        return least->value[0];
    return a->size > most->value[0] ? most->value[0] : a->size;
}

int64_t resize_target(struct resize_ask *a) {
    if (!a->seen || !(a->seen->workers > 0) || a->load->workers == a->load->leaving)
        return a->size;
    double wanted = (double)recommended(a, resize_utilisation(a->seen));
    int64_t to = stabilised(a, (uint32_t)resize_within(a->spec, wanted));
    int64_t limit = rate_limit(a);
    to = to < limit ? to : limit;
    if (to > a->size && !a->held) {
        history_make_room(&a->p->target.grown, true);
        history_add(&a->p->target.grown, a->now, (uint32_t)(to - a->size));
    }
    return to;
}
