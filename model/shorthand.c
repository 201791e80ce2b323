/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shorthand: see shorthand.h. */
#include "model/shorthand.h"

#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/mem.h"

static bool takes_shorthand(const char *name) {
    const struct key *key = format_find(IN_RESIZE, name);
    return key && key->shorthand;
}

void shorthand_unfold(struct node *root, const char *assignment) {
    char *path = mem_text_part(assignment, strcspn(assignment, "=")), *dot;
    const char *name = NULL;
    const char *resize = strstr(path, "resize.");
    if (resize && (dot = strchr(resize + 7, '.')) && dot[1]) {
        *dot = 0;
        name = resize + 7;
    }
    if (name && takes_shorthand(name)) {
        char *parent = mem_text_part(path, (size_t)(name - 1 - path));
        struct node *map = (struct node *)(size_t)node_at(root, parent);
        const struct node *value = map->kind == NODE_MAP ? node_get(map, name) : NULL;
        if (value && value->kind == NODE_SCALAR) {
            const struct place at = value->at;
            node_free(node_take(map, name));
            node_put(map, name, at, node_map(at));
        }
        free(parent);
    }
    free(path);
}
