/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sweep: what the commands `sweep` and `merge` have in common: the cells' results become files, a
 * table and charts. */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "cli/options.h"
#include "sim/sweep.h"

/* Runs a sweep whose grid, store and writer are set, shows and writes it; the exit status. The
 * folder is there. */
int sweep_conclude(struct options *o, struct sweep *sweep, const char *dir);

#endif
