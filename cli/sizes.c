/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sizes: see sizes.h. */
#include "cli/sizes.h"

static bool changes(enum resize_what what) {
    return what == RESIZED_GROW || what == RESIZED_SHRINK;
}

static void row(FILE *to, const char *pool, const char *engine, double t, const char *what,
                double serving, double size) {
    fprintf(to, "%s,%s,%.9f,%s,%.9g,%.9g\n", pool, engine, t, what, serving, size);
}

static void write_pool(const struct findings *f, const struct result *r, size_t pool, FILE *to) {
    const char *name = f->scenario->pools.items[pool].name;
    double serving = r->first.points[pool * r->first.count].workers, size = serving;
    row(to, name, r->engine, 0, "begin", serving, size);
    for (size_t i = 0; i < r->resizes.event_count; i++) {
        const struct resize_event *e = &r->resizes.events[i];
        if (e->pool != pool || e->at < 0 || nsec_seconds(e->at) >= r->duration)
            continue;
        if (changes(e->what))
            size = e->to;
        else
            serving = e->to;
        row(to, name, r->engine, nsec_seconds(e->at), resize_whats[e->what], serving, size);
    }
    row(to, name, r->engine, r->duration, "end", serving, size);
}

/* Where a result was made without a log there are none, either. */
static bool kept(const struct result *r, size_t pool) {
    return r && r->first.count && scenario_resizes(&r->scenario->pools.items[pool]);
}

bool sizes_resizes(const struct findings *f, size_t pool) {
    return kept(f->sim, pool) || kept(f->pool, pool);
}

bool sizes_any(const struct findings *f) {
    for (size_t p = 0; p < f->scenario->pools.count; p++)
        if (sizes_resizes(f, p))
            return true;
    return false;
}

void sizes_write(const struct findings *f, FILE *to) {
    const struct result *engines[] = {f->sim, f->pool};
    fputs("pool,engine,t,what,serving,size\n", to);
    for (size_t p = 0; p < f->scenario->pools.count; p++)
        for (int i = 0; i < 2; i++)
            if (kept(engines[i], p))
                write_pool(f, engines[i], p, to);
}

static size_t count(const struct result *r, size_t pool) {
    size_t n = 0;
    for (size_t i = 0; r && i < r->resizes.event_count; i++)
        n += r->resizes.events[i].pool == pool && changes(r->resizes.events[i].what);
    return n;
}

size_t sizes_changes(const struct findings *f, size_t pool) {
    size_t sim = count(f->sim, pool), real = count(f->pool, pool);
    return sim > real ? sim : real;
}

bool sizes_grows(const struct findings *f, size_t pool) {
    const struct resize_log *log = &(f->sim ? f->sim : f->pool)->resizes;
    for (size_t i = 0; i < log->event_count; i++)
        if (log->events[i].pool == pool && changes(log->events[i].what))
            return log->events[i].what == RESIZED_GROW;
    return false;
}
