/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json: a writer. Commas and quoting are its own business; numbers have at most 12 significant
 * digits (a nanosecond in a quarter of an hour), so that the last bit of a library's arithmetic
 * never shows; NaN and infinity become null.
 */
#ifndef MODEL_JSON_H
#define MODEL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *to;
    int depth;
    bool comma; /* something stands before on this level */
};

/* `key` is NULL inside a list. */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
void json_number(struct json *j, const char *key, double value);
void json_count(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_text(struct json *j, const char *key, const char *value); /* NULL: null */
void json_raw(struct json *j, const char *key, const char *value);  /* JSON already */

#endif
