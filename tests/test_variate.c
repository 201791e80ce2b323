/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_variate: unit variates against GSL's distributions, and their bytes.
 *
 * Seeds and bounds are fixed, so a test passes always or never; a bound is the 0.1 % point of its
 * statistic, for a million draws or more: Kolmogorov and Smirnov's D sqrt(n) < 1.95, chi-squares by
 * their degrees of freedom, moments within 5 standard errors. D cannot see the tails; so beyond the
 * ziggurat's base, and in each of its strips, draws are counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/variate.h"
#include "tests/twins.h"

enum { DRAWS = 1000000, TAIL_DRAWS = 10000000, SUMMED = 100000 };

enum kind { UNIFORM, EXPONENTIAL, NORMAL, GAMMA };

struct unit {
    enum kind kind;
    double shape;
};

static struct dice dice_for(struct unit u) {
    struct dice d;
    dice_open(&d, rng_key(2026, (uint64_t)(u.shape * 10), "variate", RNG_SERVICE), u.kind);
    return d;
}

static double draw(struct unit u, struct dice *d, uint64_t item) {
    dice_item(d, item);
    switch (u.kind) {
    case UNIFORM:
        return variate_uniform(d);
    case EXPONENTIAL:
        return variate_exponential(d);
    case NORMAL:
        return variate_normal(d);
    case GAMMA:
        return variate_gamma(d, u.shape);
    }
    return NAN;
}

static double cdf(struct unit u, double x) {
    switch (u.kind) {
    case UNIFORM:
        return x;
    case EXPONENTIAL:
        return gsl_cdf_exponential_P(x, 1);
    case NORMAL:
        return gsl_cdf_ugaussian_P(x);
    case GAMMA:
        return gsl_cdf_gamma_P(x, u.shape, 1);
    }
    return NAN;
}

static int by_size(const void *left, const void *right) {
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* D sqrt(n) of n sorted values. */
static double kolmogorov(struct unit u, const double *x, size_t n) {
    double d = 0;
    for (size_t i = 0; i < n; i++) {
        double p = cdf(u, x[i]), below = p - (double)i / (double)n;
        double above = (double)(i + 1) / (double)n - p;
        d = fmax(d, fmax(below, above));
    }
    return d * sqrt((double)n);
}

/* How many standard errors mean and variance are off; `fourth` is the fourth central moment. */
static void check_moments(const double *x, size_t n, double mean, double variance, double fourth) {
    double sum = 0, squares = 0, count = (double)n;
    for (size_t i = 0; i < n; i++) {
        sum += x[i] - mean;
        squares += (x[i] - mean) * (x[i] - mean);
    }
    double off = sum / sqrt(count * variance);
    double off2 = (squares - count * variance) / sqrt(count * (fourth - variance * variance));
    print_message("  mean off by %.2f and variance by %.2f standard errors\n", off, off2);
    assert_true(fabs(off) < 5 && fabs(off2) < 5);
}

static void check_unit(struct unit u, double mean, double variance, double fourth) {
    double *x = malloc(sizeof *x * DRAWS);
    assert_non_null(x);
    struct dice d = dice_for(u);
    for (uint64_t i = 0; i < DRAWS; i++)
        x[i] = draw(u, &d, i);
    check_moments(x, DRAWS, mean, variance, fourth);
    qsort(x, DRAWS, sizeof *x, by_size);
    double statistic = kolmogorov(u, x, DRAWS);
    print_message("  D sqrt(n) = %.3f, from %g to %g\n", statistic, x[0], x[DRAWS - 1]);
    free(x);
    assert_true(statistic < 1.95);
}

static void test_uniform(void **state) {
    (void)state;
    check_unit((struct unit){UNIFORM, 0}, 0.5, 1.0 / 12, 1.0 / 80);
}

static void test_exponential(void **state) {
    (void)state;
    check_unit((struct unit){EXPONENTIAL, 0}, 1, 1, 9);
}

static void test_normal(void **state) {
    (void)state;
    check_unit((struct unit){NORMAL, 0}, 0, 1, 3);
}

static void test_gamma(void **state) {
    (void)state;
    const double shapes[] = {0.1, 0.5, 1, 2.5, 100};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        double k = shapes[i];
        print_message("  shape %g\n", k);
        check_unit((struct unit){GAMMA, k}, k, k, 3 * k * k + 6 * k);
    }
}

/* Beyond r, in 10 parts as likely as one another, and the rest: 10 degrees of freedom. */
static void check_tail(struct unit u, double r, double (*beyond)(double)) {
    enum { PARTS = 10 };
    struct dice d = dice_for(u);
    double tail = beyond(r), expected = TAIL_DRAWS * tail / PARTS, square = 0;
    int count[PARTS] = {0}, all = 0;
    for (uint64_t i = 0; i < TAIL_DRAWS; i++) {
        double x = draw(u, &d, i);
        if (fabs(x) > r) {
            count[(int)(beyond(fabs(x)) / tail * PARTS)]++;
            all++;
        }
    }
    for (int i = 0; i < PARTS; i++)
        square += (count[i] - expected) * (count[i] - expected) / expected;
    square += pow(all - PARTS * expected, 2) / (TAIL_DRAWS * (1 - tail));
    print_message("  %d beyond %g (%.1f expected), chi-square %.1f\n", all, r, PARTS * expected,
                  square);
    assert_true(square < 29.59);
}

