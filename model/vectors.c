/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vectors: see vectors.h. */
#include "model/vectors.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static atomic_int used = -1; /* not asked yet */

static enum vectors processor_has(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vl"))
        return VECTORS_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return VECTORS_AVX2;
#endif
    return VECTORS_NONE;
}

bool vectors_read(const char *word, enum vectors *kind) {
    static const char *const words[] = {
        [VECTORS_NONE] = "none", [VECTORS_AVX2] = "avx2", [VECTORS_AVX512] = "avx512"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(word, words[i])) {
            *kind = (enum vectors)i;
            return true;
        }
    return false;
}

enum vectors vectors_limit(enum vectors most) {
    enum vectors has = processor_has();
    atomic_store(&used, (int)(most < has ? most : has));
    return vectors();
}

enum vectors vectors(void) {
    int known = atomic_load_explicit(&used, memory_order_relaxed);
    return known < 0 ? vectors_limit(VECTORS_AVX512) : (enum vectors)known;
}
