/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_endless: see queue_endless.h. */
#include "model/queue_endless.h"

#include <gsl/gsl_cdf.h>

#include "model/mem.h"
#include "model/text.h"

/* The least number of threads at once that is not exceeded for 99 % of the time, of mean a. */
static unsigned threads_p99(double a) {
    unsigned k = (unsigned)fmax(0, floor(a));
    while (gsl_cdf_poisson_P(k, a) < 0.99)
        k++;
    while (k > 0 && gsl_cdf_poisson_P(k - 1, a) >= 0.99)
        k--;
    return k;
}

void endless_answer(struct theory *t, const struct facts *f) {
    double rate = f->closed ? f->clients / (f->think + f->mean) : f->rate;
    char mean[40];
    t->throughput = theory_value(THEORY_EXACT, rate);
    t->in_system = theory_value(THEORY_EXACT, rate * f->mean);
    t->response_mean = theory_value(THEORY_EXACT, f->mean);
    t->rejected_share = t->queue_length = t->wait_mean = t->wait_probability =
        theory_value(THEORY_EXACT, 0);
    waiting_endless(&t->waiting, 0, 0, &f->service);
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        t->wait[i] = theory_value(THEORY_EXACT, 0);
        t->response[i] = theory_value(THEORY_EXACT, waiting_response(&t->waiting, result_p[i]));
    }
    if (!f->closed && f->poisson && f->load > 0)
        t->note = mem_format("threads at once: Poisson, mean %s; 99 %% of the time at most %u",
                             text_short(mean, sizeof mean, f->load), threads_p99(f->load));
}
