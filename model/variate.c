/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * variate: see variate.h.
 *
 * A ziggurat covers the density by 256 strips of one area (ziggurat.h). Choose a strip and a place
 * x in it: if x is short of the strip above, it lies under the curve and is taken, 98 times of 100.
 * Else, in strip 0, it is drawn from the tail beyond the base; in the others from the wedge: taken
 * if a second word, as a height between the strip's two, lies under the curve, or all begins anew.
 *
 * Cost: a table look-up, two products and a comparison where x is taken at once.
 */
#include "model/variate.h"

#include <math.h>
#include <stdbool.h>

#include "model/fmath.h"
#include "model/vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* A height inside strip i, from the next word. */
static double height_in(struct dice *d, const double *height, unsigned i) {
    return height[i] + (height[i + 1] - height[i]) * variate_uniform(d);
}

/* The next place of a ziggurat: its strip in *i; true if it is below the strip above. */
static bool place(struct dice *d, const double *edge, unsigned *i, double *x) {
    uint64_t word = dice_word(d);
    *i = word & (ZIGGURAT_STRIPS - 1);
    *x = variate_fraction(word) * edge[*i];
    return *x < edge[*i + 1];
}

/* An exponential's tail is an exponential. */
double variate_exponential_edge(struct dice *d, unsigned i, double x) {
    do {
        if (i == 0)
            return ziggurat_exponential_edge[1] - fm_log(variate_uniform(d));
        if (height_in(d, ziggurat_exponential_height, i) < fm_exp(-x))
            return x;
    } while (!place(d, ziggurat_exponential_edge, &i, &x));
    return x;
}

/* Where item `item`'s place x in the strip of its word is to be looked at again. */
static double edge_again(struct dice *d, uint64_t item, uint64_t word, double x) {
    d->item = item;
    d->draw = 1;
    return variate_exponential_edge(d, word & (ZIGGURAT_STRIPS - 1), x);
}

static void exponentials(struct dice *d, uint64_t item, double *out) {
    for (unsigned i = 0; i < DICE_AHEAD; i++) {
        uint64_t word = d->words[i];
        unsigned strip = word & (ZIGGURAT_STRIPS - 1);
        out[i] = variate_fraction(word) * ziggurat_exponential_edge[strip];
        if (!(out[i] < ziggurat_exponential_edge[strip + 1]))
            out[i] = edge_again(d, item + i, word, out[i]);
    }
}

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512f,avx512dq")))

/* The header's macro (at -O0 it is one) hands an unsigned mask to a plain char. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"
AVX512 static inline __m512d gather(__m512i strip, const double *from) {
    return _mm512_i64gather_pd(strip, from, 8);
}
#pragma GCC diagnostic pop

/* Eight at once; the same products of the same numbers. */
AVX512 static void exponentials_avx512(struct dice *d, uint64_t item, double *out) {
    for (unsigned i = 0; i < DICE_AHEAD; i += 8) {
        __m512i word = _mm512_loadu_si512(d->words + i);
        __m512i strip = _mm512_and_si512(word, _mm512_set1_epi64(ZIGGURAT_STRIPS - 1));
        __m512i whole = _mm512_or_si512(_mm512_srli_epi64(word, 11), _mm512_set1_epi64(1));
        __m512d part = _mm512_mul_pd(_mm512_cvtepi64_pd(whole), _mm512_set1_pd(0x1p-53));
        __m512d x = _mm512_mul_pd(part, gather(strip, ziggurat_exponential_edge));
        __m512d above = gather(strip, ziggurat_exponential_edge + 1);
        _mm512_storeu_pd(out + i, x);
        for (unsigned again = _mm512_cmp_pd_mask(x, above, _CMP_NLT_UQ); again;
             again &= again - 1) {
            unsigned k = i + (unsigned)__builtin_ctz(again);
            out[k] = edge_again(d, item + k, d->words[k], out[k]);
        }
    }
}

AVX2 static inline __m256i all(int64_t x) {
    return _mm256_set1_epi64x(x);
}

