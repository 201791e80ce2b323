/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vectors: which of the processor's vectors the inner loops use.
 *
 * Every loop by vectors has a plain twin that gives the same bytes; which of them runs is decided
 * here, by what the processor has (a loop may want more of it than is said here). The program takes
 * HEADROOM_VECTORS from the environment as the most, so that all twins can be compared on one
 * machine. Elsewhere than on x86-64 it is always `none`.
 */
#ifndef MODEL_VECTORS_H
#define MODEL_VECTORS_H

#include <stdbool.h>

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))
#endif

enum vectors {
    VECTORS_NONE,
    VECTORS_AVX2,
    VECTORS_AVX512 /* its F, DQ, CD and VL */
};

/* What is used. */
enum vectors vectors(void);

/* Uses no more than `most` from now on; returns what is used. For one who sets up: of what is open
 * the layout stays, of what begins meanwhile in other threads it may be either. */
enum vectors vectors_limit(enum vectors most);

/* `none`, `avx2` or `avx512`; false: another word. */
bool vectors_read(const char *word, enum vectors *kind);

#endif
