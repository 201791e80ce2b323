/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spend: how simulated servers spend what their jobs demand, where they meet while they do: at the
 * host's cores (sim/processor) and at their pool's lock (model/phases has the phases).
 *
 * A busy server is in one of three places: it computes, it waits for an instant, or it stands in
 * the line for a lock, which is first come first served. What ends at one instant ends in this
 * order: computing, then waits; each in the order in which it began. A lock goes to the next in
 * line at the very instant at which its holder's job ends.
 *
 * Most scenarios do not need it (phases_meet), and then it costs nothing: `next` is never.
 * Otherwise a job takes an event for each of its phases, O(log servers) each.
 */
#ifndef SIM_SPEND_H
#define SIM_SPEND_H

#include "model/phases.h"
#include "sim/ends.h"
#include "sim/processor.h"

#define SPEND_NONE UINT32_MAX

struct spender {
    nsec length[PHASES];
    uint32_t pool, behind; /* behind: who stands next in line */
    uint8_t phase;         /* enum phase */
    bool busy, holds;      /* holds the lock */
};

struct spend_lock {
    bool taken;
    uint32_t first, last; /* in line; first SPEND_NONE: nobody */
};

struct spend {
    nsec next;   /* the first phase ends; NSEC_NEVER: nobody is busy */
    bool on;     /* the scenario needs it */
    bool shared; /* cores are; else computing is waiting on a core of one's own */
    struct processor processor;
    struct ends waits;
    struct spender *servers;
    struct spend_lock *locks; /* a pool each */
    uint32_t server_count;
};

/* For servers 0 ... servers - 1, from `now` on; false: out of memory. */
bool spend_open(struct spend *s, const struct scenario *scenario, uint32_t servers, nsec now);
void spend_close(struct spend *s);

/* An idle server begins a job of this step, which demands so much. */
void spend_begin(struct spend *s, nsec now, uint32_t server, const struct step *step, nsec demand);

/* At s->next: a phase ends. The server whose job ends with it, or SPEND_NONE. */
uint32_t spend_go_on(struct spend *s, nsec now);

#endif
