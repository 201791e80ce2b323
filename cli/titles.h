/* SPDX-License-Identifier: GPL-3.0-or-later */
/* titles: what one sees on a chart, in a sentence made of the figures. */
#ifndef CLI_TITLES_H
#define CLI_TITLES_H

#include "cli/files.h"

enum title { TITLE_WORKERS, TITLE_QUEUE, TITLE_RESPONSE, TITLE_P99, TITLE_SUBTITLE, TITLES };

const char *titles_key(enum title which);
char *titles_of(const struct findings *f, enum title which, size_t pool); /* fresh memory */

#endif
