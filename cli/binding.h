/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * binding: which threshold of the slo ends the headroom: what is missed by the search's nearest
 * probe beyond the rate that it found.
 *
 * The search keeps of a probe that it missed, not what; so that one is simulated again, on the same
 * dice, unless there is but one threshold. Nothing is said where that probe had to be cut short.
 * Cost: one probe more to fourteen.
 */
#ifndef CLI_BINDING_H
#define CLI_BINDING_H

#include <stdatomic.h>

#include "model/result.h"

/* Fills r->headroom.binding after headroom_search: "p99 breaks first". */
void binding_find(struct result *r, unsigned threads, const atomic_bool *stop);

#endif
