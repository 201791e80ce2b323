/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_hist: the histogram against sorted arrays.
 *
 * The percentile p of n values is the value of rank ceil(p n) of the sorted array, in whole-number
 * arithmetic (p as k / 1000); the histogram may be off by 0.1 % of it, below 2048 ns not at all.
 * Means and variances are by hand: of 1 ... n, (n + 1) / 2 and (n^2 - 1) / 12. The percentile text
 * is that of HdrHistogram (Tene, outputPercentileDistribution), read back line by line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/hist.h"
#include "tests/twins.h"

#define EXACT_BELOW 2048
#define ERROR 1e-3

static const int thousandths[] = {1, 10, 70, 250, 333, 500, 700, 900, 950, 990, 999, 1000};
enum { PARTS = sizeof thousandths / sizeof *thousandths };

static void near_at(double found, double wanted, double tolerance, int line) {
    if (!(fabs(found - wanted) <= tolerance))
        fail_msg("line %d: %.17g, not %.17g within %g", line, found, wanted, tolerance);
}
#define near(found, wanted, tolerance) near_at(found, wanted, tolerance, __LINE__)

static struct hist fresh(void) {
    struct hist h;
    assert_true(hist_open(&h));
    return h;
}

static int ascending(const void *a, const void *b) {
    nsec x = *(const nsec *)a, y = *(const nsec *)b;
    return (x > y) - (x < y);
}

/* ---- values to test with ---- */

typedef nsec value_fn(gsl_rng *rng);

static nsec wide(gsl_rng *rng) {
    return (nsec)gsl_ran_lognormal(rng, log(2.385e6), 2.5);
}

static nsec narrow(gsl_rng *rng) {
    return (nsec)gsl_rng_uniform_int(rng, 1900);
}

static nsec enormous(gsl_rng *rng) {
    return (nsec)ldexp(gsl_rng_uniform(rng), 62);
}

/* Few values, as constant services and free workers give: 0, 200 ms, 201 ms, 3 s. */
static nsec atoms(gsl_rng *rng) {
    static const nsec values[] = {0, 200000000, 201000000, 3000000000};
    return values[gsl_rng_uniform_int(rng, 4)];
}

static nsec constant(gsl_rng *rng) {
    (void)rng;
    return 2385000;
}

static value_fn *const kinds[] = {wide, narrow, enormous, atoms, constant};
enum { KINDS = sizeof kinds / sizeof *kinds };

