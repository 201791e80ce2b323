/* SPDX-License-Identifier: GPL-3.0-or-later */
/* frees: see frees.h. */
#include "sim/frees.h"

#include <stdlib.h>

#include "model/station.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { LANES = 8 };

static bool can_sort(uint32_t workers) {
#if defined(__x86_64__)
    return workers > 1 && workers <= FREES_SORTED_MOST && __builtin_cpu_supports("avx512f");
#else
    (void)workers;
    return false;
#endif
}

bool frees_open(struct frees *f, uint32_t workers, int64_t places, nsec from) {
    *f = (struct frees){.workers = workers, .places = places};
    f->sorted = places == STATION_UNBOUNDED && can_sort(workers);
    size_t room = 2 * LANES; /* a power of two, and a vector beyond the last */
    while (room < (size_t)workers + LANES)
        room *= 2;
    f->at = aligned_alloc(64, room * sizeof *f->at);
    f->starts = places > 0 ? malloc((size_t)places * sizeof *f->starts) : NULL;
    for (size_t i = 0; f->at && i < room; i++)
        f->at[i] = i < workers ? from : NSEC_NEVER;
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
    uint32_t vectors = (f->workers + LANES - 1) / LANES;
    for (size_t i = 0; i < count; i++) {
        start[i] = later_of(arrival[i], f->at[0]);
        end[i] = end_of(start[i], demand[i]);
        __m512i ends = _mm512_set1_epi64(end[i]), here = _mm512_load_si512(f->at);
        for (uint32_t k = 0; k < vectors && f->at[LANES * k] < end[i]; k++) {
            __m512i above = _mm512_load_si512(f->at + LANES * (k + 1));
            __m512i next = _mm512_alignr_epi64(above, here, 1);
            _mm512_store_si512(f->at + LANES * k,
                               _mm512_min_epi64(next, _mm512_max_epi64(here, ends)));
            here = above;
        }
    }
}

static void serve_sorted(struct frees *f, const nsec *arrival, const nsec *demand, size_t count,
                         nsec *start, nsec *end) {
    uint32_t n = f->workers;
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
