/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * processor: the cores of the simulated host, shared by all who compute at an instant.
 *
 * Processor sharing: of n who compute each gets min(1, cores / n) of a core, all the same. So there
 * is one virtual clock, the computing that anybody who was there all the time has got, and who
 * comes at virtual time v wanting x is done at v + x, whoever comes and goes meanwhile: the first
 * of a heap is the only event. Kleinrock, "Time-shared systems: a theoretical treatment", 1967.
 *
 * Integers alone, so that the bytes are the same anywhere: real and virtual time are ns with 32
 * bits of fraction in 128 bits. Virtual time is rounded down, the real instant of a finish up, so
 * that at it the virtual clock has come to the finish. To others a finish is told at the next whole
 * ns; the clock goes on from where it was, so no work is lost by that: 2^-32 ns an event is all
 * that adds up. O(log n) an event.
 *
 * Known answer: two jobs of 3 ns and 1 ns on one core from 0 on: the short one ends at 2, the other
 * at 4.
 */
#ifndef SIM_PROCESSOR_H
#define SIM_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/nsec.h"

struct processor_job {
    nsec_square finish; /* virtual, in 2^-32 ns */
    uint64_t begun;     /* at equal instants who began first is done first */
    uint32_t who;
};

struct processor {
    nsec next; /* the first who computes is done; NSEC_NEVER: nobody computes */
    uint32_t cores, count, room;
    nsec origin;
    nsec_square real, clock; /* real: since the origin; clock: the virtual time at it */
    nsec_square done;        /* the real instant of the first finish, before p->next */
    uint64_t begun;
    struct processor_job *heap; /* binary, from 1 on */
};

/* For at most `room` who compute at once, from the instant `now` on; false: out of memory. */
bool processor_open(struct processor *p, uint32_t cores, uint32_t room, nsec now);
void processor_close(struct processor *p);

/* From `now` on `who` computes, for `work` of one core; now is not after p->next. */
void processor_add(struct processor *p, nsec now, nsec work, uint32_t who);

/* At p->next: takes out the first who is done. */
uint32_t processor_take(struct processor *p);

#endif
