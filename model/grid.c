/* SPDX-License-Identifier: GPL-3.0-or-later */
/* grid: see grid.h. */
#include "model/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/file.h"
#include "model/mem.h"
#include "model/node_write.h"
#include "model/shorthand.h"

enum { ERRORS_ENOUGH = 20, ERRORS_OF_A_PATH = 3, TEXT_BYTES = 64 << 20 };

/* What a cell's scenario lies beside: nothing, as its files' names are seen from here. */
static const char HERE[] = "sweep";

uint64_t grid_hash(uint64_t hash, const void *bytes, size_t size) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* ---- cells ----------------------------------------------------------------------------------- */

size_t grid_digit(const struct grid *g, size_t cell, size_t axis) {
    for (size_t i = g->axes.count; --i > axis;)
        cell /= g->axes.items[i].count;
    return cell % g->axes.items[axis].count;
}

char *grid_value(const struct grid *g, size_t cell, size_t axis) {
    return node_write(g->axes.items[axis].values[grid_digit(g, cell, axis)], NODE_FOR_PEOPLE);
}

char *grid_says(const struct grid *g, size_t cell) {
    char *all = mem_text("");
    for (size_t i = 0; i < g->axes.count; i++) {
        char *value = grid_value(g, cell, i);
        char *longer = mem_format("%s%s%s %s", all, i ? ", " : "", g->axes.items[i].path, value);
        free(all);
        free(value);
        all = longer;
    }
    return all;
}

struct scenario *grid_cell(const struct grid *g, size_t cell, struct err *err) {
    struct node *root = node_copy(g->root);
    for (size_t i = 0; i < g->axes.count; i++) {
        const struct axis *axis = &g->axes.items[i];
        char *path = scenario_path(root, axis->path);
        shorthand_unfold(root, path);
        node_assign(root, path, node_copy(axis->values[grid_digit(g, cell, i)]), err);
        free(path);
    }
    return scenario_from_node(root, HERE, NULL, 0, err);
}

size_t grid_tasks(const struct grid *g) {
    return g->first[g->cells];
}

size_t grid_cell_of(const struct grid *g, size_t task) {
    size_t low = 0, high = g->cells; /* first[low] <= task < first[high] */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (g->first[middle] <= task)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- checking -------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && !strcmp(a, b));
}

/* Said before; or of a path of --vary, whose values have no places, enough has been said. */
static bool known_error(const struct err *err, const struct err_item *item) {
    int of_path = 0;
    for (size_t i = 0; i < err->count; i++)
        of_path += item->path && !item->line && same_text(err->items[i].path, item->path);
    if (of_path >= ERRORS_OF_A_PATH)
        return true;
    for (size_t i = 0; i < err->count; i++)
        if (err->items[i].line == item->line && err->items[i].column == item->column &&
            same_text(err->items[i].path, item->path) && same_text(err->items[i].text, item->text))
            return true;
    return false;
}

struct checking_cells {
    struct err *err;
    struct err plain, seen; /* of the scenario as it is, and of the cells so far */
};

/* A cell's errors that are new, with the cell where only it has them. */
static void tell(struct checking_cells *c, const struct grid *g, size_t cell,
                 const struct err *found) {
    for (size_t i = 0; i < found->count; i++) {
        const struct err_item *item = &found->items[i];
        const struct place at = {item->file, item->line, item->column};
        if (known_error(&c->seen, item))
            continue;
        err_add(&c->seen, at, item->path, "%s", item->text);
        char *cell_says = grid_says(g, cell);
        if (found->status == ERR_ENVIRONMENT)
            err_fail(c->err, "%s", item->text);
        else if (known_error(&c->plain, item))
            err_add(c->err, at, item->path, "%s", item->text);
        else
            err_add(c->err, at, item->path, "%s (cell %zu: %.200s)", item->text, cell + 1,
                    cell_says);
        free(cell_says);
    }
}

static bool same_parts(const struct scenario *a, const struct scenario *b) {
    bool same = a->pools.count == b->pools.count && a->classes.count == b->classes.count;
    for (size_t i = 0; same && i < a->pools.count; i++)
        same = !strcmp(a->pools.items[i].name, b->pools.items[i].name);
    for (size_t i = 0; same && i < a->classes.count; i++)
        same = !strcmp(a->classes.items[i].name, b->classes.items[i].name);
    return same;
}

