/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hist: see hist.h. */
#include "model/hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

bool hist_open(struct hist *h) {
    *h = (struct hist){.min = INT64_MAX, .size = HIST_BUCKETS};
    h->count = calloc(HIST_BUCKETS, sizeof *h->count);
    return h->count != NULL;
}

void hist_clear(struct hist *h) {
    uint64_t *count = h->count;
    if (h->n) {
        uint32_t low = hist_bucket(h->min), high = hist_bucket(h->max);
        memset(count + low, 0, (high - low + 1) * sizeof *count);
    }
    *h = (struct hist){.min = INT64_MAX, .size = HIST_BUCKETS, .count = count};
}

void hist_close(struct hist *h) {
    free(h->count);
    *h = (struct hist){0};
}

void hist_trim(struct hist *h) {
    if (h->n == 0) {
        free(h->count);
        *h = (struct hist){.min = INT64_MAX};
        return;
    }
    uint32_t low = hist_bucket(h->min), size = hist_bucket(h->max) - low + 1;
    uint64_t *kept = malloc(size * sizeof *kept);
    if (!kept)
        return; /* it only stays larger than it need be */
    memcpy(kept, h->count + (low - h->first), size * sizeof *kept);
    free(h->count);
    h->count = kept;
    h->first = low;
    h->size = size;
}

static void add_one_by_one(struct hist *h, const nsec *values, size_t n, uint32_t *bucket) {
    for (size_t i = 0; i < n; i++) {
        bucket[i] = hist_bucket(values[i]);
        hist_add(h, values[i]);
    }
}

#if defined(__x86_64__)

/* Products of 52 bits are exact in halves, which 128 of them cannot overflow. */
static const nsec SQUARES_MOST = INT64_C(1) << 52;

/* What a block of values comes to, but for the counts of its buckets; sums where `max` is below
 * SQUARES_MOST. */
struct block_sums {
    nsec min, max;
    uint64_t sum;
    nsec_square squares;
};

static void add_block(struct hist *h, const struct block_sums *b, size_t n,
                      const uint32_t *bucket) {
    h->n += n;
    h->sum += (nsec_sum)b->sum;
    h->squares += b->squares;
    h->squares_high += h->squares < b->squares;
    h->min = b->min < h->min ? b->min : h->min;
    h->max = b->max > h->max ? b->max : h->max;
    for (size_t i = 0; i < n; i++)
        h->count[bucket[i]]++;
}

#define AVX512 __attribute__((target("avx512f,avx512cd,avx512vl,avx512ifma")))

AVX512 static __m256i buckets_of(__m512i v) {
    __m512i zeros = _mm512_lzcnt_epi64(_mm512_or_si512(v, _mm512_set1_epi64(1)));
    __m512i shift = _mm512_max_epi64(_mm512_sub_epi64(_mm512_set1_epi64(63 - HIST_BITS), zeros),
                                     _mm512_setzero_si512());
    return _mm512_cvtepi64_epi32(
        _mm512_add_epi64(_mm512_slli_epi64(shift, HIST_BITS), _mm512_srlv_epi64(v, shift)));
}

AVX512 static struct block_sums sums_by_eight(const nsec *values, size_t n, uint32_t *bucket) {
    __m512i sum = _mm512_setzero_si512(), low = sum, high = sum, most = sum;
    __m512i least = _mm512_set1_epi64(INT64_MAX);
    for (size_t i = 0; i < n; i += 8) {
        __mmask8 here = (__mmask8)(n - i >= 8 ? 0xFFu : (1u << (n - i)) - 1);
        __m512i v = _mm512_maskz_loadu_epi64(here, values + i);
        sum = _mm512_add_epi64(sum, v);
        low = _mm512_madd52lo_epu64(low, v, v);
        high = _mm512_madd52hi_epu64(high, v, v);
        most = _mm512_max_epi64(most, v);
        least = _mm512_mask_min_epi64(least, here, least, v);
        _mm256_mask_storeu_epi32(bucket + i, here, buckets_of(v));
    }
    struct block_sums b = {_mm512_reduce_min_epi64(least), _mm512_reduce_max_epi64(most), 0, 0};
    if (b.max >= SQUARES_MOST)
        return b;
    b.sum = (uint64_t)_mm512_reduce_add_epi64(sum);
    b.squares = (uint64_t)_mm512_reduce_add_epi64(low);
    b.squares += (nsec_square)(uint64_t)_mm512_reduce_add_epi64(high) << 52;
    return b;
}

typedef int64_t quad __attribute__((vector_size(32)));
typedef uint64_t sums __attribute__((vector_size(32)));

AVX2 static inline quad all(int64_t x) {
    return (quad){x, x, x, x};
}

AVX2 static inline quad either(quad condition, quad yes, quad no) {
    return (condition & yes) | (~condition & no);
}

