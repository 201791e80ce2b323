/* SPDX-License-Identifier: GPL-3.0-or-later */
/* usl: the Universal Scalability Law fitted to a sweep over workers: table, JSON, chart. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "cli/charts.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/usl_data.h"
#include "cli/verdict.h"
#include "model/json.h"
#include "model/mem.h"
#include "model/text.h"

#define USL_SCHEMA "headroom.usl/1"
enum { WIDTH = 80, ADVICE_MOST = 8, CURVE_STEPS = 200, SHOWN_MOST = 30 };

static const double OFF_MOST = 0.1; /* beyond, the law does not fit */

struct study {
    const char *source;
    struct usl_data data;
    struct usl fit;
    char *advice[ADVICE_MOST];
    size_t advice_count;
};

static void advise(void *study, char *text) {
    struct study *s = study;
    if (s->advice_count < ADVICE_MOST)
        s->advice[s->advice_count++] = text;
    else
        free(text);
}

/* Where all that was offered was done, throughput says nothing of the pool. */
static void advise_load(struct study *s) {
    if (s->data.as_offered > 0)
        advise(s, mem_format("at %zu of %zu points throughput is what was offered, so it shows the "
                             "load and not what the workers can do: offer more than the most of "
                             "them do, or sweep closed clients with them",
                             s->data.as_offered, s->data.count));
}

/* ---- text ------------------------------------------------------------------------------------ */

static void value_line(const char *name, const struct usl_value *v, const char *unit,
                       const char *what) {
    char interval[60] = "not known";
    if (!isnan(v->low))
        snprintf(interval, sizeof interval, "%.4g to %.4g", v->low, v->high);
    printf("%-8s %-11.5g %-3s %-25s %s\n", name, v->value, unit, interval, what);
}

static void peak_lines(const struct usl *f) {
    if (!isnan(f->peak))
        printf("%-8s %.4g workers, which do %.5g/s; beyond it more do less\n", "peak", f->peak,
               f->peak_throughput);
    else
        printf("%-8s none in reach of %.4g workers\n", "peak", f->most);
    if (!isnan(f->limit))
        printf("%-8s %.5g/s, lambda / sigma: Amdahl's, with any number of workers\n", "limit",
               f->limit);
}

/* How far the law is off where it is off most: the part; *workers: where. */
static double worst(const struct study *s, double *workers) {
    double most = 0;
    for (size_t i = 0; i < s->data.count; i++) {
        const struct usl_point *p = &s->data.points[i];
        double x = usl_throughput(&s->fit, p->workers), off = fabs(p->throughput - x) / x;
        *workers = off > most ? p->workers : *workers;
        most = fmax(most, off);
    }
    return most;
}

/* A law that misses its own points says nothing of the pool. */
static void advise_fit(struct study *s) {
    double workers = NAN, off = worst(s, &workers);
    if (off > OFF_MOST)
        advise(s,
               mem_format("the law is off by up to %.0f %% (at %.6g worker%s), so its contention, "
                          "limit and peak are not the pool's: it has no cores and no load that "
                          "end its growth at once; leave out the points beyond that, or read "
                          "them as they are",
                          100 * off, workers, workers > 1 ? "s" : ""));
}

static void points_table(const struct study *s) {
    printf("\n%8s %12s %12s %9s\n", "workers", "measured/s", "fitted/s", "off by");
    for (size_t i = 0; i < s->data.count && i < SHOWN_MOST; i++) {
        const struct usl_point *p = &s->data.points[i];
        double x = usl_throughput(&s->fit, p->workers);
        printf("%8.6g %12.6g %12.6g %+7.1f %%\n", p->workers, p->throughput, x,
               100 * (p->throughput - x) / x);
    }
    if (s->data.count > SHOWN_MOST)
        printf("     ...  %zu points more: usl.csv\n", s->data.count - SHOWN_MOST);
}

