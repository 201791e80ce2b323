/* SPDX-License-Identifier: GPL-3.0-or-later */
/* axis: see axis.h. */
#include "model/axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/mem.h"
#include "model/text.h"

static const double ON_STEP = 1e-9; /* of a step: so near its end is on it */

static void add_value(struct axis *axis, struct node *value) {
    if ((axis->count & (axis->count - 1)) == 0) /* full: a power of two, or none */
        axis->values = mem_resize(axis->values, axis->count ? 2 * axis->count : 1, sizeof value);
    axis->values[axis->count++] = value;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

/* A number and its unit: 't' of time, 'r' of rate, '%', or 0: there is none. */
struct quantity {
    double number, factor;
    const char *unit;
    char kind;
};

/* False: it is none. */
static bool quantity_read(const char *text, struct quantity *q) {
    size_t digits = strspn(text, "0123456789.+-eE");
    char *number = mem_text_part(text, digits), *one = mem_format("1%s", text + digits);
    *q = (struct quantity){.factor = 1, .unit = text + digits};
    bool ok = !text_read_number(number, &q->number);
    if (!strcmp(q->unit, "%"))
        q->kind = '%';
    else if (*q->unit && !text_read_duration(one, &q->factor))
        q->kind = 't';
    else if (*q->unit && !text_read_rate(one, &q->factor))
        q->kind = 'r';
    else
        ok = ok && !*q->unit;
    free(number);
    free(one);
    return ok;
}

static void add_steps(struct axis *axis, const struct quantity *from, double step, double count,
                      struct place at) {
    for (size_t k = 0; k < (size_t)count; k++) {
        double value = from->number + (double)k * step;
        value = fabs(value) < ON_STEP * fabs(step) ? 0 : value;
        char *text = mem_format("%.12g%s", value, from->unit);
        add_value(axis, node_scalar(text, at));
        free(text);
    }
}

/* What is wrong with a range, or NULL; its values are added. */
static const char *range_read(struct axis *axis, const char *const texts[3], struct place at) {
    struct quantity q[3];
    for (int i = 0; i < 3; i++)
        if (!quantity_read(texts[i], &q[i]))
            return "is no range: it wants three numbers with their units, as in 100/s:900/s:50/s";
    if (q[0].kind != q[1].kind || q[0].kind != q[2].kind)
        return "has units in its range that do not go together";
    double step = q[2].number * q[2].factor / q[0].factor;
    double length = q[1].number * q[1].factor / q[0].factor - q[0].number;
    if (!(fabs(step) > 0))
        return "has a range whose step is 0";
    if (length / step < -ON_STEP)
        return "has a range whose step leads away from its end";
    double count = floor(length / step + ON_STEP) + 1;
    if (!(count + (double)axis->count <= AXIS_MOST))
        return "takes more than 100000 values";
    add_steps(axis, &q[0], step, count, at);
    return NULL;
}

static const char *const range_keys[3] = {"from", "to", "step"};

/* {from, to, step} */
static void read_range(struct axis *axis, const struct node *map, struct err *err) {
    const char *texts[3] = {"", "", ""};
    size_t before = err->count;
    for (size_t i = 0; i < map->count; i++)
        if (!format_find(IN_SWEEP, map->keys[i]))
            err_add(err, map->keys_at[i], axis->path,
                    "unknown key '%.60s' of a range; allowed are from, to, step", map->keys[i]);
    for (int i = 0; i < 3; i++) {
        const struct node *value = node_get(map, range_keys[i]);
        if (!value || value->kind != NODE_SCALAR)
            err_add(err, value ? value->at : map->at, axis->path, "a range wants a value '%s'",
                    range_keys[i]);
        else
            texts[i] = value->text;
    }
    const char *wrong = err->count == before ? range_read(axis, texts, map->at) : NULL;
    if (wrong)
        err_add(err, map->at, axis->path, "%s", wrong);
}

/* ---- of a scenario ----------------------------------------------------------------------------
 */

static void read_values(struct axis *axis, const struct node *node, struct err *err) {
    if (node->kind == NODE_MAP)
        read_range(axis, node, err);
    else if (node->kind != NODE_LIST)
        err_add(err, node->at, axis->path,
                "wants a list of values, such as [2, 4, 8], or a range {from: 2, to: 8, step: 2}");
    else if (node->count == 0)
        err_add(err, node->at, axis->path, "wants at least one value");
    else if (node->count > AXIS_MOST)
        err_add(err, node->at, axis->path, "takes more than %d values", AXIS_MOST);
    else
        for (size_t i = 0; i < node->count; i++)
            add_value(axis, node_copy(node->items[i]));
}

static struct axis *new_axis(struct axes *axes, char *path, struct place at) {
    axes->items = mem_resize(axes->items, axes->count + 1, sizeof *axes->items);
    axes->items[axes->count] = (struct axis){.path = path, .at = at};
    return &axes->items[axes->count++];
}

void axes_read(struct axes *axes, const struct node *sweep, struct err *err) {
    if (sweep->kind != NODE_MAP || sweep->count == 0) {
        err_add(err, sweep->at, "sweep",
                "wants a map of paths and their values, such as {pool.workers: [2, 4, 8]}");
        return;
    }
    for (size_t i = 0; i < sweep->count; i++)
        read_values(new_axis(axes, mem_text(sweep->keys[i]), sweep->keys_at[i]), sweep->items[i],
                    err);
}

void axes_check(const struct node *sweep, struct err *err) {
    struct axes axes = {0};
    axes_read(&axes, sweep, err);
    axes_free(&axes);
}

/* ---- of the command line ----------------------------------------------------------------------
 */

/* The end of the value that begins at `text`: its comma or colon (`ends`) outside of brackets and
 * quotes, or the text's. */
static const char *value_end(const char *text, const char *ends) {
    int depth = 0;
    char quote = 0;
    for (; *text; text++) {
        if (quote)
            quote = *text == quote ? 0 : quote;
        else if (*text == '"' || *text == '\'')
            quote = *text;
        else if (*text == '[' || *text == '{')
            depth++;
        else if (*text == ']' || *text == '}')
            depth--;
        else if (depth <= 0 && strchr(ends, *text))
            break;
    }
    return text;
}

/* FROM:TO:STEP cut apart in place; false: there are no three parts. */
static bool cut_range(char *text, const char *parts[3]) {
    int n = 0;
    for (char *save = NULL, *p = strtok_r(text, ":", &save); p; p = strtok_r(NULL, ":", &save))
        if (n++ < 3)
            parts[n - 1] = p;
    return n == 3;
}

/* One piece between commas: a range, or a value in YAML. */
static void vary_piece(struct axis *axis, const char *piece, struct err *err) {
    const struct place at = {PLACE_VARY, 0, 0};
    bool number = *piece && strchr("0123456789.+-", *piece);
    if (!piece[strspn(piece, " ")]) {
        err_add(err, at, axis->path, "has an empty value");
    } else if (number && strchr(piece, ':')) {
        char *copy = mem_text(piece);
        const char *parts[3];
        const char *wrong = cut_range(copy, parts) ? range_read(axis, parts, at)
                                                   : "is no range: a range is FROM:TO:STEP";
        if (wrong)
            err_add(err, at, axis->path, "'%.60s' %s", piece, wrong);
        free(copy);
    } else {
        struct node *value = node_parse(piece, PLACE_VARY, err);
        if (value)
            add_value(axis, value);
    }
}

/* A list or a range as a scenario has it; false: it is neither. */
static bool vary_whole(struct axis *axis, const char *values, struct err *err) {
    bool bracket = *values == '[' || *values == '{';
    if (!bracket || *value_end(values, ","))
        return false;
    struct node *node = node_parse(values, PLACE_VARY, err);
    bool range = node && node->kind == NODE_MAP && node_get(node, "from");
    if (node && (range || node->kind == NODE_LIST))
        read_values(axis, node, err);
    else if (node)
        add_value(axis, node_copy(node));
    node_free(node);
    return true;
}

void axes_vary(struct axes *axes, const char *assignment, struct err *err) {
    const struct place at = {PLACE_VARY, 0, 0};
    const char *equals = strchr(assignment, '=');
    if (!equals || strspn(assignment, ".") == (size_t)(equals - assignment) || !equals[1]) {
        err_add(err, at, NULL, "'%.60s' is not PATH=VALUES, such as pool.workers=2,4,8",
                assignment);
        return;
    }
    size_t length = (size_t)(equals - assignment);
    struct axis *axis = new_axis(axes, mem_text_part(assignment, length), at);
    if (vary_whole(axis, equals + 1, err))
        return;
    for (const char *p = equals + 1, *end;; p = end + 1) {
        end = value_end(p, ",");
        char *piece = mem_text_part(p, (size_t)(end - p));
        vary_piece(axis, piece, err);
        free(piece);
        if (!*end || axis->count > AXIS_MOST)
            break;
    }
    if (axis->count > AXIS_MOST)
        err_add(err, at, axis->path, "takes more than %d values", AXIS_MOST);
}

void axis_free(struct axis *axis) {
    for (size_t i = 0; i < axis->count; i++)
        node_free(axis->values[i]);
    free(axis->values);
    free(axis->path);
    *axis = (struct axis){0};
}

void axes_free(struct axes *axes) {
    for (size_t i = 0; i < axes->count; i++)
        axis_free(&axes->items[i]);
    free(axes->items);
    *axes = (struct axes){0};
}
