/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_mdc: see queue_mdc.h. */
#include "model/queue_mdc.h"

#include <complex.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fft_complex.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

static const double PRODUCTS_MOST = 4e6;
static const double TRANSFORM_COST = 16; /* of Fourier's, a point */
static const double TAIL_EXPONENT = 33;  /* the queue's tail is followed down to exp(-33) */

/* The tail falls by this factor a job: the root above 1 of ln z = rho (z - 1). */
static double decay(double rho) {
    double z = 1 / (rho * rho);
    for (int i = 0; i < 100; i++) {
        double next = z - (rho * (z - 1) - log(z)) / (rho - 1 / z);
        if (!(next < z) || next <= 1)
            break;
        z = next;
    }
    return z;
}

/* Points on the circle: a power of two beyond the tail. */
static double points_of(double rho) {
    double wanted = 16 + TAIL_EXPONENT / log(decay(rho)), n = 32;
    while (n < wanted)
        n *= 2;
    return n;
}

bool mdc_affordable(double load, double workers) {
    double rho = load / workers;
    return rho < 1 - 1e-5 && points_of(rho) * (workers / 2 + TRANSFORM_COST) <= PRODUCTS_MOST;
}

/* The root of z = w exp(rho (z - 1)) in the unit disc: by iteration, which contracts, then Newton.
 */
static double complex root(double rho, double complex w) {
    double complex z = 0;
    for (int i = 0; i < 30; i++)
        z = w * cexp(rho * (z - 1));
    for (int i = 0; i < 50; i++) {
        double complex f = w * cexp(rho * (z - 1)), step = (f - z) / (1 - rho * f);
        z += step;
        if (cabs(step) < 1e-16)
            break;
    }
    return z;
}

static size_t common(size_t a, size_t b) {
    return b ? common(b, a % b) : a;
}

/* The roots but 1, in an order that keeps products of some of them near 1: by golden strides. */
static double complex *roots(double rho, size_t c) {
    double complex *z = mem_new(c, sizeof *z);
    size_t stride = (size_t)(0.618034 * (double)c) + 1;
    while (common(stride, c) > 1)
        stride++;
    for (size_t i = 1; i < c; i++)
        z[i - 1] = root(rho, cexp(2 * acos(-1.0) * I * (double)(i * stride % c) / (double)c));
    return z;
}

/* The product of (z - zk) / (1 - zk). */
static double complex product(double complex z, const double complex *zk,
                              const double complex *inverse, size_t count) {
    double re = 1, im = 0;
    for (size_t k = 0; k < count; k++) {
        double a = creal(z) - creal(zk[k]), b = cimag(z) - cimag(zk[k]);
        double c = creal(inverse[k]), d = cimag(inverse[k]);
        double x = a * c - b * d, y = a * d + b * c, next = re * x - im * y;
        im = re * y + im * x;
        re = next;
    }
    return re + I * im;
}

/* E z^queue on half of the circle's points; the other half is its mirror. */
static void fill(double *at, size_t n, double load, size_t c) {
    double complex *zk = roots(load / (double)c, c), *inverse = mem_new(c, sizeof *inverse);
    for (size_t k = 0; k + 1 < c; k++)
        inverse[k] = 1 / (1 - zk[k]);
    for (size_t m = 0; m < n / 2; m++) {
        double angle = acos(-1.0) * (2 * (double)m + 1) / (double)n;
        double complex z = cexp(I * angle);
        double complex below = cexp(I * angle * (double)c) - cexp(load * (z - 1));
        double complex f = ((double)c - load) * (z - 1) / below * product(z, zk, inverse, c - 1);
        at[2 * m] = creal(f);
        at[2 * m + 1] = cimag(f);
        at[2 * (n - 1 - m)] = creal(f);
        at[2 * (n - 1 - m) + 1] = -cimag(f);
    }
    free(zk);
    free(inverse);
}

void mdc_open(struct mdc *m, double rate, double service, size_t workers) {
    double load = rate * service;
    size_t n = (size_t)points_of(load / (double)workers);
    double *at = mem_new(2 * n, sizeof *at);
    *m = (struct mdc){rate, service, workers, mem_new(n, sizeof *m->above), n};
    fill(at, n, load, workers);
    gsl_fft_complex_radix2_forward(at, 1, n);
    double above = 0;
    for (size_t j = n; j-- > 0;) { /* from the end, so that small tails keep their digits */
        double angle = acos(-1.0) * (double)j / (double)n;
        double p = (at[2 * j] * cos(angle) + at[2 * j + 1] * sin(angle)) / (double)n;
        m->above[j] = above;
        above += fmax(p, 0);
    }
    free(at);
}

void mdc_free(struct mdc *m) {
    free(m->above);
    *m = (struct mdc){0};
}

double mdc_queue(const struct mdc *m) {
    double sum = 0;
    for (size_t j = m->count; j-- > 0;)
        sum += m->above[j];
    return sum;
}

double mdc_wait_above(const struct mdc *m, double t) {
    double k = floor(t / m->service) + 1, mean = m->rate * (k * m->service - t);
    double places = k * (double)m->workers, spread = 12 * sqrt(mean) + 30;
    double sum = gsl_cdf_poisson_Q((unsigned)places - 1, mean),
           from = fmax(0, floor(mean - spread));
    double log_pmf = mean > 0 ? from * log(mean) - mean - gsl_sf_lngamma(from + 1) : 0;
    double upto = fmin(places - 1, mean + spread);
    for (long i = 0, count = (long)(upto - from); i <= count; i++) {
        double j = from + (double)i, rest = places - 1 - j;
        sum += rest < (double)m->count ? exp(log_pmf) * m->above[(size_t)rest] : 0;
        log_pmf += mean > 0 ? log(mean / (j + 1)) : -INFINITY;
    }
    return sum;
}
