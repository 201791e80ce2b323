/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spend: see spend.h. */
#include "sim/spend.h"

#include <stdlib.h>

bool spend_open(struct spend *s, const struct scenario *sc, uint32_t servers, nsec now) {
    *s = (struct spend){.next = NSEC_NEVER, .on = phases_meet(sc), .shared = sc->cores > 0};
    if (!s->on)
        return true;
    s->server_count = servers;
    s->servers = calloc((size_t)servers + 1, sizeof *s->servers);
    s->locks = calloc(sc->pools.count, sizeof *s->locks);
    for (size_t i = 0; s->locks && i < sc->pools.count; i++)
        s->locks[i].first = SPEND_NONE;
    uint32_t cores = s->shared ? (uint32_t)sc->cores : 1;
    return s->servers && s->locks && ends_open(&s->waits, servers, true) &&
           processor_open(&s->processor, cores, servers, now);
}

void spend_close(struct spend *s) {
    if (!s->on)
        return;
    ends_close(&s->waits);
    processor_close(&s->processor);
    free(s->servers);
    free(s->locks);
    *s = (struct spend){.next = NSEC_NEVER};
}

/* True: it is the server's. Else it stands in line. */
static bool take_lock(struct spend *s, uint32_t server) {
    struct spender *who = &s->servers[server];
    struct spend_lock *lock = &s->locks[who->pool];
    if (who->holds)
        return true;
    if (!lock->taken)
        return lock->taken = who->holds = true;
    who->behind = SPEND_NONE;
    if (lock->first == SPEND_NONE)
        lock->first = server;
    else
        s->servers[lock->last].behind = server;
    lock->last = server;
    return false;
}

static void wait_for(struct spend *s, nsec now, nsec time, uint32_t server) {
    ends_push(&s->waits, now + time, server);
}

/* Into the first phase from here on that takes any time; false: there is none. */
static bool enter(struct spend *s, nsec now, uint32_t server) {
    struct spender *who = &s->servers[server];
    while (who->phase < PHASES && who->length[who->phase] == 0)
        who->phase++;
    if (who->phase == PHASES)
        return false;
    if (phase_locked((enum phase)who->phase) && !take_lock(s, server))
        return true;
    if (s->shared && phase_computes((enum phase)who->phase))
        processor_add(&s->processor, now, who->length[who->phase], server);
    else
        wait_for(s, now, who->length[who->phase], server);
    return true;
}

static void pass_lock(struct spend *s, nsec now, uint32_t server) {
    struct spend_lock *lock = &s->locks[s->servers[server].pool];
    uint32_t next = lock->first;
    s->servers[server].holds = false;
    lock->taken = next != SPEND_NONE;
    if (!lock->taken)
        return;
    lock->first = s->servers[next].behind;
    s->servers[next].holds = true;
    enter(s, now, next);
}

static void look(struct spend *s) {
    s->next = s->processor.next < s->waits.next ? s->processor.next : s->waits.next;
}

void spend_begin(struct spend *s, nsec now, uint32_t server, const struct step *step, nsec demand) {
    struct spender *who = &s->servers[server];
    *who = (struct spender){.pool = (uint32_t)step->pool, .busy = true};
    phases_of(who->length, step, demand);
    if (!enter(s, now, server))
        wait_for(s, now, 0, server); /* of no length: it ends in an event of its own */
    look(s);
}

/* The server whose phase ends first. */
static uint32_t take_first(struct spend *s, nsec now) {
    if (s->processor.next == now)
        return processor_take(&s->processor);
    uint32_t server = ends_first(&s->waits);
    ends_pop(&s->waits);
    return server;
}

uint32_t spend_go_on(struct spend *s, nsec now) {
    uint32_t server = take_first(s, now);
    struct spender *who = &s->servers[server];
    if (who->phase < PHASES)
        who->phase++;
    bool goes_on = enter(s, now, server);
    if (!goes_on && who->holds)
        pass_lock(s, now, server);
    who->busy = goes_on;
    look(s);
    return goes_on ? SPEND_NONE : server;
}
