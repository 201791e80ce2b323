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

/* Lanes k ... k + 7 of `here`, above which is `above`. True: those above move, too. */
#define MERGE_VECTOR(K)                                                                            \
    __m512i above = _mm512_load_si512(e->at + (K) + ENDS_LANES);                                   \
    __m256i who_above = _mm256_load_si256((const __m256i *)(e->who + (K) + ENDS_LANES));           \
    __m512i next = _mm512_alignr_epi64(above, here, 1);                                            \
    __m256i who_next = _mm256_alignr_epi32(who_above, who, 1);                                     \
    __mmask8 mine = _mm512_cmple_epi64_mask(here, ends);                                           \
    __mmask8 down = _mm512_cmple_epi64_mask(next, ends);                                           \
    who = _mm256_mask_mov_epi32(_mm256_mask_mov_epi32(who, mine, server_of), down, who_next);      \
    _mm512_store_si512(e->at + (K), _mm512_min_epi64(next, _mm512_max_epi64(here, ends)));         \
    _mm256_store_si256((__m256i *)(e->who + (K)), who);                                            \
    here = above;                                                                                  \
    who = who_above

__attribute__((target("avx512f,avx512vl"))) void ends_merge(struct ends *e, uint32_t hole, nsec at,
                                                            uint32_t server) {
    bool few = e->room <= 2 * ENDS_LANES;
    uint32_t k = few ? 0 : hole & ~(uint32_t)(ENDS_LANES - 1);
    __m512i ends = _mm512_set1_epi64(at), here = _mm512_load_si512(e->at + k);
    __m256i server_of = _mm256_set1_epi32((int)server);
    __m256i who = _mm256_load_si256((const __m256i *)(e->who + k));
    if (few) {
        for (int twice = 0; twice < 2; twice++) {
            MERGE_VECTOR(k);
            k = ENDS_LANES;
        }
        return;
    }
    for (;; k += ENDS_LANES) {
        MERGE_VECTOR(k);
        if (!(down & 1 << (ENDS_LANES - 1)))
            break;
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
