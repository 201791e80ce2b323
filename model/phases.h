/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * phases: what a job does with its worker, in the order in which both engines do it.
 *
 * A demand D is C = cpu x D of computing, first, and waiting. The last S = serial x D of it,
 * whatever that is made of, lies inside the one lock of the pool. So it computes outside the lock
 * for min(C, D - S), waits there for the rest of D - S, takes the lock, computes inside for what is
 * left of C and waits for what is left of D. Shares are rounded to whole ns; the phases add up to
 * D. Waiting for the lock comes on top, and is part of the service: the worker is held.
 *
 * Known answer: 10 ms, cpu 80 %, serial 50 %: 5 ms of computing, then in the lock 3 ms of computing
 * and 2 ms of waiting.
 */
#ifndef MODEL_PHASES_H
#define MODEL_PHASES_H

#include "model/scenario.h"

enum phase { PHASE_COMPUTE, PHASE_WAIT, PHASE_LOCKED_COMPUTE, PHASE_LOCKED_WAIT, PHASES };

/* How long each takes where nobody is in the way. */
void phases_of(nsec length[PHASES], const struct step *step, nsec demand);

static inline bool phase_computes(enum phase phase) {
    return phase == PHASE_COMPUTE || phase == PHASE_LOCKED_COMPUTE;
}

static inline bool phase_locked(enum phase phase) {
    return phase == PHASE_LOCKED_COMPUTE || phase == PHASE_LOCKED_WAIT;
}

/* Do jobs of the simulator meet while they are served: at the host's cores, or at a lock? Else a
 * job ends when its demand is over, and phases are nobody's concern. */
bool phases_meet(const struct scenario *scenario);

#endif
