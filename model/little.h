/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * little: Little's Law by window of time.
 *
 * In each window L is the time average of the jobs in the system, and lambda W the stays of the
 * jobs that arrived in it, summed and divided by its length (arrivals / length times the mean
 * stay). They differ by what was in the system at the window's two ends, so a window is at least
 * five mean stays long, and never so short that there are more than 40; where that leaves fewer
 * than 8 the windows are shorter. With more than one replication, means with their 95 % intervals.
 *
 * Known answer: a job each second that stays 0.5 s: L = lambda W = 0.5 in every window.
 */
#ifndef MODEL_LITTLE_H
#define MODEL_LITTLE_H

#include "model/result.h"

void little_from_records(struct little_series *l, const struct record *const *records,
                         size_t count);

#endif
