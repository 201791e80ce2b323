/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schema: the format as a JSON Schema (draft-07), for editors that complete and underline.
 *
 * Made from the table of keys (model/format), so it knows what the reader knows: every supported
 * key with its help, type, bounds, default, and whether it is needed. Keys that are not supported
 * yet are left out. It accepts whatever the reader accepts, and refuses what can be seen without
 * arithmetic, files or names: misspelt and missing keys, wrong types, units and words.
 *
 * An editor types a scalar before the schema sees it (200 is an integer, 0.8 a number, true a
 * boolean); here its key does. So each key takes every type that its values can look like.
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include <stdio.h>

void schema_print(FILE *to);

#endif
