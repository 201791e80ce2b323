/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engines: `sim` and `bench`: one engine alone, on any number of scenarios. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/charts.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/output.h"
#include "cli/verdict.h"
#include "model/mem.h"

typedef int engine_command(const struct options *o, const struct scenario *sc, const char *dir);

static int show(const struct options *o, const struct findings *f,
                const struct bench_report *report, const char *dir) {
    const struct result *r = f->sim ? f->sim : f->pool;
    struct err err = {0};
    if (o->json)
        files_json(f, stdout);
    else if (!o->quiet)
        verdict_one(r, report, o->color, stdout);
    fflush(stdout);
    bool ok = files_write(f, dir, &err);
    err_print(&err, stderr);
    err_free(&err);
    if (ok && !o->no_plots && charts_draw(o, dir) == CHARTS_DRAWN && !o->json && !o->quiet)
        charts_list(o, dir);
    return ok ? shared_status(r, NULL) : EXIT_CANNOT;
}

static int with_theory(const struct options *o, struct findings f,
                       const struct bench_report *report, const char *dir) {
    struct theory theory;
    theory_of(&theory, f.scenario);
    f.theory = &theory;
    int status = show(o, &f, report, dir);
    theory_free(&theory);
    return status;
}

static int simulate(const struct options *o, const struct scenario *sc, const char *dir) {
    struct result sim;
    int status = shared_simulate(o, sc, &sim, NULL, NULL);
    if (status)
        return status;
    struct findings f = {.scenario = sc, .sim = &sim};
    status = with_theory(o, f, NULL, dir);
    result_free(&sim);
    return status;
}

static int bench(const struct options *o, const struct scenario *sc, const char *dir) {
    struct result pool;
    struct trial trial;
    int status = shared_bench(o, sc, &pool, &trial);
    if (status)
        return status;
    struct findings f = {.scenario = sc, .pool = &pool};
    status = with_theory(o, f, trial.details, dir);
    result_free(&pool);
    bench_report_free(trial.details);
    record_close(&trial.record);
    return status;
}

static int one(const struct options *o, const char *file, engine_command *run) {
    struct scenario *sc = shared_load(o, file);
    if (!sc)
        return EXIT_USAGE;
    bool several = o->out && o->file_count > 1;
    char *dir = several ? mem_format("%s/%s", o->out, sc->name) : shared_folder(o, sc);
    struct err err = {0};
    int status = output_folder(dir, &err) ? run(o, sc, dir) : EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    free(dir);
    scenario_free(sc);
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

static int each(const struct options *o, engine_command *run) {
    int status = EXIT_DONE;
    if (o->json && o->file_count > 1)
        putchar('[');
    for (int i = 0; i < o->file_count && status != EXIT_INTERRUPTED; i++) {
        if (i && !o->quiet)
            putchar(o->json ? ',' : '\n');
        status = worse(status, one(o, o->files[i], run));
    }
    if (o->json && o->file_count > 1)
        puts("]");
    return status;
}

int command_sim(struct options *o) {
    return each(o, simulate);
}

int command_bench(struct options *o) {
    return each(o, bench);
}
