/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict: see verdict.h: the words around the table (cli/table). */
#include "cli/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/table.h"
#include "model/mem.h"
#include "model/text.h"

void verdict_folded(FILE *to, const char *label, const char *text) {
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
    const char *order = q->order == STATION_LIFO ? ", newest first" : "";
    if (q->capacity == CAPACITY_UNBOUNDED)
        snprintf(out, size, "unbounded queue%s", order);
    else
        snprintf(out, size, "queue %lld%s then %s", (long long)q->capacity,
                 *order ? ", newest first," : "", full[q->when_full]);
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
    verdict_folded(to, NULL, first);
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
    verdict_folded(to, NULL, what);
    free(what);
    putc('\n', to);
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
    verdict_folded(to, "trust", all);
    for (size_t i = 0; i < r->reason_count; i++)
        verdict_folded(to, "", r->reasons[i]);
    if (color && !r->trusted)
        fputs("\033[0m", to);
    free(all);
}

static bool advises(const struct result *r, const char *advice) {
    for (size_t i = 0; r && i < r->advice_count; i++)
        if (!strcmp(r->advice[i], advice))
            return true;
    return false;
}

/* What a result advises and `said` (or NULL) did not. */
static void advice_lines(const struct result *r, const struct result *said, FILE *to) {
    bool first = !said || said->advice_count == 0;
    for (size_t i = 0; i < r->advice_count; i++)
        if (!advises(said, r->advice[i])) {
            verdict_folded(to, first ? "advice" : "", r->advice[i]);
            first = false;
        }
}

/* "1240/s", of all open classes at so many times their rates; of closed ones alone "124 clients".
 */
static char *load_words(const struct scenario *sc, double factor) {
    double rate = 0, clients = 0;
    char text[40];
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (class->arrivals.kind == ARRIVAL_CLOSED)
            clients += (double)class->arrivals.clients;
        else
            rate += scenario_class_rate(class);
    }
    text_short(text, sizeof text, (rate > 0 ? rate : floor(clients + 0.5)) * factor);
    return rate > 0 ? mem_format("%s/s", text) : mem_format("%.0f clients", clients * factor);
}

/* How far the load could grow (or must fall), and how few workers would do (or are needed). */
static void headroom_line(const struct result *r, bool color, FILE *to) {
    const struct headroom *h = &r->headroom;
    if (isnan(h->rate) && isnan(h->workers))
        return;
    bool met = h->rate >= 1;
    char *far = load_words(r->scenario, h->rate), *now = load_words(r->scenario, 1);
    bool rate_known = !isnan(h->theory_rate), workers_known = !isnan(h->theory_workers);
    char *rate = rate_known ? mem_format("; theory %.2fx", h->theory_rate) : mem_text("");
    char *workers = workers_known ? mem_format(" (theory %.0f)", h->theory_workers) : mem_text("");
    char *all = mem_text("");
    if (isnan(h->rate))
        add(&all, mem_text("none: no lower rate meets the slo"));
    else if (met)
        add(&all, mem_format("%s%.2fx: the slo holds to %s%s (simulated%s)",
                             h->at_least ? "at least " : "", h->rate,
                             h->at_least ? "at least " : "", far, rate));
    else
        add(&all, mem_format("none: the slo holds only to %.2fx (%s%s)", h->rate, far, rate));
    if (isnan(h->workers))
        add(&all, mem_text(met ? "." : "; no number of workers meets it."));
    else
        add(&all, mem_format("; at %s it needs %.0f workers%s.", now, h->workers, workers));
    fputs(color ? "\033[1m" : "", to);
    verdict_folded(to, "HEADROOM", all);
    fputs(color ? "\033[0m" : "", to);
    free(far);
    free(now);
    free(rate);
    free(workers);
    free(all);
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
        verdict_folded(to, "theory", t->reason);
    else
        fputs("   = exact   ~ approximate\n", to);
    if (t->note)
        verdict_folded(to, "theory", t->note);
}

void verdict_run(const struct findings *f, const struct bench_report *report, bool color,
                 FILE *to) {
    char jobs[40], same[80], reps[40];
    head(f->pool, report, to);
    snprintf(same, sizeof same, "the same %s jobs (replication 1)",
             text_count(jobs, sizeof jobs, (double)f->sim_paired->total.offered));
    snprintf(reps, sizeof reps, "%llu replication%s", (unsigned long long)f->sim->replications,
             f->sim->replications > 1 ? "s" : "");
    fprintf(to, "%-18s %-12s %-22s %s\n", "", "theory", "simulated", same);
    fprintf(to, "%-18s %-12s %-22s %-11s %-11s %s\n", "", f->theory->name ? f->theory->name : "-",
            reps, "simulated", "measured", "difference");
    struct table t = {f->sim, f->sim_paired, f->pool, f->theory, true, to};
    table_print(&t);
    theory_line(f->theory, to);
    job_line(f->comparison, to);
    table_thresholds(f->sim, f->pool, to);
    trust_line(f->pool, report, color, to);
    advice_lines(f->sim, NULL, to);
    advice_lines(f->pool, f->sim, to);
    headroom_line(f->sim, color, to);
    char *last = conclusion(f);
    fputs(color ? "\n\033[1m" : "\n", to);
    verdict_folded(to, NULL, last);
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
        fprintf(to, "%llu replication%s\n", (unsigned long long)r->replications,
                r->replications > 1 ? "s" : "");
    struct table t = {r, r, r, &theory, false, to};
    table_print(&t);
    theory_line(&theory, to);
    table_thresholds(r, NULL, to);
    if (report)
        trust_line(r, report, color, to);
    advice_lines(r, NULL, to);
    headroom_line(r, color, to);
    theory_free(&theory);
}
