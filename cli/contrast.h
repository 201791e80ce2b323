/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * contrast: two results side by side, in words and as a table of at most 80 columns.
 *
 * A sentence says how much and how sure: "B's p99 is 12 % (9 to 15 %) longer" where the 95 %
 * interval does not hold 0, "no difference in p99 can be seen: -0.3 % (-2 to 1 %)" where it does.
 */
#ifndef CLI_CONTRAST_H
#define CLI_CONTRAST_H

#include <stdio.h>

#include "model/differ.h"

/* The sentences, the first of them the finding; fresh memory. */
void contrast_words(const struct differ *d, struct names *words);
void contrast_words_free(struct names *words);

void contrast_table(const struct differ *d, FILE *to);

#endif
