/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advise: see advise.h: pools and classes; the rules of the slo are in model/advise_slo.c. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "model/advise_rules.h"
#include "model/erlang.h"
#include "model/mem.h"

static const double BUSY = 0.8;          /* above it a pool is full, */
static const double SPARE = 2;           /* where fewer than so many sqrt(a) are spare, too */
static const double TAIL_LOAD = 0.7;     /* a pool below it was not sized by the median */
static const double MEAN_OVER_P50 = 2;   /* a heavy tail: from here on, */
static const double P99_OVER_MEAN = 10;  /* or here */
static const double RELAXATIONS = 2;     /* that a warm-up wants */
static const double SHORTEST_MEAN = 1e3; /* ns, of a service or a gap */

const char *advice_word(enum advice_kind kind) {
    static const char *const words[ADVICE_KINDS] = {
        "load", "tail",   "batch",     "queue",    "unbounded", "cores",
        "jobs", "steady", "closed",    "warmup",   "short",     "hand-over",
        "peak", "slo",    "precision", "priority", "processor", "serial"};
    return words[kind];
}

void advise_tell(const struct advisor *a, enum advice_kind kind, const char *format, ...) {
    char sentence[400];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    a->say(a->context, kind,
           mem_format("%s (scenarios/README.md#advice-%s)", sentence, advice_word(kind)));
}

/* To two digits: of an estimate. */
static double about(double value) {
    double step = value > 0 ? pow(10, floor(log10(value)) - 1) : 1;
    return round(value / step) * step;
}

double advise_service(const struct class *class) {
    return dist_mean(&class->route.items[0].service) / 1e9;
}

static bool uses(const struct class *class, size_t pool) {
    return class->route.items[0].pool == pool;
}

/* Of modulated arrivals, by renewal and reward over a circle of phases of exponential length. */
static double mmpp_dispersion(const struct class *class) {
    const struct arrivals *a = &class->arrivals;
    double rate = scenario_class_rate(class), circle = 0, squares = 0;
    for (size_t i = 0; i < a->mmpp.rates.count; i++) {
        double dwell = nsec_seconds(a->mmpp.dwell.items[i]);
        double more = (class->rate_scale * a->mmpp.rates.items[i] - rate) * dwell;
        circle += dwell;
        squares += more * more;
    }
    return 1 + squares / circle / rate;
}

/* Variance over mean of the number of arrivals, in the long run; of a batch the size itself. */
static double dispersion(const struct class *class) {
    const struct arrivals *a = &class->arrivals;
    return a->kind == ARRIVAL_MMPP       ? mmpp_dispersion(class)
           : a->kind == ARRIVAL_CONSTANT ? 0
           : a->kind == ARRIVAL_RENEWAL  ? dist_scv(&a->gap)
           : a->kind == ARRIVAL_BATCH    ? fmax(1, dist_mean(&a->size)) * (1 + dist_scv(&a->size))
                                         : 1;
}

struct view advise_view(const struct scenario *sc, size_t pool) {
    struct view v = {.spec = &sc->pools.items[pool], .index = pool};
    double squares = 0, arrivals = 0;
    v.c = scenario_endless(v.spec) ? INFINITY : (double)scenario_most_workers(v.spec);
    v.a = scenario_offered_load(sc, pool);
    v.bounded = v.spec->queue.capacity != CAPACITY_UNBOUNDED;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (!uses(class, pool))
            continue;
        double rate = scenario_class_rate(class), s = advise_service(class);
        v.rate += rate;
        squares += rate * s * s * (1 + dist_scv(&class->route.items[0].service));
        arrivals += rate * dispersion(class);
    }
    v.s = v.a / v.rate;
    v.spread = (arrivals / v.rate + squares / v.rate / (v.s * v.s) - 1) / 2;
    return v;
}

/* How long a job of the class may take, in seconds; infinite: for ever. */
static double deadline_of(const struct scenario *sc, size_t class) {
    double least = INFINITY;
    for (size_t i = 0; i < sc->slo.count; i++) {
        const struct slo *slo = &sc->slo.items[i];
        if (slo->metric == SLO_P99 && (slo->class == SLO_TOTAL || slo->class == class))
            least = fmin(least, slo->limit);
    }
    const struct timeout *timeout = &sc->classes.items[class].timeout;
    if (timeout->total > 0)
        least = fmin(least, nsec_seconds(timeout->total));
    if (timeout->queue.kind != DIST_NONE)
        least = fmin(least, dist_quantile(&timeout->queue, 0.99) / 1e9);
    return least;
}

/* ---- pools ---- */

