/* SPDX-License-Identifier: GPL-3.0-or-later */
/* models: see models.h. */
#include "model/models.h"

#include <math.h>
#include <stdlib.h>

#include "model/erlang.h"
#include "model/mem.h"
#include "model/queue_closed.h"
#include "model/queue_endless.h"
#include "model/queue_gim.h"
#include "model/queue_patience.h"
#include "model/queue_priority.h"
#include "model/queue_sharing.h"
#include "model/text.h"

/* ---- what models need ------------------------------------------------------------------------ */

enum need {
    OPEN = 1 << 0,
    CLOSED = 1 << 1,
    STABLE = 1 << 2,
    OVERLOAD = 1 << 3,
    ENDLESS = 1 << 4,
    LOSES = 1 << 5,
    NO_PLACES = 1 << 6,
    LAST_LOST = 1 << 7,
    POISSON = 1 << 8,
    GAPS = 1 << 9,
    CALM_GAPS = 1 << 10,
    EXPONENTIAL = 1 << 11,
    CONSTANT = 1 << 12,
    ONE_WORKER = 1 << 13,
    LIFO = 1 << 14,
    MOMENTS = 1 << 15,
    AFFORDABLE = 1 << 16,
    FEW_WORKERS = 1 << 17,
    CALM_SERVICE = 1 << 18,
    CLOCK = 1 << 19,
    FIFO = 1 << 20,
    PATIENT = 1 << 21,
    IMPATIENT = 1 << 22,
    RANKED = 1 << 23,
    ANY_ORDER = 1 << 24,
    LIMITED = 1 << 25,
    AT_ONCE = 1 << 26,
    SHARES = 1 << 27,
    OWN_CORES = 1 << 28
};

static const double WORKERS_MOST = 1000; /* of GI/M/c: a transform each */

static unsigned when(bool condition, enum need need) {
    return condition ? need : 0;
}

/* The conditions that this pool fulfils. */
static unsigned fulfilled(const struct facts *f) {
    bool gaps = f->poisson || f->constant_gaps || f->gap.count == 1;
    return when(!f->closed, OPEN) | when(f->closed, CLOSED) | when(f->stable, STABLE) |
           when(f->pressure >= 1, OVERLOAD) | when(!f->loses, ENDLESS) | when(f->loses, LOSES) |
           when(f->places == 0, NO_PLACES) | when(!f->drops_oldest, LAST_LOST) |
           when(f->poisson, POISSON) | when(gaps, GAPS) |
           when(f->constant_gaps && !f->poisson, CLOCK) | when(f->gap_scv <= 1, CALM_GAPS) |
           when(f->scv <= 1, CALM_SERVICE) |
           when(law_is(&f->service, DIST_EXPONENTIAL), EXPONENTIAL) |
           when(law_is(&f->service, DIST_CONSTANT), CONSTANT) | when(f->workers == 1, ONE_WORKER) |
           when(f->lifo, LIFO) | when(isfinite(f->scv) && isfinite(f->gap_scv), MOMENTS) |
           when(mdc_affordable(f->load, f->workers), AFFORDABLE) |
           when(f->workers <= WORKERS_MOST, FEW_WORKERS) | when(!f->lifo, FIFO) |
           when(!f->gives_up, PATIENT) | when(f->gives_up, IMPATIENT) | when(f->ranked, RANKED) |
           when(!f->ranked || f->alike, ANY_ORDER) | when(isfinite(f->workers), LIMITED) |
           when(isinf(f->workers), AT_ONCE) | when(f->shares, SHARES) | when(!f->shares, OWN_CORES);
}

