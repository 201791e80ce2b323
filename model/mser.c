/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mser: see mser.h. */
#include "model/mser.h"

#include <math.h>

static double batch_mean(const double *values, size_t batch) {
    double sum = 0;
    for (size_t i = 0; i < MSER_BATCH; i++)
        sum += values[batch * MSER_BATCH + i];
    return sum / MSER_BATCH;
}

/* From the end on, mean and sum of squares grow batch by batch (Welford). */
size_t mser_cut(const double *values, size_t count, bool *edge) {
    size_t batches = count / MSER_BATCH, last = batches / 2, best = last;
    double mean = 0, squares = 0, least = INFINITY;
    for (size_t d = batches, n = 1; d-- > 0; n++) {
        double z = batch_mean(values, d), off = z - mean;
        mean += off / (double)n;
        squares += off * (z - mean);
        double statistic = squares / (double)n / (double)n;
        if (d <= last && statistic <= least) {
            least = statistic;
            best = d;
        }
    }
    *edge = best == last;
    return best * MSER_BATCH;
}
