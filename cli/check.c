/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check: reads and judges scenarios; runs no engine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/crew.h"
#include "cli/verdict.h"
#include "model/advise.h"
#include "model/bounds.h"
#include "model/file.h"
#include "model/format.h"
#include "model/grid.h"
#include "model/json.h"
#include "model/mem.h"
#include "model/text.h"

/* What is drawn, after cuts, shifts and mixtures. */
static void describe_law(const char *class, const char *what, const struct dist *d) {
    char mean[40], cv[40];
    if (d->kind == DIST_NONE)
        return;
    text_duration(mean, sizeof mean, dist_mean(d) / 1e9);
    bool finite = dist_moment_finite(d, 2);
    printf("  class %s: %s %s, mean %s, cv %s\n", class, what, dist_name(d), mean,
           finite ? text_short(cv, sizeof cv, sqrt(dist_scv(d))) : "infinite");
}

/* Advice below what it is of. */
static void advise(void *context, enum advice_kind kind, char *text) {
    (void)context;
    (void)kind;
    verdict_folded(stdout, "  advice", text);
    free(text);
}

static void json_advice(void *json, enum advice_kind kind, char *text) {
    (void)kind;
    json_text(json, NULL, text);
    free(text);
}

static void advise_all(const struct scenario *sc, advise_fn *say, void *context) {
    advise_scenario(sc, say, context);
    advise_cores(sc, bench_cores(), say, context);
}

/* What of the host's cores and of the locks is wanted. */
static void describe_host(const struct scenario *sc) {
    char text[40];
    double cores = bounds_cores(sc, BOUNDS_ALL);
    for (size_t i = 0; i < sc->pools.count; i++) {
        double lock = bounds_lock(sc, i, BOUNDS_ALL);
        if (lock > 0)
            printf("  pool %s: its lock is wanted %s %% of the time\n", sc->pools.items[i].name,
                   text_short(text, sizeof text, 100 * lock));
    }
    if (sc->cores <= 0)
        return;
    printf("  host: %lld core%s", (long long)sc->cores, sc->cores > 1 ? "s" : "");
    if (!isnan(cores))
        printf(", offered load %s cores (%.1f %%)", text_short(text, sizeof text, cores),
               100 * cores / (double)sc->cores);
    putchar('\n');
}

static void describe(const struct scenario *sc, const char *file) {
    char text[40];
    printf("%s: %s is sound\n", file, sc->name);
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        describe_law(class->name, "gap", &class->arrivals.gap);
        describe_law(class->name, "think", &class->arrivals.think);
        describe_law(class->name, "service", &class->route.items[0].service);
    }
    for (size_t i = 0; i < sc->pools.count; i++) {
        double load = scenario_offered_load(sc, i);
        char *crew = crew_words(&sc->pools.items[i]);
        printf("  pool %s: %s", sc->pools.items[i].name, crew);
        free(crew);
        if (scenario_endless(&sc->pools.items[i]) && !isnan(load))
            printf(", %s at once on average", text_short(text, sizeof text, load));
        else if (!isnan(load))
            printf(", offered load %s workers (%.1f %%)%s", text_short(text, sizeof text, load),
                   100 * load / (double)sc->pools.items[i].workers,
                   scenario_unstable(sc, i) ? ": no steady state" : "");
        putchar('\n');
    }
    describe_host(sc);
    advise_all(sc, advise, NULL);
}

static void json_place(struct json *j, const char *key, int number) {
    if (number)
        json_count(j, key, (uint64_t)number);
    else
        json_text(j, key, NULL);
}

static void json_error(struct json *j, const struct err_item *item) {
    json_open(j, NULL, '{');
    json_text(j, "file", item->file);
    json_place(j, "line", item->line);
    json_place(j, "column", item->column);
    json_text(j, "path", item->path);
    json_text(j, "message", item->text);
    json_close(j, '}');
}

/* For editors: what `check` says of one file, as an object. */
static void json_judgement(struct json *j, const char *file, const struct scenario *sc,
                           struct err *err) {
    char *shown = text_plain(file);
    err_sort(err);
    json_open(j, NULL, '{');
    json_text(j, "file", shown);
    json_bool(j, "ok", sc != NULL);
    json_open(j, "errors", '[');
    for (size_t i = 0; i < err->count; i++)
        json_error(j, &err->items[i]);
    json_close(j, ']');
    json_open(j, "advice", '[');
    if (sc)
        advise_all(sc, json_advice, j);
    json_close(j, ']');
    json_close(j, '}');
    free(shown);
}

/* The cells of a scenario that has a sweep, each checked. What came through a pipe cannot be read
 * again. */
static bool check_sweep(const struct options *o, const char *file, size_t *cells, struct err *err) {
    struct stat info;
    struct grid grid;
    const struct grid_request request = {o->set, NULL, o->set_count, 0};
    if (stat(file, &info) || !S_ISREG(info.st_mode))
        return true;
    bool ok = grid_load(&grid, file, &request, err);
    *cells = grid.cells;
    grid_free(&grid);
    return ok;
}

int command_check(struct options *o) {
    int status = EXIT_DONE;
    struct json json = {.to = stdout};
    bool list = o->json && o->file_count > 1;
    if (list)
        json_open(&json, NULL, '[');
    for (int i = 0; i < o->file_count; i++) {
        struct err err = {0};
        struct scenario *sc = scenario_load(o->files[i], o->set, o->set_count, &err);
        size_t cells = 0;
        if (sc && sc->sweeps && !check_sweep(o, o->files[i], &cells, &err)) {
            scenario_free(sc);
            sc = NULL;
        }
        if (o->json)
            json_judgement(&json, file_shown(o->files[i]), sc, &err);
        else
            err_print(&err, stderr);
        if (sc && !o->json && !o->quiet)
            describe(sc, file_shown(o->files[i]));
        if (cells && sc && !o->json && !o->quiet)
            printf("  sweep: %zu cells\n", cells);
        status = sc ? status : EXIT_USAGE;
        err_free(&err);
        scenario_free(sc);
    }
    if (list)
        json_close(&json, ']');
    return status;
}
