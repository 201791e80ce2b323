/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * drive: the station driven directly, by the plainest loop there can be: a list of things to come,
 * of which the earliest is looked for each time. It shares the station, the sources and the
 * recorder with the engines, and nothing else; tests hold the simulator against it, event by event.
 */
#ifndef TESTS_DRIVE_H
#define TESTS_DRIVE_H

#include "model/trial.h"

bool drive_run(struct trial *trial);

#endif
