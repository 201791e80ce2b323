/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * coverage study: does a 95 % interval hold the exact value 95 times of 100? Writes
 * docs/coverage.md to standard output, its progress to standard error. `make coverage-study`.
 *
 *   coverage [EXPERIMENTS [TABLE]]     a cell (1000); `long`, `short` or `precision` alone
 *
 * Seeds are fixed (tests/coverage.h) and were so before the first look. One thread; some ten
 * minutes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pool/host.h"
#include "tests/coverage.h"

static const struct load {
    int workers;
    double load;
} loads[] = {{1, 0.5}, {1, 0.7}, {1, 0.9}, {4, 0.7}, {4, 0.9}, {16, 0.7}, {16, 0.9}};

enum { LOADS = sizeof loads / sizeof *loads };

static const double PROMISED_EACH = 0.92, PROMISED_ALL = 0.94;

/* Over the cells of a table. */
struct sum {
    unsigned known, held;
    double least;
};

static double share(unsigned part, unsigned all) {
    return all ? (double)part / all : 0;
}

static void add(struct sum *s, const struct coverage *c) {
    for (int i = 0; i < COVERAGE_FIGURES; i++) {
        s->known += c->known[i];
        s->held += c->held[i];
        if (c->known[i] && share(c->held[i], c->known[i]) < s->least)
            s->least = share(c->held[i], c->known[i]);
    }
}

static void heading(void) {
    fputs("| | load | jobs a replication | replications |", stdout);
    for (int i = 0; i < COVERAGE_FIGURES; i++)
        printf(" %s |", coverage_names[i]);
    fputs("\n| --- | --- | --- | --- |", stdout);
    for (int i = 0; i < COVERAGE_FIGURES; i++)
        fputs(" --- |", stdout);
    putchar('\n');
}

/* "94.7 %", and in brackets the share of those that lie below, and how tight they are */
static void print_figure(const struct coverage *c, int i) {
    if (!c->known[i])
        fputs(" - |", stdout);
    else
        printf(" **%.1f %%** (%.1f; +-%.2g %%)%s |", 100 * share(c->held[i], c->known[i]),
               100 * share(c->low[i], c->known[i]), 100 * c->half[i] / c->known[i],
               c->open[i] ? "°" : "");
}

static void run_cell(struct coverage_cell cell, unsigned experiments, struct sum *sum) {
    struct coverage c = {0};
    time_t began = time(NULL);
    coverage_run(&c, &cell, 0, experiments);
    add(sum, &c);
    printf("| M/M/%d | %.1f | %.0f | %d |", cell.workers, cell.load, coverage_jobs(&cell),
           cell.replications);
    for (int i = 0; i < COVERAGE_FIGURES; i++)
        print_figure(&c, i);
    putchar('\n');
    fflush(stdout);
    fprintf(stderr, "M/M/%d at %.1f, K = %g, R = %d: %.0f s;", cell.workers, cell.load, cell.length,
            cell.replications, difftime(time(NULL), began));
    for (int i = 0; i < COVERAGE_FIGURES; i++)
        fprintf(stderr, " %s %.3f below %.3f open %.2f bias %+.4f half %.4f;", coverage_names[i],
                share(c.held[i], c.known[i]), share(c.low[i], c.known[i]),
                share(c.open[i], c.known[i]), c.bias[i] / c.experiments,
                c.known[i] ? c.half[i] / c.known[i] : 0);
    putc('\n', stderr);
}

static struct sum table(double length, int replications, unsigned experiments) {
    struct sum sum = {0, 0, 1};
    heading();
    for (int i = 0; i < LOADS; i++)
        run_cell(
            (struct coverage_cell){loads[i].workers, loads[i].load, length, replications, NULL},
            experiments, &sum);
    printf("\nOver all cells %.2f %%; the least is %.1f %%.\n\n", 100 * share(sum.held, sum.known),
           100 * sum.least);
    return sum;
}

