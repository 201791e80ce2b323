/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * curve: wait against utilisation, as theory has it for this pool at other rates, and where this
 * run lies on it.
 */
#ifndef CLI_CURVE_H
#define CLI_CURVE_H

#include <stdio.h>

#include "cli/files.h"

/* Has theory such a curve for the scenario? One pool, open arrivals of a known law. */
bool curve_known(const struct findings *f);

/* utilisation, then wait_mean and wait_p99 of theory, of sim (with intervals) and of pool, and
 * what the search for headroom found at other rates. Rows of theory first, then those, then one of
 * each engine. */
void curve_write(const struct findings *f, FILE *to);

/* Theory's mean wait at 95 % utilisation, by which a chart is at least as high; NaN: not known. */
double curve_knee(const struct findings *f);

#endif
