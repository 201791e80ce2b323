/* SPDX-License-Identifier: MIT */
/*
 * group: see group.h.
 *
 * A record of a job is in use from go until the last who needs it has done: the pool (until it
 * ended), the order (until it was handed out), the list of failures (until the group closes). All
 * lists are the group's lock's. The last that a job's end does with the group is to release that
 * lock, so who then finds nothing under way may free it.
 */
#include "pool/group.h"

#include <errno.h>
#include <stdlib.h>

#include "pool/lock.h"
#include "pool/semaphore.h"

enum { BLOCK = 32 };

struct task {
    struct headroom_job job; /* the first */
    struct headroom_group *group;
    headroom_group_function *function;
    struct headroom_group_result result;
    bool done, failed;
    struct task *next, *previous; /* in order; or next free */
    struct task *next_failed;
};

struct block {
    struct block *next;
    struct task tasks[BLOCK];
};

/* Something that sleepers, who hold the group's lock, wait for. */
struct bell {
    unsigned word, sleepers;
};

struct headroom_group {
    struct headroom_pool *pool;
    struct headroom_group_options options;
    struct headroom_context context;
    struct headroom_semaphore places; /* where there is a limit */
    unsigned lock;
    struct bell idle, head; /* nothing is under way; the next in order is done */
    uint64_t under_way, index;
    int error;
    struct task *first, *last; /* in order, not handed out */
    struct task *failed;
    size_t failures;
    struct task *unused;
    struct block *blocks;
};

/* ---- bells, under the lock ------------------------------------------------------------------- */

/* False: `until` has passed. The lock is not held meanwhile. */
static bool sleep_for(struct headroom_group *group, struct bell *bell, headroom_ns until) {
    if (until != HEADROOM_NEVER && park_now() >= until)
        return false;
    unsigned seen = __atomic_load_n(&bell->word, __ATOMIC_RELAXED);
    bell->sleepers++;
    lock_release(&group->lock);
    park_wait((void *)&bell->word, seen, until);
    lock_take(&group->lock);
    bell->sleepers--;
    return true;
}

/* True: there are some to wake, once the lock is released. */
static bool ring(struct bell *bell, bool reached) {
    if (!reached || bell->sleepers == 0)
        return false;
    __atomic_fetch_add(&bell->word, 1, __ATOMIC_RELAXED);
    return true;
}

/* Releases the lock, the last to touch the group; a wake needs the bell's address alone. */
static void release_and_ring(struct headroom_group *group) {
    struct bell *idle = &group->idle, *head = &group->head;
    bool wake_idle = ring(idle, group->under_way == 0);
    bool wake_head = ring(head, !group->first || group->first->done);
    lock_release(&group->lock);
    if (wake_idle)
        park_wake((void *)&idle->word, INT_MAX);
    if (wake_head)
        park_wake((void *)&head->word, INT_MAX);
}

/* ---- records, under the lock ----------------------------------------------------------------- */

static bool grow(struct headroom_group *group) {
    struct block *block = calloc(1, sizeof *block);
    if (!block)
        return false;
    block->next = group->blocks;
    group->blocks = block;
    for (int i = BLOCK - 1; i >= 0; i--) {
        block->tasks[i].next = group->unused;
        group->unused = &block->tasks[i];
    }
    return true;
}

static void recycle(struct headroom_group *group, struct task *task) {
    task->next = group->unused;
    group->unused = task;
}

static void append(struct headroom_group *group, struct task *task) {
    task->previous = group->last;
    if (task->previous)
        task->previous->next = task;
    else
        group->first = task;
    group->last = task;
}

static void take_out(struct headroom_group *group, struct task *task) {
    if (task->previous)
        task->previous->next = task->next;
    else
        group->first = task->next;
    if (task->next)
        task->next->previous = task->previous;
    else
        group->last = task->previous;
}

