/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * twin: what closed clients hide.
 *
 * A closed client waits for its answer before it asks again, so while the pool is slow nobody
 * arrives, and the slow time is hardly measured (coordinated omission). The open twin of a scenario
 * with closed clients sends as many jobs a second as they did, at instants that depend on nothing
 * (Poisson): the same service, the same pool.
 */
#ifndef CLI_TWIN_H
#define CLI_TWIN_H

#include "cli/commands.h"

struct twin {
    struct scenario scenario; /* all but its one class is borrowed */
    struct class class;
    struct result result;
};

/* Simulates the twin of a scenario with one closed class, of which `closed` was found. False where
 * it has none, or the simulation was interrupted or failed. The twin is not moved afterwards. */
bool twin_simulate(struct twin *twin, const struct options *o, const struct result *closed);
void twin_free(struct twin *twin);

#endif
