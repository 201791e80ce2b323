/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_arrivals: what may stand together in a class's arrivals.
 *
 * Reads traces, resolves the distributions of gaps, sizes and thinking, and works out the mean rate
 * where it moves.
 */
#ifndef MODEL_CHECK_ARRIVALS_H
#define MODEL_CHECK_ARRIVALS_H

#include "model/checking.h"

/* `path` is the class's, with a point at its end; empty in the short form. */
void check_arrivals(struct checking *c, struct class *class, const char *path);

/* What depends on the run, once its defaults are known. */
void check_arrivals_in_run(struct checking *c);

#endif
