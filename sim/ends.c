/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ends: see ends.h. */
#include "sim/ends.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const uint32_t sorted_most[] = {
    [VECTORS_AVX2] = ENDS_SORTED_MOST_AVX2, [VECTORS_AVX512] = ENDS_SORTED_MOST};

static void *lanes(size_t count, size_t size) {
    return aligned_alloc(64, (count * size + 63) / 64 * 64);
}

bool ends_open(struct ends *e, uint32_t servers, bool sorted) {
    *e = (struct ends){.next = NSEC_NEVER, .kind = vectors()};
    if (!sorted || !e->kind || servers > sorted_most[e->kind])
        return calendar_open(&e->heap, servers);
    e->room = (servers + ENDS_LANES - 1) / ENDS_LANES * ENDS_LANES;
    e->first = e->room;
    uint32_t all = e->room + 2 * ENDS_LANES;
    e->at = lanes(all, sizeof *e->at);
    e->who = lanes(all, sizeof *e->who);
    for (uint32_t i = 0; e->at && e->who && i < all; i++) {
        e->at[i] = i < e->room ? INT64_MIN : NSEC_NEVER;
        e->who[i] = 0;
    }
    return e->at && e->who;
}

void ends_close(struct ends *e) {
    free(e->at);
    free(e->who);
    calendar_close(&e->heap);
    *e = (struct ends){0};
}

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512f,avx512vl")))

struct vector {
    __m512i at;
    __m256i who;
};

AVX512 static inline struct vector load(const nsec *at, const uint32_t *who) {
    return (struct vector){_mm512_load_si512(at), _mm256_load_si256((const __m256i *)who)};
}

/* Lanes of `here`, above which is `above`, into at[] and who[]. True: those above move, too. */
AVX512 static inline bool merge(nsec *at, uint32_t *who, struct vector here, struct vector above,
                                struct vector end) {
    __m512i next = _mm512_alignr_epi64(above.at, here.at, 1);
    __m256i who_next = _mm256_alignr_epi32(above.who, here.who, 1);
    __mmask8 mine = _mm512_cmple_epi64_mask(here.at, end.at);
    __mmask8 down = _mm512_cmple_epi64_mask(next, end.at);
    _mm512_store_si512(at, _mm512_min_epi64(next, _mm512_max_epi64(here.at, end.at)));
    __m256i merged = _mm256_mask_mov_epi32(here.who, mine, end.who);
    _mm256_store_si256((__m256i *)who, _mm256_mask_mov_epi32(merged, down, who_next));
    return down >> (ENDS_LANES - 1);
}

AVX512 static void merge_avx512(struct ends *e, uint32_t hole, nsec at, uint32_t server) {
    nsec *ats = e->at;
    uint32_t *whos = e->who;
    struct vector end = {_mm512_set1_epi64(at), _mm256_set1_epi32((int)server)};
    if (e->room <= 2 * ENDS_LANES) { /* both, without asking */
        struct vector low = load(ats, whos), high = load(ats + ENDS_LANES, whos + ENDS_LANES);
        struct vector above = load(ats + 2 * ENDS_LANES, whos + 2 * ENDS_LANES);
        merge(ats, whos, low, high, end);
        merge(ats + ENDS_LANES, whos + ENDS_LANES, high, above, end);
        return;
    }
    uint32_t k = hole & ~(uint32_t)(ENDS_LANES - 1);
    struct vector here = load(ats + k, whos + k), above;
    for (bool more = true; more; k += ENDS_LANES, here = above) {
        above = load(ats + k + ENDS_LANES, whos + k + ENDS_LANES);
        more = merge(ats + k, whos + k, here, above, end);
    }
}

enum { FOUR = 4 };

struct four {
    __m256i at;
    __m128i who;
};

AVX2 static inline struct four load_four(const nsec *at, const uint32_t *who) {
    return (struct four){_mm256_load_si256((const __m256i *)at),
                         _mm_load_si128((const __m128i *)who)};
}

/* A mask of four lanes of 64 bits in 32. */
AVX2 static inline __m128i narrow(__m256i mask) {
    const __m256i even = _mm256_set_epi32(6, 4, 2, 0, 6, 4, 2, 0);
    return _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(mask, even));
}

/* As merge. */
AVX2 static inline bool merge_four(nsec *at, uint32_t *who, struct four here, struct four above,
                                   struct four end) {
    __m256i next = _mm256_permute4x64_epi64(_mm256_blend_epi32(here.at, above.at, 3), 0x39);
    __m128i who_next = _mm_alignr_epi8(above.who, here.who, 4);
    __m256i theirs = _mm256_cmpgt_epi64(here.at, end.at), stay = _mm256_cmpgt_epi64(next, end.at);
    __m256i merged = _mm256_blendv_epi8(end.at, here.at, theirs);
    __m128i who_merged = _mm_blendv_epi8(end.who, here.who, narrow(theirs));
    _mm256_store_si256((__m256i *)at, _mm256_blendv_epi8(next, merged, stay));
    _mm_store_si128((__m128i *)who, _mm_blendv_epi8(who_next, who_merged, narrow(stay)));
    return !(_mm256_movemask_pd(_mm256_castsi256_pd(stay)) >> (FOUR - 1));
}

AVX2 static void merge_avx2(struct ends *e, uint32_t hole, nsec at, uint32_t server) {
    nsec *ats = e->at;
    uint32_t *whos = e->who;
    struct four end = {_mm256_set1_epi64x(at), _mm_set1_epi32((int)server)};
    if (e->room <= 2 * ENDS_LANES) { /* all, without asking */
        struct four v[2 * ENDS_LANES / FOUR + 1];
        for (uint32_t k = 0; k <= 2 * ENDS_LANES / FOUR; k++)
            v[k] = load_four(ats + FOUR * k, whos + FOUR * k);
        for (uint32_t k = 0; k < 2 * ENDS_LANES / FOUR; k++)
            merge_four(ats + FOUR * k, whos + FOUR * k, v[k], v[k + 1], end);
        return;
    }
    uint32_t k = hole & ~(uint32_t)(FOUR - 1);
    struct four here = load_four(ats + k, whos + k), above;
    for (bool more = true; more; k += FOUR, here = above) {
        above = load_four(ats + k + FOUR, whos + k + FOUR);
        more = merge_four(ats + k, whos + k, here, above, end);
    }
}

void ends_merge(struct ends *e, uint32_t hole, nsec at, uint32_t server) {
    (e->kind == VECTORS_AVX512 ? merge_avx512 : merge_avx2)(e, hole, at, server);
}

#else

void ends_merge(struct ends *e, uint32_t hole, nsec at, uint32_t server) {
    (void)e, (void)hole, (void)at, (void)server; /* there are no lanes */
}

#endif

static void look(struct ends *e) {
    e->next = e->heap.count > 0 ? e->heap.heap[1].at : NSEC_NEVER;
}

static struct event_entry entry(struct ends *e, nsec at, uint32_t server) {
    return (struct event_entry){at, calendar_key(RANK_DEPARTURE, e->begun++, server)};
}

void ends_push_heap(struct ends *e, nsec at, uint32_t server) {
    calendar_push(&e->heap, entry(e, at, server));
    look(e);
}

void ends_replace_heap(struct ends *e, nsec at, uint32_t server) {
    calendar_replace_first(&e->heap, entry(e, at, server));
    look(e);
}

void ends_pop_heap(struct ends *e) {
    calendar_pop(&e->heap);
    look(e);
}
