/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check: what may stand together in a scenario, after every key was read by itself.
 *
 * Resolves names to indices, words to parameters, reads the files of numbers, fills the defaults
 * that depend on other keys, and adds each contradiction to err with the place of the key that is
 * wrong.
 */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "model/err.h"
#include "model/node.h"
#include "model/scenario.h"

void check_scenario(struct scenario *scenario, const struct node *root, struct err *err);

#endif
