/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * node_write: a tree of nodes as one line of YAML, in flow style.
 *
 * For people its scalars stand as they were written: {exponential: {mean: 200ms}}. To be read again
 * every scalar and key stands in quotes, with all that is not plain ASCII escaped: node_parse then
 * gives an equal tree.
 */
#ifndef MODEL_NODE_WRITE_H
#define MODEL_NODE_WRITE_H

#include "model/node.h"

enum node_style { NODE_FOR_PEOPLE, NODE_TO_READ };

/* Fresh memory. */
char *node_write(const struct node *node, enum node_style style);

#endif
