/* SPDX-License-Identifier: GPL-3.0-or-later */
/* table: see table.h. A row is made of texts first and printed once, so that columns line up. */
#include "cli/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verdict.h"
#include "model/mem.h"
#include "model/text.h"

enum { CELL = 40 };

/* How the values of a row are shown. */
struct unit {
    char kind;    /* 't' time, 's' share, 'r' rate, 'n' number */
    double scale; /* of a time */
    const char *name;
};

struct row {
    const char *label, *sub;
    struct unit unit;
    struct theory_figure theory;
    struct figure sim;
    double paired, real;
    bool percentile; /* its interval is shown as (low..high) */
    bool relative;   /* the difference in per cent, too */
};

/* printf into a cell; what does not fit is cut. */
__attribute__((format(printf, 2, 3))) static char *put(char out[CELL], const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(out, CELL, format, args);
    va_end(args);
    return out;
}

/* Four digits; of what is next to nothing that it is, not how much. */
static char *short_number(char out[CELL], double value, double least) {
    if (value > 0 && value < least)
        return put(out, "<%g", least);
    return text_short(out, CELL, value);
}

static char *number(char out[CELL], const struct unit *u, double value) {
    char text[CELL];
    switch (u->kind) {
    case 't':
        put(out, "%s %s", short_number(text, value / u->scale, 1e-7 / u->scale), u->name);
        break;
    case 's':
        put(out, "%.*f %%", fabs(value) >= 0.0995 || value == 0 ? 1 : 2, 100 * value);
        break;
    case 'r':
        put(out, "%s /s", text_short(text, sizeof text, value));
        break;
    default:
        put(out, "%s", short_number(text, value, 0.001));
    }
    return out;
}

static char *value_text(char out[CELL], const struct unit *u, double value) {
    if (isnan(value)) {
        put(out, "-");
        return out;
    }
    return number(out, u, value);
}

static double in_unit(const struct unit *u, double value) {
    return value / (u->kind == 't' ? u->scale : u->kind == 's' ? 0.01 : 1);
}

/* Decimals that show two digits of an interval's width. */
static int decimals(double width) {
    return width >= 19.5 || !(width > 0) ? 0
           : width < 1e-5                ? 6
                                         : (int)fmax(1, ceil(-log10(width)) + 1);
}

/* A bound of an interval, to the digits that such a width gives it, without its unit. */
static char *bound(char out[CELL], const struct unit *u, double value, double width) {
    return put(out, "%.*f", decimals(in_unit(u, width)), in_unit(u, value));
}

static char *with_interval(char out[CELL], const struct row *row) {
    char text[CELL], low[CELL], high[CELL];
    const struct figure *f = &row->sim;
    if (f->needs) {
        put(out, "needs %llu jobs", (unsigned long long)f->needs);
        return out;
    }
    value_text(text, &row->unit, f->mean);
    double width = f->high - f->low;
    if (isnan(width) || isnan(f->mean) || (width == 0 && !f->open))
        put(out, "%s", text);
    else if (row->percentile) {
        put(out, "%s (%s..%s)", text, bound(low, &row->unit, f->low, 4 * width),
            f->open ? "open" : bound(high, &row->unit, f->high, 4 * width));
    } else {
        char *gap = strrchr(text, ' ');
        put(out, "%.*s +-%s%s", gap ? (int)(gap - text) : (int)strlen(text), text,
            bound(low, &row->unit, width / 2, width / 2), gap ? gap : "");
    }
    return out;
}

/* With its sign, which nothing has not; three digits. */
static char *signed_number(char out[CELL], const struct unit *u, double d) {
    double v = in_unit(u, d), a = fabs(v);
    return put(out, "%+.*f", a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2, a < 0.005 ? 0 : v);
}

static char *difference(char out[CELL], const struct row *row, bool narrow) {
    double d = row->real - row->paired;
    char text[CELL], by[CELL];
    if (isnan(d)) {
        *out = 0;
        return out;
    }
    signed_number(by, &row->unit, d);
    if (row->unit.kind == 's')
        return put(out, narrow ? "%s pt" : "%s points", by);
    if (row->unit.kind == 'r' && row->paired != 0)
        return put(out, "%+.2f %%", fabs(d / row->paired) < 5e-5 ? 0 : 100 * d / row->paired);
    if (row->unit.kind != 't')
        return put(out, "%s", by);
    put(text, "%s %s", by, row->unit.name);
    if (!(row->paired > 0 && row->relative) || narrow)
        return put(out, "%s", text);
    double e = d / row->paired;
    return e > 9 ? put(out, "%-10s x%.0f", text, 1 + e)
                 : put(out, "%-10s %+.1f %%", text, fabs(e) < 5e-4 ? 0 : 100 * e);
}

