/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our pool: the only file of the comparison that knows its interface. Calls, with the metrics on.
 */
#include "pool/pool.h"
#include "tests/bench/pool/contender.h"

static void *open_pool(unsigned workers, unsigned producers) {
    (void)producers;
    struct headroom_config config = {.workers = workers, .capacity = HEADROOM_UNBOUNDED};
    struct headroom_pool *pool;
    return headroom_pool_open(&pool, &config) == 0 ? pool : NULL;
}

static int submit(void *pool, void (*function)(void *), void *argument, void *room) {
    (void)room;
    return headroom_pool_submit(pool, function, argument) == 0;
}

static void close_pool(void *pool) {
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

const struct contender contender = {
    .about = "this project's, unbounded first-in first-out queue",
    .open = open_pool,
    .submit = submit,
    .close = close_pool,
};
