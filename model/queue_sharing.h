/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * queue_sharing: jobs that share the host's cores while they compute.
 *
 * A job computes for part of its service and waits for the rest. Who computes shares the cores:
 * each gets min(1, cores / n). Where workers never run out this is a network of a
 * processor-sharing station and one without a queue, whose states have product form for any law of
 * service (Baskett, Chandy, Muntz, Palacios, "Open, closed, and mixed networks of queues with
 * different classes of customers", J. ACM 22, 1975): the number who compute is that of M/M/cores,
 * or with clients that of M/M/cores//N, and the mean time a job takes is in proportion to what it
 * wants. Where workers do run out it stays exact for exponential services that compute throughout,
 * as then at most `cores` jobs' worth of work is done a time, however they are served.
 *
 * Known answer: M/G/1-PS at rho 0.8 and 10 ms: 50 ms, and 4 in the system.
 */
#ifndef MODEL_QUEUE_SHARING_H
#define MODEL_QUEUE_SHARING_H

#include "model/theory.h"

/* The facts' pool, that shares cores, open or closed. */
void sharing_answer(struct theory *t, const struct facts *f);

#endif
