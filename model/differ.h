/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * differ: two results side by side: B - A of every figure, with its 95 % interval.
 *
 * Paired, where both are of the simulator with equal seeds and numbers of replications: replication
 * r of both has the same dice, so that most of the chance cancels out; the interval is Student's,
 * over the differences of the linearised values (stats.h) of each pair. Else the two are
 * independent: Welch's interval from the figures' own (Welch, Biometrika 34, 1947). A percentile's
 * t has in both the degrees of freedom of stats_degrees, as its own interval has. Where a figure
 * has no interval its difference has none, and says why. The relative difference (B - A) / A by the
 * delta method: of pairs, v_B - (B / A) v_A over A; else its two terms apart. `sure`: the intervals
 * do not hold 0. Class and pool are found by name, or because there is one alone.
 *
 * Known answer: pairs (1, 2), (2, 4), (3, 6): 2 +- 4.302653 * 1 / sqrt(3), relative exactly 1.
 */
#ifndef MODEL_DIFFER_H
#define MODEL_DIFFER_H

#include "model/distance.h"
#include "model/result.h"

struct difference {
    char *name;                       /* as result_figures has it, of A */
    struct figure a, b;               /* their `each` is the results' */
    struct figure absolute, relative; /* `reason`: why it has no interval */
    bool paired, sure;
};

struct differ {
    const struct result *a, *b;
    bool paired;
    const char *apart; /* why the replications are not paired, or NULL */
    struct difference *items;
    size_t count;
    double limit; /* s, of the share of good jobs (total.good); NaN: none */
    struct distance distance;
    double *good[2]; /* the values behind total.good */
};

/* The results must outlive it; they are not changed. */
void differ_open(struct differ *d, struct result *a, struct result *b);

/* The difference of that name, or NULL. */
const struct difference *differ_find(const struct differ *d, const char *name);

/* `paired`, `apart`, `distribution`, `figures`. */
void differ_json(const struct differ *d, struct json *json);

void differ_close(struct differ *d);

#endif
