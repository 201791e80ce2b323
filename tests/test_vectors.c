/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_vectors: what is used is the most that is wished and that the processor has; the words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/vectors.h"

static enum vectors processor(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vl"))
        return VECTORS_AVX512;
    return __builtin_cpu_supports("avx2") ? VECTORS_AVX2 : VECTORS_NONE;
#else
    return VECTORS_NONE;
#endif
}

static void test_all_unless_limited(void **state) {
    (void)state;
    assert_int_equal(vectors(), processor());
}

static void test_limits(void **state) {
    (void)state;
    for (enum vectors most = VECTORS_NONE; most <= VECTORS_AVX512; most++) {
        enum vectors used = most < processor() ? most : processor();
        assert_int_equal(vectors_limit(most), used);
        assert_int_equal(vectors(), used);
    }
}

static void test_words(void **state) {
    (void)state;
    enum vectors kind = VECTORS_NONE;
    assert_true(vectors_read("avx512", &kind) && kind == VECTORS_AVX512);
    assert_true(vectors_read("avx2", &kind) && kind == VECTORS_AVX2);
    assert_false(vectors_read("avx", &kind) || vectors_read("", &kind) ||
                 vectors_read("AVX512", &kind));
    assert_int_equal(kind, VECTORS_AVX2);
    assert_true(vectors_read("none", &kind) && kind == VECTORS_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_unless_limited),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
