/* SPDX-License-Identifier: GPL-3.0-or-later */
/* theory: see theory.h. */
#include "model/theory.h"

#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/models.h"

static const char *why_nothing(const struct facts *f) {
    if (f->unknown)
        return f->unknown;
    if (!f->stable && f->pressure > f->load / f->workers)
        return "more computing than the host's cores can do: there is no steady state; the queue "
               "grows as the fluid line";
    if (f->shares)
        return "jobs share the host's cores while they compute, and the queue is bounded or "
               "arrivals are not Poisson";
    if (!f->stable)
        return "more load than workers: there is no steady state; the queue grows as the fluid "
               "line";
    if (f->gives_up)
        return "jobs give up waiting (timeout), and arrivals or services are not exponential, or "
               "the "
               "queue is bounded";
    if (f->ranked && !f->alike)
        return "classes of unlike services go by priority: that is known for Poisson arrivals, one "
               "worker and a queue that loses nothing";
    if (f->closed)
        return "closed clients and a queue that loses jobs: no formula here covers them";
    return "a law without a finite variance: no formula here covers it";
}

void theory_best(struct theory *t, const struct facts *f) {
    *t = (struct theory){.fluid_slope = f->grows ? f->rate * (1 - 1 / f->pressure) : NAN};
    for (size_t i = 0; i < model_count; i++)
        if (!models[i].aside && !model_refuses(&models[i], f)) {
            model_answer(t, &models[i], f);
            return;
        }
    t->reason = mem_text(why_nothing(f));
}

/* Theory's hosts are ideal: of one with a profile it says about what is so. */
static void soften(struct theory *t) {
    struct theory_figure *all[] = {&t->throughput, &t->utilisation,      &t->queue_length,
                                   &t->in_system,  &t->wait_probability, &t->rejected_share,
                                   &t->wait_mean,  &t->response_mean};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        all[i]->mark = all[i]->mark == THEORY_EXACT ? THEORY_ABOUT : all[i]->mark;
    for (int i = 0; i < RESULT_PERCENTILES; i++) {
        t->wait[i].mark = t->wait[i].mark == THEORY_EXACT ? THEORY_ABOUT : t->wait[i].mark;
        t->response[i].mark =
            t->response[i].mark == THEORY_EXACT ? THEORY_ABOUT : t->response[i].mark;
    }
}

void theory_of(struct theory *t, const struct scenario *sc) {
    struct facts f;
    if (sc->pools.count > 1) {
        *t = (struct theory){.fluid_slope = NAN};
        t->reason = mem_text("several pools: see headroom theory, which takes them one by one");
        return;
    }
    facts_of(&f, sc, 0);
    theory_best(t, &f);
    if (sc->profile.read)
        soften(t);
    facts_free(&f);
}

double theory_response(const struct theory *t, double p) {
    bool known = !t->reason && t->response[0].mark != THEORY_NONE && p > 0 && p < 1;
    return known ? waiting_response(&t->waiting, p) : NAN;
}

const char *theory_word(enum theory_mark mark) {
    static const char *const words[] = {"none", "exact", "approximate"};
    return words[mark];
}

static void write(struct json *j, const char *key, const struct theory_figure *f) {
    json_open(j, key, '{');
    json_number(j, "value", f->mark == THEORY_NONE ? NAN : f->value);
    json_text(j, "holds", theory_word(f->mark));
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
    json_text(j, "method", t->method);
    json_text(j, "does_not_hold", t->reason);
    json_text(j, "note", t->note);
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
    free(t->method);
    free(t->note);
    free(t->reason);
    waiting_free(&t->waiting);
    *t = (struct theory){0};
}
