/* SPDX-License-Identifier: GPL-3.0-or-later */
/* overhead: see overhead.h. Cost: some 150 ns a job, and an event more for those that end late. */
#include "sim/overhead.h"

#include <stdlib.h>

struct serving {
    nsec from;    /* when the wait begins, its last stretch at the earliest; */
    bool settled; /* the end is known, or there is no wait at all */
};

struct overhead {
    const struct profile *profile;
    const struct scenario *scenario;
    struct dice *begins, *ends; /* a class each */
    struct serving *servings;   /* a server each */
    nsec *watching;             /* until when each of the watchers does */
};

static bool open_all(struct overhead *o, uint64_t replication, uint32_t servers) {
    const struct scenario *sc = o->scenario;
    o->begins = calloc(sc->classes.count, sizeof *o->begins);
    o->ends = calloc(sc->classes.count, sizeof *o->ends);
    o->servings = calloc((size_t)servers + 1, sizeof *o->servings);
    o->watching = calloc((size_t)o->profile->watchers + 1, sizeof *o->watching);
    if (!o->begins || !o->ends || !o->servings || !o->watching)
        return false;
    for (size_t i = 0; i < sc->classes.count; i++) {
        uint64_t key =
            rng_key((uint64_t)sc->seed, replication, sc->classes.items[i].name, RNG_HOST);
        dice_open(&o->begins[i], key, 0);
        dice_open(&o->ends[i], key, 1);
    }
    for (int64_t i = 0; i < o->profile->watchers; i++)
        o->watching[i] = INT64_MIN;
    return true;
}

struct overhead *overhead_open(const struct scenario *sc, uint64_t replication, uint32_t servers) {
    struct overhead *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->profile = sc->profile.read;
    o->scenario = sc;
    if (open_all(o, replication, servers))
        return o;
    overhead_close(o);
    return NULL;
}

void overhead_close(struct overhead *o) {
    if (!o)
        return;
    free(o->begins);
    free(o->ends);
    free(o->servings);
    free(o->watching);
    free(o);
}

nsec overhead_start(struct overhead *o, struct job *job, uint32_t server, bool handed, nsec now) {
    const struct profile *p = o->profile;
    struct dice *dice = &o->begins[job->class];
    struct serving *s = &o->servings[server];
    double cpu = o->scenario->classes.items[job->class].route.items[0].cpu;
    nsec computing = (nsec)(cpu * (double)job->demand + 0.5), waiting = job->demand - computing;
    dice_item(dice, job->index);
    nsec late = profile_draw(p, PROFILE_PACER, dice) + profile_draw(p, PROFILE_DISPATCH, dice);
    nsec begin = profile_draw(p, PROFILE_HAND_OVER, dice);
    nsec more = profile_draw(p, PROFILE_SPIN, dice), timer = profile_draw(p, PROFILE_TIMER, dice);
    job->started = now + (handed ? 0 : late);
    s->settled = waiting <= 0;
    if (computing > 0)
        begin += computing + more;
    nsec awake = job->started + begin;
    nsec end = (computing > 0 ? awake : job->started) + waiting;
    end = end > awake ? end : awake;
    s->from = end - p->stretch + timer;
    s->from = s->from > awake ? s->from : awake;
    return end;
}

/* A place among those who watch the clock, from `from` to `until`: they are as many as cores can be
 * spared. */
static bool watches(struct overhead *o, nsec from, nsec until) {
    for (int64_t i = 0; from < until && i < o->profile->watchers; i++)
        if (o->watching[i] <= from) {
            o->watching[i] = until;
            return true;
        }
    return from >= until; /* it is late already, whoever watches */
}

nsec overhead_end(struct overhead *o, const struct job *job, uint32_t server, nsec now) {
    struct serving *s = &o->servings[server];
    struct dice *dice = &o->ends[job->class];
    if (s->settled)
        return now;
    s->settled = true;
    dice_item(dice, job->index);
    bool watched = watches(o, s->from, now);
    return now + profile_draw(o->profile, watched ? PROFILE_WATCHED : PROFILE_UNWATCHED, dice);
}