static void head(unsigned experiments) {
    char day[40];
    time_t now = time(NULL);
    char *system = host_system();
    strftime(day, sizeof day, "%d %B %Y", gmtime(&now));
    printf("# Do the intervals hold what they promise?\n\n"
           "Written by `make coverage-study` on %s (%s, one thread of %ld cores; headroom %s).\n\n"
           "Each cell: %u experiments. An experiment simulates M/M/c from empty, with the default\n"
           "warm-up of a tenth of the duration, and takes the 95 %% intervals of its result; it\n"
           "counts how many hold the exact value, which theory gives. Experiment i has seed\n"
           "%d + i; the seeds were fixed before the first look. In brackets: how many lie\n"
           "wholly below the exact value, and half the mean width of the interval. `-`: too few\n"
           "jobs for this percentile, so no figure is given at all. °: some are open.\n\n",
           day, system, sysconf(_SC_NPROCESSORS_ONLN), HEADROOM_VERSION, experiments,
           COVERAGE_SEED);
    free(system);
}

static bool long_runs(unsigned experiments) {
    printf("## Long runs: the promise\n\n20 replications of 1000 / (1 - load)² jobs each. Promised "
           "are %.0f %% in each cell and %.0f %%\nover all.\n\n",
           100 * PROMISED_EACH, 100 * PROMISED_ALL);
    struct sum sum = table(1000, 20, experiments);
    bool kept = sum.least >= PROMISED_EACH && share(sum.held, sum.known) >= PROMISED_ALL;
    printf("The promise is %s.\n\n", kept ? "kept" : "NOT kept");
    return kept;
}

static void short_runs(unsigned experiments) {
    printf(
        "## Short runs: where it does not hold\n\n"
        "Far percentiles fail first. A queue is slow in bursts, and jobs of a burst say the same\n"
        "thing: what counts is how many bursts lie beyond a percentile, not how many jobs. With\n"
        "a handful of them the largest value seen is often below the percentile itself, and no\n"
        "interval made of the sample reaches it; most are open then. Means miss on one side, as\n"
        "rare bursts carry much of them: without one the value is too low, and its spread, too.\n"
        "Of M/M/1 the time constant is about 4 / (1 - load)² jobs: at 50 / (1 - load)² the\n"
        "warm-up of a tenth is hardly more than one of them.\n\n"
        "10 replications (the default) of 200 / (1 - "
        "load)² jobs each:\n\n");
    table(200, 10, experiments);
    printf("10 replications of 50 / (1 - load)² jobs each:\n\n");
    table(50, 10, experiments);
}

static void precise_cell(int workers, double load, int figure, const char *metric,
                         const char *within, unsigned experiments) {
    char asked[80];
    struct coverage c = {0};
    snprintf(asked, sizeof asked, "{metric: %s, within: %s}", metric, within);
    const struct coverage_cell cell = {workers, load, 200, 10, asked};
    coverage_run(&c, &cell, 0, experiments);
    printf("| M/M/%d | %.1f | %.0f | %s | %s | %.0f | %.1f %% | **%.1f %%** (%.1f) |\n", workers,
           load, coverage_jobs(&cell), metric, within, c.replications / experiments,
           100 * share(c.reached, experiments), 100 * share(c.held[figure], c.known[figure]),
           100 * share(c.low[figure], c.known[figure]));
    fflush(stdout);
}

static void until_precise(unsigned experiments) {
    printf("## Runs that end when the interval is tight\n\n`run.precision`, replications of 200 / "
           "(1 - load)² jobs, until the metric is known so well (most 1000). An\ninterval that is "
           "tight by luck ends the run, so less than 95 %% hold the exact value.\n\n"
           "| | load | jobs a replication | metric | within | replications, mean | reached | hold "
           "it |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    precise_cell(1, 0.5, 0, "mean", "5%", experiments);
    precise_cell(1, 0.5, 2, "p99", "10%", experiments);
    precise_cell(1, 0.7, 0, "mean", "5%", experiments);
    precise_cell(1, 0.7, 2, "p99", "10%", experiments);
    precise_cell(4, 0.7, 0, "mean", "2%", experiments);
    precise_cell(4, 0.7, 2, "p99", "5%", experiments);
}

int main(int count, char **arguments) {
    unsigned experiments = count > 1 ? (unsigned)strtoul(arguments[1], NULL, 10) : 1000;
    const char *only = count > 2 ? arguments[2] : NULL;
    bool kept = true;
    if (!only)
        head(experiments);
    if (!only || !strcmp(only, "long"))
        kept = long_runs(experiments);
    if (!only || !strcmp(only, "short"))
        short_runs(experiments);
    if (!only || !strcmp(only, "precision"))
        until_precise(experiments);
    return kept ? EXIT_SUCCESS : EXIT_FAILURE;
}
