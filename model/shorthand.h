/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shorthand: makes way for a path that goes on where a scenario has one value in the place of a
 * map: `shrink_at: 70%` before `pool.resize.shrink_at.utilisation=30%` is set. */
#ifndef MODEL_SHORTHAND_H
#define MODEL_SHORTHAND_H

#include "model/node.h"

/* The value on the way of PATH or PATH=VALUE, of a key of `resize` that takes such a shorthand,
 * becomes an empty map; of any other path nothing changes. What the value stood for is set anew by
 * the path, or is another of a choice. */
void shorthand_unfold(struct node *root, const char *assignment);

#endif
