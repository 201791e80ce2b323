/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schema_value: what the schema (model/schema) says of one scalar: its types, pattern and bounds.
 *
 * Each writes into the object that is open. Where counts is true, a quantity is a count, else a
 * time.
 */
#ifndef MODEL_SCHEMA_VALUE_H
#define MODEL_SCHEMA_VALUE_H

#include <stdbool.h>

#include "model/format.h"
#include "model/json.h"

/* One of the words, and what an editor takes for booleans among them. */
void schema_words(struct json *j, const char *all);

/* "a b" as a list of types, words or keys. */
void schema_list(struct json *j, const char *key, const char *words);

void schema_duration(struct json *j);

/* A value by its key's type. */
void schema_scalar(struct json *j, const struct key *key, bool counts);

/* The same, or one of the words that its key allows beside it. */
void schema_value(struct json *j, const struct key *key, bool counts);

#endif
