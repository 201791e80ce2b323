/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_rng: Philox's known answers, a word's address, and that nothing but the address matters.
 *
 * Known answers: Random123's tests/kat_vectors (philox4x32 10), recomputed independently. What a
 * dice gives is held against word_at below, which is the definition in rng.h taken literally.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/rng.h"
#include "tests/twins.h"

static uint64_t word_at(uint64_t key, uint32_t lane, uint64_t item, uint64_t draw) {
    uint64_t block = draw == 0 ? item >> 1 : item, row = draw == 0 ? 0 : 1 + (draw - 1) / 2;
    uint64_t half = draw == 0 ? item & 1 : (draw - 1) & 1;
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), lane, (uint32_t)row};
    uint32_t keys[2] = {(uint32_t)key, (uint32_t)(key >> 32)}, out[4];
    rng_philox4x32(counter, keys, out);
    return out[2 * half] | (uint64_t)out[2 * half + 1] << 32;
}

static void test_known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint32_t out[4];
        rng_philox4x32(known[i].counter, known[i].key, out);
        assert_memory_equal(out, known[i].out, sizeof out);
    }
}

/* Words 0 to 6 of items from everywhere, each on a fresh dice. */
static void test_addresses(void **state) {
    (void)state;
    const uint64_t items[] = {0,
                              1,
                              2,
                              15,
                              16,
                              17,
                              0xffffffff,
                              0x100000000,
                              0x1ffffffff,
                              0x123456789abcdef,
                              UINT64_MAX / 2,
                              UINT64_MAX - 1,
                              UINT64_MAX};
    const uint32_t lanes[] = {0, 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        for (size_t lane = 0; lane < sizeof lanes / sizeof *lanes; lane++) {
            struct dice d;
            dice_open(&d, 0x0123456789abcdef, lanes[lane]);
            dice_item(&d, items[i]);
            for (uint64_t n = 0; n < 7; n++)
                assert_int_equal(dice_word(&d),
                                 word_at(0x0123456789abcdef, lanes[lane], items[i], n));
        }
    }
}

static void test_in_sequence(void **state) {
    (void)state;
    EACH_TWIN(kind) {
        struct dice d;
        dice_open(&d, 42, 3);
        for (uint64_t item = 0; item < 100000; item++) {
            dice_item(&d, item);
            assert_int_equal(dice_word(&d), word_at(42, 3, item, 0));
        }
    }
}

/* The next item of a walk which goes on, back, skips, jumps, and crosses the top of the range. */
static uint64_t step(uint64_t item, uint64_t chance) {
    switch (chance % 16) {
    case 0:
        return chance >> 8;
    case 1:
        return (chance >> 8) % 64;
    case 2:
        return UINT64_MAX - (chance >> 8) % 64;
    case 3:
    case 4:
        return item - (chance >> 8) % 20;
    case 5:
    case 6:
        return item + (chance >> 8) % 40;
    default:
        return item + 1;
    }
}

static void test_order_does_not_matter(void **state) {
    (void)state;
    struct dice d, walk;
    dice_open(&d, 7, 1);
    dice_open(&walk, 8, 0);
    uint64_t item = 0;
    for (uint64_t i = 0; i < 300000; i++) {
        dice_item(&walk, i);
        uint64_t chance = dice_word(&walk), words = chance >> 4 & 3;
        item = step(item, chance);
        dice_item(&d, item);
        for (uint64_t n = 0; n < words; n++)
            assert_int_equal(dice_word(&d), word_at(7, 1, item, n));
    }
}

/* Copies go on independently and give equal words for equal addresses. */
static void test_a_dice_is_a_value(void **state) {
    (void)state;
    struct dice d, empty = {0};
    dice_open(&d, 0, 0);
    for (uint64_t i = 0; i < 40; i++) {
        dice_item(&d, i);
        dice_item(&empty, i);
        dice_word(&d);
        dice_word(&empty);
        struct dice copy = d;
        uint64_t word = dice_word(&d);
        assert_int_equal(dice_word(&copy), word);
        assert_int_equal(dice_word(&empty), word);
        assert_int_equal(dice_word(&copy), dice_word(&d));
    }
}

