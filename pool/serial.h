/* SPDX-License-Identifier: MIT */
/*
 * serial: the one lock of a pool whose jobs are partly serial, first come first served.
 *
 * A lock of a word guards a line of those who wait; each sleeps on a word of its own, on its own
 * stack. A release hands the lock to the first in line, so nobody passes by who came later, and
 * only that one is woken. Zero is free; nothing to open, nothing to close.
 *
 * Who is first in line, and has the lock as soon as its holder is done, does not watch for it: it
 * sleeps, and its wake-up (some 50 us, more where all cores compute) is what a fair lock costs a
 * real pool. The simulator's takes none.
 *
 * Cost: twice two atomic exchanges, about 50 ns, where nobody else wants it; else a system call to
 * sleep and one to wake.
 */
#ifndef POOL_SERIAL_H
#define POOL_SERIAL_H

#include <stdbool.h>

struct serial_waiter {
    unsigned word; /* 1: the lock is its own */
    struct serial_waiter *behind;
};

struct serial {
    unsigned lock; /* pool/lock.h: guards what follows */
    bool taken;
    struct serial_waiter *first, *last; /* first NULL: nobody waits */
};

void serial_take(struct serial *s);
void serial_release(struct serial *s);

#endif