/* What would have to be found for each cell before its runs are known. */
static const char *unsettled(const struct scenario *sc) {
    if (sc->run.warmup == WARMUP_AUTO)
        return "run.warmup: a sweep takes a duration, not 'auto', whose pilot is 10 to 100 runs "
               "more for each cell; say what `headroom sim` finds for the busiest one";
    return sc->run.precision.within > 0
               ? "run.precision: a sweep takes run.replications alone: which shard has which runs "
                 "is settled before the first, and how many a precision needs only behind them; "
                 "leave it out"
               : NULL;
}

/* Its tasks are counted; the first one is kept. */
static void take_cell(struct grid *g, size_t cell, struct scenario *sc, struct err *err) {
    const char *what = unsettled(sc);
    if (what)
        err_add(err, g->root->at, NULL, "%s", what);
    g->first[cell + 1] = g->first[cell] + (size_t)sc->run.replications;
    if (g->first[cell + 1] > GRID_TASKS)
        err_add(err, g->root->at, "sweep",
                "cells and replications come to more than %d runs; vary fewer values", GRID_TASKS);
    if (g->scenario && !same_parts(g->scenario, sc))
        err_add(err, g->axes.items[0].at, "sweep",
                "the cells must have the same classes and pools; cell %zu has others", cell + 1);
    if (g->scenario)
        scenario_free(sc);
    else
        g->scenario = sc;
}

static void check_cells(struct grid *g, struct err *err) {
    struct checking_cells c = {.err = err};
    scenario_free(scenario_from_node(node_copy(g->root), HERE, NULL, 0, &c.plain));
    g->first = mem_new(g->cells + 1, sizeof *g->first);
    for (size_t k = 0; k < g->cells && err->count < ERRORS_ENOUGH; k++) {
        struct err found = {0};
        struct scenario *sc = grid_cell(g, k, &found);
        if (sc)
            take_cell(g, k, sc, &found);
        tell(&c, g, k, &found);
        err_free(&found);
    }
    err_free(&c.plain);
    err_free(&c.seen);
}

/* ---- files that are named -------------------------------------------------------------------- */

typedef void file_fn(struct node *name, const char *beside);

static bool names_file(const char *path) {
    size_t length = strlen(path);
    return !strcmp(path, "file") || (length > 5 && !strcmp(path + length - 5, ".file")) ||
           !strcmp(path, "profile") || !strcmp(path, "host.profile");
}

/* `named`: the node stands where a file's name does, or is a list of such. */
static void each_file(struct node *node, bool named, file_fn *visit, const char *beside) {
    if (node->kind == NODE_SCALAR && named)
        visit(node, beside);
    for (size_t i = 0; i < node->count; i++)
        each_file(node->items[i], node->kind == NODE_MAP ? names_file(node->keys[i]) : named, visit,
                  beside);
}

static void call_it(struct node *name, char *text) {
    free(name->text);
    name->text = text;
}

/* Seen from the current folder, and not from that of the scenario. */
static void see_from_here(struct node *name, const char *scenario) {
    if (!place_on_command_line(name->at))
        call_it(name, file_beside(scenario, name->text));
}

static void files_from_here(struct grid *g, const char *scenario) {
    each_file(g->root, false, see_from_here, scenario);
    for (size_t i = 0; i < g->axes.count; i++)
        for (size_t k = 0; k < g->axes.items[i].count; k++)
            each_file(g->axes.items[i].values[k], names_file(g->axes.items[i].path), see_from_here,
                      scenario);
}

