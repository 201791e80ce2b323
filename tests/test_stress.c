/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_stress: ten million operations (a billion: make stress JOBS=1e9) on pools of every order and
 * every answer to full, each with calls and jobs, deadlines, cancelling, resizing, jobs that end
 * their threads, jobs submitted again from `ended`, and an end by drain, by cancel or by a deadline
 * amid all that; beside them a thread that takes a core for itself.
 *
 * Held: whatever was taken has exactly one fate, told exactly once, and all counts agree with what
 * was seen from outside. Seeds are fixed; the interleaving is not. Where nothing moves for a minute
 * the pool is shown and the program aborts.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool/pool.h"

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define OPERATIONS 1e6
#else
#define OPERATIONS 1e7
#endif

enum { PRODUCERS = 3, SLOTS = 64, MANY = 8, KINDS = 72, FATES = HEADROOM_DEAD_LETTERED + 1 };

#define ROUND_MOST UINT64_C(500000)

/* A job, submitted again and again. */
struct slot {
    struct headroom_job job;
    struct producer *producer;
    atomic_bool busy;
    atomic_ullong taken, ended;
    bool poison;
    int again; /* times `ended` submits it again */
};

struct producer {
    struct headroom_pool *pool;
    const struct headroom_config *config;
    struct headroom_context context;
    pthread_t thread;
    uint64_t random, operations;
    /* What happened to its calls, and the answers it got. */
    _Alignas(64) atomic_ullong ran, here, killed, dropped, cancelled, fates[FATES];
    uint64_t taken;
    atomic_ullong full, jobs_here;
    _Alignas(64) atomic_ullong done;
    struct slot slots[SLOTS];
};

static struct producer *producers;
static atomic_bool over;
static atomic_ullong moved; /* now and then */

static _Thread_local bool producing; /* this thread is a producer: it must not be ended */

static uint64_t draw(struct producer *p) {
    p->random ^= p->random << 13;
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return p->random;
}

static void add(atomic_ullong *count, unsigned long long n) {
    atomic_fetch_add_explicit(count, n, memory_order_relaxed);
}

/* ---- what runs ------------------------------------------------------------------------------- */

static void work(uint64_t ns) {
    for (headroom_ns until = headroom_now() + (headroom_ns)ns; headroom_now() < until;)
        continue;
}

static void call(void *argument) {
    struct producer *p = argument;
    add(producing ? &p->here : &p->ran, 1);
}

static void long_call(void *argument) {
    work(5000);
    call(argument);
}

static void deadly_call(void *argument) {
    struct producer *p = argument;
    if (producing) {
        call(argument);
        return;
    }
    add(&p->killed, 1);
    pthread_exit(NULL);
}

static void run(struct headroom_job *job) {
    struct slot *slot = (struct slot *)job;
    if (producing)
        add(&slot->producer->jobs_here, 1);
    else if (slot->poison)
        pthread_exit(NULL);
    if (job->priority % 16 == 3)
        work(3000);
    job->error = job->priority % 8 == 5;
}

static void ended(struct headroom_job *job) {
    struct slot *slot = (struct slot *)job;
    struct producer *p = slot->producer;
    add(&slot->ended, 1);
    add(&p->fates[job->fate], 1);
    if (slot->again-- > 0) {
        add(&slot->taken, 1);
        int error = headroom_pool_try_job(p->pool, job);
        if (!error)
            return;
        add(&slot->taken, (unsigned long long)-1);
        add(&p->full, error == EAGAIN);
    }
    atomic_store(&slot->busy, false);
}

static void lost(void *user, void (*function)(void *), void *argument, enum headroom_fate fate) {
    struct producer *p = argument;
    (void)user;
    (void)function;
    add(fate == HEADROOM_DROPPED ? &p->dropped : &p->cancelled, 1);
}

/* ---- producers ------------------------------------------------------------------------------- */

/* True: go on. */
static bool answer(struct producer *p, int error) {
    p->taken += error == 0;
    add(&p->full, error == EAGAIN);
    return error != ESHUTDOWN;
}

static bool one_call(struct producer *p, uint64_t dice) {
    uint64_t kind = dice >> 8 & 0xffff;
    void (*function)(void *) = kind < 4 ? deadly_call : kind < 800 ? long_call : call;
    switch (dice >> 32 & 15) {
    case 0:
        return answer(p, headroom_pool_submit_until(p->pool, function, p, headroom_now() + 20000,
                                                    dice & 1 ? &p->context : NULL));
    case 1:
    case 2:
    case 3:
    case 4:
        return answer(p, headroom_pool_try(p->pool, function, p));
    default:
        return answer(p, headroom_pool_submit(p->pool, function, p));
    }
}

static bool many_calls(struct producer *p) {
    void *arguments[MANY];
    for (int i = 0; i < MANY; i++)
        arguments[i] = p;
    p->taken += headroom_pool_submit_many(p->pool, call, arguments, MANY);
    return true;
}

