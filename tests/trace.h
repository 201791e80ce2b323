/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * trace: a policy that resizes, replayed from text (tests/traces).
 *
 * A trace is the YAML of a scenario's pool, a line `---`, and what the policy sees, a decision a
 * line, with what it must say:
 *
 *     pool: {workers: 4, resize: {policy: watermark, max: 16, grow_at: 80%, shrink_at: 40%}}
 *     ---
 *     100ms util=90% -> 5
 *     200ms workers=4 starting=1 busy=4 queued=3 arrival -> 5 again=1s
 *
 * `workers` is by default what the last line said, less `starting` and with `leaving`; everything
 * else is nothing. A word of a window (tick util arrived started completed lost inflight service
 * response p50 p90 p95 p99) makes the line a tick; its window begins at the last one. A tick with
 * times has one job completed if it does not say otherwise. `again` is looked at where it is given;
 * `never` is a time. `#` begins a comment. The policy begins at 0, or with the first line where
 * that is before.
 */
#ifndef TESTS_TRACE_H
#define TESTS_TRACE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/policy_resize.h"
#include "model/scenario.h"
#include "model/text.h"

struct trace {
    struct scenario *sc;
    struct policy_resize policy;
    struct dice dice;
    uint32_t size;
    nsec now, last_tick;
};

#define TRACE_BEGIN (-NSEC_LONGEST - 1) /* nothing was asked yet */

struct trace_step {
    nsec now;
    struct load load;
    bool tick, asks_again; /* has it a window, an `again`? */
    struct observed seen;
    struct decision expected;
};

/* The scenario of a trace's head; NULL where it is refused or has no `resize`. */
static inline struct scenario *trace_scenario(const char *head, struct err *err) {
    static const char jobs[] = "headroom: 1\nname: trace\narrivals: {poisson: {rate: 1/s}}\n"
                               "service: {constant: 1s}\n";
    size_t size = sizeof jobs + strlen(head);
    char *text = malloc(size);
    if (!text)
        return NULL;
    snprintf(text, size, "%s%s", jobs, head);
    struct scenario *sc = scenario_parse(text, "trace", err);
    free(text);
    if (sc && (sc->pools.count != 1 || sc->pools.items[0].resize.max <= 0)) {
        scenario_free(sc);
        return NULL;
    }
    return sc;
}

static inline bool trace_open(struct trace *t, const char *head, struct err *err) {
    *t = (struct trace){.sc = trace_scenario(head, err), .now = TRACE_BEGIN};
    if (!t->sc)
        return false;
    t->size = (uint32_t)t->sc->pools.items[0].workers;
    dice_open(&t->dice, rng_key(1, 1, "trace", RNG_LOAD), 0);
    policy_resize_open(&t->policy, &t->sc->pools.items[0].resize, t->size, 0);
    return true;
}

static inline void trace_close(struct trace *t) {
    scenario_free(t->sc);
}

static inline bool trace_time(const char *text, nsec *to) {
    double ns;
    bool minus = *text == '-';
    *to = NSEC_NEVER;
    if (!strcmp(text, "never"))
        return true;
    if (text_read_duration(text + minus, &ns) || !(ns <= (double)NSEC_LONGEST))
        return false;
    *to = (nsec)(ns + 0.5) * (minus ? -1 : 1);
    return true;
}

static inline bool trace_count(const char *text, uint64_t most, uint64_t *to) {
    int64_t count;
    if (text_read_count(text, &count) || (uint64_t)count > most)
        return false;
    *to = (uint64_t)count;
    return true;
}

static inline bool trace_number(const char *text, uint32_t *to) {
    uint64_t count;
    bool ok = trace_count(text, 2000000, &count);
    *to = ok ? (uint32_t)count : 0;
    return ok;
}

/* A word of the pool's state; false: it is none, or wrong. */
static inline bool trace_load_word(struct trace_step *s, const char *key, const char *value) {
    if (!strcmp(key, "arrival"))
        s->load.arrival = true;
    else if (!strcmp(key, "workers"))
        return trace_number(value, &s->load.workers);
    else if (!strcmp(key, "starting"))
        return trace_number(value, &s->load.starting);
    else if (!strcmp(key, "leaving"))
        return trace_number(value, &s->load.leaving);
    else if (!strcmp(key, "busy"))
        return trace_number(value, &s->load.busy);
    else if (!strcmp(key, "queued"))
        return trace_count(value, UINT32_MAX, &s->load.queued);
    else if (!strcmp(key, "idle_since"))
        return trace_time(value, &s->load.idle_since);
    else
        return false;
    return true;
}

