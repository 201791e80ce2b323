/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sizes: sizes.csv, what charts draw of a pool that changes its size: pool,engine,t,what,serving,
 * size. Of each pool that resizes and each engine (sim: replication 1) the rows stand together, in
 * the order of time, from `begin` at 0 to `end`: the workers that serve, and the size that was
 * decided last; `what` as in events.csv.
 */
#ifndef CLI_SIZES_H
#define CLI_SIZES_H

#include <stdio.h>

#include "cli/files.h"

void sizes_write(const struct findings *f, FILE *to);

/* Does the pool change its size, and is it kept how? Does any? */
bool sizes_resizes(const struct findings *f, size_t pool);
bool sizes_any(const struct findings *f);

/* The changes of size that were decided: of the engine that has more of them. */
size_t sizes_changes(const struct findings *f, size_t pool);

/* Is the first of them to a larger size? */
bool sizes_grows(const struct findings *f, size_t pool);

#endif
