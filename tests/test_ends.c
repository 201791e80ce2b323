/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_ends: both ways to keep the ends against a plain list, from 1 to 1000 servers, with many at
 * equal instants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/ends.h"
#include "tests/twins.h"

enum { MOST = 1000, STEPS = 20000 };

/* The busy in the order of their ends; who began first first. */
struct list {
    nsec at[MOST];
    uint32_t server[MOST], count, idle[MOST], idle_count;
};

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void insert(struct list *l, nsec at, uint32_t server) {
    uint32_t i = l->count++;
    for (; i > 0 && l->at[i - 1] > at; i--) {
        l->at[i] = l->at[i - 1];
        l->server[i] = l->server[i - 1];
    }
    l->at[i] = at;
    l->server[i] = server;
}

static void take(struct list *l) {
    l->count--;
    for (uint32_t i = 0; i < l->count; i++) {
        l->at[i] = l->at[i + 1];
        l->server[i] = l->server[i + 1];
    }
}

static void same(const struct ends *e, const struct list *l) {
    assert_int_equal(ends_count(e), l->count);
    assert_true(e->next == (l->count ? l->at[0] : NSEC_NEVER));
    if (l->count > 0)
        assert_int_equal(ends_first(e), l->server[0]);
    uint64_t sum = 0, known = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        sum += ends_server(e, i);
        known += l->server[i];
    }
    assert_int_equal(sum, known);
}

/* One of: an idle server begins, the first ends, the first goes on. Ends lie up to `spread` ahead
 * of now, which starts in the warm-up. */
static void step(struct ends *e, struct list *l, unsigned *dice, nsec *now, nsec spread) {
    nsec at = *now + (nsec)next_random(dice) % spread;
    unsigned what = next_random(dice) % 3;
    if (what == 0 && l->idle_count > 0) {
        uint32_t server = l->idle[--l->idle_count];
        insert(l, at, server);
        ends_push(e, at, server);
    } else if (l->count > 0) {
        uint32_t server = l->server[0];
        at += l->at[0] - *now;
        *now = l->at[0];
        take(l);
        if (what == 1) {
            l->idle[l->idle_count++] = server;
            ends_pop(e);
        } else {
            insert(l, at, server);
            ends_replace(e, at, server);
        }
    }
    same(e, l);
}

static void against_the_list(uint32_t servers, bool sorted, nsec spread) {
    static struct list l;
    struct ends e;
    unsigned dice = servers;
    nsec now = -1000;
    l.count = l.idle_count = 0;
    for (uint32_t i = 0; i < servers; i++)
        l.idle[l.idle_count++] = i;
    assert_true(ends_open(&e, servers, sorted));
    for (int i = 0; i < STEPS; i++) {
        if (i % 100 == 0) /* all busy, now and then */
            while (l.idle_count > 0) {
                uint32_t server = l.idle[--l.idle_count];
                insert(&l, now + (nsec)server % spread, server);
                ends_push(&e, now + (nsec)server % spread, server);
            }
        step(&e, &l, &dice, &now, spread);
    }
    ends_close(&e);
}

static void test_order(void **state) {
    (void)state;
    const uint32_t servers[] = {1, 2, 7, 8, 9, 16, 17, 24, 100, 500, MOST};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        EACH_TWIN(kind) {
            bool sorted = kind != VECTORS_NONE;
            against_the_list(servers[i], sorted, 5);
            against_the_list(servers[i], sorted, 1000000);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