static double exponential_beyond(double x) {
    return gsl_cdf_exponential_Q(x, 1);
}

static double normal_beyond(double x) {
    return 2 * gsl_cdf_ugaussian_Q(x);
}

static void test_tails(void **state) {
    (void)state;
    check_tail((struct unit){EXPONENTIAL, 0}, ziggurat_exponential_edge[1], exponential_beyond);
    check_tail((struct unit){NORMAL, 0}, ziggurat_normal_edge[1], normal_beyond);
}

/* The i with edge[i + 1] <= x < edge[i]; 0 beyond the base. */
static int strip_at(const double *edge, double x) {
    int low = 0, high = ZIGGURAT_STRIPS;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (x < edge[middle])
            low = middle;
        else
            high = middle;
    }
    return x < edge[1] ? low : 0;
}

/* Draws between the edges of neighbouring strips: 255 degrees of freedom. */
static void check_strips(struct unit u, const double *edge, double (*beyond)(double)) {
    struct dice d = dice_for(u);
    int count[ZIGGURAT_STRIPS] = {0};
    for (uint64_t i = 0; i < 2 * DRAWS; i++)
        count[strip_at(edge, fabs(draw(u, &d, i)))]++;
    double square = 0;
    for (int i = 0; i < ZIGGURAT_STRIPS; i++) {
        double p = beyond(edge[i + 1]) - (i == 0 ? 0 : beyond(edge[i]));
        square += pow(count[i] - 2 * DRAWS * p, 2) / (2 * DRAWS * p);
    }
    print_message("  chi-square %.1f\n", square);
    assert_true(square < 330.52);
}

static void test_strips(void **state) {
    (void)state;
    check_strips((struct unit){EXPONENTIAL, 0}, ziggurat_exponential_edge, exponential_beyond);
    check_strips((struct unit){NORMAL, 0}, ziggurat_normal_edge, normal_beyond);
}

/* The tables: strips of one area, closed at the top; the published base edges. */
static void check_table(const double *edge, const double *height, double r) {
    double area = edge[0] * height[1];
    assert_true(fabs(edge[1] - r) < 1e-14);
    assert_true(edge[ZIGGURAT_STRIPS] == 0 && height[ZIGGURAT_STRIPS] == 1);
    for (int i = 1; i < ZIGGURAT_STRIPS; i++) {
        assert_true(edge[i] < edge[i - 1] && height[i] < height[i + 1]);
        assert_true(fabs(edge[i] * (height[i + 1] - height[i]) / area - 1) < 1e-12);
    }
}

static void test_tables(void **state) {
    (void)state;
    check_table(ziggurat_exponential_edge, ziggurat_exponential_height, 7.69711747013104972);
    check_table(ziggurat_normal_edge, ziggurat_normal_height, 3.6541528853610088);
}

/* A dice whose word 0 of item 0 is `word`. */
static struct dice loaded(uint64_t word) {
    return (struct dice){.held = 1, .words = {word}};
}

/* Words that make the most of every field. */
static void test_extreme_words(void **state) {
    (void)state;
    struct dice none = loaded(0), all = loaded(UINT64_MAX), top = loaded(255);
    assert_true(variate_uniform(&none) == 0x1p-53);
    assert_true(variate_uniform(&all) == 1 - 0x1p-53);
    assert_true(variate_exponential(&top) == 0x1p-53 * ziggurat_exponential_edge[255]);
    struct dice least = loaded(255), below = loaded(UINT64_MAX);
    assert_true(variate_normal(&least) == 0x1p-52 * ziggurat_normal_edge[255]);
    assert_true(variate_normal(&below) == -0x1p-52 * ziggurat_normal_edge[255]);
    struct dice beyond = loaded(UINT64_MAX << 8), high = loaded(UINT64_MAX >> 1 & ~UINT64_C(255));
    struct dice low = loaded(UINT64_C(1) << 63);
    assert_true(variate_exponential(&beyond) > ziggurat_exponential_edge[1]);
    assert_true(variate_normal(&high) > ziggurat_normal_edge[1]);
    assert_true(variate_normal(&low) < -ziggurat_normal_edge[1]);
}

/* Equal addresses give equal variates, whatever was drawn before. */
static void test_order_does_not_matter(void **state) {
    (void)state;
    const struct unit units[] = {{UNIFORM, 0}, {EXPONENTIAL, 0}, {NORMAL, 0}, {GAMMA, 0.5}};
    double forward[1000];
    for (size_t k = 0; k < sizeof units / sizeof *units; k++) {
        struct dice d = dice_for(units[k]);
        for (uint64_t i = 0; i < 1000; i++)
            forward[i] = draw(units[k], &d, i);
        for (uint64_t i = 1000; i-- > 0;)
            assert_true(draw(units[k], &d, i) == forward[i]);
    }
}

