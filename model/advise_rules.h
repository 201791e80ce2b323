/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * advise_rules: what the rules of model/advise.c (pools, classes) and model/advise_slo.c share.
 *
 * a: offered load in workers, c: workers, s: mean service, as in the books.
 */
#ifndef MODEL_ADVISE_RULES_H
#define MODEL_ADVISE_RULES_H

#include "model/advise.h"
#include "model/text.h"

#define NEARLY_FULL 0.9 /* where an unbounded queue is long, and a bounded one loses */
#define ROUNDING 1e-9

struct advisor {
    const struct scenario *sc;
    advise_fn *say;
    void *context;
};

/* A pool as the rules see it. Of one with closed clients load, rate and mean are NaN. */
struct view {
    const struct pool_spec *spec;
    size_t index;
    double c, a, rate, s; /* s in seconds */
    double spread;        /* (ca2 + cs2) / 2 */
    bool bounded;
};

/* Says it, with where to read on. */
void advise_tell(const struct advisor *a, enum advice_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct view advise_view(const struct scenario *sc, size_t pool);

/* Mean service in seconds; and what closed clients would send a second if nothing made them wait.
 */
double advise_service(const struct class *class);
double advise_clients_rate(const struct class *class);

/* Jobs of one class in a replication; of closed clients at most so many. */
double advise_jobs(const struct scenario *scenario, const struct class *class);

/* The rules of one threshold. */
void advise_slo(const struct advisor *a, const struct slo *slo);

/* The host's cores, a pool's lock; and why there is no steady state, where they cannot keep up. */
void advise_processor(const struct advisor *a);
void advise_lock(const struct advisor *a, const struct view *v);
void advise_overrun(const struct advisor *a, const struct view *v);

/* Priorities, of a class and of a pool. */
void advise_class_priority(const struct advisor *a, const struct class *class);
void advise_pool_priority(const struct advisor *a, const struct view *v);

bool advise_percentile(int64_t metric, double *p); /* is it one, and which */

/* Whether run.precision can be reached. */
void advise_precision(const struct advisor *a);

/* Short texts of numbers and times, for one sentence each. */
struct texts {
    char at[6][40];
    int used;
};

static inline const char *n(struct texts *t, double value) {
    char *out = t->at[t->used++];
    return text_short(out, sizeof t->at[0], value);
}

static inline const char *d(struct texts *t, double seconds) {
    char *out = t->at[t->used++];
    return text_duration(out, sizeof t->at[0], seconds);
}

#endif
