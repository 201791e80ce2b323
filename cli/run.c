/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: the main job: simulate, drive the real pool with the same jobs, compare, draw. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/charts.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/verdict.h"

static bool keep(const struct findings *f, const char *dir) {
    struct err err = {0};
    bool ok = files_write(f, dir, &err);
    err_print(&err, stderr);
    err_free(&err);
    return ok;
}

static void draw(const struct options *o, const char *dir) {
    if (!o->no_plots && charts_draw(o, dir) == CHARTS_DRAWN && !o->json && !o->quiet)
        charts_list(o, dir);
}

/* Both engines have run. */
static int conclude(const struct options *o, struct findings f, const struct trial *trials,
                    const struct trial *bench, const char *dir) {
    struct comparison comparison;
    struct theory theory;
    theory_of(&theory, f.scenario);
    compare_results(&comparison, f.sim_paired, &trials[0].record, f.pool, &bench->record);
    f.theory = &theory;
    f.comparison = &comparison;
    int status = shared_status(f.sim, f.pool);
    if (o->json)
        files_json(&f, stdout);
    else if (!o->quiet)
        verdict_run(&f, bench->details, o->color, stdout);
    fflush(stdout);
    if (keep(&f, dir))
        draw(o, dir);
    else
        status = EXIT_CANNOT;
    theory_free(&theory);
    return status;
}

static int run_scenario(const struct options *o, const struct scenario *sc, const char *dir) {
    struct result sim, paired, pool;
    struct trial *trials, bench;
    size_t count;
    int status = shared_simulate(o, sc, &sim, &trials, &count);
    if (status)
        return status;
    const struct record *first = &trials[0].record;
    result_from_records(&paired, sc, "sim", &first, 1);
    struct findings f = {.scenario = sc, .sim = &sim, .sim_paired = &paired};
    status = shared_bench(o, sc, &pool, &bench);
    if (!status) {
        f.pool = &pool;
        status = conclude(o, f, trials, &bench, dir);
        result_free(&pool);
        bench_report_free(bench.details);
        record_close(&bench.record);
    }
    result_free(&sim);
    result_free(&paired);
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
    int status = output_folder(dir, &err) ? run_scenario(o, sc, dir) : EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    free(dir);
    scenario_free(sc);
    return status;
}
