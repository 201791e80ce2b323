/* SPDX-License-Identifier: GPL-3.0-or-later */
/* read_value: see read_value.h. */
#include "model/read_value.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/guess.h"
#include "model/mem.h"
#include "model/scenario.h"
#include "model/text.h"

char *read_listed(const char *words) {
    char *list = mem_text(words), *shown = mem_text("");
    for (char *save = NULL, *w = strtok_r(list, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char *longer = mem_format("%s%s%s", shown, *shown ? ", " : "", w);
        free(shown);
        shown = longer;
    }
    free(list);
    return shown;
}

/* Is it of rows, whose values have no names? */
static bool of_rows(enum section in) {
    for (size_t k = 0; k < format_key_count; k++)
        if (format_keys[k].type == KEY_ROWS && format_keys[k].of == in)
            return true;
    return false;
}

/* The one section that has a key of this name; NULL: none or several. */
static const char *home_of(const char *name) {
    const char *home = NULL;
    for (size_t k = 0; k < format_key_count; k++)
        if (!format_keys[k].later && !strcmp(format_keys[k].name, name) &&
            !of_rows(format_keys[k].in)) {
            if (home)
                return NULL;
            home = format_sections[format_keys[k].in].name;
        }
    return home;
}

void read_unknown(struct reading *r, struct place at, const char *path, const char *what,
                  const char *word, const char *words) {
    read_unknown_guess(r, at, path, what, word, words, NULL);
}

void read_unknown_in(struct reading *r, enum section in, struct place at, const char *path,
                     const char *what, const char *word, const char *words) {
    read_unknown_guess(r, at, path, what, word, words, guess_find(in, word));
}

void read_unknown_guess(struct reading *r, struct place at, const char *path, const char *what,
                        const char *word, const char *words, const struct guess *guess) {
    const char *note = guess ? guess->note : NULL;
    char *near = note                    ? NULL
                 : guess && guess->meant ? mem_text(guess->meant)
                                         : guess_near(word, words);
    char *shown = read_listed(words);
    const char *home = near ? NULL : home_of(word);
    const char *where = *path ? path : NULL;
    if (note)
        err_add(r->err, at, where, "unknown %s '%.60s'; %s (allowed: %s)", what, word, note, shown);
    else if (near)
        err_add(r->err, at, where, "unknown %s '%.60s'; did you mean '%s'? (allowed: %s)", what,
                word, near, shown);
    else if (home)
        err_add(r->err, at, where, "unknown %s '%s'; that is a key of %s (allowed here: %s)", what,
                word, home, shown);
    else
        err_add(r->err, at, where, "unknown %s '%.60s'; allowed: %s", what, word, shown);
    free(near);
    free(shown);
}

/* A bound as its key would be written. */
static char *bound(const struct key *key, bool counts, double value) {
    char text[40];
    if (key->type == KEY_DURATION || (key->type == KEY_QUANTITY && !counts))
        return mem_text(text_duration(
            text, sizeof text,
            (key->type == KEY_QUANTITY && value < 50 && value > 0 ? 50 : value) / 1e9));
    if (key->type == KEY_SHARE)
        return mem_format("%g%%", 100 * value);
    char *e;
    snprintf(text, sizeof text, value >= 1e4 ? "%.0e" : "%g",
             value); /* 1e+06, 1e-09 as 1e6, 1e-9 */
    while ((e = strstr(text, "e+")) || (e = strstr(text, "e-0")) || (e = strstr(text, "e0")))
        memmove(e + 1 + (e[1] == '-'), e + 2 + (e[1] == '-'), strlen(e + 1 + (e[1] == '-')));
    return mem_format("%s%s%s", key->type == KEY_FACTOR ? "x" : "", text,
                      key->type == KEY_RATE ? "/s" : "");
}

static bool bounded(const struct key *key) {
    return key->low < 0 || key->low > 0 || key->high > 0;
}

static bool check_bounds(struct reading *r, const struct node *node, const struct key *key,
                         double value, const char *path) {
    bool low = value<key->low, high = value> key->high;
    if (!bounded(key) || (!low && !high))
        return true;
    char *limit = bound(key, r->counts, low ? key->low : key->high);
    if (key->low == key->high)
        err_add(r->err, node->at, path, "%s is not supported; it must be %s", node->text, limit);
    else
        err_add(r->err, node->at, path, "%.60s is too %s; at %s %s", node->text,
                low ? "small" : "large", low ? "least" : "most", limit);
    free(limit);
    return false;
}

static const char *factor(const char *text, double *value) {
    if (*text != 'x')
        return "is not a factor (such as x2)";
    return text_read_number(text + 1, value);
}

static bool name_ok(const char *text) {
    return *text && strlen(text) <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

/* The name that a text comes near to: "api-gateway" of "API Gateway"; empty: none. */
static void name_from(const char *text, char name[65]) {
    size_t n = 0;
    *name = 0;
    for (const char *p = text; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            return;
    for (; *text && n < 64; text++)
        if (isalnum((unsigned char)*text))
            name[n++] = (char)tolower((unsigned char)*text);
        else if (n > 0 && name[n - 1] != '-')
            name[n++] = '-';
    while (n > 0 && name[n - 1] == '-')
        n--;
    name[n] = 0;
}

static void wrong_name(struct reading *r, const struct node *node, const char *path) {
    char name[65];
    name_from(node->text, name);
    err_add(r->err, node->at, path,
            "'%.60s' is not a name: small letters, digits and hyphens, at most 64%s%s%s",
            node->text, *name ? ", such as '" : "", name, *name ? "'" : "");
}

static const char *number(struct reading *r, const char *text, enum key_type type, double *value) {
    int64_t count = 0;
    const char *wrong = NULL;
    switch (type) {
    case KEY_COUNT:
        wrong = text_read_count(text, &count);
        *value = (double)count;
        return wrong;
    case KEY_NUMBER:
        return text_read_number(text, value);
    case KEY_FACTOR:
        return factor(text, value);
    case KEY_SHARE:
        return text_read_share(text, value);
    case KEY_RATE:
        return text_read_rate(text, value);
    case KEY_QUANTITY:
        return r->counts ? text_read_number(text, value) : text_read_duration(text, value);
    case KEY_DURATION:
        return text_read_duration(text, value);
    case KEY_TEXT:
    case KEY_NAME:
    case KEY_WORD:
    case KEY_LIST:
    case KEY_MAP:
    case KEY_MAPS:
    case KEY_ROWS:
    case KEY_CHOICE:
    case KEY_BY_TIME:
    case KEY_OTHER:
        break;
    }
    return "is not a number";
}

bool read_suits(const struct key *key, bool counts, const char *text) {
    struct reading r = {.counts = counts};
    double value = 0;
    if (number(&r, text, key->type, &value))
        return false;
    return !bounded(key) || (value >= key->low && value <= key->high);
}

void read_not_given(const struct key *key, void *at) {
    switch (key->type) {
    case KEY_NUMBER:
    case KEY_FACTOR:
    case KEY_SHARE:
    case KEY_RATE:
    case KEY_QUANTITY:
        *(double *)at = NAN;
        break;
    case KEY_DURATION:
        *(nsec *)at = NSEC_UNSET;
        break;
    case KEY_COUNT:
    case KEY_WORD:
        *(int64_t *)at = COUNT_UNSET;
        break;
    case KEY_TEXT:
    case KEY_NAME:
    case KEY_LIST:
    case KEY_MAP:
    case KEY_MAPS:
    case KEY_ROWS:
    case KEY_CHOICE:
    case KEY_BY_TIME:
    case KEY_OTHER:
        break;
    }
}

static void read_number(struct reading *r, const struct node *node, const struct key *key,
                        void *target, const char *path) {
    double value = 0;
    const char *wrong = number(r, node->text, key->type, &value);
    bool whole = key->type == KEY_COUNT || key->type == KEY_DURATION;
    if (wrong) {
        read_not_given(key, target);
        if (!strcmp(wrong, "is too large") && bounded(key)) {
            check_bounds(r, node, key, INFINITY, path);
            return;
        }
        char *near = key->words ? guess_near(node->text, key->words) : NULL;
        err_add(r->err, node->at, path,
                near         ? "'%.60s' %s; did you mean '%s'?"
                : key->words ? "'%.60s' %s; '%s' is allowed too"
                             : "'%.60s' %s",
                node->text, wrong, near ? near : key->words);
        free(near);
        return;
    }
    if (!check_bounds(r, node, key, value, path))
        read_not_given(key, target);
    else if (key->type == KEY_COUNT)
        text_read_count(node->text, target); /* to the last digit */
    else if (whole)
        *(int64_t *)target = (int64_t)(value + 0.5);
    else
        *(double *)target = value;
}

static void read_word(struct reading *r, const struct node *node, const struct key *key,
                      void *target, const char *path) {
    int index = text_index(node->text, key->words);
    if (index >= 0)
        *(int64_t *)target = index;
    else {
        read_not_given(key, target);
        read_unknown(r, node->at, path, "word", node->text, key->words);
    }
}

void read_value(struct reading *r, const struct node *node, const struct key *key, void *target,
                const char *path) {
    if (node->kind != NODE_SCALAR) {
        err_add(r->err, node->at, path, "wants one value, not a %s",
                node->kind == NODE_MAP ? "map" : "list");
        return;
    }
    if (key->type == KEY_WORD)
        read_word(r, node, key, target, path);
    else if (key->words && text_index(node->text, key->words) >= 0)
        *(int64_t *)target = -1;
    else if (key->type == KEY_NAME && !name_ok(node->text))
        wrong_name(r, node, path);
    else if (key->type == KEY_TEXT || key->type == KEY_NAME) {
        free(*(char **)target);
        *(char **)target = mem_text(node->text);
    } else
        read_number(r, node, key, target, path);
}