static void note_error(struct headroom_group *group, int error) {
    if (group->error == 0)
        group->error = error;
}

/* ---- a job's life ---------------------------------------------------------------------------- */

static int error_of(struct headroom_group *group, const struct headroom_job *job) {
    int error = 0;
    switch (job->fate) {
    case HEADROOM_COMPLETED:
        return 0;
    case HEADROOM_FAILED:
        return job->error;
    case HEADROOM_DEAD_LETTERED:
        return EOWNERDEAD;
    case HEADROOM_DROPPED:
    case HEADROOM_REJECTED:
        return EAGAIN;
    case HEADROOM_TIMED_OUT:
        return ETIMEDOUT;
    case HEADROOM_CANCELLED:
    case HEADROOM_PENDING:
        error = headroom_context_error(&group->context);
    }
    return error != 0 ? error : ECANCELED;
}

/* The group's first error, where this is one and cancels it: who was first is for the context to
 * say. */
static int stop_at(struct headroom_group *group, int error) {
    if (error == 0 || group->options.mode == HEADROOM_COLLECT_ERRORS)
        return error;
    headroom_context_cancel(&group->context, error);
    return headroom_context_error(&group->context);
}

/* Stops the group before the pool sees the end, and takes the next job. */
static void run(struct headroom_job *job) {
    struct task *task = (struct task *)job;
    job->error = task->function(headroom_job_context(job), task->result.argument);
    stop_at(task->group, job->error);
}

static void file_away(struct headroom_group *group, struct task *task) {
    task->done = true;
    task->failed = task->result.error != 0;
    if (task->failed) {
        task->next_failed = group->failed;
        group->failed = task;
        group->failures++;
    } else if (!group->options.ordered) {
        recycle(group, task);
    }
}

static void ended(struct headroom_job *job) {
    struct task *task = (struct task *)job;
    struct headroom_group *group = task->group;
    task->result.error = error_of(group, job);
    task->result.fate = job->fate;
    int first = stop_at(group, task->result.error);
    if (group->options.limit > 0)
        headroom_semaphore_release(&group->places, 1);
    lock_take(&group->lock);
    note_error(group, first);
    file_away(group, task);
    group->under_way--;
    release_and_ring(group);
}

/* A record, under way and in its place in the order. NULL: no memory. */
static struct task *take_task(struct headroom_group *group, headroom_group_function *function,
                              void *argument) {
    lock_take(&group->lock);
    uint64_t index = group->index++;
    struct task *task = group->unused || grow(group) ? group->unused : NULL;
    if (task) {
        group->unused = task->next;
        *task = (struct task){.job = {.run = run, .ended = ended, .parent = &group->context},
                              .group = group,
                              .function = function,
                              .result = {.index = index, .argument = argument}};
        if (group->options.ordered)
            append(group, task);
        group->under_way++;
    }
    lock_release(&group->lock);
    return task;
}

/* The pool did not take it: as if it had never been. */
static void put_back(struct headroom_group *group, struct task *task) {
    lock_take(&group->lock);
    if (group->options.ordered)
        take_out(group, task);
    recycle(group, task);
    group->under_way--;
    release_and_ring(group);
}

/* A place within the limit: 0, or the error with which the group was cancelled. */
static int take_place(struct headroom_group *group) {
    return group->options.limit > 0
               ? headroom_semaphore_acquire(&group->places, 1, HEADROOM_NEVER, &group->context)
               : headroom_context_error(&group->context);
}

/* Where it was the group that was cancelled, wait says so, too. */
static int refused(struct headroom_group *group, int error) {
    if (error == headroom_context_error(&group->context)) {
        lock_take(&group->lock);
        note_error(group, error);
        lock_release(&group->lock);
    }
    return error;
}

