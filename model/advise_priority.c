/* SPDX-License-Identifier: GPL-3.0-or-later */
/* advise_priority: priorities that nobody reads, pools that have none to order by, and classes that
 * those above them leave nothing to. */
#include <math.h>

#include "model/advise_rules.h"

static const struct pool_spec *pool_of(const struct scenario *sc, const struct class *class) {
    return &sc->pools.items[class->route.items[0].pool];
}

void advise_class_priority(const struct advisor *a, const struct class *class) {
    const struct pool_spec *pool = pool_of(a->sc, class);
    if (class->priority > 0 && pool->queue.order != STATION_PRIORITY)
        advise_tell(a, ADVICE_PRIORITY,
                    "class '%s': its priority %lld means nothing: pool '%s' does not order by it "
                    "(queue: {order: priority})",
                    class->name, (long long)class->priority, pool->name);
}

/* The busy workers that classes of this priority and above would need; NaN: some are closed. */
static double load_from(const struct scenario *sc, size_t pool, int64_t priority) {
    double load = 0;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (class->route.items[0].pool == pool && class->priority >= priority)
            load += scenario_class_rate(class) * advise_service(class);
    }
    return load;
}

/* The highest priority of the pool's classes below `limit`; -1: there is none. */
static int64_t next_below(const struct scenario *sc, size_t pool, int64_t limit) {
    int64_t next = -1;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct class *class = &sc->classes.items[i];
        if (class->route.items[0].pool == pool && class->priority < limit)
            next = class->priority > next ? class->priority : next;
    }
    return next;
}

void advise_pool_priority(const struct advisor *a, const struct view *v) {
    struct texts t = {.used = 0};
    if (v->spec->queue.order != STATION_PRIORITY)
        return;
    int64_t upper = next_below(a->sc, v->index, INT64_MAX),
            lower = next_below(a->sc, v->index, upper);
    if (upper >= 0 && lower < 0)
        advise_tell(a, ADVICE_PRIORITY,
                    "pool '%s': all its classes have priority %lld, so order: priority is fifo",
                    v->spec->name, (long long)upper);
    for (; lower >= 0; upper = lower, lower = next_below(a->sc, v->index, lower)) {
        double load = load_from(a->sc, v->index, upper);
        if (!(load >= v->c))
            continue;
        advise_tell(a, ADVICE_PRIORITY,
                    "pool '%s': jobs of priority %lld and above are %s workers' worth on %.0f: "
                    "those below are hardly ever served",
                    v->spec->name, (long long)upper, n(&t, load), v->c);
        return;
    }
}