static void load(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    if (!(v->a > BUSY * v->c) || v->c - v->a >= SPARE * sqrt(v->a) ||
        scenario_unstable(a->sc, v->index))
        return;
    const char *what = n(&t, v->a);
    if (v->a < v->c)
        advise_tell(
            a, ADVICE_LOAD,
            "pool '%s': %s workers' worth of work on %.0f workers: %.0f %% busy; +30 %% would be "
            "%.0f, the 70-80 %% rule gives %.0f to %.0f",
            v->spec->name, what, v->c, 100 * v->a / v->c, ceil(1.3 * v->a - ROUNDING),
            ceil(v->a / 0.8 - ROUNDING), ceil(v->a / 0.7 - ROUNDING));
    else
        advise_tell(
            a, ADVICE_LOAD,
            "pool '%s': %s workers' worth of work on %.0f workers: %.0f %% is more than they can "
            "do; +30 %% would be %.0f",
            v->spec->name, what, v->c, 100 * (1 - v->c / v->a), ceil(1.3 * v->a - ROUNDING));
}

static void steady(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    if (!scenario_unstable(a->sc, v->index))
        return;
    double offered = 0, work = 0;
    for (size_t i = 0; i < a->sc->classes.count; i++) {
        const struct class *class = &a->sc->classes.items[i];
        if (!uses(class, v->index) || class->arrivals.kind == ARRIVAL_CLOSED)
            continue;
        offered += scenario_class_rate(class);
        work += scenario_class_rate(class) * advise_service(class);
    }
    if (work < v->c) {
        advise_overrun(a, v);
        return;
    }
    advise_tell(a, ADVICE_STEADY,
                "pool '%s' has no steady state: %s workers' worth of load on %.0f; about %s jobs/s "
                "pile up; figures hold for this length of run alone",
                v->spec->name, n(&t, work), v->c, n(&t, about(offered * (1 - v->c / work))));
}

static void unbounded(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    if (v->bounded || a->sc->run.kind != RUN_STEADY || !(v->a >= NEARLY_FULL * v->c) ||
        v->a >= v->c)
        return;
    double waiting = erlang_c(v->a, v->c) * v->a / (v->c - v->a) * v->spread;
    advise_tell(
        a, ADVICE_UNBOUNDED,
        "pool '%s': nothing bounds its queue; at %.0f %% load about %s jobs wait on average, many "
        "times that at times: give it a capacity",
        v->spec->name, 100 * v->a / v->c, n(&t, about(waiting)));
}

/* `block` and an open class: who stands at the door does not slow his source. */
static void door(const struct advisor *a, const struct view *v) {
    if (!v->bounded || v->spec->queue.when_full != STATION_BLOCK)
        return;
    for (size_t i = 0; i < a->sc->classes.count; i++)
        if (uses(&a->sc->classes.items[i], v->index) &&
            a->sc->classes.items[i].arrivals.kind != ARRIVAL_CLOSED) {
            advise_tell(a, ADVICE_UNBOUNDED,
                        "pool '%s': block slows closed clients alone; open arrivals ('%s') wait at "
                        "its door as in an unbounded queue",
                        v->spec->name, a->sc->classes.items[i].name);
            return;
        }
}

static void late_queue(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    double deadline = INFINITY, last = (double)v->spec->queue.capacity * v->s / v->c;
    for (size_t i = 0; i < a->sc->classes.count; i++)
        if (uses(&a->sc->classes.items[i], v->index))
            deadline = fmin(deadline, deadline_of(a->sc, i));
    if (!v->bounded || v->spec->queue.when_full == STATION_BLOCK || !(last > deadline))
        return;
    advise_tell(
        a, ADVICE_QUEUE,
        "pool '%s': the last of %lld places waits about %s, slo and timeout allow %s: it is "
        "served in vain; a queue of %.0f would do",
        v->spec->name, (long long)v->spec->queue.capacity, d(&t, about(last)), d(&t, deadline),
        floor(fmax(0, (deadline - v->s) * v->c / v->s)));
}

/* Time constant in which a pool forgets how it began: a service time, or where the queue counts
 * that of M/M/c in heavy traffic, scaled by the variability; a bounded queue is crossed sooner. */
static double relaxation(const struct view *v) {
    double gap = 1 - sqrt(v->a / v->c), places = (double)v->spec->queue.capacity + 1;
    double heavy = v->spread * v->s / (v->c * gap * gap);
    double across = v->bounded ? places * places * v->s / (v->c * 2 * v->spread) : INFINITY;
    return fmax(v->s, fmin(heavy, across));
}

