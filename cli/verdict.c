/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verdict: see verdict.h: the words around the table (cli/table). */
#include "cli/verdict.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/crew.h"
#include "cli/table.h"
#include "model/mem.h"
#include "model/profile.h"
#include "model/text.h"

/* A terminal says how wide it is, COLUMNS else. */
int verdict_columns(FILE *to) {
    struct winsize size;
    const char *said = getenv("COLUMNS");
    long columns = said ? strtol(said, NULL, 10) : 0;
    if (isatty(fileno(to)) && ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    return columns >= 40 && columns < 100 ? (int)columns : 100;
}

void verdict_folded_at(FILE *to, int columns, const char *label, const char *text) {
    const int RIGHT = columns - 3; /* a "%" stays with its number */
    const int LEFT = label ? 13 : 0;
    int column = label ? fprintf(to, "%-*s", LEFT, label) : 0;
    char *copy = text_plain(text), *save = NULL;
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        if (column + (int)strlen(w) >= RIGHT && column > LEFT && strcmp(w, "%"))
            column = fprintf(to, "\n%*s", LEFT, "") - 1;
        column += fprintf(to, "%s%s", column > LEFT ? " " : "", w);
    }
    putc('\n', to);
    free(copy);
}

void verdict_folded(FILE *to, const char *label, const char *text) {
    verdict_folded_at(to, verdict_columns(to), label, text);
}

static void queue_words(char *out, size_t size, const struct queue_spec *q) {
    static const char *const full[] = {"block", "reject", "drop the oldest", "the caller runs"};
    static const char *const orders[] = {"", ", newest first", ", by priority"};
    const char *order = orders[q->order];
    if (q->capacity == CAPACITY_UNBOUNDED)
        snprintf(out, size, "unbounded queue%s", order);
    else
        snprintf(out, size, "queue %lld%s%s then %s", (long long)q->capacity, order,
                 *order ? "," : "", full[q->when_full]);
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
        bool endless = scenario_endless(&sc->pools.items[i]);
        char *crew = crew_words(&sc->pools.items[i]);
        queue_words(words, sizeof words, &sc->pools.items[i].queue);
        add(&what, mem_format("%s%s%s%s%s; ", sc->pools.count > 1 ? sc->pools.items[i].name : "",
                              sc->pools.count > 1 ? ": " : "", crew, endless ? "" : ", ",
                              endless ? "" : words));
        free(crew);
    }
    if (r->warmup > 0 || r->warmup_auto)
        add(&what, mem_format("warm-up %s%s, ", text_duration(a, sizeof a, r->warmup),
                              r->warmup_auto ? " (auto)" : ""));
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
             text_duration(lag, sizeof lag, p99), 100 * report->share.busy,
             100 * report->share.steal);
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

static bool among(const char *text, char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(texts[i], text))
            return true;
    return false;
}

/* Of a simulated result: why it is not to be trusted, where `real` (or NULL) does not say it, too.
 */
static void distrust_lines(const struct result *r, const struct result *real, bool color,
                           FILE *to) {
    bool first = true;
    for (size_t i = 0; i < r->reason_count; i++) {
        if (real && among(r->reasons[i], real->reasons, real->reason_count))
            continue;
        char *line =
            mem_format("%s%s", first ? real ? "NO (simulated). " : "NO. " : "", r->reasons[i]);
        fputs(color ? "\033[31m" : "", to);
        verdict_folded(to, first ? "trust" : "", line);
        fputs(color ? "\033[0m" : "", to);
        free(line);
        first = false;
    }
}