static nsec *draw(value_fn *value, size_t n) {
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    nsec *x = malloc((n + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = value(rng);
    gsl_rng_free(rng);
    return x;
}

static struct hist filled(const nsec *x, size_t n) {
    struct hist h = fresh();
    for (size_t i = 0; i < n; i++)
        hist_add(&h, x[i]);
    return h;
}

/* ---- buckets ---- */

/* The middle one of 0, v and 2^62 is v, up to its bucket. */
static void check_value(struct hist *h, nsec v) {
    hist_clear(h);
    hist_add(h, INT64_C(1) << 62);
    hist_add(h, v);
    hist_add(h, 0);
    double found = hist_percentile(h, 0.5, 0);
    near(found, (double)v, v < EXACT_BELOW ? 0 : ERROR * (double)v);
    assert_in_range(hist_bucket(v), 0, HIST_BUCKETS - 1);
}

static void test_error_of_a_bucket(void **state) {
    (void)state;
    enum { EACH = 12 };
    struct hist h = fresh();
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    for (int top = 0; top < 62; top++) {
        nsec low = INT64_C(1) << top;
        check_value(&h, low);
        check_value(&h, low - 1);
        check_value(&h, low + (low >> 1));
        for (int i = 0; i < EACH; i++)
            check_value(&h, low + (nsec)((double)low * gsl_rng_uniform(rng)));
    }
    gsl_rng_free(rng);
    hist_close(&h);
}

/* Buckets ascend with the values, one after the other, up to the largest there is. */
static void test_buckets_ascend(void **state) {
    (void)state;
    for (nsec v = 0; v < 70000; v++) {
        assert_in_range(hist_bucket(v + 1) - hist_bucket(v), 0, 1);
        if (v < EXACT_BELOW)
            assert_int_equal(hist_bucket(v), v);
    }
    for (int top = 11; top < 63; top++) {
        nsec step = INT64_C(1) << top;
        assert_int_equal(hist_bucket(step) - hist_bucket(step - 1), 1);
    }
    assert_in_range(hist_bucket(INT64_MAX), hist_bucket(INT64_C(1) << 62), HIST_BUCKETS - 1);
}

/* A bucket begins at hist_low, and the one below it ends just before. */
static void test_low_ends(void **state) {
    (void)state;
    for (nsec v = 0; v < 1000000000000; v += 1 + v / 777) {
        uint32_t bucket = hist_bucket(v);
        nsec low = (nsec)hist_low(bucket);
        assert_true(low <= v && (double)v < hist_low(bucket + 1));
        assert_int_equal(hist_bucket(low), bucket);
        assert_true(low == 0 || hist_bucket(low - 1) == bucket - 1);
    }
}

/* ---- percentiles ---- */

/* Rank ceil(k / 1000 * n), at least 1. */
static uint64_t rank_of(int k, uint64_t n) {
    uint64_t rank = ((uint64_t)k * n + 999) / 1000;
    return rank < 1 ? 1 : rank;
}

static void check_percentiles(const struct hist *h, const nsec *sorted, size_t n, uint64_t above) {
    for (int i = 0; i < PARTS; i++) {
        uint64_t rank = rank_of(thousandths[i], n + above);
        double found = hist_percentile(h, thousandths[i] / 1000.0, above);
        if (rank > n) {
            assert_true(isnan(found));
            continue;
        }
        double wanted = (double)sorted[rank - 1];
        near(found, wanted, wanted < EXACT_BELOW ? 0 : ERROR * wanted);
        assert_true(found >= (double)sorted[0] && found <= (double)sorted[n - 1]);
    }
}

static void check_sample(value_fn *value, size_t n) {
    nsec *x = draw(value, n);
    struct hist h = filled(x, n);
    qsort(x, n, sizeof *x, ascending);
    const uint64_t above[] = {0, 1, n / 100 + 1, n, 20 * n};
    for (size_t i = 0; i < sizeof above / sizeof *above; i++)
        check_percentiles(&h, x, n, above[i]);
    hist_trim(&h);
    for (size_t i = 0; i < sizeof above / sizeof *above; i++)
        check_percentiles(&h, x, n, above[i]);
    hist_close(&h);
    free(x);
}

static void test_percentiles(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 3, 7, 10, 99, 100, 101, 1000, 4321};
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            check_sample(kinds[kind], counts[i]);
}

/* hist.h: 1 ... 1,000,000 once each. */
static void test_known_answer(void **state) {
    (void)state;
    struct hist h = fresh();
    for (nsec v = 1; v <= 1000000; v++)
        hist_add(&h, v);
    near(hist_percentile(&h, 0.5, 0), 500000, 500);
    near(hist_percentile(&h, 0.99, 0), 990000, 990);
    near(hist_percentile(&h, 0.5, 10), 500005, 500.005);
    near(hist_mean(&h), 500000.5, 0);
    near(hist_variance(&h), (1e12 - 1) / 12, 1e-4);
    hist_close(&h);
}

static void add_many(struct hist *h, nsec value, uint64_t times) {
    struct hist power = fresh(), copy = fresh();
    hist_add(&power, value);
    for (; times; times >>= 1) {
        if (times & 1)
            hist_merge(h, &power);
        hist_clear(&copy);
        hist_merge(&copy, &power);
        hist_merge(&power, &copy);
    }
    hist_close(&power);
    hist_close(&copy);
}

/* At the border of two atoms, ceil(p n) is met to the very job, up to 1e10 of them. */
static void test_rank_among_many(void **state) {
    (void)state;
    static const uint64_t counts[] = {1000,       1001,       8388607,    16777217,  99999000,
                                      1234567000, 4294967296, 9999999000, 9999999999};
    static const int parts[] = {500, 900, 950, 990, 999};
    struct hist h = fresh();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int k = 0; k < 5; k++) {
            uint64_t n = counts[i], rank = rank_of(parts[k], n);
            hist_clear(&h);
            add_many(&h, 100, rank);
            add_many(&h, 200, n - rank);
            near(hist_percentile(&h, parts[k] / 1000.0, 0), 100, 0);
            hist_clear(&h);
            add_many(&h, 100, rank - 1);
            add_many(&h, 200, n - rank + 1);
            near(hist_percentile(&h, parts[k] / 1000.0, 0), 200, 0);
        }
    hist_close(&h);
}

