/* SPDX-License-Identifier: GPL-3.0-or-later */
/* law: see law.h. */
#include "model/law.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

static const double QUANTILE_ERROR = 1e-9; /* of those beside one another */

void law_add(struct law *law, double weight, const struct dist *of) {
    law->parts = mem_resize(law->parts, law->count + 1, sizeof *law->parts);
    law->parts[law->count++] = (struct law_part){weight, of};
}

void law_ready(struct law *law) {
    double sum = 0;
    for (size_t i = 0; i < law->count; i++)
        sum += law->parts[i].weight;
    for (size_t i = 0; i < law->count; i++)
        law->parts[i].weight /= sum;
}

void law_copy(struct law *to, const struct law *from) {
    *to = (struct law){0};
    for (size_t i = 0; i < from->count; i++)
        law_add(to, from->parts[i].weight, from->parts[i].of);
}

void law_free(struct law *law) {
    free(law->parts);
    *law = (struct law){0};
}

double law_mean(const struct law *law) {
    double mean = 0;
    for (size_t i = 0; i < law->count; i++)
        mean += law->parts[i].weight * dist_mean(law->parts[i].of);
    return mean / 1e9;
}

double law_scv(const struct law *law) {
    if (law->count == 1)
        return dist_scv(law->parts[0].of);
    double mean = law_mean(law), variance = 0;
    for (size_t i = 0; i < law->count; i++) {
        double m = dist_mean(law->parts[i].of) / 1e9, off = m - mean;
        variance += law->parts[i].weight * (off * off + m * m * dist_scv(law->parts[i].of));
    }
    return variance / (mean * mean);
}

double law_cdf(const struct law *law, double seconds) {
    double sum = 0;
    for (size_t i = 0; i < law->count; i++)
        sum += law->parts[i].weight * dist_cdf(law->parts[i].of, seconds * 1e9);
    return sum;
}

/* It lies between the least and the largest of its parts' quantiles. */
double law_quantile(const struct law *law, double p) {
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < law->count; i++) {
        double x = dist_quantile(law->parts[i].of, p) / 1e9;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    for (int i = 0; i < 100 && high - low > 1e-15 * high; i++) {
        double middle = low + (high - low) / 2;
        if (law_cdf(law, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Neighbours are near: steps that double find the other side, then chords and halvings in turn. */
double law_quantile_beyond(const struct law *law, double p, double least) {
    enum { STEPS_MOST = 1100, CUTS_MOST = 80 };
    if (law->count == 1 && !law->parts[0].of->parts.count)
        return law_quantile(law, p);
    double low = least, below = law_cdf(law, low), step = fmax(least * 1e-3, law_mean(law) * 1e-6);
    if (below >= p)
        return low;
    double high = low + step, above = law_cdf(law, high);
    for (int i = 0; i < STEPS_MOST && above < p; i++) {
        low = high;
        below = above;
        high += step *= 2;
        above = law_cdf(law, high);
    }
    for (int i = 0; i < CUTS_MOST && high - low > QUANTILE_ERROR * high; i++) {
        double part = i % 3 < 2 ? fmin(fmax((p - below) / (above - below), 1e-9), 1 - 1e-9) : 0.5;
        double x = low + (high - low) * part, f = law_cdf(law, x);
        *(f < p ? &low : &high) = x;
        *(f < p ? &below : &above) = f;
    }
    return high;
}

bool law_is(const struct law *law, enum dist_kind kind) {
    double mean = law_mean(law) * 1e9;
    for (size_t i = 0; i < law->count; i++) {
        const struct dist *d = law->parts[i].of;
        if (!dist_is(d, kind) || fabs(dist_mean(d) - mean) > 1e-12 * mean)
            return false;
    }
    return true;
}

static bool near(double a, double b) {
    return a == b || fabs(a - b) <= 1e-12 * fabs(a); /* both may be infinite */
}

bool law_alike(const struct law *law) {
    static const double p[] = {0.01, 0.1, 0.5, 0.9, 0.99};
    bool alike = true;
    for (size_t i = 1; i < law->count; i++) {
        const struct dist *a = law->parts[0].of, *b = law->parts[i].of;
        alike = alike && near(dist_mean(a), dist_mean(b)) && near(dist_scv(a), dist_scv(b));
        for (int k = 0; alike && k < 5; k++)
            alike = near(dist_quantile(a, p[k]), dist_quantile(b, p[k]));
    }
    return alike;
}

const char *law_name(const struct law *law) {
    const char *name = dist_name(law->parts[0].of);
    for (size_t i = 1; i < law->count; i++)
        if (strcmp(dist_name(law->parts[i].of), name) != 0)
            return "a mixture";
    return name;
}