static void warmup(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    nsec have = a->sc->run.warmup;
    if (a->sc->run.warmup_origin == WARMUP_INAPPLICABLE && scenario_unstable(a->sc, v->index))
        advise_tell(a, ADVICE_WARMUP,
                    "pool '%s' never settles, so `warmup: auto` does not apply: the warm-up is the "
                    "default, %s",
                    v->spec->name, d(&t, nsec_seconds(have)));
    if (a->sc->run.kind != RUN_STEADY || have < 0 || !(v->a < v->c) || !(v->a > 0))
        return;
    bool found = a->sc->run.warmup_origin == WARMUP_FOUND; /* it has looked for itself */
    double settles = relaxation(v), wanted = (found ? 1 : RELAXATIONS) * settles;
    if (!isfinite(wanted) || nsec_seconds(have) >= wanted)
        return;
    advise_tell(
        a, ADVICE_WARMUP,
        "pool '%s' at %.0f %% load settles with a time constant of about %s: a warm-up of %s is "
        "short, take %s",
        v->spec->name, 100 * v->a / v->c, d(&t, about(settles)), d(&t, nsec_seconds(have)),
        d(&t, about(1.04 * RELAXATIONS * settles)));
}

static void hand_over(const struct advisor *a, const struct view *v) {
    if (v->spec->queue.capacity == 0 && v->spec->queue.when_full == STATION_DROP_OLDEST)
        advise_tell(
            a, ADVICE_HAND_OVER,
            "pool '%s': with capacity 0 nobody waits to be dropped, so drop_oldest is reject",
            v->spec->name);
}

static void peak(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    double most = 0;
    for (size_t i = 0; i < a->sc->classes.count; i++)
        if (uses(&a->sc->classes.items[i], v->index))
            most += scenario_class_peak_rate(&a->sc->classes.items[i]) *
                    advise_service(&a->sc->classes.items[i]);
    if (most > v->c && v->a <= v->c)
        advise_tell(
            a, ADVICE_PEAK,
            "pool '%s': at its peak the load is %s workers' worth on %.0f workers (mean %s): what "
            "waits grows while that lasts",
            v->spec->name, n(&t, most), v->c, n(&t, v->a));
}

/* ---- classes ---- */

static void tail(const struct advisor *a, const struct class *class) {
    struct texts t = {.used = 0};
    const struct dist *service = &class->route.items[0].service;
    const struct view v = advise_view(a->sc, class->route.items[0].pool);
    double mean = dist_mean(service) / 1e9, rate = scenario_class_rate(class);
    if (!(v.a > TAIL_LOAD * v.c))
        return;
    double p50 = dist_quantile(service, 0.5) / 1e9, p99 = dist_quantile(service, 0.99) / 1e9;
    if (mean < MEAN_OVER_P50 * p50 && p99 < P99_OVER_MEAN * mean)
        return;
    advise_tell(
        a, ADVICE_TAIL,
        "class '%s' has a heavy tail, median %s, mean %s: sized by the median %s workers would "
        "do, by the mean %s are busy",
        class->name, d(&t, p50), d(&t, mean), n(&t, rate * p50), n(&t, rate * mean));
}

static void batch(const struct advisor *a, size_t index) {
    struct texts t = {.used = 0};
    const struct class *class = &a->sc->classes.items[index];
    const struct pool_spec *pool = &a->sc->pools.items[class->route.items[0].pool];
    if (class->arrivals.kind != ARRIVAL_BATCH)
        return;
    double size = fmax(1, dist_mean(&class->arrivals.size)), c = (double)pool->workers;
    double rounds = ceil(size / c), deadline = deadline_of(a->sc, index);
    double room = c + (double)pool->queue.capacity;
    bool loses =
        pool->queue.capacity != CAPACITY_UNBOUNDED &&
        (pool->queue.when_full == STATION_REJECT || pool->queue.when_full == STATION_DROP_OLDEST);
    if (loses && size > room)
        advise_tell(
            a, ADVICE_BATCH,
            "a batch of %s ('%s') finds room for %s at most (%.0f workers, queue %lld): at least "
            "%s "
            "are lost each time",
            n(&t, size), class->name, n(&t, room), c, (long long)pool->queue.capacity,
            n(&t, size - room));
    else if (size > c && (isinf(deadline) || rounds * advise_service(class) > deadline))
        advise_tell(
            a, ADVICE_BATCH,
            "a batch of %s ('%s') on %.0f workers takes %.0f service times, %s%s%s; for one, it "
            "takes %.0f workers",
            n(&t, size), class->name, c, rounds, d(&t, rounds * advise_service(class)),
            isinf(deadline) ? "" : ", and slo and timeout allow ",
            isinf(deadline) ? "" : d(&t, deadline), ceil(size));
}

