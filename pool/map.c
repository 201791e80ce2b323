/* SPDX-License-Identifier: MIT */
/* map: headroom_map of group.h. Runners, jobs of a group, take the next element until there is
 * none. */
#include <errno.h>
#include <stdlib.h>

#include "pool/group.h"

struct map {
    headroom_group_function *function;
    char *array;
    size_t element_size, count;
    size_t next; /* the first that nobody has taken */
};

struct runner {
    struct map *map;
    size_t at;
    bool has; /* an element: also when it starts anew, after that one ended its thread */
};

static bool exhausted(struct map *map) {
    return __atomic_load_n(&map->next, __ATOMIC_RELAXED) >= map->count;
}

static bool take_element(struct runner *runner) {
    struct map *map = runner->map;
    if (!runner->has && !exhausted(map)) {
        runner->at = __atomic_fetch_add(&map->next, 1, __ATOMIC_RELAXED);
        runner->has = runner->at < map->count;
    }
    return runner->has;
}

static int run_elements(struct headroom_context *context, void *argument) {
    struct runner *runner = argument;
    struct map *map = runner->map;
    int error = 0;
    while (error == 0 && take_element(runner)) {
        error = headroom_context_error(context);
        if (error == 0)
            error = map->function(context, map->array + runner->at * map->element_size);
        runner->has = false;
    }
    return error;
}

/* As many as the pool takes: the first must be, the others only help. */
static int start_runners(struct headroom_group *group, struct map *map, struct runner *runners,
                         size_t most) {
    int error = 0;
    size_t started = 0;
    for (; started < most && error == 0 && !exhausted(map); started += error == 0) {
        runners[started].map = map;
        error = headroom_group_go(group, run_elements, &runners[started]);
    }
    return started > 0 ? 0 : error;
}

int headroom_map(struct headroom_pool *pool, uint32_t limit, headroom_group_function *function,
                 void *array, size_t element_size, size_t count, struct headroom_context *context) {
    size_t most = limit > 0 ? limit : headroom_pool_counts(pool).size;
    most = most < count ? most : count;
    if (most == 0)
        return 0;
    struct map map = {function, array, element_size, count, 0};
    struct headroom_group *group;
    struct runner *runners = calloc(most, sizeof *runners);
    int error = runners ? headroom_group_open(&group, pool, context, NULL) : ENOMEM;
    if (error == 0) {
        error = start_runners(group, &map, runners, most);
        int first = headroom_group_close(group);
        error = first != 0 ? first : error;
    }
    free(runners);
    return error;
}