/* The first that fails gives the reason. */
static const struct {
    enum need need;
    const char *otherwise;
} conditions[] = {
    {LIMITED, "a thread for every job: nobody waits"},
    {AT_ONCE, "there are only so many workers"},
    {OPEN, "clients wait for their answers (closed)"},
    {CLOSED, "arrivals do not wait for answers (open)"},
    {PATIENT, "jobs give up waiting (timeout)"},
    {IMPATIENT, "no job gives up waiting"},
    {SHARES, "no jobs share the host's cores"},
    {OVERLOAD, "the load is below the workers: nothing piles up"},
    {STABLE, "more load than workers, or than the host's cores: no steady state"},
    {OWN_CORES, "jobs share the host's cores while they compute"},
    {ENDLESS, "the queue is bounded and loses jobs"},
    {LOSES, "the queue loses no job, or too few to count"},
    {NO_PLACES, "there is a queue to wait in"},
    {LAST_LOST, "who came first is dropped, not who came last"},
    {POISSON, "arrivals are not Poisson"},
    {CLOCK, "the gaps between arrivals are not constant"},
    {GAPS, "the gaps between arrivals have no one law"},
    {CALM_GAPS, "gaps vary more than exponential ones (cv above 1)"},
    {CALM_SERVICE, "the service varies more than an exponential one (cv above 1)"},
    {EXPONENTIAL, "the service is not exponential"},
    {CONSTANT, "the service is not constant"},
    {ONE_WORKER, "more than one worker"},
    {LIFO, "the newest does not go first"},
    {FIFO, "last come, first served"},
    {RANKED, "no class goes before another"},
    {ANY_ORDER, "classes of unlike services go by priority"},
    {MOMENTS, "a law's variance is infinite: no finite mean wait"},
    {AFFORDABLE, "too many workers at so high a load to compute it at once"},
    {FEW_WORKERS, "more than 1000 workers are too many to compute it at once"},
};

const char *model_refuses(const struct model *model, const struct facts *f) {
    if (f->unknown)
        return f->unknown;
    unsigned needs = model->needs;
    needs |= needs & (IMPATIENT | AT_ONCE) ? 0 : PATIENT;
    needs |= needs & RANKED ? 0 : ANY_ORDER;
    needs |= needs & AT_ONCE ? 0 : LIMITED;
    needs |= needs & SHARES || model->aside ? 0 : OWN_CORES;
    unsigned missing = needs & ~fulfilled(f);
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (missing & conditions[i].need)
            return conditions[i].otherwise;
    return NULL;
}

/* ---- figures --------------------------------------------------------------------------------- */

static void set_rates(struct theory *t, const struct facts *f, double loss, enum theory_mark mark) {
    t->throughput = theory_value(mark, f->rate * (1 - loss));
    t->utilisation = theory_value(mark, f->load * (1 - loss) / f->workers);
    t->rejected_share = theory_value(mark, loss);
}

/* From the mean wait, by Little's Law; `rate` of the jobs that are served. */
static void set_means(struct theory *t, const struct facts *f, double rate, double wait,
                      enum theory_mark mark) {
    t->wait_mean = theory_value(mark, wait);
    t->response_mean = theory_value(mark, wait + f->mean);
    t->queue_length = theory_value(mark, rate * wait);
    t->in_system = theory_value(mark, rate * (wait + f->mean));
}

static void set_quantiles(struct theory *t, enum theory_mark mark) {
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        double wait = waiting_wait(&t->waiting, result_p[i]);
        double response = waiting_response(&t->waiting, result_p[i]);
        t->wait[i] = theory_value(mark, wait);
        t->response[i] =
            theory_value(mark, fmax(response, i > 0 ? t->response[i - 1].value : wait));
    }
}

/* An endless queue in which whoever must wait waits an exponential time. */
static void exponential_wait(struct theory *t, const struct facts *f, double must_wait,
                             double scale, enum theory_mark mark) {
    set_rates(t, f, 0, THEORY_EXACT);
    set_means(t, f, f->rate, must_wait * scale, mark);
    t->wait_probability = theory_value(mark, must_wait);
    waiting_endless(&t->waiting, must_wait, scale, &f->service);
    set_quantiles(t, mark);
}

static double drain(const struct facts *f) {
    return f->workers / f->mean;
}

/* ---- exact ----------------------------------------------------------------------------------- */

static void answer_mmc(struct theory *t, const struct facts *f) {
    double scale = f->mean / (f->workers - f->load);
    exponential_wait(t, f, erlang_c(f->load, f->workers), scale, THEORY_EXACT);
}

static void answer_lifo(struct theory *t, const struct facts *f) {
    double must_wait = erlang_c(f->load, f->workers), scale = f->mean / (f->workers - f->load);
    set_rates(t, f, 0, THEORY_EXACT);
    set_means(t, f, f->rate, must_wait * scale, THEORY_EXACT);
    t->wait_probability = theory_value(THEORY_EXACT, must_wait);
    waiting_busy_period(&t->waiting, must_wait, f->rate, drain(f), &f->service);
    set_quantiles(t, THEORY_EXACT);
}

