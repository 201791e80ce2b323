/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize: see policy_resize.h. Here is what all kinds have in common: the bounds, the dwell,
 * when they are asked. Each kind has a file of its own, with its rule and its source.
 *
 * The bounds go before the dwell: a pool outside them is brought back at once. The first decision
 * is free: the begin is no change.
 *
 * Cost at 2.4 GHz: 10 to 20 ns a decision, target_utilisation 40, hill_climbing 260.
 */
#include "model/policy_resize.h"

#include <assert.h>

#include "model/policy_resize_kinds.h"

static nsec constant_of(const struct dist *dist) {
    return dist_random(dist) ? -1 : dist_time(dist_mean(dist));
}

void policy_resize_open(struct policy_resize *p, const struct resize_spec *spec, uint32_t workers,
                        nsec now) {
    *p = (struct policy_resize){.spec = spec,
                                .hold_until = INT64_MIN,
                                .dwell = constant_of(&spec->dwell),
                                .keep_alive = constant_of(&spec->keep_alive)};
    if (spec->policy == RESIZE_TARGET_UTILISATION)
        resize_target_open(p, workers, now);
    else if (spec->policy == RESIZE_GRADIENT)
        p->gradient.limit = workers;
    else if (spec->policy == RESIZE_VEGAS)
        p->vegas.limit = workers;
    else if (spec->policy == RESIZE_HILL_CLIMBING) {
        p->hill.limit = workers;
        p->hill.last = workers;
        p->hill.starved = now;
        p->hill.quiet_until = INT64_MIN;
    }
}

static int64_t wants(struct resize_ask *a) {
    switch ((enum resize_kind)a->spec->policy) {
    case RESIZE_WATERMARK:
        return resize_watermark(a);
    case RESIZE_ON_DEMAND:
        return resize_on_demand(a);
    case RESIZE_TARGET_UTILISATION:
        return resize_target(a);
    case RESIZE_AIMD:
        return resize_aimd(a);
    case RESIZE_GRADIENT:
        return resize_gradient(a);
    case RESIZE_VEGAS:
        return resize_vegas(a);
    case RESIZE_LITTLES_LAW:
        return resize_littles_law(a);
    case RESIZE_HILL_CLIMBING:
        return resize_hill(a);
    case RESIZE_SCHEDULE:
        return resize_schedule(a);
    case RESIZE_KINDS:
        break;
    }
    assert(false);
    return a->size;
}

/* An executor is not brought up to its core at once: each arrival starts one (on_demand). */
static int64_t fewest(const struct resize_ask *a) {
    bool one_by_one = a->spec->policy == RESIZE_ON_DEMAND && a->spec->grow_when == 1;
    return one_by_one && a->size < a->spec->min ? a->size : a->spec->min;
}

static nsec draw_dwell(struct policy_resize *p, struct dice *dice) {
    if (p->dwell >= 0)
        return p->dwell;
    dice_item(dice, p->asked++);
    return dist_draw_time(&p->spec->dwell, dice);
}

struct decision policy_resize_decide(struct policy_resize *p, const struct load *load,
                                     const struct observed *seen, nsec now, struct dice *dice) {
    struct resize_ask a = {
        p, p->spec, load, seen, now, dice, load_size(load), now < p->hold_until, NSEC_NEVER};
    int64_t wanted = wants(&a), low = fewest(&a), high = p->spec->max;
    bool outside = a.size < low || a.size > high;
    wanted = wanted < low ? low : wanted > high ? high : wanted;
    if (wanted != a.size && a.held && !outside) {
        wanted = a.size;
        if (!seen && (a.again <= now || p->hold_until < a.again))
            a.again = p->hold_until;
    } else if (wanted != a.size)
        p->hold_until = now + draw_dwell(p, dice);
    return (struct decision){(uint32_t)wanted, a.again};
}

bool policy_resize_eager(const struct resize_spec *spec) {
    bool at_instants = spec->policy == RESIZE_SCHEDULE;
    return spec->policy == RESIZE_ON_DEMAND || (!at_instants && !(dist_mean(&spec->every) > 0));
}

bool policy_resize_ticks(const struct resize_spec *spec) {
    return spec->policy != RESIZE_SCHEDULE && !policy_resize_eager(spec);
}
