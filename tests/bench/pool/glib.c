/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GLib's GThreadPool, exclusive: it starts its threads at once and keeps them. Its one function
 * takes the caller's pointer, so what to run lies in the caller's memory. */
#include <glib.h>

#include "tests/bench/pool/contender.h"

struct job {
    void (*run)(void *);
    void *argument;
};

static void run(gpointer data, gpointer user) {
    (void)user;
    struct job *job = data;
    job->run(job->argument);
}

static void *open_pool(unsigned workers, unsigned producers) {
    (void)producers;
    return g_thread_pool_new(run, NULL, (int)workers, TRUE, NULL);
}

static int submit(void *pool, void (*function)(void *), void *argument, void *room) {
    struct job *job = room;
    *job = (struct job){function, argument};
    return g_thread_pool_push(pool, job, NULL);
}

static void close_pool(void *pool) {
    g_thread_pool_free(pool, FALSE, TRUE);
}

const struct contender contender = {
    .about = "GLib " CONTENDER_VERSION(GLIB_MAJOR_VERSION, GLIB_MINOR_VERSION,
                                       GLIB_MICRO_VERSION) ", GThreadPool, exclusive",
    .room = sizeof(struct job),
    .open = open_pool,
    .submit = submit,
    .close = close_pool,
};
