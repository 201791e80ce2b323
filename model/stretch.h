/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stretch: a piece of time in which an arrival rate is a straight line, and profiles cut into them.
 *
 * A Poisson process whose rate moves is a unit-rate one whose time is the integrated rate: add up
 * unit exponentials, and map each sum back through the inverse integral. Inside a stretch that is
 * one square root, exact up to the rounding of doubles. Only + - * / and sqrt, as what is drawn
 * here decides simulated bytes.
 *
 * Source: Cinlar, "Introduction to Stochastic Processes", 1975, ch. 4.7 (time change).
 * Known answer: a rate that climbs from 0 to 200/s in 1 s holds 100 jobs; 25 of them are expected
 * within the first half second.
 */
#ifndef MODEL_STRETCH_H
#define MODEL_STRETCH_H

#include <stdint.h>

#include "model/nsec.h"
#include "model/scenario.h"

struct stretch {
    nsec begin, length; /* NSEC_NEVER: without end */
    double rate, slope; /* jobs a ns at its begin, and how much that grows in a ns */
    double area;        /* jobs expected in all of it */
};

/* Rates a second at both ends; a stretch without end keeps `from`. */
struct stretch stretch_of(nsec begin, nsec length, double from, double to);

/* Jobs expected in its first `length` ns. */
double stretch_area(const struct stretch *stretch, nsec length);

/* The inverse, for 0 < area <= stretch->area: ns after its begin. */
double stretch_inverse(const struct stretch *stretch, double area);

/* Stretch k of a profile whose load begins at `from` <= 0. Number 0 is the warm-up, at the first
 * rate; numbers after the last one begin NEVER. */
struct stretch stretch_of_profile(const struct arrivals *profile, uint64_t k, nsec from);

/* Mean rate a second over a period, or over [0, duration) where it does not repeat. */
double stretch_profile_mean(const struct arrivals *profile, nsec duration);

/* About how many stretches any arrivals begin in so many seconds; 0 where the rate stands still. */
double stretch_count(const struct arrivals *arrivals, double seconds);

#endif
