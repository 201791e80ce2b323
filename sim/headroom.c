/* SPDX-License-Identifier: GPL-3.0-or-later */
/* headroom: see headroom.h. */
#include "sim/headroom.h"

#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/theory.h"
#include "sim/boundary.h"
#include "sim/sim.h"

static const double RATE_TOLERANCE = 0.01, THEORY_TOLERANCE = 0.001;

struct search {
    struct result *result;
    unsigned threads;
    const atomic_bool *stop;
    bool fixed;             /* asks about pools of fixed size, which the scenario's are not */
    bool too_few, too_many; /* jobs: why an answer is not known */
};

/* A steady run that could meet its slo only by being short: what waits grows without end, or a long
 * queue has not filled yet, after which more is lost than is allowed. */
static bool cannot_last(const struct scenario *sc) {
    double loss = sc->run.kind == RUN_STEADY ? scenario_least_loss(sc) : 0;
    for (size_t i = 0; i < sc->pools.count; i++)
        if (scenario_unstable(sc, i))
            return true;
    for (size_t i = 0; i < sc->slo.count; i++)
        if (sc->slo.items[i].class == SLO_TOTAL && sc->slo.items[i].metric == SLO_REJECTED &&
            sc->slo.items[i].limit < loss)
            return true;
    return false;
}

/* ---- a probe by the simulator ---- */

static struct headroom_probe *probe_new(struct headroom *h, double rate, int64_t workers) {
    h->probes = mem_resize(h->probes, h->count + 1, sizeof *h->probes);
    h->probes[h->count] = (struct headroom_probe){.rate = rate,
                                                  .workers = workers,
                                                  .utilisation = FIGURE_NULL,
                                                  .wait = FIGURE_NULL,
                                                  .p99 = FIGURE_NULL,
                                                  .sure = true};
    return &h->probes[h->count++];
}

/* Fewer replications, or a shorter time, until the probe is within its budget; false: it cannot be.
 * Its series is of no use. */
static bool fit(struct scenario *sc, double jobs_a_second) {
    struct run_spec *run = &sc->run;
    double length = nsec_seconds(run->duration + run->warmup), jobs = jobs_a_second * length;
    run->replications = (int64_t)fmax(
        1, fmin((double)run->replications, floor(HEADROOM_PROBE_JOBS / fmax(1, jobs))));
    if (jobs > HEADROOM_PROBE_JOBS) {
        double shorter = (double)run->duration - (1 - HEADROOM_PROBE_JOBS / jobs) * length * 1e9;
        if (run->kind != RUN_STEADY || shorter < (double)run->duration / 100)
            return false;
        run->duration = (nsec)shorter;
    }
    run->sample_every = run->duration;
    return true;
}

static size_t busiest(const struct result *r) {
    size_t most = 0;
    for (size_t i = 1; i < r->scenario->pools.count; i++)
        if (!(r->pools[i].utilisation.mean <= r->pools[most].utilisation.mean))
            most = i;
    return most;
}

/* Whether a missed threshold is missed for want of room: the wait, a loss, a busy pool. */
static bool for_want_of_room(const struct result *r, size_t i) {
    int64_t metric = r->scenario->slo.items[i].metric;
    return metric == SLO_REJECTED || metric == SLO_UTILISATION ||
           r->total.wait_probability.mean > 0 || r->total.rejected_share.mean > 0;
}

/* What a result answers, noted on its probe. */
static enum answer judge(struct search *s, const struct result *r, struct headroom_probe *probe) {
    enum answer answer = ANSWER_YES;
    bool sure_yes = true, sure_no = false, too_few = false;
    for (size_t i = 0; i < r->slo_count; i++) {
        const struct threshold *t = &r->slo[i];
        bool sure = t->sure && !isnan(t->low);
        too_few = too_few || t->needs;
        if (!t->met && answer != ANSWER_NEVER)
            answer = for_want_of_room(r, i) ? ANSWER_NO : ANSWER_NEVER;
        sure_yes = sure_yes && sure;
        sure_no = sure_no || (sure && !t->met);
    }
    probe->met = answer == ANSWER_YES;
    probe->sure = probe->met ? sure_yes : sure_no;
    probe->wait = r->total.wait.mean;
    probe->p99 = r->total.response.p99;
    probe->utilisation = r->pools[busiest(r)].utilisation;
    s->too_few = s->too_few || too_few;
    return too_few ? ANSWER_UNKNOWN : answer;
}

static bool all_done(const struct trial *trials, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (trials[i].state != TRIAL_DONE)
            return false;
    return true;
}