/* Shapes at the ends of what a scenario may ask: cv 30 and cv 0.01. */
static void test_gamma_of_extreme_shapes(void **state) {
    (void)state;
    const struct unit small = {GAMMA, 1.0 / 900}, large = {GAMMA, 10000};
    struct dice d = dice_for(small), e = dice_for(large);
    double sum = 0;
    for (uint64_t i = 0; i < SUMMED; i++) {
        double x = draw(small, &d, i), y = draw(large, &e, i);
        assert_true(x >= 0 && x < 100 && y > 9000 && y < 11000);
        sum += x;
    }
    assert_true(fabs(sum - SUMMED / 900.0) < 5 * sqrt(SUMMED / 900.0));
}

static uint64_t sum_of_bits(struct unit u) {
    struct dice d = dice_for(u);
    uint64_t hash = 0xCBF29CE484222325U;
    for (uint64_t i = 0; i < SUMMED; i++) {
        double x = draw(u, &d, i);
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        for (int shift = 0; shift < 64; shift += 8)
            hash = (hash ^ (bits >> shift & 255)) * 0x100000001B3U;
    }
    return hash;
}

/* The first four of each, and an FNV-1a sum of 100,000: the same under every compiler, optimisation
 * and machine. Recorded results depend on them. */
static void test_bytes(void **state) {
    (void)state;
    static const struct {
        struct unit unit;
        double first[4];
        uint64_t sum;
    } known[] = {
        {{UNIFORM, 0},
         {0x1.5f582d98923ffp-1, 0x1.0d762726db5f9p-1, 0x1.0a98c4886b0edp-1, 0x1.f4bb9fd84ea07p-1},
         0xf8ec788192d49292},
        {{EXPONENTIAL, 0},
         {0x1.56c82aabb373cp-3, 0x1.0b8c49d76e394p+2, 0x1.28bdf26dd3ad8p-1, 0x1.b8f329a4d741bp-2},
         0x0254e9309353b459},
        {{NORMAL, 0},
         {-0x1.4685ba64caa52p-4, -0x1.1ed3c05ee9a0cp+0, -0x1.2090a13903cc6p-1,
          0x1.33138ea03d1a7p+1},
         0x14d80f93205feb44},
        {{GAMMA, 0.1},
         {0x1.55554b4981052p-8, 0x1.03b70a6a06338p-6, 0x1.38b4e8a982208p+0, 0x1.52b164d2998fap-4},
         0x7d8447c8eb853abb},
        {{GAMMA, 0.5},
         {0x1.2c36e590c09c8p-6, 0x1.cf4f36a55d652p-6, 0x1.fd9e198d0251ep-8, 0x1.633b215d13a99p-7},
         0x535bab5a85fc7efe},
        {{GAMMA, 1},
         {0x1.b6415ec126606p+0, 0x1.b35bd69daba19p+0, 0x1.06cabb66da201p+1, 0x1.6ada914b67df5p+0},
         0xea012d92ab13f030},
        {{GAMMA, 2.5},
         {0x1.9f31506e692fcp+1, 0x1.a0fef3d76944dp+0, 0x1.03e4fd59e65a7p+2, 0x1.72a467f648ce5p+0},
         0x6b295bec052680de},
        {{GAMMA, 100},
         {0x1.6f1d7fb6689bdp+6, 0x1.9cb53a1b0751dp+6, 0x1.56c5049d86e3bp+6, 0x1.aa25d75d3dc51p+6},
         0x508631fbf7ba8fdf},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        struct dice d = dice_for(known[k].unit);
        for (uint64_t i = 0; i < 4; i++)
            assert_true(draw(known[k].unit, &d, i) == known[k].first[i]);
        assert_int_equal(sum_of_bits(known[k].unit), known[k].sum);
    }
}

/* A block at once, by vectors or not, is what is drawn item by item: edges and tails too. */
static void exponentials_in_blocks(void) {
    struct dice one, many;
    dice_open(&one, 0x123456789abcdef, 3);
    dice_open(&many, 0x123456789abcdef, 3);
    for (uint64_t item = 0; item < 200000; item += DICE_AHEAD) {
        double block[DICE_AHEAD];
        variate_exponentials(&many, item, block);
        for (uint64_t i = 0; i < DICE_AHEAD; i++) {
            dice_item(&one, item + i);
            assert_true(block[i] == variate_exponential(&one));
        }
    }
}

static void test_exponentials_in_blocks(void **state) {
    (void)state;
    EACH_TWIN(kind)
    exponentials_in_blocks();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_uniform),
        cmocka_unit_test(test_exponential),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_gamma),
        cmocka_unit_test(test_tails),
        cmocka_unit_test(test_strips),
        cmocka_unit_test(test_extreme_words),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_gamma_of_extreme_shapes),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_exponentials_in_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
