/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coverage: how often a 95 % interval of the simulator holds the exact value.
 *
 * An experiment is what a user does: a scenario M/M/c, R replications from empty with the default
 * warm-up (a tenth of the duration), the result's figures. Experiment i has the seed
 * COVERAGE_SEED + i in every cell. Exact values are theory's, which tests/oracles hold. Jobs a
 * replication are given as K / (1 - load)^2, as correlations in a queue last so long.
 */
#ifndef TESTS_COVERAGE_H
#define TESTS_COVERAGE_H

#include <stdint.h>

enum { COVERAGE_FIGURES = 5, COVERAGE_SEED = 1000000 };

struct coverage_cell {
    int workers;
    double load;
    double length; /* K: jobs a replication times (1 - load)^2 */
    int replications;
    const char *precision; /* NULL, or a map for run.precision: replications as it takes */
};

/* Of each figure: mean, p50, p99 and p99.9 of the response, utilisation. */
struct coverage {
    unsigned experiments;
    double replications;              /* sum */
    unsigned reached;                 /* run.precision was, within its max_replications */
    unsigned known[COVERAGE_FIGURES]; /* there was an interval */
    unsigned held[COVERAGE_FIGURES];  /* with the exact value in it */
    unsigned low[COVERAGE_FIGURES];   /* wholly below the exact value */
    unsigned open[COVERAGE_FIGURES];  /* past the largest value seen */
    double bias[COVERAGE_FIGURES];    /* sum of value / exact - 1 */
    double half[COVERAGE_FIGURES];    /* sum of half the interval's width / exact */
};

extern const char *const coverage_names[COVERAGE_FIGURES];

double coverage_jobs(const struct coverage_cell *cell); /* a replication */

/* `count` experiments more, the first with number `first`. */
void coverage_run(struct coverage *c, const struct coverage_cell *cell, uint64_t first,
                  unsigned count);

#endif
