/* SPDX-License-Identifier: GPL-3.0-or-later */
/* format: the table of every key; see format.h. The order of rows is the order of the manual. */
#include "model/format.h"

#include "model/scenario.h"

#define ROOT(field) offsetof(struct scenario, field)
#define RUN(field) offsetof(struct run_spec, field)
#define CLASS(field) offsetof(struct class, field)
#define STEP(field) offsetof(struct step, field)
#define ARR(field) offsetof(struct arrivals, field)
#define LAW(field) offsetof(struct dist, field)
#define DIST(field) LAW(words.field)
#define PRECISION(field) offsetof(struct precision_spec, field)
#define POOL(field) offsetof(struct pool_spec, field)
#define TIMEOUT(field) offsetof(struct timeout, field)
#define RESIZE(field) offsetof(struct resize_spec, field)
#define MARK(field) offsetof(struct resize_mark, field)
#define QUEUE(field) offsetof(struct queue_spec, field)
#define THREADS(field) offsetof(struct threads_spec, field)

#define NEEDED .otherwise = FORMAT_REQUIRED
#define OTHERWISE(text) .otherwise = (text)
#define BOUNDS(from, to) .low = (from), .high = (to)
#define LATER KEY_OTHER, .later = true
/* A key whose value is a map of `section`. */
#define MAP(section) KEY_MAP, .of = (section)
#define LATER_MAP(section) KEY_MAP, .of = (section), .later = true
#define LATER_MAPS(section) KEY_MAPS, .of = (section), .later = true
#define ALL_TIME 1e17 /* three years in ns */

