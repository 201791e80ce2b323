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

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { ERR_ENVIRONMENT = 1, ERR_USER = 2 };

struct place {
    const char *file; /* borrowed: lives as long as the document read */
    int line, column; /* from 1; 0: none */
};

/* The files of what stands on the command line: they have no lines. */
#define PLACE_SET "--set"
#define PLACE_VARY "--vary"

bool place_on_command_line(struct place place);

/* Texts are plain: valid UTF-8 without control characters. */
struct err_item {
    char *file;       /* NULL: of no file */
    int line, column; /* from 1; 0: none */
    char *path;       /* the key's full path; NULL: of none */
    char *text;
    int rank; /* files are shown in the order in which they were first complained of */
};

struct err {
    struct err_item *items;
    size_t count;
    int status; /* the exit status it asks for; 0 while empty */
    bool more;  /* there were more than are kept */
};

/* A mistake at `place`; `path` (or NULL) is the key's full path, put before the text. The same
 * words about the same line and column are not added twice, whatever the path: what is said once
 * for many (model/defaults) is wrong once. */
void err_add(struct err *err, struct place place, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A failure of the environment. Always returns false, so that a caller can return it. */
bool err_fail(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* By file, line and column; equal places keep the order of finding. */
void err_sort(struct err *err);

/* Each on a line of its own, sorted. */
void err_print(struct err *err, FILE *to);

void err_free(struct err *err);

#endif
