/* SPDX-License-Identifier: GPL-3.0-or-later */
/* schema_value: see schema_value.h. */
#include "model/schema_value.h"

#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/text.h"

#define UNSIGNED "\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?"
#define SIGNED "[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?"
void schema_list(struct json *j, const char *key, const char *words) {
    char *copy = mem_text(words), *save = NULL;
    json_open(j, key, '[');
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        json_text(j, NULL, w);
    json_close(j, ']');
    free(copy);
}

static void pattern(struct json *j, const char *number, const char *rest) {
    char *text = mem_format("^%s%s$", number, rest);
    json_text(j, "pattern", text);
    free(text);
}

/* A quantity with a unit. Editors that know the last two words show `wrong` where it is none. */
static void with_units(struct json *j, char *units, const char *wrong) {
    char *rest = mem_format(" ?(%s)", units);
    json_text(j, "type", "string");
    pattern(j, UNSIGNED, rest);
    json_text(j, "errorMessage", wrong);
    json_text(j, "patternErrorMessage", wrong);
    free(rest);
    free(units);
}

static void bounds(struct json *j, const struct key *key) {
    if (key->low < 0 || key->low > 0 || key->high > 0) {
        json_number(j, "minimum", key->low);
        json_number(j, "maximum", key->high);
    }
}

static void plain_number(struct json *j, const struct key *key, const char *types,
                         const char *number, const char *rest) {
    schema_list(j, "type", types);
    pattern(j, number, rest);
    bounds(j, key);
}

void schema_words(struct json *j, const char *all) {
    char *copy = mem_text(all), *save = NULL;
    json_open(j, "enum", '[');
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        json_text(j, NULL, w);
        if (!strcmp(w, "true") || !strcmp(w, "false"))
            json_raw(j, NULL, w);
    }
    json_close(j, ']');
    free(copy);
}

void schema_duration(struct json *j) {
    double ns;
    with_units(j, text_time_units("|"), text_read_duration("1", &ns));
}

static void rate(struct json *j) {
    double per_second;
    with_units(j, text_rate_units("|"), text_read_rate("1", &per_second));
}

void schema_scalar(struct json *j, const struct key *key, bool counts) {
    switch (key->type) {
    case KEY_COUNT:
        plain_number(j, key, "integer string", UNSIGNED, "");
        break;
    case KEY_NUMBER:
        plain_number(j, key, "number string", SIGNED, "");
        break;
    case KEY_SHARE:
        plain_number(j, key, "number string", SIGNED, " ?%?");
        break;
    case KEY_FACTOR:
        json_text(j, "type", "string");
        pattern(j, "x" UNSIGNED, "");
        break;
    case KEY_DURATION:
        schema_duration(j);
        break;
    case KEY_RATE:
        rate(j);
        break;
    case KEY_QUANTITY:
        if (counts)
            plain_number(j, key, "number string", SIGNED, "");
        else
            schema_duration(j);
        break;
    case KEY_NAME:
        schema_list(j, "type", "string integer number boolean");
        json_text(j, "pattern", "^[a-z0-9-]{1,64}$");
        break;
    case KEY_TEXT:
        schema_list(j, "type", "string number boolean null");
        break;
    case KEY_WORD:
        schema_words(j, key->words);
        break;
    case KEY_MAP:
    case KEY_MAPS:
    case KEY_ROWS:
    case KEY_LIST:
    case KEY_BY_TIME:
    case KEY_CHOICE:
    case KEY_OTHER:
        break;
    }
}

void schema_value(struct json *j, const struct key *key, bool counts) {
    if (!key->words || key->type == KEY_WORD) {
        schema_scalar(j, key, counts);
        return;
    }
    json_open(j, "anyOf", '[');
    json_open(j, NULL, '{');
    schema_scalar(j, key, counts);
    json_close(j, '}');
    json_open(j, NULL, '{');
    schema_words(j, key->words);
    json_close(j, '}');
    json_close(j, ']');
}
