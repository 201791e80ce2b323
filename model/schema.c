/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * schema: see schema.h. A definition for each section that can be reached from the root, and a
 * second one, NAME-of-counts, where quantities are counts and not times. The two forms are told
 * apart by `classes` or `pools` at the root.
 */
#include "model/schema.h"

#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/json.h"
#include "model/mem.h"
#include "model/scenario.h"
#include "model/schema_value.h"
#include "model/text.h"

struct schema {
    struct json json;
    bool used[FORMAT_SECTIONS][2];
};

/* ---- keys ---------------------------------------------------------------------------------- */

static bool counts_inside(const struct key *key, bool counts) {
    return key->type == KEY_CHOICE ? key->kind == FORMAT_COUNTS : counts;
}

static void reference(struct json *j, const char *name, bool counts) {
    char *text = mem_format("#/definitions/%s%s", name, counts ? "-of-counts" : "");
    json_text(j, "$ref", text);
    free(text);
}

/* Each value of a list, or of a map by times. */
static void each_of(struct json *j, const char *under, const struct key *key, bool counts) {
    struct key each = *key;
    each.type = key->each;
    json_open(j, under, '{');
    schema_scalar(j, &each, counts);
    json_close(j, '}');
}

/* The values of a section's keys, in their order. */
static void row(struct json *j, enum section of) {
    uint64_t n = 0;
    json_open(j, "items", '{');
    json_text(j, "type", "array");
    json_open(j, "items", '[');
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == of) {
            json_open(j, NULL, '{');
            schema_scalar(j, &format_keys[i], false);
            json_close(j, '}');
            n++;
        }
    json_close(j, ']');
    json_count(j, "minItems", n);
    json_count(j, "maxItems", n);
    json_close(j, '}');
}

static void list_of(struct schema *s, const struct key *key, bool counts) {
    struct json *j = &s->json;
    json_text(j, "type", "array");
    if (key->type != KEY_LIST)
        json_count(j, "minItems", 1);
    if (key->type == KEY_LIST)
        each_of(j, "items", key, counts);
    else if (key->type == KEY_ROWS)
        row(j, key->of);
    else {
        json_open(j, "items", '{');
        reference(j, format_sections[key->beside ? key->beside : key->of].name, counts);
        json_close(j, '}');
    }
}

static void by_time(struct json *j, const struct key *key) {
    json_text(j, "type", "object");
    json_count(j, "minProperties", 1);
    json_open(j, "propertyNames", '{');
    schema_duration(j);
    json_close(j, '}');
    each_of(j, "additionalProperties", key, false);
}

/* `sweep`: any paths, each with a list or a range. */
static void by_path(struct json *j, const struct key *key) {
    json_text(j, "type", "object");
    json_count(j, "minProperties", 1);
    json_open(j, "additionalProperties", '{');
    json_open(j, "anyOf", '[');
    json_open(j, NULL, '{');
    json_text(j, "type", "array");
    json_count(j, "minItems", 1);
    json_close(j, '}');
    json_open(j, NULL, '{');
    reference(j, format_sections[key->of].name, false);
    json_close(j, '}');
    json_close(j, ']');
    json_close(j, '}');
}

/* A map, or where the key allows it one value or word in its place. */
static void map_or_value(struct json *j, const struct key *key, const char *name, bool counts) {
    bool alone = key->type == KEY_CHOICE && key->words;
    if (!key->shorthand && !alone) {
        reference(j, name, counts);
        return;
    }
    json_open(j, "anyOf", '[');
    json_open(j, NULL, '{');
    reference(j, name, counts);
    json_close(j, '}');
    json_open(j, NULL, '{');
    if (alone)
        schema_words(j, key->words);
    else
        schema_scalar(j, format_find(key->of, key->shorthand), counts);
    json_close(j, '}');
    json_close(j, ']');
}

/* The default as an editor should write it: a number bare, a text in whatever quotes it needs. */
static void otherwise(struct json *j, const struct key *key) {
    const char *text = key->otherwise;
    double number;
    if (!text || format_needed(key) || !*text || key->type == KEY_MAP)
        return;
    if (!text_read_number(text, &number) || !strcmp(text, "true") || !strcmp(text, "false"))
        json_raw(j, "default", text);
    else
        json_text(j, "default", text);
}

/* `of` stands for the definition's name where it is not the section's. */
static void property(struct schema *s, const struct key *key, bool counts, const char *of) {
    struct json *j = &s->json;
    json_open(j, key->name, '{');
    if (*key->help)
        json_text(j, "description", key->help);
    if (key->of == IN_SWEEP)
        by_path(j, key);
    else if (key->type == KEY_MAP || key->type == KEY_CHOICE || (key->type == KEY_OTHER && key->of))
        map_or_value(j, key, of ? of : format_sections[key->of].name, counts_inside(key, counts));
    else if (key->type == KEY_MAPS || key->type == KEY_ROWS || key->type == KEY_LIST)
        list_of(s, key, counts);
    else if (key->type == KEY_BY_TIME)
        by_time(j, key);
    else
        schema_value(j, key, counts);
    otherwise(j, key);
    json_close(j, '}');
}

