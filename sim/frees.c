/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frees: see frees.h. */
#include "sim/frees.h"

#include <stdlib.h>

#include "model/station.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { LANES = 8 };

/* There are no maxima of four 64-bit integers, but of four doubles. Counted from BEFORE, instants
 * are the bits of ordinary positive ones, of which LAST is the largest; they have the same order.
 */
static const nsec BEFORE = -(INT64_C(1) << 61), LAST = INT64_C(0x7FEFFFFFFFFFFFFF);

static enum vectors can_sort(uint32_t workers) {
    static const uint32_t most[] = {[VECTORS_NONE] = 0,
                                    [VECTORS_AVX2] = FREES_SORTED_MOST_AVX2,
                                    [VECTORS_AVX512] = FREES_SORTED_MOST};
    enum vectors kind = vectors();
    return workers > 1 && workers <= most[kind] ? kind : VECTORS_NONE;
}

bool frees_open(struct frees *f, uint32_t workers, int64_t places, nsec from) {
    *f = (struct frees){.workers = workers, .places = places};
    f->sorted = places == STATION_UNBOUNDED ? can_sort(workers) : VECTORS_NONE;
    size_t room = 2 * LANES; /* a power of two, and a vector beyond the last */
    while (room < (size_t)workers + LANES)
        room *= 2;
    f->at = aligned_alloc(64, room * sizeof *f->at);
    f->starts = places > 0 ? malloc((size_t)places * sizeof *f->starts) : NULL;
    nsec begin = f->sorted == VECTORS_AVX2 ? from - BEFORE : from;
    nsec pad = f->sorted == VECTORS_AVX2 ? LAST : NSEC_NEVER;
    for (size_t i = 0; f->at && i < room; i++)
        f->at[i] = i < workers ? begin : pad;
    for (int64_t i = 0; f->starts && i < places; i++)
        f->starts[i] = INT64_MIN;
    return f->at && (f->starts || places <= 0);
}

void frees_close(struct frees *f) {
    free(f->at);
    free(f->starts);
    *f = (struct frees){0};
}

static inline nsec later_of(nsec a, nsec b) {
    return a > b ? a : b;
}

/* Far beyond any run, so that ends that pile up in an overloaded pool cannot overflow. */
static const nsec FAR = NSEC_NEVER / 2;
_Static_assert(NSEC_NEVER / 2 <= NSEC_NEVER - NSEC_LONGEST, "an end at FAR and a demand fit");

static inline nsec end_of(nsec start, nsec demand) {
    return start + demand < FAR ? start + demand : FAR;
}

static void serve_one(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                      nsec *start, nsec *end) {
    nsec at = f->at[0];
    for (size_t i = 0; i < count; i++) {
        start[i] = later_of(arrival[i], at);
        end[i] = at = end_of(start[i], demand[i]);
    }
    f->at[0] = at;
}

/* Puts `at` in the place of the earliest of a 4-ary heap; children of i are 4i + 1 ... 4i + 4. */
static inline void replace_first(nsec *heap, uint32_t count, nsec at) {
    uint32_t i = 0;
    for (uint32_t child; (child = 4 * i + 1) < count;) {
        uint32_t least = child, last = child + 4 < count ? child + 4 : count;
        for (uint32_t k = child + 1; k < last; k++)
            least = heap[k] < heap[least] ? k : least;
        if (heap[least] >= at)
            break;
        heap[i] = heap[least];
        i = least;
    }
    heap[i] = at;
}

static void serve_heap(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                       nsec *start, nsec *end) {
    for (size_t i = 0; i < count; i++) {
        start[i] = later_of(arrival[i], f->at[0]);
        end[i] = end_of(start[i], demand[i]);
        replace_first(f->at, f->workers, end[i]);
    }
}

/* Is the queue full, so that a job at `arrival` that finds no worker free is turned away? */
static inline bool full(const struct frees *f, nsec arrival) {
    return f->places == 0 || f->starts[f->head] > arrival;
}