/* What is in it, in the place of its name. That it can be read the check of the cells has seen. */
static void name_by_content(struct node *name, const char *unused) {
    struct stat info;
    char bytes[4096];
    uint64_t hash = FNV_BEGIN;
    FILE *f =
        stat(name->text, &info) == 0 && S_ISREG(info.st_mode) ? fopen(name->text, "re") : NULL;
    (void)unused;
    for (size_t n; f && (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        hash = grid_hash(hash, bytes, n);
    if (f)
        fclose(f);
    call_it(name, mem_format("%016llx", (unsigned long long)hash));
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The whole grid as one tree, as grid_parse takes it. */
static struct node *whole(const struct grid *g) {
    struct node *root = node_copy(g->root), *sweep = node_map(root->at);
    for (size_t i = 0; i < g->axes.count; i++) {
        const struct axis *axis = &g->axes.items[i];
        struct node *list = node_list(root->at);
        for (size_t k = 0; k < axis->count; k++)
            node_append(list, node_copy(axis->values[k]));
        node_put(sweep, axis->path, root->at, list);
    }
    node_put(root, "sweep", root->at, sweep);
    return root;
}

static void identify(struct grid *g) {
    struct node *root = whole(g);
    g->text = node_write(root, NODE_TO_READ);
    each_file(root, false, name_by_content, NULL);
    char *text = node_write(root, NODE_TO_READ);
    g->identity = grid_hash(FNV_BEGIN, text, strlen(text));
    free(text);
    node_free(root);
}

/* --vary for a path that the scenario varies, however it is spelt, takes its place. */
static void override(struct grid *g, struct axes *vary) {
    for (size_t i = 0; i < vary->count; i++) {
        char *path = scenario_path(g->root, vary->items[i].path);
        size_t at = 0;
        for (; at < g->axes.count; at++) {
            char *other = scenario_path(g->root, g->axes.items[at].path);
            bool same = !strcmp(path, other);
            free(other);
            if (same)
                break;
        }
        if (at == g->axes.count)
            g->axes.items = mem_resize(g->axes.items, ++g->axes.count, sizeof *g->axes.items);
        else
            axis_free(&g->axes.items[at]);
        g->axes.items[at] = vary->items[i];
        free(path);
    }
    free(vary->items);
}

static void count_cells(struct grid *g, struct err *err) {
    if (g->axes.count == 0)
        err_add(err, (struct place){PLACE_VARY, 0, 0}, NULL,
                "nothing is varied: say --vary PATH=VALUES, such as --vary pool.workers=2,4,8, or "
                "give the scenario a `sweep:`");
    g->cells = g->axes.count > 0;
    for (size_t i = 0; i < g->axes.count; i++) {
        g->cells *= g->axes.items[i].count;
        if (g->cells > GRID_CELLS) {
            err_add(err, g->axes.items[i].at, g->axes.items[i].path,
                    "the grid comes to more than %d cells; vary fewer values", GRID_CELLS);
            return;
        }
    }
}

static void read_axes(struct grid *g, const struct grid_request *request, struct err *err) {
    struct axes vary = {0};
    struct node *sweep = node_take(g->root, "sweep");
    for (size_t i = 0; i < request->vary_count; i++)
        axes_vary(&vary, request->vary[i], err);
    if (sweep)
        axes_read(&g->axes, sweep, err);
    node_free(sweep);
    override(g, &vary);
}

static bool from_node(struct grid *g, struct node *root, const char *file,
                      const struct grid_request *request, struct err *err) {
    *g = (struct grid){.root = root};
    if (!root)
        return false;
    if (root->kind != NODE_MAP) {
        scenario_free(scenario_from_node(node_copy(root), HERE, NULL, 0, err));
        return false;
    }
    for (size_t i = 0; i < request->set_count; i++) {
        char *path = scenario_path(root, request->set[i]);
        shorthand_unfold(root, path);
        node_set(root, path, err);
        free(path);
    }
    read_axes(g, request, err);
    if (err->count == 0)
        count_cells(g, err);
    if (err->count == 0) {
        files_from_here(g, file);
        check_cells(g, err);
    }
    if (err->count == 0)
        identify(g);
    return err->count == 0;
}

bool grid_load(struct grid *g, const char *file, const struct grid_request *request,
               struct err *err) {
    return from_node(g, node_load(file, err), file, request, err);
}

bool grid_parse(struct grid *g, const char *text, struct err *err) {
    static const struct node_form form = {"sweep", "headroom: 1", TEXT_BYTES, NODE_KEYS};
    const struct grid_request nothing = {0};
    return from_node(g, node_parse_as(text, HERE, &form, err), HERE, &nothing, err);
}

void grid_free(struct grid *g) {
    node_free(g->root);
    axes_free(&g->axes);
    scenario_free(g->scenario);
    free(g->first);
    free(g->text);
    *g = (struct grid){0};
}
