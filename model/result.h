/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * result: what one engine found, as files and tables show it.
 *
 * result_from_records is the only place where records become figures, for both engines. The columns
 * stand once, in tables that the JSON writer (and whatever reads a result) walks. Times in seconds,
 * rates per second, shares 0 to 1; a figure that is not known is NaN, written as null.
 */
#ifndef MODEL_RESULT_H
#define MODEL_RESULT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/json.h"
#include "model/record.h"
#include "model/responses.h"
#include "model/stats.h"

#define RESULT_SCHEMA "headroom.result/1"

struct times {
    struct figure mean, cv, p50, p90, p95, p99, p999;
    double max;
};

struct littles_law {
    double in_system, rate_times_response, error;
    double edge; /* work left at the end minus at the start, over T */
    bool identity_holds;
};

struct metrics {
    uint64_t offered, admitted, fates[FATES], retried, blocked, caller_ran;
    struct figure offered_rate, throughput, goodput, rejected_share, wait_probability;
    struct times door, wait, service, response;
    struct figure stay, in_system;
    struct figure within[SLO_WITHIN_MOST]; /* share of offered completed in scenario.within[i] */
    struct littles_law little;
};

/* Of a pool that changes its size; model/resizing.h. */
struct resizing_figures {
    struct figure resizes_per_minute, reversals_per_minute, most_workers, settling_time, idle_share;
};

struct pool_metrics {
    struct figure workers, busy, utilisation, queue_length, worker_seconds, warm_up_share,
        rejected_share;
    uint64_t resizes, reversals, workers_lost;
    struct resizing_figures resizing;
    struct times wait, service;
};

struct threshold {
    char *metric;
    char unit;   /* 't', 's', 'r'; 0: not kept in a file */
    bool least;  /* the limit is a lower one */
    double time; /* of `within`, seconds; NaN for others */
    double limit, value, low, high;
    uint64_t needs; /* jobs, where there are too few */
    bool met, sure;
    bool open; /* high is the largest value seen, the interval goes past it; not kept in a file */
};

/* The time series of a pool: levels at t, events of the step before t. With a band from R >= 2. */
struct series {
    size_t count;
    double *t;
    struct series_point {
        double workers, busy, queue, arrivals, completions, rejected, p99, rejected_share;
        double busy_low, busy_high, queue_low, queue_high, p99_low, p99_high;
        double rejected_share_low, rejected_share_high;
    } * points;         /* pool by pool: [pool * count + i] */
    double *p99_window; /* seconds, a pool each; 0: too few jobs */
    bool band;
};

/* A run that the search for headroom tried: the load times `rate`, on `workers` in all. */
struct headroom_probe {
    double rate;
    int64_t workers;
    bool fixed; /* these pools are of fixed size, which the scenario's are not */
    struct figure utilisation, wait, p99; /* of the busiest pool; of the wait's mean; response */
    bool met, sure;                       /* the slo; sure: no interval holds its limit */
};

/* How far the present scenario is from missing its slo, or from meeting it; sim/headroom.h. What is
 * not known is NaN. */
struct headroom {
    double rate, rate_low, rate_high;          /* largest factor on the rates with the slo met */
    double workers, workers_low, workers_high; /* fewest workers in all that meet it at this rate */
    bool at_least; /* the slo holds at `rate` and as far as was looked */
    double theory_rate, theory_workers;
    /* Of pools that change their size `workers` are those of a fixed one. All worker time spent
     * over that of so many all the time; the largest size over them, less 1. */
    double spent, overshoot;
    struct headroom_probe *probes; /* ordered by workers, then rate */
    size_t count;
    char *binding; /* "p99 breaks first"; NULL: not known (cli/binding) */
};

#define HEADROOM_NULL                                                                              \
    ((struct headroom){NAN, NAN, NAN, NAN, NAN, NAN, false, NAN, NAN, NAN, NAN, NULL, 0, NULL})

/* What `run.precision` asked for, and what came of it; model/precise. */
struct precision {
    const char *metric;     /* NULL: not asked for */
    double within, reached; /* relative; reached NaN: no interval, or an open one */
    uint64_t max_replications;
    bool met;
};

struct names {
    char **items;
    size_t count;
};

/* Little's Law by window: jobs in the system on average, and arrival rate times mean stay of the
 * jobs that arrived in it. See model/little. */
struct little_series {
    size_t count;
    double window; /* seconds */
    struct little_point {
        double t; /* the window's middle */
        struct figure in_system, rate_times_stay;
    } * points;
};

struct result {
    const struct scenario *scenario; /* NULL: read from a file */
    char *name, *about;              /* the scenario's */
    const char *engine;              /* "sim" or "pool" */
    const char *method;              /* of "sim": "calendar" or "recursion"; NULL: not known */
    char *version;
    uint64_t seed;
    uint64_t replications;
    double warmup;
    bool warmup_auto; /* found by a pilot */
    struct precision precision;
    double duration; /* measured, shorter when interrupted */
    double last_end; /* seconds after T at which the last job ended, of the longest replication */
    bool interrupted;
    char *regime;
    char *host; /* JSON of the host */
    struct metrics total, *classes;
    struct pool_metrics *pools;
    struct names class_names, pool_names; /* as many as there are classes, pools */
    struct threshold *slo;
    size_t slo_count;
    bool trusted;
    char **reasons, **advice;
    size_t reason_count, advice_count;
    struct hist response; /* of all jobs, for response.hgrm */
    struct hist wait;
    struct responses responses; /* the same, a replication each */
    struct series series;
    struct series first; /* of replication 1, where a pool changes its size */
    struct headroom headroom;
    struct names kept; /* texts of a result that was read, to which its figures point */
    struct little_series little;
    struct resize_log resizes; /* of replication 1, where a pool changes its size */
};

/* From the records of `count` replications (or of one real run); they may be closed afterwards. */
void result_from_records(struct result *r, const struct scenario *scenario, const char *engine,
                         const struct record *const *records, size_t count);

void result_distrust(struct result *r, char *reason); /* takes the text */
void result_advise(struct result *r, char *advice);   /* takes the text */

/* Every threshold of the slo met? */
bool result_met(const struct result *r);

void result_json(const struct result *r, struct json *json);

/* Visits every figure with its name: total.response.p99, classes.free.stay, pools.resize.busy. */
typedef void result_figure_fn(struct figure *f, const char *name, void *context);
void result_figures(struct result *r, result_figure_fn *visit, void *context);

/* TIMES' percentiles by name: index 0 .. 4 are p50 p90 p95 p99 p999. */
enum { RESULT_PERCENTILES = 5 };
extern const double result_p[RESULT_PERCENTILES];
const struct figure *times_percentile(const struct times *times, int index);

void result_free(struct result *r);

#endif
