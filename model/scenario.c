/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario: reading, and derived facts; see scenario.h. What may stand together is checked in
 * model/check.c.
 */
#include "model/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "model/axis.h"
#include "model/check.h"
#include "model/defaults.h"
#include "model/format.h"
#include "model/mem.h"
#include "model/node.h"
#include "model/profile.h"
#include "model/read.h"
#include "model/shorthand.h"
#include "model/text.h"

char slo_unit(enum slo_metric metric) {
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == IN_SLO && format_keys[i].kind == (int)metric)
            return format_keys[i].type == KEY_DURATION ? 't'
                   : format_keys[i].type == KEY_RATE   ? 'r'
                                                       : 's';
    return 't';
}

const char *slo_word(enum slo_metric metric) {
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == IN_SLO && format_keys[i].kind == (int)metric)
            return format_keys[i].name;
    return "";
}

/* In the short form a class's and its step's keys stand at the root. */
char *scenario_path(const struct node *root, const char *assignment) {
    bool whole = node_get(root, "classes") || node_get(root, "pools");
    static const char *const strip[] = {"classes.0.route.0.", "classes.jobs.route.0.",
                                        "classes.jobs.",      "classes.0.",
                                        "pools.0.",           "pools.pool."};
    if (whole)
        return strncmp(assignment, "pool.", 5) ? mem_text(assignment)
                                               : mem_format("pools.%s", assignment);
    for (size_t i = 0; i < sizeof strip / sizeof *strip; i++)
        if (!strncmp(assignment, strip[i], strlen(strip[i])))
            return mem_format("%s%s", strip[i][0] == 'p' ? "pool." : "",
                              assignment + strlen(strip[i]));
    return mem_text(assignment);
}

static void read_slo_map(struct reading *r, const struct node *map, struct scenario *sc,
                         size_t class, const char *path);

static void add_slo(struct scenario *sc, struct slo slo) {
    sc->slo.items = mem_resize(sc->slo.items, sc->slo.count + 1, sizeof *sc->slo.items);
    sc->slo.items[sc->slo.count++] = slo;
}

/* The index of a time among those of all `within`; SLO_WITHIN_MOST: there are too many. */
static size_t within_index(struct scenario *sc, nsec time) {
    size_t i = 0;
    while (i < sc->within.count && sc->within.items[i] != time)
        i++;
    if (i == sc->within.count && i < SLO_WITHIN_MOST)
        sc->within.items[sc->within.count++] = time;
    return i;
}

/* {800ms: 99.9%}: the keys are times, the values shares. */
static void read_within(struct reading *r, const struct node *map, struct scenario *sc,
                        size_t class, const char *path) {
    struct key share = *format_find(IN_SLO, "within");
    share.type = share.each;
    if (map->kind != NODE_MAP || map->count == 0) {
        err_add(r->err, map->at, path, "wants a map of times and shares, such as {800ms: 99.9%%}");
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        char *inner = read_path(path, map->keys[i]);
        double ns = 0, least = 0;
        const char *wrong = text_read_duration(map->keys[i], &ns);
        if (!wrong && !(ns >= 1e3 && ns <= (double)NSEC_LONGEST))
            wrong = "must lie between 1us and three years";
        if (wrong)
            err_add(r->err, map->keys_at[i], path, "the time '%.60s' %s", map->keys[i], wrong);
        read_value(r, map->items[i], &share, &least, inner);
        size_t within = wrong ? 0 : within_index(sc, (nsec)(ns + 0.5));
        if (within == SLO_WITHIN_MOST)
            err_add(r->err, map->keys_at[i], path, "more than %d different times", SLO_WITHIN_MOST);
        add_slo(sc, (struct slo){class, SLO_WITHIN, least, within});
        free(inner);
    }
}

