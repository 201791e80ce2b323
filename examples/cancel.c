/* SPDX-License-Identifier: MIT */
/*
 * cancel: square.c, with a limit in time. Each square takes 5 ms; after `ms` all stop: what runs is
 * told by its context, what waits never starts.
 *
 *     ./cancel 10 1000    all 10 are squared
 *     ./cancel 1000 50    "Connection timed out", and fewer
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <headroom/group.h>

struct number {
    uint64_t value;
    bool squared;
};

/* Polite work: where it would sleep, it waits on the context, which ends the wait. Where it would
 * compute for long, it would ask headroom_context_error(context) from time to time. */
static int square(struct headroom_context *context, void *element) {
    struct number *number = element;
    int error = headroom_context_wait(context, headroom_now() + HEADROOM_SECOND / 200);
    if (error != 0)
        return error;
    number->value *= number->value;
    number->squared = true;
    return 0;
}

static int square_all(struct number *numbers, size_t n, headroom_ns until) {
    struct headroom_pool *pool;
    struct headroom_context request;
    int error = headroom_pool_open(&pool, &(struct headroom_config){.workers = 4});
    if (error != 0)
        return error;
    headroom_context_open(&request, NULL, until);
    error = headroom_map(pool, 0, square, numbers, sizeof *numbers, n, &request);
    headroom_context_close(&request);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    return error;
}

int main(int argc, char **argv) {
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10, done = 0;
    long ms = argc > 2 ? strtol(argv[2], NULL, 10) : 1000;
    struct number *numbers = calloc(n > 0 ? n : 1, sizeof *numbers);
    if (!numbers)
        return 1;
    for (size_t i = 0; i < n; i++)
        numbers[i].value = i + 1;
    int error = square_all(numbers, n, headroom_now() + ms * (HEADROOM_SECOND / 1000));
    for (size_t i = 0; i < n; i++)
        done += numbers[i].squared;
    printf("%s: %zu of %zu squared\n", error != 0 ? strerror(error) : "done", done, n);
    free(numbers);
    return error != 0;
}
