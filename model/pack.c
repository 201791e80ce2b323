/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack: see pack.h. What is written stands once, in the visitors `class`, `pool` and `record`: a
 * packer writes each field, an unpacker fills it. */
#include "model/pack.h"

#include <stdlib.h>

#include "model/mem.h"
#include "model/metrics.h"

void bytes_free(struct bytes *b) {
    free(b->items);
    *b = (struct bytes){0};
}

enum { WORD_MOST = 19 }; /* bytes of 128 bits */

/* Where the next word goes; there is room for the longest. */
static unsigned char *next_word(struct bytes *to) {
    if (to->room - to->count < WORD_MOST) {
        to->room = to->room ? 2 * to->room : 4096;
        to->items = mem_resize(to->items, to->room, 1);
    }
    return to->items + to->count;
}

void pack_word(struct bytes *to, nsec_square word) {
    unsigned char *at = next_word(to);
    for (; word >= 0x80; word >>= 7)
        *at++ = (unsigned char)(word | 0x80);
    *at++ = (unsigned char)word;
    to->count = (size_t)(at - to->items);
}

/* The same of half the width: most of a record are counts, a byte or two each. */
static void pack_count(struct bytes *to, uint64_t word) {
    unsigned char *at = next_word(to);
    for (; word >= 0x80; word >>= 7)
        *at++ = (unsigned char)(word | 0x80);
    *at++ = (unsigned char)word;
    to->count = (size_t)(at - to->items);
}

