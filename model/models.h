/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * models: the table of queueing models, the best first.
 *
 * A row says what it is called, what it needs of a pool, and fills in the figures. What is needed
 * is a set of conditions, each with the words for where it fails, so that why a model does not hold
 * is never written twice. `aside` rows are shown, but are no answer for one figure beside a
 * simulation: bounds, limits, and second opinions.
 */
#ifndef MODEL_MODELS_H
#define MODEL_MODELS_H

#include "model/theory.h"

struct model {
    const char *name, *method;
    unsigned needs;
    void (*answer)(struct theory *t, const struct facts *f);
    bool aside;
};

extern const struct model models[];
extern const size_t model_count;

/* Why it does not hold, or NULL. */
const char *model_refuses(const struct model *model, const struct facts *facts);

/* Its figures; it must not refuse. */
void model_answer(struct theory *t, const struct model *model, const struct facts *facts);

/* How much it is worth: the mark of its times, else of its loss or throughput. */
enum theory_mark model_mark(const struct theory *t);

#endif
