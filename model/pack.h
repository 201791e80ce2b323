/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pack: the record of one replication as bytes, and back: all that a result is made of, exactly.
 *
 * Numbers are varints of up to 192 bits, signed ones zigzag; a histogram is its counts from the
 * first bucket in use to the last, a run of empty ones as 0 and its length. Of the series nothing
 * is kept: a sweep shows none. A pool's times are left out where its classes' say them. What is
 * read may be hostile: every length is looked at before it is believed, and a record that does not
 * add up is none. One of 1e5 jobs takes 10 to 30 KB.
 *
 * Known answer: 300 is AC 02; -1 is 01.
 */
#ifndef MODEL_PACK_H
#define MODEL_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "model/record.h"

struct bytes {
    unsigned char *items;
    size_t count, room;
};

/* One word more at the end of `to`. */
void pack_word(struct bytes *to, nsec_square word);

/* The word at *at of `from`, and *at behind it; false: there is none. */
bool unpack_word(const struct bytes *from, size_t *at, nsec_square *word);

/* A record that record_finish has closed, and that is whole; added to `to`. */
void pack_record(struct bytes *to, const struct record *record);

/* The record of the scenario in the bytes from `at` to their end. False: they hold none; nothing is
 * to be closed then. */
bool unpack_record(struct record *record, const struct scenario *scenario, const struct bytes *from,
                   size_t at);

void bytes_free(struct bytes *bytes);

#endif
