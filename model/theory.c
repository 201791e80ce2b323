/* SPDX-License-Identifier: GPL-3.0-or-later */
/* theory: see theory.h. */
#include "model/theory.h"

#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

static const double LOSS_SEEN = 1e-6; /* below it a bounded queue is as good as unbounded, */
static const double LOSS_SEEN_EXACTLY = 1e-9; /* and below this where the answer is exact */
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

static void set_quantiles(struct theory *t, enum theory_mark mark) {
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        t->wait[i] = (struct theory_figure){mark, waiting_wait(&t->waiting, result_p[i])};
        t->response[i] = (struct theory_figure){mark, waiting_response(&t->waiting, result_p[i])};
    }
}

/* ---- the models -------------------------------------------------------------------------------
 */

static double arrival_scv(const struct arrivals *a) {
    return a->kind == ARRIVAL_POISSON ? 1 : a->kind == ARRIVAL_CONSTANT ? 0 : dist_scv(&a->gap);
}

/* Poisson, whatever it is called. */
static bool memoryless(const struct arrivals *a) {
    return a->kind == ARRIVAL_POISSON ||
           (a->kind == ARRIVAL_RENEWAL && a->gap.kind == DIST_EXPONENTIAL);
}

/* Why no formula holds, or NULL. */
static const char *not_covered(const struct scenario *sc) {
    if (sc->classes.count > 1 || sc->pools.count > 1)
        return "several classes or pools: no formula here covers them";
    const struct arrivals *a = &sc->classes.items[0].arrivals;
    if (a->kind == ARRIVAL_TRACE)
        return "arrivals are a recorded trace: no law is known of them";
    if (a->kind == ARRIVAL_BATCH)
        return "arrivals come in batches; the formulas assume one by one";
    if (a->kind == ARRIVAL_MMPP)
        return "arrivals are modulated (mmpp): their gaps depend on one another";
    if (a->kind == ARRIVAL_PROFILE)
        return "the rate follows the clock (profile): no formula of a steady state covers it";
    if (a->kind == ARRIVAL_CLOSED)
        return "clients wait for their answers (closed): arrivals depend on the responses";
    if (sc->run.kind == RUN_TERMINATING)
        return "a terminating run has no steady state";
    if (scenario_loses(&sc->classes.items[0]))
        return "jobs give up waiting (timeout)";
    if (sc->pools.items[0].queue.order == STATION_LIFO)
        return "the newest is served first (lifo); the formulas here are of first come, first "
               "served";
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
    for (size_t k = 0; k < n; k++)
        p[c + k] /= 1 - loss; /* found by those admitted */
    waiting_finite(&t->waiting, p + c, n, t->workers, t->service,
                   t->service->kind == DIST_EXPONENTIAL);
    set_quantiles(t, mark);
    free(p);
}

/* G/G/c without loss: Erlang C times the variability (Allen and Cunneen); exact for M/M/c, and in
 * the means for M/G/1. */
static void endless_queue(struct theory *t, double rate, const struct arrivals *arrivals) {
    double service = dist_mean(t->service) / 1e9, c = t->workers;
    double must_wait = theory_erlang_c(t->load, c), cs2 = dist_scv(t->service);
    double wait = must_wait * service / (c - t->load) * (arrival_scv(arrivals) + cs2) / 2;
    bool mmc = memoryless(arrivals) && t->service->kind == DIST_EXPONENTIAL;
    bool means_exact = mmc || (memoryless(arrivals) && c == 1);
    enum theory_mark mark = mmc ? THEORY_EXACT : THEORY_ABOUT,
                     mean_mark = means_exact ? THEORY_EXACT : THEORY_ABOUT;
    set_rates(t, rate, 0, THEORY_EXACT);
    t->wait_probability = (struct theory_figure){mean_mark, must_wait};
    t->wait_mean = (struct theory_figure){mean_mark, wait};
    t->response_mean = (struct theory_figure){mean_mark, wait + service};
    t->queue_length = (struct theory_figure){mean_mark, rate * wait};
    t->in_system = (struct theory_figure){mean_mark, rate * (wait + service)};
    waiting_endless(&t->waiting, must_wait, must_wait > 0 ? wait / must_wait : 0, t->service);
    set_quantiles(t, mark);
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
    if (sc->classes.count != 1 || sc->pools.count != 1 || !scenario_unstable(sc, 0) ||
        sc->classes.items[0].arrivals.kind == ARRIVAL_PROFILE) /* what waits grows along no line */
        return;
    double load = scenario_offered_load(sc, 0), rate = scenario_class_rate(&sc->classes.items[0]);
    t->fluid_slope = rate * (1 - (double)sc->pools.items[0].workers / load);
}

/* Who is dropped takes his wait with him: the times of those who are served are others. */
static void forget_times(struct theory *t) {
    t->wait_mean.mark = t->response_mean.mark = t->in_system.mark = t->wait_probability.mark =
        THEORY_NONE;
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        t->wait[i].mark = t->response[i].mark = THEORY_NONE;
    t->no_times = true;
}

static void open_theory(struct theory *t, const struct scenario *sc) {
    const struct class *class = &sc->classes.items[0];
    const struct queue_spec *queue = &sc->pools.items[0].queue;
    double rate = scenario_class_rate(class);
    t->service = &class->route.items[0].service;
    bool exponential = memoryless(&class->arrivals) && t->service->kind == DIST_EXPONENTIAL;
    t->workers = (double)sc->pools.items[0].workers;
    t->load = scenario_offered_load(sc, 0);
    bool loses = queue->capacity != STATION_UNBOUNDED && queue->when_full != STATION_BLOCK;
    t->capacity = loses ? (double)queue->capacity : INFINITY;
    if (loses && t->workers + t->capacity > STATES_MOST)
        loses = false; /* not_covered has refused it where that would be wrong */
    if (loses) {
        double *p = state_probabilities(t->load, (size_t)t->workers, (size_t)t->capacity);
        loses =
            p[(size_t)(t->workers + t->capacity)] > (exponential ? LOSS_SEEN_EXACTLY : LOSS_SEEN);
        free(p);
    }
    t->name = name_of(sc, loses);
    if (!loses) {
        endless_queue(t, rate, &class->arrivals);
        if (queue->capacity != STATION_UNBOUNDED && queue->when_full == STATION_BLOCK)
            t->queue_length.mark = THEORY_NONE; /* part of those who wait stand at the door */
        return;
    }
    bool exact = exponential && queue->when_full == STATION_REJECT;
    bool erlang_b =
        memoryless(&class->arrivals) && queue->capacity == 0; /* insensitive to the service's law */
    finite_queue(t, rate, exact ? THEORY_EXACT : THEORY_ABOUT,
                 exact || erlang_b ? THEORY_EXACT : THEORY_ABOUT);
    if (queue->when_full == STATION_DROP_OLDEST && queue->capacity > 0)
        forget_times(t);
}

void theory_of(struct theory *t, const struct scenario *sc) {
    *t = (struct theory){.fluid_slope = NAN};
    const char *reason = not_covered(sc);
    overload(t, sc);
    if (reason)
        t->reason = mem_text(reason);
    else
        open_theory(t, sc);
}

double theory_response(const struct theory *t, double p) {
    return t->reason || t->no_times || p <= 0 || p >= 1 ? NAN : waiting_response(&t->waiting, p);
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
    waiting_free(&t->waiting);
    *t = (struct theory){0};
}
