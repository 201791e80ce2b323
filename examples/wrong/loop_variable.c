/* SPDX-License-Identifier: MIT */
/*
 * Wrong: all calls get the address of the same loop variable, which counts on while they read it.
 * Found by: tsan: data race
 * Right: each call has a place of its own, as numbers[i] in ../square.c.
 */
#include <stdio.h>

#include <headroom/pool.h>

static void serve(void *argument) {
    printf("served %d\n", *(int *)argument); /* which? */
}

int main(void) {
    struct headroom_pool *pool;
    if (headroom_pool_open(&pool, &(struct headroom_config){.workers = 4, .capacity = 64}) != 0)
        return 1;
    int i;
    for (i = 0; i < 1000; i++)
        headroom_pool_submit(pool, serve, &i);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    return 0;
}