/* ---- sections ------------------------------------------------------------------------------- */

/* A definition: keys of some sections, under a name. */
struct object {
    const char *name;
    enum section in[3]; /* where there are fewer, the first again */
    bool counts;
    bool (*keeps)(const struct key *key);
    const char *required;    /* beside those that the table says; "": none at all */
    const char *of_pool;     /* the definitions that `pool`, `class`, `defaults` and `slo` refer */
    const char *of_class;    /* to; NULL: their own */
    const char *of_defaults; /* */
    const char *of_slo;      /* */
    const char *one_more;    /* a property more, or "*": any other key */
    const char *one_more_of; /* ... and its definition */
};

static bool stands_in(const struct object *o, const struct key *key) {
    bool in = key->in == o->in[0] || key->in == o->in[1] || key->in == o->in[2];
    return in && !key->later && (!o->keeps || o->keeps(key));
}

static void required(struct json *j, const struct object *o) {
    char *all = mem_text(o->required ? o->required : "");
    bool none = o->required && !*o->required;
    for (size_t i = 0; !none && i < format_key_count; i++)
        if (stands_in(o, &format_keys[i]) && format_needed(&format_keys[i]) &&
            !format_keys[i].unless) {
            char *longer = mem_format("%s %s", all, format_keys[i].name);
            free(all);
            all = longer;
        }
    if (*all)
        schema_list(j, "required", all);
    free(all);
}

/* ... and says something else than if it were not there. */
static void not_default(struct json *j, const struct key *key) {
    json_open(j, "properties", '{');
    json_open(j, key->name, '{');
    json_open(j, "not", '{');
    schema_list(j, "enum", key->otherwise);
    json_close(j, '}');
    json_close(j, '}');
    json_close(j, '}');
}

/* What is needed where another is not given. */
static void required_unless(struct json *j, const struct object *o) {
    for (size_t i = 0; !o->required && i < format_key_count; i++) {
        const struct key *key = &format_keys[i];
        if (!stands_in(o, key) || !key->unless)
            continue;
        json_open(j, "anyOf", '[');
        for (int k = 0; k < 2; k++) {
            json_open(j, NULL, '{');
            schema_list(j, "required", k ? key->unless : key->name);
            if (k)
                not_default(j, format_find(key->in, key->unless));
            json_close(j, '}');
        }
        json_close(j, ']');
    }
}

static void exactly(struct json *j, const char *when, int count) {
    if (when)
        json_open(j, when, '{');
    json_count(j, "minProperties", (uint64_t)count);
    json_count(j, "maxProperties", (uint64_t)count);
    if (when)
        json_close(j, '}');
}

/* How many keys of a section must stand beside the one that says the kind. */
static int needed_beside(const struct object *o) {
    int n = 0;
    for (size_t i = 0; i < format_key_count; i++)
        n += stands_in(o, &format_keys[i]) && format_needed(&format_keys[i]);
    return n;
}

/* Exactly one key, and what stands beside it: in a distribution `shift`, where it is given. */
static void choice(struct json *j, const struct object *o) {
    const struct key *shift = format_find(o->in[0], "shift");
    int one = 1 + needed_beside(o);
    if (!shift || shift->later) {
        exactly(j, NULL, one);
        return;
    }
    json_open(j, "if", '{');
    schema_list(j, "required", "shift");
    json_close(j, '}');
    exactly(j, "then", one + 1);
    exactly(j, "else", one);
}

static void define(struct schema *s, struct object o) {
    struct json *j = &s->json;
    json_open(j, o.name, '{');
    json_text(j, "type", "object");
    json_open(j, "properties", '{');
    for (size_t i = 0; i < format_key_count; i++) {
        const struct key *key = &format_keys[i];
        if (stands_in(&o, key))
            property(s, key, o.counts,
                     key->type != KEY_OTHER   ? NULL
                     : key->of == IN_POOL     ? o.of_pool
                     : key->of == IN_CLASS    ? o.of_class
                     : key->of == IN_DEFAULTS ? o.of_defaults
                     : key->of == IN_SLO      ? o.of_slo
                                              : NULL);
    }
    bool any = o.one_more && !strcmp(o.one_more, "*");
    if (any)
        json_close(j, '}');
    if (o.one_more) {
        json_open(j, any ? "additionalProperties" : o.one_more, '{');
        reference(j, o.one_more_of, false);
        json_close(j, '}');
    }
    if (!any) {
        json_close(j, '}');
        json_bool(j, "additionalProperties", false);
    }
    required(j, &o);
    required_unless(j, &o);
    if (format_sections[o.in[0]].choice)
        choice(j, &o);
    json_close(j, '}');
}

static void mark(struct schema *s, enum section in, bool counts) {
    if (s->used[in][counts])
        return;
    s->used[in][counts] = true;
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == in && !format_keys[i].later && format_keys[i].of &&
            format_keys[i].type != KEY_ROWS)
            mark(s, format_keys[i].of, counts_inside(&format_keys[i], counts));
}

