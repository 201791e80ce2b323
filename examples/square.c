/* SPDX-License-Identifier: MIT */
/*
 * square: n numbers, squared on a pool of 4 workers. The least there is to it: open, submit a
 * function and its argument, close, which waits for all.
 *
 *     cc square.c $(pkg-config --cflags --libs headroom) && ./a.out 10
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <headroom/pool.h>

static void square(void *argument) {
    uint64_t *number = argument;
    *number *= *number;
}

/* A bounded queue, and who submits waits while it is full: memory stays bounded, too. */
static int square_all(uint64_t *numbers, size_t n) {
    struct headroom_pool *pool;
    int error = headroom_pool_open(&pool, &(struct headroom_config){.workers = 4, .capacity = 64});
    if (error != 0)
        return error;
    for (size_t i = 0; i < n && error == 0; i++)
        error = headroom_pool_submit(pool, square, &numbers[i]);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    return error;
}

int main(int argc, char **argv) {
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 10;
    uint64_t *numbers = calloc(n > 0 ? n : 1, sizeof *numbers), sum = 0;
    if (!numbers)
        return 1;
    for (size_t i = 0; i < n; i++)
        numbers[i] = i + 1;
    int error = square_all(numbers, n);
    for (size_t i = 0; i < n; i++)
        sum += numbers[i];
    if (error != 0)
        fprintf(stderr, "square: %s\n", strerror(error));
    else
        printf("sum of squares: %" PRIu64 "\n", sum);
    free(numbers);
    return error != 0;
}
