/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * contender: what driver.c asks of a pool. Each program of this folder is driver.c and one adapter,
 * which defines `contender`.
 */
#ifndef TESTS_BENCH_POOL_CONTENDER_H
#define TESTS_BENCH_POOL_CONTENDER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct contender {
    const char *about; /* the library, its version, how it is used here */
    size_t room;       /* bytes of a caller's job, see submit */
    /* A pool of so many workers, unbounded queue; NULL: it cannot be had. Once in a process. */
    void *(*open)(unsigned workers, unsigned producers);
    /* From any of the producers, in parallel. `room` is aligned for anything, this job's alone and
     * stays until close: where a library's jobs are the caller's memory, or its functions take one
     * pointer. All of it was written to before the time counts. False: not taken. */
    int (*submit)(void *pool, void (*run)(void *), void *argument, void *room);
    /* NULL, or: does what the library wants done in the caller's thread, until all jobs have ended.
     * Called by a producer that is the only one, after its last submission. */
    void (*settle)(void *pool);
    void (*close)(void *pool); /* all jobs have ended */
};

extern const struct contender contender;

#ifdef __cplusplus
}
#endif

/* "2.74.6" of three numbers that the preprocessor knows. */
#define CONTENDER_TEXT_(x) #x
#define CONTENDER_TEXT(x) CONTENDER_TEXT_(x)
#define CONTENDER_VERSION(a, b, c) CONTENDER_TEXT(a) "." CONTENDER_TEXT(b) "." CONTENDER_TEXT(c)

#endif
