/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * mser: where a series that began somewhere special has forgotten it.
 *
 * MSER-5 (White, An effective truncation heuristic for bias reduction in simulation output,
 * Simulation 69, 1997; batches of 5: White, Cobb and Spratt, 2000): of all cuts d take the one that
 * makes the rest's mean look surest, the least of sum (z_i - mean)^2 / n^2 over the n batches
 * behind d. Only cuts in the first half are looked at, as the last few batches always look sure; of
 * equal ones the first is taken. At that half's last cut nothing was found: the series is too
 * short. Pure arithmetic of + - * /, in one order: the same bytes anywhere. Linear in the count.
 *
 * Known answer: ten batches of 0, then ninety of 1 are cut at 10.
 */
#ifndef MODEL_MSER_H
#define MODEL_MSER_H

#include <stdbool.h>
#include <stddef.h>

enum { MSER_BATCH = 5 };

/* How many values of the series to leave out, a multiple of MSER_BATCH. `edge`: it is the last cut
 * that was looked at. Fewer than two batches: 0, at the edge. */
size_t mser_cut(const double *values, size_t count, bool *edge);

#endif
