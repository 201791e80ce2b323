/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * limit: how fast could it be? The least loops that fill the same figures of M/M/c as the
 * simulator, against the simulator itself, in one process and in turn.
 *
 * The loops know that there is one Poisson class, one unbounded fifo pool and exponential service,
 * and nothing else can happen: no policies, no samples, no series. They share with the simulator
 * the generator, integer time, the sorted ends and free instants and the histograms (wait,
 * service, response), as nothing faster is known; and they integrate the levels.
 * What the simulator takes more is what its generality costs.
 *
 * usage: limit [ROUNDS [JOBS]]; prints, for each case and method, a line
 *     CASE METHOD limit_ns simulator_ns ratio        (medians over the rounds, ns a job)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/hist.h"
#include "model/mem.h"
#include "model/variate.h"
#include "sim/ends.h"
#include "sim/frees.h"
#include "sim/recursion.h"
#include "sim/sim.h"

enum { BLOCK = HIST_MANY, CASES = 3, ROUNDS_MOST = 99 };
static const uint32_t workers_of[CASES] = {1, 16, 200};
static const double MEAN = 1e6; /* service, ns */
static const double LOAD = 0.9;

/* ---- what both loops fill ----------------------------------------------------------------------
 */

struct figures {
    struct hist wait, service, response;
    nsec_sum queue, busy; /* integrals */
    uint64_t waited, offered;
    nsec waits[BLOCK], services[BLOCK], responses[BLOCK];
    size_t held;
    uint32_t bucket[BLOCK];
};

static void flush(struct figures *f) {
    hist_add_many(&f->wait, f->waits, f->held, f->bucket);
    hist_add_many(&f->service, f->services, f->held, f->bucket);
    hist_add_many(&f->response, f->responses, f->held, f->bucket);
    f->held = 0;
}

static inline void measure(struct figures *f, nsec arrival, nsec start, nsec end) {
    f->waits[f->held] = start - arrival;
    f->services[f->held] = end - start;
    f->responses[f->held++] = end - arrival;
    if (f->held == BLOCK)
        flush(f);
}

static void open_figures(struct figures *f) {
    memset(f, 0, sizeof *f);
    if (!hist_open(&f->wait) || !hist_open(&f->service) || !hist_open(&f->response))
        exit(1);
}

static double close_figures(struct figures *f) {
    flush(f);
    double p99 = hist_percentile(&f->response, 0.99, 0);
    hist_close(&f->wait);
    hist_close(&f->service);
    hist_close(&f->response);
    return p99;
}

/* ---- jobs --------------------------------------------------------------------------------------
 */

struct jobs {
    struct dice arrivals, services;
    double gap;
    uint64_t index;
    nsec at;
    nsec arrival[BLOCK], demand[BLOCK];
};

static void open_jobs(struct jobs *j, uint32_t workers) {
    memset(j, 0, sizeof *j);
    dice_open(&j->arrivals, rng_key(1, 1, "jobs", RNG_ARRIVAL), 0);
    dice_open(&j->services, rng_key(1, 1, "jobs", RNG_SERVICE), 0);
    j->gap = MEAN / (LOAD * workers);
}

static void more_jobs(struct jobs *j) {
    double x[DICE_AHEAD], y[DICE_AHEAD];
    for (size_t i = 0; i < BLOCK; i += DICE_AHEAD, j->index += DICE_AHEAD) {
        variate_exponentials(&j->arrivals, j->index, x);
        variate_exponentials(&j->services, j->index, y);
        for (size_t k = 0; k < DICE_AHEAD; k++) {
            j->arrival[i + k] = j->at += (nsec)(x[k] * j->gap + 0.5);
            j->demand[i + k] = (nsec)(y[k] * MEAN + 0.5);
        }
    }
}

/* ---- the recursion -----------------------------------------------------------------------------
 */

static double limit_recursion(uint32_t workers, uint64_t count) {
    struct figures f;
    struct jobs j;
    struct frees frees;
    nsec start[BLOCK], end[BLOCK];
    open_figures(&f);
    open_jobs(&j, workers);
    if (!frees_open(&frees, workers, STATION_UNBOUNDED, 0))
        exit(1);
    for (uint64_t done = 0; done < count; done += BLOCK) {
        more_jobs(&j);
        frees_serve(&frees, j.arrival, j.demand, BLOCK, start, end);
        for (size_t i = 0; i < BLOCK; i++) {
            f.waits[i] = start[i] - j.arrival[i];
            f.services[i] = end[i] - start[i];
            f.responses[i] = end[i] - j.arrival[i];
            f.waited += f.waits[i] > 0;
        }
        f.held = BLOCK;
        flush(&f);
    }
    f.queue = f.wait.sum;
    f.busy = f.service.sum;
    frees_close(&frees);
    return close_figures(&f);
}

/* ---- the calendar ------------------------------------------------------------------------------
 */

struct served {
    nsec arrival, start;
};

struct loop {
    struct figures f;
    struct ends ends;
    struct served *served; /* by worker */
    uint32_t *idle, idle_count, queue_mask;
    struct {
        nsec arrival, demand;
    } * queue; /* a ring */
    uint64_t head, tail;
    nsec since;
};

static inline void advance(struct loop *l, nsec now, uint32_t workers) {
    l->f.queue += (nsec_sum)(int64_t)(l->tail - l->head) * (now - l->since);
    l->f.busy += (nsec_sum)(workers - l->idle_count) * (now - l->since);
    l->since = now;
}

