/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check, plot and help: what runs no engine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/charts.h"
#include "cli/commands.h"
#include "model/file.h"
#include "model/json.h"
#include "model/text.h"

static void describe(const struct scenario *sc, const char *file) {
    char text[40];
    printf("%s: %s is sound\n", file, sc->name);
    for (size_t i = 0; i < sc->pools.count; i++) {
        double load = scenario_offered_load(sc, i);
        printf("  pool %s: %lld workers", sc->pools.items[i].name,
               (long long)sc->pools.items[i].workers);
        if (!isnan(load))
            printf(", offered load %s workers (%.1f %%)%s", text_short(text, sizeof text, load),
                   100 * load / (double)sc->pools.items[i].workers,
                   scenario_unstable(sc, i) ? ": no steady state" : "");
        putchar('\n');
    }
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
    json_open(j, "advice", '['); /* texts; of a sound scenario */
    json_close(j, ']');
    json_close(j, '}');
    free(shown);
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
        if (o->json)
            json_judgement(&json, file_shown(o->files[i]), sc, &err);
        else
            err_print(&err, stderr);
        if (sc && !o->json && !o->quiet)
            describe(sc, file_shown(o->files[i]));
        status = sc ? status : EXIT_USAGE;
        err_free(&err);
        scenario_free(sc);
    }
    if (list)
        json_close(&json, ']');
    return status;
}

int command_plot(struct options *o) {
    int status = EXIT_DONE;
    for (int i = 0; i < o->file_count; i++) {
        if (charts_draw(o, o->files[i]) != CHARTS_DRAWN)
            status = EXIT_CANNOT;
        else if (!o->quiet)
            charts_list(o, o->files[i]);
    }
    return status;
}