/* Why replicating ended. */
static void precision_line(const struct result *r, FILE *to) {
    const struct precision *p = &r->precision;
    char reached[40] = "not known";
    if (!p->metric)
        return;
    if (!isnan(p->reached))
        snprintf(reached, sizeof reached, "known to %.2g %%", 100 * p->reached);
    bool early = r->replications < p->max_replications;
    char *line = mem_format("%s within %.3g %%: %s after %llu replications%s", p->metric,
                            100 * p->within, reached, (unsigned long long)r->replications,
                            p->met           ? ""
                            : r->interrupted ? ", interrupted"
                            : early          ? ": CANNOT BE REACHED, ended early"
                                             : ": NOT REACHED (max_replications)");
    verdict_folded(to, "precision", line);
    free(line);
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

/* " (1.20..1.31)", where the search knows between what it lies. */
static char *between(const char *format, double low, double high) {
    return isnan(low) || isnan(high) || low == high ? mem_text("") : mem_format(format, low, high);
}

static char *growth_words(const struct result *r) {
    const struct headroom *h = &r->headroom;
    if (isnan(h->rate))
        return mem_text("none: no lower rate meets the slo");
    char *far = load_words(r->scenario, h->rate), *text;
    char *sure = between(" (%.2f..%.2f)", h->rate_low, h->rate_high);
    char *theory =
        isnan(h->theory_rate) ? mem_text("") : mem_format("; theory %.2fx", h->theory_rate);
    const char *least = h->at_least ? "at least " : "";
    char *binding = h->binding ? mem_format(", %s", h->binding) : mem_text("");
    if (h->rate >= 1)
        text = mem_format("%s%.2fx%s: the slo holds to %s%s%s (simulated%s)", least, h->rate, sure,
                          least, far, binding, theory);
    else
        text = mem_format("none: the slo holds only to %.2fx%s (%s%s)%s", h->rate, sure, far,
                          theory, binding);
    free(far);
    free(sure);
    free(theory);
    free(binding);
    return text;
}

/* " (12 surely miss, 14 surely meet; theory 13)": the sizes on either side, and theory's. */
static char *size_bounds(const struct headroom *h) {
    bool known = !isnan(h->workers_low) && !isnan(h->workers_high),
         theory = !isnan(h->theory_workers);
    char *sure = known ? mem_format("%.0f surely miss%s, %.0f surely meet", h->workers_low,
                                    h->workers_low > 1 ? "" : "es", h->workers_high)
                       : mem_text("");
    char *also = theory ? mem_format("theory %.0f", h->theory_workers) : mem_text("");
    char *text = known || theory ? mem_format(" (%s%s%s)", sure, known && theory ? "; " : "", also)
                                 : mem_text("");
    free(sure);
    free(also);
    return text;
}

/* A size at which hardly anything is spare is more than a short run can judge. */
static char *size_words(const struct result *r) {
    const struct headroom *h = &r->headroom;
    if (isnan(h->workers))
        return mem_text(h->rate >= 1 ? "." : "; no number of workers meets it.");
    double load = 0;
    for (size_t i = 0; i < r->scenario->pools.count; i++)
        load += scenario_offered_load(r->scenario, i);
    char *now = load_words(r->scenario, 1);
    char *bounds = size_bounds(h);
    char *full = load > 0.95 * h->workers
                     ? mem_format("; %.0f %% busy then: so short a run cannot tell, take more",
                                  fmin(100, 100 * load / h->workers))
                     : mem_text("");
    char *spent = isnan(h->spent) ? mem_text("")
                                  : mem_format("; this one spends %.0f %% of their worker-seconds",
                                               100 * h->spent);
    char *text =
        mem_format("; at %s %s %.0f worker%s%s%s%s%s.", now,
                   isnan(h->spent) ? "it needs" : "a pool of fixed size needs", h->workers,
                   h->workers == 1 ? "" : "s", r->scenario->pools.count > 1 ? " in all pools" : "",
                   bounds, full, spent);
    free(spent);
    free(now);
    free(bounds);
    free(full);
    return text;
}

/* How far the load could grow (or must fall), and how few workers would do (or are needed). */
static void headroom_line(const struct result *r, bool color, FILE *to) {
    const struct headroom *h = &r->headroom;
    if (isnan(h->rate) && isnan(h->workers))
        return;
    char *growth = growth_words(r), *size = size_words(r);
    bool lasts = h->rate >= 1 || !result_met(r);
    char *all = mem_format("%s%s%s", growth, size,
                           lasts ? ""
                                 : " (This run meets the slo, but it cannot last: more work comes "
                                   "than the workers can do.)");
    fputs(color ? "\033[1m" : "", to);
    verdict_folded(to, "HEADROOM", all);
    fputs(color ? "\033[0m" : "", to);
    free(growth);
    free(size);
    free(all);
}

static void job_line(const struct comparison *c, FILE *to) {
    char a[40], b[40], n[40], m[40];
    text_duration(a, sizeof a, c->p50);
    text_duration(b, sizeof b, c->p99);
    char *how = isnan(c->p50) ? mem_text("not compared (different fates)")
                              : mem_format("median difference %s, p99 %s", a, b);
    char *line = mem_format("%s; %s of %s jobs met the same fate", how,
                            text_count(n, sizeof n, (double)c->same),
                            text_count(m, sizeof m, (double)c->jobs));
    putc('\n', to);
    verdict_folded(to, "job by job", line);
    free(how);
    free(line);
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

/* How far the two engines are apart on the same jobs. */
static char *agreement(const struct findings *f) {
    double e = largest_error(f->sim_paired, f->pool);
    double lost =
        fabs(f->sim_paired->total.rejected_share.mean - f->pool->total.rejected_share.mean);
    char *also =
        lost > 0.01 ? mem_format(", in lost jobs by %.1f points", 100 * lost) : mem_text("");
    char *text =
        isnan(e) ? mem_format("too few jobs to compare percentiles%s", also)
        : e > 9  ? mem_format("this host took up to %.0f times as long as simulated%s", 1 + e, also)
        : e > 0.1 ? mem_format("simulation and this host differ by up to %.0f %%%s", 100 * e, also)
                  : mem_format("simulation and this host agree within %.*f %%%s", e < 0.01 ? 1 : 0,
                               fmax(0.1, ceil(1000 * e) / 10), also);
    free(also);
    return text;
}

/* Of a steady run: the share of what is offered that is neither done nor lost, but piles up. */
static double behind(const struct result *r) {
    const struct metrics *m = &r->total;
    double left = 1 - m->throughput.mean / m->offered_rate.mean - m->rejected_share.mean;
    return strcmp(r->regime, "terminating") ? left : 0;
}

/* "carry 1000 jobs/s", or why they do not. `real` is NULL where it is not to be spoken of. */
static char *what_is_carried(const struct result *sim, const struct result *real) {
    char rate[40], done[40];
    double lost = fmax(sim->total.rejected_share.mean, real ? real->total.rejected_share.mean : 0);
    text_short(rate, sizeof rate, sim->total.offered_rate.mean);
    text_short(done, sizeof done, sim->total.throughput.mean);
    if (!strcmp(sim->regime, "unstable"))
        return mem_format("cannot carry %s jobs/s: %s/s are done, and what waits grows", rate,
                          done);
    if (lost > 0.0005)
        return mem_format("do not carry %s jobs/s: %.1f %% are lost", rate, 100 * lost);
    if (behind(sim) > 0.03 || (real && behind(real) > 0.03))
        return mem_format("do not carry %s jobs/s: %s/s are done in this time, the rest piles up",
                          rate, done);
    return mem_format("carry %s jobs/s", rate);
}

static char *conclusion(const struct findings *f) {
    const struct result *sim = f->sim, *real = f->pool->trusted ? f->pool : NULL;
    char *crew = crew_of_all(f->scenario);
    bool met = result_met(sim) && (!real || result_met(real));
    char *carried = what_is_carried(sim, real), *agree = agreement(f);
    crew[0] = (char)(real ? toupper((unsigned char)crew[0]) : crew[0]);
    char *text = mem_format("%s%s %s%s; %s.", real ? "" : "Simulated, ", crew, carried,
                            sim->slo_count == 0 ? ""
                            : met               ? ", and meet the slo"
                                                : ", and miss the slo",
                            real ? agree : "what was measured here is not to be trusted");
    free(carried);
    free(agree);
    free(crew);
    return text;
}

static bool any_open(const struct result *r) {
    bool open = false;
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        open = open || times_percentile(&r->total.wait, i)->open ||
               times_percentile(&r->total.response, i)->open;
    return open;
}

/* What the marks in the table mean, and why there is no theory. */
static void legend(const struct theory *t, const struct result *r, FILE *to) {
    const char *open = any_open(r) ? "   open: past the largest value seen" : "";
    if (t->reason)
        verdict_folded(to, "theory", t->reason);
    if (!t->reason || *open)
        fprintf(to, "%s%s\n", t->reason ? "" : "   = exact   ~ approximate", open);
    if (t->note)
        verdict_folded(to, "theory", t->note);
}

/* The simulated host, where it is not ideal. */
static void profile_line(const struct result *r, FILE *to) {
    const struct profile *p = r->scenario->profile.read;
    if (p && strcmp(r->engine, "pool"))
        fprintf(to, "\nhost         calibrated: %lld core%s, load %.2f, profile %016llx%s\n",
                (long long)p->cores, p->cores == 1 ? "" : "s", p->load,
                (unsigned long long)p->identity, p->trusted ? "" : ", NOT TRUSTED");
}

/* Of a scenario with a host profile: what the profile explains of the difference. */
static void host_lines(const struct findings *f, FILE *to) {
    static const char *const names[] = {"p50", "p90", "p95", "p99"};
    if (!f->ideal)
        return;
    fprintf(to, "\n%-12s %-5s %12s %12s %12s   %s\n", "host", "", "ideal", "calibrated", "measured",
            f->scenario->profile.read->trusted ? "calibrated is off by"
                                               : "off by (a profile NOT TRUSTED)");
    for (int i = 0; i < 4; i++) {
        double a = times_percentile(&f->ideal->total.response, i)->mean;
        double b = times_percentile(&f->sim_paired->total.response, i)->mean;
        double c = times_percentile(&f->pool->total.response, i)->mean;
        char x[40], y[40], z[40], off[40];
        if (i == 2 || isnan(a) || isnan(b) || isnan(c))
            continue;
        fprintf(to, "%-12s %-5s %12s %12s %12s   %s%s, %+.1f %%\n", i ? "" : "response", names[i],
                text_duration(x, sizeof x, a), text_duration(y, sizeof y, b),
                text_duration(z, sizeof z, c), b < c ? "-" : "+",
                text_duration(off, sizeof off, fabs(b - c)), 100 * (b - c) / c);
    }
}

void verdict_run(const struct findings *f, const struct bench_report *report, bool color,
                 FILE *to) {
    int columns = verdict_columns(to);
    struct table t = {f->sim, f->sim_paired, f->pool, f->theory, true, columns < 100, to};
    head(f->pool, report, to);
    table_head(&t);
    table_print(&t);
    legend(f->theory, f->sim, to);
    job_line(f->comparison, to);
    host_lines(f, to);
    precision_line(f->sim, to);
    table_thresholds(f->sim, f->pool, columns, to);
    distrust_lines(f->sim, f->pool, color, to);
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
    struct table t = {r, r, r, &theory, false, verdict_columns(to) < 100, to};
    table_head(&t);
    table_print(&t);
    legend(&theory, r, to);
    precision_line(r, to);
    profile_line(r, to);
    table_thresholds(r, NULL, verdict_columns(to), to);
    if (report)
        trust_line(r, report, color, to);
    else
        distrust_lines(r, NULL, color, to);
    advice_lines(r, NULL, to);
    headroom_line(r, color, to);
    theory_free(&theory);
}
