/* SPDX-License-Identifier: GPL-3.0-or-later */
/* defaults: see defaults.h. They are read once by themselves, for the errors in them, also if no
 * class takes them; what is read of them is thrown away. The same errors found again in a class
 * that took them are dropped (model/err). */
#include "model/defaults.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/scenario.h"

/* Takes away what cannot be common: the name, and what no class or pool knows (an error each). */
static void keep_known(struct reading *r, struct node *map, const struct read_layer *layers,
                       size_t count, const char *path) {
    for (size_t i = map->count; i-- > 0;) {
        bool name = !strcmp(map->keys[i], "name");
        char *inner = read_path(path, map->keys[i]);
        if (name)
            err_add(r->err, map->keys_at[i], inner, "cannot be common: each has its own");
        else if (!read_known(map->keys[i], layers, count))
            read_unknown_key(r, map, i, layers, count, path);
        if (name || !read_known(map->keys[i], layers, count))
            node_free(node_take(map, map->keys[i]));
        free(inner);
    }
}

static void give(const struct node *from, struct node *to) {
    for (size_t i = 0; to && to->kind == NODE_MAP && i < from->count; i++)
        if (!node_get(to, from->keys[i]))
            node_put(to, from->keys[i], from->keys_at[i], node_copy(from->items[i]));
}

static void give_each(const struct node *from, const struct node *list) {
    for (size_t i = 0; list && list->kind == NODE_LIST && i < list->count; i++)
        give(from, list->items[i]);
}

static struct node *map_of(struct reading *r, const struct node *defaults, const char *key) {
    struct node *map = node_get(defaults, key);
    char *path = read_path("defaults", key);
    if (map && map->kind != NODE_MAP)
        err_add(r->err, map->at, path, "wants a map, such as {%s: ...}",
                !strcmp(key, "pool") ? "queue" : "arrivals");
    free(path);
    return map && map->kind == NODE_MAP ? map : NULL;
}

static void apply_class(struct reading *r, struct node *root, struct node *map, bool whole) {
    struct scenario *scratch = mem_new(1, sizeof *scratch);
    scratch->classes.items = mem_new(1, sizeof(struct class));
    scratch->classes.count = 1;
    struct class *class = scratch->classes.items;
    struct step *step = mem_new(1, sizeof *step);
    struct read_layer layers[] = {{IN_CLASS, class, !whole}, {IN_STEP, step, true}};
    size_t count = whole ? 1 : 2;
    keep_known(r, map, layers, count, "defaults.class");
    read_given(r, map, layers, count, "defaults.class");
    if (whole)
        give_each(map, node_get(root, "classes"));
    else
        give(map, root);
    dist_free(&step->service);
    free(step);
    scenario_free(scratch);
}

static void apply_pool(struct reading *r, struct node *root, struct node *map, bool whole) {
    struct scenario *scratch = mem_new(1, sizeof *scratch);
    scratch->pools.items = mem_new(1, sizeof(struct pool_spec));
    scratch->pools.count = 1;
    struct read_layer layer = {IN_POOL, scratch->pools.items, false};
    keep_known(r, map, &layer, 1, "defaults.pool");
    read_given(r, map, &layer, 1, "defaults.pool");
    if (whole)
        give_each(map, node_get(root, "pools"));
    else
        give(map, node_get(root, "pool"));
    scenario_free(scratch);
}

void defaults_apply(struct reading *r, struct node *root, bool whole) {
    struct node *defaults = node_get(root, "defaults");
    if (!defaults)
        return;
    if (defaults->kind != NODE_MAP) {
        err_add(r->err, defaults->at, "defaults", "wants a map: {class: {...}, pool: {...}}");
        return;
    }
    struct read_layer layer = {IN_DEFAULTS, NULL, false};
    keep_known(r, defaults, &layer, 1, "defaults");
    struct node *class = map_of(r, defaults, "class"), *pool = map_of(r, defaults, "pool");
    if (class)
        apply_class(r, root, class, whole);
    if (pool)
        apply_pool(r, root, pool, whole);
}
