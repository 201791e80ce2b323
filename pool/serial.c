/* SPDX-License-Identifier: MIT */
/* serial: see serial.h. */
#include "pool/serial.h"

#include <stddef.h>

#include "pool/lock.h"

/* Last in line; under the lock. */
static void stand_in_line(struct serial *s, struct serial_waiter *me) {
    if (s->first)
        s->last->behind = me;
    else
        s->first = me;
    s->last = me;
}

void serial_take(struct serial *s) {
    struct serial_waiter me = {0};
    lock_take(&s->lock);
    bool free = !s->taken;
    if (free)
        s->taken = true;
    else
        stand_in_line(s, &me);
    lock_release(&s->lock);
    while (!free && !__atomic_load_n(&me.word, __ATOMIC_ACQUIRE))
        park_wait(&me.word, 0, NSEC_NEVER);
}

void serial_release(struct serial *s) {
    lock_take(&s->lock);
    struct serial_waiter *next = s->first;
    if (next)
        s->first = next->behind;
    else
        s->taken = false;
    lock_release(&s->lock);
    if (!next)
        return;
    /* With the store the waiter may be gone, and its stack another's: the wake needs the address
     * alone, and all sleepers look again (park.h). */
    unsigned *word = &next->word;
    __atomic_store_n(word, 1, __ATOMIC_RELEASE);
    park_wake(word, 1);
}