/* w0: until the first worker is free, on the mean over all jobs. */
static void by_priority(struct theory *t, const struct facts *f, double must_wait, double w0) {
    double wait[STATION_RANKS];
    priority_waits(f, w0, wait);
    set_rates(t, f, 0, THEORY_EXACT);
    set_means(t, f, f->rate, priority_mean(f, wait), THEORY_EXACT);
    t->wait_probability = theory_value(THEORY_EXACT, must_wait);
    t->note = priority_words(f, wait);
}

static void answer_mmc_priority(struct theory *t, const struct facts *f) {
    double must_wait = erlang_c(f->load, f->workers);
    by_priority(t, f, must_wait, must_wait * f->mean / f->workers);
}

static void answer_mg1_priority(struct theory *t, const struct facts *f) {
    by_priority(t, f, f->load, f->load * f->mean * (1 + f->scv) / 2);
}

/* A worker is free again before his turn comes. */
static void answer_clockwork(struct theory *t, const struct facts *f) {
    exponential_wait(t, f, 0, 0, THEORY_EXACT);
}

static void answer_mdc(struct theory *t, const struct facts *f) {
    struct mdc mdc;
    mdc_open(&mdc, f->rate, f->mean, (size_t)f->workers);
    waiting_constant(&t->waiting, &mdc, &f->service);
    set_rates(t, f, 0, THEORY_EXACT);
    set_means(t, f, f->rate, mdc_queue(&mdc) / f->rate, THEORY_EXACT);
    t->wait_probability = theory_value(THEORY_EXACT, t->waiting.probability);
    set_quantiles(t, THEORY_EXACT);
}

static void answer_mg1(struct theory *t, const struct facts *f) {
    double wait = f->load * f->mean * (1 + f->scv) / (2 * (1 - f->load));
    set_rates(t, f, 0, THEORY_EXACT);
    set_means(t, f, f->rate, wait, THEORY_EXACT);
    t->wait_probability = theory_value(THEORY_EXACT, f->load);
    waiting_residuals(&t->waiting, f->load, &f->service);
    set_quantiles(t, t->waiting.transform.jumps ? THEORY_ABOUT : THEORY_EXACT);
    if (isinf(f->scv))
        t->note = mem_text("the service's variance is infinite: no finite mean wait; the "
                           "percentiles stand");
}

/* Who waits longer than his patience leaves. The response of those who stay is not in closed form.
 */
static void answer_patience(struct theory *t, const struct facts *f) {
    struct patience p;
    struct law law = {0};
    double mu = 1 / f->mean, patience = dist_mean(&f->patience) / 1e9;
    law_add(&law, 1, &f->patience);
    if (law_is(&law, DIST_EXPONENTIAL))
        erlang_a(&p, f->rate, mu, f->workers, 1 / patience);
    else if (law_is(&law, DIST_CONSTANT))
        mmc_d(&p, f->rate, mu, f->workers, patience);
    else
        mmc_g(&p, f->rate, mu, f->workers, &law);
    t->throughput = theory_value(THEORY_EXACT, p.throughput);
    t->utilisation = theory_value(THEORY_EXACT, p.utilisation);
    t->rejected_share = theory_value(THEORY_EXACT, p.p_abandon);
    t->queue_length = theory_value(THEORY_EXACT, p.queue_length);
    t->in_system = theory_value(THEORY_EXACT, p.queue_length + p.utilisation * f->workers);
    t->wait_probability = theory_value(THEORY_EXACT, (p.p_wait - p.p_abandon) / (1 - p.p_abandon));
    t->wait_mean = theory_value(THEORY_EXACT, p.wait_served);
    t->response_mean = theory_value(THEORY_EXACT, p.wait_served + f->mean);
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        t->wait[i] = theory_value(THEORY_EXACT, patience_served(&p, result_p[i]));
    patience_free(&p);
    law_free(&law);
}

/* The transform of the gaps. Of a rate alone they have no law in the scenario: it is made here.
 * Returns how many times as dense as written they come (`rate_scale`). */
static double open_gap(struct transform *gap, const struct facts *f, bool constant) {
    struct dist made = {.kind = constant ? DIST_CONSTANT : DIST_EXPONENTIAL, .a = 1e9 / f->rate};
    struct law law = {0};
    bool given = !constant && f->gap.count == 1 && !f->poisson;
    law_add(&law, 1, given ? f->gap.parts[0].of : &made);
    transform_open(gap, &law);
    double scale = given ? f->rate * law_mean(&law) : 1;
    law_free(&law);
    return scale;
}

