/* SPDX-License-Identifier: GPL-3.0-or-later */
/* governor: see governor.h. */
#include "model/governor.h"

void governor_open(struct governor *g, const struct scenario *sc, uint32_t pool,
                   uint64_t replication, nsec now, struct resize_log *log) {
    const struct pool_spec *spec = &sc->pools.items[pool];
    uint64_t key = rng_key((uint64_t)sc->seed, replication, spec->name, RNG_RESIZE);
    *g = (struct governor){.spec = &spec->resize,
                           .pool = pool,
                           .log = log,
                           .eager = policy_resize_eager(&spec->resize),
                           .before = spec->resize.policy == RESIZE_ON_DEMAND,
                           .ticks = policy_resize_ticks(&spec->resize)};
    for (uint32_t die = 0; die < GOVERNOR_DICE; die++)
        dice_open(&g->dice[die], key, die);
    policy_resize_open(&g->policy, g->spec, (uint32_t)spec->workers, now);
    meter_open(&g->meter, now, 0, (uint32_t)spec->workers, 0);
}

static nsec draw(struct governor *g, const struct dist *dist, enum governor_die die) {
    dice_item(&g->dice[die], g->drawn[die]++);
    return dist_draw_time(dist, &g->dice[die]);
}

nsec governor_every(struct governor *g) {
    return draw(g, &g->spec->every, DIE_EVERY);
}

nsec governor_start(struct governor *g) {
    return draw(g, &g->spec->spawn, DIE_SPAWN) + draw(g, &g->spec->warm_up, DIE_WARM_UP);
}

nsec governor_keep_alive(struct governor *g) {
    return draw(g, &g->spec->keep_alive, DIE_KEEP_ALIVE);
}

bool governor_draws_keep_alive(const struct governor *g) {
    return g->spec->policy == RESIZE_ON_DEMAND && dist_random(&g->spec->keep_alive);
}

struct decision governor_ask(struct governor *g, const struct load *load,
                             const struct observed *seen, nsec now) {
    struct decision said = policy_resize_decide(&g->policy, load, seen, now, &g->dice[DIE_DWELL]);
    if (g->log && (seen || said.size != load_size(load)))
        resize_log_decided(g->log, &(struct decided){now, g->pool, seen != NULL, *load,
                                                     seen ? *seen : (struct observed){0}, said});
    return said;
}
