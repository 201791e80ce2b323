/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ends: see ends.h. */
#include "sim/ends.h"

#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static bool can_sort(uint32_t servers) {
#if defined(__x86_64__)
    return servers <= ENDS_SORTED_MOST && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl");
#else
    (void)servers;
    return false;
#endif
}

static void *lanes(size_t count, size_t size) {
    return aligned_alloc(64, (count * size + 63) / 64 * 64);
}

bool ends_open(struct ends *e, uint32_t servers, bool sorted) {
    *e = (struct ends){.next = NSEC_NEVER};
    if (!sorted || !can_sort(servers))
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

AVX512 void ends_merge(struct ends *e, uint32_t hole, nsec at, uint32_t server) {
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
