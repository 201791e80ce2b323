/* SPDX-License-Identifier: MIT */
/*
 * first_error: parts of one task, of which one fails: the others are told to stop, those that have
 * not started never do, and the task has one error, the first.
 *
 *     ./first_error      part 3 of 100 has no file: "No such file or directory", and who was spared
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <headroom/group.h>

enum { PARTS = 100 };

struct part {
    int number;
    bool done;
};

/* Part 3 fails. The others take a while, and wait on the context instead of sleeping. */
static int fetch(struct headroom_context *context, void *argument) {
    struct part *part = argument;
    if (part->number == 3)
        return ENOENT;
    int error = headroom_context_wait(context, headroom_now() + HEADROOM_SECOND / 10);
    part->done = error == 0;
    return error;
}

static int fetch_all(struct headroom_pool *pool, struct part *parts) {
    struct headroom_group *group;
    int error = headroom_group_open(&group, pool, NULL, NULL);
    if (error != 0)
        return error;
    for (int i = 0; i < PARTS && error == 0; i++) /* refused, too, once one has failed */
        error = headroom_group_go(group, fetch, &parts[i]);
    int first = headroom_group_close(group); /* waits: `parts` is ours again */
    return first != 0 ? first : error;
}

int main(void) {
    struct headroom_pool *pool;
    struct headroom_config config = {.workers = 4, .capacity = HEADROOM_UNBOUNDED};
    struct part parts[PARTS];
    int spared = 0;
    for (int i = 0; i < PARTS; i++)
        parts[i] = (struct part){.number = i};
    int error = headroom_pool_open(&pool, &config);
    if (error != 0)
        return 1;
    error = fetch_all(pool, parts);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    for (int i = 0; i < PARTS; i++)
        spared += !parts[i].done;
    printf("%s: %s\n", strerror(error), spared > PARTS / 2 ? "most were spared" : "most were done");
    return error != ENOENT;
}
