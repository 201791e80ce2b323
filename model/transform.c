/* SPDX-License-Identifier: GPL-3.0-or-later */
/* transform: see transform.h. */
#include "model/transform.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

enum { GAUSS = 16, ATOMS_MOST = 4096, HALVINGS = 45, KINK_HALVINGS = 30, LANES = 4 };

static const double GROWTH = 1.15;       /* of a panel's end over its begin */
static const double FIRST = 1e-5;        /* end of the first panel, in means */
static const double LAST = 1e12;         /* where the longest tail is cut, in means */
static const double NOTHING = 1e-15;     /* a tail below it is none */
static const double PANEL_ERROR = 1e-13; /* of a panel's integral, in means */
static const double DAMPING = 23;        /* A of Abate and Whitt: the error is exp(-A) */
static const double FORGOTTEN = 60;      /* exp(-60) adds nothing */

/* ---- there ----------------------------------------------------------------------------------- */

struct panels {
    struct transform *t;
    const struct law *law;
    gsl_integration_glfixed_table *gauss;
};

static double panel_read(const struct panels *p, double a, double b,
                         struct transform_node out[GAUSS]) {
    double sum = 0;
    for (size_t i = 0; i < GAUSS; i++) {
        struct transform_node *n = &out[i];
        gsl_integration_glfixed_point(a, b, i, &n->x, &n->weight, p->gauss);
        n->below = law_cdf(p->law, n->x);
        sum += n->weight * n->below;
    }
    return sum;
}

static void keep(struct transform *t, const struct transform_node *nodes, size_t count) {
    if (t->count + count > t->room) {
        t->room = 2 * t->room + count;
        t->nodes = mem_resize(t->nodes, t->room, sizeof *t->nodes);
    }
    for (size_t i = 0; i < count; i++)
        t->nodes[t->count++] = nodes[i];
}

/* A panel, or its halves where they know better: a kink is found in some 20 halvings, a jump in 40.
 */
static void panel(const struct panels *p, double a, double b, const struct transform_node *whole,
                  double sum, int depth) {
    struct transform_node left[GAUSS], right[GAUSS];
    double middle = a + (b - a) / 2;
    double sum_left = panel_read(p, a, middle, left), sum_right = panel_read(p, middle, b, right);
    double error = fabs(sum_left + sum_right - sum);
    if (depth == 0 || error <= PANEL_ERROR * p->t->mean || error <= 1e-15 * sum) {
        p->t->jumps = p->t->jumps || depth < HALVINGS - KINK_HALVINGS;
        keep(p->t, whole, GAUSS);
        return;
    }
    panel(p, a, middle, left, sum_left, depth - 1);
    panel(p, middle, b, right, sum_right, depth - 1);
}

static void open_panels(struct transform *t, const struct law *law) {
    struct panels p = {t, law, gsl_integration_glfixed_table_alloc(GAUSS)};
    struct transform_node nodes[GAUSS];
    for (double a = 0, b = FIRST * t->mean; t->end_below < 1 - NOTHING && a < LAST * t->mean;
         a = b, b *= GROWTH) {
        double sum = panel_read(&p, a, b, nodes);
        panel(&p, a, b, nodes, sum, HALVINGS);
        t->end = b;
        t->end_below = law_cdf(law, b);
    }
    gsl_integration_glfixed_table_free(p.gauss);
}

/* Sorted values, each as likely; of very many their middles in equal shares. */
static void open_atoms(struct transform *t, const struct dist *d) {
    size_t count = d->kind == DIST_CONSTANT ? 1 : d->count < ATOMS_MOST ? d->count : ATOMS_MOST;
    for (size_t i = 0; i < count; i++) {
        double p = ((double)i + 0.5) / (double)count;
        struct transform_node n = {dist_quantile(d, p) / 1e9, 1 / (double)count, p};
        keep(t, &n, 1);
    }
}

