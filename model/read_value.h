/* SPDX-License-Identifier: GPL-3.0-or-later */
/* read_value: one scalar of a scenario file, by its key's type and bounds, and what is said of one
 * that is wrong. See model/read for maps and lists. */
#ifndef MODEL_READ_VALUE_H
#define MODEL_READ_VALUE_H

#include <stdbool.h>

#include "model/err.h"
#include "model/format.h"
#include "model/node.h"

struct guess;

struct reading {
    struct err *err;
    bool counts; /* quantities are counts, not times */
};

/* Into *target, a field of the type that the key's type says. */
void read_value(struct reading *r, const struct node *node, const struct key *key, void *target,
                const char *path);

/* "Not given", in the key's type: NaN, NSEC_UNSET, COUNT_UNSET; a text stays as it is. */
void read_not_given(const struct key *key, void *target);

/* Is the text a number of the key's type and within its bounds? */
bool read_suits(const struct key *key, bool counts, const char *text);

/* "unknown key 'x'; allowed are ..; did you mean ..?" */
void read_unknown(struct reading *r, struct place at, const char *path, const char *what,
                  const char *word, const char *words);

/* The same of a word that may be a guess in that section; and of one that is (NULL: it is not). */
void read_unknown_in(struct reading *r, enum section in, struct place at, const char *path,
                     const char *what, const char *word, const char *words);
void read_unknown_guess(struct reading *r, struct place at, const char *path, const char *what,
                        const char *word, const char *words, const struct guess *guess);

/* "a b c" as "a, b, c"; fresh memory. */
char *read_listed(const char *words);

#endif
