/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench: the real engine. The scenario's jobs, each at its intended instant, to real pools of
 * threads.
 *
 * A pacer sleeps to the intended instant of each arrival and submits; response counts from the
 * intended instant, so its own lag is never hidden, and it is reported. Jobs are kept one by one;
 * when the run is over their stamps are told to the recorder in the order of time, and the recorder
 * makes the figures, as in the simulator. Memory: some 400 bytes a job at the end.
 */
#ifndef POOL_BENCH_H
#define POOL_BENCH_H

#include "model/trial.h"
#include "pool/host.h"

/* What only a real run knows; in trial->details, freed by bench_report_free. */
struct bench_report {
    struct hist lag;          /* the pacer's: submission behind the intended instant */
    struct host_shares share; /* of the processors' time meanwhile */
    int cores;                /* that this process may use */
    double spinning;          /* cores for which workers may compute at once */
    int simulated_cores;      /* that the scenario's host has; 0: ideal, a core a worker */
    bool realtime_pacer;      /* ran at real-time priority */
    char *system;             /* e.g. "Debian GNU/Linux 12 (bookworm)" */
};

bool bench_run(struct trial *trial);

/* The reasons not to trust the run, in words, into `say` (which takes the text); `p50` is the
 * response's in seconds. */
void bench_distrust(const struct bench_report *report, double p50, void (*say)(void *, char *),
                    void *to);

/* The machine, as JSON for the result; fresh memory. */
char *bench_host_json(const struct bench_report *report);

void bench_report_free(struct bench_report *report);

/* Cores this process may use. */
int bench_cores(void);

#endif
