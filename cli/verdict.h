/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict: what a command prints for people: at most 100 columns, colour only where asked for. */
#ifndef CLI_VERDICT_H
#define CLI_VERDICT_H

#include "cli/files.h"
#include "pool/bench.h"

/* The table of `run`: theory, simulated, and the same jobs in both engines. */
void verdict_run(const struct findings *f, const struct bench_report *report, bool color, FILE *to);

/* The table of one engine alone. */
void verdict_one(const struct result *r, const struct bench_report *report, bool color, FILE *to);

/* 40 to 100: the terminal's columns, or those that COLUMNS says. */
int verdict_columns(FILE *to);

/* Words folded at so many columns behind a label, continued under the first one; without a label
 * (NULL) from the left edge. */
void verdict_folded(FILE *to, const char *label, const char *text);
void verdict_folded_at(FILE *to, int columns, const char *label, const char *text);

#endif
