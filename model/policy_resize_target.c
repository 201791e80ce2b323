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
 * History: of what was wanted only that is kept which may still decide (a later one that asks for
 * as much or more hides those before), and of a 62nd of the window at most one: with the most
 * cautious value and the last instant, so it stays by less than that too long.
 *
 * Source: Kubernetes, Horizontal Pod Autoscaler: replica_calculator.go, horizontal.go, and the
 * defaults of autoscaling/v2 (defaults.go); there a metric is read each 15 s.
 */
#include <assert.h>
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

/* Are both in the same 62nd of a window? */
static bool close_by(nsec a, nsec b, nsec window) {
    nsec part = window / (RESIZE_HISTORY - 2) + 1;
    return (a - INT64_MIN / 4) / part == (b - INT64_MIN / 4) / part;
}

/* The last item, moved to `at`, where that is close to it; else a new one of this value. */
static uint32_t *history_item(struct resize_history *h, nsec at, nsec window, uint32_t value) {
    bool fresh = h->count == 0 || !close_by(h->at[h->count - 1], at, window);
    if (fresh)
        h->value[h->count++] = value;
    assert(h->count < RESIZE_HISTORY);
    h->at[h->count - 1] = at;
    return &h->value[h->count - 1];
}

static void note_most(struct resize_history *h, nsec at, nsec window, uint32_t value) {
    while (h->count > 0 && h->value[h->count - 1] <= value)
        h->count--;
    history_item(h, at, window, value);
}

static void note_least(struct resize_history *h, nsec at, nsec window, uint32_t value) {
    while (h->count > 0 && h->value[h->count - 1] >= value)
        h->count--;
    history_item(h, at, window, value);
}

/* ---- the rule -------------------------------------------------------------------------------- */

void resize_target_open(struct policy_resize *p, uint32_t workers, nsec now) {
    note_most(&p->target.most, now, p->spec->stabilise_down, workers);
    note_least(&p->target.least, now, p->spec->stabilise_up, workers);
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
    note_most(most, a->now, a->spec->stabilise_down, wanted);
    note_least(least, a->now, a->spec->stabilise_up, wanted);
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
    if (to > a->size && !a->held)
        *history_item(&a->p->target.grown, a->now, RATE_PERIOD, 0) += (uint32_t)(to - a->size);
    return to;
}
