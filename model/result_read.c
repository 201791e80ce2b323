/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result_read: see result_read.h. A reader returns false after its one error. */
#include "model/result_read.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/format.h"
#include "model/mem.h"
#include "model/node.h"
#include "model/replications.h"
#include "model/result_columns.h"
#include "model/text.h"

static_assert(sizeof(size_t) == sizeof(uint64_t), "counts of parts are counts of the file");

const char result_part_words[] = "sim sim_paired pool";

static const struct node_form result_form = {"result", "{\"schema\": ...", 16 << 20, 10000};

/* The result that is read, and where its errors go. */
struct reading {
    struct result *r;
    struct err *err;
};

static bool wrong(const struct reading *in, const struct node *at, const char *key,
                  const char *what) {
    err_add(in->err, at->at, key, "%s", what);
    return false;
}

/* The value of a key that must be there. */
static const struct node *member(const struct reading *in, const struct node *map,
                                 const char *key) {
    const struct node *node = node_get(map, key);
    if (!node)
        err_add(in->err, map->at, NULL, map->kind == NODE_MAP ? "lacks '%s'" : "no map with '%s'",
                key);
    return node;
}

static const struct node *member_of(const struct reading *in, const struct node *map,
                                    const char *key, enum node_kind kind) {
    const struct node *node = member(in, map, key);
    if (!node || node->kind == kind)
        return node;
    wrong(in, node, key, kind == NODE_MAP ? "must be a map" : "must be a list");
    return NULL;
}

static bool plain(const struct node *node) {
    return node->kind == NODE_SCALAR && !node->quoted;
}

static bool is_null(const struct node *node) {
    return plain(node) && !strcmp(node->text, "null");
}

static bool is_number(const struct node *node, double *value) {
    char *end;
    if (!plain(node) || !*node->text || strspn(node->text, "0123456789+-.eE") != strlen(node->text))
        return false;
    *value = strtod(node->text, &end);
    return !*end && isfinite(*value);
}

static bool read_number(const struct reading *in, const struct node *node, const char *key,
                        double *value) {
    *value = NAN;
    return is_null(node) || is_number(node, value) ||
           wrong(in, node, key, "must be a number or null");
}

static bool read_count(const struct reading *in, const struct node *node, const char *key,
                       uint64_t *value) {
    errno = 0;
    bool digits =
        plain(node) && *node->text && strspn(node->text, "0123456789") == strlen(node->text);
    *value = digits ? strtoull(node->text, NULL, 10) : 0;
    return (digits && errno == 0) || wrong(in, node, key, "must be a whole number, 0 or more");
}

static bool read_bool(const struct reading *in, const struct node *node, const char *key,
                      bool *value) {
    *value = plain(node) && !strcmp(node->text, "true");
    return *value || (plain(node) && !strcmp(node->text, "false")) ||
           wrong(in, node, key, "must be true or false");
}

/* A text in fresh memory, or NULL for null. */
static bool read_text(const struct reading *in, const struct node *node, const char *key,
                      char **value) {
    bool text = node->kind == NODE_SCALAR && node->quoted;
    *value = text ? mem_text(node->text) : NULL;
    return text || is_null(node) || wrong(in, node, key, "must be a text or null");
}

static void keep(struct names *names, char *text) {
    names->items = mem_resize(names->items, names->count + 1, sizeof *names->items);
    names->items[names->count++] = text;
}

static bool read_figure(const struct reading *in, const struct node *node, const char *key,
                        struct figure *f) {
    static const char *const names[] = {"mean", "low", "high"};
    double *const into[] = {&f->mean, &f->low, &f->high};
    for (int i = 0; i < 3; i++) {
        const struct node *item = member(in, node, names[i]);
        if (!item || !read_number(in, item, key, into[i]))
            return false;
    }
    const struct node *needs = node_get(node, "needs"), *reason = node_get(node, "reason");
    char *text = NULL;
    if ((needs && !read_count(in, needs, key, &f->needs)) ||
        (reason && !read_text(in, reason, key, &text)))
        return false;
    if (text)
        keep(&in->r->kept, text);
    f->reason = text;
    return true;
}

static bool read_columns(const struct reading *in, const struct node *map, void *into,
                         const struct columns *columns);

static bool read_column(const struct reading *in, const struct node *node,
                        const struct column *column, void *at) {
    switch (column->kind) {
    case COLUMN_COUNT:
        return read_count(in, node, column->name, at);
    case COLUMN_FIGURE:
        return read_figure(in, node, column->name, at);
    case COLUMN_NUMBER:
    case COLUMN_NUMBER_MAYBE:
        return read_number(in, node, column->name, at);
    case COLUMN_BOOL:
        return read_bool(in, node, column->name, at);
    case COLUMN_TEXT:
        return read_text(in, node, column->name, at);
    case COLUMN_GROUP:
    case COLUMN_GROUP_MAYBE:
        break;
    }
    return read_columns(in, node, at, column->of);
}

