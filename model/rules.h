/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rules: how many workers the rules of thumb say, beside what theory says, and which of them hold.
 *
 * Little's Law: rate x service workers are busy on average, whatever the laws; fewer cannot do, and
 * just as many have no steady state. What the other rules add to that floor is a guess at the
 * spread, except square-root staffing, c = a + beta sqrt(a), where beta says how many must wait
 * (Halfin and Whitt, Heavy-traffic limits for queues with many exponential servers, Operations
 * Research 29, 1981: P(wait) = 1 / (1 + beta Phi(beta) / phi(beta))). Rules by cores know nothing
 * of the rate: they bound what a machine can do, not what is asked of it.
 *
 * Known answer: 1000/s x 200 ms is 200; + 30 % 260; at 80 % 250, at 70 % 286; beta = 1: 215.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include "model/theory.h"

struct rule {
    const char *rule;
    double workers; /* NaN: no figure */
    enum theory_mark mark;
    char *because;
};

struct rules {
    struct rule *items;
    size_t count;
};

/* Of one pool; `cores` of the machine, where the scenario does not say how many its host has. */
void rules_of(struct rules *r, const struct scenario *scenario, size_t pool, int cores);
void rules_free(struct rules *r);

/* P(wait) at c = a + beta sqrt(a), for many workers. */
double rules_halfin_whitt(double beta);

#endif
