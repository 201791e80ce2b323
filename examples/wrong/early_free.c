/* SPDX-License-Identifier: MIT */
/*
 * Wrong: the numbers are freed while jobs still write to them: submitting is not waiting.
 * Found by: asan: heap-use-after-free
 * Right: headroom_pool_close, headroom_group_wait or headroom_job_wait before the memory goes
 * (../cancel.c).
 */
#include <stdlib.h>

#include <headroom/group.h>

static int square(struct headroom_context *context, void *argument) {
    int *number = argument;
    headroom_context_wait(context, headroom_now() + HEADROOM_SECOND / 20);
    *number *= *number;
    return 0;
}

int main(void) {
    struct headroom_pool *pool;
    struct headroom_group *group;
    int *numbers = calloc(8, sizeof *numbers);
    if (!numbers || headroom_pool_open(&pool, &(struct headroom_config){.workers = 8}) != 0 ||
        headroom_group_open(&group, pool, NULL, NULL) != 0)
        return 1;
    for (int i = 0; i < 8; i++)
        headroom_group_go(group, square, &numbers[i]);
    free(numbers);
    headroom_group_close(group);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    return 0;
}
