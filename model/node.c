/* SPDX-License-Identifier: GPL-3.0-or-later */
/* node: libyaml's events made into a tree; the one file that knows libyaml. See node.h. */
#include "model/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "model/file.h"
#include "model/mem.h"

struct reader {
    yaml_parser_t yaml;
    const char *text;
    const char *source;
    const struct node_form *form;
    struct err *err;
    int depth;
    size_t count;
};

static const struct node_form scenario_form = {"scenario", "headroom: 1", NODE_BYTES, NODE_KEYS};

static struct node *node_new(enum node_kind kind, struct place at) {
    struct node *node = mem_new(1, sizeof *node);
    node->kind = kind;
    node->at = at;
    return node;
}

struct node *node_scalar(const char *text, struct place at) {
    struct node *node = node_new(NODE_SCALAR, at);
    node->text = mem_text(text);
    return node;
}

struct node *node_map(struct place at) {
    return node_new(NODE_MAP, at);
}

struct node *node_list(struct place at) {
    return node_new(NODE_LIST, at);
}

void node_free(struct node *node) {
    if (!node)
        return;
    for (size_t i = 0; i < node->count; i++) {
        node_free(node->items[i]);
        if (node->keys)
            free(node->keys[i]);
    }
    free(node->items);
    free(node->keys);
    free(node->keys_at);
    free(node->text);
    free(node);
}

struct node *node_copy(const struct node *node) {
    struct node *copy = node_new(node->kind, node->at);
    if (node->text)
        copy->text = mem_text(node->text);
    for (size_t i = 0; i < node->count; i++)
        if (node->keys)
            node_put(copy, node->keys[i], node->keys_at[i], node_copy(node->items[i]));
        else
            node_append(copy, node_copy(node->items[i]));
    return copy;
}

void node_append(struct node *list, struct node *item) {
    if ((list->count & (list->count - 1)) == 0) /* full: a power of two, or none */
        list->items = mem_resize(list->items, list->count ? 2 * list->count : 1, sizeof item);
    list->items[list->count++] = item;
}

static ptrdiff_t find(const struct node *map, const char *key) {
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->count; i++)
        if (!strcmp(map->keys[i], key))
            return (ptrdiff_t)i;
    return -1;
}

struct node *node_get(const struct node *map, const char *key) {
    ptrdiff_t i = find(map, key);
    return i < 0 ? NULL : map->items[i];
}

void node_put(struct node *map, const char *key, struct place at, struct node *item) {
    ptrdiff_t i = find(map, key);
    if (i >= 0) {
        node_free(map->items[i]);
        map->items[i] = item;
        return;
    }
    map->keys = mem_resize(map->keys, map->count + 1, sizeof *map->keys);
    map->keys_at = mem_resize(map->keys_at, map->count + 1, sizeof *map->keys_at);
    map->keys[map->count] = mem_text(key);
    map->keys_at[map->count] = at;
    node_append(map, item);
}

struct node *node_take(struct node *map, const char *key) {
    ptrdiff_t i = find(map, key);
    if (i < 0)
        return NULL;
    struct node *item = map->items[i];
    free(map->keys[i]);
    map->count--;
    for (size_t k = (size_t)i; k < map->count; k++) {
        map->keys[k] = map->keys[k + 1];
        map->keys_at[k] = map->keys_at[k + 1];
        map->items[k] = map->items[k + 1];
    }
    return item;
}

static struct place place_of(const struct reader *r, yaml_mark_t mark) {
    return (struct place){r->source, (int)mark.line + 1, (int)mark.column + 1};
}

/* What libyaml says, and what it mostly means to somebody who writes a scenario. */
static const struct hint {
    const char *problem, *hint;
} hints[] = {
    {"mapping values are not allowed in this context",
     "a second ': ' in one line (put the text into quotes), no space after the ':' of the line "
     "above, "
     "or the line is indented too far"},
    {"did not find expected key",
     "is this line indented as the one it belongs to, is there a bracket too many?"},
    {"did not find expected '-' indicator", "is this line indented as the one it belongs to?"},
    {"could not find expected ':'", "a key is followed by a colon and a space, as in 'name: x'"},
    {"did not find expected ',' or '}'", "is the '{' closed, and a comma between its keys?"},
    {"did not find expected ',' or ']'", "is the '[' closed, and a comma between its items?"},
    {"did not find expected node content", "is there a comma or a bracket too many?"},
    {"found unexpected end of stream", "is the quotation mark closed?"},
    {"found unknown escape character", "put the text into 'single' quotes"},
    {"found character that cannot start any token",
     "put a text that begins with a special character into quotes"},
};

static const char *hint_for(const struct reader *r) {
    const yaml_parser_t *y = &r->yaml;
    const char *line = r->text;
    for (size_t n = y->problem_mark.line; n > 0 && line; n--)
        line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
    if (line && strnlen(line, y->problem_mark.column + 1) > y->problem_mark.column &&
        line[y->problem_mark.column] == '\t')
        return "YAML is indented with spaces, not with tabs";
    for (size_t i = 0; y->problem && i < sizeof hints / sizeof *hints; i++)
        if (!strcmp(y->problem, hints[i].problem))
            return hints[i].hint;
    return NULL;
}

