/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * variate: unit variates from a dice placed at an item; model/dist scales them.
 *
 * Each call takes the item's next words, as many as it needs: one in 98 of 100 calls (a uniform
 * always one, a gamma two or more), so a job's first variate costs a word computed ahead. What is
 * drawn is a function of the words alone. Invariant: the same bytes on every machine (+ - * / sqrt,
 * fmath and literal tables); exponential and normal come from disjoint bits of a word: 0 to 7
 * choose the strip, 12 to 63 the place inside it (bit 63 is the normal's sign), 8 to 11 nothing.
 *
 * Resolution: a uniform is an odd multiple of 2^-53, so it and 1 minus it are exact and never 0.
 *
 * Cost in sequence, dice included, at 2.4 GHz (-O2): 3 ns uniform, 5 ns exponential and
 * normal, 37 ns gamma, 71 ns below shape 1; a dice that jumps adds 17 ns.
 *
 * Sources: Marsaglia & Tsang, "The ziggurat method for generating random variables", J. Stat.
 * Softw. 5(8), 2000; "A simple method for generating gamma variables", ACM TOMS 26(3), 2000; the
 * normal's tail: Marsaglia, "Generating a variable from the tail of the normal distribution",
 * Technometrics 6(1), 1964; disjoint bits: Doornik, "An improved ziggurat method", 2005.
 * Known answers: tests/test_variate.c has the first of each, bit for bit.
 */
#ifndef MODEL_VARIATE_H
#define MODEL_VARIATE_H

#include "model/rng.h"
#include "model/ziggurat.h"

/* Bits 12 to 63 of a word and a 1 below them: an odd multiple of 2^-53 in (0, 1). */
static inline double variate_fraction(uint64_t word) {
    return (double)(int64_t)(word >> 11 | 1) * 0x1p-53;
}

/* The rest of variate_exponential and variate_normal, where the place x drawn in strip i is not
 * below the strip above: some 2 of 100 draws. */
double variate_exponential_edge(struct dice *d, unsigned i, double x);
double variate_normal_edge(struct dice *d, unsigned i, double x);

/* The exponentials of DICE_AHEAD items in sequence, from `item` (even) on, into out[]: the same
 * that variate_exponential draws at each, two to three times as fast. */
void variate_exponentials(struct dice *d, uint64_t item, double out[DICE_AHEAD]);

/* Uniform on (0, 1), never 0 or 1; mean 1/2, variance 1/12. */
static inline double variate_uniform(struct dice *d) {
    return variate_fraction(dice_word(d));
}

/* Exponential of mean 1; > 0. */
static inline double variate_exponential(struct dice *d) {
    uint64_t word = dice_word(d);
    unsigned i = word & (ZIGGURAT_STRIPS - 1);
    double x = variate_fraction(word) * ziggurat_exponential_edge[i];
    return x < ziggurat_exponential_edge[i + 1] ? x : variate_exponential_edge(d, i, x);
}

/* Normal of mean 0 and variance 1; never 0. The place is signed: an odd multiple of 2^-52. */
static inline double variate_normal(struct dice *d) {
    uint64_t word = dice_word(d);
    unsigned i = word & (ZIGGURAT_STRIPS - 1);
    double x = (double)((int64_t)word >> 11 | 1) * 0x1p-52 * ziggurat_normal_edge[i];
    return __builtin_fabs(x) < ziggurat_normal_edge[i + 1] ? x : variate_normal_edge(d, i, x);
}

/* Gamma of mean `shape` and variance `shape`, for shape > 0; >= 0 (a shape far below 1 has much of
 * its mass below the smallest double, which is drawn as 0). */
double variate_gamma(struct dice *d, double shape);

#endif
