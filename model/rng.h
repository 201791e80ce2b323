/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rng: chance with addresses. A word of 64 random bits depends on where it is asked, never on when:
 *
 *     key   seed, replication, class name, purpose      rng_key, once a stream
 *     lane  attempt, step or whatever the caller numbers, 32 bits
 *     item  job, or client and cycle, 64 bits
 *     draw  0, 1, 2 ... within the item
 *
 * so both engines give job k the same dice in whatever order they ask, and a class more or a word
 * more in one item moves no other item's words. Invariant: equal addresses, equal words; the buffer
 * inside a dice only decides how fast they come (tested by property in tests/test_rng.c).
 *
 * Word 0 of item i is half i & 1 of the block with counter {i >> 1 (low, high), lane, 0}; word n,
 * from 1 on, is half (n - 1) & 1 of the block {i (low, high), lane, 1 + (n - 1) / 2}. No two words
 * of a key share bits. A block is Philox4x32-10; a half is its low or its high 64 bits.
 *
 * Cost at 2.4 GHz: 1 ns a word 0 where items come in rising order (16 blocks computed at once; 3 ns
 * with AVX2, 9 ns without), a block of 18 ns where they jump, another for every two words beyond
 * word 0. A dice is 312 bytes.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11.
 * Known answers: counter and key all zero give 6627e8d5 e169c58d bc57ac4c 9b00dbd8;
 * rng_key(2026, 3, "web", RNG_SERVICE) = fc97318548d6c401.
 */
#ifndef MODEL_RNG_H
#define MODEL_RNG_H

#include <stdint.h>

/* Names the generator and how it is addressed: results of two are of different jobs. */
#define RNG_GENERATOR "philox4x32-10/1"

/* What a stream is for. The numbers are part of the key: new purposes go at the end. */
enum rng_purpose {
    RNG_ARRIVAL,
    RNG_SERVICE,
    RNG_THINK,
    RNG_BATCH,
    RNG_RETRY,
    RNG_FAIL,
    RNG_ROUTE,
    RNG_LOAD,
    RNG_PATIENCE,
    RNG_PHASE,
    RNG_RESIZE, /* by the pool's name */
    RNG_HOST
};

/* One block, 10 rounds. */
void rng_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The key of a stream: splitmix64's finaliser over seed, replication, the name's FNV-1a hash and
 * purpose in turn. Each step is a bijection of its part, so keys which differ in the seed, the
 * replication or the purpose alone never collide; others do with chance 2^-64 a pair. */
uint64_t rng_key(uint64_t seed, uint64_t replication, const char *name, enum rng_purpose purpose);

enum { DICE_AHEAD = 32 };

/* A stream of words, addressed by item. A plain value: copies go on independently; {0} is the
 * stream of key 0 and lane 0, at item 0. */
struct dice {
    uint64_t item, draw;        /* the next word's address */
    uint64_t first, held;       /* words[] has word 0 of items first ... first + held - 1 */
    uint64_t words[DICE_AHEAD]; /* computed ahead */
    uint64_t spare;             /* the item's word `draw`, where draw is even and not 0 */
    uint64_t key;
    uint32_t lane;
};

/* A dice at word 0 of item 0. */
void dice_open(struct dice *d, uint64_t key, uint32_t lane);

/* The next word, computed: the slow half of dice_word. */
uint64_t dice_compute(struct dice *d);

/* Puts word 0 of the items `item` (even) ... item + DICE_AHEAD - 1 into words[]. */
void dice_ahead(struct dice *d, uint64_t item);

/* Moves to word 0 of an item. */
static inline void dice_item(struct dice *d, uint64_t item) {
    d->item = item;
    d->draw = 0;
}

/* The item's next word: word 0, 1, 2 ... */
static inline uint64_t dice_word(struct dice *d) {
    uint64_t ahead = d->item - d->first;
    if (d->draw == 0 && ahead < d->held) {
        d->draw = 1;
        return d->words[ahead];
    }
    return dice_compute(d);
}

#endif
