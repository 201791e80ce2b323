/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * scenario: reading, and derived facts; see scenario.h. What may stand together is checked in
 * model/check.c.
 */
#include "model/scenario.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/check.h"
#include "model/format.h"
#include "model/mem.h"
#include "model/node.h"
#include "model/read.h"

char slo_unit(enum slo_metric metric) {
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == IN_SLO && format_keys[i].kind == (int)metric)
            return format_keys[i].type == KEY_DURATION ? 't'
                   : format_keys[i].type == KEY_SHARE  ? 's'
                                                       : 'r';
    return 't';
}

const char *slo_word(enum slo_metric metric) {
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == IN_SLO && format_keys[i].kind == (int)metric)
            return format_keys[i].name;
    return "";
}

/* In the short form `pools.pool.X` is `pool.X`, `classes.jobs.X` is `X`, and its step's keys stand
 * at the root; in the whole form `pool.X` means the pool of that name. */
static char *set_path(const struct node *root, const char *assignment) {
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
        read_unknown(r, map->keys_at[i], path, "threshold", map->keys[i], names);
        free(names);
    } else if (key->later || (key->kind == SLO_UTILISATION && class != SLO_TOTAL)) {
        err_add(r->err, map->keys_at[i], inner,
                key->later ? "not supported yet" : "is of pools, not of a class");
    } else {
        double number = 0;
        nsec time = 0;
        read_value(r, map->items[i], key, key->type == KEY_DURATION ? (void *)&time : &number,
                   inner);
        sc->slo.items = mem_resize(sc->slo.items, sc->slo.count + 1, sizeof *sc->slo.items);
        sc->slo.items[sc->slo.count++] =
            (struct slo){class, key->kind, key->type == KEY_DURATION ? nsec_seconds(time) : number};
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
    struct read_layer layer = {IN_ROOT, sc, false};
    if (sc->whole)
        read_map(r, root, &layer, 1, "");
    else
        read_short(r, root, sc);
    if (node_get(root, "slo"))
        read_slo_map(r, node_get(root, "slo"), sc, SLO_TOTAL, "slo");
}

static struct scenario *from_node(struct node *root, const char *file, const char *const *set,
                                  size_t count, struct err *err) {
    if (root->kind != NODE_MAP) {
        err_add(err, root->at, NULL, "a scenario is a map of keys, beginning with 'headroom: 1'");
        node_free(root);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        char *path = set_path(root, set[i]);
        node_set(root, path, err);
        free(path);
    }
    struct scenario *sc = mem_new(1, sizeof *sc);
    sc->file = mem_text(file);
    struct reading reading = {.err = err};
    read_root(&reading, root, sc);
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
    return root ? from_node(root, file, set, count, err) : NULL;
}

struct scenario *scenario_parse_set(const char *text, const char *source, const char *const *set,
                                    size_t count, struct err *err) {
    struct node *root = node_parse(text, source, err);
    return root ? from_node(root, source, set, count, err) : NULL;
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
    struct arrivals *a = &class->arrivals;
    dist_free(&a->gap);
    dist_free(&a->size);
    dist_free(&a->think);
    free(a->trace.file);
    free(a->trace.time);
    free(a->trace.service);
    free(a->trace.rows);
}

void scenario_free(struct scenario *sc) {
    if (!sc)
        return;
    for (size_t i = 0; i < sc->classes.count; i++)
        class_free(&sc->classes.items[i]);
    for (size_t i = 0; i < sc->pools.count; i++)
        free(sc->pools.items[i].name);
    free(sc->classes.items);
    free(sc->pools.items);
    free(sc->slo.items);
    free(sc->file);
    free(sc->name);
    free(sc->about);
    free(sc);
}

double scenario_class_rate(const struct class *class) {
    const struct arrivals *a = &class->arrivals;
    switch ((enum arrival_kind)a->kind) {
    case ARRIVAL_POISSON:
    case ARRIVAL_CONSTANT:
        return a->rate;
    case ARRIVAL_RENEWAL:
        return 1e9 / dist_mean(&a->gap);
    case ARRIVAL_BATCH:
        return (isnan(a->rate) ? 1e9 / (double)a->every : a->rate) * fmax(1, dist_mean(&a->size));
    case ARRIVAL_TRACE:
        return (double)a->trace.count / nsec_seconds(a->trace.rows[a->trace.count - 1].at + 1);
    case ARRIVAL_CLOSED:
    case ARRIVAL_NONE:
        break;
    }
    return NAN;
}

static double offered(const struct scenario *sc, size_t pool, bool closed) {
    double load = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (class->route.items[0].pool == pool &&
            (closed || class->arrivals.kind != ARRIVAL_CLOSED))
            load += scenario_class_rate(class) * dist_mean(&class->route.items[0].service) / 1e9;
    }
    return load;
}

double scenario_offered_load(const struct scenario *sc, size_t pool) {
    return offered(sc, pool, true);
}

bool scenario_unstable(const struct scenario *sc, size_t pool) {
    const struct pool_spec *p = &sc->pools.items[pool];
    bool endless = p->queue.capacity == CAPACITY_UNBOUNDED || p->queue.when_full == STATION_BLOCK;
    double load = offered(sc, pool, false), servers = (double)p->workers;
    if (!endless && p->queue.when_full == STATION_CALLER_RUNS) {
        endless = true; /* the line is at the submitters then, each of whom works too */
        for (size_t i = 0; i < sc->classes.count; i++)
            servers += sc->classes.items[i].route.items[0].pool == pool &&
                       sc->classes.items[i].arrivals.kind != ARRIVAL_CLOSED;
    }
    return sc->run.kind == RUN_STEADY && endless && load >= servers;
}
