/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * output: result files, whole or not at all, all or none.
 *
 * A file is written under a temporary name in its own folder and closed; when all of a result are
 * written they are renamed. After a failure the temporary files are gone, and an older result is as
 * it was.
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

/* Closes the file under its temporary name; false: it is not whole. Either way output_end follows.
 */
bool output_close(struct output *o, struct err *err);

/* A file of `from`; all of them in DIR, or none. */
struct output_file {
    const char *name;
    void (*write)(const void *from, FILE *to);
};
bool output_all(const char *dir, const struct output_file *files, int count, const void *from,
                struct err *err);

/* Puts a closed file in its place, or (`keep` false) removes it. */
bool output_end(struct output *o, bool keep, struct err *err);

#endif