static void yaml_wrong(struct reader *r) {
    const yaml_parser_t *y = &r->yaml;
    const char *problem = y->problem ? y->problem : "unreadable";
    if (y->error == YAML_READER_ERROR) {
        err_add(r->err, file_place(r->text, r->source, y->problem_offset), NULL,
                "is not plain UTF-8 text (%s)", problem);
        return;
    }
    bool above = y->context && y->context_mark.line < y->problem_mark.line;
    char *since = above ? mem_format(" (%s from line %zu)", y->context, y->context_mark.line + 1)
                        : mem_text("");
    const char *hint = hint_for(r);
    err_add(r->err, place_of(r, y->problem_mark), NULL, "not YAML: %s%s%s%s", problem, since,
            hint ? "; " : "", hint ? hint : "");
    free(since);
}

static bool next(struct reader *r, yaml_event_t *event) {
    if (yaml_parser_parse(&r->yaml, event))
        return true;
    yaml_wrong(r);
    return false;
}

static struct node *value(struct reader *r, yaml_event_t *event);

static struct node *list_items(struct reader *r, struct node *list) {
    for (yaml_event_t event;;) {
        if (!next(r, &event))
            break;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return list;
        }
        struct node *item = value(r, &event);
        if (!item)
            break;
        node_append(list, item);
    }
    node_free(list);
    return NULL;
}

/* One entry of a map, its key's event given. */
static bool map_entry(struct reader *r, struct node *map, yaml_event_t *event) {
    struct place at = place_of(r, event->start_mark);
    struct node *key = value(r, event);
    if (!key)
        return false;
    if (key->kind != NODE_SCALAR) {
        err_add(r->err, at, NULL, "a key must be a word");
        node_free(key);
        return false;
    }
    yaml_event_t second;
    struct node *item = next(r, &second) ? value(r, &second) : NULL;
    if (item && find(map, key->text) >= 0) {
        err_add(r->err, at, NULL, "duplicate key '%.60s'; it stands in line %d already", key->text,
                map->keys_at[find(map, key->text)].line);
        node_free(item);
    } else if (item && map->count == r->form->keys) {
        err_add(r->err, at, NULL, "more than %zu keys in one map", r->form->keys);
        node_free(item);
        item = NULL;
    } else if (item)
        node_put(map, key->text, at, item);
    node_free(key);
    return item != NULL;
}

static struct node *map_entries(struct reader *r, struct node *map) {
    for (yaml_event_t event;;) {
        if (!next(r, &event))
            break;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return map;
        }
        if (!map_entry(r, map, &event))
            break;
    }
    node_free(map);
    return NULL;
}

static bool has_marks(const yaml_event_t *event) {
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor || event->data.scalar.tag;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor || event->data.sequence_start.tag;
    return event->type == YAML_MAPPING_START_EVENT &&
           (event->data.mapping_start.anchor || event->data.mapping_start.tag);
}

static const char *refusal(struct reader *r, const yaml_event_t *event) {
    if (event->type == YAML_ALIAS_EVENT || has_marks(event))
        return "anchors, aliases and tags are not part of the format";
    if (event->type == YAML_SCALAR_EVENT &&
        strlen((char *)event->data.scalar.value) != event->data.scalar.length)
        return "a zero byte inside a text";
    if (++r->count > r->form->bytes / 40)
        return "too many values";
    return r->depth >= NODE_DEPTH ? "nested too deeply" : NULL;
}

static struct node *scalar(const yaml_event_t *event, struct place at) {
    struct node *node = node_scalar((char *)event->data.scalar.value, at);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return node;
}

/* The value that begins with `event`, which is used up; NULL after an error. */
static struct node *value(struct reader *r, yaml_event_t *event) {
    struct place at = place_of(r, event->start_mark);
    const char *wrong = refusal(r, event);
    struct node *node = NULL;
    r->depth++;
    if (wrong)
        err_add(r->err, at, NULL, "%s", wrong);
    else if (event->type == YAML_SCALAR_EVENT)
        node = scalar(event, at);
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        node = list_items(r, node_list(at));
    else if (event->type == YAML_MAPPING_START_EVENT)
        node = map_entries(r, node_map(at));
    r->depth--;
    yaml_event_delete(event);
    return node;
}

/* Skips to the first event that is not STREAM-START or DOCUMENT-START; false at the stream's end.
 */
static bool to_content(struct reader *r, yaml_event_t *event) {
    while (next(r, event)) {
        if (event->type == YAML_STREAM_END_EVENT) {
            err_add(r->err, (struct place){r->source, 1, 1}, NULL, "is empty; it begins with '%s'",
                    r->form->begins);
            yaml_event_delete(event);
            return false;
        }
        if (event->type != YAML_STREAM_START_EVENT && event->type != YAML_DOCUMENT_START_EVENT)
            return true;
        yaml_event_delete(event);
    }
    return false;
}

