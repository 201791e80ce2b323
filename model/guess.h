/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * guess: what a key that is not in the table was meant as.
 *
 * Besides slips of the fingers (text_nearest) people guess: `size` for a queue's capacity, `p95`
 * where a law takes the p99, a law's parameters without the law. What they guess stands in a table
 * of its own, which takes nothing: it only words the error. A percentile is never suggested for
 * another one: who wrote p95 meant 95 %.
 */
#ifndef MODEL_GUESS_H
#define MODEL_GUESS_H

#include "model/format.h"
#include "model/node.h"

struct guess {
    enum section in;
    const char *words; /* what is written, separated by spaces */
    const char *meant; /* the key of the section that it means, or NULL */
    const char *note;  /* else what to write */
};

extern const struct guess guesses[];
extern const size_t guess_count;

/* What the word means in a section; NULL: nobody knows. */
const struct guess *guess_find(enum section in, const char *word);

/* text_nearest, but for one percentile in the place of another; fresh memory. */
char *guess_near(const char *word, const char *words);

/* Of a choice's map that has parameters of a kind in the place of the kind, the first kind that
 * takes them all and needs no more: "{exponential: {mean: 10ms}}"; NULL: there is none. */
char *guess_kind(enum section choice, const struct node *map);

/* The map of that section that one value was meant as: "{capacity: 100}", "{poisson: {rate:
 * 100/s}}". Where the value does not suit its first key: "{capacity: ...}". */
char *guess_map(enum section of, const char *text, bool counts);

#endif
