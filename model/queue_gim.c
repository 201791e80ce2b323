/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_gim: see queue_gim.h. */
#include "model/queue_gim.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

struct balance {
    const struct transform *gap;
    double drain; /* c mu */
};

/* In delta = 1 - sigma, which keeps its digits at full load. */
static double off_balance(double delta, void *context) {
    const struct balance *b = context;
    return transform_real(b->gap, b->drain * delta) - (1 - delta);
}

static double solve_delta(const struct balance *b, double rho) {
    gsl_function f = {off_balance, (void *)(size_t)b};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    double low = 1 - rho, delta = NAN;
    while (off_balance(low, f.params) >= 0 && low > 1e-12)
        low /= 2;
    if (solver && gsl_root_fsolver_set(solver, &f, low, 1) == GSL_SUCCESS)
        for (int i = 0; i < 200; i++) {
            gsl_root_fsolver_iterate(solver);
            delta = gsl_root_fsolver_root(solver);
            double from = gsl_root_fsolver_x_lower(solver), to = gsl_root_fsolver_x_upper(solver);
            if (gsl_root_test_interval(from, to, 0, 1e-14) == GSL_SUCCESS)
                break;
        }
    gsl_root_fsolver_free(solver);
    return delta;
}

/* (c (1 - aj) - j) / (c delta - j): both change sign at j = c delta, where the quotient is that of
 * their slopes. */
static double quotient(const struct balance *b, double c, double mu, double j, double aj,
                       double delta) {
    double below = c * delta - j;
    if (fabs(below) > 1e-6 * c)
        return (c * (1 - aj) - j) / below;
    double h = 1e-4 * j, up = transform_real(b->gap, (j + h) * mu),
           down = transform_real(b->gap, (j - h) * mu);
    return 1 + c * (up - down) / (2 * h);
}

struct gim gim_solve(const struct transform *gap, double mu, double c) {
    struct balance b = {gap, c * mu};
    double delta = solve_delta(&b, 1 / (gap->mean * c * mu)), log_cj = 0, sum = 1 / delta;
    for (unsigned k = 1; k <= (unsigned)c; k++) {
        double j = k, aj = transform_real(gap, j * mu);
        log_cj += log(aj) - log1p(-aj);
        double choose = gsl_sf_lnchoose((unsigned)c, k);
        sum += exp(choose - log_cj) / (1 - aj) * quotient(&b, c, mu, j, aj, delta);
    }
    return (struct gim){1 - delta, 1 / (sum * delta), 1 / (c * mu * delta)};
}
