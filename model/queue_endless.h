/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_endless: a thread for every job, M/G/inf and G/G/inf//N: nobody waits, whatever the gaps,
 * so the response is the service. Under Poisson arrivals the threads at once are Poisson, whatever
 * the service (Takacs, Introduction to the Theory of Queues, 1962, ch. 3).
 *
 * Known answer: 100/s of 50 ms: 5 threads on average, at most 11 for 99 % of the time.
 */
#ifndef MODEL_QUEUE_ENDLESS_H
#define MODEL_QUEUE_ENDLESS_H

#include "model/theory.h"

/* The facts' pool, of endless workers, open or closed. */
void endless_answer(struct theory *t, const struct facts *f);

#endif
