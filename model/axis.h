/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * axis: a path that a sweep varies, and the values that it takes, one after the other.
 *
 * In a scenario: `sweep: {PATH: [VALUE, ...]}`, or {from, to, step} in the place of the list. On
 * the command line: --vary PATH=VALUES, where VALUES is a list with commas, a range FROM:TO:STEP,
 * or what a scenario may say. A range is worked out in the unit of its begin, so that its values
 * read as a user would write them; its end belongs to it where a step hits it. A value is any YAML.
 *
 * Known answer: 100/s:300/s:100/s is 100/s, 200/s, 300/s; 500us:2ms:750us is 500us, 1250us, 2000us.
 */
#ifndef MODEL_AXIS_H
#define MODEL_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/err.h"
#include "model/node.h"

enum { AXIS_MOST = 100000 }; /* values */

struct axis {
    char *path; /* as written */
    struct place at;
    struct node **values;
    size_t count;
};

struct axes {
    struct axis *items;
    size_t count;
};

/* `sweep:` of a scenario, an axis a key; mistakes are added to err. */
void axes_read(struct axes *axes, const struct node *sweep, struct err *err);

/* What stands behind --vary, added as one more. */
void axes_vary(struct axes *axes, const char *assignment, struct err *err);

/* Are they well formed? */
void axes_check(const struct node *sweep, struct err *err);

void axis_free(struct axis *axis);
void axes_free(struct axes *axes);

#endif
