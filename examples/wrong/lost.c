/* SPDX-License-Identifier: MIT */
/*
 * Wrong: a pool that closes with a deadline gives up calls that wait, and nobody frees what they
 * would have freed.
 * Found by: asan: LeakSanitizer: detected memory leaks
 * Right: config.lost gets the argument of each call that ends without having run; or jobs, whose
 * `ended` is called in any case (../service.c).
 */
#include <stdlib.h>

#include <headroom/pool.h>

static void serve(void *argument) {
    struct headroom_context nap;
    headroom_context_open(&nap, NULL, headroom_now() + HEADROOM_SECOND / 20);
    headroom_context_wait(&nap, HEADROOM_NEVER);
    headroom_context_close(&nap);
    free(argument);
}

int main(void) {
    struct headroom_pool *pool;
    struct headroom_config config = {.workers = 1, .capacity = HEADROOM_UNBOUNDED};
    if (headroom_pool_open(&pool, &config) != 0)
        return 1;
    for (int i = 0; i < 100; i++)
        headroom_pool_submit(pool, serve, malloc(100));
    headroom_pool_close(pool, headroom_now(), NULL); /* not all of it in no time */
    return 0;
}
