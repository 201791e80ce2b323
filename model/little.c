/* SPDX-License-Identifier: GPL-3.0-or-later */
/* little: see little.h. */
#include "model/little.h"

#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/stats.h"

enum { WINDOWS = 10 };

/* lambda W of one replication in the steps (first, last]; NaN where a job's stay is not known. */
static double rate_times_stay(const struct record *r, size_t first, size_t last, double window) {
    nsec_sum sum = 0;
    uint64_t left = 0;
    for (size_t i = first + 1; i <= last; i++) {
        sum += r->flows[i].stay;
        left += r->flows[i].left;
    }
    return left ? NAN : (double)sum / 1e9 / window;
}

void little_from_records(struct little_series *l, const struct record *const *records,
                         size_t count) {
    size_t steps = records[0]->sampled > 1 ? records[0]->sampled - 1 : 0;
    double step = nsec_seconds(records[0]->sample_every);
    size_t wide = steps > WINDOWS ? steps / WINDOWS : 1;
    *l = (struct little_series){.count = steps / wide, .window = (double)wide * step};
    l->points = mem_new(l->count, sizeof *l->points);
    double *level = mem_new(count, sizeof *level), *product = mem_new(count, sizeof *product);
    for (size_t j = 0; j < l->count; j++) {
        size_t first = j * wide, last = first + wide;
        for (size_t k = 0; k < count; k++) {
            const struct flow *f = records[k]->flows;
            level[k] = (double)(f[last].area - f[first].area) / 1e9 / l->window;
            product[k] = rate_times_stay(records[k], first, last, l->window);
        }
        l->points[j] = (struct little_point){.t = ((double)j + 0.5) * l->window,
                                             .in_system = stats_mean(level, count),
                                             .rate_times_stay = stats_mean(product, count)};
    }
    free(level);
    free(product);
}