static void answer_gim(struct theory *t, const struct facts *f) {
    struct transform gap;
    double dense = open_gap(&gap, f, f->constant_gaps && !f->poisson);
    struct gim g = gim_solve(&gap, 1 / f->mean / dense, f->workers); /* in the time of the gaps */
    exponential_wait(t, f, g.must_wait, g.scale / dense, THEORY_EXACT);
    transform_free(&gap);
}

/* M/M/c/K, exact for exponential services; for others about. Without places the loss is Erlang's
 * for any service. */
static void finite_queue(struct theory *t, const struct facts *f, enum theory_mark mark,
                         enum theory_mark loss_mark) {
    size_t c = (size_t)f->workers, n = (size_t)f->places;
    double *p = erlang_states(f->load, c, n), loss = p[c + n], queue = 0, waiting = 0;
    for (size_t k = 0; k <= n; k++) {
        queue += (double)k * p[c + k];
        waiting += k < n ? p[c + k] : 0;
    }
    double rate = f->rate * (1 - loss);
    set_rates(t, f, loss, loss_mark);
    set_means(t, f, rate, queue / rate, mark);
    t->queue_length.value = queue;
    t->wait_probability = theory_value(mark, waiting / (1 - loss));
    for (size_t k = 0; k < n; k++)
        p[c + k] /= 1 - loss; /* found by those admitted */
    waiting_finite(&t->waiting, p + c, n, f->workers, &f->service,
                   law_is(&f->service, DIST_EXPONENTIAL));
    set_quantiles(t, mark);
    free(p);
}

static void answer_mmck(struct theory *t, const struct facts *f) {
    finite_queue(t, f, THEORY_EXACT, THEORY_EXACT);
}

/* Nobody waits: the response is the service. */
static void answer_loss(struct theory *t, const struct facts *f) {
    double loss = erlang_b(f->load, f->workers);
    set_rates(t, f, loss, THEORY_EXACT);
    set_means(t, f, f->rate * (1 - loss), 0, THEORY_EXACT);
    t->wait_probability = theory_value(THEORY_EXACT, 0);
    waiting_endless(&t->waiting, 0, 0, &f->service);
    set_quantiles(t, THEORY_EXACT);
}

/* ---- closed ---------------------------------------------------------------------------------- */

static void closed(struct theory *t, const struct facts *f, enum theory_mark mark) {
    size_t n = (size_t)f->clients, c = (size_t)f->workers;
    double *p = closed_states(n, f->workers, f->think, f->mean), busy = 0, queue = 0;
    double *seen = closed_states(n - 1, f->workers, f->think, f->mean), waiting = 0;
    for (size_t k = 0; k <= n; k++) {
        busy += (double)(k < c ? k : c) * p[k];
        queue += k > c ? (double)(k - c) * p[k] : 0;
        waiting += k >= c && k < n ? seen[k] : 0;
    }
    double rate = busy / f->mean;
    t->throughput = theory_value(mark, rate);
    t->utilisation = theory_value(mark, busy / f->workers);
    t->rejected_share = theory_value(THEORY_EXACT, 0);
    set_means(t, f, rate, queue / rate, mark);
    t->wait_probability = theory_value(mark, waiting);
    waiting_finite(&t->waiting, n > c ? seen + c : seen, n > c ? n - c : 0, f->workers, &f->service,
                   law_is(&f->service, DIST_EXPONENTIAL));
    set_quantiles(t, mark);
    free(p);
    free(seen);
}

static void answer_closed(struct theory *t, const struct facts *f) {
    closed(t, f, THEORY_EXACT);
}

static void answer_closed_about(struct theory *t, const struct facts *f) {
    closed(t, f, f->clients <= f->workers ? THEORY_EXACT : THEORY_ABOUT);
    t->note = mem_text("as if services were exponential");
}

static void answer_bounds(struct theory *t, const struct facts *f) {
    char text[40], knee[40];
    double servers = f->shares ? fmin(f->workers, f->cores / f->share) : f->workers;
    double bound = closed_bound(f->clients, servers, f->think, f->mean);
    t->throughput = theory_value(THEORY_ABOUT, bound);
    t->utilisation = theory_value(THEORY_ABOUT, bound / drain(f));
    t->note = mem_format("at most %s jobs/s; beyond %s clients more of them only wait",
                         text_short(text, sizeof text, bound),
                         text_short(knee, sizeof knee, closed_knee(servers, f->think, f->mean)));
}