static bool may_lack(const struct column *column) {
    return column->kind == COLUMN_GROUP_MAYBE || column->kind == COLUMN_NUMBER_MAYBE;
}

/* What is not known. */
static void forget(const struct column *column, void *at) {
    if (column->kind == COLUMN_NUMBER_MAYBE) {
        *(double *)at = NAN;
        return;
    }
    for (size_t i = 0; i < column->of->count; i++)
        *(struct figure *)(void *)((char *)at + column->of->items[i].offset) = FIGURE_NULL;
}

static bool read_columns(const struct reading *in, const struct node *map, void *into,
                         const struct columns *columns) {
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *c = &columns->items[i];
        void *at = (char *)into + c->offset;
        if (may_lack(c) && !node_get(map, c->name)) {
            forget(c, at);
            continue;
        }
        const struct node *node = member(in, map, c->name);
        if (!node || !read_column(in, node, c, at))
            return false;
    }
    return true;
}

/* ---- JSON that is kept as it is -------------------------------------------------------------- */

static bool write_value(const struct reading *in, const struct node *node, const char *key,
                        struct json *j) {
    double number;
    if (node->kind == NODE_SCALAR) {
        if (node->quoted)
            json_text(j, key, node->text);
        else if (is_number(node, &number) || text_index(node->text, "true false null") >= 0)
            json_raw(j, key, node->text);
        else
            return wrong(in, node, key, "is no JSON");
        return true;
    }
    bool map = node->kind == NODE_MAP, ok = true;
    json_open(j, key, map ? '{' : '[');
    for (size_t i = 0; ok && i < node->count; i++)
        ok = write_value(in, node->items[i], map ? node->keys[i] : NULL, j);
    json_close(j, map ? '}' : ']');
    return ok;
}

/* The value of `key` as JSON on one line, in fresh memory; false after an error. */
static bool read_json(const struct reading *in, const struct node *map, const char *key,
                      char **value) {
    const struct node *node = member(in, map, key);
    size_t size = 0;
    FILE *to = node ? open_memstream(value, &size) : NULL;
    if (!to)
        return node && err_fail(in->err, "out of memory");
    struct json j = {.to = to, .depth = 8};
    bool ok = write_value(in, node, NULL, &j);
    fclose(to);
    return ok;
}

/* ---- one result ------------------------------------------------------------------------------ */

/* Names of classes and pools, as a scenario may have them. */
static bool good_name(const char *name) {
    size_t length = strlen(name);
    return length > 0 && length <= 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* A map of structs of `size` bytes by name, into a fresh array. */
static bool read_parts(const struct reading *in, const struct node *root, const char *key,
                       struct names *names, void **array, size_t size,
                       const struct columns *columns) {
    const struct node *map = member_of(in, root, key, NODE_MAP);
    if (!map)
        return false;
    *array = mem_new(map->count, size);
    for (size_t i = 0; i < map->count; i++) {
        if (!good_name(map->keys[i]))
            return wrong(in, map->items[i], key, "a name is made of a-z, 0-9 and '-'");
        keep(names, mem_text(map->keys[i]));
        if (!read_columns(in, map->items[i], (char *)*array + i * size, columns))
            return false;
    }
    return map->count > 0 || wrong(in, map, key, "is empty");
}

static bool read_texts(const struct reading *in, const struct node *root, const char *key,
                       char ***texts, size_t *count) {
    const struct node *list = member_of(in, root, key, NODE_LIST);
    struct names names = {0};
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < list->count; i++) {
        char *text;
        ok = read_text(in, list->items[i], key, &text);
        if (ok && !text)
            ok = wrong(in, list->items[i], key, "must be a text");
        if (ok)
            keep(&names, text);
    }
    *texts = names.items;
    *count = names.count;
    return ok;
}

static bool read_slo(const struct reading *in, const struct node *root) {
    const struct node *list = member_of(in, root, "slo", NODE_LIST);
    if (!list)
        return false;
    in->r->slo = mem_new(list->count, sizeof *in->r->slo);
    for (size_t i = 0; i < list->count; i++) {
        struct threshold *t = &in->r->slo[in->r->slo_count++];
        t->low = t->high = NAN;
        if (!read_columns(in, list->items[i], t, &result_threshold_columns))
            return false;
        if (!t->metric)
            return wrong(in, list->items[i], "metric", "must be a text");
    }
    return true;
}