/* Columns of the table of both engines, wide and narrow. */
enum { HEAD, THEORY, SIM, PAIRED, WIDTHS };
static const int widths[2][WIDTHS] = {{18, 10, 22, 11}, {14, 9, 20, 9}};

/* What does not fit into so many columns goes without its unit, which its neighbours have, and then
 * without its interval. */
static void squeeze(char text[CELL], int columns) {
    char *bracket = strchr(text, '('), *gap = strchr(text, ' ');
    if ((int)strlen(text) <= columns || !bracket || !gap)
        return;
    memmove(gap + 1, bracket, strlen(bracket) + 1);
    if ((int)strlen(text) > columns)
        *gap = 0;
}

static void print_row(const struct table *t, const struct row *row) {
    static const char marks[] = {' ', '=', '~'};
    const int *w = widths[t->narrow];
    char head[CELL], theory[CELL], sim[CELL], paired[CELL], real[CELL], diff[CELL];
    int label = t->narrow && t->both ? 8 : 12;
    if (*row->sub)
        put(head, "%-*.*s %s", label, label, row->label, row->sub);
    else
        put(head, "%-18.18s", row->label);
    value_text(theory, &row->unit, row->theory.mark ? row->theory.value : NAN);
    with_interval(sim, row);
    if (!t->both) {
        fprintf(t->to, "%-19s %-12s %c %s\n", head, theory, marks[row->theory.mark], sim);
        return;
    }
    if (t->narrow)
        squeeze(sim, w[SIM]);
    fprintf(t->to, "%-*.*s %-*s %c %-*s %-*s %-*s %s\n", w[HEAD], w[HEAD], head, w[THEORY], theory,
            marks[row->theory.mark], w[SIM], sim, w[PAIRED],
            value_text(paired, &row->unit, row->paired), w[PAIRED],
            value_text(real, &row->unit, row->real), difference(diff, row, t->narrow));
}

/* The unit of time that fits the largest value of a row. */
static struct unit time_unit(const struct row *row) {
    double most = 0, all[] = {row->theory.mark ? row->theory.value : 0, row->sim.mean, row->paired,
                              row->real};
    for (int i = 0; i < 4; i++)
        most = isfinite(all[i]) && all[i] > most ? all[i] : most;
    if (most < 1e-9 || (most >= 1 && most < 10))
        return (struct unit){'t', 1e-3, "ms"};
    struct unit u = {'t', 1, "s"};
    u.scale = text_time_unit(most, &u.name);
    return u;
}

static void emit(const struct table *t, struct row row) {
    if (row.unit.kind == 't')
        row.unit = time_unit(&row);
    print_row(t, &row);
}

#define PICK(field)                                                                                \
    .sim = t->sim->field, .paired = t->paired->field.mean, .real = t->real->field.mean

/* Of a pool that changes its size. */
static void resizing_rows(const struct table *t, size_t i, const char *name) {
    static const struct theory_figure none = {THEORY_NONE, 0};
    bool one = !*name;
    emit(t, (struct row){.label = one ? "workers" : name,
                         .sub = one ? "mean" : "workers",
                         .unit = {'n', 1, ""},
                         .theory = none,
                         PICK(pools[i].workers)});
    emit(t, (struct row){.label = one ? "resizes" : name,
                         .sub = one ? "/min" : "resizes",
                         .unit = {'n', 1, ""},
                         .theory = none,
                         PICK(pools[i].resizing.resizes_per_minute)});
    emit(t, (struct row){.label = one ? "reversals" : name,
                         .sub = one ? "/min" : "reversals",
                         .unit = {'n', 1, ""},
                         .theory = none,
                         PICK(pools[i].resizing.reversals_per_minute)});
}

static void pool_rows(const struct table *t, size_t i) {
    static const struct theory_figure none = {THEORY_NONE, 0};
    const struct scenario *sc = t->sim->scenario;
    bool one = sc->pools.count == 1;
    const char *name = one ? "" : sc->pools.items[i].name;
    if (t->narrow && t->both && strlen(name) > 8) {
        fprintf(t->to, "%s\n", name);
        name = "";
    }
    emit(t, (struct row){.label = one ? "utilisation" : name,
                         .sub = one ? "" : "util",
                         .unit = {'s', 1, ""},
                         .theory = one ? t->theory->utilisation : none,
                         PICK(pools[i].utilisation)});
    if (scenario_resizes(&sc->pools.items[i]))
        resizing_rows(t, i, name);
    emit(t, (struct row){.label = one ? "queue length" : name,
                         .sub = one ? "" : "queue",
                         .unit = {'n', 1, ""},
                         .theory = one ? t->theory->queue_length : none,
                         PICK(pools[i].queue_length)});
}