/* A time that something took. */
static inline bool trace_length(const char *text, nsec *to) {
    return trace_time(text, to) && *to >= 0;
}

/* A word of the window. */
static inline bool trace_seen_word(struct trace_step *s, const char *key, const char *value) {
    static const char percentiles[] = "p50 p90 p95 p99";
    struct observed *o = &s->seen;
    s->tick = true;
    if (text_index(key, "service response p50 p90 p95 p99") >= 0 && o->completed == 0)
        o->completed = 1;
    if (!strcmp(key, "tick"))
        return true;
    if (!strcmp(key, "util")) {
        o->workers = 1;
        return !text_read_share(value, &o->busy);
    }
    if (!strcmp(key, "service"))
        return trace_length(value, &o->service_mean);
    if (!strcmp(key, "response"))
        return trace_length(value, &o->response_mean);
    if (text_index(key, percentiles) >= 0)
        return trace_length(value, &o->response[text_index(key, percentiles)]);
    if (!strcmp(key, "inflight"))
        return trace_number(value, &o->in_flight_most);
    uint64_t *counts[] = {&o->arrived, &o->started, &o->completed, &o->lost};
    int i = text_index(key, "arrived started completed lost");
    return i >= 0 && trace_count(value, UINT32_MAX, counts[i]);
}

static inline bool trace_word(struct trace_step *s, char *word) {
    char *equals = strchr(word, '=');
    if (equals)
        *equals = 0;
    const char *value = equals ? equals + 1 : "";
    if (text_index(word, "arrival workers starting leaving busy queued idle_since") >= 0)
        return trace_load_word(s, word, value);
    return trace_seen_word(s, word, value);
}

/* What is expected: "5 again=1s". */
static inline bool trace_expected(struct trace_step *s, char *text) {
    char *save = NULL, *word = strtok_r(text, " ", &save);
    if (!word || !trace_number(word, &s->expected.size))
        return false;
    word = strtok_r(NULL, " ", &save);
    s->asks_again = word != NULL;
    return !word || (!strncmp(word, "again=", 6) && trace_time(word + 6, &s->expected.again) &&
                     !strtok_r(NULL, " ", &save));
}

/* Could a pool be so? */
static inline bool trace_possible(const struct trace *t, const struct trace_step *s) {
    const struct load *l = &s->load;
    bool idle = l->idle_since == NSEC_NEVER || (l->idle_since <= s->now && l->busy < l->workers);
    return s->now >= t->now && l->busy <= l->workers && l->leaving <= l->busy && idle;
}

static inline void trace_begin(const struct trace *t, struct trace_step *s) {
    *s =
        (struct trace_step){.load = {.workers = UINT32_MAX,
                                     .capacity = t->sc->pools.items[0].queue.capacity,
                                     .idle_since = NSEC_NEVER},
                            .seen = {.from = t->last_tick,
                                     .service_mean = NSEC_UNSET,
                                     .service_least = NSEC_UNSET,
                                     .response_mean = NSEC_UNSET,
                                     .wait_least = NSEC_UNSET,
                                     .response = {NSEC_UNSET, NSEC_UNSET, NSEC_UNSET, NSEC_UNSET}}};
}

/* One line, which is written to; false: it is none. */
static inline bool trace_line(const struct trace *t, char *line, struct trace_step *s) {
    char *arrow = strstr(line, "->"), *save = NULL;
    trace_begin(t, s);
    if (!arrow || !trace_expected(s, arrow + 2))
        return false;
    *arrow = 0;
    char *word = strtok_r(line, " ", &save);
    if (!word || !trace_time(word, &s->now) || s->now == NSEC_NEVER)
        return false;
    while ((word = strtok_r(NULL, " ", &save)))
        if (!trace_word(s, word))
            return false;
    struct load *l = &s->load;
    if (l->workers == UINT32_MAX)
        l->workers = t->size + l->leaving > l->starting ? t->size + l->leaving - l->starting : 0;
    return trace_possible(t, s);
}

/* What the policy says of it. */
static inline struct decision trace_ask(struct trace *t, const struct trace_step *s) {
    if (t->now == TRACE_BEGIN && s->now < 0)
        policy_resize_open(&t->policy, t->policy.spec, t->size, s->now);
    struct decision d =
        policy_resize_decide(&t->policy, &s->load, s->tick ? &s->seen : NULL, s->now, &t->dice);
    t->size = d.size;
    t->now = s->now;
    t->last_tick = s->tick ? s->now : t->last_tick;
    return d;
}

#endif
