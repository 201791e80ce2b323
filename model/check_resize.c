/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check_resize: see check_resize.h. */
#include "model/check_resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/mem.h"
#include "model/read.h"

#define KIND(kind) (1u << RESIZE_##kind)
/* Those that look at what happened since their last decision. */
static const unsigned BY_WINDOW = KIND(TARGET_UTILISATION) | KIND(AIMD) | KIND(GRADIENT) |
                                  KIND(VEGAS) | KIND(LITTLES_LAW) | KIND(HILL_CLIMBING);

struct resize_key {
    const char *key;
    unsigned kinds; /* that read it */
};

static const struct resize_key keys[] = {
    {"every", (1u << RESIZE_KINDS) - 1 - KIND(ON_DEMAND) - KIND(SCHEDULE)},
    {"grow_at", KIND(WATERMARK)},
    {"shrink_at", KIND(WATERMARK)},
    {"step", KIND(WATERMARK)},
    {"factor", KIND(WATERMARK)},
    {"while_starting", KIND(WATERMARK)},
    {"grow_when", KIND(ON_DEMAND)},
    {"keep_alive", KIND(ON_DEMAND)},
    {"target", KIND(TARGET_UTILISATION)},
    {"tolerance", KIND(TARGET_UTILISATION)},
    {"stabilise_up", KIND(TARGET_UTILISATION)},
    {"stabilise_down", KIND(TARGET_UTILISATION)},
    {"backoff", KIND(AIMD)},
    {"slow", KIND(AIMD)},
    {"slack", KIND(GRADIENT)},
    {"smoothing", KIND(GRADIENT)},
    {"long_window", KIND(GRADIENT)},
    {"extra", KIND(GRADIENT)},
    {"probe", KIND(VEGAS)},
    {"percentile", KIND(LITTLES_LAW)},
    {"headroom", KIND(LITTLES_LAW)},
    {"sizes", KIND(SCHEDULE)},
    {"repeat", KIND(SCHEDULE)},
};

/* One `resize` that is checked. */
struct resize_check {
    struct checking *c;
    struct resize_spec *spec;
    const char *path;        /* pool.resize */
    const struct node *node; /* what is written there */
};

static void wrong_key(const struct resize_check *r, const char *key, const char *text) {
    char *full = read_path(r->path, key);
    wrong(r->c, full, text);
    free(full);
}

static bool given(const struct resize_check *r, const char *key) {
    return node_get(r->node, key) != NULL;
}

/* The policy's word; fresh memory. */
static char *policy_word(int64_t policy) {
    const char *words = format_find(IN_RESIZE, "policy")->words;
    for (; policy > 0; policy--)
        words = strchr(words, ' ') + 1;
    return mem_text_part(words, strcspn(words, " "));
}

static int64_t lowest_kind(unsigned kinds) {
    int64_t kind = 0;
    while (!(kinds >> kind & 1))
        kind++;
    return kind;
}

/* A key that another policy reads; of `every` it is said why not. */
static void not_read(const struct resize_check *r, const struct resize_key *key) {
    if (!strcmp(key->key, "every")) {
        wrong_key(r, key->key,
                  r->spec->policy == RESIZE_SCHEDULE
                      ? "must not be given beside schedule, which decides at its own instants"
                      : "must not be given beside on_demand, which decides on every event");
        return;
    }
    char *reader = policy_word(lowest_kind(key->kinds)), *here = policy_word(r->spec->policy);
    char *text = mem_format("is for the policy %s; this one is %s", reader, here);
    wrong_key(r, key->key, text);
    free(text);
    free(reader);
    free(here);
}

static void check_keys(const struct resize_check *r) {
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (given(r, keys[i].key) && !(keys[i].kinds >> r->spec->policy & 1))
            not_read(r, &keys[i]);
}

/* ---- times ----------------------------------------------------------------------------------- */

/* Resolved; no time at all, or one that whole nanoseconds can show. False: it was refused. */
static bool check_time(const struct resize_check *r, struct dist *d, const char *key) {
    size_t before = r->c->err->count;
    char *full = read_path(r->path, key);
    check_dist(r->c, d, full, 0);
    if (r->c->err->count == before && d->kind > DIST_NONE && dist_mean(d) > 0 &&
        dist_mean(d) < SHORTEST_MEAN)
        wrong(r->c, full,
              "has a mean below 50 ns; times are whole nanoseconds, the rounding would "
              "show");
    free(full);
    return r->c->err->count == before;
}

static void check_other_times(const struct resize_check *r) {
    check_time(r, &r->spec->dwell, "dwell");
    check_time(r, &r->spec->spawn, "spawn");
    check_time(r, &r->spec->warm_up, "warm_up");
    check_time(r, &r->spec->keep_alive, "keep_alive");
}