static void time_rows(const struct table *t, const char *label, const struct times *sim,
                      const struct times *paired, const struct times *real,
                      const struct theory_figure *mean, const struct theory_figure *percentiles) {
    static const char *const names[RESULT_PERCENTILES] = {"p50", "p90", "p95", "p99", "p99.9"};
    bool relative = !strcmp(label, "response"); /* of waits near 0 it would say nothing */
    emit(t, (struct row){.label = label,
                         .sub = "mean",
                         .unit = {'t', 1, ""},
                         .theory = *mean,
                         .sim = sim->mean,
                         .paired = paired->mean.mean,
                         .real = real->mean.mean,
                         .relative = relative});
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        if (i != 2)
            emit(t, (struct row){.label = "",
                                 .sub = names[i],
                                 .unit = {'t', 1, ""},
                                 .theory = percentiles[i],
                                 .sim = *times_percentile(sim, i),
                                 .paired = times_percentile(paired, i)->mean,
                                 .real = times_percentile(real, i)->mean,
                                 .percentile = true,
                                 .relative = relative});
}

/* The share of offered jobs that was completed in each time that the slo asks about. */
static void good_rows(const struct table *t) {
    static const struct theory_figure none = {THEORY_NONE, 0};
    const struct scenario *sc = t->sim->scenario;
    for (size_t i = 0; i < sc->within.count; i++) {
        char time[40], label[CELL];
        text_duration(time, sizeof time, nsec_seconds(sc->within.items[i]));
        emit(t, (struct row){.label = put(label, t->narrow ? "within %s" : "good (<= %s)", time),
                             .sub = "",
                             .unit = {'s', 1, ""},
                             .theory = none,
                             PICK(total.within[i])});
    }
}

static void little_rows(const struct table *t) {
    char a[CELL], b[CELL], cell[3][2 * CELL];
    const struct result *all[3] = {t->sim, t->paired, t->real};
    for (int i = 0; i < 3; i++) {
        const struct littles_law *l = &all[i]->total.little;
        if (isnan(l->rate_times_response))
            snprintf(cell[i], sizeof cell[i], "L %s", text_short(a, sizeof a, l->in_system));
        else
            snprintf(cell[i], sizeof cell[i], "%s%s%s", text_short(a, sizeof a, l->in_system),
                     l->in_system > 1.05 * l->rate_times_response ||
                             l->in_system < 0.95 * l->rate_times_response
                         ? "!="
                         : "=",
                     text_short(b, sizeof b, l->rate_times_response));
    }
    bool exact = t->sim->total.little.identity_holds && t->real->total.little.identity_holds;
    const struct theory_figure *law = &t->theory->in_system;
    snprintf(a, sizeof a, law->mark ? "L %s" : "-",
             law->mark ? text_short(b, sizeof b, law->value) : "");
    const int *w = widths[t->narrow];
    const char *books = exact && t->narrow ? "exact"
                        : exact            ? "exact in both"
                                           : "DO NOT BALANCE: a bug";
    if (t->both)
        fprintf(t->to, "%-*s %-*s %-*s %-11s %-11s %s%s\n", w[HEAD], "Little's Law", w[THEORY] + 2,
                a, w[SIM], cell[0], cell[1], cell[2], t->narrow ? "" : "books ", books);
    else
        fprintf(t->to, "%-19s %-14s %s, books %s\n", "Little's Law", a, cell[0],
                exact ? "exact" : "DO NOT BALANCE: a bug");
}

