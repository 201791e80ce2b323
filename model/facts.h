/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts: what queueing theory asks about one pool of a scenario.
 *
 * The classes that send jobs to it are put together: Poisson classes add up to one Poisson stream
 * of jobs whose service is a mixture. What no formula covers is said in `unknown`, in words.
 */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include <stdbool.h>

#include "model/law.h"
#include "model/scenario.h"

struct facts_class {
    const char *name; /* borrowed */
    uint8_t rank;
    double rate, mean; /* jobs a second, seconds */
};

struct facts {
    const char *unknown; /* why no formula of a steady state can hold; NULL */
    bool closed, poisson, constant_gaps;
    double rate;       /* jobs a second that want in; closed: NaN */
    double load;       /* of them in workers, rate x mean service */
    double workers;    /* infinite: a thread for every job */
    double places;     /* that jobs may wait on; infinite: as many as come, also at a door */
    bool loses;        /* enough of them that it shows; sets places */
    bool exactly;      /* the loss is known exactly, so that a smaller one shows */
    bool drops_oldest; /* who is lost is not who came last */
    bool door;         /* some of those who wait stand outside the queue */
    bool lifo;
    bool ranked; /* classes of higher priority go first; it shows, as some may wait in the queue */
    bool alike;  /* all classes' services have one law */
    struct facts_class *classes;
    size_t class_count;
    bool gives_up; /* jobs that wait too long leave the queue: longer than this, drawn for each */
    struct dist patience;
    bool steady;  /* the run has no end of its own */
    bool stable;  /* load < workers, or nothing piles up */
    bool grows;   /* steady, yet not stable */
    double cores; /* of the host, which the pool's jobs share while they compute; 0: they do not */
    double computing; /* load in cores */
    double share;     /* of the service, on the mean, that computes */
    double serial;    /* load of the pool's lock */
    bool shares;      /* more workers than cores compute: it shows */
    double pressure;  /* what is asked over what can be done: of workers, cores, lock the most */
    double mean, scv, gap_scv;
    struct law service, gap; /* gap: empty where it is not one renewal stream */
    double clients, think;   /* closed; thinking in seconds, by this law */
    bool think_exponential;
    double horizon; /* measured time, seconds */
};

/* The scenario is borrowed. */
void facts_of(struct facts *f, const struct scenario *scenario, size_t pool);
void facts_free(struct facts *f);

/* The same pool with another number of workers. */
void facts_resize(struct facts *f, double workers);

#endif
