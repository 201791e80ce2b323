/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engines: `sim` and `bench`: one engine alone, on any number of scenarios. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"
#include "model/mem.h"

typedef int engine_command(struct options *o, const struct scenario *sc, const char *dir);

static int with_theory(struct options *o, struct findings f, const struct bench_report *report,
                       const char *dir) {
    struct theory theory;
    theory_of(&theory, f.scenario);
    f.theory = &theory;
    int status = shared_show(o, &f, report, dir);
    theory_free(&theory);
    return status;
}

static int simulate(struct options *o, const struct scenario *sc, const char *dir) {
    struct result sim;
    struct trial *trials = NULL;
    size_t count = 0;
    int status = shared_simulate(o, sc, &sim, o->keep_jobs ? &trials : NULL, &count);
    if (status)
        return status;
    struct findings f = {.scenario = sc, .sim = &sim, .jobs = trials ? &trials[0].record : NULL};
    status = with_theory(o, f, NULL, dir);
    result_free(&sim);
    shared_trials_free(trials, count);
    return status;
}

static int bench(struct options *o, const struct scenario *sc, const char *dir) {
    struct result pool;
    struct trial trial;
    int status = shared_bench(o, sc, NAN, &pool, &trial);
    if (status)
        return status;
    struct findings f = {
        .scenario = sc, .pool = &pool, .jobs = o->keep_jobs ? &trial.record : NULL};
    status = with_theory(o, f, trial.details, dir);
    result_free(&pool);
    bench_report_free(trial.details);
    record_close(&trial.record);
    return status;
}

static int one(struct options *o, const struct scenario *sc, engine_command *run) {
    bool several = o->out && o->file_count > 1;
    char *dir = several ? mem_format("%s/%s", o->out, sc->name) : shared_folder(o, sc);
    struct err err = {0};
    struct scenario settled = *sc; /* all but its run is borrowed */
    int status = output_folder(dir, &err) ? shared_settle(o, &settled) : EXIT_CANNOT;
    if (!status)
        status = run(o, &settled, dir);
    err_print(&err, stderr);
    err_free(&err);
    free(dir);
    return status;
}

/* How bad: an error of use or environment before an interrupt before 98 before 99. */
static int worse(int a, int b) {
    static const int order[] = {EXIT_USAGE, EXIT_CANNOT, EXIT_INTERRUPTED, EXIT_UNTRUSTED,
                                EXIT_NOT_MET};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return EXIT_DONE;
}

/* All scenarios are read before the first one runs: nothing is written when one is refused. */
static int each(struct options *o, engine_command *run) {
    size_t count = (size_t)o->file_count;
    struct scenario **all = mem_new(count, sizeof *all);
    int status = EXIT_DONE;
    for (size_t i = 0; i < count; i++)
        if (!(all[i] = shared_load(o, o->files[i])))
            status = EXIT_USAGE;
    bool list = o->json && count > 1 && !status;
    if (list)
        putchar('[');
    for (size_t i = 0; i < count && status != EXIT_USAGE && status != EXIT_INTERRUPTED; i++) {
        if (i && !o->quiet && !o->json)
            putchar('\n');
        status = worse(status, one(o, all[i], run));
    }
    if (list)
        puts("]");
    for (size_t i = 0; i < count; i++)
        scenario_free(all[i]);
    free(all);
    return status;
}

int command_sim(struct options *o) {
    return each(o, simulate);
}

int command_bench(struct options *o) {
    return each(o, bench);
}