/* On every event, who asks what happened since the last one is told about nothing. */
static void check_every(const struct resize_check *r) {
    const struct resize_spec *s = r->spec;
    bool marks = s->policy == RESIZE_WATERMARK &&
                 !(isnan(s->grow_at.utilisation) && isnan(s->shrink_at.utilisation));
    if (!given(r, "every") || !policy_resize_eager(s))
        return;
    if (marks)
        wrong_key(r, "every",
                  "must be above 0s beside marks of utilisation, which is a mean over it");
    else if (BY_WINDOW >> s->policy & 1)
        wrong_key(r, "every",
                  "must be above 0s: this policy looks at what happened since its last decision");
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static void check_bounds(const struct resize_check *r, int64_t workers) {
    const struct resize_spec *s = r->spec;
    char *text = NULL;
    if (s->min > s->max)
        text = mem_format("is more than max, %lld", (long long)s->max);
    else if (s->min > workers)
        text = mem_format("is more than `workers`, the %lld that the pool begins with",
                          (long long)workers);
    else if (s->min == 0 && s->policy != RESIZE_ON_DEMAND)
        text = mem_text("0 is for on_demand alone: the others would not know when to begin");
    if (text)
        wrong_key(r, "min", text);
    free(text);
    if (s->max >= s->min && s->max < workers) {
        text = mem_format("is less than `workers`, the %lld that the pool begins with",
                          (long long)workers);
        wrong_key(r, "max", text);
        free(text);
    }
}

/* Is it one mark? */
static bool check_mark(const struct resize_check *r, const struct resize_mark *mark,
                       const char *key, const char *text) {
    bool one = isnan(mark->utilisation) != (mark->count == COUNT_UNSET);
    if (!given(r, key))
        wrong_key(r, key, "is missing; a watermark has two marks, `grow_at` and `shrink_at`");
    else if (!one)
        wrong_key(r, key, text);
    return one;
}

static void check_watermark(const struct resize_check *r) {
    const struct resize_spec *s = r->spec;
    bool high = check_mark(r, &s->grow_at, "grow_at", "takes either `utilisation` or `queue`");
    bool low = check_mark(r, &s->shrink_at, "shrink_at", "takes either `utilisation` or `idle`");
    if (low && high && s->shrink_at.utilisation > s->grow_at.utilisation)
        wrong_key(r, "shrink_at",
                  "is above grow_at: between them it would grow and shrink at once");
    if (given(r, "factor") && given(r, "step"))
        wrong_key(r, "factor", "must not be given beside `step`; one of them says how far it goes");
    else if (s->factor <= 1)
        wrong_key(r, "factor", "must be above x1, which changes nothing");
}

/* Row i against the one before it and the bounds. */
static const char *size_wrong(const struct resize_spec *s, size_t i) {
    const struct resize_size *size = &s->sizes.items[i];
    if (i == 0 && size->at > 0)
        return "the first size must be at 0s";
    if (i > 0 && size->at <= size[-1].at)
        return "must come after the instant above it; instants must ascend";
    if (size->workers < s->min)
        return "is below min";
    return size->workers > s->max ? "is above max" : NULL;
}

static void check_schedule(const struct resize_check *r) {
    const struct resize_spec *s = r->spec;
    if (s->sizes.count == 0) {
        if (!given(r, "sizes"))
            wrong_key(r, "sizes", "is missing; a schedule is a list such as [[0s, 4], [10s, 40]]");
        return;
    }
    for (size_t i = 0; i < s->sizes.count; i++) {
        const char *text = size_wrong(s, i);
        char *key = mem_format("sizes.%zu", i);
        if (text)
            wrong_key(r, key, text);
        free(key);
    }
    if (s->repeat != NSEC_UNSET && s->repeat <= s->sizes.items[s->sizes.count - 1].at)
        wrong_key(r, "repeat", "must be longer than the sizes reach");
}

/* ---------------------------------------------------------------------------------------------- */

void check_resize(struct checking *c, struct pool_spec *pool, const char *path) {
    char *full = read_path(path, "resize");
    struct resize_check r = {c, &pool->resize, full, node_at(c->root, full)};
    if (pool->resize.policy >= 0)
        check_keys(&r);
    bool times = check_time(&r, &pool->resize.every, "every");
    check_other_times(&r);
    if (!c->read_errors) {
        if (times)
            check_every(&r);
        check_bounds(&r, pool->workers);
        if (pool->resize.policy == RESIZE_WATERMARK)
            check_watermark(&r);
        else if (pool->resize.policy == RESIZE_SCHEDULE)
            check_schedule(&r);
    }
    free(full);
}
