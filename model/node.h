/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * node: a YAML document as a tree whose every node knows its place.
 *
 * Scalars stay text: what a scalar is, its key decides (semantics.md: `no`, `010` and `1:30` are
 * what the key says or an error). Anchors, aliases, tags, several documents, duplicate keys and a
 * depth over NODE_DEPTH are refused here, as is a document of more values than its kind has room
 * for (one in 40 bytes of its largest size). node_set is `--set`:
 * it replaces or creates one value.
 */
#ifndef MODEL_NODE_H
#define MODEL_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/err.h"

enum { NODE_DEPTH = 32, NODE_BYTES = 4 << 20, NODE_KEYS = 1000 };

enum node_kind { NODE_SCALAR, NODE_MAP, NODE_LIST };

struct node {
    enum node_kind kind;
    struct place at;
    char *text;  /* of a scalar */
    bool quoted; /* ... which stood in quotes */
    char **keys; /* of a map: count of them */
    struct place *keys_at;
    struct node **items; /* of a map or a list: count of them */
    size_t count;
    bool used; /* a reader has taken it */
};

/* A kind of document: what errors call it, how one begins, how large it and a map in it may be. */
struct node_form {
    const char *what, *begins;
    size_t bytes, keys;
};

/* The document in a file; NULL after adding to err. `name` of the file is borrowed. */
struct node *node_load(const char *file, struct err *err);

/* The document in a text; `source` (borrowed) is what errors call it. */
struct node *node_parse(const char *text, const char *source, struct err *err);

/* The same of another form than a scenario. */
struct node *node_load_as(const char *file, const struct node_form *form, struct err *err);
struct node *node_parse_as(const char *text, const char *source, const struct node_form *form,
                           struct err *err);

struct node *node_scalar(const char *text, struct place at);
struct node *node_map(struct place at);
struct node *node_list(struct place at);

struct node *node_get(const struct node *map, const char *key); /* NULL: not there */
void node_put(struct node *map, const char *key, struct place at, struct node *item);
void node_append(struct node *list, struct node *item);
struct node *node_take(struct node *map, const char *key); /* removes and returns it, or NULL */

/* PATH=VALUE, the path's parts separated by points; a part of a list is the `name` or the index of
 * its element. VALUE is YAML. Missing maps are created. `source` is what errors call it. */
bool node_set(struct node *root, const char *assignment, struct err *err);

/* The same of a value that is a node already, which is taken. */
bool node_assign(struct node *root, const char *path, struct node *item, struct err *err);

/* The node that such a path names, or the deepest one on the way there. */
const struct node *node_at(const struct node *root, const char *path);

struct node *node_copy(const struct node *node); /* with the places of the original */

void node_free(struct node *node);

#endif
