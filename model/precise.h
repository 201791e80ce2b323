/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * precise: `run.precision`: replications until an interval is tight enough.
 *
 * Looks are taken after 20, 30, 45, 67, ... replications, each half as many again, and at
 * max_replications; never in between, so that how many threads there are cannot change a byte.
 * Neither end of the 95 % interval may be farther from the value than `within` times the value: for
 * a percentile, whose interval is lopsided, that is stricter than half the width. An open interval
 * and one that is not known never satisfy it. Where a look shows that max_replications cannot reach
 * it, that look is the last: a figure without an interval (an infinite variance), a share of 0, too
 * few jobs, or a width that, shrinking by the root of the replications, would end at more than
 * three times what is asked. A dozen looks cost some coverage, as a lucky interval
 * ends the run: see docs/coverage.md.
 *
 * Known answer: 100 (99..102) is known to within 2 %.
 */
#ifndef MODEL_PRECISE_H
#define MODEL_PRECISE_H

#include "model/result.h"

/* How many replications in all a run has at its next look, after `have` of them (0 at the begin);
 * `have` itself: that was the last one. Without run.precision there is one look. */
size_t precise_next(const struct run_spec *run, size_t have);

/* The larger distance of an interval's ends from its value, over the value; NaN: not known. */
double precise_width(const struct figure *f);

/* Fills r->precision of a simulated result whose scenario asks for it. True: no more replications
 * are wanted, as it is reached or cannot be. */
bool precise_look(struct result *r);

/* After the last look: where it was not reached the result says so, in trust. */
void precise_end(struct result *r);

#endif
