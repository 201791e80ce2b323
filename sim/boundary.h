/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * boundary: how far a scenario can go: the largest factor on its rate, and the fewest workers, at
 * which a yes-or-no question is still answered by yes.
 *
 * Bracketing from the present, then halving: of the rate in proportion until the two sides are
 * within `tolerance`, of the workers to the whole number. The question is assumed to be monotone:
 * more load or fewer workers never turn a no into a yes. About a dozen questions each. Who asks
 * (the simulator, a formula) is the caller's business. No clock and no chance: the same answers
 * give the same boundary.
 *
 * Known answer: asked whether rate <= 1.37 with tolerance 1 %, the boundary lies in (1.356, 1.37].
 */
#ifndef SIM_BOUNDARY_H
#define SIM_BOUNDARY_H

#include <stdbool.h>
#include <stdint.h>

enum answer {
    ANSWER_NO,
    ANSWER_YES,
    ANSWER_NEVER,  /* no, and nobody waited or was lost: no room changes that */
    ANSWER_UNKNOWN /* the search ends */
};

/* At `rate` times the present load, on `workers`. */
typedef enum answer ask_fn(void *context, double rate, int64_t workers);

struct question {
    ask_fn *ask;
    void *context;
    int64_t workers;     /* present */
    enum answer present; /* to the scenario as it is */
    double load;         /* present, in busy workers: where the bracket begins */
};

/* How far is looked: 16 times the present load or a 16th of it, 64 times the workers. */
#define BOUNDARY_RATE_MOST 16.0
enum { BOUNDARY_WORKERS_MOST = 64 };

struct boundary {
    double value;          /* where the answer is still yes; NaN: nowhere looked at */
    bool open;             /* yes as far as was looked: `value` is "at least" (of the rate) */
    enum answer otherwise; /* of a NaN: NO, NEVER or UNKNOWN */
};

struct boundary boundary_rate(const struct question *question, double tolerance);
struct boundary boundary_workers(const struct question *question);

#endif