/* ---- approximate ----------------------------------------------------------------------------- */

/* Allen and Cunneen: Erlang C's wait times the mean of both variabilities. */
static void answer_allen_cunneen(struct theory *t, const struct facts *f) {
    double must_wait = erlang_c(f->load, f->workers);
    double scale = f->mean / (f->workers - f->load) * (f->gap_scv + f->scv) / 2;
    exponential_wait(t, f, must_wait, scale, THEORY_ABOUT);
}

static double wait_dmc(const struct facts *f) {
    struct transform gap;
    open_gap(&gap, f, true);
    struct gim g = gim_solve(&gap, 1 / f->mean, f->workers);
    transform_free(&gap);
    return g.must_wait * g.scale;
}

static double wait_mdc(const struct facts *f) {
    struct mdc mdc;
    mdc_open(&mdc, f->rate, f->mean, (size_t)f->workers);
    double wait = mdc_queue(&mdc) / f->rate;
    mdc_free(&mdc);
    return wait;
}

/* Kimura: between the exact waits of D/M/c, M/D/c and M/M/c. */
static void answer_kimura(struct theory *t, const struct facts *f) {
    double must_wait = erlang_c(f->load, f->workers), ca2 = f->gap_scv, cs2 = f->scv;
    double mmc = must_wait * f->mean / (f->workers - f->load), sum = 2 * (ca2 + cs2 - 1) / mmc;
    sum += ca2 < 1 ? (1 - ca2) / wait_dmc(f) : 0;
    sum += (1 - cs2) / wait_mdc(f);
    bool waits = must_wait > 0 && ca2 + cs2 > 0;
    exponential_wait(t, f, must_wait, waits ? (ca2 + cs2) / sum / must_wait : 0, THEORY_ABOUT);
}

static void answer_finite_about(struct theory *t, const struct facts *f) {
    finite_queue(t, f, THEORY_ABOUT, THEORY_ABOUT);
    t->note = mem_text("as if arrivals were Poisson and services exponential");
}

/* ---- overload -------------------------------------------------------------------------------- */

static void answer_fluid(struct theory *t, const struct facts *f) {
    char a[40], b[40], c[40];
    double loss = 1 - 1 / f->pressure, slope = f->rate * loss;
    t->throughput = theory_value(THEORY_ABOUT, f->rate / f->pressure);
    t->utilisation = theory_value(THEORY_ABOUT, 1);
    t->rejected_share = theory_value(f->loses ? THEORY_ABOUT : THEORY_NONE, loss);
    text_short(a, sizeof a, slope);
    if (f->loses)
        t->note = mem_format("the queue grows by %s jobs/s and is full after %s; then %s %% are "
                             "lost",
                             a, text_duration(b, sizeof b, f->places / slope),
                             text_short(c, sizeof c, 100 * loss));
    else
        t->note = mem_format("the queue grows by %s jobs/s: %s jobs after %s", a,
                             text_short(b, sizeof b, slope * f->horizon),
                             text_duration(c, sizeof c, f->horizon));
}

/* ---- the table ------------------------------------------------------------------------------- */

#define STEADY (OPEN | ENDLESS | STABLE)

