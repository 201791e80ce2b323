/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * output: result files, whole or not at all.
 *
 * A file is written under a temporary name in its own folder, flushed, and renamed; after a failure
 * the temporary file is gone and an older result is as it was.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "model/err.h"

struct output {
    FILE *to;
    char *temporary, *final;
};

/* Makes DIR and what leads to it, and sees that it can be written to. */
bool output_folder(const char *dir, struct err *err);

bool output_begin(struct output *o, const char *dir, const char *name, struct err *err);

/* Puts the file in its place; after `bad` or any failure, removes it instead. */
bool output_end(struct output *o, struct err *err);

#endif
