/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile: see profile.h. */
#include "model/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/node.h"
#include "model/stats.h"
#include "model/text.h"
#include "model/variate.h"

static const nsec LONGEST = 10 * NSEC_PER_SEC; /* an overhead beyond is a mistake of units */
enum { CORES_MOST = 100000, COUNT_MOST = 1000000000 };

static const struct {
    const char *word, *says;
} names[PROFILE_TABLES] = {
    [PROFILE_PACER] = {"pacer", "intended instant to submission"},
    [PROFILE_DISPATCH] = {"dispatch", "submission to start, idle worker"},
    [PROFILE_HAND_OVER] = {"hand_over", "end of a job to begin of the next"},
    [PROFILE_TIMER] = {"timer", "sleep too long, slack 1 ns"},
    [PROFILE_WATCHED] = {"watched", "wait too long, clock watched"},
    [PROFILE_UNWATCHED] = {"unwatched", "wait too long, no core to spare"},
    [PROFILE_SPIN] = {"spin", "computing too long"},
    [PROFILE_SLACK] = {"slack", "sleep too long, default slack"},
    [PROFILE_WAKE] = {"wake", "wake-up of a thread"},
    [PROFILE_SPAWN] = {"spawn", "start of a thread"},
    [PROFILE_JOIN] = {"join", "end of a thread to its joiner"},
    [PROFILE_LOCK] = {"lock", "lock and unlock, alone"},
    [PROFILE_CONTENDED] = {"contended", "lock and unlock, two threads"},
    [PROFILE_SWITCH] = {"switch", "switch of threads on one core"},
};

static const double shares[] = {0,   0.01, 0.05, 0.1,  0.2,   0.3,  0.4,   0.5,   0.6,
                                0.7, 0.8,  0.9,  0.95, 0.975, 0.99, 0.995, 0.999, 1};
enum { SHARES = sizeof shares / sizeof *shares };
_Static_assert((int)SHARES <= (int)PROFILE_POINTS, "there is room");

const char *profile_word(enum profile_what what) {
    return names[what].word;
}

const char *profile_says(enum profile_what what) {
    return names[what].says;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    struct profile *p;
    struct err *err;
};

static bool complain(struct reader *r, const struct node *node, const char *path,
                     const char *what) {
    err_add(r->err, node->at, path, "%s", what);
    return false;
}

/* The value of a map; NULL after an error where it has to be there. */
static struct node *take(struct reader *r, const struct node *map, const char *key, bool needed) {
    struct node *item = map->kind == NODE_MAP ? node_get(map, key) : NULL;
    if (item)
        item->used = true;
    else if (needed)
        err_add(r->err, map->at, NULL, "no '%s'; a profile is what headroom calibrate writes", key);
    return item;
}

/* All keys must have been taken. */
static void no_more(struct reader *r, const struct node *map) {
    for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++)
        if (!map->items[i]->used)
            err_add(r->err, map->keys_at[i], NULL, "unknown key '%.60s'", map->keys[i]);
}

static bool is_scalar(struct reader *r, const struct node *node, const char *path) {
    return node && (node->kind == NODE_SCALAR || complain(r, node, path, "wants one value"));
}

static double read_number(struct reader *r, const struct node *map, const char *key, double low,
                          double high) {
    struct node *node = take(r, map, key, true);
    double value = low;
    if (!is_scalar(r, node, key))
        return low;
    const char *wrong = text_read_number(node->text, &value);
    if (wrong || !(value >= low && value <= high)) {
        complain(r, node, key, wrong ? wrong : "is out of all bounds");
        return low;
    }
    return value;
}

static bool duration(struct reader *r, const struct node *node, const char *path, nsec *to) {
    double ns = 0;
    *to = 0;
    if (!is_scalar(r, node, path))
        return false;
    const char *wrong = text_read_duration(node->text, &ns);
    if (!wrong && !(ns >= 0 && ns <= (double)LONGEST))
        wrong = "does not lie between 0s and 10s";
    *to = wrong ? 0 : (nsec)(ns + 0.5);
    return !wrong || complain(r, node, path, wrong);
}

