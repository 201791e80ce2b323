/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * err: what the user got wrong, with its place and what would be right.
 *
 * A reader adds every mistake it finds and goes on, so that all of a file's errors are shown in one
 * go, in the order of the file. {0} is the empty list. The environment's failures use the same list
 * with no place and `status` 1 (a mistake of the user's is 2).
 */
#ifndef MODEL_ERR_H
#define MODEL_ERR_H

#include <stddef.h>
#include <stdio.h>

enum { ERR_ENVIRONMENT = 1, ERR_USER = 2 };

struct place {
    const char *file; /* borrowed: lives as long as the document read */
    int line, column; /* from 1; 0: none */
};

struct err_item {
    char *where; /* "file:line:column: " or "" */
    int line, column;
    char *text;
    const char *message; /* in text, behind the path */
};

struct err {
    struct err_item *items;
    size_t count;
    int status; /* the exit status it asks for; 0 while empty */
};

/* A mistake at `place`; `path` (or NULL) is the key's full path, put before the text. The same
 * words about the same line and column are not added twice, whatever the path: what is said once
 * for many (model/defaults) is wrong once. */
void err_add(struct err *err, struct place place, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A failure of the environment. Always returns false, so that a caller can return it. */
_Bool err_fail(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Each on a line of its own, sorted by place. */
void err_print(struct err *err, FILE *to);

void err_free(struct err *err);

#endif
