/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * advise: what a scenario alone lets one say before anything runs; scenarios/README.md, "Advice",
 * holds each kind's rule, threshold and source.
 *
 * Each piece has the figures it rests on and ends with where to read on; it fits two lines of 100
 * columns. A sound scenario gets none. Nothing here asks the machine or decides a simulated byte.
 * Costs a few quantiles a class, and Erlang's C for an unbounded queue near its limit.
 *
 * Known answer: 15 workers' worth of work on 16 workers is 94 % busy; + 30 % is 20.
 */
#ifndef MODEL_ADVISE_H
#define MODEL_ADVISE_H

#include "model/scenario.h"

enum advice_kind {
    ADVICE_LOAD,
    ADVICE_TAIL,
    ADVICE_BATCH,
    ADVICE_QUEUE,
    ADVICE_UNBOUNDED,
    ADVICE_CORES,
    ADVICE_JOBS,
    ADVICE_STEADY,
    ADVICE_CLOSED,
    ADVICE_WARMUP,
    ADVICE_SHORT,
    ADVICE_HAND_OVER,
    ADVICE_PEAK,
    ADVICE_SLO,
    ADVICE_PRECISION,
    ADVICE_PRIORITY,
    ADVICE_PROCESSOR,
    ADVICE_SERIAL,
    ADVICE_KINDS
};

/* Takes the text, which is fresh memory. */
typedef void advise_fn(void *context, enum advice_kind kind, char *text);

/* All that needs no machine, pool by pool, class by class, then the slo. */
void advise_scenario(const struct scenario *scenario, advise_fn *say, void *context);

/* Pools that compute with more workers than there are cores: of the scenario's host, or where it
 * does not say `cores` of the machine. */
void advise_cores(const struct scenario *scenario, int cores, advise_fn *say, void *context);

/* Nothing can be lost in this scenario, whatever the load. */
bool advise_never_loses(const struct scenario *scenario);

/* "load", "tail", ...: the word behind "advice-" in the manual's headings. */
const char *advice_word(enum advice_kind kind);

#endif
