/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phases: see phases.h. */
#include "model/phases.h"

static nsec share_of(double share, nsec demand) {
    return (nsec)(share * (double)demand + 0.5);
}

void phases_of(nsec length[PHASES], const struct step *step, nsec demand) {
    nsec computing = share_of(step->cpu, demand);
    nsec outside = demand - share_of(step->serial, demand);
    nsec first = computing < outside ? computing : outside;
    length[PHASE_COMPUTE] = first;
    length[PHASE_WAIT] = outside - first;
    length[PHASE_LOCKED_COMPUTE] = computing - first;
    length[PHASE_LOCKED_WAIT] = demand - outside - (computing - first);
}

bool phases_meet(const struct scenario *sc) {
    bool meet = false;
    for (size_t i = 0; i < sc->classes.count; i++) {
        const struct step *step = &sc->classes.items[i].route.items[0];
        meet = meet || step->serial > 0 || (sc->cores > 0 && step->cpu > 0);
    }
    return meet;
}
