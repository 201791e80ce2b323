/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: the main job: simulate, drive the real pool with the same jobs, compare, draw. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"
#include "pool/bench.h"
#include "sim/sim.h"

/* Both engines have run. */
static int conclude(struct options *o, struct findings f, const struct trial *trials,
                    const struct trial *bench, const char *dir) {
    struct comparison comparison;
    struct theory theory;
    theory_of(&theory, f.scenario);
    compare_results(&comparison, f.sim_paired, &trials[0].record, f.pool, &bench->record);
    f.theory = &theory;
    f.comparison = &comparison;
    f.jobs = o->keep_jobs ? &bench->record : NULL;
    f.jobs_sim = o->keep_jobs ? &trials[0].record : NULL;
    int status = shared_show(o, &f, bench->details, dir);
    theory_free(&theory);
    return status;
}

/* Interrupted before the real pool's turn: the simulation, as far as it went. */
static int conclude_early(struct options *o, const struct scenario *sc, const struct result *sim,
                          const struct record *first, const char *dir) {
    struct theory theory;
    theory_of(&theory, sc);
    const struct findings f = {
        .scenario = sc, .sim = sim, .theory = &theory, .jobs = o->keep_jobs ? first : NULL};
    int status = shared_show(o, &f, NULL, dir);
    theory_free(&theory);
    return status;
}

static int run_both(struct options *o, struct findings f, const struct trial *trials,
                    const char *dir) {
    struct result pool;
    struct trial bench;
    int status = shared_bench(o, f.scenario, f.sim_paired->total.response.p50.mean, &pool, &bench);
    if (status)
        return status;
    f.pool = &pool;
    status = conclude(o, f, trials, &bench, dir);
    result_free(&pool);
    bench_report_free(bench.details);
    record_close(&bench.record);
    return status;
}

/* Replication 1 once more, without what the host adds; false: it could not be. */
static bool on_ideal_host(const struct scenario *ideal, struct result *result) {
    struct trial trial = {.scenario = ideal, .replication = 1};
    if (!sim_calendar(&trial)) {
        fprintf(stderr, "headroom: %s: %s\n", ideal->name, trial.failure);
        return false;
    }
    const struct record *record = &trial.record;
    result_from_records(result, ideal, "sim", &record, 1);
    record_close(&trial.record);
    return true;
}

/* Both engines, and where the scenario has a host profile the simulator without it, too. */
static int run_calibrated(struct options *o, struct findings f, const struct trial *trials,
                          const char *dir) {
    struct result result;
    struct scenario ideal = *f.scenario; /* all else is borrowed */
    if (!ideal.profile.read)
        return run_both(o, f, trials, dir);
    ideal.profile.read = NULL;
    if (!on_ideal_host(&ideal, &result))
        return EXIT_CANNOT;
    f.ideal = &result;
    int status = run_both(o, f, trials, dir);
    result_free(&result);
    return status;
}

static int run_scenario(struct options *o, const struct scenario *sc, const char *dir) {
    struct result sim, paired;
    struct trial *trials;
    size_t count;
    int status = shared_simulate(o, sc, &sim, &trials, &count);
    if (status)
        return status;
    if (sim.interrupted) {
        status = conclude_early(o, sc, &sim, &trials[0].record, dir);
    } else {
        const struct record *first = &trials[0].record;
        result_from_records(&paired, sc, "sim", &first, 1);
        paired.method = "calendar"; /* which keeps every job */
        const struct findings f = {.scenario = sc, .sim = &sim, .sim_paired = &paired};
        status = run_calibrated(o, f, trials, dir);
        result_free(&paired);
    }
    result_free(&sim);
    shared_trials_free(trials, count);
    return status;
}

int command_run(struct options *o) {
    if (o->file_count != 1) {
        fputs("headroom: run takes one scenario; sim and bench take several\n", stderr);
        return EXIT_USAGE;
    }
    struct scenario *sc = shared_load(o, o->files[0]);
    if (!sc)
        return EXIT_USAGE;
    char *dir = shared_folder(o, sc);
    struct err err = {0};
    int status = output_folder(dir, &err) ? shared_settle(o, sc) : EXIT_CANNOT;
    if (!status)
        status = run_scenario(o, sc, dir);
    err_print(&err, stderr);
    err_free(&err);
    free(dir);
    scenario_free(sc);
    return status;
}