void table_head(const struct table *t) {
    char jobs[40], reps[CELL], same[2 * CELL];
    const int *w = widths[t->narrow];
    const char *model = t->theory->name ? t->theory->name : "-";
    unsigned long long n = t->sim->replications;
    put(reps, "%llu replication%s", n, n > 1 ? "s" : "");
    if (!t->both) {
        bool real = !strcmp(t->sim->engine, "pool");
        fprintf(t->to, "%-19s %-14s %s\n", "", "theory", real ? "measured" : "simulated");
        fprintf(t->to, "%-19s %-14s %s\n", "", model, real ? "on this host" : reps);
        return;
    }
    snprintf(same, sizeof same, "the same %s jobs%s",
             text_count(jobs, sizeof jobs, (double)t->paired->total.offered),
             t->narrow ? "" : " (replication 1)");
    fprintf(t->to, "%-*s %-*s %-*s %s\n", w[HEAD], "", w[THEORY] + 2, "theory", w[SIM], "simulated",
            same);
    fprintf(t->to, "%-*s %-*s %-*s %-*s %-*s %s\n", w[HEAD], "", w[THEORY] + 2, model, w[SIM], reps,
            w[PAIRED], "simulated", w[PAIRED], "measured", "difference");
}

void table_print(const struct table *t) {
    const struct theory *th = t->theory;
    emit(t, (struct row){.label = "throughput",
                         .sub = "",
                         .unit = {'r', 1, ""},
                         .theory = th->throughput,
                         PICK(total.throughput)});
    for (size_t i = 0; i < t->sim->scenario->pools.count; i++)
        pool_rows(t, i);
    emit(t, (struct row){.label = "must wait",
                         .sub = "",
                         .unit = {'s', 1, ""},
                         .theory = th->wait_probability,
                         PICK(total.wait_probability)});
    time_rows(t, "wait", &t->sim->total.wait, &t->paired->total.wait, &t->real->total.wait,
              &th->wait_mean, th->wait);
    time_rows(t, "response", &t->sim->total.response, &t->paired->total.response,
              &t->real->total.response, &th->response_mean, th->response);
    emit(t, (struct row){.label = "rejected",
                         .sub = "",
                         .unit = {'s', 1, ""},
                         .theory = th->rejected_share,
                         PICK(total.rejected_share)});
    good_rows(t);
    little_rows(t);
}

/* "p99 <= 800 ms", "within 800 ms >= 99.9 %" */
static void threshold_name(char out[CELL], const struct threshold *t, const struct unit *u) {
    char limit[CELL], time[40] = "";
    if (!isnan(t->time))
        text_duration(time, sizeof time, t->time);
    put(out, "%s%s%s %s %s", t->metric, *time ? " " : "", time,
        t->least ? ">=" : "<=", number(limit, u, t->limit));
}

/* `real` is NULL where one engine ran alone. */
static const char *met(const struct threshold *sim, const struct threshold *real) {
    if (isnan(sim->value) || (real && isnan(real->value)))
        return "not judged";
    if (!real)
        return sim->met ? "met" : "NOT MET";
    return sim->met && real->met ? "met in both"
           : sim->met            ? "NOT MET by the real pool"
           : real->met           ? "NOT MET in the simulator"
                                 : "NOT MET in either";
}

static void threshold_line(const struct threshold *t, const struct threshold *real, bool first,
                           int columns, FILE *to) {
    char left[CELL], text[2 * CELL] = "", name[CELL], real_text[CELL];
    struct unit u = {t->unit, 1, "s"};
    if (t->unit == 't')
        u.scale = text_time_unit(t->limit, &u.name);
    struct row row = {.unit = u,
                      .sim = {.mean = t->value,
                              .low = t->low,
                              .high = t->high,
                              .needs = t->needs,
                              .open = t->open},
                      .percentile = t->unit == 't'};
    with_interval(left, &row);
    threshold_name(name, t, &u);
    if (real)
        snprintf(text, sizeof text, " | %s", value_text(real_text, &u, real->value));
    char *line = mem_format("%-26s %s%-*s %s%s", name, left,
                            (int)(strlen(left) < 34 ? 34 - strlen(left) : 0), text, met(t, real),
                            t->sure ? "" : " ?");
    if ((int)strlen(line) + 13 > columns) {
        free(line);
        line = mem_format("%s: %s%s: %s%s", name, left, text, met(t, real), t->sure ? "" : " ?");
    }
    if ((int)strlen(line) + 13 > columns)
        verdict_folded_at(to, columns, first ? "slo" : "", line);
    else
        fprintf(to, "%-12s %s\n", first ? "slo" : "", line);
    free(line);
}

void table_thresholds(const struct result *sim, const struct result *real, int columns, FILE *to) {
    bool sure = true;
    for (size_t i = 0; i < sim->slo_count; i++) {
        threshold_line(&sim->slo[i], real ? &real->slo[i] : NULL, i == 0, columns, to);
        sure = sure && sim->slo[i].sure;
    }
    if (!sure)
        fprintf(to, "%-12s ? not sure: the interval holds the limit, or is not known\n", "");
}
