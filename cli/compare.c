/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * compare: two saved results side by side; one chart of both.
 *
 * A result is a folder or a result.json; of a `run`, which holds several, :sim, :sim_paired or
 * :pool behind it says which. Without it both are the simulator's where both have it, since only
 * the simulator's figures have intervals; else both the real pool's; else what there is.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/charts.h"
#include "cli/commands.h"
#include "cli/contrast.h"
#include "cli/contrast_sizes.h"
#include "cli/output.h"
#include "cli/side.h"
#include "cli/verdict.h"
#include "model/mem.h"
#include "model/result_read.h"
#include "model/sheet.h"
#include "model/text.h"

enum { COLUMNS = 80 }; /* of its table and its words */

/* ---- which result ---------------------------------------------------------------------------- */

static void choose(struct side *a, struct side *b) {
    const bool *in_a = a->saved.has, *in_b = b->saved.has;
    int both = in_a[RESULT_SIM] && in_b[RESULT_SIM] ? RESULT_SIM : RESULT_POOL;
    if (!a->asked)
        a->part = side_nearest_part(a, b->asked ? b->part : both);
    if (!b->asked)
        b->part = side_nearest_part(b, a->asked ? a->part : both);
    a->result = &a->saved.parts[a->part];
    b->result = &b->saved.parts[b->part];
}

/* ---- what is said ---------------------------------------------------------------------------- */

/* ", 260 workers" */
static char *crew(char *out, size_t size, const struct result *r) {
    double n = r->pools[0].workers.mean;
    char number[20];
    snprintf(out, size, ", %s worker%s", text_short(number, sizeof number, n), n == 1 ? "" : "s");
    return out;
}

static void head_of(const struct side *s, FILE *to) {
    const struct result *r = s->result;
    char *path = text_plain(s->path), workers[40] = "";
    if (r->pool_names.count == 1)
        crew(workers, sizeof workers, r);
    char *how = strcmp(r->engine, "sim") ? mem_text("real pool")
                : r->replications == 1
                    ? mem_text("simulated once")
                    : mem_format("simulated %llu times", (unsigned long long)r->replications);
    char *line = mem_format("%s: %s%s, %s, seed %llu%s%s", path, r->name, workers, how,
                            (unsigned long long)r->seed, r->interrupted ? ", INTERRUPTED" : "",
                            r->trusted ? "" : ", NOT TO BE TRUSTED");
    fprintf(to, "%s  ", s->letter);
    verdict_folded_at(to, COLUMNS - 3, NULL, line);
    free(line);
    free(how);
    free(path);
}

static void head(const struct side *a, const struct side *b, const struct differ *d, FILE *to) {
    head_of(a, to);
    head_of(b, to);
    fputs("   ", to);
    if (strcmp(a->result->name, b->result->name) != 0)
        fputs("two scenarios; ", to);
    if (strcmp(a->result->version, b->result->version) != 0) {
        char *va = text_plain(a->result->version), *vb = text_plain(b->result->version);
        fprintf(to, "versions %.20s and %.20s; ", va, vb);
        free(va);
        free(vb);
    }
    if (d->paired)
        fputs("paired, replication by replication\n\n", to);
    else
        fprintf(to, "not paired: %s\n\n", d->apart);
}

static void side_json(const struct side *s, const char *key, struct json *j) {
    const struct result *r = s->result;
    json_open(j, key, '{');
    json_text(j, "path", s->path);
    json_text(j, "part", side_part_name(s));
    json_text(j, "scenario", r->name);
    json_text(j, "engine", r->engine);
    json_text(j, "version", r->version);
    json_count(j, "seed", r->seed);
    json_count(j, "replications", r->replications);
    json_number(j, "duration", r->duration);
    json_bool(j, "trusted", r->trusted);
    json_close(j, '}');
}

static void all_json(const struct side *a, const struct side *b, const struct differ *d,
                     const struct names *words, FILE *to) {
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    json_text(&j, "schema", "headroom.compare/1");
    side_json(a, "a", &j);
    side_json(b, "b", &j);
    json_open(&j, "words", '[');
    for (size_t i = 0; i < words->count; i++)
        json_text(&j, NULL, words->items[i]);
    json_close(&j, ']');
    differ_json(d, &j);
    json_close(&j, '}');
}

static void all_text(const struct side *a, const struct side *b, const struct differ *d,
                     const struct names *words, FILE *to) {
    head(a, b, d, to);
    contrast_table(d, to);
    putc('\n', to);
    for (size_t i = 0; i < words->count; i++) {
        char *line = mem_format("%s%s", words->items[i], i + 1 < words->count ? ";" : ".");
        verdict_folded_at(to, COLUMNS, NULL, line);
        free(line);
    }
    bool same = d->distance.value == 0 && a->saved.run && b->saved.run;
    if (same && !a->asked && !b->asked)
        fputs("The simulated results are the same; A:pool B:pool compares the real ones.\n", to);
}

