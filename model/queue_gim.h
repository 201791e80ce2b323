/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_gim: GI/M/c, any independent gaps and exponential services, exactly.
 *
 * Whoever must wait waits an exponential time of rate c mu (1 - sigma), sigma the root below 1 of
 * sigma = A(c mu (1 - sigma)), A the gap's transform; how many must wait is Takacs's sum over
 * A(mu), A(2 mu), ..., A(c mu), all terms of which are positive. Takacs, Introduction to the Theory
 * of Queues, 1962, ch. 2; Gross, Shortle, Thompson, Harris, Fundamentals of Queueing Theory, 4th
 * ed., 5.3. What arrivals see is not what a clock sees here.
 *
 * Known answer: constant gaps, one worker at 70 %: P(wait) = sigma = 0.466996422218419.
 */
#ifndef MODEL_QUEUE_GIM_H
#define MODEL_QUEUE_GIM_H

#include "model/transform.h"

struct gim {
    double sigma, must_wait; /* P(an arrival must wait) */
    double scale;            /* mean wait of those who must, in seconds */
};

/* mean service 1 / mu, c workers, rate below c mu. */
struct gim gim_solve(const struct transform *gap, double mu, double c);

#endif