bool unpack_word(const struct bytes *from, size_t *at, nsec_square *word) {
    *word = 0;
    for (unsigned shift = 0; *at < from->count && shift < 128; shift += 7) {
        unsigned char byte = from->items[(*at)++];
        nsec_square part = byte & 0x7f;
        if (shift > 121 && part >> (128 - shift))
            return false;
        *word |= part << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* Either way: into `bytes`, or from `at` on out of them. */
struct pack {
    struct bytes *bytes;
    size_t at;
    bool in, bad; /* in: into the record; bad: the bytes hold none */
};

static nsec_square word(struct pack *p, nsec_square value) {
    if (!p->in) {
        pack_word(p->bytes, value);
        return value;
    }
    if (p->bad || !unpack_word(p->bytes, &p->at, &value)) {
        p->bad = true;
        value = 0;
    }
    return value;
}

/* A whole number of at most `most`. */
static uint64_t number(struct pack *p, uint64_t value, uint64_t most) {
    nsec_square found = word(p, value);
    if (found > most) {
        p->bad = true;
        return 0;
    }
    return (uint64_t)found;
}

static void count(struct pack *p, uint64_t *value) {
    *value = number(p, *value, UINT64_MAX);
}

static void sum(struct pack *p, nsec_sum *value) {
    nsec_square v = (nsec_square)*value;
    nsec_square found = word(p, v << 1 ^ (*value < 0 ? ~(nsec_square)0 : 0));
    *value = (nsec_sum)(found >> 1 ^ (nsec_square) - (nsec_sum)(found & 1));
}

static void instant(struct pack *p, nsec *value) {
    nsec_sum wide = *value;
    sum(p, &wide);
    p->bad = p->bad || wide < INT64_MIN || wide > INT64_MAX;
    *value = p->bad ? 0 : (nsec)wide;
}

/* ---- histograms ------------------------------------------------------------------------------ */

static void pack_counts(struct pack *p, const struct hist *h, uint32_t low, uint32_t size) {
    const uint64_t *counts = h->count + (low - h->first), *end = counts + size;
    while (counts < end) {
        const uint64_t *from = counts;
        while (counts < end && *counts == 0)
            counts++;
        if (counts > from) {
            pack_count(p->bytes, 0);
            pack_count(p->bytes, (uint64_t)(counts - from));
        }
        for (; counts < end && *counts; counts++)
            pack_count(p->bytes, *counts);
    }
}

/* They must come to n. */
static void unpack_counts(struct pack *p, struct hist *h) {
    uint64_t left = h->n;
    for (uint32_t i = 0; i < h->size && !p->bad;) {
        uint64_t n = number(p, 0, left), run = n ? 1 : number(p, 0, h->size - i);
        h->count[i] = n;
        i += (uint32_t)run;
        left -= n;
        p->bad = p->bad || run == 0;
    }
    p->bad = p->bad || left > 0 || h->count[0] == 0 || h->count[h->size - 1] == 0;
}

static void hist(struct pack *p, struct hist *h) {
    if (p->in)
        *h = (struct hist){.min = INT64_MAX};
    count(p, &h->n);
    if (h->n == 0)
        return;
    sum(p, &h->sum);
    h->squares = word(p, h->squares);
    count(p, &h->squares_high);
    h->min = (nsec)number(p, (uint64_t)h->min, INT64_MAX);
    h->max = (nsec)number(p, (uint64_t)h->max, INT64_MAX);
    p->bad = p->bad || h->max < h->min;
    if (p->bad)
        return;
    uint32_t low = hist_bucket(h->min), size = hist_bucket(h->max) - low + 1;
    if (p->in) {
        h->first = low;
        h->size = size;
        h->count = mem_new(size, sizeof *h->count);
        unpack_counts(p, h);
    } else
        pack_counts(p, h, low, size);
}

/* ---- records --------------------------------------------------------------------------------- */

static void class(struct pack *p, struct tally *t) {
    uint64_t *counts[] = {&t->offered,        &t->admitted,    &t->blocked,     &t->caller_ran,
                          &t->started,        &t->waited,      &t->turned_away, &t->good_inside,
                          &t->offered_inside, &t->ended_inside};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        count(p, counts[i]);
    for (int i = 0; i < FATES; i++)
        count(p, &t->fates[i]);
    for (int i = 0; i < SLO_WITHIN_MOST; i++)
        count(p, &t->within[i]);
    sum(p, &t->stay);
    sum(p, &t->books);
    sum(p, &t->in_system.area);
    for (int i = 0; i < TALLY_TIMES; i++)
        hist(p, &t->times[i]);
}

/* Are the pool's times those of its classes? They are unless submitters ran jobs themselves. */
static bool of_classes(const struct record *r, size_t pool) {
    bool so = true;
    for (size_t i = 0; i < r->class_count; i++)
        so = so && (r->scenario->classes.items[i].route.items[0].pool != pool ||
                    r->classes[i].caller_ran == 0);
    return so;
}

static void merge_classes(struct record *r, size_t pool) {
    static const enum tally_time from[POOL_TIMES] = {TALLY_WAIT, TALLY_SERVICE};
    for (int t = 0; t < POOL_TIMES; t++) {
        struct hist *h = &r->pools[pool].times[t];
        for (size_t i = 0; i < r->class_count; i++)
            if (r->scenario->classes.items[i].route.items[0].pool == pool)
                record_add_to_pool(h, &r->classes[i].times[from[t]]);
        hist_trim(h);
    }
}

static void pool(struct pack *p, struct record *r, size_t i) {
    struct pool_tally *t = &r->pools[i];
    count(p, &t->offered);
    count(p, &t->lost);
    count(p, &t->unstarted);
    sum(p, &t->workers.area);
    sum(p, &t->busy.area);
    sum(p, &t->queue.area);
    sum(p, &t->starting.area);
    sum(p, &t->resizing.settling);
    count(p, &t->resizing.steps);
    count(p, &t->resizing.resizes);
    count(p, &t->resizing.reversals);
    instant(p, &t->resizing.most);
    if (!of_classes(r, i))
        for (int k = 0; k < POOL_TIMES; k++)
            hist(p, &t->times[k]);
    else if (p->in && !p->bad)
        merge_classes(r, i);
}

static void whole(struct pack *p, struct record *r) {
    instant(p, &r->horizon);
    instant(p, &r->finished);
    for (size_t i = 0; i < r->class_count; i++)
        class(p, &r->classes[i]);
    for (size_t i = 0; i < r->pool_count; i++)
        pool(p, r, i);
}

void pack_record(struct bytes *to, const struct record *record) {
    struct pack p = {.bytes = to};
    whole(&p, (struct record *)(size_t)record); /* a packer changes nothing */
}

static bool sound_times(const struct tally *t) {
    const uint64_t n[TALLY_TIMES] = {t->admitted, t->started, t->fates[FATE_COMPLETED],
                                     t->fates[FATE_COMPLETED]};
    bool ok = true;
    for (int i = 0; i < TALLY_TIMES; i++) {
        const struct hist *h = &t->times[i];
        ok = ok && h->n == n[i] && h->sum >= 0 &&
             (h->n == 0 || (nsec_square)h->sum <= (nsec_square)h->n * (nsec_square)h->max);
    }
    return ok;
}

/* What could not come out of a run, and what no figure would stand. */
static bool sound_class(const struct tally *t) {
    const uint64_t most = UINT64_C(1) << 60, completed = t->fates[FATE_COMPLETED];
    uint64_t ended = 0;
    bool ok = t->offered < most && t->ended_inside < most && t->offered_inside < most;
    for (int f = 0; f < FATES; f++) {
        ok = ok && t->fates[f] <= t->offered;
        ended += ok ? t->fates[f] : 0;
    }
    for (int k = 0; k < SLO_WITHIN_MOST; k++)
        ok = ok && t->within[k] <= completed;
    return ok && ended == t->offered && t->started <= t->offered && t->waited <= t->started &&
           t->caller_ran <= t->started && t->admitted <= t->offered && t->blocked <= t->offered &&
           t->turned_away <= t->offered && t->good_inside <= t->ended_inside &&
           t->books == t->in_system.area && t->books >= 0 && t->stay >= 0 && sound_times(t);
}

static bool sound(const struct record *r) {
    bool ok = r->horizon == r->scenario->run.duration && r->finished >= r->horizon;
    for (size_t i = 0; i < r->class_count; i++)
        ok = ok && sound_class(&r->classes[i]);
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct pool_tally *p = &r->pools[i];
        ok = ok && p->busy.area >= 0 && p->queue.area >= 0 && p->workers.area >= 0 &&
             p->starting.area >= 0 && p->resizing.settling >= 0 && p->resizing.most >= 0 &&
             p->resizing.reversals <= p->resizing.resizes && p->lost <= p->offered &&
             p->unstarted <= p->offered;
    }
    return ok;
}

bool unpack_record(struct record *r, const struct scenario *sc, const struct bytes *from,
                   size_t at) {
    struct bytes bytes = *from;
    struct pack p = {.bytes = &bytes, .at = at, .in = true};
    *r = (struct record){.scenario = sc,
                         .sample_every = sc->run.sample_every,
                         .class_count = sc->classes.count,
                         .pool_count = sc->pools.count};
    r->classes = mem_new(r->class_count, sizeof *r->classes);
    r->pools = mem_new(r->pool_count, sizeof *r->pools);
    whole(&p, r);
    if (!p.bad && p.at == bytes.count && sound(r))
        return true;
    record_close(r);
    return false;
}
