/* SPDX-License-Identifier: GPL-3.0-or-later */
/* precise: see precise.h. */
#include "model/precise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/advise.h"
#include "model/judge.h"
#include "model/mem.h"

enum { FIRST_LOOK = 20 };

/* A width at 20 replications may be so many times what it settles at: its t and its spread. */
static const double WIDTH_DOUBTED = 3;

size_t precise_next(const struct run_spec *run, size_t have) {
    size_t most = (size_t)run->precision.max_replications, look = FIRST_LOOK;
    size_t least = (size_t)run->replications;
    if (!(run->precision.within > 0))
        return have ? have : least;
    while (look <= have || look < least)
        look += look / 2;
    return have >= most ? have : look < most ? look : most;
}

double precise_width(const struct figure *f) {
    double width = fmax(f->mean - f->low, f->high - f->mean) / fabs(f->mean);
    return f->open || isnan(f->low) || isnan(f->high) || !isfinite(width) ? NAN : width;
}

static struct figure wanted(const struct result *r) {
    const struct slo metric = {.class = SLO_TOTAL, .metric = r->scenario->run.precision.metric};
    return judge_figure(r, &metric);
}

/* A share that was 0 in R replications is at most 3 events over all of them (the rule of three), so
 * max / R times as many events in the end, n of which give an interval of 1.96 / sqrt(n). */
static bool stays_unknown(const struct result *r, double more, double within) {
    bool never =
        r->scenario->run.precision.metric == SLO_REJECTED && advise_never_loses(r->scenario);
    return never || 1.96 / sqrt(3 * more) > within;
}

/* Why more replications cannot reach it; NULL: they may. */
static char *hopeless(const struct result *r, const struct figure *f) {
    const struct precision_spec *asked = &r->scenario->run.precision;
    double most = (double)asked->max_replications, more = most / (double)r->replications;
    double reached = precise_width(f), settles = reached / sqrt(more);
    if (f->needs && (double)r->total.offered * more < (double)f->needs)
        return mem_format("too few jobs are behind it, and those of %.0f replications, the most "
                          "that run.precision allows, are fewer than the %llu that it needs, too: "
                          "take a longer duration",
                          most, (unsigned long long)f->needs);
    if (f->reason && isnan(f->low))
        return mem_format("it %s%s, however many replications there are",
                          strncmp(f->reason, "no ", 3) ? "" : "has ", f->reason);
    if (f->mean == 0 && f->low == 0 && f->high == 0 && stays_unknown(r, more, asked->within))
        return mem_format(
            "it was 0 in all of them, and no share of 0 is known to %.3g %% of itself",
            100 * asked->within);
    if (more > 1 && settles > WIDTH_DOUBTED * asked->within)
        return mem_format("it is known to %.2g %%, and after %.0f, the most that run.precision "
                          "allows, it would be to about %.2g %%: take a longer duration",
                          100 * reached, most, 100 * settles);
    return NULL;
}

bool precise_look(struct result *r) {
    const struct precision_spec *asked = &r->scenario->run.precision;
    if (!(asked->within > 0))
        return true;
    const struct figure f = wanted(r);
    double reached = precise_width(&f);
    r->precision = (struct precision){.metric = slo_word((enum slo_metric)asked->metric),
                                      .within = asked->within,
                                      .reached = reached,
                                      .max_replications = (uint64_t)asked->max_replications,
                                      .met = reached <= asked->within};
    char *why = r->precision.met ? NULL : hopeless(r, &f);
    bool enough = r->precision.met || why;
    free(why);
    return enough;
}

void precise_end(struct result *r) {
    const struct precision *p = &r->precision;
    if (!p->metric || p->met || r->interrupted)
        return;
    const struct figure f = wanted(r);
    bool last = r->replications >= p->max_replications;
    char *why = hopeless(r, &f);
    if (!why)
        why = isnan(p->reached) ? mem_text("its interval is open, or not known")
                                : mem_format("it is known to %.2g %%", 100 * p->reached);
    result_distrust(r, mem_format("%s was to be known to %.3g %%: after %llu replications%s %s",
                                  p->metric, 100 * p->within, (unsigned long long)r->replications,
                                  last ? " (the most that run.precision allows)" : "", why));
    free(why);
}
