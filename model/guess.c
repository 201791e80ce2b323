/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guess: see guess.h. */
#include "model/guess.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/read_value.h"
#include "model/text.h"

static const char spread[] = "give cv, the standard deviation / mean";
static const char average[] = "avg average";
static const char rates[] = "lambda rps qps tps freq frequency per_second requests";
static const char spreads[] = "std sd stddev stdev deviation variance var";

const struct guess guesses[] = {
    {IN_ROOT, "title id", "name", NULL},
    {IN_ROOT, "description summary comment", "about", NULL},
    {IN_ROOT, "sla objectives targets", "slo", NULL},
    {IN_ROOT, "queue", NULL, "it is written pool: {workers: 20, queue: {capacity: 100}}"},
    {IN_ROOT, "threads concurrency", NULL, "how many there are is written pool: {workers: 20}"},

    {IN_RUN, "time length for measure", "duration", NULL},
    {IN_RUN, "runs reps repeats repetitions iterations", "replications", NULL},
    {IN_PRECISION, "target width relative tolerance", "within", NULL},
    {IN_PRECISION, "figure", "metric", NULL},
    {IN_PRECISION, "max limit", "max_replications", NULL},

    {IN_CLASS, "rate rps qps load traffic workload arrival_rate", "arrivals", NULL},
    {IN_CLASS, "deadline", "timeout", NULL},
    {IN_CLASS, "steps stages path", "route", NULL},
    {IN_STEP, "service_time service_times processing", "service", NULL},
    {IN_TIMEOUT, "wait waiting", "queue", NULL},
    {IN_TIMEOUT, "max request", "total", NULL},

    {IN_ARRIVALS, "exponential random markov", "poisson", NULL},
    {IN_ARRIVALS, "fixed deterministic regular clock uniform", "constant", NULL},
    {IN_ARRIVALS, "users clients", "closed", NULL},
    {IN_ARRIVALS, "burst bursts bursty", "batch", NULL},
    {IN_ARRIVALS, "file csv replay log", "trace", NULL},
    {IN_ARRIVALS, "ramp stages schedule", "profile", NULL},
    {IN_ARRIVALS, "onoff on_off", "mmpp", NULL},
    {IN_POISSON, rates, "rate", NULL},
    {IN_CONSTANT_RATE, rates, "rate", NULL},
    {IN_BATCH, rates, "rate", NULL},
    {IN_CLOSED, "users vus threads concurrency count n", "clients", NULL},
    {IN_CLOSED, "pause sleep delay think_time", "think", NULL},
    {IN_PROFILE, "steps stages", "points", NULL},
    {IN_TRACE, "path csv", "file", NULL},
    {IN_TRACE, "arrival arrivals timestamp", "time", NULL},
    {IN_TRACE, "duration", "service", NULL},

    {IN_DIST, "fixed deterministic const value", "constant", NULL},
    {IN_DIST, "exp poisson markov memoryless", "exponential", NULL},
    {IN_DIST, "log_normal log-normal", "lognormal", NULL},
    {IN_DIST, "gaussian gauss norm", "normal", NULL},
    {IN_DIST, "hyper h2", "hyperexponential", NULL},
    {IN_DIST, "file csv histogram data", "empirical", NULL},
    {IN_DIST, "percentiles", "quantiles", NULL},
    {IN_DIST, "mix", "mixture", NULL},
    {IN_EXPONENTIAL, "rate lambda mu", NULL, "the mean is 1 / rate: of 100/s it is 10ms"},
    {IN_EXPONENTIAL, average, "mean", NULL},
    {IN_LOGNORMAL, "p50", "median", NULL},
    {IN_LOGNORMAL, "p75 p80 p90 p95 p98 p999 p99.9", NULL,
     "of percentiles it takes the median and the p99; others are for quantiles: {p0: ..., p95: "
     "..., p100: ...}"},
    {IN_LOGNORMAL, average, "mean", NULL},
    {IN_LOGNORMAL, spreads, NULL, spread},
    {IN_GAMMA, average, "mean", NULL},
    {IN_GAMMA, spreads, NULL, spread},
    {IN_NORMAL, average, "mean", NULL},
    {IN_NORMAL, "mu", "mean", NULL},
    {IN_NORMAL, spreads, NULL, spread},
    {IN_NORMAL, "sigma", NULL, spread},
    {IN_HYPEREXPONENTIAL, spreads, NULL, spread},
    {IN_ERLANG, "phases stages n", "k", NULL},
    {IN_WEIBULL, "k", "shape", NULL},
    {IN_WEIBULL, "scale lambda", NULL, "give the mean instead"},
    {IN_PARETO, "scale xm minimum", "min", NULL},
    {IN_PARETO, "shape", "alpha", NULL},
    {IN_LOMAX, "shape", "alpha", NULL},
    {IN_UNIFORM, "low from a lower", "min", NULL},
    {IN_UNIFORM, "high to b upper", "max", NULL},
    {IN_QUANTILES, "min", "p0", NULL},
    {IN_QUANTILES, "median", "p50", NULL},
    {IN_QUANTILES, "max", "p100", NULL},

    {IN_POOL, "size count n servers concurrency threads", "workers", NULL},
    {IN_POOL, "capacity queue_size queue_capacity backlog when_full", NULL,
     "it is written queue: {capacity: 100, when_full: reject}"},
    {IN_QUEUE, "size length limit max depth bound max_size", "capacity", NULL},
    {IN_QUEUE, "overflow policy on_full full rejection", "when_full", NULL},
    {IN_QUEUE, "discipline", "order", NULL},
    {IN_POOL, "autoscale autoscaler scaling elastic", "resize", NULL},
    {IN_POOL, "min max min_workers max_workers", NULL,
     "it is written resize: {policy: watermark, min: 2, max: 20, ...}"},
    {IN_RESIZE, "minimum core core_size min_workers", "min", NULL},
    {IN_RESIZE, "maximum limit max_workers", "max", NULL},
    {IN_RESIZE, "kind strategy controller algorithm", "policy", NULL},
    {IN_RESIZE, "interval period tick", "every", NULL},
    {IN_RESIZE, "cooldown cool_down", "dwell", NULL},
    {IN_RESIZE, "high scale_up", "grow_at", NULL},
    {IN_RESIZE, "low scale_down", "shrink_at", NULL},
    {IN_RESIZE, "idle_timeout timeout", "keep_alive", NULL},
    {IN_RESIZE, "startup start_up", "spawn", NULL},

    {IN_SLO, "latency response response_time rt", NULL, "say which figure of it, as p99: 800ms"},
    {IN_SLO, "errors error_rate failures lost loss losses drops dropped", "rejected", NULL},
    {IN_SLO, average, "mean", NULL},
    {IN_SLO, "median", "p50", NULL},
    {IN_SLO, "cpu load busy", "utilisation", NULL},
    {IN_SLO, "rps qps rate", "throughput", NULL},
};

