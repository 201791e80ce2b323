/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * format: every key of a scenario file, once.
 *
 * The table is what the reader fills structs by, what errors list and suggest from, and what the
 * manual's tables (model/manual) and the schema are made from. A key that is known but not run yet
 * has `later` set: it is refused with its place, never ignored. Adding a key is adding a row.
 */
#ifndef MODEL_FORMAT_H
#define MODEL_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* The maps of the format. In a choice (arrivals, distribution) exactly one of those keys is given
 * that have a kind; others, such as `shift`, stand beside it. */
enum section {
    IN_ROOT,
    IN_RUN,
    IN_PRECISION,
    IN_HOST,
    IN_DEFAULTS,
    IN_CLASS,
    IN_STEP,
    IN_PART,
    IN_TIMEOUT,
    IN_RETRY,
    IN_BACKOFF,
    IN_BUDGET,
    IN_LIMIT,
    IN_DEAD_LETTER,
    IN_ARRIVALS,
    IN_POISSON,
    IN_CONSTANT_RATE,
    IN_RENEWAL,
    IN_MMPP,
    IN_BATCH,
    IN_PROFILE,
    IN_POINT,
    IN_CLOSED,
    IN_TRACE,
    IN_DIST,
    IN_EXPONENTIAL,
    IN_LOGNORMAL,
    IN_GAMMA,
    IN_ERLANG,
    IN_WEIBULL,
    IN_PARETO,
    IN_LOMAX,
    IN_HYPEREXPONENTIAL,
    IN_UNIFORM,
    IN_NORMAL,
    IN_EMPIRICAL,
    IN_QUANTILES,
    IN_MIXTURE,
    IN_POOL,
    IN_THREADS,
    IN_PER_JOB,
    IN_QUEUE,
    IN_SHED,
    IN_CODEL,
    IN_RESIZE,
    IN_GROW_AT,
    IN_SHRINK_AT,
    IN_SIZE,
    IN_BREAKER,
    IN_RESOURCE,
    IN_DISTURB,
    IN_SHUTDOWN,
    IN_SLO,
    IN_SWEEP,
    FORMAT_SECTIONS
};

enum key_type {
    KEY_COUNT,    /* int64_t; whole, >= 0 */
    KEY_NUMBER,   /* double */
    KEY_FACTOR,   /* double; "x2" */
    KEY_SHARE,    /* double; 80% or 0.8 */
    KEY_DURATION, /* nsec */
    KEY_RATE,     /* double, per second */
    KEY_TEXT,     /* char * */
    KEY_NAME,     /* char *; [a-z0-9-]+ */
    KEY_WORD,     /* int64_t; index in `words` */
    KEY_QUANTITY, /* double; a time in ns, or a number where the distribution is of counts */
    KEY_LIST,     /* struct { T *; size_t }: values of type `each`, T being double or int64_t */
    KEY_MAP,      /* a map of section `of`, into this struct at `offset` */
    KEY_MAPS,     /* struct { T *; size_t }: a list of maps of section `of` */
    KEY_ROWS,     /* the same, each written as the list of its keys' values, in order */
    KEY_BY_TIME,  /* a map whose keys are times and whose values are of type `each`; by hand */
    KEY_CHOICE,   /* a map of a choice section; its kind is an int64_t at the target's begin */
    KEY_OTHER     /* read by hand, or not read yet */
};

struct key {
    enum section in;
    const char *name;
    enum key_type type;
    enum section of;       /* of KEY_MAP, KEY_MAPS, KEY_ROWS, KEY_CHOICE */
    enum section beside;   /* of KEY_MAPS of a choice: keys that stand in each element, too */
    enum key_type each;    /* of KEY_LIST, KEY_BY_TIME; its bounds are those of each value */
    size_t offset;         /* in the struct of section `in` */
    int kind;              /* in a choice: the kind that this key gives, or 0: it stands beside
                              one; else FORMAT_COUNTS or 0 */
    const char *words;     /* of KEY_WORD; of KEY_CHOICE: kinds, and the word for none of them, that
                              may stand alone; beside other types: words allowed too, stored as -1 */
    const char *otherwise; /* the default as it would be written; NULL: none; FORMAT_REQUIRED */
    const char *unless;    /* a key that must be given is not where this one of the section is */
    double low, high;      /* bounds of a number; both 0: none */
    bool later;            /* known, refused as not supported yet */
    const char *shorthand; /* of a map: one value alone stands for {shorthand: value} */
    const char *help;
};

#define FORMAT_REQUIRED "!"
enum { FORMAT_COUNTS = 1 }; /* of a KEY_CHOICE: its distribution is of counts, not of times */

extern const struct key format_keys[];
extern const size_t format_key_count;

struct format_section {
    const char *name; /* as errors call it: "pool", "queue", "distribution" */
    size_t size;      /* of its struct, where it stands in lists */
    bool choice;
    const char *help;
};

extern const struct format_section format_sections[FORMAT_SECTIONS];

const struct key *format_find(enum section in, const char *name);

/* The names of a section's supported keys, separated by spaces; fresh memory. */
char *format_names(enum section in);

/* Must the key be given? */
bool format_needed(const struct key *key);

/* The short form writes a class's and its step's keys at the root: is this one of them? */
bool format_short(const struct key *key);

#endif