/* ---- above ---- */

static size_t sorted_above(const nsec *sorted, size_t n, double x) {
    size_t above = 0;
    while (above < n && (double)sorted[n - 1 - above] > x)
        above++;
    return above;
}

/* Off by what stands in x's own bucket at most, and by nothing where a bucket is one value. */
static void check_above(const struct hist *h, const nsec *sorted, size_t n, double x) {
    double found = hist_above(h, x), wanted = (double)sorted_above(sorted, n, x);
    double shared = x < EXACT_BELOW ? 0 : (double)h->count[hist_bucket((nsec)x) - h->first];
    near(found, wanted, shared);
}

/* Above the percentile p lie n - rank jobs: within one where its bucket is shared out. */
static void check_above_percentile(const struct hist *h, size_t n, int k) {
    double rank = (double)rank_of(k, n), x = hist_percentile(h, k / 1000.0, 0);
    double count = (double)h->count[hist_bucket((nsec)x) - h->first];
    double slack = x < EXACT_BELOW || x == (double)h->min || x == (double)h->max ? count : 1;
    near(hist_above(h, x), (double)n - rank, slack);
}

static void test_above(void **state) {
    (void)state;
    enum { N = 3000 };
    for (int kind = 0; kind < KINDS; kind++) {
        nsec *x = draw(kinds[kind], N);
        struct hist h = filled(x, N);
        qsort(x, N, sizeof *x, ascending);
        assert_true(hist_above(&h, (double)x[0] - 1) == N && hist_above(&h, (double)x[N - 1]) == 0);
        double last = N;
        for (int i = 0; i < N; i += 7) {
            check_above(&h, x, N, (double)x[i]);
            assert_true(hist_above(&h, (double)x[i]) <= last);
            last = hist_above(&h, (double)x[i]);
        }
        for (int i = 0; i < PARTS; i++)
            check_above_percentile(&h, N, thousandths[i]);
        hist_close(&h);
        free(x);
    }
}

/* ---- moments ---- */

static void test_moments_by_hand(void **state) {
    (void)state;
    struct hist h = fresh();
    assert_true(isnan(hist_mean(&h)) && isnan(hist_variance(&h)) &&
                isnan(hist_percentile(&h, 0.5, 0)));
    hist_add(&h, 2);
    hist_add(&h, 3);
    hist_add(&h, 8);
    near(hist_mean(&h), 13 / 3.0, 0);
    near(hist_variance(&h), 77 / 3.0 - 169 / 9.0, 1e-14);
    hist_close(&h);
}

/* 10,000 s (1e13 ns) and 0 ... 999 ns: the spread is a part in 1e22 of the squares. */
static void test_variance_far_from_zero(void **state) {
    (void)state;
    struct hist h = fresh();
    for (nsec i = 0; i < 1000; i++)
        hist_add(&h, 10000000000000 + i);
    near(hist_mean(&h), 10000000000499.5, 0);
    near(hist_variance(&h), (1e6 - 1) / 12, 1e-6);
    hist_close(&h);
}

