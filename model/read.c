/* SPDX-License-Identifier: GPL-3.0-or-later */
/* read: see read.h. */
#include "model/read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/guess.h"
#include "model/mem.h"
#include "model/scenario.h"
#include "model/text.h"

enum { LIST_MOST = 1000 }; /* classes, pools, steps */

struct list {
    void *items;
    size_t count;
};

char *read_path(const char *outer, const char *inner) {
    return mem_format("%s%s%s", outer, *outer && *inner ? "." : "", inner);
}

static void read_list(struct reading *r, const struct node *node, const struct key *key,
                      struct list *target, const char *path) {
    enum { WIDE = sizeof(int64_t) }; /* of a double too */
    if (node->kind != NODE_LIST) {
        err_add(r->err, node->at, path, "wants a list, such as %s",
                key->each == KEY_RATE ? "[100/s, 0/s]" : "[10ms, 200ms]");
        return;
    }
    struct key each = *key;
    each.type = key->each;
    char *items = mem_new(node->count, WIDE);
    free(target->items);
    *target = (struct list){items, node->count};
    for (size_t i = 0; i < node->count; i++)
        read_value(r, node->items[i], &each, items + i * WIDE, path);
}

/* The values of a section's keys, in the keys' order. */
static void read_row(struct reading *r, const struct node *node, enum section of, char *row,
                     const char *path) {
    char *names = format_names(of), *shown = read_listed(names);
    size_t i = 0, wanted = 0;
    for (size_t k = 0; k < format_key_count; k++)
        wanted += format_keys[k].in == of;
    if (node->kind != NODE_LIST || node->count != wanted)
        err_add(r->err, node->at, path, "wants a list of %zu values: [%s]", wanted, shown);
    for (size_t k = 0; node->kind == NODE_LIST && node->count == wanted && k < format_key_count;
         k++)
        if (format_keys[k].in == of)
            read_value(r, node->items[i++], &format_keys[k], row + format_keys[k].offset, path);
    free(names);
    free(shown);
}

static void read_rows(struct reading *r, const struct node *node, const struct key *key,
                      struct list *target, const char *path) {
    if (node->kind != NODE_LIST || node->count == 0) {
        err_add(r->err, node->at, path, "wants a list of at least one %s, such as %s",
                format_sections[key->of].name, key->help);
        return;
    }
    size_t size = format_sections[key->of].size;
    char *rows = mem_new(node->count, size);
    free(target->items);
    *target = (struct list){rows, node->count};
    for (size_t i = 0; i < node->count; i++) {
        char *inner = mem_format("%s.%zu", path, i);
        read_row(r, node->items[i], key->of, rows + i * size, inner);
        free(inner);
    }
}

static bool is_map(struct reading *r, const struct node *node, enum section of, const char *path) {
    if (node->kind == NODE_MAP)
        return true;
    char *names = format_names(of), *shown = read_listed(names);
    char *such = guess_map(of, node->kind == NODE_SCALAR ? node->text : NULL, r->counts);
    err_add(r->err, node->at, path, "wants a map, such as %s; its keys: %s", such, shown);
    free(such);
    free(names);
    free(shown);
    return false;
}

static const struct key *find(const char *name, const struct read_layer *layers, size_t count,
                              void **target) {
    for (size_t i = 0; i < count; i++) {
        const struct key *key = format_find(layers[i].in, name);
        if (key && (!layers[i].short_form || format_short(key))) {
            *target = layers[i].target;
            return key;
        }
    }
    return NULL;
}

/* Does the map of a choice give exactly one kind? Without any, a key that is not known was meant as
 * one, and its own error says enough. */
static bool one_kind(const struct node *map, const struct read_layer *layers, size_t count,
                     size_t *given) {
    size_t unknown = 0;
    *given = 0;
    for (size_t i = 0; i < map->count; i++) {
        void *target;
        const struct key *key = find(map->keys[i], layers, count, &target);
        unknown += !key;
        *given += key && (key->later || (format_sections[key->in].choice && key->kind));
    }
    return *given == 1 || (*given == 0 && unknown);
}

/* Parameters in the place of the kind that takes them: one error for all of them. */
static bool without_kind(struct reading *r, const struct node *map, enum section of,
                         const char *path) {
    char *such = guess_kind(of, map);
    if (!such)
        return false;
    char *names = format_names(of), *shown = read_listed(names);
    err_add(r->err, map->at, path, "needs a %s around its parameters, such as %s (allowed: %s)",
            of == IN_DIST ? "distribution" : "kind", such, shown);
    free(such);
    free(names);
    free(shown);
    return true;
}

/* A scalar becomes {key: value}. */
static void write_map(struct node *node, const char *key, struct node *value) {
    char *text = node->text;
    node->text = NULL;
    node->kind = NODE_MAP;
    node_put(node, key, node->at, value);
    free(text);
}