static int submit_slot(struct producer *p, struct slot *slot, uint64_t kind) {
    if (kind < 4)
        return headroom_pool_post_job(p->pool, &slot->job);
    return kind < 6 ? headroom_pool_try_job(p->pool, &slot->job)
                    : headroom_pool_submit_job(p->pool, &slot->job);
}

static bool one_job(struct producer *p, struct slot *slot, uint64_t dice) {
    if (atomic_load(&slot->busy))
        return true;
    struct headroom_job *job = &slot->job;
    job->priority = (int)(dice >> 8 & 63);
    job->start_by = p->config->deadlines && (dice >> 14 & 3) == 0
                        ? headroom_now() + (headroom_ns)(dice >> 40 & 0x1ffff)
                        : 0;
    job->end_by = (dice >> 16 & 31) == 0 ? headroom_now() + 100000 : 0;
    job->parent = (dice >> 21 & 7) == 0 ? &p->context : NULL;
    slot->poison = (dice >> 24 & 0xfff) == 0;
    slot->again = (dice >> 36 & 7) == 0 ? 2 : 0;
    atomic_store(&slot->busy, true);
    add(&slot->taken, 1);
    int error = submit_slot(p, slot, dice >> 60 & 7);
    if (error == 0 || error == EINPROGRESS)
        return true;
    add(&slot->taken, (unsigned long long)-1);
    add(&p->full, error == EAGAIN);
    add(&p->jobs_here, error == EBUSY); /* it would be for us to run it */
    atomic_store(&slot->busy, false);
    return error != ESHUTDOWN;
}

static bool operate(struct producer *p) {
    uint64_t dice = draw(p), what = dice >> 48 & 0x3ff;
    struct slot *slot = &p->slots[dice & (SLOTS - 1)];
    if (what < 700)
        return one_call(p, dice);
    if (what < 720)
        return many_calls(p);
    if (what < 750)
        headroom_job_cancel(p->pool, &slot->job);
    else if (what == 750 && (dice >> 8 & 15) == 0)
        headroom_pool_resize(p->pool, 1 + (uint32_t)(dice >> 16 & 7) % 6);
    else
        return one_job(p, slot, dice);
    return true;
}

static void *produce(void *context) {
    struct producer *p = context;
    producing = true;
    for (uint64_t i = 0; i < p->operations && operate(p); i++) {
        add(&p->done, 1);
        if (i % 256 == 0)
            add(&moved, 1);
        if (i == p->operations / 100 * 95)
            headroom_context_cancel(&p->context, 0);
    }
    add(&p->done, 1);
    return NULL;
}

/* ---- the watchdog and the hog ---------------------------------------------------------------- */

static void give_up(struct headroom_pool *pool) {
    fputs("nothing has moved for a minute\n", stderr);
    headroom_pool_dump(pool, stderr);
    abort();
}

static void *watch(void *context) {
    (void)context;
    uint64_t before = 0;
    for (int quiet = 0; !atomic_load(&over); usleep(100000)) {
        uint64_t now = atomic_load(&moved);
        quiet = now == before ? quiet + 1 : 0;
        before = now;
        if (quiet > 600)
            give_up(producers[0].pool);
    }
    return NULL;
}