/* ---- the chart ------------------------------------------------------------------------------- */

/* The columns of percentiles.csv that show a part: value, low, high. */
static ptrdiff_t shown_column(const struct sheet *sheet, const struct side *s, int which) {
    static const char *const names[RESULT_PARTS][3] = {
        {"sim", "sim_low", "sim_high"}, {"paired", "", ""}, {"pool", "", ""}};
    return sheet_column(sheet, names[s->part][which]);
}

static void cells(const struct sheet *sheet, const struct side *s, size_t row, FILE *to) {
    for (int i = 0; i < 3; i++) {
        ptrdiff_t column = shown_column(sheet, s, i);
        double v = column < 0 || row >= sheet->rows
                       ? NAN
                       : sheet->cells[row * sheet->columns + (size_t)column];
        fprintf(to, isnan(v) ? "," : ",%.9g", v);
    }
}

/* compare.csv: both on the scale of percentiles that every percentiles.csv has. */
static void write_both(const struct sheet sheets[2], const struct side *a, const struct side *b,
                       FILE *to) {
    const struct sheet *longer = &sheets[sheets[1].rows > sheets[0].rows];
    fputs("inverse,percentile,a,a_low,a_high,b,b_low,b_high\n", to);
    for (size_t i = 0; i < longer->rows; i++) {
        fprintf(to, "%.9g,%.9g", longer->cells[i * longer->columns],
                longer->cells[i * longer->columns + 1]);
        cells(&sheets[0], a, i, to);
        cells(&sheets[1], b, i, to);
        putc('\n', to);
    }
}

static char *label(const struct side *s) {
    const struct result *r = s->result;
    char workers[40] = "";
    if (r->pool_names.count == 1)
        crew(workers, sizeof workers, r);
    return mem_format("%s: %s%s%s", s->letter, r->name, workers,
                      strcmp(r->engine, "pool") ? "" : ", real pool");
}

/* "", "A is NOT TRUSTED; ", "A is INTERRUPTED, B is NOT TRUSTED; " */
static char *caveats(const struct side *a, const struct side *b) {
    const struct side *sides[] = {a, b};
    char *text = mem_text("");
    for (int i = 0; i < 2; i++) {
        const struct result *r = sides[i]->result;
        const char *what = r->interrupted ? "INTERRUPTED" : r->trusted ? NULL : "NOT TRUSTED";
        char *more =
            what ? mem_format("%s%s%s is %s", text, *text ? ", " : "", sides[i]->letter, what)
                 : mem_text(text);
        free(text);
        text = more;
    }
    char *all = mem_format("%s%s", text, *text ? "; " : "");
    free(text);
    return all;
}

static void write_texts(const struct side *a, const struct side *b, const struct differ *d,
                        const struct names *words, FILE *to) {
    char *la = label(a), *lb = label(b), *but = caveats(a, b);
    fprintf(to, "key,value\ntitle_compare,\"%s\"\n", words->count ? words->items[0] : "");
    if (d->paired)
        fprintf(to,
                "subtitle,\"%s95 %% intervals; the two share their dice, so their difference is "
                "surer than the bands\"\n",
                but);
    else
        fprintf(to, "subtitle,\"%s95 %% intervals where there are any; not paired: %s\"\n", but,
                d->apart);
    fprintf(to, "a_label,\"%s\"\nb_label,\"%s\"\nslo_p99,", la, lb);
    if (!isnan(d->limit))
        fprintf(to, "%.9g", d->limit);
    putc('\n', to);
    free(la);
    free(lb);
    free(but);
}

struct leaving {
    const struct side *a, *b;
    const struct differ *d;
    const struct names *words;
    struct sheet sheets[2];
    struct sized sizes;
    char *folders[2];
};

typedef bool leave_fn(const struct leaving *job, FILE *to, struct err *err);

static bool leave_both(const struct leaving *job, FILE *to, struct err *err) {
    (void)err;
    write_both(job->sheets, job->a, job->b, to);
    return true;
}

static bool leave_texts(const struct leaving *job, FILE *to, struct err *err) {
    (void)err;
    write_texts(job->a, job->b, job->d, job->words, to);
    if (!job->sizes.any)
        return true;
    char *but = caveats(job->a, job->b);
    fprintf(to,
            "subtitle_compare-resizing,\"%ssimulated workers are those of replication 1; their P99 "
            "is over all replications\"\n",
            but);
    free(but);
    contrast_sizes_texts(&job->sizes, to);
    return true;
}

static bool leave_json(const struct leaving *job, FILE *to, struct err *err) {
    (void)err;
    all_json(job->a, job->b, job->d, job->words, to);
    return true;
}

static bool leave_sizes(const struct leaving *job, FILE *to, struct err *err) {
    (void)err;
    contrast_sizes_write(&job->sizes, to);
    return true;
}

