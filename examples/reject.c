/* SPDX-License-Identifier: MIT */
/*
 * reject: a pool that says no rather than let work pile up. One worker and two waiting places: of
 * ten that come while it is busy three are taken, and seven are told at once.
 *
 * What was not taken stays the submitter's: its argument is freed where EAGAIN is seen (what comes
 * of forgetting that: wrong/leak.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <headroom/pool.h>

struct request {
    int number;
    struct headroom_context *gate; /* held shut until all ten have come */
};

static void serve(void *argument) {
    struct request *request = argument;
    headroom_context_wait(request->gate, HEADROOM_NEVER);
    printf("served %d\n", request->number);
    free(request);
}

/* 0; EAGAIN: refused; ENOMEM. */
static int offer(struct headroom_pool *pool, int number, struct headroom_context *gate) {
    struct request *request = malloc(sizeof *request);
    if (!request)
        return ENOMEM;
    *request = (struct request){number, gate};
    int error = headroom_pool_submit(pool, serve, request);
    if (error != 0)
        free(request);
    return error;
}

int main(void) {
    struct headroom_pool *pool;
    struct headroom_context gate;
    struct headroom_config config = {.workers = 1, .capacity = 2, .when_full = HEADROOM_REJECT};
    if (headroom_pool_open(&pool, &config) != 0)
        return 1;
    headroom_context_open(&gate, NULL, HEADROOM_NEVER);
    int refused = 0;
    for (int i = 0; i < 10; i++)
        refused += offer(pool, i, &gate) == EAGAIN;
    headroom_context_cancel(&gate, 0);
    struct headroom_counts counts;
    headroom_pool_close(pool, HEADROOM_NEVER, &counts);
    headroom_context_close(&gate);
    printf("refused %d of %llu\n", refused, (unsigned long long)counts.submitted);
    return refused != 7;
}
