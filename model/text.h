/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text: the words and quantities of a scenario, read strictly and written for people.
 *
 * Reading: the whole text must be the quantity (no white space inside but one before the unit); a
 * number is decimal digits with an optional point and exponent, never hexadecimal, inf or nan. Each
 * reader returns NULL when it succeeded, else what is wrong in words ("needs a unit, such as
 * 200ms"). Writing: as few digits as say what a reader can use.
 */
#ifndef MODEL_TEXT_H
#define MODEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/nsec.h"

/* "200ms" -> seconds as ns in *ns, unrounded, and in `text_duration` rounded to the nearest. */
const char *text_read_duration(const char *text, double *ns);
const char *text_read_rate(const char *text, double *per_second); /* "1000/s" "30/min" */
const char *text_read_share(const char *text, double *share);     /* "80%" or "0.8" */
const char *text_read_number(const char *text, double *number);   /* "1e6" */
const char *text_read_count(const char *text, int64_t *count);    /* "200" "1e6": whole, >= 0 */

/* The units that durations and rates may have, "ns us ms" with `between` between; fresh memory. */
char *text_time_units(const char *between);
char *text_rate_units(const char *between);

/* The word of `words` (separated by spaces) nearest to `word`, or NULL when none is near: at most
 * one edit (or swap of neighbours) for three letters. The answer is fresh memory. */
char *text_nearest(const char *word, const char *words);

/* The text with `?` for every control character and every byte that is not UTF-8, so that no word
 * of the user's moves the cursor of a terminal or breaks a JSON document; fresh memory. */
char *text_plain(const char *text);

/* Is `word` one of `words` (separated by spaces)? Its index, or -1. */
char *text_word(const char *words, int64_t index); /* fresh memory */
int text_index(const char *word, const char *words);

/* Written into `out` (which is returned), at most `size` bytes. */
char *text_duration(char *out, size_t size, double seconds);                 /* 173.5 ms */
char *text_duration_in(char *out, size_t size, double seconds, double unit); /* in a given unit */
char *text_count(char *out, size_t size, double count);                      /* 10,031 */
char *text_short(char *out, size_t size, double value);   /* 4 significant digits */
double text_time_unit(double seconds, const char **name); /* the unit that fits */

#endif
