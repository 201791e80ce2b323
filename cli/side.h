/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * side: a saved result that a command line names, for `compare` and `plot`.
 *
 * A result is a folder or a result.json; of a `run`, which holds several, :sim, :sim_paired or
 * :pool behind it says which. A file whose name ends so is meant itself.
 */
#ifndef CLI_SIDE_H
#define CLI_SIDE_H

#include "model/err.h"
#include "model/result_read.h"

struct side {
    const char *letter;
    char *path; /* without the part */
    bool asked; /* a part was asked for */
    int part;   /* enum result_part */
    struct saved saved;
    struct result *result; /* the part that is meant, once it is chosen */
};

/* False after an error; side_free either way. `command` is what errors call the reader. */
bool side_load(struct side *s, const char *argument, const char *command, struct err *err);
void side_free(struct side *s);

/* The part that `wanted` names where there is one, else the first there is. */
int side_nearest_part(const struct side *s, int wanted);
const char *side_part_name(const struct side *s);

/* The folder it lies in; "io-sizing" of out/io-sizing/ and of out/io-sizing/result.json, with its
 * part, where asked. Fresh memory. */
char *side_folder(const struct side *s);
char *side_short_name(const struct side *s);

#endif
