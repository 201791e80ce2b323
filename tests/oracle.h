/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oracle: the tables of exact answers in tests/oracles, and the scenarios that ask for them.
 *
 * A table has a head line, then rows of words (the case and, where there are such, laws) and
 * numbers. The unit of time is a second, the mean service 1 where no other is given.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/theory.h"

enum { ORACLE_COLUMNS = 24 };

struct oracle {
    const char *file;
    int row;
    char head[ORACLE_COLUMNS][40]; /* the columns' names */
    char word[ORACLE_COLUMNS][40]; /* each cell as text; word[0] is the case */
    double x[ORACLE_COLUMNS];      /* and as a number; 0 where it is none */
    int stray;                     /* figures that were not as they should be */
    double worst;                  /* relative error of the figures so far */
};

/* Calls `check` on every row; the count of rows. */
int oracle_rows(struct oracle *o, const char *file, int columns, void (*check)(struct oracle *));

/* One figure, to a relative tolerance; what strays is printed. */
void oracle_figure(struct oracle *o, const char *what, double found, double wanted,
                   double tolerance);

/* Of simulated figures by the rule of all exact answers: whether it lies inside its 95 % interval
 * is counted; further than 6 standard errors and 0.5 % off is a failed test. An empty cell asks for
 * nothing. */
struct oracle_score {
    int figures, inside;
};
struct oracle_asked {
    struct oracle_score *score;
    char *const *cell; /* of a row; the first is the case */
};
struct oracle_found {
    const char *what;
    struct figure found;
    int exactly; /* the cell that has it */
};
void oracle_intervals(const struct oracle_asked *asked, const struct oracle_found *all,
                      size_t count, size_t replications);

/* Simulates the scenario's replications and shows what came of them. `keep` as in struct trial. */
typedef void oracle_look_fn(const struct result *r, const struct record *const *records,
                            void *context);
void oracle_simulate(const struct scenario *sc, size_t replications, bool keep_resizes,
                     oracle_look_fn *look, void *context);

/* A law of the tables as the format writes it: kind, its parameter (cv; shape of weibull; alpha of
 * pareto and lomax) and mean. False where the format refuses it as not supported yet. */
bool oracle_law(char *out, size_t size, const char *kind, double parameter, double mean);

/* The scenario of these parts of the short form; a failed test where it is refused. */
struct scenario *oracle_scenario(const char *arrivals, const char *service, const char *pool);

#endif
