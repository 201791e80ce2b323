/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_resize_schedule: sizes by the clock; whoever knows the load needs no controller.
 *
 * A size holds from its instant on, counted from t = 0, until the next one; with `repeat` all over
 * again. Before 0 the first one holds. It is asked at each change. No source needed.
 */
#include "model/policy_resize_kinds.h"

int64_t resize_schedule(struct resize_ask *a) {
    const struct resize_size *sizes = a->spec->sizes.items;
    size_t count = a->spec->sizes.count, i = 0;
    bool repeats = a->spec->repeat > 0;
    nsec lap = a->now > 0 && repeats ? a->now - a->now % a->spec->repeat : 0;
    while (i + 1 < count && sizes[i + 1].at <= a->now - lap)
        i++;
    if (i + 1 < count)
        a->again = lap + sizes[i + 1].at;
    else if (repeats && count > 1)
        a->again = lap + a->spec->repeat;
    return sizes[i].workers;
}
