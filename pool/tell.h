/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tell: when a real run is over, its jobs' stamps, made the scenario's, and what its pools did
 * meanwhile are told to the recorder in the order of time. */
#ifndef POOL_TELL_H
#define POOL_TELL_H

#include "pool/submit.h"

/* Opens and finishes trial->record; what comes after `stop` has not happened. False: out of memory,
 * and it is closed. */
bool tell_recorder(struct bench *b, nsec stop);

#endif
