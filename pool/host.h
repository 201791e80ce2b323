/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host: what the operating system says of this machine and of how busy it was meanwhile. */
#ifndef POOL_HOST_H
#define POOL_HOST_H

#include <stdbool.h>

struct host_usage {
    double total, idle, steal; /* ticks since boot, over all processors; total 0: not known */
    double own;                /* of this process, since its begin */
};

struct host_usage host_usage(void);

/* Shares of all processors' time between two readings; NaN: not known. */
struct host_shares {
    double steal, busy, others; /* others: busy with what is not this process */
};
struct host_shares host_shares(struct host_usage before, struct host_usage after);

/* Raises the calling thread to real-time priority, where this is allowed, or puts it back. */
bool host_realtime(bool on);

/* "Debian GNU/Linux 12 (bookworm)"; fresh memory. */
char *host_system(void);

#endif