static void read_shares(struct reader *r, const struct node *root) {
    struct profile *p = r->p;
    const struct node *list = take(r, root, "quantiles", true);
    if (!list)
        return;
    if (list->kind != NODE_LIST || list->count < 2 || list->count > PROFILE_POINTS) {
        complain(r, list, "quantiles", "wants a list of 2 to 32 shares");
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->items[i];
        double share = NAN;
        bool ok = is_scalar(r, item, "quantiles") && !text_read_share(item->text, &share) &&
                  share >= 0 && share <= 1 && (i == 0 || share > p->share[i - 1]);
        if (!ok) {
            complain(r, item, "quantiles", "wants ascending shares from 0 to 1");
            return;
        }
        p->share[i] = share;
    }
    if (p->share[0] > 0 || p->share[list->count - 1] < 1)
        complain(r, list, "quantiles", "wants 0 as the first and 1 as the last");
    else
        p->points = list->count;
}

static void read_times(struct reader *r, const struct node *list, struct profile_table *t,
                       const char *path) {
    if (list->kind != NODE_LIST || list->count != r->p->points) {
        complain(r, list, path, "wants as many times as there are quantiles");
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        if (!duration(r, list->items[i], path, &t->at[i]))
            return;
        if (i > 0 && t->at[i] < t->at[i - 1]) {
            complain(r, list->items[i], path, "is less than the one before; quantiles ascend");
            return;
        }
    }
}

static void read_table(struct reader *r, const struct node *all, enum profile_what what) {
    struct profile_table *t = &r->p->tables[what];
    struct node *map = take(r, all, names[what].word, what < PROFILE_DRAWN);
    if (!map)
        return;
    t->count = (uint64_t)read_number(r, map, "count", 1, COUNT_MOST);
    const struct node *times = take(r, map, "times", true);
    if (times && r->p->points)
        read_times(r, times, t, names[what].word);
    no_more(r, map);
}

static void read_watch(struct reader *r, const struct node *root) {
    const struct node *watch = take(r, root, "watch", true);
    if (!watch)
        return;
    const struct node *stretch = take(r, watch, "stretch", true);
    if (stretch)
        duration(r, stretch, "stretch", &r->p->stretch);
    r->p->watchers = (int64_t)read_number(r, watch, "watchers", 0, CORES_MOST);
    no_more(r, watch);
}

static void read_texts(struct reader *r, const struct node *root) {
    const struct node *system = take(r, root, "system", true), *trusted;
    if (is_scalar(r, system, "system"))
        r->p->system = text_plain(system->text);
    trusted = take(r, root, "trusted", true);
    if (!is_scalar(r, trusted, "trusted"))
        return;
    int word = text_index(trusted->text, "false true");
    r->p->trusted = word == 1;
    if (word < 0)
        complain(r, trusted, "trusted", "is neither true nor false");
}

/* FNV-1a, byte by byte from the lowest, of all that is drawn from. */
static uint64_t mixed(uint64_t hash, uint64_t word) {
    for (int i = 0; i < 64; i += 8)
        hash = (hash ^ (word >> i & 0xff)) * UINT64_C(0x100000001b3);
    return hash;
}

static void identify(struct profile *p) {
    uint64_t hash = mixed(UINT64_C(0xcbf29ce484222325), (uint64_t)p->stretch);
    hash = mixed(hash, (uint64_t)p->watchers);
    for (size_t i = 0; i < p->points; i++)
        hash = mixed(hash, (uint64_t)(p->share[i] * 1e15 + 0.5));
    for (int t = 0; t < PROFILE_DRAWN; t++)
        for (size_t i = 0; i < p->points; i++)
            hash = mixed(hash, (uint64_t)p->tables[t].at[i]);
    p->identity = hash;
}

static void read_root(struct reader *r, const struct node *root) {
    if (root->kind != NODE_MAP) {
        complain(r, root, NULL, "is no profile; headroom calibrate writes one");
        return;
    }
    read_number(r, root, "headroom_profile", PROFILE_VERSION, PROFILE_VERSION);
    read_texts(r, root);
    r->p->cores = (int64_t)read_number(r, root, "cores", 1, CORES_MOST);
    r->p->load = read_number(r, root, "load", 0, 1e9);
    read_watch(r, root);
    read_shares(r, root);
    const struct node *all = take(r, root, "overheads", true);
    for (int t = 0; all && t < PROFILE_TABLES; t++)
        read_table(r, all, (enum profile_what)t);
    if (all)
        no_more(r, all);
    no_more(r, root);
}

