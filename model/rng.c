/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rng: see rng.h.
 *
 * Philox is 10 rounds of two 32 x 32 -> 64 bit products, crossed over and keyed; the key moves on
 * by a constant each round. A single block is bound by the latency of its rounds, so words asked
 * for in sequence are computed 16 blocks at a time. On x86-64 with AVX-512 or AVX2 that is done in
 * 64-bit lanes (whose high halves hold rubbish on purpose: the product reads low halves only);
 * elsewhere by the plain function one by one. All of it is integer arithmetic, so which of them ran
 * cannot be seen. It is written out because compilers differ here: left to their vectorisers the
 * loop cost 2 to 9 ns a word, with gcc 12 slower than no vectors at all.
 */
#include "model/rng.h"

#include <string.h>

#include "model/vectors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { ROUNDS = 10, BLOCKS = DICE_AHEAD / 2 };

#define MULTIPLIER_0 0xD2511F53U
#define MULTIPLIER_1 0xCD9E8D57U
#define WEYL_0 0x9E3779B9U /* the golden ratio */
#define WEYL_1 0xBB67AE85U /* sqrt(3) - 1 */

#define BLOCK_MASK (UINT64_MAX >> 1) /* items are 64 bits, so their pairs are 63 */

void rng_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p = (uint64_t)MULTIPLIER_0 * a, q = (uint64_t)MULTIPLIER_1 * c;
        a = (uint32_t)(q >> 32) ^ (b ^ k0);
        b = (uint32_t)q;
        c = (uint32_t)(p >> 32) ^ (d ^ k1);
        d = (uint32_t)p;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection in which each bit of the
 * argument turns each bit of the value about half the time. */
