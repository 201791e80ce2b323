/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario: what a user wrote, as one value; read once, checked whole, never changed by a run.
 *
 * scenario_load: file -> node tree (model/node) -> the one table of keys (model/format) fills these
 * structs -> references are resolved, files of numbers read, contradictions named. The short form
 * of one class `jobs` and one pool `pool` is only another spelling of the whole form. Times are ns,
 * rates per second, shares 0 to 1. "Not given" is NSEC_UNSET for times and -1 for counts.
 */
#ifndef MODEL_SCENARIO_H
#define MODEL_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "model/dist.h"
#include "model/err.h"
#include "model/node.h"
#include "model/nsec.h"
#include "model/policy_resize.h"
#include "model/station.h"

#define NSEC_UNSET INT64_MIN
#define COUNT_UNSET INT64_C(-1)
#define CAPACITY_UNBOUNDED STATION_UNBOUNDED
#define WARMUP_AUTO INT64_C(-1)

enum arrival_kind {
    ARRIVAL_NONE,
    ARRIVAL_POISSON,
    ARRIVAL_CONSTANT,
    ARRIVAL_RENEWAL,
    ARRIVAL_BATCH,
    ARRIVAL_CLOSED,
    ARRIVAL_TRACE,
    ARRIVAL_MMPP,
    ARRIVAL_PROFILE
};

struct trace_row {
    nsec at, demand;
};

enum profile_shape { PROFILE_STEP, PROFILE_LINEAR };

struct profile_point {
    nsec at;
    double rate; /* a second */
};

struct arrivals {
    int64_t kind;          /* enum arrival_kind */
    double rate;           /* poisson, constant, batch: events a second; NaN: not given;
                              mmpp, profile: the mean, as the check works it out */
    nsec every;            /* batch */
    nsec phase;            /* constant, renewal, batch: moves the first event */
    struct dist gap, size; /* renewal; batch (a count) */
    int64_t clients;       /* closed */
    struct dist think;     /* closed */
    struct {
        char *file, *time, *service;
        int64_t unit; /* index in "s ms us ns" */
        double time_scale, rate;
        struct trace_row *rows;
        size_t count;
    } trace;
    struct {
        struct {
            double *items; /* a second */
            size_t count;
        } rates;
        struct {
            nsec *items; /* means */
            size_t count;
        } dwell;
    } mmpp;
    struct {
        struct {
            struct profile_point *items;
            size_t count;
        } points;
        int64_t shape; /* enum profile_shape */
        nsec repeat;   /* NSEC_UNSET: never */
    } profile;
};

struct step {
    char *pool_name;
    struct place pool_at;
    size_t pool; /* index in scenario.pools */
    struct dist service;
    double cpu;    /* share of the service that computes, first; the rest waits */
    double serial; /* share inside the one lock of the pool, last */
};

/* How long a job waits before it gives up; from the instant it meant to arrive. */
struct timeout {
    struct dist queue; /* DIST_NONE: for ever */
    nsec total;        /* of wait and service, but it cuts the wait alone; <= 0: not given */
};

struct class {
    char *name;
    double rate_scale; /* factor on the arrivals of an open class; 1 but in scenario_scaled */
    struct timeout timeout;
    int64_t priority; /* higher first, where a pool orders by it */
    uint8_t rank;     /* of the priority among all classes', 0 the lowest; the check works it out */
    struct arrivals arrivals;
    struct {
        struct step *items;
        size_t count;
    } route;
};

struct queue_spec {
    int64_t capacity;  /* CAPACITY_UNBOUNDED or waiting places */
    int64_t order;     /* enum station_order; a further word is not supported yet */
    int64_t when_full; /* enum station_when_full */
};

enum threads_kind { THREADS_POOLED, THREADS_PER_JOB };
enum { POOL_WORKERS_MOST = 1000000 };

struct threads_spec {
    int64_t kind;  /* enum threads_kind */
    int64_t limit; /* per job: threads at once; COUNT_UNSET: as many as there are jobs */
};

struct pool_spec {
    char *name;
    int64_t workers; /* at the begin; of a thread per job its limit, or POOL_WORKERS_MOST */
    struct queue_spec queue;
    struct resize_spec resize; /* max 0: none */
    struct threads_spec threads;
};

enum run_until { RUN_UNTIL_DURATION, RUN_UNTIL_EMPTY };
enum run_kind { RUN_STEADY, RUN_TERMINATING, RUN_KIND_UNSET };

/* Where the warm-up's length comes from. */
enum warmup_origin {
    WARMUP_GIVEN,        /* from the scenario, or its default */
    WARMUP_SOUGHT,       /* `auto`: it is WARMUP_AUTO until sim/pilot has found it */
    WARMUP_FOUND,        /* `auto`, found */
    WARMUP_AT_EDGE,      /* `auto`, found where the search ends: the run is too short */
    WARMUP_INAPPLICABLE, /* `auto`, but there is no steady state: the default */
};

/* How tight a figure's interval must be until replicating ends. */
struct precision_spec {
    int64_t metric; /* enum slo_metric */
    double within;  /* either end's distance from the value, over the value; 0: not asked for */
    int64_t max_replications;
};

struct run_spec {
    nsec duration, warmup, cooldown, sample_every;
    int64_t kind;  /* enum run_kind */
    int64_t until; /* enum run_until */
    int64_t replications;
    struct precision_spec precision;
    enum warmup_origin warmup_origin;
};