const struct model models[] = {
    {"M/G/inf", "infinite servers", OPEN | AT_ONCE, endless_answer, false},
    {"G/G/inf//N", "infinite servers", CLOSED | AT_ONCE, endless_answer, false},
    {"M/G/c-PS", "shared cores", STEADY | POISSON | SHARES, sharing_answer, false},
    {"M/G/c-PS//N", "shared cores", CLOSED | ENDLESS | SHARES, sharing_answer, false},
    {"M/M/c LIFO", "busy period", STEADY | POISSON | EXPONENTIAL | LIFO, answer_lifo, false},
    {"M/M/c+G", "Erlang-A and kin", OPEN | ENDLESS | POISSON | EXPONENTIAL | FIFO | IMPATIENT,
     answer_patience, false},
    {"M/M/c priority", "Cobham", STEADY | POISSON | EXPONENTIAL | RANKED, answer_mmc_priority,
     false},
    {"M/M/c", "Erlang C", STEADY | POISSON | EXPONENTIAL, answer_mmc, false},
    {"D/D/c", "clockwork", STEADY | CLOCK | CONSTANT, answer_clockwork, false},
    {"M/D/c", "Crommelin", STEADY | POISSON | CONSTANT | AFFORDABLE, answer_mdc, false},
    {"M/G/1 priority", "Cobham", STEADY | POISSON | ONE_WORKER | RANKED, answer_mg1_priority,
     false},
    {"M/G/1", "Pollaczek-Khinchine", STEADY | POISSON | ONE_WORKER, answer_mg1, false},
    {"GI/M/c", "Takacs", STEADY | GAPS | EXPONENTIAL | FEW_WORKERS, answer_gim, false},
    {"M/M/c/K", "birth and death", OPEN | LOSES | POISSON | EXPONENTIAL | LAST_LOST, answer_mmck,
     false},
    {"M/G/c/c", "Erlang B", OPEN | LOSES | NO_PLACES | POISSON, answer_loss, false},
    {"M/M/c//N", "machine repair", CLOSED | ENDLESS | EXPONENTIAL, answer_closed, false},
    {"GI/G/c", "Kimura", STEADY | CALM_GAPS | CALM_SERVICE | AFFORDABLE | FEW_WORKERS,
     answer_kimura, false},
    {"GI/G/c", "Allen-Cunneen", STEADY | MOMENTS, answer_allen_cunneen, false},
    {"GI/G/c/K", "as M/M/c/K", OPEN | LOSES, answer_finite_about, false},
    {"G/G/c//N", "as M/M/c//N", CLOSED | ENDLESS, answer_closed_about, false},
    {"closed", "bounds", CLOSED, answer_bounds, true},
    {"overload", "fluid limit", OPEN | OVERLOAD, answer_fluid, true},
};

const size_t model_count = sizeof models / sizeof *models;

static char *name_of(const struct facts *f) {
    const char *a = f->poisson ? "M" : f->constant_gaps ? "D" : "GI";
    const char *b = law_is(&f->service, DIST_EXPONENTIAL) ? "M"
                    : law_is(&f->service, DIST_CONSTANT)  ? "D"
                                                          : "G";
    if (f->gives_up && isfinite(f->workers))
        return mem_format("%s/%s/%.0f+%s", a, b, f->workers,
                          dist_is(&f->patience, DIST_EXPONENTIAL) ? "M"
                          : dist_is(&f->patience, DIST_CONSTANT)  ? "D"
                                                                  : "G");
    if (f->shares)
        return f->closed ? mem_format("%s/%s/%.0f-PS//%.0f", f->think_exponential ? "M" : "G", b,
                                      f->cores, f->clients)
                         : mem_format("%s/%s/%.0f-PS", a, b, f->cores);
    if (f->closed)
        return mem_format("%s/%s/%.0f//%.0f", f->think_exponential ? "M" : "G", b, f->workers,
                          f->clients);
    if (f->loses)
        return mem_format("%s/%s/%.0f/%.0f", a, b, f->workers, f->workers + f->places);
    return mem_format("%s/%s/%.0f", a, b, f->workers);
}

static void forget(struct theory_figure percentiles[RESULT_PERCENTILES]) {
    for (int i = 0; i < RESULT_PERCENTILES; i++)
        percentiles[i].mark = THEORY_NONE;
}

/* Of jobs that do not know how long they take the order changes the spread of the wait, not its
 * mean. */
static void mean_alone(struct theory *t, const char *order) {
    forget(t->wait);
    forget(t->response);
    if (!t->note)
        t->note = mem_format("%s: the mean is any order's, percentiles are not known", order);
}

/* Who is dropped takes his wait with him: the times of those who are served are others. */
static void oldest_dropped(struct theory *t) {
    forget(t->wait);
    forget(t->response);
    t->wait_mean.mark = t->response_mean.mark = t->in_system.mark = t->wait_probability.mark =
        THEORY_NONE;
}

void model_answer(struct theory *t, const struct model *model, const struct facts *f) {
    t->name = name_of(f);
    t->method = mem_text(model->method);
    model->answer(t, f);
    if (f->lifo && !(model->needs & LIFO))
        mean_alone(t, "last come, first served");
    if (f->ranked)
        mean_alone(t, "by priority");
    if (f->drops_oldest && f->loses)
        oldest_dropped(t);
    if (f->door)
        t->queue_length.mark = THEORY_NONE; /* part of those who wait stand at the door */
}

enum theory_mark model_mark(const struct theory *t) {
    return t->wait_mean.mark     ? t->wait_mean.mark
           : t->response[0].mark ? t->response[0].mark
                                 : t->throughput.mark;
}