/* A map of a choice section, the first of the layers: exactly one of its kinds. */
static void read_kinds(struct reading *r, struct node *node, const struct read_layer *layers,
                       size_t count, const char *path) {
    int64_t *kind = layers->target;
    enum section of = layers->in;
    *kind = CHOICE_WRONG;
    char *names = format_names(of), *shown = read_listed(names);
    size_t given, before = r->err->count;
    if (node->kind == NODE_SCALAR && format_find(of, node->text))
        err_add(r->err, node->at, path, "%s needs its parameters: {%s: ...}", node->text,
                node->text);
    else if (node->kind == NODE_SCALAR && isalpha((unsigned char)*node->text))
        read_unknown_in(r, of, node->at, path, format_sections[of].name, node->text, names);
    else if (is_map(r, node, of, path)) {
        bool one = one_kind(node, layers, count, &given);
        bool lacks = given == 0 && without_kind(r, node, of, path);
        if (!one && !lacks)
            err_add(r->err, node->at, path, "takes exactly one %s; %zu are given%s%s%s",
                    of == IN_DIST ? "distribution" : "kind", given,
                    given ? "" : " (allowed: ", given ? "" : shown, given ? "" : ")");
        if (!lacks)
            read_map(r, node, layers, count, path);
    }
    if (r->err->count > before)
        *kind = CHOICE_WRONG;
    free(names);
    free(shown);
}

/* One word in the place of a choice's map: a kind with all its defaults, or none of them. True: it
 * was wrong, or there is nothing more to read. */
static bool read_alone(struct reading *r, struct node *node, const struct key *key, int64_t *kind,
                       const char *path) {
    if (!key->words || node->kind != NODE_SCALAR)
        return false;
    const struct guess *guess = guess_find(key->in, key->name);
    const struct key *meant = guess && guess->meant ? format_find(key->in, guess->meant) : NULL;
    bool known = text_index(node->text, key->words) >= 0;
    *kind = known ? 0 : CHOICE_WRONG;
    if (known && format_find(key->of, node->text)) {
        write_map(node, node->text, node_map(node->at));
        return false;
    }
    if (!known && meant && read_suits(meant, r->counts, node->text))
        err_add(r->err, node->at, path, "'%.60s' is no word; did you mean '%s'?", node->text,
                guess->meant);
    else if (!known)
        read_unknown(r, node->at, path, "word", node->text, key->words);
    return true;
}

static void read_choice(struct reading *r, struct node *node, const struct key *key, void *target,
                        const char *path) {
    if (read_alone(r, node, key, target, path))
        return;
    struct read_layer layer = {key->of, target, false};
    bool counts = r->counts;
    r->counts = key->kind == FORMAT_COUNTS;
    read_kinds(r, node, &layer, 1, path);
    r->counts = counts;
}

/* An element of a list of maps. */
static void read_element(struct reading *r, struct node *node, const struct key *key, void *target,
                         const char *path) {
    struct read_layer layers[] = {{key->of, target, false}, {key->beside, target, false}};
    if (format_sections[key->of].choice)
        read_kinds(r, node, layers, key->beside ? 2 : 1, path);
    else if (is_map(r, node, key->of, path))
        read_map(r, node, layers, 1, path);
}

static void read_maps(struct reading *r, struct node *node, const struct key *key,
                      struct list *target, const char *path) {
    if (node->kind != NODE_LIST || node->count == 0) {
        err_add(r->err, node->at, path, "wants a list of at least one %s",
                format_sections[key->of].name);
        return;
    }
    if (node->count > LIST_MOST) {
        err_add(r->err, node->at, path, "are more than %d", LIST_MOST);
        return;
    }
    size_t size = format_sections[key->of].size;
    char *items = mem_new(node->count, size);
    *target = (struct list){items, node->count};
    for (size_t i = 0; i < node->count; i++) {
        const struct node *name = node_get(node->items[i], "name");
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        char *inner = read_path(path, name && name->kind == NODE_SCALAR ? name->text : index);
        read_element(r, node->items[i], key, items + i * size, inner);
        free(inner);
    }
}

/* What an absent map comes to: its keys' defaults. */
static void read_nothing(const struct read_layer *layer) {
    struct node *nothing = node_map((struct place){0});
    struct err ignored = {0};
    struct reading quiet = {.err = &ignored};
    read_map(&quiet, nothing, layer, 1, "");
    err_free(&ignored);
    node_free(nothing);
}

/* One value in the place of a map becomes {shorthand: value}. */
static void write_long(struct node *node, const struct key *key) {
    if (key->shorthand && node->kind == NODE_SCALAR && !format_find(key->of, node->text))
        write_map(node, key->shorthand, node_scalar(node->text, node->at));
}

