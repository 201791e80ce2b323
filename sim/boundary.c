/* SPDX-License-Identifier: GPL-3.0-or-later */
/* boundary: see boundary.h. */
#include "sim/boundary.h"

#include <math.h>

static enum answer ask(const struct question *q, double rate, int64_t workers) {
    return q->ask(q->context, rate, workers);
}

static struct boundary nowhere(enum answer otherwise) {
    return (struct boundary){NAN, false, otherwise};
}

static struct boundary at(double value, bool open) {
    return (struct boundary){value, open, ANSWER_YES};
}

/* ---- the rate ---- */

/* Between a yes and a no above it. */
static struct boundary halve_rate(const struct question *q, double yes, double no,
                                  double tolerance) {
    while (no > yes * (1 + tolerance)) {
        double middle = sqrt(yes * no);
        enum answer answer = ask(q, middle, q->workers);
        if (answer == ANSWER_UNKNOWN)
            return nowhere(answer);
        if (answer == ANSWER_YES)
            yes = middle;
        else
            no = middle;
    }
    return at(yes, false);
}

/* The factor at which the workers would have nothing to spare, kept between 1/4 and 8. */
static double full_load(const struct question *q) {
    return fmin(8, fmax(0.25, (double)q->workers / q->load));
}

static struct boundary more_rate(const struct question *q, double tolerance) {
    double yes = 1, no = fmax(1.1, 1.05 * full_load(q));
    for (;;) {
        enum answer answer = ask(q, no, q->workers);
        if (answer == ANSWER_UNKNOWN)
            return nowhere(answer);
        if (answer != ANSWER_YES)
            return halve_rate(q, yes, no, tolerance);
        yes = no;
        if (yes >= BOUNDARY_RATE_MOST)
            return at(yes, true);
        no = fmin(2 * yes, BOUNDARY_RATE_MOST);
    }
}

static struct boundary less_rate(const struct question *q, double tolerance) {
    double no = 1, yes = fmin(0.9, 0.8 * full_load(q));
    for (;;) {
        enum answer answer = ask(q, yes, q->workers);
        if (answer == ANSWER_YES)
            return halve_rate(q, yes, no, tolerance);
        if (answer != ANSWER_NO)
            return nowhere(answer);
        no = yes;
        yes /= 2;
        if (no <= 1 / BOUNDARY_RATE_MOST)
            return nowhere(ANSWER_NO);
    }
}

struct boundary boundary_rate(const struct question *q, double tolerance) {
    if (q->present == ANSWER_YES)
        return more_rate(q, tolerance);
    return q->present == ANSWER_NO ? less_rate(q, tolerance) : nowhere(q->present);
}

/* ---- the workers ---- */

static struct boundary halve_workers(const struct question *q, int64_t no, int64_t yes) {
    while (yes - no > 1) {
        int64_t middle = no + (yes - no) / 2;
        enum answer answer = ask(q, 1, middle);
        if (answer == ANSWER_UNKNOWN)
            return nowhere(answer);
        if (answer == ANSWER_YES)
            yes = middle;
        else
            no = middle;
    }
    return at((double)yes, false);
}

static struct boundary fewer_workers(const struct question *q) {
    int64_t yes = q->workers, no = q->load < (double)yes ? (int64_t)q->load : yes / 2;
    while (no > 0) {
        enum answer answer = ask(q, 1, no);
        if (answer == ANSWER_UNKNOWN)
            return nowhere(answer);
        if (answer != ANSWER_YES)
            break;
        yes = no;
        no /= 2;
    }
    return halve_workers(q, no, yes);
}

static struct boundary more_workers(const struct question *q) {
    int64_t no = q->workers, yes = (int64_t)fmax((double)no + 1, ceil(1.1 * q->load) + 1);
    double most = BOUNDARY_WORKERS_MOST * fmax((double)no, q->load);
    for (;;) {
        enum answer answer = ask(q, 1, yes);
        if (answer == ANSWER_YES)
            return halve_workers(q, no, yes);
        if (answer != ANSWER_NO)
            return nowhere(answer);
        no = yes;
        yes *= 2;
        if ((double)yes > most)
            return nowhere(ANSWER_NO);
    }
}

struct boundary boundary_workers(const struct question *q) {
    if (q->present == ANSWER_YES)
        return fewer_workers(q);
    return q->present == ANSWER_NO ? more_workers(q) : nowhere(q->present);
}