static void serve_rejecting(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                            nsec *start, nsec *end) {
    for (size_t i = 0; i < count; i++) {
        if (f->at[0] > arrival[i] && full(f, arrival[i])) {
            start[i] = end[i] = NSEC_NEVER;
            continue;
        }
        start[i] = later_of(arrival[i], f->at[0]);
        end[i] = end_of(start[i], demand[i]);
        replace_first(f->at, f->workers, end[i]);
        if (f->places > 0) {
            f->starts[f->head] = start[i];
            f->head = f->head + 1 < f->places ? f->head + 1 : 0;
        }
    }
}

#if defined(__x86_64__)

AVX2 static inline __m256d instants(nsec at) {
    return _mm256_castsi256_pd(_mm256_set1_epi64x(at - BEFORE));
}

AVX2 static inline __m256d add_time(__m256d at, nsec time) {
    return _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(at), _mm256_set1_epi64x(time)));
}

AVX2 static inline nsec first_of(__m256d at) {
    return _mm_cvtsi128_si64(_mm_castpd_si128(_mm256_castpd256_pd128(at))) + BEFORE;
}

AVX2 static inline __m256d load(const nsec *at) {
    return _mm256_castsi256_pd(_mm256_load_si256((const __m256i *)at));
}

AVX2 static inline void store(nsec *at, __m256d kept) {
    _mm256_store_si256((__m256i *)at, _mm256_castpd_si256(kept));
}

/* The end merged into `here`, of which the first drops out and the first of `above` comes after. */
AVX2 static inline __m256d merge(__m256d here, __m256d above, __m256d ends) {
    __m256d next = _mm256_permute4x64_pd(_mm256_blend_pd(here, above, 1), 0x39);
    return _mm256_min_pd(next, _mm256_max_pd(here, ends));
}

/* VECTORS of eight sorted instants, in registers where there are few. Every lane takes the smaller
 * of its next and the larger of itself and the end: the end is merged in, the first drops out. */
#define SORTED(NAME, VECTORS)                                                                      \
    __attribute__((target("avx512f"))) static void NAME(struct frees *f, const nsec *arrival,      \
                                                        const nsec *demand, size_t count,          \
                                                        nsec *start, nsec *end) {                  \
        enum { MOST = (VECTORS) > 0 ? (VECTORS) : 1 };                                             \
        __m512i kept[MOST], never = _mm512_set1_epi64(NSEC_NEVER);                                 \
        for (int k = 0; k < MOST; k++)                                                             \
            kept[k] = _mm512_load_si512(f->at + LANES * k);                                        \
        for (size_t i = 0; i < count; i++) {                                                       \
            __m512i first = _mm512_broadcastq_epi64(_mm512_castsi512_si128(kept[0]));              \
            __m512i begin = _mm512_max_epi64(first, _mm512_set1_epi64(arrival[i]));                \
            __m512i ends = _mm512_min_epi64(_mm512_add_epi64(begin, _mm512_set1_epi64(demand[i])), \
                                            _mm512_set1_epi64(FAR));                               \
            start[i] = (nsec)_mm_cvtsi128_si64(_mm512_castsi512_si128(begin));                     \
            end[i] = (nsec)_mm_cvtsi128_si64(_mm512_castsi512_si128(ends));                        \
            for (int k = 0; k < MOST; k++) {                                                       \
                __m512i above = k + 1 < MOST ? kept[k + 1] : never;                                \
                __m512i next = _mm512_alignr_epi64(above, kept[k], 1);                             \
                kept[k] = _mm512_min_epi64(next, _mm512_max_epi64(kept[k], ends));                 \
            }                                                                                      \
        }                                                                                          \
        for (int k = 0; k < MOST; k++)                                                             \
            _mm512_store_si512(f->at + LANES * k, kept[k]);                                        \
    }
SORTED(serve_8, 1)
SORTED(serve_16, 2)
SORTED(serve_32, 4)
SORTED(serve_64, 8)
SORTED(serve_128, 16)
SORTED(serve_208, 26)

