/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * little: Little's Law by window of time.
 *
 * In each window L is the time average of the jobs in the system, and lambda W the stays of the
 * jobs that arrived in it, summed and divided by its length (arrivals / length times the mean
 * stay). They differ by the work that was in the system at the window's two ends, so windows are
 * long: some 10 to a run, the same in both engines. With more than one replication, means with
 * their 95 % intervals.
 *
 * Known answer: a job each second that stays 0.5 s: L = lambda W = 0.5 in every window.
 */
#ifndef MODEL_LITTLE_H
#define MODEL_LITTLE_H

#include "model/result.h"

void little_from_records(struct little_series *l, const struct record *const *records,
                         size_t count);

#endif
