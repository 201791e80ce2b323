/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict: see verdict.h. A row is made of texts first and printed once, so that columns line up.
 */
#include "cli/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

static char *number(char out[CELL], const struct unit *u, double value) {
    char text[CELL];
    switch (u->kind) {
    case 't':
        put(out, "%s %s", text_short(text, sizeof text, value / u->scale), u->name);
        break;
    case 's':
        put(out, "%.*f %%", fabs(value) >= 0.0995 || value == 0 ? 1 : 2, 100 * value);
        break;
    case 'r':
        put(out, "%s /s", text_short(text, sizeof text, value));
        break;
    default:
        put(out, "%s", text_short(text, sizeof text, value));
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

/* A bound of an interval: three digits, no unit. */
static char *bound(char out[CELL], const struct unit *u, double value) {
    double v = value / (u->kind == 't' ? u->scale : u->kind == 's' ? 0.01 : 1), a = fabs(v);
    put(out, "%.*f", a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2, v);
    return out;
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
    if (isnan(width) || isnan(f->mean) || width == 0)
        put(out, "%s", text);
    else if (row->percentile && f->mean > 0) {
        put(out, "%s (%s..%s)", text, bound(low, &row->unit, f->low),
            bound(high, &row->unit, f->high));
    } else {
        char *gap = strrchr(text, ' ');
        put(out, "%.*s +-%s%s", gap ? (int)(gap - text) : (int)strlen(text), text,
            bound(low, &row->unit, width / 2), gap ? gap : "");
    }
    return out;
}

static char *difference(char out[CELL], const struct row *row) {
    double d = row->real - row->paired;
    char text[CELL], sign = d < 0 ? '-' : '+';
    if (isnan(d)) {
        *out = 0;
    } else if (row->unit.kind == 's') {
        put(out, "%c%.2f points", sign, 100 * fabs(d));
    } else if (row->unit.kind == 't') {
        put(text, "%c%s %s", sign, bound(out, &row->unit, fabs(d)), row->unit.name);
        if (row->paired > 0 && row->relative)
            put(out, "%-10s %+.1f %%", text, 100 * d / row->paired);
        else
            put(out, "%s", text);
    } else if (row->unit.kind == 'r' && row->paired != 0) {
        put(out, "%+.2f %%", 100 * d / row->paired);
    } else {
        put(out, "%c%s", sign, bound(text, &row->unit, fabs(d)));
    }
    return out;
}

static void print_row(FILE *to, const struct row *row, bool both) {
    static const char marks[] = {' ', '=', '~'};
    char theory[CELL], sim[CELL], paired[CELL], real[CELL], diff[CELL];
    value_text(theory, &row->unit, row->theory.mark ? row->theory.value : NAN);
    with_interval(sim, row);
    if (both)
        fprintf(to, "%-12.12s %-5s %-10s %c %-22s %-11s %-11s %s\n", row->label, row->sub, theory,
                marks[row->theory.mark], sim, value_text(paired, &row->unit, row->paired),
                value_text(real, &row->unit, row->real), difference(diff, row));
    else
        fprintf(to, "%-12.12s %-6s %-12s %c %s\n", row->label, row->sub, theory,
                marks[row->theory.mark], sim);
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

struct table {
    const struct result *sim, *paired, *real;
    const struct theory *theory;
    bool both;
    FILE *to;
};

static void emit(const struct table *t, struct row row) {
    if (row.unit.kind == 't')
        row.unit = time_unit(&row);
    print_row(t->to, &row, t->both);
}

#define PICK(field)                                                                                \
    .sim = t->sim->field, .paired = t->paired->field.mean, .real = t->real->field.mean

static void pool_rows(const struct table *t, size_t i) {
    static const struct theory_figure none = {THEORY_NONE, 0};
    const struct scenario *sc = t->sim->scenario;
    bool one = sc->pools.count == 1;
    const char *name = one ? "" : sc->pools.items[i].name;
    emit(t, (struct row){.label = one ? "utilisation" : name,
                         .sub = one ? "" : "util",
                         .unit = {'s', 1, ""},
                         .theory = one ? t->theory->utilisation : none,
                         PICK(pools[i].utilisation)});
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

static void little_rows(const struct table *t) {
    char a[CELL], b[CELL], cell[3][2 * CELL];
    const struct result *all[3] = {t->sim, t->paired, t->real};
    for (int i = 0; i < 3; i++) {
        const struct littles_law *l = &all[i]->total.little;
        if (isnan(l->rate_times_response))
            snprintf(cell[i], sizeof cell[i], "L %s", text_short(a, sizeof a, l->in_system));
        else
            snprintf(cell[i], sizeof cell[i], "%s=%s", text_short(a, sizeof a, l->in_system),
                     text_short(b, sizeof b, l->rate_times_response));
    }
    bool exact = t->sim->total.little.identity_holds && t->real->total.little.identity_holds;
    const struct theory_figure *law = &t->theory->in_system;
    snprintf(a, sizeof a, law->mark ? "L %s" : "-",
             law->mark ? text_short(b, sizeof b, law->value) : "");
    if (t->both)
        fprintf(t->to, "%-18s %-12s %-22s %-11s %-11s books %s\n", "Little's Law", a, cell[0],
                cell[1], cell[2], exact ? "exact in both" : "DO NOT BALANCE: a bug");
    else
        fprintf(t->to, "%-19s %-14s %s, books %s\n", "Little's Law", a, cell[0],
                exact ? "exact" : "DO NOT BALANCE: a bug");
}

static void table(const struct table *t) {
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
    little_rows(t);
}

/* ---- around the table -------------------------------------------------------------------------
 */

/* Words folded at 100 columns, continued under the first one; without a label from the left edge.
 */
static void folded(FILE *to, const char *label, const char *text) {
    enum { RIGHT = 99 };
    const int LEFT = label ? 13 : 0;
    int column = label ? fprintf(to, "%-*s", LEFT, label) : 0;
    char *copy = text_plain(text), *save = NULL;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        if (column + (int)strlen(w) >= RIGHT && column > LEFT)
            column = fprintf(to, "\n%*s", LEFT, "") - 1;
        column += fprintf(to, "%s%s", column > LEFT ? " " : "", w);
    }
    putc('\n', to);
    free(copy);
}

static void queue_words(char *out, size_t size, const struct queue_spec *q) {
    static const char *const full[] = {"block", "reject", "drop the oldest", "the caller runs"};
    if (q->capacity == CAPACITY_UNBOUNDED)
        snprintf(out, size, "unbounded queue");
    else
        snprintf(out, size, "queue %lld then %s", (long long)q->capacity, full[q->when_full]);
}

/* Appends, taking the text. */
static void add(char **text, char *more) {
    char *longer = mem_format("%s%s", *text, more);
    free(*text);
    free(more);
    *text = longer;
}

static void head(const struct result *r, const struct bench_report *report, FILE *to) {
    const struct scenario *sc = r->scenario;
    char a[40], b[40], words[80], where[120] = "";
    if (report)
        snprintf(where, sizeof where, ", %d cores, %s", report->cores, report->system);
    char *first = mem_format("%s%s%s (seed %lld%s)", sc->name, *sc->about ? ": " : "", sc->about,
                             (long long)sc->seed, where);
    folded(to, NULL, first);
    free(first);
    char *what = mem_text("");
    for (size_t i = 0; i < sc->pools.count; i++) {
        queue_words(words, sizeof words, &sc->pools.items[i].queue);
        add(&what,
            mem_format("%s%s%lld worker%s, %s; ",
                       sc->pools.count > 1 ? sc->pools.items[i].name : "",
                       sc->pools.count > 1 ? ": " : "", (long long)sc->pools.items[i].workers,
                       sc->pools.items[i].workers == 1 ? "" : "s", words));
    }
    if (sc->run.warmup > 0)
        add(&what,
            mem_format("warm-up %s, ", text_duration(a, sizeof a, nsec_seconds(sc->run.warmup))));
    add(&what, mem_format("measured %s", text_duration(b, sizeof b, r->duration)));
    if (r->last_end > 0)
        add(&what,
            mem_format(", last job ended %s after", text_duration(a, sizeof a, r->last_end)));
    if (r->interrupted)
        add(&what, mem_text("; INTERRUPTED"));
    folded(to, NULL, what);
    free(what);
    putc('\n', to);
}

static void threshold_line(const struct result *sim, const struct result *real, size_t i,
                           FILE *to) {
    const struct threshold *t = &sim->slo[i], *m = real ? &real->slo[i] : NULL;
    char limit[CELL], left[CELL], text[2 * CELL] = "", name[CELL];
    struct unit u = {t->unit, 1, "s"};
    if (t->unit == 't')
        u.scale = text_time_unit(t->limit, &u.name);
    struct row row = {.unit = u,
                      .sim = {t->value, t->low, t->high, t->needs, NULL, false, NULL},
                      .percentile = t->unit == 't'};
    with_interval(left, &row);
    bool least = !strcmp(t->metric, "throughput") || !strcmp(t->metric, "goodput");
    snprintf(name, sizeof name, "%s %s %s", t->metric,
             least ? ">=" : "<=", number(limit, &u, t->limit));
    if (m) {
        char real_text[CELL];
        snprintf(text, sizeof text, " | %s", value_text(real_text, &u, m->value));
    }
    const char *verdict = !m && isnan(t->value)                ? "not judged"
                          : !m                                 ? (t->met ? "met" : "NOT MET")
                          : isnan(t->value) || isnan(m->value) ? "not judged"
                          : t->met && m->met                   ? "met in both"
                          : t->met                             ? "NOT MET by the real pool"
                          : m->met                             ? "NOT MET in the simulator"
                                                               : "NOT MET in either";
    fprintf(to, "%-12s %-26s %s%-*s %s%s\n", i ? "" : "slo", name, left,
            (int)(strlen(left) < 34 ? 34 - strlen(left) : 0), text, verdict,
            t->sure ? "" : " (not sure: the interval holds the limit)");
}

static void trust_line(const struct result *r, const struct bench_report *report, bool color,
                       FILE *to) {
    char lag[40], text[200];
    double p99 = hist_percentile(&report->lag, 0.99, 0) / 1e9;
    snprintf(text, sizeof text, "pacer p99 lag %s, processor %.0f %% busy, steal %.1f %%",
             text_duration(lag, sizeof lag, p99), 100 * report->busy, 100 * report->steal);
    char *all = mem_format("%s%s", r->trusted ? "yes: " : "NO. ", text);
    if (color && !r->trusted)
        fputs("\033[31m", to);
    folded(to, "trust", all);
    for (size_t i = 0; i < r->reason_count; i++)
        folded(to, "", r->reasons[i]);
    if (color && !r->trusted)
        fputs("\033[0m", to);
    free(all);
}

static void advice_lines(const struct result *r, FILE *to) {
    for (size_t i = 0; i < r->advice_count; i++)
        folded(to, i ? "" : "advice", r->advice[i]);
}

static void job_line(const struct comparison *c, FILE *to) {
    char a[40], b[40], n[40], m[40];
    fprintf(to, "\n%-12s ", "job by job");
    if (isnan(c->p50))
        fputs("not compared (different fates); ", to);
    else
        fprintf(to, "median difference %s, p99 %s; ", text_duration(a, sizeof a, c->p50),
                text_duration(b, sizeof b, c->p99));
    fprintf(to, "%s of %s jobs met the same fate\n", text_count(n, sizeof n, (double)c->same),
            text_count(m, sizeof m, (double)c->jobs));
}

/* The largest relative error of the response's percentiles between the engines. */
static double largest_error(const struct result *sim, const struct result *pool) {
    double most = NAN;
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        double a = times_percentile(&sim->total.response, i)->mean,
               b = times_percentile(&pool->total.response, i)->mean;
        double e = fabs(b - a) / a;
        if (!isnan(e) && !(most >= e))
            most = e;
    }
    return most;
}

static char *conclusion(const struct findings *f) {
    const struct scenario *sc = f->scenario;
    const struct result *sim = f->sim, *pool = f->pool;
    char rate[40], error[80];
    double e = largest_error(f->sim_paired, pool);
    double sim_lost = sim->total.rejected_share.mean, pool_lost = pool->total.rejected_share.mean;
    bool lost = sim_lost > 0.0005 || pool_lost > 0.0005;
    bool met = result_met(sim) && result_met(pool);
    snprintf(error, sizeof error,
             isnan(e)  ? "too few jobs to compare percentiles"
             : e > 0.1 ? "simulation and this host differ by up to %.*f %%"
                       : "simulation and this host agree within %.*f %%",
             e < 0.01 ? 1 : 0, fmax(0.1, ceil(1000 * e) / 10));
    double offered = sim->total.offered_rate.mean;
    long long workers = 0;
    for (size_t i = 0; i < sc->pools.count; i++)
        workers += sc->pools.items[i].workers;
    text_short(rate, sizeof rate, offered);
    if (!pool->trusted)
        return mem_format(
            "Simulated, %lld workers %s %s jobs/s; what was measured here is not to be trusted.",
            workers, result_met(sim) && !(sim_lost > 0.0005) ? "carry" : "do not carry", rate);
    if (!strcmp(sim->regime, "unstable"))
        return mem_format(
            "%lld workers cannot carry %s jobs/s: the queue grows as long as this goes on; %s.",
            workers, rate, error);
    if (lost)
        return mem_format("%lld workers do not carry %s jobs/s: %.1f %% are lost%s; %s.", workers,
                          rate, 100 * fmax(sim_lost, pool_lost),
                          sim->slo_count == 0 ? ""
                          : met               ? ", which the slo allows"
                                              : " and the slo is not met",
                          error);
    return mem_format("%lld workers carry %s jobs/s%s: %s.", workers, rate,
                      sim->slo_count == 0 ? ""
                      : met               ? " and meet the slo"
                                          : " but miss the slo",
                      error);
}

static void theory_line(const struct theory *t, FILE *to) {
    if (t->reason)
        folded(to, "theory", t->reason);
    else
        fputs("   = exact   ~ approximate\n", to);
}

void verdict_run(const struct findings *f, const struct bench_report *report, bool color,
                 FILE *to) {
    char jobs[40], same[80], reps[40];
    head(f->pool, report, to);
    snprintf(same, sizeof same, "the same %s jobs (replication 1)",
             text_count(jobs, sizeof jobs, (double)f->sim_paired->total.offered));
    snprintf(reps, sizeof reps, "%zu replication%s", f->sim->replications,
             f->sim->replications > 1 ? "s" : "");
    fprintf(to, "%-18s %-12s %-22s %s\n", "", "theory", "simulated", same);
    fprintf(to, "%-18s %-12s %-22s %-11s %-11s %s\n", "", f->theory->name ? f->theory->name : "-",
            reps, "simulated", "measured", "difference");
    struct table t = {f->sim, f->sim_paired, f->pool, f->theory, true, to};
    table(&t);
    theory_line(f->theory, to);
    job_line(f->comparison, to);
    for (size_t i = 0; i < f->sim->slo_count; i++)
        threshold_line(f->sim, f->pool, i, to);
    trust_line(f->pool, report, color, to);
    advice_lines(f->sim, to);
    char *last = conclusion(f);
    fputs(color ? "\n\033[1m" : "\n", to);
    folded(to, NULL, last);
    fputs(color ? "\033[0m" : "", to);
    free(last);
}

void verdict_one(const struct result *r, const struct bench_report *report, bool color, FILE *to) {
    struct theory theory;
    theory_of(&theory, r->scenario);
    head(r, report, to);
    fprintf(to, "%-19s %-14s %s\n", "", "theory", report ? "measured" : "simulated");
    fprintf(to, "%-19s %-14s ", "", theory.name ? theory.name : "-");
    if (report)
        fputs("on this host\n", to);
    else
        fprintf(to, "%zu replication%s\n", r->replications, r->replications > 1 ? "s" : "");
    struct table t = {r, r, r, &theory, false, to};
    table(&t);
    theory_line(&theory, to);
    for (size_t i = 0; i < r->slo_count; i++)
        threshold_line(r, NULL, i, to);
    if (report)
        trust_line(r, report, color, to);
    advice_lines(r, to);
    theory_free(&theory);
}