static bool slo_of_time(const struct scenario *sc, size_t class) {
    for (size_t i = 0; i < sc->slo.count; i++)
        if (slo_unit((enum slo_metric)sc->slo.items[i].metric) == 't' &&
            (sc->slo.items[i].class == SLO_TOTAL || sc->slo.items[i].class == class))
            return true;
    return false;
}

/* What closed clients would send if nothing made them wait, a second. */
double advise_clients_rate(const struct class *class) {
    return (double)class->arrivals.clients /
           (dist_mean(&class->arrivals.think) / 1e9 + advise_service(class));
}

static void closed(const struct advisor *a, size_t index) {
    struct texts t = {.used = 0};
    const struct class *class = &a->sc->classes.items[index];
    if (class->arrivals.kind != ARRIVAL_CLOSED || !slo_of_time(a->sc, index))
        return;
    advise_tell(
        a, ADVICE_CLOSED,
        "the %lld clients of '%s' slow down with the pool: the slo is not what independent users "
        "at %s/s would see; compare poisson",
        (long long)class->arrivals.clients, class->name, n(&t, advise_clients_rate(class)));
}

static void too_short(const struct advisor *a, const struct class *class) {
    struct texts t = {.used = 0};
    const struct arrivals *from = &class->arrivals;
    double service = dist_mean(&class->route.items[0].service);
    double gap = from->kind == ARRIVAL_RENEWAL ? dist_mean(&from->gap) : 1e9 / from->rate;
    bool by_gap = gap < SHORTEST_MEAN;
    if (service < SHORTEST_MEAN || by_gap)
        advise_tell(
            a, ADVICE_SHORT,
            "class '%s': a mean %s of %s is below 1 us: times are whole nanoseconds, and a thread "
            "takes longer to be handed a job",
            class->name, by_gap ? "gap" : "service", d(&t, (by_gap ? gap : service) / 1e9));
}

/* ---- all of it ---- */

void advise_scenario(const struct scenario *sc, advise_fn *say, void *context) {
    typedef void pool_rule(const struct advisor *, const struct view *);
    static pool_rule *const rules[] = {load,       steady,     unbounded,
                                       door,       late_queue, warmup,
                                       hand_over,  peak,       advise_pool_priority,
                                       advise_lock};
    const struct advisor a = {sc, say, context};
    for (size_t i = 0; i < sc->pools.count; i++) {
        const struct view v = advise_view(sc, i);
        for (size_t k = 0; k < sizeof rules / sizeof *rules; k++)
            rules[k](&a, &v);
    }
    for (size_t i = 0; i < sc->classes.count; i++) {
        tail(&a, &sc->classes.items[i]);
        batch(&a, i);
        closed(&a, i);
        too_short(&a, &sc->classes.items[i]);
        advise_class_priority(&a, &sc->classes.items[i]);
    }
    advise_processor(&a);
    for (size_t i = 0; i < sc->slo.count; i++)
        advise_slo(&a, &sc->slo.items[i]);
    advise_precision(&a);
}

/* The share of a pool's work that computes: by its classes' load where that is known. */
static double computing(const struct scenario *sc, size_t pool) {
    double work = 0, all = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (!uses(class, pool))
            continue;
        double rate = class->arrivals.kind == ARRIVAL_CLOSED ? advise_clients_rate(class)
                                                             : scenario_class_rate(class);
        all += rate * advise_service(class);
        work += rate * advise_service(class) * class->route.items[0].cpu;
    }
    return all > 0 ? work / all : 0;
}

void advise_cores(const struct scenario *sc, int cores, advise_fn *say, void *context) {
    const struct advisor a = {sc, say, context};
    bool said = sc->cores > 0;
    cores = said ? (int)sc->cores : cores;
    for (size_t i = 0; i < sc->pools.count; i++) {
        struct texts t = {.used = 0};
        double share = computing(sc, i), c = (double)sc->pools.items[i].workers;
        if (!scenario_endless(&sc->pools.items[i]) && share * c > cores * (1 + ROUNDING))
            advise_tell(
                &a, ADVICE_CORES,
                "pool '%s': its %.0f workers compute %s %% of their time on %d core%s: beyond %s "
                "workers they take turns%s",
                sc->pools.items[i].name, c, n(&t, 100 * share), cores, cores == 1 ? "" : "s",
                n(&t, ceil(cores / share)), said ? "" : "; to simulate that, say host.cores");
    }
}
