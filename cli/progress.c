/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress: see progress.h. */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_begin(struct progress *p, const char *what, const struct trial *trials, size_t count,
                    bool quiet) {
    const struct run_spec *run = &trials->scenario->run;
    *p = (struct progress){.what = what,
                           .trials = trials,
                           .count = count,
                           .length = (double)(run->duration + run->warmup),
                           .shown = !quiet && isatty(STDERR_FILENO),
                           .started = seconds_now()};
}

void progress_tick(void *context) {
    struct progress *p = context;
    if (!p->shown)
        return;
    double done = 0;
    for (size_t i = 0; i < p->count; i++) {
        double part =
            (double)atomic_load_explicit(&p->trials[i].progress, memory_order_relaxed) / p->length;
        done += part > 1 ? 1 : part > 0 ? part : 0;
    }
    done /= (double)p->count;
    double spent = seconds_now() - p->started;
    if (done > 0.01 && spent > 0.2)
        fprintf(stderr, "\r%s %3.0f %%, %.0f s left \033[K", p->what, 100 * done,
                spent / done - spent);
}

void progress_end(struct progress *p) {
    if (p->shown)
        fputs("\r\033[K", stderr);
}