static uint64_t mix(uint64_t z) {
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

static uint64_t fnv1a(const char *text) {
    uint64_t hash = 0xCBF29CE484222325U;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001B3U;
    return hash;
}

uint64_t rng_key(uint64_t seed, uint64_t replication, const char *name, enum rng_purpose purpose) {
    const uint64_t golden = 0x9E3779B97F4A7C15U;
    uint64_t key = mix(seed + golden);
    key = mix(key + golden + replication);
    key = mix(key + golden + fnv1a(name));
    return mix(key + golden + (uint64_t)purpose);
}

/* Both halves of the block with the 64-bit number `n` and the last counter word `row`. */
static void block_words(const struct dice *d, uint64_t n, uint32_t row, uint64_t words[2]) {
    uint32_t counter[4] = {(uint32_t)n, (uint32_t)(n >> 32), d->lane, row};
    uint32_t key[2] = {(uint32_t)d->key, (uint32_t)(d->key >> 32)}, out[4];
    rng_philox4x32(counter, key, out);
    words[0] = out[0] | (uint64_t)out[1] << 32;
    words[1] = out[2] | (uint64_t)out[3] << 32;
}

#if defined(__x86_64__)

typedef uint64_t lanes __attribute__((vector_size(32))); /* one word of four blocks */

struct quad {
    lanes a, b, c, d; /* the state of four blocks */
};

AVX2 static inline lanes all(uint64_t x) {
    return (lanes){x, x, x, x};
}

AVX2 static inline lanes multiply_low(lanes x, lanes y) {
    return (lanes)_mm256_mul_epu32((__m256i)x, (__m256i)y);
}

AVX2 static inline struct quad quad_round(struct quad s, lanes k0, lanes k1) {
    lanes p = multiply_low(s.a, all(MULTIPLIER_0)), q = multiply_low(s.c, all(MULTIPLIER_1));
    return (struct quad){(q >> 32) ^ (s.b ^ k0), q, (p >> 32) ^ (s.d ^ k1), p};
}

AVX2 static inline struct quad quad_open(uint64_t block, uint32_t lane) {
    lanes n = (all(block) + (lanes){0, 1, 2, 3}) & BLOCK_MASK;
    return (struct quad){n, n >> 32, all(lane), all(0)};
}

AVX2 static inline void quad_words(struct quad s, uint64_t words[8]) {
    lanes low = all(UINT32_MAX), even = (s.a & low) | s.b << 32, odd = (s.c & low) | s.d << 32;
    lanes first = __builtin_shufflevector(even, odd, 0, 4, 1, 5);
    lanes second = __builtin_shufflevector(even, odd, 2, 6, 3, 7);
    memcpy(words, &first, sizeof first);
    memcpy(words + 4, &second, sizeof second);
}

/* Eight blocks. */
AVX2 static void eight_avx2(const struct dice *d, uint64_t block, uint64_t words[16]) {
    struct quad s = quad_open(block, d->lane), t = quad_open(block + 4, d->lane);
    lanes k0 = all(d->key & UINT32_MAX), k1 = all(d->key >> 32);
    for (int round = 0; round < ROUNDS; round++) {
        s = quad_round(s, k0, k1);
        t = quad_round(t, k0, k1);
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    quad_words(s, words);
    quad_words(t, words + 8);
}

AVX2 static void blocks_avx2(struct dice *d, uint64_t block) {
    eight_avx2(d, block, d->words);
    eight_avx2(d, block + 8, d->words + 16);
}

#define AVX512 __attribute__((target("avx512f")))

enum { XOR_OF_THREE = 0x96 }; /* as a table of truth */

struct oct {
    __m512i a, b, c, d; /* the state of eight blocks */
};

AVX512 static inline struct oct oct_round(struct oct s, __m512i k0, __m512i k1) {
    __m512i p = _mm512_mul_epu32(s.a, _mm512_set1_epi64(MULTIPLIER_0));
    __m512i q = _mm512_mul_epu32(s.c, _mm512_set1_epi64(MULTIPLIER_1));
    return (struct oct){
        _mm512_ternarylogic_epi64(_mm512_srli_epi64(q, 32), s.b, k0, XOR_OF_THREE), q,
        _mm512_ternarylogic_epi64(_mm512_srli_epi64(p, 32), s.d, k1, XOR_OF_THREE), p};
}

AVX512 static inline struct oct oct_open(uint64_t block, uint32_t lane) {
    __m512i n = _mm512_add_epi64(_mm512_set1_epi64((int64_t)block),
                                 _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0));
    n = _mm512_and_si512(n, _mm512_set1_epi64((int64_t)BLOCK_MASK));
    return (struct oct){n, _mm512_srli_epi64(n, 32), _mm512_set1_epi64(lane),
                        _mm512_setzero_si512()};
}

AVX512 static inline void oct_words(struct oct s, uint64_t words[16]) {
    __m512i low = _mm512_set1_epi64(UINT32_MAX);
    __m512i even = _mm512_or_si512(_mm512_and_si512(s.a, low), _mm512_slli_epi64(s.b, 32));
    __m512i odd = _mm512_or_si512(_mm512_and_si512(s.c, low), _mm512_slli_epi64(s.d, 32));
    __m512i front = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
    __m512i back = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
    _mm512_storeu_si512(words, _mm512_permutex2var_epi64(even, front, odd));
    _mm512_storeu_si512(words + 8, _mm512_permutex2var_epi64(even, back, odd));
}

/* Two times eight blocks: a round waits for the one before, so one alone is half idle. */
AVX512 static void blocks_avx512(struct dice *d, uint64_t block) {
    struct oct s = oct_open(block, d->lane), t = oct_open(block + 8, d->lane);
    __m512i k0 = _mm512_set1_epi64((int64_t)(d->key & UINT32_MAX));
    __m512i k1 = _mm512_set1_epi64((int64_t)(d->key >> 32));
    for (int round = 0; round < ROUNDS; round++) {
        s = oct_round(s, k0, k1);
        t = oct_round(t, k0, k1);
        k0 = _mm512_add_epi64(k0, _mm512_set1_epi64(WEYL_0));
        k1 = _mm512_add_epi64(k1, _mm512_set1_epi64(WEYL_1));
    }
    oct_words(s, d->words);
    oct_words(t, d->words + 16);
}

#endif

/* Word 0 of the items of BLOCKS blocks in sequence. */
static void blocks_ahead(struct dice *d, uint64_t block) {
#if defined(__x86_64__)
    switch (vectors()) {
    case VECTORS_AVX512:
        blocks_avx512(d, block);
        return;
    case VECTORS_AVX2:
        blocks_avx2(d, block);
        return;
    case VECTORS_NONE:
        break;
    }
#endif
    for (uint64_t i = 0; i < BLOCKS; i++)
        block_words(d, (block + i) & BLOCK_MASK, 0, d->words + 2 * i);
}

void dice_open(struct dice *d, uint64_t key, uint32_t lane) {
    *d = (struct dice){.key = key, .lane = lane};
}

/* In sequence means: just beyond what is held, or a few items further (some jobs take no word). */
static uint64_t word_zero(struct dice *d) {
    uint64_t block = d->item >> 1;
    if (d->item - (d->first + d->held) < DICE_AHEAD) {
        blocks_ahead(d, block);
        d->held = DICE_AHEAD;
    } else {
        block_words(d, block, 0, d->words);
        d->held = 2;
    }
    d->first = block * 2;
    d->draw = 1;
    return d->words[d->item - d->first];
}

void dice_ahead(struct dice *d, uint64_t item) {
    blocks_ahead(d, item >> 1);
    d->first = item;
    d->held = DICE_AHEAD;
}

uint64_t dice_compute(struct dice *d) {
    if (d->draw == 0)
        return word_zero(d);
    uint64_t words[2], n = d->draw++ - 1;
    if (n & 1)
        return d->spare;
    block_words(d, d->item, (uint32_t)(1 + n / 2), words);
    d->spare = words[1];
    return words[0];
}