/* A double has the number of its top bit and the next ten as its own first bits. Values up to
 * SQUARES_MOST become doubles as the last bits of 2^52. */
AVX2 static inline quad buckets_of_four(quad v) {
    const int64_t two_to_52 = 0x4330000000000000;
    __m256d exact =
        _mm256_sub_pd(_mm256_castsi256_pd((__m256i)(v | two_to_52)), _mm256_set1_pd(0x1p52));
    quad top = (quad)_mm256_srli_epi64(_mm256_castpd_si256(exact), 52 - HIST_BITS);
    return either(v < all(1 << HIST_BITS), v, top - all((INT64_C(1022) + HIST_BITS) << HIST_BITS));
}

AVX2 static inline sums product(quad x, quad y) {
    return (sums)_mm256_mul_epu32((__m256i)x, (__m256i)y);
}

struct four_sums {
    quad least, most;
    sums sum, low, mixed, high; /* the last three of squares, by halves of 26 bits */
};

AVX2 static inline void sum_four(struct four_sums *s, quad v) {
    quad high = v >> 26, low = v & all((1 << 26) - 1);
    s->sum += (sums)v;
    s->least = either(v < s->least, v, s->least);
    s->most = either(v > s->most, v, s->most);
    s->low += product(low, low);
    s->mixed += product(low, high);
    s->high += product(high, high);
}

AVX2 static uint64_t add_up(sums v) {
    return v[0] + v[1] + v[2] + v[3];
}

AVX2 static struct block_sums block_of(const struct four_sums *s) {
    struct block_sums b = {s->least[0], s->most[0], add_up(s->sum), 0};
    for (int i = 1; i < 4; i++) {
        b.min = s->least[i] < b.min ? s->least[i] : b.min;
        b.max = s->most[i] > b.max ? s->most[i] : b.max;
    }
    b.squares = (nsec_square)add_up(s->low) + ((nsec_square)add_up(s->mixed) << 27) +
                ((nsec_square)add_up(s->high) << 52);
    return b;
}

AVX2 static struct block_sums sums_by_four(const nsec *values, size_t n, uint32_t *bucket) {
    struct four_sums s = {.least = all(INT64_MAX)};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        quad v;
        memcpy(&v, values + i, sizeof v);
        sum_four(&s, v);
        __m256i packed = _mm256_permutevar8x32_epi32((__m256i)buckets_of_four(v),
                                                     _mm256_set_epi32(6, 4, 2, 0, 6, 4, 2, 0));
        _mm_storeu_si128((__m128i *)(bucket + i), _mm256_castsi256_si128(packed));
    }
    struct block_sums b = block_of(&s);
    for (; i < n; i++) {
        bucket[i] = hist_bucket(values[i]);
        b.sum += (uint64_t)values[i];
        b.squares += (nsec_square)values[i] * (nsec_square)values[i];
        b.min = values[i] < b.min ? values[i] : b.min;
        b.max = values[i] > b.max ? values[i] : b.max;
    }
    return b;
}

/* False: some value is too large, and nothing was added. */
static bool add_by_vectors(struct hist *h, const nsec *values, size_t n, uint32_t *bucket) {
    if (vectors() == VECTORS_NONE)
        return false;
    bool eight = vectors() == VECTORS_AVX512 && __builtin_cpu_supports("avx512ifma");
    struct block_sums b = (eight ? sums_by_eight : sums_by_four)(values, n, bucket);
    if (b.max < SQUARES_MOST)
        add_block(h, &b, n, bucket);
    return b.max < SQUARES_MOST;
}

#endif

void hist_add_many(struct hist *h, const nsec *values, size_t n, uint32_t *bucket) {
#if defined(__x86_64__)
    if (add_by_vectors(h, values, n, bucket))
        return;
#endif
    add_one_by_one(h, values, n, bucket);
}

void hist_merge(struct hist *into, const struct hist *from) {
    if (from->n == 0)
        return;
    into->n += from->n;
    into->sum += from->sum;
    into->squares += from->squares;
    into->squares_high += from->squares_high + (into->squares < from->squares);
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
    uint32_t low = hist_bucket(from->min), size = hist_bucket(from->max) - low + 1;
    uint64_t *restrict to = into->count + (low - into->first);
    const uint64_t *restrict more = from->count + (low - from->first);
    for (size_t i = 0; i < size; i++)
        to[i] += more[i];
}

bool hist_copy(struct hist *to, const struct hist *from) {
    *to = *from;
    to->count = NULL;
    to->first = to->size = 0;
    if (from->n == 0)
        return true;
    to->first = hist_bucket(from->min);
    to->size = hist_bucket(from->max) - to->first + 1;
    to->count = malloc(to->size * sizeof *to->count);
    if (to->count)
        memcpy(to->count, from->count + (to->first - from->first), to->size * sizeof *to->count);
    return to->count != NULL;
}

