/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crew: see crew.h. */
#include "cli/crew.h"

#include <stdlib.h>

#include "model/format.h"
#include "model/mem.h"
#include "model/text.h"

static char *resizing_words(const struct resize_spec *resize) {
    char *policy = text_word(format_find(IN_RESIZE, "policy")->words, resize->policy);
    char *text = mem_format("%lld to %lld workers (%s)", (long long)resize->min,
                            (long long)resize->max, policy);
    free(policy);
    return text;
}

char *crew_words(const struct pool_spec *pool) {
    long long workers = (long long)pool->workers;
    if (scenario_endless(pool))
        return mem_text("a thread per job");
    if (pool->threads.kind == THREADS_PER_JOB)
        return mem_format("a thread per job, %lld at most", workers);
    if (scenario_resizes(pool))
        return resizing_words(&pool->resize);
    return mem_format("%lld worker%s", workers, workers == 1 ? "" : "s");
}

char *crew_of_all(const struct scenario *sc) {
    long long workers = (long long)scenario_workers(sc);
    bool pooled = false;
    for (size_t i = 0; i < sc->pools.count; i++)
        pooled = pooled || sc->pools.items[i].threads.kind == THREADS_POOLED;
    if (sc->pools.count == 1 && scenario_resizes(&sc->pools.items[0]))
        return resizing_words(&sc->pools.items[0].resize);
    if (scenario_any_endless(sc))
        return mem_text("threads, one a job,");
    if (!pooled)
        return mem_format("threads, one a job and %lld at most,", workers);
    return mem_format("%lld worker%s", workers, workers == 1 ? "" : "s");
}
