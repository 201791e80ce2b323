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

bool place_on_command_line(struct place place) {
    return place.file && (!strcmp(place.file, PLACE_SET) || !strcmp(place.file, PLACE_VARY));
}

static int rank_of(const struct err *err, const char *file) {
    int next = 0;
    for (size_t i = 0; i < err->count; i++) {
        const struct err_item *item = &err->items[i];
        if (item->file == file || (item->file && file && !strcmp(item->file, file)))
            return item->rank;
        next = item->rank >= next ? item->rank + 1 : next;
    }
    return next;
}

/* The last item says what another has said of the same place. */
static bool said_before(const struct err *err) {
    const struct err_item *last = &err->items[err->count - 1];
    for (size_t i = 0; last->line && i + 1 < err->count; i++) {
        const struct err_item *item = &err->items[i];
        if (item->line == last->line && item->column == last->column && item->rank == last->rank &&
            !strcmp(item->text, last->text))
            return true;
    }
    return false;
}

static void drop_last(struct err *err) {
    struct err_item *item = &err->items[--err->count];
    free(item->file);
    free(item->path);
    free(item->text);
}

static void add(struct err *err, struct place place, const char *path, const char *format,
                va_list args) {
    if (err->count == ERR_MOST) {
        err->more = 1;
        return;
    }
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        text = mem_text(format);
    char *file = place.file ? text_plain(place.file) : NULL;
    int rank = rank_of(err, file);
    bool lines = file && !place_on_command_line(place);
    err->items = mem_resize(err->items, err->count + 1, sizeof *err->items);
    err->items[err->count++] = (struct err_item){.file = file,
                                                 .line = lines ? place.line : 0,
                                                 .column = lines ? place.column : 0,
                                                 .path = path ? text_plain(path) : NULL,
                                                 .text = text_plain(text),
                                                 .rank = rank};
    free(text);
    if (said_before(err))
        drop_last(err);
}

void err_add(struct err *err, struct place place, const char *path, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(err, place, path, format, args);
    va_end(args);
    err->status = ERR_USER;
}

bool err_fail(struct err *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(err, (struct place){0}, NULL, format, args);
    va_end(args);
    err->status = ERR_ENVIRONMENT;
    return 0;
}

static bool before(const struct err_item *a, const struct err_item *b) {
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return a->line < b->line || (a->line == b->line && a->column < b->column);
}

void err_sort(struct err *err) {
    for (size_t i = 1; i < err->count; i++)
        for (size_t k = i; k > 0 && before(&err->items[k], &err->items[k - 1]); k--) {
            struct err_item swap = err->items[k];
            err->items[k] = err->items[k - 1];
            err->items[k - 1] = swap;
        }
}

void err_print(struct err *err, FILE *to) {
    err_sort(err);
    for (size_t i = 0; i < err->count; i++) {
        const struct err_item *item = &err->items[i];
        fprintf(to, "%s:", item->file ? item->file : "headroom");
        if (item->line)
            fprintf(to, "%d:%d:", item->line, item->column);
        fprintf(to, " %s%s%s\n", item->path ? item->path : "", item->path ? ": " : "", item->text);
    }
    if (err->more)
        fprintf(to, "headroom: more errors than %d; the rest are not shown\n", ERR_MOST);
}

void err_free(struct err *err) {
    for (size_t i = 0; i < err->count; i++) {
        free(err->items[i].file);
        free(err->items[i].path);
        free(err->items[i].text);
    }
    free(err->items);
    *err = (struct err){0};
}
