/* SPDX-License-Identifier: GPL-3.0-or-later */
/* manual: the table of keys (model/format) as the manual's tables in Markdown, a section after the
 * other. `headroom help format` prints them, `make docs` puts them into scenarios/README.md. */
#ifndef MODEL_MANUAL_H
#define MODEL_MANUAL_H

#include <stdio.h>

void manual_print(FILE *to);

#endif
