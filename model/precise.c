/* SPDX-License-Identifier: GPL-3.0-or-later */
/* precise: see precise.h. */
#include "model/precise.h"

#include <math.h>
#include <stdlib.h>

#include "model/judge.h"
#include "model/mem.h"

enum { FIRST_LOOK = 20 };

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

bool precise_look(struct result *r) {
    const struct precision_spec *asked = &r->scenario->run.precision;
    if (!(asked->within > 0))
        return true;
    const struct slo metric = {.class = SLO_TOTAL, .metric = asked->metric};
    const struct figure f = judge_figure(r, &metric);
    double reached = precise_width(&f);
    r->precision = (struct precision){.metric = slo_word((enum slo_metric)asked->metric),
                                      .within = asked->within,
                                      .reached = reached,
                                      .max_replications = (uint64_t)asked->max_replications,
                                      .met = reached <= asked->within};
    return r->precision.met;
}

void precise_end(struct result *r) {
    const struct precision *p = &r->precision;
    if (!p->metric || p->met || r->interrupted)
        return;
    char *reached = isnan(p->reached) ? mem_text("its interval is open, or not known")
                                      : mem_format("it is known to %.2g %%", 100 * p->reached);
    result_distrust(
        r, mem_format("%s was to be known to %.3g %%: after %llu replications (the most "
                      "that run.precision allows) %s",
                      p->metric, 100 * p->within, (unsigned long long)r->replications, reached));
    free(reached);
}