static void queue_up(struct loop *l, nsec arrival, nsec demand) {
    if (l->tail - l->head > l->queue_mask)
        exit(1); /* a million wait: not at this load */
    l->queue[l->tail & l->queue_mask].arrival = arrival;
    l->queue[l->tail++ & l->queue_mask].demand = demand;
    l->f.waited++;
}

/* The first event: a departure. Its worker goes on with the next, or is idle. */
static inline void depart(struct loop *l) {
    nsec now = l->ends.next;
    uint32_t worker = ends_first(&l->ends);
    struct served *s = &l->served[worker];
    measure(&l->f, s->arrival, s->start, now);
    if (l->head == l->tail) {
        l->idle[l->idle_count++] = worker;
        ends_pop(&l->ends);
        return;
    }
    uint64_t i = l->head++ & l->queue_mask;
    *s = (struct served){l->queue[i].arrival, now};
    ends_replace(&l->ends, now + l->queue[i].demand, worker);
}

static inline void arrive(struct loop *l, nsec now, nsec demand) {
    l->f.offered++;
    if (l->idle_count == 0) {
        queue_up(l, now, demand);
        return;
    }
    uint32_t worker = l->idle[--l->idle_count];
    l->served[worker] = (struct served){now, now};
    ends_push(&l->ends, now + demand, worker);
}

static double limit_calendar(uint32_t workers, uint64_t count) {
    static struct loop l;
    static struct jobs j;
    memset(&l, 0, sizeof l);
    open_figures(&l.f);
    open_jobs(&j, workers);
    l.queue_mask = (1 << 20) - 1;
    l.queue = malloc(((size_t)l.queue_mask + 1) * sizeof *l.queue);
    l.served = mem_new(workers, sizeof *l.served);
    l.idle = mem_new(workers, sizeof *l.idle);
    while (l.idle_count < workers) {
        l.idle[l.idle_count] = l.idle_count;
        l.idle_count++;
    }
    if (!l.queue || !ends_open(&l.ends, workers, true))
        exit(1);
    for (uint64_t done = 0; done < count; done += BLOCK) {
        more_jobs(&j);
        for (size_t i = 0; i < BLOCK; i++) {
            nsec next = j.arrival[i];
            while (l.ends.next <= next) {
                advance(&l, l.ends.next, workers);
                depart(&l);
            }
            advance(&l, next, workers);
            arrive(&l, next, j.demand[i]);
        }
    }
    ends_close(&l.ends);
    free(l.queue);
    free(l.served);
    free(l.idle);
    return close_figures(&l.f);
}

/* ---- the simulator -----------------------------------------------------------------------------
 */

static double simulate(uint32_t workers, uint64_t count, engine_fn *run) {
    double rate = LOAD * workers * 1e9 / MEAN, seconds = (double)count / rate;
    char *text =
        mem_format("headroom: 1\nname: limit\nseed: 1\narrivals: {poisson: {rate: %.17g/s}}\n"
                   "service: {exponential: {mean: 1ms}}\npool: {workers: %u}\n"
                   "run: {duration: %.9fs, warmup: 0s, sample_every: %.9fs}\n",
                   rate, workers, seconds, seconds / 100);
    struct err err = {0};
    struct scenario *sc = scenario_parse(text, "limit.yaml", &err);
    struct trial trial = {.scenario = sc, .replication = 1};
    if (!sc || !run(&trial) || trial.state != TRIAL_DONE)
        exit(1);
    double p99 = hist_percentile(&trial.record.classes[0].times[TALLY_RESPONSE], 0.99, 0);
    record_close(&trial.record);
    scenario_free(sc);
    free(text);
    return p99;
}

static double simulate_calendar(uint32_t workers, uint64_t count) {
    return simulate(workers, count, sim_calendar);
}

static double simulate_recursion(uint32_t workers, uint64_t count) {
    return simulate(workers, count, recursion_run);
}

/* ---- in turn -----------------------------------------------------------------------------------
 */

typedef double method_fn(uint32_t workers, uint64_t count);
static method_fn *const methods[2][2] = {{limit_calendar, simulate_calendar},
                                         {limit_recursion, simulate_recursion}};
static const char *const names[2] = {"calendar", "recursion"};

static double processor_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void run_case(uint32_t workers, int rounds, uint64_t jobs) {
    double ns[2][2][ROUNDS_MOST], ratio[2][ROUNDS_MOST];
    for (int r = 0; r < rounds; r++)
        for (int m = 0; m < 2; m++) {
            double p99[2];
            for (int ours = 0; ours < 2; ours++) {
                double begin = processor_seconds();
                p99[ours] = methods[m][ours](workers, jobs);
                ns[m][ours][r] = (processor_seconds() - begin) / (double)jobs * 1e9;
            }
            ratio[m][r] = ns[m][1][r] / ns[m][0][r];
            if (p99[0] < 0.98 * p99[1] || p99[0] > 1.02 * p99[1]) {
                fprintf(stderr, "limit: %s: the p99s are %g and %g\n", names[m], p99[0], p99[1]);
                exit(1); /* it does not do the same work */
            }
        }
    for (int m = 0; m < 2; m++) {
        double middle = median(ratio[m], rounds);
        printf("mm%u %s %.2f %.2f %.2f\n", workers, names[m], median(ns[m][0], rounds),
               median(ns[m][1], rounds), middle);
    }
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 5;
    uint64_t jobs = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000;
    if (rounds < 1 || rounds > ROUNDS_MOST || jobs < BLOCK) {
        fprintf(stderr, "usage: limit [ROUNDS [JOBS]]\n");
        return 2;
    }
    jobs = jobs / BLOCK * BLOCK;
    for (int i = 0; i < CASES; i++)
        run_case(workers_of[i], rounds, jobs);
    return 0;
}
