/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checking: what the files of check share. Paths are written as the user would: `pool.workers` in
 * the short form, `pools.front.workers` in the whole one.
 */
#ifndef MODEL_CHECKING_H
#define MODEL_CHECKING_H

#include <stdbool.h>

#include "model/err.h"
#include "model/node.h"
#include "model/scenario.h"

#define SHORTEST_MEAN 50.0

/* What a time in a CSV file is that no run can hold. */
#define CHECK_TOO_LONG "is longer than three years"

struct checking {
    struct scenario *sc;
    const struct node *root;
    struct err *err;
    bool read_errors; /* some keys were not read: what is absent may stand there misspelt */
};

static inline void wrong(struct checking *c, const char *path, const char *text) {
    err_add(c->err, node_at(c->root, path)->at, path, "%s", text);
}

/* A file named at `path`: beside the scenario; one named by --set, in the current folder. Fresh
 * memory. */
char *check_beside(const struct checking *c, const char *path, const char *file);

/* Resolves a distribution; `least` is the shortest mean allowed (below 0: it is of counts). */
void check_dist(struct checking *c, struct dist *d, const char *path, double least);

#endif