int headroom_group_go(struct headroom_group *group, headroom_group_function *function,
                      void *argument) {
    int error = take_place(group);
    if (error != 0)
        return refused(group, error);
    struct task *task = take_task(group, function, argument);
    error = task ? headroom_pool_submit_job(group->pool, &task->job) : ENOMEM;
    if (error == 0)
        return 0;
    refused(group, error); /* before the group can be at rest */
    if (task)
        put_back(group, task);
    if (group->options.limit > 0)
        headroom_semaphore_release(&group->places, 1);
    return error;
}

/* ---- results --------------------------------------------------------------------------------- */

int headroom_group_wait(struct headroom_group *group) {
    lock_take(&group->lock);
    while (group->under_way > 0)
        sleep_for(group, &group->idle, HEADROOM_NEVER);
    int error = group->error;
    lock_release(&group->lock);
    return error;
}

/* The head of the order, done; NULL, with the lock held in either case: why not. */
static struct task *await_head(struct headroom_group *group, headroom_ns until, int *error) {
    *error = 0;
    while (group->first && !group->first->done)
        if (!sleep_for(group, &group->head, until)) {
            *error = ETIMEDOUT;
            return NULL;
        }
    *error = group->first ? 0 : ENODATA;
    return group->first;
}

int headroom_group_next(struct headroom_group *group, struct headroom_group_result *result,
                        headroom_ns until) {
    if (!group->options.ordered)
        return EINVAL;
    int error;
    lock_take(&group->lock);
    struct task *task = await_head(group, until, &error);
    if (task) {
        *result = task->result;
        take_out(group, task);
        if (!task->failed) /* else it stays with the failures */
            recycle(group, task);
    }
    release_and_ring(group); /* the next head may be done, and another may wait for it */
    return error;
}

static struct task *merge(struct task *a, struct task *b) {
    struct task *merged = NULL, **end = &merged;
    while (a && b) {
        struct task **less = a->result.index < b->result.index ? &a : &b;
        *end = *less;
        end = &(*less)->next_failed;
        *less = *end;
    }
    *end = a ? a : b;
    return merged;
}

/* By index; places[i] holds a sorted list of 2^i, or none. */
static struct task *sort(struct task *list) {
    struct task *places[64] = {NULL}, *sorted = NULL;
    while (list) {
        struct task *one = list;
        list = list->next_failed;
        one->next_failed = NULL;
        int i = 0;
        for (; places[i]; i++) {
            one = merge(places[i], one);
            places[i] = NULL;
        }
        places[i] = one;
    }
    for (int i = 0; i < 64; i++)
        sorted = merge(places[i], sorted);
    return sorted;
}

size_t headroom_group_errors(struct headroom_group *group, struct headroom_group_result *results,
                             size_t room) {
    lock_take(&group->lock);
    group->failed = sort(group->failed);
    struct task *task = group->failed;
    for (size_t i = 0; i < room && task; i++, task = task->next_failed)
        results[i] = task->result;
    size_t failures = group->failures;
    lock_release(&group->lock);
    return failures;
}

/* ---- the group ------------------------------------------------------------------------------- */

int headroom_group_open(struct headroom_group **group, struct headroom_pool *pool,
                        struct headroom_context *parent,
                        const struct headroom_group_options *options) {
    struct headroom_group *g = calloc(1, sizeof *g);
    *group = g;
    if (!g)
        return ENOMEM;
    g->pool = pool;
    if (options)
        g->options = *options;
    headroom_context_open(&g->context, parent, HEADROOM_NEVER);
    headroom_semaphore_open(&g->places, g->options.limit);
    return 0;
}

struct headroom_context *headroom_group_context(struct headroom_group *group) {
    return &group->context;
}

int headroom_group_close(struct headroom_group *group) {
    if (!group)
        return 0;
    int error = headroom_group_wait(group);
    headroom_semaphore_close(&group->places);
    headroom_context_close(&group->context);
    while (group->blocks) {
        struct block *block = group->blocks;
        group->blocks = block->next;
        free(block);
    }
    free(group);
    return error;
}