static bool read_headroom(const struct reading *in, const struct node *root) {
    const struct node *node = member(in, root, "headroom");
    in->r->headroom = HEADROOM_NULL;
    return node &&
           (is_null(node) || read_columns(in, node, &in->r->headroom, &result_headroom_columns));
}

static bool read_trust(const struct reading *in, const struct node *root) {
    const struct node *map = member_of(in, root, "trust", NODE_MAP);
    const struct node *ok = map ? member(in, map, "ok") : NULL;
    return ok && read_bool(in, ok, "ok", &in->r->trusted) &&
           read_texts(in, map, "reasons", &in->r->reasons, &in->r->reason_count);
}

/* A text that must be one of the words; its index, or -1 after an error. */
static int read_word(const struct reading *in, const struct node *root, const char *key,
                     const char *words) {
    const struct node *node = member(in, root, key);
    int index = -1;
    if (node && node->kind == NODE_SCALAR && node->quoted)
        index = text_index(node->text, words);
    if (node && index < 0)
        err_add(in->err, node->at, key, "must be one of: %s", words);
    return index;
}

static bool read_needed(const struct reading *in, const struct node *root, const char *key,
                        char **value) {
    const struct node *node = member(in, root, key);
    return node && read_text(in, node, key, value) &&
           (*value || wrong(in, node, key, "must be a text"));
}

/* Keys that results of earlier versions do not have. */
static bool read_precision(const struct reading *in, const struct node *root) {
    const struct node *map = node_get(root, "precision"), *of_auto = node_get(root, "warmup_auto");
    struct precision *p = &in->r->precision;
    if (of_auto && !read_bool(in, of_auto, "warmup_auto", &in->r->warmup_auto))
        return false;
    if (!map || is_null(map))
        return true;
    int metric = read_word(in, map, "metric", format_find(IN_PRECISION, "metric")->words);
    p->metric = metric < 0 ? NULL : slo_word((enum slo_metric)metric);
    return p->metric && read_columns(in, map, p, &result_precision_columns);
}

static bool read_head(const struct reading *in, const struct node *root) {
    static const char *const engines[] = {"sim", "pool"};
    static const char *const methods[] = {"calendar", "recursion"};
    struct result *r = in->r;
    const struct node *about = NULL;
    if (read_word(in, root, "schema", RESULT_SCHEMA) < 0 ||
        !read_needed(in, root, "scenario", &r->name))
        return false;
    if (!good_name(r->name))
        return wrong(in, node_get(root, "scenario"), "scenario",
                     "a name is made of a-z, 0-9 and '-'");
    about = member(in, root, "about");
    int engine = about && read_text(in, about, "about", &r->about)
                     ? read_word(in, root, "engine", "sim pool")
                     : -1;
    r->engine = engine < 0 ? NULL : engines[engine];
    bool how = engine == 0 && node_get(root, "method");
    int method = how ? read_word(in, root, "method", "calendar recursion") : -1;
    r->method = method < 0 ? NULL : methods[method];
    if (engine < 0 || (how && method < 0) || !read_columns(in, root, r, &result_head_columns))
        return false;
    if (!r->version || isnan(r->duration) || isnan(r->warmup))
        return wrong(in, root, NULL, "version, duration and warmup must not be null");
    if (r->replications < 1 || r->replications > 1000000)
        return wrong(in, node_get(root, "replications"), "replications",
                     "must lie between 1 and 1,000,000");
    return read_precision(in, root) && read_json(in, root, "host", &r->host);
}

static bool read_body(const struct reading *in, const struct node *root) {
    struct result *r = in->r;
    const struct node *total = member_of(in, root, "total", NODE_MAP);
    return total && read_columns(in, total, &r->total, &result_metric_columns) &&
           read_parts(in, root, "classes", &r->class_names, (void **)&r->classes,
                      sizeof *r->classes, &result_metric_columns) &&
           read_parts(in, root, "pools", &r->pool_names, (void **)&r->pools, sizeof *r->pools,
                      &result_pool_columns) &&
           member_of(in, root, "resources", NODE_MAP) &&
           read_word(in, root, "regime", "steady terminating unstable") >= 0 &&
           read_needed(in, root, "regime", &r->regime) && read_headroom(in, root) &&
           read_slo(in, root) && read_trust(in, root) &&
           read_texts(in, root, "advice", &r->advice, &r->advice_count);
}

static bool read_result(struct result *r, const struct node *root, struct err *err) {
    *r = (struct result){0};
    const struct reading in = {r, err};
    if (read_head(&in, root) && read_body(&in, root))
        return true;
    result_free(r);
    return false;
}

/* ---- one file -------------------------------------------------------------------------------- */

