/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * jobs: jobs.csv, a row for each counted job of one replication or real run.
 *
 * In the order of class, then index (of closed classes client, then cycle). Seconds, t = 0 the
 * begin of the measured time; a cell is empty where there is no such thing: a rejected job never
 * started. wait is the time until the start, or until the job was lost; response is of completed
 * jobs.
 */
#ifndef MODEL_JOBS_H
#define MODEL_JOBS_H

#include <stdio.h>

#include "model/record.h"

/* The record must have kept outcomes. */
void jobs_write(const struct record *r, FILE *to);

#endif