static bool at_end(struct reader *r) {
    for (yaml_event_t event; next(r, &event);) {
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT)
            err_add(r->err, place_of(r, event.start_mark), NULL,
                    "a second document begins; a %s file holds one", r->form->what);
        yaml_event_delete(&event);
        if (type != YAML_DOCUMENT_END_EVENT)
            return type == YAML_STREAM_END_EVENT;
    }
    return false;
}

struct node *node_parse(const char *text, const char *source, struct err *err) {
    return node_parse_as(text, source, &scenario_form, err);
}

struct node *node_parse_as(const char *text, const char *source, const struct node_form *form,
                           struct err *err) {
    struct reader r = {.text = text, .source = source, .form = form, .err = err};
    if (!yaml_parser_initialize(&r.yaml)) {
        err_fail(err, "out of memory");
        return NULL;
    }
    yaml_parser_set_input_string(&r.yaml, (const unsigned char *)text, strlen(text));
    yaml_event_t event;
    struct node *root = to_content(&r, &event) ? value(&r, &event) : NULL;
    if (root && !at_end(&r)) {
        node_free(root);
        root = NULL;
    }
    yaml_parser_delete(&r.yaml);
    return root;
}

struct node *node_load(const char *file, struct err *err) {
    return node_load_as(file, &scenario_form, err);
}

struct node *node_load_as(const char *file, const struct node_form *form, struct err *err) {
    char *text = file_text(file, form->bytes, form->what, err);
    struct node *root = text ? node_parse_as(text, file_shown(file), form, err) : NULL;
    free(text);
    return root;
}

static const struct node *step_into(const struct node *node, const char *part) {
    if (node->kind == NODE_MAP)
        return node_get(node, part);
    for (size_t i = 0; node->kind == NODE_LIST && i < node->count; i++) {
        const struct node *name = node_get(node->items[i], "name");
        char index[24];
        snprintf(index, sizeof index, "%zu", i);
        if ((name && name->kind == NODE_SCALAR && !strcmp(name->text, part)) ||
            !strcmp(index, part))
            return node->items[i];
    }
    return NULL;
}

const struct node *node_at(const struct node *root, const char *path) {
    char *copy = mem_text(path), *save = NULL;
    const struct node *node = root;
    for (char *part = strtok_r(copy, ".", &save); part; part = strtok_r(NULL, ".", &save)) {
        const struct node *inner = step_into(node, part);
        if (!inner)
            break;
        node = inner;
    }
    free(copy);
    return node;
}

/* The child of a map (created when missing) or of a list (by `name` or index) that `part` names. */
static struct node **child(struct node *node, const char *part, struct place at) {
    if (node->kind == NODE_MAP) {
        if (find(node, part) < 0)
            node_put(node, part, at, node_map(at));
        return &node->items[find(node, part)];
    }
    for (size_t i = 0; node->kind == NODE_LIST && i < node->count; i++) {
        const struct node *name = node_get(node->items[i], "name");
        if (name && name->kind == NODE_SCALAR && !strcmp(name->text, part))
            return &node->items[i];
    }
    bool index = *part && strspn(part, "0123456789") == strlen(part);
    if (node->kind == NODE_LIST && index && strtoul(part, NULL, 10) < node->count)
        return &node->items[strtoul(part, NULL, 10)];
    return NULL;
}

static bool assign(struct node *root, const char *path, const char *shown, struct node *item,
                   struct err *err) {
    char *copy = mem_text(path), *save = NULL;
    struct node **slot = &root;
    bool ok = true;
    for (char *part = strtok_r(copy, ".", &save); part && ok; part = strtok_r(NULL, ".", &save)) {
        struct node **inner = child(*slot, part, item->at);
        if (!inner)
            err_add(err, item->at, NULL, "%.60s: nothing is named '%.60s' there", shown, part);
        ok = inner != NULL;
        slot = ok ? inner : slot;
    }
    free(copy);
    ok = ok && slot != &root;
    node_free(ok ? *slot : item);
    if (ok)
        *slot = item;
    return ok;
}

bool node_assign(struct node *root, const char *path, struct node *item, struct err *err) {
    return assign(root, path, path, item, err);
}

bool node_set(struct node *root, const char *assignment, struct err *err) {
    const char *equals = strchr(assignment, '=');
    if (!equals || strspn(assignment, ".") == (size_t)(equals - assignment) || !equals[1]) {
        err_add(err, (struct place){PLACE_SET, 0, 0}, NULL, "'%.60s' is not PATH=VALUE",
                assignment);
        return false;
    }
    struct node *item = node_parse(equals + 1, PLACE_SET, err);
    char *path = mem_text_part(assignment, (size_t)(equals - assignment));
    bool ok = item && assign(root, path, assignment, item, err);
    free(path);
    return ok;
}
