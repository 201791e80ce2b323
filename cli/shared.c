/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shared: what several commands do; see commands.h. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/binding.h"
#include "cli/charts.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/twin.h"
#include "cli/verdict.h"
#include "model/advise.h"
#include "model/mem.h"
#include "model/precise.h"
#include "pool/bench.h"
#include "sim/headroom.h"
#include "sim/pilot.h"
#include "sim/recursion.h"
#include "sim/sim.h"

enum { WINDOW_REPLICATIONS = 100 };

struct scenario *shared_load(const struct options *o, const char *file) {
    struct err err = {0};
    struct scenario *sc = scenario_load(file, o->set, o->set_count, &err);
    const char *misfit = sc && o->method == TRIAL_RECURSION ? recursion_misfit(sc) : NULL;
    if (misfit) {
        err_add(&err, (struct place){file, 0, 0}, NULL,
                "--engine recursion cannot run this: %s; leave it to --engine auto", misfit);
        scenario_free(sc);
        sc = NULL;
    }
    err_print(&err, stderr);
    err_free(&err);
    return sc;
}

char *shared_folder(const struct options *o, const struct scenario *sc) {
    return o->out ? mem_text(o->out) : mem_format("out/%s", sc->name);
}

/* Bytes of memory that could be had now; a guess where the system does not say. */
static double memory_available(void) {
    double kilobytes = 1 << 20;
    FILE *f = fopen("/proc/meminfo", "re");
    char line[128];
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lf kB", &kilobytes) == 1)
            break;
    if (f)
        fclose(f);
    return kilobytes * 1024;
}

uint32_t shared_most_jobs(unsigned threads) {
    /* A growing table is copied: half of what there is, of that two thirds. */
    double jobs = memory_available() / 3 / threads / SIM_JOB_BYTES;
    return jobs < SIM_JOBS_MOST ? (uint32_t)jobs : SIM_JOBS_MOST;
}

/* One result from the replications that were whole, else from what there is of the first; false
 * when there is nothing. */
static bool gather(const struct options *o, const struct scenario *sc, struct result *result,
                   struct trial *trials, size_t count) {
    const struct record **records = mem_new(count, sizeof *records);
    size_t done = 0, whole = 0;
    enum trial_method ran = TRIAL_CALENDAR;
    for (size_t i = 0; i < count; i++)
        whole += trials[i].state == TRIAL_DONE && !trials[i].record.interrupted;
    for (size_t i = 0; i < count; i++)
        if (trials[i].state == TRIAL_DONE && (whole == 0 || !trials[i].record.interrupted)) {
            records[done++] = &trials[i].record;
            ran = trials[i].ran; /* the first may have gone by events alone, as it keeps more */
        }
    if (done > 0) {
        result_from_records(result, sc, "sim", records, done);
        result->method = sim_method_name(ran);
        result->interrupted = result->interrupted || atomic_load(o->stop);
    }
    free(records);
    return done > 0;
}

/* On as many threads as there may be, with a line of progress. */
static void run_trials(const struct options *o, const char *what, struct trial *trials,
                       size_t count, engine_fn *run) {
    struct progress progress;
    progress_begin(&progress, what, trials, count, o->quiet);
    sim_replicate(trials, count, o->threads, run, progress.shown ? progress_tick : NULL, &progress);
    progress_end(&progress);
}

/* The replications so far, and who wants them. */
struct campaign {
    const struct options *o;
    const struct scenario *sc;
    struct trial *trials;
    size_t count;
    bool keep; /* the first one's outcomes */
};

/* Replications more, until there are `count`. */
static void extend(struct campaign *c, size_t count) {
    unsigned threads = c->o->threads < count ? c->o->threads : (unsigned)count;
    uint32_t most = shared_most_jobs(threads);
    c->trials = mem_resize(c->trials, count, sizeof *c->trials);
    for (size_t i = c->count; i < count; i++) {
        struct trial *t = &c->trials[i];
        *t = (struct trial){.scenario = c->sc, .replication = i + 1, .stop = c->o->stop};
        t->method = c->o->method;
        t->keep_outcomes = i == 0 && c->keep;
        t->keep_resizes = i == 0;
        t->keep_windows = i < WINDOW_REPLICATIONS;
        t->discard_partial = i > 0; /* the first says what there is, when no other does */
        t->most_jobs = most;
    }
    struct trial *fresh = c->trials + c->count;
    run_trials(c->o, "simulating", fresh, count - c->count, sim_run);
    c->count = count;
}

static int failed(const struct campaign *c) {
    for (size_t i = 0; i < c->count; i++)
        if (c->trials[i].state == TRIAL_FAILED) {
            fprintf(stderr, "headroom: %s: replication %zu: %s\n", c->sc->name, i + 1,
                    c->trials[i].failure);
            return EXIT_CANNOT;
        }
    return EXIT_DONE;
}

/* As many replications as the scenario wants, or as run.precision takes. */
static int replicate(struct campaign *c, struct result *result) {
    for (;;) {
        extend(c, precise_next(&c->sc->run, c->count));
        int status = failed(c);
        if (!status && !gather(c->o, c->sc, result, c->trials, c->count))
            status = EXIT_INTERRUPTED;
        if (status)
            return status;
        bool last = precise_next(&c->sc->run, c->count) == c->count;
        if (precise_look(result) || last || result->interrupted)
            return EXIT_DONE;
        result_free(result);
    }
}