const size_t guess_count = sizeof guesses / sizeof *guesses;

const struct guess *guess_find(enum section in, const char *word) {
    for (size_t i = 0; i < guess_count; i++)
        if (guesses[i].in == in && text_index(word, guesses[i].words) >= 0)
            return &guesses[i];
    return NULL;
}

/* The digits of p99, p99.9, p999; false: no percentile. */
static bool percentile(const char *word, char digits[8]) {
    size_t n = 0;
    if (*word++ != 'p')
        return false;
    for (; *word; word++)
        if (isdigit((unsigned char)*word) && n < 7)
            digits[n++] = *word;
        else if (*word != '.')
            return false;
    digits[n] = 0;
    return n > 0;
}

char *guess_near(const char *word, const char *words) {
    char a[8], b[8], *near = text_nearest(word, words);
    if (near && percentile(word, a) && percentile(near, b) && strcmp(a, b) != 0) {
        free(near);
        return NULL;
    }
    return near;
}

static const char *meant(enum section in, const char *word) {
    const struct guess *guess = guess_find(in, word);
    return guess && guess->meant ? guess->meant : word;
}

/* Does a map hold all that a section needs, under its keys' names or guesses of them? */
static bool complete(enum section in, const struct node *map) {
    for (size_t k = 0; k < format_key_count; k++) {
        bool found = format_keys[k].in != in || !format_needed(&format_keys[k]);
        for (size_t i = 0; i < map->count && !found; i++)
            found = !strcmp(meant(in, map->keys[i]), format_keys[k].name);
        if (!found)
            return false;
    }
    return true;
}

/* "mean: 10ms, p99: 50ms" with the section's own keys, without what stands beside a kind; NULL: it
 * does not take one of them. */
static char *written(enum section in, enum section choice, const struct node *map) {
    char *text = mem_text("");
    for (size_t i = 0; i < map->count; i++) {
        if (format_find(choice, map->keys[i]))
            continue;
        const struct key *key = format_find(in, meant(in, map->keys[i]));
        const struct node *item = map->items[i];
        if (!key || key->later) {
            free(text);
            return NULL;
        }
        char *longer = mem_format("%s%s%s: %.40s", text, *text ? ", " : "", key->name,
                                  item->kind == NODE_SCALAR ? item->text : "...");
        free(text);
        text = longer;
    }
    return text;
}

char *guess_kind(enum section choice, const struct node *map) {
    char *inner = NULL;
    const struct key *key = format_keys;
    for (size_t k = 0; map->count && k < format_key_count && !inner; k++) {
        key = &format_keys[k];
        if (key->in == choice && key->kind && key->type == KEY_MAP && !key->later &&
            complete(key->of, map))
            inner = written(key->of, choice, map);
    }
    char *text = inner && *inner ? mem_format("{%s: {%s}}", key->name, inner) : NULL;
    free(inner);
    return text;
}

/* Does a map of the section need more than this key? */
static bool needs_more(enum section of, const struct key *key) {
    for (size_t k = 0; k < format_key_count; k++)
        if (format_keys[k].in == of && &format_keys[k] != key && format_needed(&format_keys[k]))
            return true;
    return false;
}

/* The first key of a section that is supported. */
static const struct key *first(enum section of) {
    for (size_t k = 0; k < format_key_count; k++)
        if (format_keys[k].in == of && !format_keys[k].later)
            return &format_keys[k];
    return NULL;
}

char *guess_map(enum section of, const char *text, bool counts) {
    const struct key *key = first(of);
    if (text && key->type == KEY_MAP && format_sections[of].choice) {
        char *inner = guess_map(key->of, text, counts);
        char *map = mem_format("{%s: %s}", key->name, inner);
        free(inner);
        return map;
    }
    bool suits = text && read_suits(key, counts, text);
    return mem_format("{%s: %.40s%s}", key->name, suits ? text : "...",
                      suits && needs_more(of, key) ? ", ..." : "");
}
