/* SPDX-License-Identifier: GPL-3.0-or-later */
/* jobs: see jobs.h. */
#include "model/jobs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"

static const char *const fate_words[FATES] = {"completed",     "failed",          "rejected",
                                              "dropped",       "timed_out",       "cancelled",
                                              "dead_lettered", "in_flight_at_end"};

static int by_index(const void *a, const void *b) {
    uint64_t x = ((const struct outcome *)a)->index, y = ((const struct outcome *)b)->index;
    return (x > y) - (x < y);
}

/* `,12.345678901`, exactly: the time from `from` to `to`; an empty cell where one never was. */
static void cell(FILE *file, nsec from, nsec to) {
    if (from == NSEC_UNSET || to == NSEC_UNSET) {
        putc(',', file);
        return;
    }
    nsec t = to - from;
    uint64_t size = t < 0 ? 0 - (uint64_t)t : (uint64_t)t;
    fprintf(file, ",%s%" PRIu64 ".%09" PRIu64, t < 0 ? "-" : "", size / 1000000000,
            size % 1000000000);
}

static void write_one(const struct outcome *o, const char *class, bool closed, FILE *to) {
    if (closed)
        fprintf(to, "%s,,%" PRIu64 ",%" PRIu64, class, o->index >> 32, o->index & UINT32_MAX);
    else
        fprintf(to, "%s,%" PRIu64 ",,", class, o->index);
    bool started = o->started != NSEC_UNSET;
    cell(to, 0, o->intended);
    cell(to, 0, o->started);
    cell(to, 0, o->ended);
    cell(to, o->intended, started ? o->started : o->ended);
    cell(to, o->started, o->ended);
    cell(to, o->intended, o->fate == FATE_COMPLETED ? o->ended : NSEC_UNSET);
    fprintf(to, ",%s\n", fate_words[o->fate]);
}

void jobs_write(const struct record *r, FILE *to) {
    fputs("class,index,client,cycle,intended,started,ended,wait,service,response,fate\n", to);
    for (size_t c = 0; c < r->class_count; c++) {
        const struct class *class = &r->scenario->classes.items[c];
        const struct outcomes *o = &r->outcomes[c];
        struct outcome *sorted = mem_new(o->count, sizeof *sorted);
        if (o->count)
            memcpy(sorted, o->items, o->count * sizeof *sorted);
        qsort(sorted, o->count, sizeof *sorted, by_index);
        for (size_t i = 0; i < o->count; i++)
            write_one(&sorted[i], class->name, class->arrivals.kind == ARRIVAL_CLOSED, to);
        free(sorted);
    }
}
