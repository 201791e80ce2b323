/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands: one function a command; returns the exit status. And what several of them do. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/files.h"
#include "cli/options.h"
#include "model/result.h"
#include "model/trial.h"
#include "pool/bench.h"

typedef int command_fn(struct options *o);

command_fn command_run, command_sim, command_bench, command_check, command_theory, command_plot,
    command_compare, command_sweep, command_merge, command_usl, command_calibrate, command_help;

/* Reads the scenario in a file; NULL after its errors were printed. */
struct scenario *shared_load(const struct options *o, const char *file);

/* The folder of a scenario's results: --out, or out/NAME; fresh memory. */
char *shared_folder(const struct options *o, const struct scenario *sc);

/* So many jobs may be in each of `threads` simulators at once, as memory goes. */
uint32_t shared_most_jobs(unsigned threads);

/* Finds what the scenario leaves to be found before anything runs: the warm-up of `auto`. Status
 * EXIT_DONE or why not. */
int shared_settle(const struct options *o, struct scenario *sc);

/* Replications of the simulator, into *result; their trials stay open in *trials, the first of them
 * with outcomes. Status EXIT_DONE or why not. */
int shared_simulate(const struct options *o, const struct scenario *sc, struct result *result,
                    struct trial **trials, size_t *count);
void shared_trials_free(struct trial *trials, size_t count);

/* The real pool, into *result; its trial stays open, its details with it. `p50`: the simulator's
 * response on the same jobs in seconds, or NaN. */
int shared_bench(const struct options *o, const struct scenario *sc, double p50,
                 struct result *result, struct trial *trial);

/* Shows what was found (table or JSON), writes its files, draws its charts; the exit status. */
int shared_show(struct options *o, const struct findings *f, const struct bench_report *report,
                const char *dir);

#endif
