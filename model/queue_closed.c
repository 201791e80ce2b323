/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_closed: see queue_closed.h. */
#include "model/queue_closed.h"

#include <math.h>

#include "model/mem.h"

double *closed_states(size_t clients, double workers, double think, double service) {
    double *p = mem_new(clients + 1, sizeof *p), log_p = 0, most = 0, sum = 0;
    for (size_t n = 1; n <= clients; n++) {
        log_p += log((double)(clients - n + 1) * service / (think * fmin((double)n, workers)));
        p[n] = log_p;
        most = fmax(most, log_p);
    }
    for (size_t n = 0; n <= clients; n++)
        sum += p[n] = exp(p[n] - most);
    for (size_t n = 0; n <= clients; n++)
        p[n] /= sum;
    return p;
}

double closed_bound(double clients, double workers, double think, double service) {
    return fmin(clients / (think + service), workers / service);
}

double closed_knee(double workers, double think, double service) {
    return workers * (think + service) / service;
}