enum slo_metric {
    SLO_MEAN,
    SLO_P50,
    SLO_P90,
    SLO_P95,
    SLO_P99,
    SLO_P999,
    SLO_REJECTED,
    SLO_UTILISATION,
    SLO_THROUGHPUT,
    SLO_GOODPUT, /* so far run.precision knows them: what has an interval */
    SLO_MAX,
    SLO_WITHIN,
    SLO_METRICS
};

struct slo {
    size_t class;   /* SLO_TOTAL: of all jobs */
    int64_t metric; /* enum slo_metric */
    double limit;   /* seconds, share or per second */
    size_t within;  /* SLO_WITHIN: index in scenario.within */
};
#define SLO_TOTAL SIZE_MAX
enum { SLO_WITHIN_MOST = 8 };

/* What a metric's limit is: 't' a time, 's' a share, 'r' a rate; and its word in scenario and
 * result. */
char slo_unit(enum slo_metric metric);
const char *slo_word(enum slo_metric metric);

struct profile;

struct scenario {
    char *file, *name, *about;
    int64_t version, seed;
    struct run_spec run;
    int64_t ideal; /* host: {ideal: true} */
    int64_t cores; /* of the simulated host; <= 0: ideal, a core a worker */
    struct {
        char *file;           /* NULL: the host is ideal */
        struct profile *read; /* what it holds, as the check has read it */
    } profile;
    struct {
        struct class *items;
        size_t count;
    } classes;
    struct {
        struct pool_spec *items;
        size_t count;
    } pools;
    struct {
        struct slo *items;
        size_t count;
    } slo;
    struct {
        nsec items[SLO_WITHIN_MOST];
        size_t count;
    } within;    /* the times of all `within` thresholds, each once */
    bool random; /* any chance at all; without it one replication says everything */
    bool whole;  /* written in the whole form */
    bool sweeps; /* has a `sweep:` (model/grid) */
};

/* The scenario in `file` with the `count` assignments PATH=VALUE applied first; NULL after errors.
 */
struct scenario *scenario_load(const char *file, const char *const *set, size_t count,
                               struct err *err);

/* The same from a text, for tests; files named in it are found beside `source`. */
struct scenario *scenario_parse(const char *text, const char *source, struct err *err);
struct scenario *scenario_parse_set(const char *text, const char *source, const char *const *set,
                                    size_t count, struct err *err);

/* The same from a tree, which is taken. */
struct scenario *scenario_from_node(struct node *root, const char *source, const char *const *set,
                                    size_t count, struct err *err);

/* Where the value lies that a path of --set or --vary names (PATH=VALUE keeps its value): in the
 * short form `pools.pool.X` is `pool.X`, `classes.jobs.X` is `X`; in the whole form `pool.X` is the
 * pool of that name. Fresh memory. */
char *scenario_path(const struct node *root, const char *path);

void scenario_free(struct scenario *scenario);

/* What the search for headroom tries: `of` with every open arrival rate times `rate` (of closed
 * classes the clients, rounded), and `workers` in all pools together, each pool in proportion,
 * rounded up. A trace ends earlier by as much, and the measured time with it. All but the arrays of
 * classes and pools is borrowed from `of`, which outlives it; scenario_scaled_free frees it. */
void scenario_scaled(struct scenario *scaled, const struct scenario *of, double rate,
                     int64_t workers);
void scenario_scaled_free(struct scenario *scaled);

/* Derived facts. */
nsec scenario_default_warmup(const struct run_spec *run);
int64_t scenario_workers(const struct scenario *scenario);   /* of all pools */
double scenario_class_rate(const struct class *class);       /* jobs a second; NaN for closed.
          Where the rate moves its mean: of mmpp in the long run, of a profile over the period or, without
          one, over the measured time */
double scenario_class_peak_rate(const struct class *class);  /* the highest rate; mostly the mean */
nsec scenario_arrivals_end(const struct scenario *scenario); /* nobody arrives from here on */
bool scenario_resizes(const struct pool_spec *pool);         /* does its size change? */
bool scenario_any_resizes(const struct scenario *scenario);  /* of its pools */
int64_t scenario_most_workers(const struct pool_spec *pool); /* at any time */
bool scenario_loses(const struct class *class);              /* its jobs may give up waiting */
bool scenario_endless(const struct pool_spec *pool);        /* a thread for every job: none waits */
bool scenario_any_endless(const struct scenario *scenario); /* of its pools */
bool scenario_pool_loses(const struct scenario *scenario, size_t pool);   /* any of its classes' */
nsec scenario_good_within(const struct scenario *scenario, size_t class); /* else NSEC_NEVER */
double scenario_offered_load(const struct scenario *scenario,
                             size_t pool); /* busy workers wanted, where nobody is in their way at
                          the host's cores or the lock (model/bounds); NaN: closed */
double scenario_least_loss(
    const struct scenario *scenario); /* share of all jobs that pools which lose some must lose in
                                         the long run, whatever their queues; 0: closed */
bool scenario_unstable(const struct scenario *scenario,
                       size_t pool); /* a steady run that has no steady state */

/* Has the time a finite variance, so that its mean can have an interval? */
bool scenario_service_spread(const struct class *class);
bool scenario_wait_spread(const struct scenario *scenario, size_t pool);

#endif