static void read_slo_key(struct reading *r, const struct node *map, size_t i, struct scenario *sc,
                         size_t class, const char *path) {
    const struct key *key = format_find(IN_SLO, map->keys[i]);
    char *inner = read_path(path, map->keys[i]);
    size_t named = 0;
    while (named < sc->classes.count &&
           (!sc->classes.items[named].name || strcmp(sc->classes.items[named].name, map->keys[i])))
        named++;
    if (!key && class == SLO_TOTAL && named < sc->classes.count) {
        read_slo_map(r, map->items[i], sc, named, inner);
    } else if (!key) {
        char *names = format_names(IN_SLO);
        for (size_t k = 0; sc->whole && class == SLO_TOTAL && k < sc->classes.count; k++)
            if (sc->classes.items[k].name) {
                char *longer = mem_format("%s %s", names, sc->classes.items[k].name);
                free(names);
                names = longer;
            }
        read_unknown_in(r, IN_SLO, map->keys_at[i], path, "threshold", map->keys[i], names);
        free(names);
    } else if (key->kind == SLO_UTILISATION && class != SLO_TOTAL) {
        err_add(r->err, map->keys_at[i], inner, "is of pools, not of a class");
    } else if (key->kind == SLO_WITHIN) {
        read_within(r, map->items[i], sc, class, inner);
    } else {
        double number = 0;
        nsec time = 0;
        read_value(r, map->items[i], key, key->type == KEY_DURATION ? (void *)&time : &number,
                   inner);
        add_slo(sc, (struct slo){class, key->kind,
                                 key->type == KEY_DURATION ? nsec_seconds(time) : number, 0});
    }
    free(inner);
}

static void read_slo_map(struct reading *r, const struct node *map, struct scenario *sc,
                         size_t class, const char *path) {
    if (map->kind != NODE_MAP) {
        err_add(r->err, map->at, path, "wants a map, such as {p99: 800ms, rejected: 0.1%%}");
        return;
    }
    for (size_t i = 0; i < map->count; i++)
        read_slo_key(r, map, i, sc, class, path);
}

/* Is `word` one that only the short form writes at the root? */
static bool short_word(const char *word) {
    const struct key *class = format_find(IN_CLASS, word), *step = format_find(IN_STEP, word);
    if (format_find(IN_ROOT, word))
        return !strcmp(word, "pool");
    return (class && format_short(class)) || (step && format_short(step));
}

/* Words of the short form in the whole form: an error with its place, once. */
static void check_form(struct reading *r, struct node *root) {
    for (size_t i = root->count; i-- > 0;)
        if (short_word(root->keys[i])) {
            err_add(
                r->err, root->keys_at[i], root->keys[i],
                "belongs to the short form; beside `classes` and `pools` it stands inside them");
            node_free(node_take(root, root->keys[i]));
        }
    if (!node_get(root, "classes") || !node_get(root, "pools"))
        err_add(r->err, root->at, NULL, "the whole form wants both `classes` and `pools`");
}

/* The short form: root, class `jobs`, its one step and pool `pool`. */
static void read_short(struct reading *r, struct node *root, struct scenario *sc) {
    sc->classes.items = mem_new(1, sizeof(struct class));
    sc->pools.items = mem_new(1, sizeof(struct pool_spec));
    sc->classes.count = sc->pools.count = 1;
    struct class *class = sc->classes.items;
    class->route.items = mem_new(1, sizeof(struct step));
    class->route.count = 1;
    struct read_layer layers[] = {
        {IN_ROOT, sc, false}, {IN_CLASS, class, true}, {IN_STEP, class->route.items, true}};
    read_map(r, root, layers, 3, "");
    class->name = mem_text("jobs");
    class->route.items->pool_name = mem_text("pool");
    struct node *pool = node_get(root, "pool");
    struct read_layer layer = {IN_POOL, sc->pools.items, false};
    if (!pool)
        err_add(r->err, root->at, NULL, "'pool' is missing: {workers: N}");
    else if (pool->kind != NODE_MAP)
        err_add(r->err, pool->at, "pool", "wants a map, such as {workers: 20}");
    else {
        for (size_t i = 0; i < pool->count; i++)
            if (!strcmp(pool->keys[i], "name"))
                err_add(r->err, pool->keys_at[i], "pool.name",
                        "is for the whole form; here the pool is named `pool`");
        if (!node_get(pool, "name"))
            node_put(pool, "name", pool->at, node_scalar("pool", pool->at));
        read_map(r, pool, &layer, 1, "pool");
    }
    free(sc->pools.items->name);
    sc->pools.items->name = mem_text("pool");
}