static void print_text(const struct study *s) {
    const struct usl *f = &s->fit;
    char *name = text_plain(s->source);
    printf("%s  %zu points, %s\n\n%-8s %-15s %s\n", name, f->points,
           f->weighted ? "weighted by their intervals" : "of equal weight", "", "",
           "95 % interval");
    free(name);
    value_line("lambda", &f->lambda, "/s", "what one worker does");
    value_line("sigma", &f->sigma, "", "contention");
    value_line("kappa", &f->kappa, "", "coherency");
    if (!isnan(f->r2))
        printf("%-8s %.5f\n", "R^2", f->r2);
    peak_lines(f);
    points_table(s);
    if (s->advice_count)
        putchar('\n');
    for (size_t i = 0; i < s->advice_count; i++)
        verdict_folded_at(stdout, WIDTH, i ? "" : "advice", s->advice[i]);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_value(struct json *j, const char *key, const struct usl_value *v) {
    json_open(j, key, '{');
    json_number(j, "value", v->value);
    json_number(j, "low", v->low);
    json_number(j, "high", v->high);
    json_close(j, '}');
}

static void json_points(struct json *j, const struct study *s) {
    json_open(j, "points", '[');
    for (size_t i = 0; i < s->data.count; i++) {
        const struct usl_point *p = &s->data.points[i];
        json_open(j, NULL, '{');
        json_number(j, "workers", p->workers);
        json_number(j, "throughput", p->throughput);
        json_number(j, "low", p->low);
        json_number(j, "high", p->high);
        json_number(j, "fitted", usl_throughput(&s->fit, p->workers));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void write_json(const void *study, FILE *to) {
    const struct study *s = study;
    const struct usl *f = &s->fit;
    struct json j = {.to = to};
    json_open(&j, NULL, '{');
    json_text(&j, "schema", USL_SCHEMA);
    json_text(&j, "workers", s->data.workers);
    json_bool(&j, "weighted", f->weighted);
    json_value(&j, "lambda", &f->lambda);
    json_value(&j, "sigma", &f->sigma);
    json_value(&j, "kappa", &f->kappa);
    json_number(&j, "r2", f->r2);
    json_number(&j, "residual_error", f->residual_error);
    if (isnan(f->peak))
        json_raw(&j, "peak", "null");
    else {
        json_open(&j, "peak", '{');
        json_number(&j, "workers", f->peak);
        json_number(&j, "throughput", f->peak_throughput);
        json_close(&j, '}');
    }
    json_number(&j, "limit", f->limit);
    json_points(&j, s);
    json_open(&j, "advice", '[');
    for (size_t i = 0; i < s->advice_count; i++)
        json_text(&j, NULL, s->advice[i]);
    json_close(&j, ']');
    json_close(&j, '}');
    putc('\n', to);
}

/* ---- the chart's files ----------------------------------------------------------------------- */

/* One row: x, the point with its interval, the curve, the line of no contention, the peak. */
static void chart_row(FILE *to, double x, const struct usl_point *p, double fit, double linear,
                      double peak) {
    fprintf(to, "%.9g", x);
    cells_number(to, p ? p->throughput : NAN);
    cells_number(to, p ? p->low : NAN);
    cells_number(to, p ? p->high : NAN);
    cells_number(to, fit);
    cells_number(to, linear);
    cells_number(to, peak);
    putc('\n', to);
}

/* The line ends where it would be far above all else. */
static void write_rows(const void *study, FILE *to) {
    const struct study *s = study;
    const struct usl *f = &s->fit;
    double end = fmax(f->most, isnan(f->peak) ? 0 : 1.3 * f->peak), top = f->peak_throughput;
    for (size_t i = 0; i < s->data.count; i++)
        top = fmax(top, s->data.points[i].throughput);
    fputs("x,point,point_low,point_high,fit,linear,peak\n", to);
    for (size_t i = 0; i < s->data.count; i++)
        chart_row(to, s->data.points[i].workers, &s->data.points[i], NAN, NAN, NAN);
    for (int i = 0; i <= CURVE_STEPS; i++) {
        double x = end * i / CURVE_STEPS, linear = f->lambda.value * x;
        chart_row(to, x, NULL, usl_throughput(f, x), linear <= 1.25 * top ? linear : NAN, NAN);
    }
    if (!isnan(f->peak))
        chart_row(to, f->peak, NULL, NAN, NAN, f->peak_throughput);
}

static char *title(const struct study *s) {
    const struct usl *f = &s->fit;
    double workers = NAN, off = worst(s, &workers);
    if (off > OFF_MOST)
        return mem_format("The law does not fit: off by %.0f %% at %.6g worker%s", 100 * off,
                          workers, workers > 1 ? "s" : "");
    if (s->data.as_offered > 0)
        return mem_format("%zu of %zu points show what was offered, not what the pool can do",
                          s->data.as_offered, s->data.count);
    if (!isnan(f->peak))
        return mem_format("Throughput peaks at %.3g workers, with %.4g/s", f->peak,
                          f->peak_throughput);
    if (!isnan(f->limit) && f->sigma.low > 0)
        return mem_format("No peak; contention of %.2g %% limits throughput to %.4g/s",
                          100 * f->sigma.value, f->limit);
    return mem_format("No peak up to %.4g workers", f->most);
}

static void write_texts(const void *study, FILE *to) {
    const struct study *s = study;
    char *heading = title(s);
    char *below =
        mem_format("sigma %.3g, kappa %.3g, %.4g/s by one worker; %zu points", s->fit.sigma.value,
                   s->fit.kappa.value, s->fit.lambda.value, s->data.count);
    fputs("key,value\n", to);
    cells_pair_text(to, "title_usl", heading);
    cells_pair_text(to, "subtitle", below);
    cells_pair_text(to, "point_label", s->fit.weighted ? "measured, 95 % interval" : "measured");
    cells_pair_text(to, "fit_label", "Universal Scalability Law");
    cells_pair_text(to, "linear_label", "linear");
    cells_pair_text(to, "peak_label", "peak");
    free(heading);
    free(below);
}

static bool write_files(const struct study *s, const char *dir, struct err *err) {
    static const struct output_file files[] = {
        {"usl.json", write_json}, {"usl.csv", write_rows}, {USL_CHART, write_texts}};
    return output_all(dir, files, sizeof files / sizeof *files, s, err);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* out/usl-NAME, after the folder or the table; fresh memory. */
static char *folder(const struct options *o, const char *source) {
    char *copy = mem_text(source);
    size_t end = strlen(copy);
    while (end > 1 && copy[end - 1] == '/')
        copy[--end] = 0;
    const char *last = strrchr(copy, '/') ? strrchr(copy, '/') + 1 : copy;
    if (!strcmp(last, "sweep.csv") && last - copy > 1) {
        copy[last - copy - 1] = 0;
        last = strrchr(copy, '/') ? strrchr(copy, '/') + 1 : copy;
    }
    size_t length = strlen(last);
    length -= length > 4 && !strcmp(last + length - 4, ".csv") ? 4 : 0;
    char *dir = o->out ? mem_text(o->out) : mem_format("out/usl-%.*s", (int)length, last);
    free(copy);
    return dir;
}

static int show(struct options *o, const struct study *s, struct err *err) {
    char *dir = folder(o, s->source);
    int status = EXIT_CANNOT;
    if (o->json)
        write_json(s, stdout);
    else if (!o->quiet)
        print_text(s);
    fflush(stdout);
    if (output_folder(dir, err) && write_files(s, dir, err))
        status = !o->no_plots && charts_draw_usl(o, dir) == CHARTS_FAILED ? EXIT_CANNOT : EXIT_DONE;
    free(dir);
    return status;
}

int command_usl(struct options *o) {
    if (o->file_count != 1) {
        fputs("headroom: usl takes one sweep: its folder, its sweep.csv, or a table with the "
              "columns workers and throughput\n",
              stderr);
        return EXIT_USAGE;
    }
    struct err err = {0};
    struct study s = {.source = o->files[0]};
    int status = EXIT_USAGE;
    if (usl_data_read(&s.data, s.source, o->where, o->where_count, &err)) {
        const char *wrong = usl_fit(&s.fit, s.data.points, s.data.count);
        if (wrong)
            err_add(&err, (struct place){s.source, 0, 0}, NULL, "%s", wrong);
        else {
            advise_load(&s);
            advise_fit(&s);
            usl_advise(&s.fit, s.data.points, advise, &s);
            status = show(o, &s, &err);
        }
    } else if (err.status == ERR_ENVIRONMENT)
        status = EXIT_CANNOT;
    err_print(&err, stderr);
    err_free(&err);
    for (size_t i = 0; i < s.advice_count; i++)
        free(s.advice[i]);
    usl_data_free(&s.data);
    return status;
}
