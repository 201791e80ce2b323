/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * profile: what a host adds to the times of a scenario, as distributions: a file that `calibrate`
 * writes and `host: {profile: FILE}` names.
 *
 * Each overhead is a table of quantiles at shares from 0 to 1, straight lines between. The file is
 * YAML, of at most PROFILE_BYTES, and names no host: what it says of one is its system, its cores
 * and how busy it was. Invariant: a profile that was read has every table that the simulator draws
 * from, values ascending, the shares 0 and 1 among the others. Drawing is additions,
 * multiplications and divisions alone, so the same bytes everywhere.
 */
#ifndef MODEL_PROFILE_H
#define MODEL_PROFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "model/err.h"
#include "model/nsec.h"
#include "model/rng.h"

enum { PROFILE_POINTS = 32, PROFILE_BYTES = 1 << 20, PROFILE_VERSION = 1 };

/* The simulator draws from those before PROFILE_DRAWN; the others are for people. */
enum profile_what {
    PROFILE_PACER,     /* from the intended instant to the submission */
    PROFILE_DISPATCH,  /* from the submission to the start, on a worker that was parked */
    PROFILE_HAND_OVER, /* from the end of a job to the first instruction of the next */
    PROFILE_TIMER,     /* a sleep to an instant, timer slack 1 ns: how late it ends */
    PROFILE_WATCHED,   /* a worker's wait that watches the clock for the last stretch */
    PROFILE_UNWATCHED, /* the same where no core can be spared */
    PROFILE_SPIN,      /* computing for so much processor time: how much longer it takes */
    PROFILE_DRAWN,
    PROFILE_SLACK = PROFILE_DRAWN, /* a sleep with the system's default timer slack */
    PROFILE_WAKE,                  /* from a wake to the first instruction of who slept */
    PROFILE_SPAWN,                 /* from asking for a thread to its first instruction */
    PROFILE_JOIN,                  /* from its last instruction to the joiner's next */
    PROFILE_LOCK,                  /* a mutex taken and given back, nobody else */
    PROFILE_CONTENDED,             /* the same while another thread does so, too */
    PROFILE_SWITCH,                /* from thread to thread on one core */
    PROFILE_TABLES
};

struct profile_table {
    uint64_t count; /* of measurements; 0: there is no such table */
    nsec at[PROFILE_POINTS];
};

struct profile {
    char *system; /* "Debian GNU/Linux 12 (bookworm)" */
    int64_t cores;
    double load;      /* average of the last minute when it was measured */
    bool trusted;     /* the host was quiet enough */
    nsec stretch;     /* before the end of a wait, from which the clock is watched */
    int64_t watchers; /* who may at once */
    size_t points;
    double share[PROFILE_POINTS];
    struct profile_table tables[PROFILE_TABLES];
    uint64_t identity; /* of all that is drawn from: equal ones give equal figures */
};

/* The word of the file, and what it is in a few words for people. */
const char *profile_word(enum profile_what what);
const char *profile_says(enum profile_what what);

/* False after errors; `file` is borrowed. profile_free is due in either case. */
bool profile_read(struct profile *p, const char *file, struct err *err);
bool profile_parse(struct profile *p, const char *text, const char *source, struct err *err);
void profile_free(struct profile *p);

/* An empty one with the shares that calibrate measures. */
void profile_begin(struct profile *p);

/* Fills a table from measurements, which are sorted. */
void profile_measured(struct profile *p, enum profile_what what, double *ns, size_t count);

void profile_write(const struct profile *p, FILE *to);

/* The value at a share, 0 to 1. */
nsec profile_at(const struct profile *p, enum profile_what what, double share);

/* A value by the dice's next word. */
nsec profile_draw(const struct profile *p, enum profile_what what, struct dice *dice);

#endif
