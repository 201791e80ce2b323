/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check_resize: what may stand together in a pool's `resize`.
 *
 * Each key but the common ones (min, max, dwell, spawn, warm_up) belongs to the policies that read
 * it; beside another one it would do nothing, and is refused.
 */
#ifndef MODEL_CHECK_RESIZE_H
#define MODEL_CHECK_RESIZE_H

#include "model/checking.h"

/* Of a pool that has a `resize`: resolves its distributions, adds each contradiction to c->err.
 * `path` is the pool's: `pool` in the short form, `pools.front` in the whole one. */
void check_resize(struct checking *c, struct pool_spec *pool, const char *path);

#endif
