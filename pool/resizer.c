/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resizer: see resizer.h. `lock` serialises the questions; the pool's own is taken inside it. */
#include "pool/resizer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "model/mem.h"
#include "pool/park.h"

enum { LOOK_AGAIN = 200 * 1000 }; /* ns */

struct resizer *resizer_new(const struct scenario *sc, uint32_t pool, uint64_t replication) {
    struct resizer *r = mem_new(1, sizeof *r);
    governor_open(&r->governor, sc, pool, replication, -sc->run.warmup, &r->log);
    r->capacity = sc->pools.items[pool].queue.capacity;
    r->last = r->asked = -sc->run.warmup;
    r->serving = r->first = (uint32_t)sc->pools.items[pool].workers;
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void resizer_free(struct resizer *r) {
    if (!r)
        return;
    resize_log_close(&r->log);
    pthread_mutex_destroy(&r->lock);
    free(r->changes);
    free(r);
}

/* ---- under the lock -------------------------------------------------------------------------- */

/* The scenario's time, which never decreases. */
static nsec now_of(struct resizer *r) {
    nsec now = park_now() - r->origin;
    r->last = now > r->last ? now : r->last;
    return r->last;
}

static void keep(struct resizer *r, struct crew_change change) {
    if (r->count == r->room) {
        r->room = r->room ? 2 * r->room : 64;
        r->changes = mem_resize(r->changes, r->room, sizeof *r->changes);
    }
    r->changes[r->count++] = change;
}

/* What the pool says of itself. */
static struct load look(struct resizer *r, nsec now, bool arrival) {
    struct headroom_counts c = headroom_pool_counts(r->pool);
    uint32_t serving = c.workers - c.starting, stay = c.size > c.starting ? c.size - c.starting : 0;
    uint32_t busy = c.busy < serving ? c.busy : serving;
    nsec idle_since = c.idle_since ? c.idle_since - r->origin : now;
    return (struct load){.workers = serving,
                         .leaving = serving > stay ? serving - stay : 0,
                         .starting = c.starting,
                         .busy = busy,
                         .queued = c.depth,
                         .capacity = r->capacity,
                         .idle_since = busy < serving ? idle_since : NSEC_NEVER,
                         .arrival = arrival};
}

/* Notes how many serve and start. */
static void note(struct resizer *r, nsec now, const struct load *load) {
    meter_levels(&r->governor.meter, now, load->busy, load->workers, load->queued);
    if (load->workers == r->serving && load->starting == r->starting)
        return;
    r->serving = load->workers;
    r->starting = load->starting;
    keep(r, (struct crew_change){.at = now,
                                 .pool = r->governor.pool,
                                 .serving = load->workers,
                                 .starting = load->starting});
}

static void ring(struct resizer *r) {
    atomic_fetch_add(&r->bell, 1);
    park_wake(&r->bell, 1);
}

/* Asks once, as of an instant; false: the policy is content, or what it looks at has not changed
 * yet. */
static bool ask(struct resizer *r, const struct observed *seen, bool arrival, nsec as_of) {
    nsec now = now_of(r);
    struct load load = look(r, now, arrival);
    note(r, now, &load);
    r->asked = as_of > r->asked ? as_of : r->asked;
    struct decision said = governor_ask(&r->governor, &load, seen, r->asked);
    uint32_t from = load_size(&load);
    nsec before = r->again_at;
    r->again_at = said.again;
    if (said.again < before)
        ring(r);
    if (said.size == from || said.size == 0)
        return false;
    int error = headroom_pool_resize(r->pool, said.size);
    if (!error || r->refused != said.size) /* the pool tries again by itself; it is told once */
        keep(r, (struct crew_change){.at = now,
                                     .pool = r->governor.pool,
                                     .decision = true,
                                     .from = from,
                                     .to = said.size});
    r->refused = error ? said.size : 0;
    struct load after = look(r, now, arrival);
    note(r, now, &after);
    return after.workers != load.workers || after.queued != load.queued;
}

static void ask_until_content(struct resizer *r, bool arrival) {
    for (int64_t i = 0; i <= r->governor.spec->max && ask(r, NULL, arrival, now_of(r)); i++)
        continue;
}

/* The policy is asked as of the tick's own instant, however late it is: a dwell of three ticks is
 * three ticks then, as in the simulator. Ticks that were missed are one. */
static void tick(struct resizer *r, nsec now) {
    struct load load = look(r, now, false);
    note(r, now, &load);
    struct observed seen = meter_take(&r->governor.meter, now);
    nsec due = r->tick_at;
    r->tick_at += governor_every(&r->governor);
    r->tick_at = r->tick_at > now ? r->tick_at : now;
    ask(r, &seen, false, due);
}

/* ---- events ---------------------------------------------------------------------------------- */

void resizer_arrival(struct resizer *r) {
    pthread_mutex_lock(&r->lock);
    meter_arrive(&r->governor.meter);
    if (r->governor.before)
        ask_until_content(r, true);
    pthread_mutex_unlock(&r->lock);
}

void resizer_event(struct resizer *r) {
    pthread_mutex_lock(&r->lock);
    nsec now = now_of(r);
    struct load load = look(r, now, false);
    note(r, now, &load);
    if (r->governor.eager)
        ask_until_content(r, false);
    pthread_mutex_unlock(&r->lock);
}

void resizer_started(struct resizer *r, nsec wait) {
    pthread_mutex_lock(&r->lock);
    meter_start(&r->governor.meter, wait);
    nsec now = now_of(r);
    struct load load = look(r, now, false);
    note(r, now, &load); /* it may be this worker's first */
    pthread_mutex_unlock(&r->lock);
}

void resizer_ended(struct resizer *r, nsec service, nsec response) {
    pthread_mutex_lock(&r->lock);
    meter_end(&r->governor.meter, service, response);
    pthread_mutex_unlock(&r->lock);
    resizer_event(r);
}

void resizer_lost(struct resizer *r) {
    pthread_mutex_lock(&r->lock);
    meter_lost(&r->governor.meter);
    pthread_mutex_unlock(&r->lock);
}

/* ---- threads --------------------------------------------------------------------------------- */

void resizer_init(void *resizer, void *scratch) {
    struct resizer *r = resizer;
    (void)scratch;
    if (atomic_fetch_add(&r->begun, 1) < r->first)
        return; /* of the opening */
    pthread_mutex_lock(&r->lock);
    nsec delay = governor_start(&r->governor);
    pthread_mutex_unlock(&r->lock);
    if (delay > 0)
        headroom_worker_sleep(park_now() + delay);
    ring(r); /* it is about to serve */
}

void resizer_fini(void *resizer, void *scratch) {
    struct resizer *r = resizer;
    (void)scratch;
    if (r->ticking && !atomic_load(&r->ending))
        resizer_event(r);
}

static void *keep_ticks(void *resizer) {
    struct resizer *r = resizer;
    unsigned before = 0;
    prctl(PR_SET_TIMERSLACK, 1UL);
    for (;;) {
        unsigned seen = atomic_load(&r->bell);
        bool rung = seen != before;
        before = seen;
        if (atomic_load(&r->ending))
            return NULL;
        pthread_mutex_lock(&r->lock);
        nsec now = now_of(r);
        if (now >= r->tick_at)
            tick(r, now);
        else if (now >= r->again_at && r->governor.eager)
            ask_until_content(r, false);
        else if (now >= r->again_at)
            ask(r, NULL, false, now);
        now = now_of(r);
        struct load load = look(r, now, false);
        note(r, now, &load);
        nsec until = r->tick_at < r->again_at ? r->tick_at : r->again_at;
        if (rung && load.starting > 0 && now + LOOK_AGAIN < until)
            until = now + LOOK_AGAIN; /* who rang is about to serve */
        pthread_mutex_unlock(&r->lock);
        park_wait(&r->bell, seen, until < NSEC_NEVER ? r->origin + until : NSEC_NEVER);
    }
}

int resizer_begin(struct resizer *r, struct headroom_pool *pool, nsec origin) {
    r->pool = pool;
    r->origin = origin;
    r->again_at = r->last; /* the first question */
    r->tick_at = r->governor.ticks ? r->last + governor_every(&r->governor) : NSEC_NEVER;
    int error = pthread_create(&r->ticker, NULL, keep_ticks, r);
    r->ticking = !error;
    return error;
}

void resizer_end(struct resizer *r) {
    atomic_store(&r->ending, true);
    if (!r->ticking)
        return;
    ring(r);
    pthread_join(r->ticker, NULL);
    r->ticking = false;
}
