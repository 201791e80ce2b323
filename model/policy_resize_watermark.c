/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_watermark: grows above one mark, shrinks below another.
 *
 *     grow    utilisation > grow_at, or jobs that wait >= grow_at
 *     shrink  utilisation < shrink_at, or idle workers >= shrink_at
 *
 * by `step`, or by ceil(size x (factor - 1)). Utilisation is busy over workers, the mean since the
 * last tick; counts are of now. What lies between the marks is the hysteresis; equal marks have
 * none. Where both marks are passed it grows. No canonical source: defined here.
 */
#include "model/policy_resize_kinds.h"

static int64_t step(const struct resize_ask *a) {
    if (isnan(a->spec->factor))
        return a->spec->step;
    return resize_round_up(a->size * (a->spec->factor - 1));
}

static bool grows(const struct resize_ask *a) {
    const struct resize_mark *mark = &a->spec->grow_at;
    if (isnan(mark->utilisation))
        return resize_waiting(a->load) >= (uint64_t)mark->count;
    return a->seen && resize_utilisation(a->seen) > mark->utilisation;
}

static bool shrinks(const struct resize_ask *a) {
    const struct resize_mark *mark = &a->spec->shrink_at;
    if (isnan(mark->utilisation))
        return resize_idle(a->load) >= mark->count;
    return a->seen && resize_utilisation(a->seen) < mark->utilisation;
}

int64_t resize_watermark(struct resize_ask *a) {
    if (a->spec->while_starting == 1 && a->load->starting > 0)
        return a->size;
    if (grows(a))
        return a->size + step(a);
    return shrinks(a) ? a->size - step(a) : a->size;
}