static bool in_short(const struct key *key) {
    if (key->in == IN_ROOT)
        return strcmp(key->name, "classes") && strcmp(key->name, "pools");
    return format_short(key);
}

static bool in_whole(const struct key *key) {
    return strcmp(key->name, "pool") != 0;
}

static bool unnamed(const struct key *key) {
    return strcmp(key->name, "name") != 0;
}

static bool of_class(const struct key *key) {
    return key->kind != SLO_UTILISATION;
}

/* What classes have in common, of each form: `defaults` is not asked for what is needed. */
static void defaults_of(struct schema *s, const char *name, const char *class,
                        struct object of_class) {
    of_class.name = class;
    of_class.required = "";
    define(s, (struct object){.name = name,
                              .in = {IN_DEFAULTS, IN_DEFAULTS, IN_DEFAULTS},
                              .of_pool = "pool-defaults",
                              .of_class = class});
    define(s, of_class);
}

static void defaults(struct schema *s) {
    defaults_of(s, "defaults", "class-defaults",
                (struct object){.in = {IN_CLASS, IN_CLASS, IN_CLASS}, .keeps = unnamed});
    defaults_of(s, "defaults-of-short-form", "class-defaults-of-short-form",
                (struct object){.in = {IN_CLASS, IN_STEP, IN_STEP}, .keeps = format_short});
    define(s, (struct object){.name = "pool-defaults",
                              .in = {IN_POOL, IN_POOL, IN_POOL},
                              .keeps = unnamed,
                              .required = ""});
}

/* The two forms, and what stands in one of them only. */
static void forms(struct schema *s) {
    define(s, (struct object){.name = "short-form",
                              .in = {IN_ROOT, IN_CLASS, IN_STEP},
                              .keeps = in_short,
                              .required = "pool",
                              .of_pool = "pool-of-short-form",
                              .of_defaults = "defaults-of-short-form",
                              .of_slo = "slo-of-short-form"});
    define(s, (struct object){.name = "whole-form",
                              .in = {IN_ROOT, IN_ROOT, IN_ROOT},
                              .keeps = in_whole,
                              .required = "classes pools"});
    define(s, (struct object){.name = "pool-of-short-form",
                              .in = {IN_POOL, IN_POOL, IN_POOL},
                              .keeps = unnamed});
    define(s, (struct object){.name = "slo",
                              .in = {IN_SLO, IN_SLO, IN_SLO},
                              .one_more = "*",
                              .one_more_of = "slo-of-class"});
    define(s, (struct object){.name = "slo-of-short-form",
                              .in = {IN_SLO, IN_SLO, IN_SLO},
                              .one_more = "jobs",
                              .one_more_of = "slo-of-class"});
    define(s, (struct object){
                  .name = "slo-of-class", .in = {IN_SLO, IN_SLO, IN_SLO}, .keeps = of_class});
}

/* A section, with the keys of one that stands beside it; named after that. */
static void define_section(struct schema *s, enum section in, enum section beside, bool counts) {
    char *name = mem_format("%s%s", format_sections[beside].name, counts ? "-of-counts" : "");
    define(s, (struct object){.name = name, .in = {in, beside, beside}, .counts = counts});
    free(name);
}

static void sections(struct schema *s) {
    for (int i = 0; i < FORMAT_SECTIONS; i++)
        for (int counts = 0; counts < 2; counts++)
            if (s->used[i][counts] && i != IN_ROOT && i != IN_SLO && i != IN_DEFAULTS)
                define_section(s, (enum section)i, (enum section)i, counts);
    for (size_t i = 0; i < format_key_count; i++)
        for (int counts = 0; format_keys[i].beside && counts < 2; counts++)
            if (s->used[format_keys[i].of][counts])
                define_section(s, format_keys[i].of, format_keys[i].beside, counts);
}

static void either_form(struct json *j) {
    json_open(j, "if", '{');
    json_open(j, "anyOf", '[');
    for (int i = 0; i < 2; i++) {
        json_open(j, NULL, '{');
        schema_list(j, "required", i ? "pools" : "classes");
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
    json_open(j, "then", '{');
    reference(j, "whole-form", false);
    json_close(j, '}');
    json_open(j, "else", '{');
    reference(j, "short-form", false);
    json_close(j, '}');
}

void schema_print(FILE *to) {
    struct schema s = {.json = {.to = to}};
    struct json *j = &s.json;
    mark(&s, IN_ROOT, false);
    mark(&s, IN_CLASS, false);
    json_open(j, NULL, '{');
    json_text(j, "$schema", "http://json-schema.org/draft-07/schema#");
    json_text(j, "title", "headroom scenario");
    json_text(j, "description", "How big should a worker pool be? Of headroom " HEADROOM_VERSION);
    json_text(j, "type", "object");
    either_form(j);
    json_open(j, "definitions", '{');
    forms(&s);
    defaults(&s);
    sections(&s);
    json_close(j, '}');
    json_close(j, '}');
}