static int by_size(const void *left, const void *right) {
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void assert_all_differ(uint64_t *words, size_t count) {
    qsort(words, count, sizeof *words, by_size);
    for (size_t i = 1; i < count; i++)
        assert_true(words[i - 1] != words[i]);
}

/* 2^64 keys leave a million distinct ones a chance of 3e-8 to collide. */
static void test_keys_differ(void **state) {
    (void)state;
    enum { SEEDS = 25, REPLICATIONS = 25, NAMES = 200, PURPOSES = RNG_LOAD + 1 };
    size_t count = 0;
    uint64_t *keys = malloc(sizeof *keys * SEEDS * REPLICATIONS * NAMES * PURPOSES);
    assert_non_null(keys);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        for (uint64_t replication = 0; replication < REPLICATIONS; replication++)
            for (int name = 0; name < NAMES; name++) {
                char text[24];
                snprintf(text, sizeof text, "class%d", name);
                for (int purpose = 0; purpose < PURPOSES; purpose++)
                    keys[count++] = rng_key(seed, replication, text, (enum rng_purpose)purpose);
            }
    assert_all_differ(keys, count);
    free(keys);
}

static void test_words_differ(void **state) {
    (void)state;
    enum { ITEMS = 20000, LANES = 3, DRAWS = 5 };
    size_t count = 0;
    uint64_t *words = malloc(sizeof *words * ITEMS * LANES * DRAWS);
    assert_non_null(words);
    for (uint32_t lane = 0; lane < LANES; lane++) {
        struct dice d;
        dice_open(&d, 99, lane);
        for (uint64_t item = 0; item < ITEMS; item++) {
            dice_item(&d, item);
            for (int n = 0; n < DRAWS; n++)
                words[count++] = dice_word(&d);
        }
    }
    assert_all_differ(words, count);
    free(words);
}

static int ones(uint64_t word) {
    int count = 0;
    for (; word; word &= word - 1)
        count++;
    return count;
}

/* One bit more or less in any part of the address turns 32 of 64 bits, within 5 standard errors. */
static void test_avalanche(void **state) {
    (void)state;
    enum { PAIRS = 64 * 200 };
    int by_seed = 0, by_replication = 0, by_name = 0, by_key = 0, by_item = 0;
    for (uint64_t i = 0; i < PAIRS; i++) {
        uint64_t bit = UINT64_C(1) << (i & 63), seed = i >> 6;
        char name[] = "web a", other[] = "web a";
        name[3] = (char)('!' + seed % 90);
        other[3] = (char)(name[3] ^ 1 << (i & 3));
        uint64_t key = rng_key(seed, 1, name, RNG_SERVICE);
        by_seed += ones(key ^ rng_key(seed ^ bit, 1, name, RNG_SERVICE));
        by_replication += ones(key ^ rng_key(seed, 1 ^ bit, name, RNG_SERVICE));
        by_name += ones(key ^ rng_key(seed, 1, other, RNG_SERVICE));
        by_key += ones(word_at(key, 0, 0, 0) ^ word_at(key ^ bit, 0, 0, 0));
        by_item += ones(word_at(5, 0, seed, 0) ^ word_at(5, 0, seed ^ bit, 0));
    }
    const int turned[] = {by_seed, by_replication, by_name, by_key, by_item};
    for (size_t i = 0; i < sizeof turned / sizeof *turned; i++)
        assert_in_range(turned[i], 32 * PAIRS - 2263, 32 * PAIRS + 2263); /* 5 x 4 x sqrt(PAIRS) */
}

/* Each bit is set in half of the words, within 5 standard errors. */
static void test_bits_are_even(void **state) {
    (void)state;
    enum { WORDS = 250000 };
    int set[64] = {0};
    struct dice d;
    dice_open(&d, rng_key(1, 1, "web", RNG_ARRIVAL), 0);
    for (uint64_t i = 0; i < WORDS; i++) {
        dice_item(&d, i);
        uint64_t word = dice_word(&d);
        for (int bit = 0; bit < 64; bit++)
            set[bit] += (int)(word >> bit & 1);
    }
    for (int bit = 0; bit < 64; bit++)
        assert_in_range(set[bit], WORDS / 2 - 1250, WORDS / 2 + 1250);
}

/* Recorded results depend on these numbers: they never change. */
static void test_keys_are_for_ever(void **state) {
    (void)state;
    assert_int_equal(rng_key(0, 0, "", RNG_ARRIVAL), 0xbee8d624ed7a682a);
    assert_int_equal(rng_key(2026, 3, "web", RNG_SERVICE), 0xfc97318548d6c401);
    assert_int_equal(RNG_LOAD, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),     cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_in_sequence),       cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_a_dice_is_a_value), cmocka_unit_test(test_keys_differ),
        cmocka_unit_test(test_words_differ),      cmocka_unit_test(test_avalanche),
        cmocka_unit_test(test_bits_are_even),     cmocka_unit_test(test_keys_are_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
