/* SPDX-License-Identifier: MIT */
/*
 * Wrong: jobs on several workers count in one table: read, added, written, and some are lost.
 * Found by: tsan: data race
 * Right: a result for each job, summed up when all have ended (../square.c); or atomic additions.
 */
#include <inttypes.h>
#include <stdio.h>

#include <headroom/pool.h>

enum { EACH = 50000 };

static uint64_t digits[10]; /* how often each occurs in the squares */

static void count_digits(void *argument) {
    const uint64_t *first = argument;
    for (uint64_t n = *first; n < *first + EACH; n++)
        for (uint64_t rest = n * n; rest > 0; rest /= 10)
            digits[rest % 10]++;
}

int main(void) {
    struct headroom_pool *pool;
    uint64_t firsts[16];
    if (headroom_pool_open(&pool, &(struct headroom_config){.workers = 4, .capacity = 64}) != 0)
        return 1;
    for (uint64_t i = 0; i < 16; i++) {
        firsts[i] = i * EACH;
        headroom_pool_submit(pool, count_digits, &firsts[i]);
    }
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    for (int i = 0; i < 10; i++)
        printf("%d: %" PRIu64 ", about\n", i, digits[i]);
    return 0;
}