const struct key format_keys[] = {
    {IN_ROOT, "headroom", KEY_COUNT, .offset = ROOT(version), NEEDED, BOUNDS(1, 1),
     .help = "version of the format: 1"},
    {IN_ROOT, "name", KEY_NAME, .offset = ROOT(name), NEEDED,
     .help = "names the results; small letters, digits, hyphens"},
    {IN_ROOT, "about", KEY_TEXT, .offset = ROOT(about), OTHERWISE(""),
     .help = "one line for people"},
    {IN_ROOT, "seed", KEY_COUNT, .offset = ROOT(seed), OTHERWISE("1"), BOUNDS(0, 9e15),
     .help = "master seed of all chance; the same seed gives the same bytes"},
    {IN_ROOT, "run", MAP(IN_RUN), .offset = ROOT(run), OTHERWISE("{}"),
     .help = "how long, how often"},
    {IN_ROOT, "host", MAP(IN_HOST), .offset = 0, OTHERWISE("{}"),
     .help = "the simulator's processor; default: ideal, a core a worker"},
    {IN_ROOT, "defaults", KEY_OTHER, .of = IN_DEFAULTS,
     .help = "what is common to classes and pools, said once"},
    {IN_ROOT, "classes", KEY_MAPS, .of = IN_CLASS, .offset = ROOT(classes),
     .help = "who sends jobs; not in the short form"},
    {IN_ROOT, "pools", KEY_MAPS, .of = IN_POOL, .offset = ROOT(pools),
     .help = "the pools; not in the short form"},
    {IN_ROOT, "pool", KEY_OTHER, .of = IN_POOL, .help = "short form: the one pool, named `pool`"},
    {IN_ROOT, "resources", LATER_MAPS(IN_RESOURCE), .help = "shared, limited things"},
    {IN_ROOT, "disturb", LATER_MAPS(IN_DISTURB), .help = "things that happen"},
    {IN_ROOT, "shutdown", LATER_MAP(IN_SHUTDOWN), .help = "graceful end in the middle of the load"},
    {IN_ROOT, "slo", KEY_OTHER, .of = IN_SLO,
     .help = "thresholds; a map of class names holds them per class"},
    {IN_ROOT, "sweep", KEY_OTHER, .of = IN_SWEEP,
     .help = "for `headroom sweep`: paths as `--set` takes them, each with a list of values or a "
             "range"},

    {IN_SWEEP, "from", KEY_OTHER, NEEDED, .help = "the first value, with its unit"},
    {IN_SWEEP, "to", KEY_OTHER, NEEDED, .help = "none goes beyond this one"},
    {IN_SWEEP, "step", KEY_OTHER, NEEDED, .help = "from one value to the next"},

    {IN_RUN, "duration", KEY_DURATION, .offset = RUN(duration), BOUNDS(1e3, ALL_TIME),
     .help = "measured time, after the warm-up; default 10s, of a trace its own"},
    {IN_RUN, "warmup", KEY_DURATION, .offset = RUN(warmup), .words = "auto", BOUNDS(0, ALL_TIME),
     .help = "load before t = 0 that is not measured; default 10 % of the duration, 0 where "
             "terminating; auto: found by a pilot"},
    {IN_RUN, "cooldown", KEY_DURATION, .offset = RUN(cooldown), OTHERWISE("30s"),
     BOUNDS(0, ALL_TIME),
     .help = "at most so long the load goes on, unmeasured, until every measured job has ended"},
    {IN_RUN, "kind", KEY_WORD, .offset = RUN(kind), .words = "steady terminating",
     .help =
         "steady: a window of a process that goes on; terminating: a story with an end (default "
         "for a trace, and for a profile without `repeat`)"},
    {IN_RUN, "until", KEY_WORD, .offset = RUN(until), .words = "duration empty",
     OTHERWISE("duration"),
     .help = "empty, where terminating: arrivals stop at the end of the duration, and the run goes "
             "on until all that arrived has ended"},
    {IN_RUN, "replications", KEY_COUNT, .offset = RUN(replications), OTHERWISE("10"),
     BOUNDS(1, 1e5), .help = "independent runs of the simulator; intervals come from them"},
    {IN_RUN, "precision", MAP(IN_PRECISION), .offset = RUN(precision),
     .help = "more replications, until an interval is so tight"},
    {IN_RUN, "sample_every", KEY_DURATION, .offset = RUN(sample_every), BOUNDS(1e3, ALL_TIME),
     .help = "step of the time series; default about a hundredth of the duration"},

    {IN_PRECISION, "metric", KEY_WORD, .offset = PRECISION(metric), NEEDED,
     .words = "mean p50 p90 p95 p99 p999 rejected utilisation throughput goodput",
     .help = "which figure of the total, named as in `slo`"},
    {IN_PRECISION, "within", KEY_SHARE, .offset = PRECISION(within), NEEDED, BOUNDS(0.005, 1),
     .help = "how far either end of its 95 % interval may be from the value, relative to it; at "
             "least 0.5%"},
    {IN_PRECISION, "max_replications", KEY_COUNT, .offset = PRECISION(max_replications),
     OTHERWISE("1000"), BOUNDS(20, 1e5), .help = "give up after so many"},

    {IN_HOST, "ideal", KEY_WORD, .offset = ROOT(ideal), .words = "false true", OTHERWISE("true"),
     .help = "no overheads, a core a worker"},
    {IN_HOST, "cores", KEY_COUNT, .offset = ROOT(cores), BOUNDS(1, 1e6),
     .help = "so many cores instead, which whatever computes (`cpu`) shares, in all pools"},
    {IN_HOST, "profile", KEY_TEXT, .offset = ROOT(profile.file),
     .help =
         "a file that `calibrate` wrote: overheads of a real host, added to the simulated times; "
         "it lies beside the scenario"},

    {IN_DEFAULTS, "class", KEY_OTHER, .of = IN_CLASS,
     .help = "keys for every class that does not have them itself; not `name`"},
    {IN_DEFAULTS, "pool", KEY_OTHER, .of = IN_POOL,
     .help = "keys for every pool that does not have them itself; not `name`"},

    {IN_CLASS, "name", KEY_NAME, .offset = CLASS(name), NEEDED, .help = "names the class"},
    {IN_CLASS, "arrivals", KEY_CHOICE, .of = IN_ARRIVALS, .offset = CLASS(arrivals), NEEDED,
     .help = "when its jobs come"},
    {IN_CLASS, "route", KEY_MAPS, .of = IN_STEP, .offset = CLASS(route), NEEDED,
     .help = "the pools a job passes, in order (one as yet)"},
    {IN_CLASS, "timeout", MAP(IN_TIMEOUT), .offset = CLASS(timeout), OTHERWISE("{}"),
     .shorthand = "total",
     .help = "how long a job waits before it gives up; `30s` alone is {total: 30s}"},
    {IN_CLASS, "priority", KEY_COUNT, .offset = CLASS(priority), OTHERWISE("0"), BOUNDS(0, 1e9),
     .help = "higher first, in a pool whose `order` is priority"},
    {IN_CLASS, "fail", LATER, .help = "share of attempts that end in an error"},
    {IN_CLASS, "poison", LATER, .help = "share of jobs that kill their worker"},
    {IN_CLASS, "retry", LATER_MAP(IN_RETRY), .help = "what follows a failed attempt"},
    {IN_CLASS, "limit", LATER_MAP(IN_LIMIT), .help = "token bucket at the door"},
    {IN_CLASS, "dead_letter", LATER_MAP(IN_DEAD_LETTER), .help = "when to give a job up"},

    {IN_STEP, "pool", KEY_NAME, .offset = STEP(pool_name), NEEDED, .help = "which pool"},
    {IN_STEP, "service", KEY_CHOICE, .of = IN_DIST, .offset = STEP(service),
     .help = "how long a worker is held; needed but where a trace gives it"},
    {IN_STEP, "cpu", KEY_SHARE, .offset = STEP(cpu), OTHERWISE("0%"), BOUNDS(0, 1),
     .help = "share of the service that computes, first (a real worker spins); the rest waits"},
    {IN_STEP, "serial", KEY_SHARE, .offset = STEP(serial), OTHERWISE("0%"), BOUNDS(0, 1),
     .help = "share of the service, its last, inside one lock of the pool"},
    {IN_STEP, "uses", LATER, .help = "resources held"},
    {IN_STEP, "share", LATER, .help = "share of the jobs that pass this step"},
    {IN_STEP, "parts", LATER_MAPS(IN_PART), .help = "the service in parts"},

    {IN_PART, "service", LATER, .help = "the part's time"},
    {IN_PART, "cpu", LATER, .help = "share that computes"},
    {IN_PART, "uses", LATER, .help = "resources held"},

    {IN_TIMEOUT, "queue", KEY_CHOICE, .of = IN_DIST, .offset = TIMEOUT(queue),
     .shorthand = "constant",
     .help = "longest wait: a duration, or a distribution (each job its own patience)"},
    {IN_TIMEOUT, "total", KEY_DURATION, .offset = TIMEOUT(total), BOUNDS(1e3, ALL_TIME),
     .help = "longest stay: who still waits then gives up; who is served then is completed, but "
             "no goodput"},

    {IN_RETRY, "attempts", LATER, .help = "at most so many, the first included"},
    {IN_RETRY, "backoff", LATER_MAP(IN_BACKOFF), .help = "the pause before an attempt"},
    {IN_RETRY, "budget", LATER_MAP(IN_BUDGET), .help = "a share of requests that may be retries"},

    {IN_BACKOFF, "base", LATER, .help = "first pause"},
    {IN_BACKOFF, "factor", LATER, .help = "growth from pause to pause"},
    {IN_BACKOFF, "cap", LATER, .help = "longest pause"},
    {IN_BACKOFF, "jitter", LATER, .words = "none full equal decorrelated", .help = "spread"},

    {IN_BUDGET, "ratio", LATER, .help = "retries for each request"},
    {IN_BUDGET, "min", LATER, .help = "retries always allowed"},

    {IN_LIMIT, "rate", LATER, .help = "tokens a second"},
    {IN_LIMIT, "burst", LATER, .help = "tokens at most"},

    {IN_DEAD_LETTER, "after", LATER, .help = "attempts or deaths"},

    {IN_ARRIVALS, "poisson", MAP(IN_POISSON), .kind = ARRIVAL_POISSON,
     .help = "independent users; exponential gaps"},
    {IN_ARRIVALS, "constant", MAP(IN_CONSTANT_RATE), .kind = ARRIVAL_CONSTANT,
     .help = "a metronome"},
    {IN_ARRIVALS, "renewal", MAP(IN_RENEWAL), .kind = ARRIVAL_RENEWAL, .help = "independent gaps"},
    {IN_ARRIVALS, "mmpp", MAP(IN_MMPP), .kind = ARRIVAL_MMPP,
     .help = "on-off and other modulated traffic: Poisson at a rate that changes by chance"},
    {IN_ARRIVALS, "batch", MAP(IN_BATCH), .kind = ARRIVAL_BATCH, .help = "several at one instant"},
    {IN_ARRIVALS, "profile", MAP(IN_PROFILE), .kind = ARRIVAL_PROFILE,
     .help = "Poisson at a rate that follows the clock"},
    {IN_ARRIVALS, "closed", MAP(IN_CLOSED), .kind = ARRIVAL_CLOSED,
     .help = "clients that think, submit, wait for the answer"},
    {IN_ARRIVALS, "trace", MAP(IN_TRACE), .kind = ARRIVAL_TRACE, .help = "recorded instants"},

    {IN_POISSON, "rate", KEY_RATE, .offset = ARR(rate), NEEDED, BOUNDS(1e-9, 2e7), .help = "jobs"},

    {IN_CONSTANT_RATE, "rate", KEY_RATE, .offset = ARR(rate), NEEDED, BOUNDS(1e-9, 2e7),
     .help = "jobs; the first after one gap"},
    {IN_CONSTANT_RATE, "phase", KEY_DURATION, .offset = ARR(phase), OTHERWISE("0s"),
     BOUNDS(0, ALL_TIME), .help = "moves the first event"},

    {IN_RENEWAL, "gap", KEY_CHOICE, .of = IN_DIST, .offset = ARR(gap), NEEDED,
     .help = "time between two jobs"},
    {IN_RENEWAL, "phase", KEY_DURATION, .offset = ARR(phase), OTHERWISE("0s"), BOUNDS(0, ALL_TIME),
     .help = "moves the first event"},

    {IN_MMPP, "rates", KEY_LIST, .each = KEY_RATE, .offset = ARR(mmpp.rates), NEEDED,
     BOUNDS(0, 2e7), .help = "of the phases, which follow one another in a circle"},
    {IN_MMPP, "dwell", KEY_LIST, .each = KEY_DURATION, .offset = ARR(mmpp.dwell), NEEDED,
     BOUNDS(1e3, ALL_TIME), .help = "mean length of each phase; it is exponential"},

    {IN_BATCH, "rate", KEY_RATE, .offset = ARR(rate), BOUNDS(1e-9, 2e7),
     .help = "batches, Poisson; or"},
    {IN_BATCH, "every", KEY_DURATION, .offset = ARR(every), BOUNDS(1, ALL_TIME),
     .help = "batches, by the clock; the first after one gap"},
    {IN_BATCH, "size", KEY_CHOICE, .of = IN_DIST, .offset = ARR(size), NEEDED,
     .kind = FORMAT_COUNTS, .help = "jobs a batch: a distribution of counts, rounded, at least 1"},
    {IN_BATCH, "phase", KEY_DURATION, .offset = ARR(phase), OTHERWISE("0s"), BOUNDS(0, ALL_TIME),
     .help = "moves the first batch; beside `every` alone"},

    {IN_PROFILE, "points", KEY_ROWS, .of = IN_POINT, .offset = ARR(profile.points), NEEDED,
     .help = "[[0s, 100/s], [10s, 500/s], ...]"},
    {IN_PROFILE, "shape", KEY_WORD, .offset = ARR(profile.shape), .words = "step linear",
     OTHERWISE("step"),
     .help = "step: a rate holds until the next point; linear: straight lines between the points"},
    {IN_PROFILE, "repeat", KEY_DURATION, .offset = ARR(profile.repeat), BOUNDS(1e3, ALL_TIME),
     .help = "period; without it the last rate holds for ever"},

    {IN_POINT, "at", KEY_DURATION, .offset = offsetof(struct profile_point, at), NEEDED,
     BOUNDS(0, ALL_TIME), .help = "instant from t = 0; the first point's is 0s"},
    {IN_POINT, "rate", KEY_RATE, .offset = offsetof(struct profile_point, rate), NEEDED,
     BOUNDS(0, 2e7), .help = "jobs"},

    {IN_CLOSED, "clients", KEY_COUNT, .offset = ARR(clients), NEEDED, BOUNDS(1, 1e6),
     .help = "how many"},
    {IN_CLOSED, "think", KEY_CHOICE, .of = IN_DIST, .offset = ARR(think), NEEDED,
     .help = "pause before each submission; clients think first"},

    {IN_TRACE, "file", KEY_TEXT, .offset = ARR(trace.file), NEEDED,
     .help = "CSV with a header line; beside the scenario, or with --set in the current folder"},
    {IN_TRACE, "time", KEY_TEXT, .offset = ARR(trace.time), NEEDED,
     .help = "column of the arrival instants, ascending"},
    {IN_TRACE, "service", KEY_TEXT, .offset = ARR(trace.service),
     .help = "column of the service times; without it `service:` draws them"},
    {IN_TRACE, "unit", KEY_WORD, .offset = ARR(trace.unit), .words = "s ms us ns", OTHERWISE("s"),
     .help = "of both columns"},
    {IN_TRACE, "time_scale", KEY_NUMBER, .offset = ARR(trace.time_scale), OTHERWISE("1"),
     BOUNDS(1e-9, 1e9), .help = "1000 shrinks both columns a thousandfold"},
    {IN_TRACE, "rate", KEY_FACTOR, .offset = ARR(trace.rate), OTHERWISE("x1"), BOUNDS(1e-9, 1e9),
     .help = "x2 halves the gaps and leaves the service"},

    {IN_DIST, "constant", KEY_QUANTITY, .offset = DIST(mean), .kind = DIST_CONSTANT,
     BOUNDS(0, ALL_TIME), .help = "always the same"},
    {IN_DIST, "exponential", MAP(IN_EXPONENTIAL), .kind = DIST_EXPONENTIAL,
     .help = "memoryless; cv 1"},
    {IN_DIST, "lognormal", MAP(IN_LOGNORMAL), .kind = DIST_LOGNORMAL,
     .help = "{mean, p99}, {mean, cv}, {median, p99} or {mu, sigma} (of the log of seconds)"},
    {IN_DIST, "gamma", MAP(IN_GAMMA), .kind = DIST_GAMMA,
     .help = "below cv 1 a hump, above a tail"},
    {IN_DIST, "erlang", MAP(IN_ERLANG), .kind = DIST_ERLANG, .help = "k exponential phases"},
    {IN_DIST, "weibull", MAP(IN_WEIBULL), .kind = DIST_WEIBULL,
     .help = "below shape 1 a tail, at 1 exponential, above a hump"},
    {IN_DIST, "pareto", MAP(IN_PARETO), .kind = DIST_PARETO, .help = "a power tail from min on"},
    {IN_DIST, "lomax", MAP(IN_LOMAX), .kind = DIST_LOMAX, .help = "a power tail from 0 on"},
    {IN_DIST, "hyperexponential", MAP(IN_HYPEREXPONENTIAL), .kind = DIST_HYPEREXPONENTIAL,
     .help = "{mean, cv} with balanced means, or {p, means: [a, b]}; cv above 1"},
    {IN_DIST, "uniform", MAP(IN_UNIFORM), .kind = DIST_UNIFORM, .help = "between min and max"},
    {IN_DIST, "normal", MAP(IN_NORMAL), .kind = DIST_NORMAL,
     .help = "cut at 0; mean and cv are those before the cut"},
    {IN_DIST, "empirical", MAP(IN_EMPIRICAL), .kind = DIST_EMPIRICAL,
     .help = "a column of a CSV file, each value as likely; seconds where it is a time"},
    {IN_DIST, "quantiles", MAP(IN_QUANTILES), .kind = DIST_QUANTILES,
     .help = "straight lines between those that are given"},
    {IN_DIST, "mixture", KEY_MAPS, .of = IN_DIST, .beside = IN_MIXTURE, .offset = LAW(parts),
     .kind = DIST_MIXTURE,
     .help = "[{weight: 90%, constant: 1ms}, {weight: 10%, exponential: {mean: 50ms}}]"},
    {IN_DIST, "shift", KEY_QUANTITY, .offset = LAW(shift), BOUNDS(0, ALL_TIME),
     .help = "beside any of them: added to what is drawn (mean and cv are without it)"},

    {IN_EXPONENTIAL, "mean", KEY_QUANTITY, .offset = DIST(mean), NEEDED, BOUNDS(1e-3, ALL_TIME),
     .help = ""},

    {IN_LOGNORMAL, "mean", KEY_QUANTITY, .offset = DIST(mean), BOUNDS(1e-3, ALL_TIME), .help = ""},
    {IN_LOGNORMAL, "p99", KEY_QUANTITY, .offset = DIST(p99), BOUNDS(1e-3, ALL_TIME), .help = ""},
    {IN_LOGNORMAL, "cv", KEY_NUMBER, .offset = DIST(cv), BOUNDS(1e-3, 100),
     .help = "standard deviation / mean"},
    {IN_LOGNORMAL, "median", KEY_QUANTITY, .offset = DIST(median), BOUNDS(1e-3, ALL_TIME),
     .help = ""},
    {IN_LOGNORMAL, "mu", KEY_NUMBER, .offset = DIST(mu), BOUNDS(-25, 20), .help = "of ln(seconds)"},
    {IN_LOGNORMAL, "sigma", KEY_NUMBER, .offset = DIST(sigma), BOUNDS(1e-3, 4), .help = ""},

    {IN_GAMMA, "mean", KEY_QUANTITY, .offset = DIST(mean), NEEDED, BOUNDS(1e-3, ALL_TIME),
     .help = ""},
    {IN_GAMMA, "cv", KEY_NUMBER, .offset = DIST(cv), NEEDED, BOUNDS(0.01, 30),
     .help = "standard deviation / mean"},

    {IN_ERLANG, "mean", KEY_QUANTITY, .offset = DIST(mean), NEEDED, BOUNDS(1e-3, ALL_TIME),
     .help = ""},
    {IN_ERLANG, "k", KEY_COUNT, .offset = DIST(k), NEEDED, BOUNDS(1, 1e4),
     .help = "phases; cv is 1 / sqrt(k)"},

    {IN_WEIBULL, "mean", KEY_QUANTITY, .offset = DIST(mean), NEEDED, BOUNDS(1e-3, ALL_TIME),
     .help = ""},
    {IN_WEIBULL, "shape", KEY_NUMBER, .offset = DIST(shape), NEEDED, BOUNDS(0.1, 100),
     .help = "below 1 a heavy tail"},

    {IN_PARETO, "min", KEY_QUANTITY, .offset = DIST(min), NEEDED, BOUNDS(1e-3, ALL_TIME),
     .help = "the least"},
    {IN_PARETO, "alpha", KEY_NUMBER, .offset = DIST(alpha), NEEDED, BOUNDS(0, 1000),
     .help = "above 1; the variance is infinite up to 2"},

    {IN_LOMAX, "mean", KEY_QUANTITY, .offset = DIST(mean), NEEDED, BOUNDS(1e-3, ALL_TIME),
     .help = ""},
    {IN_LOMAX, "alpha", KEY_NUMBER, .offset = DIST(alpha), NEEDED, BOUNDS(0, 1000),
     .help = "above 1; the variance is infinite up to 2"},

    {IN_HYPEREXPONENTIAL, "mean", KEY_QUANTITY, .offset = DIST(mean), BOUNDS(1e-3, ALL_TIME),
     .help = ""},
    {IN_HYPEREXPONENTIAL, "cv", KEY_NUMBER, .offset = DIST(cv), BOUNDS(0, 1000),
     .help = "above 1; two phases with balanced means"},
    {IN_HYPEREXPONENTIAL, "p", KEY_SHARE, .offset = DIST(p), BOUNDS(0, 1),
     .help = "share of the first phase"},
    {IN_HYPEREXPONENTIAL, "means", KEY_LIST, .each = KEY_QUANTITY, .offset = DIST(means),
     BOUNDS(1e-3, ALL_TIME), .help = "of the two phases"},

    {IN_UNIFORM, "min", KEY_QUANTITY, .offset = DIST(min), NEEDED, BOUNDS(0, ALL_TIME), .help = ""},
    {IN_UNIFORM, "max", KEY_QUANTITY, .offset = DIST(max), NEEDED, BOUNDS(0, ALL_TIME), .help = ""},

    {IN_NORMAL, "mean", KEY_QUANTITY, .offset = DIST(mean), NEEDED, BOUNDS(1e-3, ALL_TIME),
     .help = "before the cut at 0, which makes it longer (cv 0.5: 2.8 %, cv 1: 29 %)"},
    {IN_NORMAL, "cv", KEY_NUMBER, .offset = DIST(cv), NEEDED, BOUNDS(1e-3, 5),
     .help = "standard deviation / mean, before the cut"},

    {IN_EMPIRICAL, "file", KEY_TEXT, .offset = DIST(file), NEEDED,
     .help = "CSV with a header line"},
    {IN_EMPIRICAL, "column", KEY_TEXT, .offset = DIST(column), NEEDED, .help = "its name"},

    {IN_QUANTILES, "p0", KEY_QUANTITY, .offset = DIST(quantile[0]), NEEDED, BOUNDS(0, ALL_TIME),
     .help = "the least"},
    {IN_QUANTILES, "p50", KEY_QUANTITY, .offset = DIST(quantile[1]), BOUNDS(0, ALL_TIME),
     .help = ""},
    {IN_QUANTILES, "p90", KEY_QUANTITY, .offset = DIST(quantile[2]), BOUNDS(0, ALL_TIME),
     .help = ""},
    {IN_QUANTILES, "p95", KEY_QUANTITY, .offset = DIST(quantile[3]), BOUNDS(0, ALL_TIME),
     .help = ""},
    {IN_QUANTILES, "p99", KEY_QUANTITY, .offset = DIST(quantile[4]), BOUNDS(0, ALL_TIME),
     .help = ""},
    {IN_QUANTILES, "p999", KEY_QUANTITY, .offset = DIST(quantile[5]), BOUNDS(0, ALL_TIME),
     .help = ""},
    {IN_QUANTILES, "p100", KEY_QUANTITY, .offset = DIST(quantile[6]), NEEDED, BOUNDS(0, ALL_TIME),
     .help = "the most"},

    {IN_MIXTURE, "weight", KEY_SHARE, .offset = LAW(weight), NEEDED, BOUNDS(1e-6, 1e6),
     .help = "how often this one is drawn; weights need not sum to 1"},

    {IN_POOL, "name", KEY_NAME, .offset = POOL(name), NEEDED, .help = "names the pool"},
    {IN_POOL, "workers", KEY_COUNT, .offset = POOL(workers), NEEDED, .unless = "threads",
     BOUNDS(1, POOL_WORKERS_MOST), .help = "threads; not beside `threads: per_job`"},
    {IN_POOL, "queue", MAP(IN_QUEUE), .offset = POOL(queue), OTHERWISE("{}"),
     .help = "where jobs wait"},
    {IN_POOL, "threads", KEY_CHOICE, .of = IN_THREADS, .offset = POOL(threads),
     .words = "pooled per_job", OTHERWISE("pooled"),
     .help = "pooled: `workers` of them, for good; per_job: a new thread for each job, which is "
             "what pools are compared to"},
    {IN_POOL, "resize", MAP(IN_RESIZE), .offset = POOL(resize),
     .help = "a pool that changes its size"},
    {IN_POOL, "breaker", LATER_MAP(IN_BREAKER), .help = "stops sending to a failing pool"},
    {IN_POOL, "holds", LATER, .help = "resources held for each worker's life"},

    {IN_THREADS, "per_job", MAP(IN_PER_JOB), .kind = THREADS_PER_JOB,
     .help = "a thread per job, with or without a limit"},

    {IN_PER_JOB, "limit", KEY_COUNT, .offset = THREADS(limit), BOUNDS(1, POOL_WORKERS_MOST),
     .help = "a semaphore: at most so many threads at once, who finds none free waits in the "
             "`queue`; without it nobody ever waits"},

    {IN_QUEUE, "capacity", KEY_COUNT, .offset = QUEUE(capacity), .words = "unbounded",
     OTHERWISE("unbounded"), BOUNDS(0, 1e9),
     .help = "waiting jobs (those in service do not count); 0: hand-over only; or `unbounded`"},
    {IN_QUEUE, "order", KEY_WORD, .offset = QUEUE(order),
     .words = "fifo lifo priority adaptive_lifo", OTHERWISE("fifo"),
     .help = "who is next: the first that came, the last, or the first of the highest class's "
             "`priority` (adaptive_lifo is not supported yet)"},
    {IN_QUEUE, "when_full", KEY_WORD, .offset = QUEUE(when_full),
     .words = "block reject drop_oldest caller_runs", OTHERWISE("reject"),
     .help = "block: wait at the door; reject; drop_oldest: the earliest enqueued makes room; "
             "caller_runs: the submitter does the job itself"},
    {IN_QUEUE, "shed", LATER_MAP(IN_SHED), .help = "drops what waited too long"},

    {IN_SHED, "codel", LATER_MAP(IN_CODEL), .help = ""},
    {IN_CODEL, "target", LATER, .help = "delay that is fine"},
    {IN_CODEL, "interval", LATER, .help = "time over which it must be met once"},

    {IN_RESIZE, "policy", KEY_WORD, .offset = RESIZE(policy), NEEDED,
     .words =
         "watermark on_demand target_utilisation aimd gradient vegas littles_law hill_climbing "
         "schedule",
     .help = "who decides"},
    {IN_RESIZE, "min", KEY_COUNT, .offset = RESIZE(min), OTHERWISE("1"), BOUNDS(0, 1e6),
     .help = "fewest workers; of the executor its core. 0: on_demand in the simulator alone"},
    {IN_RESIZE, "max", KEY_COUNT, .offset = RESIZE(max), NEEDED, BOUNDS(1, 1e6),
     .help = "most workers"},
    {IN_RESIZE, "every", KEY_CHOICE, .of = IN_DIST, .offset = RESIZE(every), OTHERWISE("100ms"),
     .shorthand = "constant",
     .help = "time between decisions: a duration, or a distribution; 0s: on every event. Not of "
             "on_demand, which decides on every event anyway, nor of schedule"},
    {IN_RESIZE, "dwell", KEY_CHOICE, .of = IN_DIST, .offset = RESIZE(dwell), OTHERWISE("0s"),
     .shorthand = "constant",
     .help = "least time between two changes: a duration, or a distribution"},
    {IN_RESIZE, "spawn", KEY_CHOICE, .of = IN_DIST, .offset = RESIZE(spawn), OTHERWISE("0s"),
     .shorthand = "constant", .help = "time to start a thread: a duration, or a distribution"},
    {IN_RESIZE, "warm_up", KEY_CHOICE, .of = IN_DIST, .offset = RESIZE(warm_up), OTHERWISE("0s"),
     .shorthand = "constant",
     .help = "work of a new worker before it serves (a connection, a cache): a duration, or a "
             "distribution"},
    {IN_RESIZE, "grow_at", MAP(IN_GROW_AT), .offset = RESIZE(grow_at), OTHERWISE("{}"),
     .shorthand = "utilisation",
     .help = "watermark: grows above it; `80%` alone is {utilisation: 80%}"},
    {IN_RESIZE, "shrink_at", MAP(IN_SHRINK_AT), .offset = RESIZE(shrink_at), OTHERWISE("{}"),
     .shorthand = "utilisation",
     .help = "watermark: shrinks below it; the gap between both is the hysteresis"},
    {IN_RESIZE, "step", KEY_COUNT, .offset = RESIZE(step), OTHERWISE("1"), BOUNDS(1, 1e6),
     .help = "watermark: workers at a time; or"},
    {IN_RESIZE, "factor", KEY_FACTOR, .offset = RESIZE(factor), BOUNDS(1, 100),
     .help = "watermark: x1.5 changes the size by a half, rounded up"},
    {IN_RESIZE, "while_starting", KEY_WORD, .offset = RESIZE(while_starting), .words = "go_on hold",
     OTHERWISE("go_on"), .help = "watermark: hold: no decision while a worker starts"},
    {IN_RESIZE, "grow_when", KEY_WORD, .offset = RESIZE(grow_when), .words = "none_idle queue_full",
     OTHERWISE("none_idle"),
     .help = "on_demand: none_idle: a worker for each job that waits; queue_full: the rule of "
             "executors, below `min` always, above it only when the queue is full"},
    {IN_RESIZE, "keep_alive", KEY_CHOICE, .of = IN_DIST, .offset = RESIZE(keep_alive),
     OTHERWISE("60s"), .shorthand = "constant",
     .help = "on_demand: how long a worker above `min` stays idle before it goes; a distribution "
             "in the simulator alone"},
    {IN_RESIZE, "target", KEY_SHARE, .offset = RESIZE(target), OTHERWISE("70%"), BOUNDS(0.01, 1),
     .help = "target_utilisation: busy over workers"},
    {IN_RESIZE, "tolerance", KEY_SHARE, .offset = RESIZE(tolerance), OTHERWISE("10%"), BOUNDS(0, 1),
     .help = "target_utilisation: no change so near to the target"},
    {IN_RESIZE, "stabilise_up", KEY_DURATION, .offset = RESIZE(stabilise_up), OTHERWISE("0s"),
     BOUNDS(0, ALL_TIME), .help = "target_utilisation: grows to the least it wanted in this time"},
    {IN_RESIZE, "stabilise_down", KEY_DURATION, .offset = RESIZE(stabilise_down), OTHERWISE("5min"),
     BOUNDS(0, ALL_TIME), .help = "target_utilisation: shrinks to the most it wanted in this time"},
    {IN_RESIZE, "backoff", KEY_SHARE, .offset = RESIZE(backoff), OTHERWISE("90%"), BOUNDS(0.1, 1),
     .help = "aimd: the size after a loss, over the size before"},
    {IN_RESIZE, "slow", KEY_DURATION, .offset = RESIZE(slow), OTHERWISE("5s"),
     BOUNDS(1e3, ALL_TIME), .help = "aimd: a mean response above it counts as a loss"},
    {IN_RESIZE, "slack", KEY_NUMBER, .offset = RESIZE(slack), OTHERWISE("1.5"), BOUNDS(1, 10),
     .help = "gradient: service may grow so many times before the size falls"},
    {IN_RESIZE, "smoothing", KEY_SHARE, .offset = RESIZE(smoothing), OTHERWISE("20%"),
     BOUNDS(0.01, 1), .help = "gradient: weight of the newest size"},
    {IN_RESIZE, "long_window", KEY_COUNT, .offset = RESIZE(long_window), OTHERWISE("600"),
     BOUNDS(1, 1e6), .help = "gradient: samples of the long average"},
    {IN_RESIZE, "extra", KEY_COUNT, .offset = RESIZE(extra), OTHERWISE("4"), BOUNDS(0, 1e6),
     .help = "gradient: workers more at each step"},
    {IN_RESIZE, "probe", KEY_COUNT, .offset = RESIZE(probe), OTHERWISE("30"), BOUNDS(1, 1e6),
     .help = "vegas: the least service is measured anew after so many times the size"},
    {IN_RESIZE, "percentile", KEY_WORD, .offset = RESIZE(percentile), .words = "p50 p90 p95 p99",
     OTHERWISE("p99"), .help = "littles_law: of the response, by which the size is worked out"},
    {IN_RESIZE, "headroom", KEY_FACTOR, .offset = RESIZE(headroom), OTHERWISE("x1.2"),
     BOUNDS(0.1, 100), .help = "littles_law: size = arrival rate x percentile x headroom"},
    {IN_RESIZE, "sizes", KEY_ROWS, .of = IN_SIZE, .offset = RESIZE(sizes),
     .help = "schedule: [[0s, 4], [10s, 40], ...]"},
    {IN_RESIZE, "repeat", KEY_DURATION, .offset = RESIZE(repeat), BOUNDS(1e3, ALL_TIME),
     .help = "schedule: period; without it the last size holds for ever"},

    {IN_GROW_AT, "utilisation", KEY_SHARE, .offset = MARK(utilisation), BOUNDS(0, 1),
     .help = "busy over workers, the mean since the last decision; or"},
    {IN_GROW_AT, "queue", KEY_COUNT, .offset = MARK(count), BOUNDS(1, 1e9),
     .help = "so many jobs or more wait"},
    {IN_SHRINK_AT, "utilisation", KEY_SHARE, .offset = MARK(utilisation), BOUNDS(0, 1),
     .help = "busy over workers, the mean since the last decision; or"},
    {IN_SHRINK_AT, "idle", KEY_COUNT, .offset = MARK(count), BOUNDS(1, 1e6),
     .help = "so many workers or more are idle"},

    {IN_SIZE, "at", KEY_DURATION, .offset = offsetof(struct resize_size, at), NEEDED,
     BOUNDS(0, ALL_TIME), .help = "instant from t = 0; the first one's is 0s"},
    {IN_SIZE, "workers", KEY_COUNT, .offset = offsetof(struct resize_size, workers), NEEDED,
     BOUNDS(1, 1e6), .help = "from there on"},

    {IN_BREAKER, "window", LATER, .help = "calls looked at"},
    {IN_BREAKER, "failures", LATER, .help = "share that opens it"},
    {IN_BREAKER, "open_for", LATER, .help = "time until it probes"},
    {IN_BREAKER, "probes", LATER, .help = "calls let through to try"},

    {IN_RESOURCE, "name", LATER, .help = ""},
    {IN_RESOURCE, "slots", LATER, .help = "how many there are"},
    {IN_RESOURCE, "wait", LATER, .help = "longest wait for one"},

    {IN_DISTURB, "at", LATER, .help = "when"},
    {IN_DISTURB, "for", LATER, .help = "how long"},
    {IN_DISTURB, "pool", LATER, .help = "which pool"},
    {IN_DISTURB, "class", LATER, .help = "which class"},
    {IN_DISTURB, "resource", LATER, .help = "which resource"},
    {IN_DISTURB, "service", LATER, .help = "factor on service times"},
    {IN_DISTURB, "rate", LATER, .help = "factor on the arrival rate"},
    {IN_DISTURB, "slots", LATER, .help = "new number of slots"},

    {IN_SHUTDOWN, "at", LATER, .help = "no more admissions from here"},
    {IN_SHUTDOWN, "drain", LATER, .help = "then so long until what is left is cancelled"},

    {IN_SLO, "mean", KEY_DURATION, .kind = SLO_MEAN, .help = "mean response time, at most"},
    {IN_SLO, "p50", KEY_DURATION, .kind = SLO_P50, .help = "response time percentiles, at most"},
    {IN_SLO, "p90", KEY_DURATION, .kind = SLO_P90, .help = ""},
    {IN_SLO, "p95", KEY_DURATION, .kind = SLO_P95, .help = ""},
    {IN_SLO, "p99", KEY_DURATION, .kind = SLO_P99, .help = ""},
    {IN_SLO, "p999", KEY_DURATION, .kind = SLO_P999, .help = ""},
    {IN_SLO, "max", KEY_DURATION, .kind = SLO_MAX, .help = "longest response, at most"},
    {IN_SLO, "rejected", KEY_SHARE, .kind = SLO_REJECTED, BOUNDS(0, 1),
     .help = "every lost job over offered, at most"},
    {IN_SLO, "utilisation", KEY_SHARE, .kind = SLO_UTILISATION, BOUNDS(0, 1),
     .help = "of the busiest pool, at most; not per class"},
    {IN_SLO, "throughput", KEY_RATE, .kind = SLO_THROUGHPUT, .help = "at least"},
    {IN_SLO, "goodput", KEY_RATE, .kind = SLO_GOODPUT, .help = "at least"},
    {IN_SLO, "within", KEY_BY_TIME, .each = KEY_SHARE, .kind = SLO_WITHIN, BOUNDS(0, 1),
     .help = "{800ms: 99.9%}: share of offered jobs completed in that time, at least"},
};

const size_t format_key_count = sizeof format_keys / sizeof *format_keys;
