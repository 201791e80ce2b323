/* SPDX-License-Identifier: MIT */
/*
 * Wrong: what a full pool refuses is nobody's. The answer of headroom_pool_submit is not looked at.
 * Found by: asan: LeakSanitizer: detected memory leaks
 * Right: ../reject.c frees the argument where the call was not taken.
 */
#include <stdio.h>
#include <stdlib.h>

#include <headroom/pool.h>

static void serve(void *argument) {
    int *number = argument;
    printf("served %d\n", *number);
    free(number);
}

static void offer(struct headroom_pool *pool, int i) {
    int *number = malloc(sizeof *number);
    if (!number)
        return;
    *number = i;
    headroom_pool_submit(pool, serve, number); /* EAGAIN */
}

static void hold(void *gate) {
    headroom_context_wait(gate, HEADROOM_NEVER);
}

int main(void) {
    struct headroom_pool *pool;
    struct headroom_context gate;
    struct headroom_config config = {.workers = 1, .capacity = 2, .when_full = HEADROOM_REJECT};
    if (headroom_pool_open(&pool, &config) != 0)
        return 1;
    headroom_context_open(&gate, NULL, HEADROOM_NEVER);
    headroom_pool_submit(pool, hold, &gate);
    for (int i = 0; i < 10; i++)
        offer(pool, i);
    headroom_context_cancel(&gate, 0);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    headroom_context_close(&gate);
    return 0;
}
