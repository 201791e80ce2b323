/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calendar: see calendar.h. */
#include "sim/calendar.h"

#include <stdlib.h>

bool calendar_open(struct calendar *c, uint32_t room) {
    *c = (struct calendar){.room = room};
    c->heap = aligned_alloc(64, (((size_t)room + 2) * sizeof *c->heap + 63) / 64 * 64);
    return c->heap != NULL;
}

void calendar_close(struct calendar *c) {
    free(c->heap);
    *c = (struct calendar){0};
}
