/* SPDX-License-Identifier: GPL-3.0-or-later */
/* err: the list of mistakes; see err.h. Sorting is stable: equal places keep the order of finding.
 */
#include "model/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/text.h"

enum { ERR_MOST = 100 }; /* a file with more is not read by anybody to its end */

static bool said_before(const struct err *err, const struct err_item *item) {
    for (size_t i = 0; item->line && i + 1 < err->count; i++)
        if (!strcmp(err->items[i].where, item->where) &&
            !strcmp(err->items[i].message, item->message))
            return true;
    return false;
}

static void drop_last(struct err *err) {
    struct err_item *item = &err->items[--err->count];
    free(item->where);
    free(item->text);
}

static void add(struct err *err, struct place place, const char *path, const char *format,
                va_list args) {
    if (err->count == ERR_MOST)
        return;
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        text = mem_text(format);
    err->items = mem_resize(err->items, err->count + 1, sizeof *err->items);
    struct err_item *item = &err->items[err->count++];
    *item = (struct err_item){.line = place.line, .column = place.column};
    char *file = text_plain(place.file ? place.file : ""), *line = text_plain(text);
    if (place.file && place.line && *place.file != '-')
        item->where = mem_format("%s:%d:%d: ", file, place.line, place.column);
    else
        item->where = place.file ? mem_format("%s: ", file) : mem_text("");
    char *shown_path = text_plain(path ? path : "");
    item->text = mem_format("%s%s%s", shown_path, path ? ": " : "", line);
    item->message = item->text + strlen(item->text) - strlen(line);
    free(shown_path);
    free(file);
    free(line);
    free(text);
    if (said_before(err, item))
        drop_last(err);
}

void err_add(struct err *err, struct place place, const char *path, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(err, place, path, format, args);
    va_end(args);
    err->status = ERR_USER;
}

_Bool err_fail(struct err *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(err, (struct place){0}, NULL, format, args);
    va_end(args);
    err->status = ERR_ENVIRONMENT;
    return 0;
}

static int before(const struct err_item *a, const struct err_item *b) {
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

void err_print(struct err *err, FILE *to) {
    for (size_t i = 1; i < err->count; i++)
        for (size_t k = i; k > 0 && before(&err->items[k], &err->items[k - 1]); k--) {
            struct err_item swap = err->items[k];
            err->items[k] = err->items[k - 1];
            err->items[k - 1] = swap;
        }
    for (size_t i = 0; i < err->count; i++)
        fprintf(to, "%s%s%s\n", *err->items[i].where ? "" : "headroom: ", err->items[i].where,
                err->items[i].text);
    if (err->count == ERR_MOST)
        fprintf(to, "headroom: more errors than %d; the rest are not shown\n", ERR_MOST);
}

void err_free(struct err *err) {
    for (size_t i = 0; i < err->count; i++) {
        free(err->items[i].where);
        free(err->items[i].text);
    }
    free(err->items);
    *err = (struct err){0};
}