void transform_open(struct transform *t, const struct law *law) {
    const struct dist *first = law->parts[0].of;
    *t = (struct transform){.mean = law_mean(law)};
    t->atoms = law->count == 1 && (first->kind == DIST_CONSTANT || first->kind == DIST_EMPIRICAL ||
                                   first->kind == DIST_TRACE);
    t->jumps = t->atoms;
    if (t->atoms)
        open_atoms(t, first);
    else
        open_panels(t, law);
}

void transform_free(struct transform *t) {
    free(t->nodes);
    *t = (struct transform){0};
}

double transform_real(const struct transform *t, double s) {
    double sum = 0;
    for (size_t i = 0; i < t->count && s * t->nodes[i].x < 700; i++) {
        const struct transform_node *n = &t->nodes[i];
        sum += n->weight * exp(-s * n->x) * (t->atoms ? 1 : s * n->below);
    }
    return t->atoms ? sum : sum + exp(-s * t->end) * t->end_below;
}

/* ---- on a line ------------------------------------------------------------------------------- */

struct transform_line transform_line_at(double time) {
    struct transform_line line = {.from = DAMPING / (2 * time), .step = acos(-1.0) / time};
    for (int k = 0; k < TRANSFORM_POINTS; k++)
        line.s[k] = line.from + I * (k * line.step);
    return line;
}

/* Sums of weight exp(-s x), four nodes side by side: each turns by its own angle from a point to
 * the next. */
struct sums {
    double real[TRANSFORM_POINTS][LANES], imaginary[TRANSFORM_POINTS][LANES];
};

static void add_nodes(struct sums *to, const struct transform_line *line, const double *x,
                      const double *weight) {
    double re[LANES], im[LANES], turn_re[LANES], turn_im[LANES];
    for (int j = 0; j < LANES; j++) {
        re[j] = weight[j] * exp(-line->from * x[j]);
        im[j] = 0;
        turn_re[j] = cos(line->step * x[j]);
        turn_im[j] = -sin(line->step * x[j]);
    }
    for (int k = 0; k < TRANSFORM_POINTS; k++)
        for (int j = 0; j < LANES; j++) {
            to->real[k][j] += re[j];
            to->imaginary[k][j] += im[j];
            double turned = re[j] * turn_re[j] - im[j] * turn_im[j];
            im[j] = re[j] * turn_im[j] + im[j] * turn_re[j];
            re[j] = turned;
        }
}

void transform_on(const struct transform *t, const struct transform_line *line,
                  double complex out[TRANSFORM_POINTS]) {
    struct sums sums = {0};
    for (size_t i = 0; i < t->count && line->from * t->nodes[i].x < FORGOTTEN; i += LANES) {
        double x[LANES] = {0}, weight[LANES] = {0};
        for (size_t j = 0; j < LANES && i + j < t->count; j++) {
            const struct transform_node *n = &t->nodes[i + j];
            x[j] = n->x;
            weight[j] = n->weight * (t->atoms ? 1 : 1 - n->below);
        }
        add_nodes(&sums, line, x, weight);
    }
    for (int k = 0; k < TRANSFORM_POINTS; k++) {
        double complex sum = 0;
        for (int j = 0; j < LANES; j++)
            sum += sums.real[k][j] + I * sums.imaginary[k][j];
        out[k] = (t->atoms ? (1 - sum) / line->s[k] : sum) / t->mean;
    }
}

/* ---- and back -------------------------------------------------------------------------------- */

/* The alternating series to its 39th term, and the binomial mean of it and the 12 next sums. */
double transform_tail(const struct transform_line *line, double time,
                      const double complex rest[TRANSFORM_POINTS]) {
    enum { AFTER = 12, UPTO = TRANSFORM_POINTS - 1 - AFTER };
    double sum = 0, mean = 0, choose = 1;
    for (int k = 0; k < TRANSFORM_POINTS; k++) {
        double term = creal(rest[k] / line->s[k]) * (k == 0 ? 0.5 : k % 2 ? -1 : 1);
        sum += term;
        if (k >= UPTO) {
            mean += choose * sum;
            choose = choose * (AFTER - (k - UPTO)) / (k - UPTO + 1);
        }
    }
    return exp(DAMPING / 2) / time * mean / (1 << AFTER);
}