/* Runs the probe. Where the jobs in the system grow past all bounds the slo is not met. */
static enum answer run(struct search *s, const struct scenario *sc, struct headroom_probe *probe) {
    size_t count = (size_t)sc->run.replications;
    struct trial *trials = mem_new(count, sizeof *trials);
    const struct record **records = mem_new(count, sizeof *records);
    for (size_t i = 0; i < count; i++) {
        trials[i].scenario = sc;
        trials[i].replication = i + 1;
        trials[i].stop = s->stop;
        trials[i].discard_partial = true;
        trials[i].most_jobs = 4 * HEADROOM_PROBE_JOBS;
        records[i] = &trials[i].record;
    }
    sim_replicate(trials, count, s->threads, sim_run, NULL, NULL);
    enum answer answer = s->stop && atomic_load(s->stop) ? ANSWER_UNKNOWN : ANSWER_NO;
    if (answer == ANSWER_NO && all_done(trials, count)) {
        struct result found;
        result_from_records(&found, sc, "sim", records, count);
        answer = judge(s, &found, probe);
        result_free(&found);
    }
    for (size_t i = 0; i < count; i++)
        if (trials[i].state == TRIAL_DONE)
            record_close(&trials[i].record);
    free(records);
    free(trials);
    return answer;
}

/* Its pools keep the size they begin with. */
static void fix(struct scenario *sc) {
    for (size_t i = 0; i < sc->pools.count; i++)
        sc->pools.items[i].resize.max = 0;
}

static enum answer ask_simulator(void *context, double rate, int64_t workers) {
    struct search *s = context;
    struct scenario sc;
    enum answer answer = ANSWER_NO;
    scenario_scaled(&sc, s->result->scenario, rate, workers);
    if (s->fixed)
        fix(&sc);
    if (!fit(&sc, rate * s->result->total.offered_rate.mean)) {
        s->too_many = true;
        answer = ANSWER_UNKNOWN;
    } else {
        struct headroom_probe *probe = probe_new(&s->result->headroom, rate, scenario_workers(&sc));
        probe->fixed = s->fixed;
        if (!cannot_last(&sc))
            answer = run(s, &sc, probe);
    }
    scenario_scaled_free(&sc);
    return answer;
}

/* The scenario as it is: its own result says. */
static enum answer present(struct search *s) {
    struct result *r = s->result;
    struct headroom_probe *probe = probe_new(&r->headroom, 1, scenario_workers(r->scenario));
    return cannot_last(r->scenario) ? ANSWER_NO : judge(s, r, probe);
}

/* ---- the same question to theory ---- */

static const struct theory_figure *theory_figure_of(const struct theory *t, int64_t metric) {
    static const struct theory_figure none = {THEORY_NONE, NAN};
    switch ((enum slo_metric)metric) {
    case SLO_MEAN:
        return &t->response_mean;
    case SLO_P50:
    case SLO_P90:
    case SLO_P95:
    case SLO_P99:
    case SLO_P999:
        return &t->response[metric - SLO_P50];
    case SLO_REJECTED:
        return &t->rejected_share;
    case SLO_UTILISATION:
        return &t->utilisation;
    case SLO_THROUGHPUT:
        return &t->throughput;
    case SLO_MAX:
    case SLO_GOODPUT:
    case SLO_WITHIN:
    case SLO_METRICS:
        break;
    }
    return &none;
}

/* Of the jobs that are not lost, so large a share must be done in the time. */
static enum answer theory_within(const struct theory *t, const struct scenario *sc,
                                 const struct slo *slo) {
    double share = slo->limit / (1 - t->rejected_share.value);
    double needs = share < 1 ? theory_response(t, share) : INFINITY;
    if (t->rejected_share.mark == THEORY_NONE || isnan(needs))
        return ANSWER_UNKNOWN;
    return needs <= nsec_seconds(sc->within.items[slo->within]) ? ANSWER_YES : ANSWER_NO;
}

static enum answer theory_answer(const struct theory *t, const struct scenario *sc) {
    enum answer answer = t->reason ? ANSWER_UNKNOWN : ANSWER_YES;
    for (size_t i = 0; i < sc->slo.count && answer != ANSWER_UNKNOWN; i++) {
        const struct slo *slo = &sc->slo.items[i];
        if (slo->metric == SLO_WITHIN) {
            enum answer within = theory_within(t, sc, slo);
            answer = within == ANSWER_YES ? answer : within;
            continue;
        }
        const struct theory_figure *f = theory_figure_of(t, slo->metric);
        bool met = slo->metric == SLO_THROUGHPUT ? f->value >= slo->limit : f->value <= slo->limit;
        answer = f->mark == THEORY_NONE ? ANSWER_UNKNOWN : met ? answer : ANSWER_NO;
    }
    return answer;
}

static enum answer ask_theory(void *context, double rate, int64_t workers) {
    const struct search *s = context;
    struct scenario sc;
    struct theory theory;
    scenario_scaled(&sc, s->result->scenario, rate, workers);
    enum answer answer = ANSWER_NO;
    if (!cannot_last(&sc)) {
        theory_of(&theory, &sc);
        answer = theory_answer(&theory, &sc);
        theory_free(&theory);
    }
    scenario_scaled_free(&sc);
    return answer;
}

/* ---- what was found ---- */

