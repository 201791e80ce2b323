/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crew: who does the work of a pool, in words. */
#ifndef CLI_CREW_H
#define CLI_CREW_H

#include "model/scenario.h"

/* "8 workers", "2 to 16 workers (watermark)", "a thread per job, 64 at most", "a thread per job";
 * fresh memory. */
char *crew_words(const struct pool_spec *pool);

/* The same of all pools together, as the subject of "carry": "12 workers", "Threads, one a job,";
 * fresh memory. */
char *crew_of_all(const struct scenario *scenario);

#endif
