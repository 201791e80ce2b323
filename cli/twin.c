/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twin: see twin.h. */
#include "cli/twin.h"

enum { REPLICATIONS_MOST = 10 };

static bool has_twin(const struct result *closed) {
    const struct scenario *sc = closed->scenario;
    return sc->classes.count == 1 && sc->classes.items[0].arrivals.kind == ARRIVAL_CLOSED &&
           !closed->interrupted && closed->total.throughput.mean > 0;
}

bool twin_simulate(struct twin *twin, const struct options *o, const struct result *closed) {
    if (!closed || !has_twin(closed))
        return false;
    twin->scenario = *closed->scenario;
    twin->class = closed->scenario->classes.items[0];
    twin->class.arrivals =
        (struct arrivals){.kind = ARRIVAL_POISSON, .rate = closed->total.throughput.mean};
    twin->scenario.classes.items = &twin->class;
    twin->scenario.random = true;
    twin->scenario.run.precision.within = 0;
    if (twin->scenario.run.replications > REPLICATIONS_MOST)
        twin->scenario.run.replications = REPLICATIONS_MOST;
    return shared_simulate(o, &twin->scenario, &twin->result, NULL, NULL) == EXIT_DONE;
}

void twin_free(struct twin *twin) {
    result_free(&twin->result);
}