/* Below 2^46 the sums are exact, and so is no spread at all; the mean is a sum and a quotient, each
 * rounded once. */
static void test_constant_has_no_variance(void **state) {
    (void)state;
    static const nsec values[] = {
        0, 1, 2385, 2385000, 200000000, 12345678901, (INT64_C(1) << 46) - 1};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct hist h = fresh();
        add_many(&h, values[i], 1000003);
        near(hist_mean(&h), (double)values[i], (double)values[i] * 0x1p-52);
        near(hist_variance(&h), 0, 0);
        hist_close(&h);
    }
}

/* From 19.5 hours on 128 bits may not hold the sum of squares. A variance is then the difference of
 * two doubles: a cv of 1000 x 2^-53 under the root, 3.4e-7, is the most that rounding may leave. */
static void test_large_values(void **state) {
    (void)state;
    static const nsec values[] = {(INT64_C(1) << 46), (INT64_C(1) << 46) + 2385, 3000000000000007,
                                  100000000000000001};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct hist h = fresh();
        for (int k = 0; k < 1000; k++)
            hist_add(&h, values[i]);
        near(hist_mean(&h), (double)values[i], 0);
        near(sqrt(hist_variance(&h)) / hist_mean(&h), 0, 3.4e-7);
        hist_close(&h);
    }
    struct hist h = fresh();
    for (int k = 1; k <= 1000; k++)
        hist_add(&h, k * 10 * INT64_C(1000000000000)); /* both sides of the border */
    near(hist_mean(&h), 5005e12, 0);
    near(hist_variance(&h) / ((1e6 - 1) / 12 * 1e26), 1, 1e-12);
    hist_close(&h);
}

/* ---- merging ---- */

static void same(const struct hist *a, const struct hist *b) {
    assert_true(a->n == b->n && a->sum == b->sum && a->squares == b->squares);
    assert_true(a->min == b->min && a->max == b->max);
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        uint64_t left = i < a->first || i >= a->first + a->size ? 0 : a->count[i - a->first];
        uint64_t right = i < b->first || i >= b->first + b->size ? 0 : b->count[i - b->first];
        assert_true(left == right);
    }
    assert_true(hist_mean(a) == hist_mean(b));
    assert_true(hist_variance(a) == hist_variance(b));
    for (int i = 0; i < PARTS; i++)
        assert_true(hist_percentile(a, thousandths[i] / 1000.0, 0) ==
                    hist_percentile(b, thousandths[i] / 1000.0, 0));
}

/* Values in four parts, merged in three orders, trimmed or not, are as if added together. */
static void check_merge(value_fn *value, bool trim) {
    enum { N = 1000, CUTS = 4 };
    static const int orders[][CUTS] = {{0, 1, 2, 3}, {3, 1, 0, 2}, {2, 3, 1, 0}};
    static const size_t cuts[CUTS + 1] = {0, 0, 1, 400, N}; /* the first is empty */
    nsec *x = draw(value, N);
    struct hist whole = filled(x, N), part[CUTS], empty = {0};
    for (int i = 0; i < CUTS; i++) {
        part[i] = filled(x + cuts[i], cuts[i + 1] - cuts[i]);
        if (trim)
            hist_trim(&part[i]);
    }
    for (int i = 0; i < 3; i++) {
        struct hist merged = fresh();
        hist_merge(&merged, &empty);
        for (int k = 0; k < CUTS; k++)
            hist_merge(&merged, &part[orders[i][k]]);
        same(&merged, &whole);
        hist_trim(&merged);
        same(&merged, &whole);
        hist_close(&merged);
    }
    for (int i = 0; i < CUTS; i++)
        hist_close(&part[i]);
    hist_close(&whole);
    free(x);
}

static void test_merging(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++)
        if (kinds[kind] != enormous) {
            check_merge(kinds[kind], false);
            check_merge(kinds[kind], true);
        }
}