static bool leave_series(const struct leaving *job, FILE *to, struct err *err) {
    return contrast_sizes_series(&job->sizes, to, err);
}

/* All of them or none; the last two only where a pool changes its size. */
static bool write_files(const struct leaving *job, const char *dir, struct err *err) {
    static const struct {
        const char *name;
        leave_fn *write;
    } files[] = {{"compare.csv", leave_both},
                 {COMPARE_CHART, leave_texts},
                 {"compare.json", leave_json},
                 {"compare-sizes.csv", leave_sizes},
                 {"compare-series.csv", leave_series}};
    enum { FILES = sizeof files / sizeof *files };
    struct output out[FILES];
    int begun = 0, count = job->sizes.any ? FILES : FILES - 2;
    bool ok = true;
    for (int i = 0; ok && i < count; i++) {
        ok = output_begin(&out[i], dir, files[i].name, err);
        begun += ok;
        if (!ok)
            break;
        ok = files[i].write(job, out[i].to, err);
        ok = output_close(&out[i], err) && ok;
    }
    bool keep = ok;
    for (int i = 0; i < begun; i++)
        ok = output_end(&out[i], keep, err) && ok;
    return ok;
}

/* The file that has the series of a side's part. */
static const char *series_of(const struct side *s) {
    return !s->saved.run || s->part == RESULT_POOL ? "series.csv"
           : s->part == RESULT_SIM                 ? "series-sim.csv"
                                                   : "series-paired.csv";
}

static bool read_sizes(struct leaving *job, struct err *err) {
    const struct side *sides[] = {job->a, job->b};
    struct sized_side both[2];
    for (int i = 0; i < 2; i++) {
        job->folders[i] = side_folder(sides[i]);
        both[i] = (struct sized_side){.folder = job->folders[i],
                                      .result = sides[i]->result,
                                      .engine = sides[i]->result->engine,
                                      .series = series_of(sides[i]),
                                      .first = sides[i]->part == RESULT_POOL ? "series.csv"
                                                                             : "series-paired.csv"};
    }
    return contrast_sizes_open(&job->sizes, both, err);
}

static bool read_percentiles(struct leaving *job, struct err *err) {
    const struct side *sides[] = {job->a, job->b};
    bool ok = true;
    for (int i = 0; ok && i < 2; i++) {
        char *folder = side_folder(sides[i]), *file = mem_format("%s/percentiles.csv", folder);
        ok = sheet_read(&job->sheets[i], file, err);
        if (ok && job->sheets[i].columns < 2) {
            err_add(err, (struct place){file, 1, 1}, NULL, "not the percentiles of a result");
            ok = false;
        }
        free(folder);
        free(file);
    }
    return ok;
}

/* Files and chart; an exit status. */
static int leave_files(const struct options *o, struct leaving *job) {
    struct err err = {0};
    char *a = side_short_name(job->a), *b = side_short_name(job->b);
    char *dir = o->out ? mem_text(o->out) : mem_format("out/compare-%s-%s", a, b);
    int status = EXIT_DONE;
    bool ok = read_percentiles(job, &err) && read_sizes(job, &err) && output_folder(dir, &err);
    ok = ok && write_files(job, dir, &err);
    if (ok)
        charts_clear_compared(dir, job->sizes.any);
    if (!ok)
        status = err.status == ERR_USER ? EXIT_USAGE : EXIT_CANNOT;
    else if (!o->no_plots && charts_draw_compared(o, dir) == CHARTS_FAILED)
        status = EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    free(a);
    free(b);
    free(dir);
    contrast_sizes_free(&job->sizes);
    for (int i = 0; i < 2; i++) {
        sheet_free(&job->sheets[i]);
        free(job->folders[i]);
    }
    return status;
}

static int compare(const struct options *o, struct side *a, struct side *b) {
    struct differ d;
    struct names words;
    choose(a, b);
    differ_open(&d, a->result, b->result);
    contrast_words(&d, &words);
    struct leaving job = {.a = a, .b = b, .d = &d, .words = &words};
    if (o->json)
        all_json(a, b, &d, &words, stdout);
    else if (!o->quiet)
        all_text(a, b, &d, &words, stdout);
    int status = leave_files(o, &job);
    contrast_words_free(&words);
    differ_close(&d);
    return status;
}

int command_compare(struct options *o) {
    if (o->file_count != 2) {
        fputs("headroom: compare takes two saved results: folders, or files result.json\n", stderr);
        return EXIT_USAGE;
    }
    struct err err = {0};
    struct side a = {.letter = "A"}, b = {.letter = "B"};
    bool ok = side_load(&a, o->files[0], "compare", &err);
    ok = side_load(&b, o->files[1], "compare", &err) && ok;
    int status = ok ? compare(o, &a, &b) : err.status == ERR_USER ? EXIT_USAGE : EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    side_free(&a);
    side_free(&b);
    return status;
}
