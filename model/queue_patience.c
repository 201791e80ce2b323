/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_patience: see queue_patience.h. */
#include "model/queue_patience.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

#include "model/erlang.h"
#include "model/mem.h"

enum { GAUSS = 16 };
static const double EXPONENT_STEP = 3; /* of a panel, at most */
static const double STAYS_BEND = 1e-4; /* of its middle off the chord, at most */
static const double STAYS_STEP = 0.1;  /* of P(G > x) in a panel, at most */
static const double FORGOTTEN = 50;    /* exp(-50) of the largest adds nothing */
static const double NARROWEST = 1e-14; /* of x: where P(G > x) jumps */

struct patience_panel {
    double a, b;
    double integral; /* H(a) */
    double after;    /* of v P(G > x) beyond b, scaled */
};

typedef gsl_integration_glfixed_table gauss;

static double stays(const struct patience *p, double x) {
    if (!isnan(p->mean))
        return exp(-x / p->mean);
    if (!isnan(p->limit))
        return x < p->limit;
    return 1 - law_cdf(p->law, x);
}

static double stays_integral(const struct patience *p, const gauss *g, double a, double b) {
    double sum = 0, x, weight;
    for (size_t i = 0; i < GAUSS; i++) {
        gsl_integration_glfixed_point(a, b, i, &x, &weight, g);
        sum += weight * stays(p, x);
    }
    return sum;
}

/* The slope of the exponent, which never grows. */
static double slope(const struct patience *p, double x) {
    return p->rate * stays(p, x) - p->drain;
}

/* May a panel be this wide? */
static bool smooth(const struct patience *p, double a, double h) {
    double s = stays(p, a), end = stays(p, a + h), bend = stays(p, a + h / 2) - (s + end) / 2;
    double steepest = fmax(fabs(slope(p, a)), fabs(slope(p, a + h)));
    return steepest * h <= EXPONENT_STEP && s - end <= STAYS_STEP && fabs(bend) <= STAYS_BEND;
}

static double width(const struct patience *p, double a, double wanted) {
    double h = wanted;
    while (h > NARROWEST * a && !smooth(p, a, h))
        h /= 2;
    return h;
}

static void lay_panels(struct patience *p, const gauss *g) {
    double a = 0, integral = 0, exponent = 0, h = 1 / p->drain;
    size_t room = 0;
    do {
        h = width(p, a, 2 * h);
        if (p->count == room) {
            room = 2 * room + 64;
            p->panels = mem_resize(p->panels, room, sizeof *p->panels);
        }
        p->panels[p->count++] = (struct patience_panel){a, a + h, integral, 0};
        integral += stays_integral(p, g, a, a + h);
        a += h;
        exponent = p->rate * integral - p->drain * a;
        p->most = fmax(p->most, exponent);
    } while (exponent > p->most - FORGOTTEN);
}

/* Integrals of v, scaled: of all, of who leaves, of who stays; x times the latter; H. */
struct sums {
    double all, leaves, stays, wait, integral;
};

static void add_panel(const struct patience *p, const gauss *g, const struct patience_panel *panel,
                      double from, struct sums *to) {
    double x, weight;
    for (size_t i = 0; i < GAUSS; i++) {
        gsl_integration_glfixed_point(from, panel->b, i, &x, &weight, g);
        double h = panel->integral + stays_integral(p, g, panel->a, x), s = stays(p, x);
        double v = weight * exp(p->rate * h - p->drain * x - p->most);
        to->all += v;
        to->leaves += v * (1 - s);
        to->stays += v * s;
        to->wait += v * s * x;
        to->integral += v * h;
    }
}

static void solve(struct patience *p, double c) {
    gauss *g = gsl_integration_glfixed_table_alloc(GAUSS);
    struct sums sums = {0};
    lay_panels(p, g);
    for (size_t i = p->count; i-- > 0;) {
        p->panels[i].after = sums.stays;
        add_panel(p, g, &p->panels[i], p->panels[i].a, &sums);
    }
    gsl_integration_glfixed_table_free(g);
    double mu = p->drain / c, free_states = exp(-p->most) / erlang_b(p->rate / mu, c - 1);
    p->kept = p->rate / (free_states + p->rate * sums.all);
    p->p_wait = p->kept * sums.all;
    p->p_abandon = p->kept * sums.leaves;
    p->throughput = p->rate * (1 - p->p_abandon);
    p->utilisation = p->throughput / p->drain;
    p->wait_all = p->kept * sums.integral;
    p->wait_served = p->kept * sums.wait / (1 - p->p_abandon);
    p->queue_length = p->rate * p->wait_all;
}

void erlang_a(struct patience *p, double lambda, double mu, double c, double theta) {
    *p = (struct patience){.rate = lambda, .drain = c * mu, .mean = 1 / theta, .limit = NAN};
    solve(p, c);
}

void mmc_d(struct patience *p, double lambda, double mu, double c, double tau) {
    *p = (struct patience){.rate = lambda, .drain = c * mu, .mean = NAN, .limit = tau};
    solve(p, c);
}

void mmc_g(struct patience *p, double lambda, double mu, double c, const struct law *patience) {
    *p = (struct patience){
        .rate = lambda, .drain = c * mu, .mean = NAN, .limit = NAN, .law = patience};
    solve(p, c);
}

/* Beyond which panel's end do fewer wait than `above`? In that panel by bisection. */
double patience_served(const struct patience *p, double probability) {
    double above = (1 - probability) * (1 - p->p_abandon) / p->kept;
    if (above >= p->p_wait / p->kept - p->p_abandon / p->kept)
        return 0;
    size_t i = 0;
    while (i + 1 < p->count && p->panels[i].after > above)
        i++;
    gauss *g = gsl_integration_glfixed_table_alloc(GAUSS);
    double low = p->panels[i].a, high = p->panels[i].b;
    for (int k = 0; k < 60 && high - low > 1e-14 * high; k++) {
        double middle = low + (high - low) / 2;
        struct sums sums = {.stays = p->panels[i].after};
        add_panel(p, g, &p->panels[i], middle, &sums);
        if (sums.stays > above)
            low = middle;
        else
            high = middle;
    }
    gsl_integration_glfixed_table_free(g);
    return high;
}

void patience_free(struct patience *p) {
    free(p->panels);
    *p = (struct patience){0};
}
