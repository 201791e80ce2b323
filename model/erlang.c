/* SPDX-License-Identifier: GPL-3.0-or-later */
/* erlang: see erlang.h. */
#include "model/erlang.h"

#include <math.h>

#include "model/mem.h"

double erlang_b(double a, double c) {
    double b = 1;
    for (long k = 1; k <= (long)c; k++)
        b = a * b / ((double)k + a * b);
    return b;
}

double erlang_c(double a, double c) {
    double b = erlang_b(a, c), rho = a / c;
    return b / (1 - rho * (1 - b));
}

double *erlang_states(double a, size_t c, size_t n) {
    double *p = mem_new(c + n + 1, sizeof *p), sum = 0;
    double log_p = 0, most = 0;
    for (size_t k = 0; k <= c + n; k++) {
        log_p += k == 0 ? 0 : log(a) - log(k < c ? (double)k : (double)c);
        p[k] = log_p;
        most = fmax(most, log_p);
    }
    for (size_t k = 0; k <= c + n; k++)
        sum += p[k] = exp(p[k] - most);
    for (size_t k = 0; k <= c + n; k++)
        p[k] /= sum;
    return p;
}
