/* SPDX-License-Identifier: MIT */
/*
 * ordered: work in parallel, results in order of submission, each as soon as it and all before it
 * are there: what a pipeline needs that writes a file. Those that come last take the least time.
 */
#include <stdio.h>

#include <headroom/group.h>

enum { LINES = 12 };

struct line {
    int number;
    char text[32];
};

static int render(struct headroom_context *context, void *argument) {
    struct line *line = argument;
    headroom_ns span = (LINES - line->number) * (HEADROOM_SECOND / 500);
    int error = headroom_context_wait(context, headroom_now() + span);
    snprintf(line->text, sizeof line->text, "line %d", line->number);
    return error;
}

/* Prints what is there, in order; waits for it until then. */
static void print_results(struct headroom_group *group, headroom_ns until) {
    struct headroom_group_result result;
    while (headroom_group_next(group, &result, until) == 0)
        printf("%s\n", result.error != 0 ? "failed" : ((struct line *)result.argument)->text);
}

static int render_all(struct headroom_pool *pool, struct line *lines) {
    struct headroom_group *group;
    struct headroom_group_options options = {.limit = 8, .ordered = true}; /* 8 ahead at most */
    int error = headroom_group_open(&group, pool, NULL, &options);
    if (error != 0)
        return error;
    for (int i = 0; i < LINES && error == 0; i++) {
        lines[i].number = i;
        error = headroom_group_go(group, render, &lines[i]);
        print_results(group, 0); /* does not wait */
    }
    print_results(group, HEADROOM_NEVER);
    int first = headroom_group_close(group);
    return first != 0 ? first : error;
}

int main(void) {
    struct headroom_pool *pool;
    struct line lines[LINES];
    if (headroom_pool_open(&pool, &(struct headroom_config){.workers = 4, .capacity = 8}) != 0)
        return 1;
    int error = render_all(pool, lines);
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
    return error != 0;
}
