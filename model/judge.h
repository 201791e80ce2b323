/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge: what a result means: the thresholds of its slo, met or not, and advice with its figures.
 */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include "model/result.h"

/* Tests every threshold; one with too few jobs behind it is a reason not to trust the result. */
void judge_thresholds(struct result *r);

void judge_advise(struct result *r);

#endif