static bool read_part(struct saved *s, const struct node *root, enum result_part part,
                      const char *key, const char *engine, struct err *err) {
    const struct reading in = {&s->parts[part], err};
    const struct node *node = member_of(&in, root, key, NODE_MAP);
    if (!node || !read_result(&s->parts[part], node, err))
        return false;
    s->has[part] = true;
    return !strcmp(s->parts[part].engine, engine) ||
           wrong(&in, node, key, "is of the other engine");
}

/* The whole document: a result, or the three of a run. */
static bool read_root(struct saved *s, const struct node *root, struct err *err) {
    struct result r;
    s->run = node_get(root, "sim") != NULL;
    if (s->run)
        return read_part(s, root, RESULT_SIM, "sim", "sim", err) &&
               read_part(s, root, RESULT_SIM_PAIRED, "sim_paired", "sim", err) &&
               read_part(s, root, RESULT_POOL, "pool", "pool", err);
    if (!read_result(&r, root, err))
        return false;
    enum result_part part = strcmp(r.engine, "sim") ? RESULT_POOL : RESULT_SIM;
    s->parts[part] = r;
    s->has[part] = true;
    return true;
}

/* Takes the tree, which is no result where its reading has found an error since there were
 * `before`. */
static bool take(struct saved *s, struct node *root, size_t before, struct err *err) {
    *s = (struct saved){0};
    bool ok = root && err->count == before && read_root(s, root, err);
    node_free(root);
    if (!ok)
        saved_free(s);
    return ok;
}

bool result_parse(struct saved *s, const char *text, size_t size, const char *source,
                  struct err *err) {
    *s = (struct saved){0};
    const char *wrong_size = size > result_form.bytes ? "is too large for a result"
                             : memchr(text, 0, size)  ? "is not text: it holds a zero byte"
                                                      : NULL;
    if (wrong_size) {
        err_add(err, (struct place){source, 0, 0}, NULL, "%s", wrong_size);
        return false;
    }
    char *copy = mem_text_part(text, size);
    size_t before = err->count;
    struct node *root = node_parse_as(copy, source, &result_form, err);
    free(copy);
    return take(s, root, before, err);
}

/* What lies beside: a file that is not there is none. */
static bool read_beside(struct result *r, const char *folder, const char *name,
                        bool use(struct result *, const struct sheet *, struct err *),
                        struct err *err) {
    char *file = mem_format("%s/%s", folder, name);
    struct sheet sheet;
    bool ok = true;
    if (access(file, F_OK) == 0) {
        ok = sheet_read(&sheet, file, err);
        if (ok) {
            ok = use(r, &sheet, err);
            sheet_free(&sheet);
        }
    }
    free(file);
    return ok;
}

static bool use_responses(struct result *r, const struct sheet *sheet, struct err *err) {
    if (!responses_read(&r->responses, sheet, r->replications, err))
        return false;
    if (r->replications == 1) { /* else replications.csv says them */
        r->responses.offered[0] = (double)r->total.offered;
        r->responses.left[0] = (double)r->total.fates[FATE_IN_FLIGHT];
    }
    return true;
}

/* The files of a folder as cli/files writes them. */
static bool read_folder(struct saved *s, const char *folder, struct err *err) {
    enum result_part first = s->has[RESULT_POOL] ? RESULT_POOL : RESULT_SIM;
    if (!read_beside(&s->parts[first], folder, "response.csv", use_responses, err))
        return false;
    if (s->run &&
        !read_beside(&s->parts[RESULT_SIM], folder, "response-sim.csv", use_responses, err))
        return false;
    return !s->has[RESULT_SIM] ||
           read_beside(&s->parts[RESULT_SIM], folder, "replications.csv", replications_read, err);
}

bool result_load(struct saved *s, const char *path, struct err *err) {
    struct stat info;
    bool folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    char *file = folder ? mem_format("%s/result.json", path) : mem_text(path);
    const char *slash = strrchr(file, '/');
    char *beside = slash ? mem_text_part(file, (size_t)(slash - file)) : mem_text(".");
    bool named = !strcmp(slash ? slash + 1 : file, "result.json");
    size_t before = err->count;
    struct node *root = node_load_as(file, &result_form, err);
    bool ok = take(s, root, before, err);
    if (ok && named && !read_folder(s, slash == file ? "/" : beside, err)) {
        saved_free(s);
        ok = false;
    }
    free(beside);
    free(file);
    return ok;
}

void saved_free(struct saved *s) {
    for (int i = 0; i < RESULT_PARTS; i++)
        if (s->has[i])
            result_free(&s->parts[i]);
    *s = (struct saved){0};
}
