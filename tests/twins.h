/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twins: the same tests for every kind of vectors that this processor has, and for none. */
#ifndef TESTS_TWINS_H
#define TESTS_TWINS_H

#include "model/vectors.h"

#define EACH_TWIN(kind)                                                                            \
    for (enum vectors kind = VECTORS_NONE; kind <= VECTORS_AVX512 && vectors_limit(kind) == kind;  \
         kind++)

#endif
