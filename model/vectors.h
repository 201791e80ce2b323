/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vectors: which of the processor's vectors the inner loops use.
 *
 * Every loop by vectors has a plain twin that gives the same bytes; which of them runs is decided
 * here alone, by what the processor has. HEADROOM_VECTORS=none, avx2 or avx512 in the environment
 * takes no more than that, so that all twins can be compared on one machine. Elsewhere than on
 * x86-64 it is always `none`.
 */
#ifndef MODEL_VECTORS_H
#define MODEL_VECTORS_H

enum vectors {
    VECTORS_NONE,
    VECTORS_AVX2,
    VECTORS_AVX512 /* its F, DQ, CD and VL */
};

/* What is used. */
enum vectors vectors(void);

/* Uses no more than `most` from now on; returns what is used. Not while loops run. */
enum vectors vectors_limit(enum vectors most);

#endif
