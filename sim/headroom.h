/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * headroom: how many times the offered rate could grow, and how few workers would do at the present
 * rate, with the slo still met; or, where it is missed, how far the rate must fall and how many
 * workers it takes.
 *
 * Each question of sim/boundary is a probe: the scenario's own run (duration, replications) on a
 * scaled copy, with the same dice, so that probes differ by the load alone. A probe is met when
 * every threshold of the slo is, by its value, as judge_thresholds has it; a steady run without a
 * steady state, or whose least long-run loss is above what is allowed, is not met and not run. The
 * interval rate_low..rate_high lies between the nearest probes that were sure. Theory's answer is
 * the same search on theory_of.
 *
 * Cost: about 14 probes. A probe of more than HEADROOM_PROBE_JOBS jobs takes fewer replications,
 * then (if steady) a shorter time. The budget is in jobs, never in seconds, and nothing depends on
 * how fast or how many the threads are: the same bytes everywhere.
 *
 * Known answer: tests/test_headroom.c, M/M/c from Erlang's C.
 */
#ifndef SIM_HEADROOM_H
#define SIM_HEADROOM_H

#include <stdatomic.h>

#include "model/result.h"

enum { HEADROOM_PROBE_JOBS = 500000 };

/* Fills r->headroom of a simulated result, and says in its advice why a part is not known. Nothing
 * happens where the scenario has no slo, or the slo was not judged. `stop` (or NULL) ends it. */
void headroom_search(struct result *r, unsigned threads, const atomic_bool *stop);

#endif
