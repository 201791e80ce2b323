/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ends: the instants at which the busy servers end, in order; one for each server at most.
 *
 * At equal instants who began first ends first. Two ways to the same order. Up to ENDS_SORTED_MOST
 * servers on processors with AVX-512 (ENDS_SORTED_MOST_AVX2 with AVX2) are a sorted vector: lanes
 * first ... room - 1, and below them what is over, which is no later than any end to come. So one
 * operation does it all: an end is merged in, behind its equals, and the lowest lane drops out
 * (at'[i] = min(at[i+1], max(at[i], end)), as in sim/frees). The next end is known at once, and
 * there is hardly a branch. Elsewhere they are a heap (sim/calendar).
 *
 * Cost, measured in the limit loop (tests/bench) with AVX-512: 15 to 25 ns a job less than in the
 * heap from 16 to 500 servers, as much at 1000. With AVX2 15 ns a replacement instead of 38 at 16
 * servers, as much at 100.
 */
#ifndef SIM_ENDS_H
#define SIM_ENDS_H

#include "model/vectors.h"
#include "sim/calendar.h"

enum { ENDS_LANES = 8, ENDS_SORTED_MOST = 512, ENDS_SORTED_MOST_AVX2 = 64 };

struct ends {
    nsec next;            /* the first end; NSEC_NEVER: nobody is busy */
    nsec *at;             /* sorted: room of them, and a vector of NSEC_NEVER beyond */
    uint32_t *who;        /* the server of each */
    uint32_t first;       /* lane; room: none */
    uint32_t room;        /* in whole vectors, */
    enum vectors kind;    /* of these */
    struct calendar heap; /* where there are no lanes */
    uint64_t begun;       /* in the heap: numbers them */
};

/* For servers 0 ... servers - 1; false: out of memory. `sorted`: as vectors, if it can be. */
bool ends_open(struct ends *e, uint32_t servers, bool sorted);
void ends_close(struct ends *e);

/* How many are busy; the k-th of them, in no order. */
static inline uint32_t ends_count(const struct ends *e) {
    return e->at ? e->room - e->first : e->heap.count;
}
static inline uint32_t ends_server(const struct ends *e, uint32_t k) {
    return e->at ? e->who[e->first + k] : calendar_who(e->heap.heap[1 + k].key);
}

/* ---- the hot half, inline ----------------------------------------------------------------------
 */

/* Merges an end in, of which lane `hole` and those below it are free. */
void ends_merge(struct ends *e, uint32_t hole, nsec at, uint32_t server);

/* The same in the heap. */
void ends_push_heap(struct ends *e, nsec at, uint32_t server);
void ends_replace_heap(struct ends *e, nsec at, uint32_t server);
void ends_pop_heap(struct ends *e);

/* The server that ends first; there is one. */
static inline uint32_t ends_first(const struct ends *e) {
    return e->at ? e->who[e->first] : calendar_who(e->heap.heap[1].key);
}

static inline void ends_put(struct ends *e, uint32_t hole, nsec at, uint32_t server) {
    if (at < e->at[hole + 1]) {
        e->next = e->at[hole] = at;
        e->who[hole] = server;
    } else {
        ends_merge(e, hole, at, server);
        e->next = e->at[hole];
    }
}

/* A server begins what ends at `at`, not before the first end that is over. */
static inline void ends_push(struct ends *e, nsec at, uint32_t server) {
    if (e->at)
        ends_put(e, --e->first, at, server);
    else
        ends_push_heap(e, at, server);
}

/* The first end is over, and a server (the same) begins what ends at `at`. */
static inline void ends_replace(struct ends *e, nsec at, uint32_t server) {
    if (e->at)
        ends_put(e, e->first, at, server);
    else
        ends_replace_heap(e, at, server);
}

/* The first end is over. */
static inline void ends_pop(struct ends *e) {
    if (e->at)
        e->next = e->at[++e->first];
    else
        ends_pop_heap(e);
}

#endif
