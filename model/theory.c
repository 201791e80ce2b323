/* SPDX-License-Identifier: GPL-3.0-or-later */
/* theory: see theory.h. */
#include "model/theory.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

static const double LOSS_SEEN = 1e-6;  /* below it a bounded queue is as good as unbounded */
static const double STATES_MOST = 1e6; /* of a bounded queue that is computed state by state */

double theory_erlang_b(double a, double c) {
    double b = 1;
    for (long k = 1; k <= (long)c; k++)
        b = a * b / ((double)k + a * b);
    return b;
}

double theory_erlang_c(double a, double c) {
    double b = theory_erlang_b(a, c), rho = a / c;
    return b / (1 - rho * (1 - b));
}

/* ---- M/M/c/K: an arrival that is admitted finds n jobs with probability q[n] -------------------
 */

/* State probabilities p[0..c+n] of M/M/c with n places; fresh memory. */
static double *state_probabilities(double a, size_t c, size_t n) {
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

/* P(wait > t) of an admitted job: it waits for k + 1 departures at rate c mu when it finds c + k.
 */
struct finite_wait {
    const double *p;
    size_t c, n;
    double rate; /* c mu, per second */
};

static double finite_wait_above(const struct finite_wait *w, double t) {
    double above = 0;
    for (size_t k = 0; k < w->n; k++)
        above += w->p[w->c + k] * gsl_cdf_gamma_Q(t, (double)k + 1, 1 / w->rate);
    return above / (1 - w->p[w->c + w->n]);
}

/* P(wait + service > t) for an exponential service of rate mu, given the wait's tail: the service
 * outlasts t, or ends at x and the wait outlasts t - x. By Gauss-Legendre over x in [0, t]. */
typedef double tail_fn(const void *context, double t);

struct sum_tail {
    tail_fn *wait;
    const void *context;
    const struct dist *service; /* in ns */
    double t;
};

static double service_quantile(double u, void *context) {
    const struct sum_tail *s = context;
    return s->wait(s->context, s->t - dist_quantile(s->service, u) / 1e9);
}

/* P(W + S > t) = P(S > t) + E[P(W > t - S); S <= t], over the service's own quantiles. */
static double response_above(struct sum_tail *s, double t) {
    double below = dist_cdf(s->service, t * 1e9), sum = 1 - below;
    if (below <= 0)
        return 1;
    static const double split[] = {0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(32);
    gsl_function f = {service_quantile, s};
    s->t = t;
    for (size_t i = 0; table && i + 1 < sizeof split / sizeof *split; i++) {
        double from = split[i], to = fmin(split[i + 1], below * (1 - 1e-15));
        if (to > from)
            sum += gsl_integration_glfixed(&f, from, to, table);
    }
    gsl_integration_glfixed_table_free(table);
    return sum;
}

/* The smallest t at which `above(t)` <= 1 - p, between 0 and what doubling reaches. */
struct quantile {
    double (*above)(void *context, double t);
    void *context;
    double p;
};

static double quantile_gap(double t, void *context) {
    const struct quantile *q = context;
    return q->above(q->context, t) - (1 - q->p);
}

static double solve(struct quantile *q, double scale) {
    if (quantile_gap(0, q) <= 0)
        return 0;
    double high = scale;
    for (int i = 0; i < 200 && quantile_gap(high, q) > 0; i++)
        high *= 2;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    gsl_function f = {quantile_gap, q};
    double root = NAN;
    if (solver && gsl_root_fsolver_set(solver, &f, 0, high) == GSL_SUCCESS)
        for (int i = 0; i < 200; i++) {
            gsl_root_fsolver_iterate(solver);
            root = gsl_root_fsolver_root(solver);
            double low = gsl_root_fsolver_x_lower(solver), up = gsl_root_fsolver_x_upper(solver);
            if (gsl_root_test_interval(low, up, 1e-12 * scale, 1e-9) == GSL_SUCCESS)
                break;
        }
    gsl_root_fsolver_free(solver);
    return root;
}

/* P(wait > t) where the conditional wait is exponential: exact for M/M/c. */
static double exponential_wait_above(const void *context, double t) {
    const struct theory *th = context;
    return t < 0 ? 1 : th->wait_probability_of_started * exp(-t / th->wait_scale);
}

static double finite_above(const void *context, double t) {
    const struct finite_wait *w = context;
    return t < 0 ? 1 : finite_wait_above(w, t);
}

static double sum_above(void *context, double t) {
    return response_above(context, t);
}

struct plain_wait {
    tail_fn *tail;
    const void *context;
};

static double wait_above(void *context, double t) {
    const struct plain_wait *w = context;
    return w->tail(w->context, t);
}

static double quantile_of_wait(tail_fn *tail, const void *context, double p, double scale) {
    struct plain_wait wait = {tail, context};
    struct quantile q = {wait_above, &wait, p};
    return solve(&q, scale);
}

static double quantile_of_response(tail_fn *tail, const void *context, const struct dist *service,
                                   double p) {
    struct sum_tail sum = {tail, context, service, 0};
    struct quantile q = {sum_above, &sum, p};
    double scale = dist_mean(service) / 1e9;
    return solve(&q, scale);
}

static void set_quantiles(struct theory *t, tail_fn *tail, const void *context,
                          enum theory_mark wait, enum theory_mark response) {
    double scale = dist_mean(t->service) / 1e9;
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        t->wait[i] =
            (struct theory_figure){wait, quantile_of_wait(tail, context, result_p[i], scale)};
        t->response[i] = (struct theory_figure){
            response, quantile_of_response(tail, context, t->service, result_p[i])};
    }
}

/* ---- the models -------------------------------------------------------------------------------
 */

static double arrival_scv(const struct arrivals *a) {
    return a->kind == ARRIVAL_POISSON ? 1 : a->kind == ARRIVAL_CONSTANT ? 0 : dist_scv(&a->gap);
}

/* Why no formula holds, or NULL. */
static const char *not_covered(const struct scenario *sc) {
    if (sc->classes.count > 1 || sc->pools.count > 1)
        return "several classes or pools: no formula here covers them";
    const struct arrivals *a = &sc->classes.items[0].arrivals;
    if (sc->run.kind == RUN_TERMINATING)
        return "a terminating run has no steady state";
    if (a->kind == ARRIVAL_TRACE)
        return "arrivals are a recorded trace: no law is known of them";
    if (a->kind == ARRIVAL_BATCH)
        return "arrivals come in batches; the formulas assume one by one";
    if (a->kind == ARRIVAL_CLOSED)
        return "clients wait for their answers (closed): arrivals depend on the responses";
    if (scenario_unstable(sc, 0))
        return "more load than workers: there is no steady state; the queue grows as the fluid "
               "line";
    const struct pool_spec *pool = &sc->pools.items[0];
    if (pool->queue.capacity + pool->workers > (int64_t)STATES_MOST &&
        scenario_offered_load(sc, 0) >= 0.99 * (double)pool->workers)
        return "a queue of more than a million places at full load has no steady state in any run";
    if (sc->pools.items[0].queue.when_full == STATION_CALLER_RUNS &&
        sc->pools.items[0].queue.capacity != STATION_UNBOUNDED)
        return "the submitter works too (caller_runs)";
    return NULL;
}

static void set_rates(struct theory *t, double rate, double loss, enum theory_mark mark) {
    t->throughput = (struct theory_figure){mark, rate * (1 - loss)};
    t->utilisation = (struct theory_figure){mark, t->load * (1 - loss) / t->workers};
    t->rejected_share = (struct theory_figure){mark, loss};
}

/* M/M/c/K, exact for exponential services; for others about. */
static void finite_queue(struct theory *t, double rate, enum theory_mark mark,
                         enum theory_mark loss_mark) {
    size_t c = (size_t)t->workers, n = (size_t)t->capacity;
    double service = dist_mean(t->service) / 1e9, queue = 0, waiting = 0;
    struct dist exponential = {.kind = DIST_EXPONENTIAL, .a = service * 1e9};
    const struct dist *law = t->service;
    double *p = state_probabilities(t->load, c, n);
    double loss = p[c + n];
    for (size_t k = 0; k <= n; k++) {
        queue += (double)k * p[c + k];
        waiting += k < n ? p[c + k] : 0;
    }
    set_rates(t, rate, loss, loss_mark);
    t->queue_length = (struct theory_figure){mark, queue};
    t->wait_probability = (struct theory_figure){mark, waiting / (1 - loss)};
    t->wait_mean = (struct theory_figure){mark, queue / (rate * (1 - loss))};
    t->response_mean = (struct theory_figure){mark, t->wait_mean.value + service};
    t->in_system = (struct theory_figure){mark, rate * (1 - loss) * t->response_mean.value};
    struct finite_wait wait = {p, c, n, t->workers / service};
    if (mark == THEORY_EXACT)
        t->service = &exponential;
    set_quantiles(t, finite_above, &wait, mark, mark);
    t->service = law;
    free(p);
}

/* G/G/c without loss: Erlang C times the variability (Allen and Cunneen); exact for M/M/c, and in
 * the means for M/G/1. */
static void endless_queue(struct theory *t, double rate, double ca2, double cs2) {
    double service = dist_mean(t->service) / 1e9, c = t->workers, rho = t->load / c;
    double wait_probability = theory_erlang_c(t->load, c);
    double wait = wait_probability * service / (c - t->load) * (ca2 + cs2) / 2;
    bool poisson = ca2 == 1 && t->exponential;
    enum theory_mark mark = poisson ? THEORY_EXACT : THEORY_ABOUT;
    bool pk = poisson || (c == 1 && t->name[0] == 'M');
    enum theory_mark mean_mark = pk ? THEORY_EXACT : THEORY_ABOUT;
    set_rates(t, rate, 0, THEORY_EXACT);
    t->wait_probability =
        (struct theory_figure){pk ? THEORY_EXACT : mark, pk && c == 1 ? rho : wait_probability};
    t->wait_mean = (struct theory_figure){mean_mark, wait};
    t->response_mean = (struct theory_figure){mean_mark, wait + service};
    t->queue_length = (struct theory_figure){mean_mark, rate * wait};
    t->in_system = (struct theory_figure){mean_mark, rate * (wait + service)};
    t->wait_probability_of_started = t->wait_probability.value;
    t->wait_scale = fmax(1e-12, wait / fmax(1e-300, wait_probability));
    set_quantiles(t, exponential_wait_above, t, mark, mark);
}

static char *name_of(const struct scenario *sc, bool finite) {
    const struct class *class = &sc->classes.items[0];
    const struct pool_spec *pool = &sc->pools.items[0];
    const struct dist *s = &class->route.items[0].service;
    const char *a = class->arrivals.kind == ARRIVAL_POISSON    ? "M"
                    : class->arrivals.kind == ARRIVAL_CONSTANT ? "D"
                                                               : "GI";
    const char *b = s->kind == DIST_EXPONENTIAL ? "M" : s->kind == DIST_CONSTANT ? "D" : "G";
    if (!finite)
        return mem_format("%s/%s/%lld", a, b, (long long)pool->workers);
    return mem_format("%s/%s/%lld/%lld", a, b, (long long)pool->workers,
                      (long long)pool->workers + (long long)pool->queue.capacity);
}

static void overload(struct theory *t, const struct scenario *sc) {
    if (sc->classes.count != 1 || sc->pools.count != 1 || !scenario_unstable(sc, 0))
        return;
    double load = scenario_offered_load(sc, 0), rate = scenario_class_rate(&sc->classes.items[0]);
    t->fluid_slope = rate * (1 - (double)sc->pools.items[0].workers / load);
}

static void open_theory(struct theory *t, const struct scenario *sc) {
    const struct class *class = &sc->classes.items[0];
    const struct queue_spec *queue = &sc->pools.items[0].queue;
    double rate = scenario_class_rate(class), ca2 = arrival_scv(&class->arrivals);
    t->service = &class->route.items[0].service;
    t->exponential = t->service->kind == DIST_EXPONENTIAL;
    t->workers = (double)sc->pools.items[0].workers;
    t->load = scenario_offered_load(sc, 0);
    bool loses = queue->capacity != STATION_UNBOUNDED && queue->when_full != STATION_BLOCK;
    t->capacity = loses ? (double)queue->capacity : INFINITY;
    bool poisson = class->arrivals.kind == ARRIVAL_POISSON;
    if (loses && t->workers + t->capacity > STATES_MOST)
        loses = false; /* not_covered has refused it where that would be wrong */
    if (loses) {
        double *p = state_probabilities(t->load, (size_t)t->workers, (size_t)t->capacity);
        loses = p[(size_t)(t->workers + t->capacity)] > LOSS_SEEN;
        free(p);
    }
    t->finite = loses;
    t->name = name_of(sc, loses);
    if (!loses)
        endless_queue(t, rate, ca2, dist_scv(t->service));
    else {
        bool exponential = poisson && t->exponential && queue->when_full == STATION_REJECT;
        bool erlang_b = poisson && queue->capacity == 0;
        finite_queue(t, rate, exponential ? THEORY_EXACT : THEORY_ABOUT,
                     exponential || erlang_b ? THEORY_EXACT : THEORY_ABOUT);
    }
}

void theory_of(struct theory *t, const struct scenario *sc) {
    *t = (struct theory){.fluid_slope = NAN, .wait_scale = NAN};
    const char *reason = not_covered(sc);
    overload(t, sc);
    if (reason)
        t->reason = mem_text(reason);
    else
        open_theory(t, sc);
}

double theory_response(const struct theory *t, double p) {
    if (t->reason || p <= 0 || p >= 1)
        return NAN;
    if (!t->finite)
        return quantile_of_response(exponential_wait_above, t, t->service, p);
    double service = dist_mean(t->service) / 1e9;
    struct dist exponential = {.kind = DIST_EXPONENTIAL, .a = service * 1e9};
    double *states = state_probabilities(t->load, (size_t)t->workers, (size_t)t->capacity);
    struct finite_wait wait = {states, (size_t)t->workers, (size_t)t->capacity,
                               t->workers / service};
    double value =
        quantile_of_response(finite_above, &wait, t->exponential ? &exponential : t->service, p);
    free(states);
    return value;
}

static void write(struct json *j, const char *key, const struct theory_figure *f) {
    static const char *const marks[] = {"none", "exact", "approximate"};
    json_open(j, key, '{');
    json_number(j, "value", f->mark == THEORY_NONE ? NAN : f->value);
    json_text(j, "holds", marks[f->mark]);
    json_close(j, '}');
}

static void write_times(struct json *j, const char *key, const struct theory_figure *mean,
                        const struct theory_figure *percentiles) {
    static const char *const names[RESULT_PERCENTILES] = {"p50", "p90", "p95", "p99", "p999"};
    json_open(j, key, '{');
    write(j, "mean", mean);
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        write(j, names[i], &percentiles[i]);
    json_close(j, '}');
}

void theory_json(const struct theory *t, struct json *j) {
    json_text(j, "model", t->name);
    json_text(j, "does_not_hold", t->reason);
    write(j, "throughput", &t->throughput);
    write(j, "utilisation", &t->utilisation);
    write(j, "queue_length", &t->queue_length);
    write(j, "in_system", &t->in_system);
    write(j, "wait_probability", &t->wait_probability);
    write(j, "rejected_share", &t->rejected_share);
    write_times(j, "wait", &t->wait_mean, t->wait);
    write_times(j, "response", &t->response_mean, t->response);
    json_number(j, "fluid_slope", t->fluid_slope);
}

void theory_free(struct theory *t) {
    free(t->name);
    free(t->reason);
    *t = (struct theory){0};
}