static void find_headroom(struct result *result, const struct options *o) {
    headroom_search(result, o->threads, o->stop);
    binding_find(result, o->threads, o->stop);
}

int shared_simulate(const struct options *o, const struct scenario *sc, struct result *result,
                    struct trial **out, size_t *out_count) {
    struct campaign c = {.o = o, .sc = sc, .keep = out};
    int status = replicate(&c, result);
    if (!status)
        precise_end(result);
    if (!status && !o->no_headroom)
        find_headroom(result, o);
    if (out && !status) {
        *out = c.trials;
        *out_count = c.count;
    } else
        shared_trials_free(c.trials, c.count);
    return status;
}

int shared_settle(const struct options *o, struct scenario *sc) {
    struct pilot pilot;
    if (!pilot_wanted(sc))
        return EXIT_DONE;
    pilot_open(&pilot, sc, o->stop, shared_most_jobs(o->threads));
    run_trials(o, "finding the warm-up", pilot.trials, pilot.count, sim_run);
    char *failure = pilot_close(&pilot, &sc->run);
    if (failure)
        fprintf(stderr, "headroom: %s: finding the warm-up: %s\n", sc->name, failure);
    int status = failure ? EXIT_CANNOT : EXIT_DONE;
    free(failure);
    return status;
}

void shared_trials_free(struct trial *trials, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (trials[i].state == TRIAL_DONE)
            record_close(&trials[i].record);
    free(trials);
}

static void advise(void *result, enum advice_kind kind, char *text) {
    (void)kind;
    result_advise(result, text);
}

static void say(void *result, char *reason) {
    result_distrust(result, reason);
}

static atomic_bool dump_asked;

static void on_quit(int signal_number) {
    (void)signal_number;
    atomic_store(&dump_asked, true);
}

/* Meanwhile SIGQUIT (Ctrl-\) shows the pools, and does not end the program. */
static void run_bench(const struct options *o, struct trial *trial) {
    struct sigaction action = {.sa_handler = on_quit, .sa_flags = SA_RESTART}, before;
    atomic_store(&dump_asked, false);
    sigaction(SIGQUIT, &action, &before);
    run_trials(o, "running the real pool", trial, 1, bench_run);
    sigaction(SIGQUIT, &before, NULL);
}

int shared_bench(const struct options *o, const struct scenario *sc, double p50,
                 struct result *result, struct trial *trial) {
    *trial = (struct trial){.scenario = sc,
                            .replication = 1,
                            .keep_outcomes = true,
                            .keep_windows = true,
                            .stop = o->stop,
                            .dump = &dump_asked,
                            .dump_to = stderr};
    run_bench(o, trial);
    if (trial->state != TRIAL_DONE) {
        fprintf(stderr, "headroom: %s: %s\n", sc->name, trial->failure);
        bench_report_free(trial->details);
        return EXIT_CANNOT;
    }
    const struct record *record = &trial->record;
    trial->record.interrupted = trial->record.interrupted || atomic_load(o->stop);
    result_from_records(result, sc, "pool", &record, 1);
    free(result->host);
    result->host = bench_host_json(trial->details);
    if (result->interrupted)
        result_distrust(result, mem_text("it was interrupted"));
    advise_cores(sc, bench_cores(), advise, result);
    bench_distrust(trial->details, fmin(p50, result->total.response.p50.mean), say, result);
    return EXIT_DONE;
}

static bool interrupted(const struct result *r) {
    return r && r->interrupted;
}

static bool untrusted(const struct result *r) {
    return r && !r->trusted;
}

/* 130, 98, 99 or 0. */
static int status_of(const struct result *a, const struct result *b) {
    if (interrupted(a) || interrupted(b))
        return EXIT_INTERRUPTED;
    if (untrusted(a) || untrusted(b))
        return EXIT_UNTRUSTED;
    return result_met(a) && (!b || result_met(b)) ? EXIT_DONE : EXIT_NOT_MET;
}

static void show_text(struct options *o, const struct findings *f,
                      const struct bench_report *report) {
    if (o->json) {
        if (o->printed++)
            putchar(',');
        files_json(f, stdout);
    } else if (!o->quiet && f->comparison)
        verdict_run(f, report, o->color, stdout);
    else if (!o->quiet)
        verdict_one(f->sim ? f->sim : f->pool, report, o->color, stdout);
    fflush(stdout);
}

/* The files of what was found, and of what is simulated for the charts alone. */
static bool write_files(const struct options *o, struct findings f, const char *dir,
                        struct err *err) {
    struct twin twin;
    f.twin = twin_simulate(&twin, o, f.sim) ? &twin.result : NULL;
    bool ok = files_write(&f, dir, err);
    if (f.twin)
        twin_free(&twin);
    return ok;
}

int shared_show(struct options *o, const struct findings *f, const struct bench_report *report,
                const char *dir) {
    struct err err = {0};
    show_text(o, f, report);
    bool ok = write_files(o, *f, dir, &err);
    err_print(&err, stderr);
    err_free(&err);
    enum charts_status drawn = ok && !o->no_plots ? charts_draw(o, dir) : CHARTS_NO_GNUPLOT;
    if (drawn == CHARTS_DRAWN && !o->json && !o->quiet)
        charts_list(o, dir);
    int status = status_of(f->sim ? f->sim : f->pool, f->sim ? f->pool : NULL);
    return ok && (drawn != CHARTS_FAILED || status) ? status : EXIT_CANNOT;
}
