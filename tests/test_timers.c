/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_timers: the heap of timers against a plain list, over random settings, clearings, takings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/timers.h"

enum { SLOTS = 300, TURNS = 200000 };

struct plain {
    nsec at[SLOTS];
    uint64_t order[SLOTS], set;
};

/* The slot that is first in the plain list; SLOTS: none. */
static uint32_t first_of(const struct plain *p) {
    uint32_t first = SLOTS;
    for (uint32_t i = 0; i < SLOTS; i++)
        if (p->at[i] != NSEC_NEVER && (first == SLOTS || p->at[i] < p->at[first] ||
                                       (p->at[i] == p->at[first] && p->order[i] < p->order[first])))
            first = i;
    return first;
}

static void turn(struct timers *t, struct plain *p, unsigned dice) {
    uint32_t slot = dice / 8 % SLOTS, first = first_of(p);
    assert_true(timers_has(t, slot) == (p->at[slot] != NSEC_NEVER));
    assert_true(timers_next(t) == (first == SLOTS ? NSEC_NEVER : p->at[first]));
    if (dice % 8 < 4 && !timers_has(t, slot)) {
        p->at[slot] = dice / 4096 % 50; /* many ties */
        p->order[slot] = p->set++;
        timers_set(t, slot, p->at[slot]);
    } else if (dice % 8 < 6) {
        p->at[slot] = NSEC_NEVER;
        timers_clear(t, slot);
    } else if (first != SLOTS) {
        p->at[first] = NSEC_NEVER;
        assert_int_equal(timers_take(t), first);
    }
}

static void test_against_a_list(void **state) {
    (void)state;
    struct timers t = {0};
    struct plain p = {.set = 0};
    unsigned dice = 20261124;
    assert_false(timers_has(&t, 0)); /* an empty value is valid */
    timers_clear(&t, 7);
    assert_true(timers_next(&t) == NSEC_NEVER);
    assert_true(timers_grow(&t, 10));
    assert_true(timers_grow(&t, SLOTS));
    for (uint32_t i = 0; i < SLOTS; i++)
        p.at[i] = NSEC_NEVER;
    for (int i = 0; i < TURNS; i++) {
        dice = dice * 1664525u + 1013904223u;
        turn(&t, &p, dice >> 4);
    }
    timers_close(&t);
    assert_int_equal(t.room, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_a_list)};
    return cmocka_run_group_tests_name("timers", tests, NULL, NULL);
}
