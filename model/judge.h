/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge: what a result means: the thresholds of its slo, met or not, and advice with its figures.
 */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include "model/result.h"

/* Tests every threshold; one with too few jobs behind it is a reason not to trust the result. */
void judge_thresholds(struct result *r);

/* A warm-up that `auto` sought and did not find is a reason, too. */
void judge_warmup(struct result *r);

/* The figure that a metric of slo or run.precision is of. `class`: SLO_TOTAL: of all jobs. */
struct figure judge_figure(const struct result *r, const struct slo *metric);

void judge_advise(struct result *r);

#endif