/* hist.h: the order of adding and merging never shows; of years neither. */
static void test_merging_large_values(void **state) {
    (void)state;
    check_merge(enormous, false);
    check_merge(enormous, true);
}

static void test_trim(void **state) {
    (void)state;
    struct hist h = fresh(), empty = fresh();
    for (nsec v = 200000000; v < 210000000; v += 100000)
        hist_add(&h, v);
    double p90 = hist_percentile(&h, 0.9, 0), above = hist_above(&h, 2.05e8);
    hist_trim(&h);
    hist_trim(&h); /* again: nothing more to cut */
    assert_in_range(h.size, 1, 100);
    assert_true(hist_percentile(&h, 0.9, 0) == p90 && hist_above(&h, 2.05e8) == above);
    hist_trim(&empty);
    assert_true(empty.n == 0 && isnan(hist_percentile(&empty, 0.5, 0)) &&
                hist_above(&empty, 1) == 0);
    hist_close(&h);
    hist_close(&empty);
}

/* Zeros at once are as if added one by one, wherever they come. */
static void test_zeros(void **state) {
    (void)state;
    for (int order = 0; order < 3; order++) {
        struct hist at_once = fresh(), one_by_one = fresh();
        hist_add_zeros(&at_once, order == 0 ? 1000 : 0);
        if (order != 2)
            hist_add(&at_once, 2385000);
        hist_add_zeros(&at_once, order == 0 ? 0 : 1000);
        if (order != 2)
            hist_add(&one_by_one, 2385000);
        for (int i = 0; i < 1000; i++)
            hist_add(&one_by_one, 0);
        same(&at_once, &one_by_one);
        hist_close(&at_once);
        hist_close(&one_by_one);
    }
}

static void test_clear(void **state) {
    (void)state;
    nsec *x = draw(wide, 1000), *y = draw(narrow, 500);
    struct hist used = filled(x, 1000), new = filled(y, 500), empty = fresh();
    hist_clear(&used);
    assert_memory_equal(used.count, empty.count, HIST_BUCKETS * sizeof *used.count);
    assert_true(used.n == 0 && used.sum == 0 && used.min == empty.min && used.max == 0);
    for (int i = 0; i < 500; i++)
        hist_add(&used, y[i]);
    same(&used, &new);
    hist_clear(&empty); /* of nothing */
    assert_true(empty.n == 0);
    hist_close(&used);
    hist_close(&new);
    hist_close(&empty);
    free(x);
    free(y);
}

/* ---- the percentile text ---- */

static char *printed(const struct hist *h) {
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    hist_print(h, to);
    assert_int_equal(fclose(to), 0);
    return text;
}

/* One row: TotalCount jobs have at most Value, and they are at least the share Percentile of all.
 */
static void check_row(const char *row, const nsec *sorted, size_t n, double *last) {
    double value, p, inverse;
    unsigned long long count;
    assert_int_equal(sscanf(row, "%lf %lf %llu %lf", &value, &p, &count, &inverse), 4);
    assert_true(p > *last && p <= 1);
    assert_in_range(count, 1, n);
    assert_true((double)count >= p * (double)n - 1e-6);
    double wanted = (double)sorted[count - 1] / 1e6;
    near(value, wanted, ERROR * wanted + 0.5e-6);
    if (p < 1)
        near(inverse * (1 - p), 1, 0.005 * (1 - p) + 1e-9);
    else
        assert_true(isinf(inverse) && count == n);
    *last = p;
}

