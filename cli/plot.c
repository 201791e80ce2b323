/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plot: the charts of saved folders again, from their files; with --out (or --json) of several
 * results the frontier: what each of them spends, and what it gives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/charts.h"
#include "cli/commands.h"
#include "cli/frontier.h"
#include "cli/output.h"
#include "model/mem.h"

static bool lies_in(const char *dir, const char *file) {
    char *path = mem_format("%s/%s", dir, file);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

/* Whatever wrote the folder. */
static bool drawn_again(const struct options *o, const char *dir) {
    if (lies_in(dir, USL_CHART))
        return charts_draw_usl(o, dir) == CHARTS_DRAWN;
    if (lies_in(dir, COMPARE_CHART))
        return charts_draw_compared(o, dir) == CHARTS_DRAWN;
    if (lies_in(dir, FRONTIER_CHART))
        return charts_draw_frontier(o, dir) == CHARTS_DRAWN;
    if (lies_in(dir, SWEEP_CHART) && charts_draw_sweep(o, dir) != CHARTS_DRAWN)
        return false;
    if (lies_in(dir, SWEEP_CHART) && !lies_in(dir, "result.json"))
        return true;
    bool ok = charts_draw(o, dir) == CHARTS_DRAWN;
    if (ok && !o->quiet)
        charts_list(o, dir);
    return ok;
}

/* ---- the frontier ---------------------------------------------------------------------------- */

static bool write_files(const struct frontier *f, const char *dir, struct err *err) {
    static const struct output_file files[] = {{"frontier.csv", frontier_points},
                                               {FRONTIER_CHART, frontier_texts},
                                               {"frontier.json", frontier_json}};
    return output_all(dir, files, sizeof files / sizeof *files, f, err);
}

static int leave_files(const struct options *o, const struct frontier *f) {
    const char *dir = o->out ? o->out : "out/frontier";
    struct err err = {0};
    int status = EXIT_DONE;
    if (!output_folder(dir, &err) || !write_files(f, dir, &err))
        status = EXIT_CANNOT;
    else {
        charts_clear_frontier(dir);
        if (!o->no_plots && charts_draw_frontier(o, dir) != CHARTS_DRAWN)
            status = EXIT_CANNOT;
    }
    err_print(&err, stderr);
    err_free(&err);
    return status;
}

static int show(const struct options *o, struct side *sides, size_t count) {
    struct frontier f;
    for (size_t i = 0; i < count; i++) {
        if (!sides[i].asked)
            sides[i].part = side_nearest_part(&sides[i], RESULT_SIM);
        sides[i].result = &sides[i].saved.parts[sides[i].part];
    }
    frontier_open(&f, sides, count);
    if (o->json)
        frontier_json(&f, stdout);
    else if (!o->quiet)
        frontier_table(&f, stdout);
    int status = leave_files(o, &f);
    frontier_close(&f);
    return status;
}

/* All results are read before anything is written. */
static int draw_frontier(const struct options *o) {
    size_t count = (size_t)o->file_count;
    struct side *sides = mem_new(count, sizeof *sides);
    struct err err = {0};
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok = side_load(&sides[i], o->files[i], "plot of several", &err) && ok;
    int status = ok ? show(o, sides, count) : err.status == ERR_USER ? EXIT_USAGE : EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    for (size_t i = 0; i < count; i++)
        side_free(&sides[i]);
    free(sides);
    return status;
}

int command_plot(struct options *o) {
    if (o->file_count > 1 && (o->out || o->json))
        return draw_frontier(o);
    if (o->out) {
        fputs("headroom: plot: --out is for several results; the charts of one go to where it "
              "lies\n",
              stderr);
        return EXIT_USAGE;
    }
    int status = EXIT_DONE;
    for (int i = 0; i < o->file_count; i++)
        if (!drawn_again(o, o->files[i]))
            status = EXIT_CANNOT;
    return status;
}
