/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json: see json.h. Maps up to depth 2 spread over lines; deeper ones stand on one. */
#include "model/json.h"

#include <math.h>

enum { INLINE_FROM = 3 };

static void quoted(FILE *to, const char *text) {
    putc('"', to);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(to, "\\%c", *p);
        else if (*p < 0x20)
            fprintf(to, "\\u%04x", *p);
        else
            putc(*p, to);
    }
    putc('"', to);
}

static void line(struct json *j) {
    if (j->depth >= INLINE_FROM)
        return;
    putc('\n', j->to);
    for (int i = 0; i < 2 * j->depth; i++)
        putc(' ', j->to);
}

static void begin(struct json *j, const char *key) {
    if (j->comma)
        fputs(j->depth >= INLINE_FROM ? ", " : ",", j->to);
    if (j->depth > 0)
        line(j);
    if (key) {
        quoted(j->to, key);
        fputs(": ", j->to);
    }
    j->comma = true;
}

void json_open(struct json *j, const char *key, char bracket) {
    begin(j, key);
    putc(bracket, j->to);
    j->depth++;
    j->comma = false;
}

void json_close(struct json *j, char bracket) {
    bool some = j->comma;
    j->depth--;
    if (some)
        line(j);
    putc(bracket, j->to);
    j->comma = true;
    if (j->depth == 0)
        putc('\n', j->to);
}

void json_number(struct json *j, const char *key, double value) {
    begin(j, key);
    if (isfinite(value))
        fprintf(j->to, "%.12g", value == 0 ? 0 : value);
    else
        fputs("null", j->to);
}

void json_count(struct json *j, const char *key, uint64_t value) {
    begin(j, key);
    fprintf(j->to, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *key, bool value) {
    begin(j, key);
    fputs(value ? "true" : "false", j->to);
}

void json_text(struct json *j, const char *key, const char *value) {
    begin(j, key);
    if (value)
        quoted(j->to, value);
    else
        fputs("null", j->to);
}

void json_raw(struct json *j, const char *key, const char *value) {
    begin(j, key);
    fputs(value, j->to);
}
