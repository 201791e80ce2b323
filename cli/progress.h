/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress: one line on standard error with the time left, only where that is a terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/trial.h"

struct progress {
    const char *what;
    const struct trial *trials;
    size_t count;
    double length; /* ns of one trial */
    bool shown;
    double started;
};

void progress_begin(struct progress *p, const char *what, const struct trial *trials, size_t count,
                    bool quiet);
void progress_tick(void *progress);
void progress_end(struct progress *p);

#endif