/* Rows up to the footer, each checked; the percentiles that stand there are collected. */
static size_t check_rows(char *text, const nsec *sorted, size_t n, double *percentiles) {
    static const char head[] = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
    size_t rows = 0;
    double last = -1;
    assert_memory_equal(text, head, sizeof head - 1);
    char *save = NULL, *row = strtok_r(text + sizeof head - 1, "\n", &save);
    for (; row && *row != '#'; row = strtok_r(NULL, "\n", &save)) {
        check_row(row, sorted, n, &last);
        percentiles[rows++] = last;
    }
    double mean, deviation, max;
    unsigned long long total;
    assert_non_null(row);
    assert_int_equal(sscanf(row, "#[Mean = %lf, StdDeviation = %lf]", &mean, &deviation), 2);
    row = strtok_r(NULL, "\n", &save);
    assert_non_null(row);
    assert_int_equal(sscanf(row, "#[Max = %lf, Total count = %llu]", &max, &total), 2);
    row = strtok_r(NULL, "\n", &save);
    assert_true(row && !strncmp(row, "#[Buckets = ", 12) && !strtok_r(NULL, "\n", &save));
    assert_int_equal(total, n);
    near(max, n ? (double)sorted[n - 1] / 1e6 : 0, 0.5e-6);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)sorted[i] / 1e6;
    near(mean, n ? sum / (double)n : 0, 1e-6 + 1e-9 * sum);
    return rows;
}

static void check_text(value_fn *value, size_t n) {
    double percentiles[400];
    nsec *x = draw(value, n);
    struct hist h = filled(x, n);
    qsort(x, n, sizeof *x, ascending);
    char *text = printed(&h);
    size_t rows = check_rows(text, x, n, percentiles);
    if (n == 0)
        assert_int_equal(rows, 0);
    else
        assert_true(percentiles[rows - 1] == 1);
    if (n >= 100) /* five steps for every halving of the distance to 1 */
        for (int i = 0; i < 11; i++)
            near(percentiles[i], i <= 5 ? 0.1 * i : 0.5 + 0.05 * (i - 5), 1e-12);
    free(text);
    free(x);
    hist_close(&h);
}

static void test_percentile_text(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        check_text(kinds[kind], 0);
        check_text(kinds[kind], 1);
        check_text(kinds[kind], 10);
        check_text(kinds[kind], 1000);
        check_text(kinds[kind], 20000);
    }
}

/* Many at once, by vectors or not: the same sums and buckets as one by one, for any size of values
 * and any number of them. */
static void many_at_once(void) {
    struct hist one, many;
    assert_true(hist_open(&one) && hist_open(&many));
    uint64_t dice = 1;
    for (size_t n = 0; n <= HIST_MANY; n++)
        for (int bits = 1; bits < 63; bits += 3) {
            nsec values[HIST_MANY];
            uint32_t bucket[HIST_MANY];
            for (size_t i = 0; i < n; i++) {
                dice = dice * 6364136223846793005u + 1442695040888963407u;
                values[i] = (nsec)(dice >> (64 - bits));
                hist_add(&one, values[i]);
            }
            hist_add_many(&many, values, n, bucket);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(bucket[i], hist_bucket(values[i]));
            assert_true(one.n == many.n && one.sum == many.sum && one.squares == many.squares &&
                        one.squares_high == many.squares_high && one.min == many.min &&
                        one.max == many.max);
        }
    assert_memory_equal(one.count, many.count, one.size * sizeof *one.count);
    hist_close(&one);
    hist_close(&many);
}

static void test_many_at_once(void **state) {
    (void)state;
    EACH_TWIN(kind)
    many_at_once();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_error_of_a_bucket),
        cmocka_unit_test(test_buckets_ascend),
        cmocka_unit_test(test_low_ends),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_known_answer),
        cmocka_unit_test(test_rank_among_many),
        cmocka_unit_test(test_above),
        cmocka_unit_test(test_moments_by_hand),
        cmocka_unit_test(test_variance_far_from_zero),
        cmocka_unit_test(test_constant_has_no_variance),
        cmocka_unit_test(test_large_values),
        cmocka_unit_test(test_merging),
        cmocka_unit_test(test_merging_large_values),
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_zeros),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_percentile_text),
        cmocka_unit_test(test_many_at_once),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("hist", tests, NULL, NULL);
}
