/* SPDX-License-Identifier: GPL-3.0-or-later */
/* stretch: see stretch.h. Within one, area = rate t + slope t^2 / 2; solved for t in the form that
 * loses no digits whichever way the rate goes. */
#include "model/stretch.h"

#include <math.h>

struct stretch stretch_of(nsec begin, nsec length, double from, double to) {
    struct stretch s = {.begin = begin, .length = length, .rate = from / 1e9};
    if (length == NSEC_NEVER)
        s.area = from > 0 ? INFINITY : 0;
    else if (length > 0) {
        s.slope = (to - from) / 1e9 / (double)length;
        s.area = (from + to) / 2e9 * (double)length;
    }
    return s;
}

double stretch_area(const struct stretch *s, nsec length) {
    double t = (double)length;
    return t * (s->rate + s->slope * t / 2);
}

double stretch_inverse(const struct stretch *s, double area) {
    double square = s->rate * s->rate + 2 * s->slope * area;
    double t = 2 * area / (s->rate + sqrt(square > 0 ? square : 0));
    return t < (double)s->length ? t : (double)s->length;
}

struct stretch stretch_of_profile(const struct arrivals *a, uint64_t k, nsec from) {
    const struct profile_point *points = a->profile.points.items;
    uint64_t count = a->profile.points.count;
    if (k == 0)
        return stretch_of(from, -from, points[0].rate, points[0].rate);
    bool repeats = a->profile.repeat != NSEC_UNSET;
    if (!repeats && k > count)
        return stretch_of(NSEC_NEVER, 0, 0, 0);
    const struct profile_point *p = &points[(k - 1) % count];
    bool last = p == points + count - 1;
    nsec end = !last ? p[1].at : repeats ? a->profile.repeat : NSEC_NEVER;
    double to = a->profile.shape == PROFILE_LINEAR && !last ? p[1].rate : p->rate;
    nsec before = repeats ? (nsec)((k - 1) / count) * a->profile.repeat : 0;
    return stretch_of(before + p->at, end == NSEC_NEVER ? NSEC_NEVER : end - p->at, p->rate, to);
}

double stretch_profile_mean(const struct arrivals *a, nsec duration) {
    nsec all = a->profile.repeat == NSEC_UNSET ? duration : a->profile.repeat;
    double jobs = 0;
    for (uint64_t k = 1; k <= a->profile.points.count; k++) {
        struct stretch s = stretch_of_profile(a, k, 0);
        if (s.begin < all)
            jobs += s.length < all - s.begin ? s.area : stretch_area(&s, all - s.begin);
    }
    return jobs / nsec_seconds(all);
}

double stretch_count(const struct arrivals *a, double seconds) {
    double circle = 0;
    if (a->kind == ARRIVAL_PROFILE && a->profile.repeat != NSEC_UNSET)
        return seconds / nsec_seconds(a->profile.repeat) * (double)a->profile.points.count;
    for (size_t i = 0; a->kind == ARRIVAL_MMPP && i < a->mmpp.dwell.count; i++)
        circle += nsec_seconds(a->mmpp.dwell.items[i]);
    return circle > 0 ? seconds / circle * (double)a->mmpp.dwell.count : 0;
}