/* The same in memory, as many as there are; what is above the end stays where it is, shifted. */
__attribute__((target("avx512f"))) static void serve_many(struct frees *f, const nsec *arrival,
                                                          const nsec *demand, size_t count,
                                                          nsec *start, nsec *end) {
    uint32_t lines = (f->workers + LANES - 1) / LANES;
    for (size_t i = 0; i < count; i++) {
        start[i] = later_of(arrival[i], f->at[0]);
        end[i] = end_of(start[i], demand[i]);
        __m512i ends = _mm512_set1_epi64(end[i]), here = _mm512_load_si512(f->at);
        for (uint32_t k = 0; k < lines && f->at[LANES * k] < end[i]; k++) {
            __m512i above = _mm512_load_si512(f->at + LANES * (k + 1));
            __m512i next = _mm512_alignr_epi64(above, here, 1);
            _mm512_store_si512(f->at + LANES * k,
                               _mm512_min_epi64(next, _mm512_max_epi64(here, ends)));
            here = above;
        }
    }
}

/* Likewise by VECTORS of four. */
#define SORTED_BY_FOUR(NAME, VECTORS)                                                              \
    AVX2 static void NAME(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,  \
                          nsec *start, nsec *end) {                                                \
        __m256d kept[(VECTORS) + 1], far = instants(FAR);                                          \
        for (int k = 0; k < (VECTORS); k++)                                                        \
            kept[k] = load(f->at + 4 * k);                                                         \
        kept[VECTORS] = instants(LAST + BEFORE);                                                   \
        for (size_t i = 0; i < count; i++) {                                                       \
            __m256d first = _mm256_broadcastsd_pd(_mm256_castpd256_pd128(kept[0]));                \
            __m256d begin = _mm256_max_pd(first, instants(arrival[i]));                            \
            __m256d ends = _mm256_min_pd(add_time(begin, demand[i]), far);                         \
            start[i] = first_of(begin);                                                            \
            end[i] = first_of(ends);                                                               \
            for (int k = 0; k < (VECTORS); k++)                                                    \
                kept[k] = merge(kept[k], kept[k + 1], ends);                                       \
        }                                                                                          \
        for (int k = 0; k < (VECTORS); k++)                                                        \
            store(f->at + 4 * k, kept[k]);                                                         \
    }
SORTED_BY_FOUR(serve_4_avx2, 1)
SORTED_BY_FOUR(serve_8_avx2, 2)
SORTED_BY_FOUR(serve_16_avx2, 4)
SORTED_BY_FOUR(serve_32_avx2, 8)
SORTED_BY_FOUR(serve_64_avx2, 16)
SORTED_BY_FOUR(serve_128_avx2, 32)
SORTED_BY_FOUR(serve_208_avx2, 52)

static void serve_sorted_avx2(struct frees *f, const nsec *arrival, const nsec *demand,
                              size_t count, nsec *start, nsec *end) {
    uint32_t n = f->workers;
    (n <= 4     ? serve_4_avx2
     : n <= 8   ? serve_8_avx2
     : n <= 16  ? serve_16_avx2
     : n <= 32  ? serve_32_avx2
     : n <= 64  ? serve_64_avx2
     : n <= 128 ? serve_128_avx2
                : serve_208_avx2)(f, arrival, demand, count, start, end);
}

static void serve_sorted(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                         nsec *start, nsec *end) {
    uint32_t n = f->workers;
    if (f->sorted == VECTORS_AVX2) {
        serve_sorted_avx2(f, arrival, demand, count, start, end);
        return;
    }
    (n <= 8     ? serve_8
     : n <= 16  ? serve_16
     : n <= 32  ? serve_32
     : n <= 64  ? serve_64
     : n <= 128 ? serve_128
     : n <= 208 ? serve_208
                : serve_many)(f, arrival, demand, count, start, end);
}

#else

static void serve_sorted(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                         nsec *start, nsec *end) {
    serve_heap(f, arrival, demand, count, start, end);
}

#endif

void frees_serve(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                 nsec *start, nsec *end) {
    if (f->places != STATION_UNBOUNDED)
        serve_rejecting(f, arrival, demand, count, start, end);
    else if (f->workers == 1)
        serve_one(f, arrival, demand, count, start, end);
    else if (f->sorted)
        serve_sorted(f, arrival, demand, count, start, end);
    else
        serve_heap(f, arrival, demand, count, start, end);
}