/* Nearest probes that were sure, on either side of the boundary. */
static void bounds(struct headroom *h, int64_t present, bool resizes) {
    for (size_t i = 0; i < h->count; i++) {
        const struct headroom_probe *p = &h->probes[i];
        if (!p->sure)
            continue;
        if (p->workers == present && p->met && !p->fixed)
            h->rate_low = fmax(h->rate_low, p->rate);
        if (p->workers == present && !p->met && !p->fixed)
            h->rate_high = fmin(h->rate_high, p->rate);
        if (p->fixed != resizes)
            continue;
        if (p->rate == 1 && p->met)
            h->workers_high = fmin(h->workers_high, (double)p->workers);
        if (p->rate == 1 && !p->met)
            h->workers_low = fmax(h->workers_low, (double)p->workers);
    }
}

static int by_workers_then_rate(const void *a, const void *b) {
    const struct headroom_probe *x = a, *y = b;
    return x->workers != y->workers ? (x->workers > y->workers) - (x->workers < y->workers)
                                    : (x->rate > y->rate) - (x->rate < y->rate);
}

static void explain(struct search *s, const char *what, struct boundary b, const char *far) {
    const char *why = b.otherwise == ANSWER_NEVER ? "jobs that never wait miss it, too"
                      : b.otherwise == ANSWER_NO  ? far
                      : s->too_few                ? "too few jobs are left to judge it; run longer"
                      : s->too_many               ? "a run has too many jobs to try some"
                                                  : NULL;
    if (isnan(b.value) && why)
        result_advise(s->result, mem_format("no %s is known at which the slo is met: %s "
                                            "(scenarios/README.md#headroom)",
                                            what, why));
}

static bool judged(const struct result *r) {
    for (size_t i = 0; i < r->slo_count; i++)
        if (r->slo[i].needs)
            return false;
    return r->slo_count > 0 && !r->interrupted;
}

/* The scenario scaled to so many workers has so many: each pool's share is rounded up. */
static double rounded_up(const struct scenario *of, double workers) {
    struct scenario sc;
    if (isnan(workers))
        return workers;
    scenario_scaled(&sc, of, 1, (int64_t)workers);
    workers = (double)scenario_workers(&sc);
    scenario_scaled_free(&sc);
    return workers;
}

/* What pools that change their size cost, against the fewest workers of fixed ones. */
static void spend(struct result *r) {
    struct headroom *h = &r->headroom;
    double seconds = 0, most = 0;
    for (size_t i = 0; i < r->scenario->pools.count; i++) {
        seconds += r->pools[i].worker_seconds.mean;
        most += r->pools[i].resizing.most_workers.mean;
    }
    h->spent = seconds / (h->workers * r->duration);
    h->overshoot = most / h->workers - 1;
}

/* Where there is a thread for every job their number is nobody's choice. */
static struct boundary fewest(const struct question *q, const struct scenario *sc) {
    struct boundary nobody = {.value = NAN};
    return scenario_any_endless(sc) ? nobody : boundary_workers(q);
}

static void simulated(struct search *s, struct question *q) {
    struct result *r = s->result;
    struct headroom *h = &r->headroom;
    q->ask = ask_simulator;
    q->present = present(s);
    struct boundary rate = boundary_rate(q, RATE_TOLERANCE);
    s->fixed = scenario_any_resizes(r->scenario);
    if (s->fixed)
        q->present = ask_simulator(s, 1, q->workers);
    struct boundary workers = fewest(q, r->scenario);
    explain(s, "rate", rate, "not even at a sixteenth of this one");
    if (!scenario_any_endless(r->scenario))
        explain(s, "number of workers", workers, "not even with 64 times as many");
    h->rate = rate.value;
    h->at_least = rate.open;
    h->workers = rounded_up(r->scenario, workers.value);
    bounds(h, q->workers, s->fixed);
    if (s->fixed && h->workers > 0)
        spend(r);
    if (scenario_any_endless(r->scenario))
        h->workers_low = h->workers_high = NAN;
    qsort(h->probes, h->count, sizeof *h->probes, by_workers_then_rate);
}

static void by_theory(struct search *s, struct question *q) {
    q->ask = ask_theory;
    q->present = ask_theory(s, 1, q->workers);
    s->result->headroom.theory_rate = boundary_rate(q, THEORY_TOLERANCE).value;
    s->result->headroom.theory_workers = fewest(q, s->result->scenario).value;
}

void headroom_search(struct result *r, unsigned threads, const atomic_bool *stop) {
    struct search s = {.result = r, .threads = threads, .stop = stop};
    struct question q = {.context = &s,
                         .workers = scenario_workers(r->scenario),
                         .load = r->total.offered_rate.mean * r->total.service.mean.mean};
    if (!judged(r))
        return;
    simulated(&s, &q);
    if (!s.fixed)
        by_theory(&s, &q);
    if (stop && atomic_load(stop)) {
        free(r->headroom.probes);
        r->headroom = HEADROOM_NULL;
        r->interrupted = true;
    }
}
