/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * read: fills structs from a tree of nodes by the table of keys (model/format).
 *
 * Every mistake is added to err with its place, and reading goes on. A key that is not given gets
 * its default, written in the table as a user would write it; without one it becomes "not given"
 * (NaN, NSEC_UNSET, COUNT_UNSET, NULL).
 */
#ifndef MODEL_READ_H
#define MODEL_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "model/format.h"
#include "model/node.h"
#include "model/read_value.h"

/* A map may be spread over several structs: the short form's root is scenario, class and step. */
struct read_layer {
    enum section in;
    void *target;
    bool short_form; /* only the keys that the short form writes at the root */
};

/* The kind of a choice that was not read whole: its error is told, nothing more is to be said of
 * it. */
enum { CHOICE_WRONG = -1 };

void read_map(struct reading *r, struct node *map, const struct read_layer *layers, size_t count,
              const char *path);

/* The keys that are there; of those that are not, nothing is said and nothing is set. */
void read_given(struct reading *r, struct node *map, const struct read_layer *layers, size_t count,
                const char *path);

/* Is a key of this name in one of the layers? */
bool read_known(const char *name, const struct read_layer *layers, size_t count);

/* The error for key i of the map, which is in none of them. */
void read_unknown_key(struct reading *r, const struct node *map, size_t i,
                      const struct read_layer *layers, size_t count, const char *path);

/* "a.b" from "a" and "b"; fresh memory. */
char *read_path(const char *outer, const char *inner);

#endif