static void read_root(struct reading *r, struct node *root, struct scenario *sc) {
    sc->whole = node_get(root, "classes") || node_get(root, "pools");
    if (sc->whole)
        check_form(r, root);
    defaults_apply(r, root, sc->whole);
    struct read_layer layer = {IN_ROOT, sc, false};
    if (sc->whole)
        read_map(r, root, &layer, 1, "");
    else
        read_short(r, root, sc);
    sc->sweeps = node_get(root, "sweep");
    if (sc->sweeps)
        axes_check(node_get(root, "sweep"), r->err);
    if (node_get(root, "slo"))
        read_slo_map(r, node_get(root, "slo"), sc, SLO_TOTAL, "slo");
}

struct scenario *scenario_from_node(struct node *root, const char *file, const char *const *set,
                                    size_t count, struct err *err) {
    if (root->kind != NODE_MAP) {
        err_add(err, root->at, NULL, "a scenario is a map of keys, beginning with 'headroom: 1'");
        node_free(root);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        char *path = scenario_path(root, set[i]);
        shorthand_unfold(root, path);
        node_set(root, path, err);
        free(path);
    }
    struct scenario *sc = mem_new(1, sizeof *sc);
    sc->file = mem_text(file);
    struct reading reading = {.err = err};
    read_root(&reading, root, sc);
    for (size_t i = 0; i < sc->classes.count; i++)
        sc->classes.items[i].rate_scale = 1;
    check_scenario(sc, root, err);
    node_free(root);
    if (err->count == 0)
        return sc;
    scenario_free(sc);
    return NULL;
}

struct scenario *scenario_load(const char *file, const char *const *set, size_t count,
                               struct err *err) {
    struct node *root = node_load(file, err);
    return root ? scenario_from_node(root, file, set, count, err) : NULL;
}

struct scenario *scenario_parse_set(const char *text, const char *source, const char *const *set,
                                    size_t count, struct err *err) {
    struct node *root = node_parse(text, source, err);
    return root ? scenario_from_node(root, source, set, count, err) : NULL;
}

struct scenario *scenario_parse(const char *text, const char *source, struct err *err) {
    return scenario_parse_set(text, source, NULL, 0, err);
}

static void class_free(struct class *class) {
    free(class->name);
    for (size_t i = 0; i < class->route.count; i++) {
        free(class->route.items[i].pool_name);
        dist_free(&class->route.items[i].service);
    }
    free(class->route.items);
    dist_free(&class->timeout.queue);
    struct arrivals *a = &class->arrivals;
    dist_free(&a->gap);
    dist_free(&a->size);
    dist_free(&a->think);
    free(a->trace.file);
    free(a->trace.time);
    free(a->trace.service);
    free(a->trace.rows);
    free(a->mmpp.rates.items);
    free(a->mmpp.dwell.items);
    free(a->profile.points.items);
}

static void pool_free(struct pool_spec *pool) {
    free(pool->name);
    dist_free(&pool->resize.every);
    dist_free(&pool->resize.dwell);
    dist_free(&pool->resize.spawn);
    dist_free(&pool->resize.warm_up);
    dist_free(&pool->resize.keep_alive);
    free(pool->resize.sizes.items);
}

void scenario_free(struct scenario *sc) {
    if (!sc)
        return;
    for (size_t i = 0; i < sc->classes.count; i++)
        class_free(&sc->classes.items[i]);
    for (size_t i = 0; i < sc->pools.count; i++)
        pool_free(&sc->pools.items[i]);
    free(sc->classes.items);
    free(sc->pools.items);
    free(sc->slo.items);
    if (sc->profile.read)
        profile_free(sc->profile.read);
    free(sc->profile.read);
    free(sc->profile.file);
    free(sc->file);
    free(sc->name);
    free(sc->about);
    free(sc);
}