static void read_key(struct reading *r, struct node *node, const struct key *key, char *target,
                     const char *path) {
    write_long(node, key);
    if (format_sections[key->in].choice && key->kind)
        *(int64_t *)(void *)target = key->kind;
    void *at = target + key->offset;
    struct read_layer layer = {key->of, at, false};
    switch (key->type) {
    case KEY_MAP:
        if (is_map(r, node, key->of, path))
            read_map(r, node, &layer, 1, path);
        else
            read_nothing(&layer);
        break;
    case KEY_MAPS:
        read_maps(r, node, key, at, path);
        break;
    case KEY_CHOICE:
        read_choice(r, node, key, at, path);
        break;
    case KEY_LIST:
        read_list(r, node, key, at, path);
        break;
    case KEY_ROWS:
        read_rows(r, node, key, at, path);
        break;
    case KEY_COUNT:
    case KEY_NUMBER:
    case KEY_FACTOR:
    case KEY_SHARE:
    case KEY_DURATION:
    case KEY_RATE:
    case KEY_TEXT:
    case KEY_NAME:
    case KEY_WORD:
    case KEY_QUANTITY:
        read_value(r, node, key, at, path);
        break;
    case KEY_BY_TIME:
    case KEY_OTHER:
        break;
    }
}

/* Does an unknown key of the map mean this one? Then its own error says enough. */
static bool misspelt(const struct node *map, const struct key *key) {
    bool found = false;
    for (size_t i = 0; i < map->count && !found; i++) {
        const struct guess *guess = guess_find(key->in, map->keys[i]);
        bool known = format_find(key->in, map->keys[i]) != NULL;
        char *near = known ? NULL : guess_near(map->keys[i], key->name);
        found = near || (guess && guess->meant && !strcmp(guess->meant, key->name));
        free(near);
    }
    return found;
}

/* A key that stands not in the map: an error, its default, or "not given". */
static void read_missing(struct reading *r, const struct node *map, const struct key *key,
                         char *target, const char *path) {
    if (key->type == KEY_OTHER || key->later || format_sections[key->in].choice)
        return;
    if (!key->otherwise || (key->unless && node_get(map, key->unless))) {
        read_not_given(key, target + key->offset);
    } else if (format_needed(key)) {
        read_not_given(key, target + key->offset);
        if (!misspelt(map, key))
            err_add(r->err, map->at, *path ? path : NULL, "'%s' is missing%s%s", key->name,
                    *key->help ? ": " : "", key->help);
    } else {
        struct node *node =
            key->type == KEY_MAP ? node_map(map->at) : node_scalar(key->otherwise, map->at);
        read_key(r, node, key, target, path);
        node_free(node);
    }
}

bool read_known(const char *name, const struct read_layer *layers, size_t count) {
    void *target;
    return find(name, layers, count, &target) != NULL;
}

static bool among(const struct key *key, const struct read_layer *layers, size_t count) {
    for (size_t l = 0; l < count; l++)
        if (key->in == layers[l].in && (!layers[l].short_form || format_short(key)))
            return !key->later;
    return false;
}

void read_unknown_key(struct reading *r, const struct node *map, size_t i,
                      const struct read_layer *layers, size_t count, const char *path) {
    char *all = mem_text("");
    for (size_t k = 0; k < format_key_count; k++)
        if (among(&format_keys[k], layers, count)) {
            char *longer = mem_format("%s%s%s", all, *all ? " " : "", format_keys[k].name);
            free(all);
            all = longer;
        }
    const struct guess *guess = NULL;
    for (size_t l = 0; l < count && !guess; l++)
        guess = guess_find(layers[l].in, map->keys[i]);
    bool choice = format_sections[layers[0].in].choice;
    read_unknown_guess(r, map->keys_at[i], path,
                       choice ? format_sections[layers[0].in].name : "key", map->keys[i], all,
                       guess);
    free(all);
}

/* A key that is known but not run; it may be another's value, as 20 of `threads` is of `workers`.
 */
static void read_later(struct reading *r, struct place at, const struct node *value,
                       const struct key *key, const char *path) {
    const struct guess *guess = guess_find(key->in, key->name);
    const struct key *meant = guess && guess->meant ? format_find(key->in, guess->meant) : NULL;
    if (meant && value->kind == NODE_SCALAR && read_suits(meant, r->counts, value->text))
        err_add(r->err, at, path, "not supported yet; did you mean '%s'?", guess->meant);
    else
        err_add(r->err, at, path, "not supported yet");
}

void read_given(struct reading *r, struct node *map, const struct read_layer *layers, size_t count,
                const char *path) {
    for (size_t i = 0; i < map->count; i++) {
        void *target = NULL;
        const struct key *key = find(map->keys[i], layers, count, &target);
        char *inner = read_path(path, map->keys[i]);
        if (!key)
            read_unknown_key(r, map, i, layers, count, path);
        else if (key->later)
            read_later(r, map->keys_at[i], map->items[i], key, inner);
        else
            read_key(r, map->items[i], key, target, inner);
        free(inner);
    }
}

void read_map(struct reading *r, struct node *map, const struct read_layer *layers, size_t count,
              const char *path) {
    read_given(r, map, layers, count, path);
    for (size_t k = 0; k < format_key_count; k++)
        for (size_t l = 0; l < count; l++) {
            const struct key *key = &format_keys[k];
            if (key->in == layers[l].in && (!layers[l].short_form || format_short(key)) &&
                !node_get(map, key->name))
                read_missing(r, map, key, layers[l].target, path);
        }
}