static const struct node_form form = {"profile", "headroom_profile: 1", PROFILE_BYTES, 100};

/* Takes the tree, which may be there and yet have had mistakes. */
static bool from_node(struct profile *p, struct node *root, size_t before, struct err *err) {
    struct reader r = {p, err};
    *p = (struct profile){0};
    if (root)
        read_root(&r, root);
    node_free(root);
    identify(p);
    return root && err->count == before;
}

bool profile_read(struct profile *p, const char *file, struct err *err) {
    size_t before = err->count;
    return from_node(p, node_load_as(file, &form, err), before, err);
}

bool profile_parse(struct profile *p, const char *text, const char *source, struct err *err) {
    size_t before = err->count;
    return from_node(p, node_parse_as(text, source, &form, err), before, err);
}

void profile_free(struct profile *p) {
    free(p->system);
    *p = (struct profile){0};
}

/* ---- writing --------------------------------------------------------------------------------- */

void profile_begin(struct profile *p) {
    *p = (struct profile){.points = SHARES};
    for (size_t i = 0; i < SHARES; i++)
        p->share[i] = shares[i];
}

/* By ranks, as percentiles are: the value of rank ceil(share n). */
void profile_measured(struct profile *p, enum profile_what what, double *ns, size_t count) {
    struct profile_table *t = &p->tables[what];
    t->count = count;
    stats_sort(ns, count);
    for (size_t i = 0; count > 0 && i < p->points; i++) {
        double rank = ceil(p->share[i] * (double)count);
        double value = ns[rank > 1 ? (size_t)rank - 1 : 0];
        t->at[i] = (nsec)(fmin(fmax(0, value), (double)LONGEST) + 0.5);
    }
}

static void write_table(const struct profile *p, enum profile_what what, FILE *to) {
    fprintf(to, "  %s: {count: %llu, times: [", names[what].word,
            (unsigned long long)p->tables[what].count);
    for (size_t i = 0; i < p->points; i++)
        fprintf(to, "%s%lldns", i ? ", " : "", (long long)p->tables[what].at[i]);
    fputs("]}\n", to);
}

void profile_write(const struct profile *p, FILE *to) {
    fprintf(to,
            "# What this host adds to the times of a scenario; of headroom calibrate, for\n"
            "# host: {profile: FILE}. Times at each of the quantiles.\n"
            "headroom_profile: %d\nsystem: '",
            PROFILE_VERSION);
    for (const char *c = p->system ? p->system : ""; *c; c++)
        fputs(*c == '\'' ? "''" : (char[]){*c, 0}, to);
    fprintf(to, "'\ncores: %lld\nload: %.2f\ntrusted: %s\n", (long long)p->cores, p->load,
            p->trusted ? "true" : "false");
    fprintf(to, "watch: {stretch: %lldns, watchers: %lld}\nquantiles: [", (long long)p->stretch,
            (long long)p->watchers);
    for (size_t i = 0; i < p->points; i++)
        fprintf(to, "%s%.15g", i ? ", " : "", p->share[i]);
    fputs("]\noverheads:\n", to);
    for (int t = 0; t < PROFILE_TABLES; t++)
        if (p->tables[t].count)
            write_table(p, (enum profile_what)t, to);
}

/* ---- drawing --------------------------------------------------------------------------------- */

nsec profile_at(const struct profile *p, enum profile_what what, double share) {
    const nsec *at = p->tables[what].at;
    size_t i = 1;
    while (i + 1 < p->points && share > p->share[i])
        i++;
    double part = (share - p->share[i - 1]) / (p->share[i] - p->share[i - 1]);
    return at[i - 1] + (nsec)(part * (double)(at[i] - at[i - 1]) + 0.5);
}

nsec profile_draw(const struct profile *p, enum profile_what what, struct dice *dice) {
    return profile_at(p, what, variate_uniform(dice));
}
