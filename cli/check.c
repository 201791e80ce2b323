/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check, plot and help: what runs no engine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/charts.h"
#include "cli/commands.h"
#include "model/format.h"
#include "model/mem.h"
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

int command_check(struct options *o) {
    int status = EXIT_DONE;
    if (o->json) {
        fputs("headroom: check --json is not supported yet\n", stderr);
        return EXIT_USAGE;
    }
    for (int i = 0; i < o->file_count; i++) {
        struct scenario *sc = shared_load(o, o->files[i]);
        if (!sc)
            status = EXIT_USAGE;
        else if (!o->quiet)
            describe(sc, o->files[i]);
        scenario_free(sc);
    }
    return status;
}

static bool drawn(const struct options *o, const char *dir) {
    char *compared = mem_format("%s/%s", dir, COMPARE_CHART);
    bool by_compare = access(compared, F_OK) == 0;
    free(compared);
    if (by_compare)
        return charts_draw_compared(o, dir) == CHARTS_DRAWN;
    bool ok = charts_draw(o, dir) == CHARTS_DRAWN;
    if (ok && !o->quiet)
        charts_list(o, dir);
    return ok;
}

int command_plot(struct options *o) {
    int status = EXIT_DONE;
    for (int i = 0; i < o->file_count; i++)
        if (!drawn(o, o->files[i]))
            status = EXIT_CANNOT;
    return status;
}
