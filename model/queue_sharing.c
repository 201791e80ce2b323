/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_sharing: see queue_sharing.h. */
#include "model/queue_sharing.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "model/erlang.h"
#include "model/mem.h"
#include "model/queue_closed.h"

static const double SELDOM = 1e-9;     /* that workers run out: they never do */
static const double STATES_MOST = 1e5; /* beyond so many workers they never do, either */

struct sharing {
    double rate, in_system, beyond; /* beyond: P(all workers are busy), as a job finds it */
    double queue;                   /* jobs that wait for a worker; NaN: not known */
};

/* Of k who compute and a Poisson number who wait, are there as many as workers? */
static double all_busy(const struct facts *f, double waiting) {
    size_t cores = (size_t)f->cores, workers = (size_t)f->workers;
    if (f->workers > STATES_MOST)
        return 0;
    double *p = erlang_states(f->computing, cores, workers - cores), sum = p[workers];
    for (size_t k = 0; waiting > 0 && k < workers; k++)
        sum += p[k] * gsl_cdf_poisson_Q((unsigned)(workers - k - 1), waiting);
    free(p);
    return sum;
}

static struct sharing open_sharing(const struct facts *f) {
    double a = f->computing, rho = a / f->cores, waiting = fmax(0, f->load - a);
    struct sharing s = {.rate = f->rate, .queue = NAN};
    double must_share = erlang_c(a, f->cores);
    s.in_system = a + must_share * rho / (1 - rho) + waiting;
    if (waiting < 1e-9 * a) {
        s.beyond = must_share * pow(rho, f->workers - f->cores);
        s.queue = s.beyond * rho / (1 - rho);
    } else
        s.beyond = all_busy(f, waiting);
    return s;
}

/* What does not compute is like thinking, for the cores. */
static struct sharing closed_sharing(const struct facts *f) {
    size_t n = (size_t)f->clients, workers = (size_t)f->workers;
    double computing = f->mean * f->share, away = f->think + f->mean - computing, busy = 0;
    double *p = closed_states(n, f->cores, away, computing);
    double *seen = closed_states(n - 1, f->cores, away, computing);
    struct sharing s = {.queue = f->share == 1 || n <= workers ? 0 : NAN};
    for (size_t k = 0; k <= n; k++) {
        busy += fmin((double)k, f->cores) * p[k];
        s.queue += k > workers ? (double)(k - workers) * p[k] : 0;
        s.beyond += k >= workers && k < n ? seen[k] : 0;
    }
    s.rate = busy / computing;
    s.in_system = (double)n - s.rate * f->think;
    if (f->share < 1)
        s.beyond = n <= workers ? 0 : 1;
    free(p);
    free(seen);
    return s;
}

void sharing_answer(struct theory *t, const struct facts *f) {
    struct sharing s = f->closed ? closed_sharing(f) : open_sharing(f);
    bool seldom = s.beyond < SELDOM, throughout = f->share == 1;
    bool exact = seldom || (throughout && law_is(&f->service, DIST_EXPONENTIAL) && f->alike);
    enum theory_mark mark = exact ? THEORY_EXACT : THEORY_ABOUT;
    double queue = seldom ? 0 : s.queue, busy = s.in_system - queue;
    t->throughput = theory_value(f->closed ? mark : THEORY_EXACT, s.rate);
    t->rejected_share = theory_value(THEORY_EXACT, 0);
    t->in_system = theory_value(mark, s.in_system);
    t->response_mean = theory_value(mark, s.in_system / s.rate);
    t->queue_length = theory_value(mark, queue);
    t->wait_mean = theory_value(mark, queue / s.rate);
    t->utilisation = theory_value(mark, busy / f->workers);
    t->wait_probability = theory_value(mark, seldom ? 0 : s.beyond);
    if (!throughout && !seldom)
        t->wait_probability.mark = THEORY_NONE;
    t->note = mem_text(exact ? "who computes shares the cores: means are known, percentiles not"
                             : "who computes shares the cores, as if workers never ran out");
}
