/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json: see json.h. Maps up to depth 2 spread over lines; deeper ones stand on one. */
#include "model/json.h"

#include <math.h>

enum { INLINE_FROM = 3 };

/* A character of two or three bytes that YAML does not take as it stands (our results are read as
 * YAML, too): C1 controls, line and paragraph separator, byte order mark, no characters. 0: any
 * other. */
static unsigned shy(const unsigned char *p) {
    if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
        return p[1];
    if ((p[0] & 0xf0) != 0xe0 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
        return 0;
    unsigned c = (p[0] & 0x0fU) << 12 | (p[1] & 0x3fU) << 6 | (p[2] & 0x3fU);
    return c == 0x2028 || c == 0x2029 || c == 0xfeff || c >= 0xfffe ? c : 0;
}

static void quoted(FILE *to, const char *text) {
    putc('"', to);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        unsigned code = *p < 0x20 || *p == 0x7f ? *p : shy(p);
        if (*p == '"' || *p == '\\')
            fprintf(to, "\\%c", *p);
        else if (code) {
            fprintf(to, "\\u%04x", code);
            p += code < 0x80 ? 0 : code < 0x800 ? 1 : 2;
        } else
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