bool hist_open_for_zeros(struct hist *h) {
    *h = (struct hist){.min = INT64_MAX, .size = 1, .count = calloc(1, sizeof *h->count)};
    return h->count != NULL;
}

double hist_mean(const struct hist *h) {
    return h->n ? (double)h->sum / (double)h->n : NAN;
}

double hist_variance(const struct hist *h) {
    if (h->n == 0)
        return NAN;
    if (h->squares_high > 0) {
        double sum = ldexp((double)h->squares_high, 128) + (double)h->squares, mean = hist_mean(h);
        return fmax(0, sum / (double)h->n - mean * mean);
    }
    /* Around the whole-numbered mean, in arithmetic modulo 2^128: exact, as the end fits. */
    nsec_square n = h->n, mean = (nsec_square)(h->sum / (nsec_sum)h->n);
    nsec_square about = h->squares - 2 * mean * (nsec_square)h->sum + n * mean * mean;
    double rest = hist_mean(h) - (double)mean;
    return fmax(0, (double)about / (double)h->n - rest * rest);
}

double hist_low(uint32_t bucket) {
    nsec width;
    return (double)hist_bucket_low(bucket, &width);
}

/* Integers, as the sum of a row of them goes by vectors. */
static uint64_t sum_of(const uint64_t *counts, size_t size) {
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += counts[i];
    return sum;
}

/* The bucket of the value of a rank, and how many values lie before it. */
static uint32_t bucket_of_rank(const struct hist *h, uint64_t rank, uint64_t *before) {
    enum { ROW = 32 };
    const uint64_t *counts = h->count + (hist_bucket(h->min) - h->first);
    uint32_t first = hist_bucket(h->min), i = 0, last = hist_bucket(h->max) - first;
    *before = 0;
    for (uint64_t row; i + ROW <= last; i += ROW, *before += row)
        if (*before + (row = sum_of(counts + i, ROW)) >= rank)
            break;
    for (; i < last && *before + counts[i] < rank; i++)
        *before += counts[i];
    return first + i;
}

double hist_percentile(const struct hist *h, double p, uint64_t above) {
    double rank = ceil(p * (double)(h->n + above) - 1e-9);
    rank = rank < 1 ? 1 : rank;
    if (h->n == 0 || rank > (double)h->n)
        return NAN;
    uint64_t before;
    uint32_t i = bucket_of_rank(h, (uint64_t)rank, &before);
    double value = hist_inside(i, rank, before, h->count[i - h->first]);
    return fmin(fmax(value, (double)h->min), (double)h->max);
}

double hist_above(const struct hist *h, double x) {
    if (h->n == 0 || x >= (double)h->max)
        return 0;
    if (x < (double)h->min)
        return (double)h->n;
    uint32_t bucket = hist_bucket((nsec)x);
    uint32_t below = bucket - hist_bucket(h->min), beyond = hist_bucket(h->max) - bucket;
    const uint64_t *at = h->count + (bucket - h->first); /* the shorter side is added up */
    uint64_t above = beyond < below ? sum_of(at + 1, beyond) : h->n - sum_of(at - below, below + 1);
    nsec width, low = hist_bucket_low(bucket, &width);
    double part = width > 1 ? (x - (double)low) / (double)(width - 1) : 1;
    return (double)above + (double)*at * (1 - fmin(1, part));
}

void hist_print(const struct hist *h, FILE *to) {
    fprintf(to, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    double p = 0, half = 0.5;
    for (int tick = 0; h->n && p < 1 - 0.5 / (double)h->n; tick++) {
        double value = hist_percentile(h, p, 0);
        fprintf(to, "%12.6f %2.12f %10.0f %14.2f\n", value / 1e6, p,
                fmax(1, ceil(p * (double)h->n - 1e-9)), 1 / (1 - p));
        p += half / 5; /* five steps for every halving of the distance to 1 */
        if (tick % 5 == 4)
            half /= 2;
    }
    if (h->n)
        fprintf(to, "%12.6f %2.12f %10llu %14s\n", (double)h->max / 1e6, 1.0,
                (unsigned long long)h->n, "inf");
    fprintf(to, "#[Mean    = %12.6f, StdDeviation   = %12.6f]\n", h->n ? hist_mean(h) / 1e6 : 0,
            h->n ? sqrt(hist_variance(h)) / 1e6 : 0);
    fprintf(to, "#[Max     = %12.6f, Total count    = %12llu]\n", h->n ? (double)h->max / 1e6 : 0,
            (unsigned long long)h->n);
    fprintf(to, "#[Buckets = %12d, SubBuckets     = %12d]\n", 64 - HIST_BITS, 1 << (HIST_BITS + 1));
}
