/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * defaults: what is common to classes and pools, said once.
 *
 * `defaults: {class: {...}, pool: {...}}` is worked into the tree of nodes before anything is read:
 * every class and every pool gets the keys that it does not have itself, key by key (a map is taken
 * or left as a whole). A copy keeps its place, so that an error names the line of the defaults.
 */
#ifndef MODEL_DEFAULTS_H
#define MODEL_DEFAULTS_H

#include <stdbool.h>

#include "model/node.h"
#include "model/read.h"

/* The whole form has `classes` and `pools`; in the short one the root is the class and its step. */
void defaults_apply(struct reading *r, struct node *root, bool whole);

#endif