/* Integers of 53 bits, exactly: their halves as the last bits of 2^84 and 2^52, added up. */
AVX2 static inline __m256d doubles(__m256i whole) {
    const int64_t high_bits = 0x4530000000000000, low_bits = 0x4330000000000000;
    __m256i high = _mm256_or_si256(_mm256_srli_epi64(whole, 32), all(high_bits));
    __m256i low = _mm256_blend_epi32(whole, all(low_bits), 0xAA);
    __m256d rest = _mm256_sub_pd(_mm256_castsi256_pd(high), _mm256_set1_pd(0x1p84 + 0x1p52));
    return _mm256_add_pd(rest, _mm256_castsi256_pd(low));
}

/* Of four strips. */
AVX2 static inline __m256d pick(const double *from, const uint64_t *words) {
    const uint64_t mask = ZIGGURAT_STRIPS - 1;
    return _mm256_set_pd(from[words[3] & mask], from[words[2] & mask], from[words[1] & mask],
                         from[words[0] & mask]);
}

/* Four at once; the same products of the same numbers. */
AVX2 static void exponentials_avx2(struct dice *d, uint64_t item, double *out) {
    for (unsigned i = 0; i < DICE_AHEAD; i += 4) {
        const uint64_t *words = d->words + i;
        __m256i word = _mm256_loadu_si256((const __m256i *)words);
        __m256d part = doubles(_mm256_or_si256(_mm256_srli_epi64(word, 11), all(1)));
        __m256d x = _mm256_mul_pd(_mm256_mul_pd(part, _mm256_set1_pd(0x1p-53)),
                                  pick(ziggurat_exponential_edge, words));
        __m256d above = pick(ziggurat_exponential_edge + 1, words);
        _mm256_storeu_pd(out + i, x);
        for (int again = _mm256_movemask_pd(_mm256_cmp_pd(x, above, _CMP_NLT_UQ)); again;
             again &= again - 1) {
            unsigned k = i + (unsigned)__builtin_ctz((unsigned)again);
            out[k] = edge_again(d, item + k, d->words[k], out[k]);
        }
    }
}

#endif

void variate_exponentials(struct dice *d, uint64_t item, double out[DICE_AHEAD]) {
    dice_ahead(d, item);
#if defined(__x86_64__)
    switch (vectors()) {
    case VECTORS_AVX512:
        exponentials_avx512(d, item, out);
        return;
    case VECTORS_AVX2:
        exponentials_avx2(d, item, out);
        return;
    case VECTORS_NONE:
        break;
    }
#endif
    exponentials(d, item, out);
}

/* Beyond r: exponentials of rate r, each kept with probability exp(-(x - r)^2/2). */
static double normal_tail(struct dice *d) {
    const double r = ziggurat_normal_edge[1];
    for (;;) {
        double x = -fm_log(variate_uniform(d)) / r, y = -fm_log(variate_uniform(d));
        if (x * x < 2 * y)
            return r + x;
    }
}

/* Of the upper half; the first place's sign holds, whatever follows. */
double variate_normal_edge(struct dice *d, unsigned i, double first) {
    double x = fabs(first);
    do {
        if (i == 0)
            x = normal_tail(d);
        if (i == 0 || height_in(d, ziggurat_normal_height, i) < fm_exp(-0.5 * x * x))
            break;
    } while (!place(d, ziggurat_normal_edge, &i, &x));
    return first < 0 ? -x : x;
}

/* Marsaglia & Tsang for shape >= 1: d (1 + c x)^3 with x normal, d = shape - 1/3, c = 1/sqrt(9 d),
 * kept by a squeeze that needs no logarithm in all but a few of 100. */
static double gamma_from_one(struct dice *dice, double shape) {
    double d = shape - 1.0 / 3, c = 1 / (3 * sqrt(d));
    for (;;) {
        double x = variate_normal(dice), root = 1 + c * x, x2 = x * x;
        if (root <= 0)
            continue;
        double v = root * root * root, u = variate_uniform(dice);
        if (u < 1 - 0.0331 * (x2 * x2))
            return d * v;
        if (fm_log(u) < 0.5 * x2 + d * (1 - v + fm_log(v)))
            return d * v;
    }
}

/* Below 1: a gamma of shape + 1 times U^(1/shape). */
double variate_gamma(struct dice *d, double shape) {
    if (shape >= 1)
        return gamma_from_one(d, shape);
    double x = gamma_from_one(d, shape + 1);
    return x * fm_pow(variate_uniform(d), 1 / shape);
}