static void *hog(void *context) {
    (void)context;
    while (!atomic_load_explicit(&over, memory_order_relaxed))
        continue;
    return NULL;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

enum ending { BY_CLOSE, BY_DEADLINE, BY_CANCEL, BY_DRAIN };

static uint64_t sum_fates(enum headroom_fate fate) {
    uint64_t sum = 0;
    for (int i = 0; i < PRODUCERS; i++)
        sum += atomic_load(&producers[i].fates[fate]);
    return sum;
}

/* Each job ended as often as it was taken; each call of a producer has one fate. */
static void check_producer(const struct producer *p) {
    uint64_t ends = atomic_load(&p->ran) + atomic_load(&p->here) + atomic_load(&p->killed) +
                    atomic_load(&p->dropped) + atomic_load(&p->cancelled);
    assert_int_equal(ends, p->taken);
    for (int i = 0; i < SLOTS; i++) {
        assert_int_equal(atomic_load(&p->slots[i].taken), atomic_load(&p->slots[i].ended));
        assert_false(atomic_load(&p->slots[i].busy));
    }
}

static void check(const struct headroom_counts *c) {
    struct {
        uint64_t ran, here, killed, dropped, cancelled, full, jobs_here;
    } s = {0};
    for (int i = 0; i < PRODUCERS; i++) {
        const struct producer *p = &producers[i];
        check_producer(p);
        s.ran += atomic_load(&p->ran);
        s.here += atomic_load(&p->here);
        s.killed += atomic_load(&p->killed);
        s.dropped += atomic_load(&p->dropped);
        s.cancelled += atomic_load(&p->cancelled);
        s.full += atomic_load(&p->full);
        s.jobs_here += atomic_load(&p->jobs_here);
    }
    assert_int_equal(c->submitted, c->completed + c->failed + c->rejected + c->dropped +
                                       c->cancelled + c->timed_out + c->dead_lettered +
                                       c->caller_ran);
    assert_int_equal(c->in_flight + c->depth + c->door + c->busy, 0);
    assert_int_equal(c->rejected, s.full);
    assert_int_equal(c->caller_ran, s.here + s.jobs_here);
    assert_int_equal(c->dropped, s.dropped + sum_fates(HEADROOM_DROPPED));
    assert_int_equal(c->cancelled, s.cancelled + sum_fates(HEADROOM_CANCELLED));
    assert_int_equal(c->timed_out, sum_fates(HEADROOM_TIMED_OUT));
    assert_int_equal(c->dead_lettered, s.killed + sum_fates(HEADROOM_DEAD_LETTERED));
    assert_true(c->completed >= s.ran);
    assert_true(c->workers_lost >= c->dead_lettered);
}

static void start(struct producer *p, struct headroom_pool *pool,
                  const struct headroom_config *config, uint64_t seed, uint64_t operations) {
    *p = (struct producer){.pool = pool,
                           .config = config,
                           .random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1,
                           .operations = operations};
    headroom_context_open(&p->context, NULL, HEADROOM_NEVER);
    for (int i = 0; i < SLOTS; i++)
        p->slots[i] = (struct slot){.job = {.run = run, .ended = ended}, .producer = p};
    for (int i = 0; i < 20; i++)
        draw(p);
}

static void await_most(uint64_t operations) {
    uint64_t done = 0;
    while (done < operations / 10 * 9) {
        usleep(1000);
        done = 0;
        for (int i = 0; i < PRODUCERS; i++)
            done += atomic_load(&producers[i].done);
    }
}

static void end_round(struct headroom_pool *pool, enum ending ending, uint64_t operations) {
    if (ending == BY_CANCEL || ending == BY_DRAIN)
        await_most(operations);
    if (ending == BY_CANCEL)
        headroom_pool_cancel(pool);
    if (ending == BY_DRAIN)
        headroom_pool_drain(pool, HEADROOM_NEVER);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    struct headroom_counts c;
    int error = headroom_pool_close(
        pool, ending == BY_DEADLINE ? headroom_now() + 100000 : HEADROOM_NEVER, &c);
    assert_true(error == 0 || (error == ETIMEDOUT && ending == BY_DEADLINE));
    check(&c);
    add(&moved, 1);
    for (int i = 0; i < PRODUCERS; i++)
        headroom_context_close(&producers[i].context);
}

static uint64_t play(uint64_t round, uint64_t operations) {
    static const int64_t capacities[] = {0, 3, 100, HEADROOM_UNBOUNDED};
    struct headroom_config config = {.workers = 1 + (uint32_t)round % 5,
                                     .order = (enum headroom_order)(round % 3),
                                     .when_full = (enum headroom_when_full)(round / 3 % 4),
                                     .capacity = capacities[(round + round / 12) % 4],
                                     .deadlines = round % 5 != 0,
                                     .deaths = 1 + (unsigned)round % 2,
                                     .scratch_bytes = round % 7 == 0 ? 64 : 0,
                                     .lost = lost};
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, &config), 0);
    for (uint64_t i = 0; i < PRODUCERS; i++)
        start(&producers[i], pool, &config, 1 + round * PRODUCERS + i, operations / PRODUCERS);
    for (int i = 0; i < PRODUCERS; i++)
        pthread_create(&producers[i].thread, NULL, produce, &producers[i]);
    end_round(pool, (enum ending)((round / 7 + round) % 4), operations);
    uint64_t done = 0;
    for (int i = 0; i < PRODUCERS; i++)
        done += atomic_load(&producers[i].done);
    return done;
}

static double wanted = OPERATIONS;

static void test_everything(void **state) {
    (void)state;
    pthread_t watcher, eater;
    uint64_t all = (uint64_t)wanted, done = 0;
    uint64_t each = all / KINDS < ROUND_MOST ? all / KINDS : ROUND_MOST;
    producers = aligned_alloc(_Alignof(struct producer), PRODUCERS * sizeof *producers);
    memset(producers, 0, PRODUCERS * sizeof *producers);
    pthread_create(&eater, NULL, hog, NULL);
    pthread_create(&watcher, NULL, watch, NULL);
    for (uint64_t round = 0; done < all; round++)
        done += play(round, each);
    atomic_store(&over, true);
    pthread_join(watcher, NULL);
    pthread_join(eater, NULL);
    free(producers);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_everything)};
    if (argc > 1)
        wanted = strtod(argv[1], NULL);
    return cmocka_run_group_tests_name("stress", tests, NULL, NULL);
}
