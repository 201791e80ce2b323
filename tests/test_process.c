/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_process: a pool in a process that gets signals and forks. No handler ever runs on a thread
 * of a pool, whatever started it; a child may exec or _exit while the pool of its parent goes on.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool/pool.h"

static struct headroom_pool *open_pool(const struct headroom_config *config) {
    struct headroom_pool *pool;
    assert_int_equal(headroom_pool_open(&pool, config), 0);
    return pool;
}

static void count_up(void *counter) {
    atomic_fetch_add((atomic_uint *)counter, 1);
}

static void nap(void) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* ---- signals --------------------------------------------------------------------------------- */

static atomic_uint handled, handled_elsewhere;
static pid_t main_thread;

static void on_signal(int number) {
    (void)number;
    bool here = syscall(SYS_gettid) == main_thread;
    atomic_fetch_add(here ? &handled : &handled_elsewhere, 1);
}

static void catch_usr1(void) {
    struct sigaction action = {.sa_handler = on_signal};
    main_thread = (pid_t)syscall(SYS_gettid);
    atomic_store(&handled, 0);
    atomic_store(&handled_elsewhere, 0);
    sigaction(SIGUSR1, &action, NULL);
}

static void end_thread(struct headroom_job *job) {
    (void)job;
    pthread_exit(NULL);
}

/* Workers of all origins: those of the start, one in place of a dead one (started by the dying),
 * more by a resize from a worker; and the keeper. */
static void grow(void *pool) {
    assert_int_equal(headroom_pool_resize(pool, 6), 0);
}

static struct headroom_pool *make_zoo(void) {
    struct headroom_pool *pool =
        open_pool(&(struct headroom_config){.workers = 3,
                                            .capacity = HEADROOM_UNBOUNDED,
                                            .deadlines = true,
                                            .job_limit = 3600 * HEADROOM_SECOND});
    struct headroom_job dies = {.run = end_thread};
    assert_int_equal(headroom_pool_submit_job(pool, &dies), 0);
    assert_int_equal(headroom_job_wait(&dies, HEADROOM_NEVER), 0);
    assert_int_equal(dies.fate, HEADROOM_DEAD_LETTERED);
    assert_int_equal(headroom_pool_submit(pool, grow, pool), 0);
    struct headroom_counts c;
    do {
        nap();
        c = headroom_pool_counts(pool);
    } while (c.workers < 6 || c.workers_lost < 1 || c.in_flight > 0);
    return pool;
}

/* The signals that a thread blocks, as the kernel says. */
static uint64_t blocked_by(const char *tid) {
    char path[300], line[128];
    unsigned long long mask = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", tid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        sscanf(line, "SigBlk: %llx", &mask);
    fclose(f);
    return mask;
}

/* Of all threads named so: how many; each blocks whatever can be blocked. */
static int check_threads(const char *name) {
    uint64_t all = ~(UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1) |
                     UINT64_C(1) << (32 - 1) | UINT64_C(1) << (33 - 1)); /* 32, 33: the libc's */
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *d; (d = readdir(tasks));) {
        char path[300], comm[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", d->d_name);
        FILE *f = d->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (!f)
            continue;
        bool known = fgets(comm, sizeof comm, f) && strtol(d->d_name, NULL, 10) != main_thread;
        fclose(f);
        comm[strcspn(comm, "\n")] = 0;
        if (!known || strcmp(comm, name) != 0)
            continue;
        count++;
        assert_true((blocked_by(d->d_name) & all) == all);
    }
    closedir(tasks);
    return count;
}

static void test_workers_block_signals(void **state) {
    (void)state;
    catch_usr1();
    struct headroom_pool *pool = make_zoo();
    while (check_threads("pool") < 6 + 1) /* some may be on their way to their name */
        nap();
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

/* While this thread blocks it too, a signal to the process stays pending; then it comes here. */
static void test_signals_come_elsewhere(void **state) {
    (void)state;
    sigset_t usr1, pending;
    atomic_uint ran = 0;
    catch_usr1();
    struct headroom_pool *pool = make_zoo();
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    for (unsigned i = 0; i < 50; i++) {
        pthread_sigmask(SIG_BLOCK, &usr1, NULL);
        kill(getpid(), SIGUSR1);
        for (int k = 0; k < 200; k++)
            assert_int_equal(headroom_pool_submit(pool, count_up, &ran), 0);
        if (i % 10 == 0)
            nap();
        assert_int_equal(sigpending(&pending), 0);
        assert_int_equal(sigismember(&pending, SIGUSR1), 1);
        assert_int_equal(atomic_load(&handled) + atomic_load(&handled_elsewhere), i);
        pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
        assert_int_equal(atomic_load(&handled), i + 1);
    }
    for (int i = 0; i < 500; i++) { /* and they interrupt nothing here */
        kill(getpid(), SIGUSR1);
        assert_int_equal(headroom_pool_submit(pool, count_up, &ran), 0);
    }
    assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, NULL), 0);
    assert_int_equal(atomic_load(&ran), 50 * 200 + 500);
    assert_int_equal(atomic_load(&handled_elsewhere), 0);
}

/* A blocked submitter, a waiter and a drain are interrupted by signals, and wait on. */
static void sleep_for_a_while(void *context) {
    (void)context;
    headroom_ns until = headroom_now() + HEADROOM_SECOND / 5;
    while (headroom_now() < until)
        nap();
}

static void sleep_as_job(struct headroom_job *job) {
    (void)job;
    sleep_for_a_while(NULL);
}

struct pest {
    pthread_t victim;
    atomic_bool over;
};

static void *pester(void *context) {
    struct pest *pest = context;
    while (!atomic_load(&pest->over)) {
        pthread_kill(pest->victim, SIGUSR1);
        nap();
    }
    return NULL;
}

static void test_waits_survive_signals(void **state) {
    (void)state;
    catch_usr1();
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 1});
    struct pest pest = {.victim = pthread_self()};
    struct headroom_job job = {.run = sleep_as_job};
    pthread_t thread;
    pthread_create(&thread, NULL, pester, &pest);
    assert_int_equal(headroom_pool_submit(pool, sleep_for_a_while, NULL), 0);
    assert_int_equal(headroom_pool_submit_job(pool, &job), 0); /* blocks at the door */
    assert_true(job.waited);
    assert_int_equal(headroom_job_wait(&job, HEADROOM_NEVER), 0);
    assert_int_equal(headroom_pool_submit(pool, sleep_for_a_while, NULL), 0);
    assert_int_equal(headroom_pool_drain(pool, HEADROOM_NEVER), 0);
    atomic_store(&pest.over, true);
    pthread_join(thread, NULL);
    struct headroom_counts c;
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, &c), 0);
    assert_int_equal(c.completed, 3);
    assert_true(atomic_load(&handled) > 0);
}

/* ---- fork ------------------------------------------------------------------------------------ */

static int status_of(pid_t child) {
    int status = -1;
    assert_true(child > 0);
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct feeder {
    struct headroom_pool *pool;
    atomic_uint *ran;
    atomic_bool over;
    unsigned submitted;
};

static void *feed(void *context) {
    struct feeder *f = context;
    for (; !atomic_load(&f->over); f->submitted++)
        if (headroom_pool_submit(f->pool, count_up, f->ran) != 0)
            break;
    return NULL;
}

static void test_fork(void **state) {
    (void)state;
    atomic_uint ran = 0;
    struct headroom_pool *pool = open_pool(&(struct headroom_config){
        .workers = 3, .capacity = 16, .deadlines = true, .job_limit = 60 * HEADROOM_SECOND});
    struct feeder feeder = {.pool = pool, .ran = &ran};
    pthread_t thread;
    pthread_create(&thread, NULL, feed, &feeder);
    for (int i = 0; i < 20; i++) {
        unsigned before = atomic_load(&ran);
        pid_t child = fork();
        if (child == 0 && i % 2)
            _exit(7);
        if (child == 0) {
            execl("/bin/sh", "sh", "-c", "exit 8", (char *)NULL);
            _exit(1);
        }
        assert_int_equal(status_of(child), i % 2 ? 7 : 8);
        while (atomic_load(&ran) <= before) /* the parent's pool goes on */
            nap();
    }
    atomic_store(&feeder.over, true);
    pthread_join(thread, NULL);
    assert_int_equal(headroom_pool_close(pool, HEADROOM_NEVER, NULL), 0);
    assert_int_equal(atomic_load(&ran), feeder.submitted);
}

/* A job may fork as well, and wait for its child. */
struct forking {
    struct headroom_job base;
    int status;
};

static void fork_and_wait(struct headroom_job *job) {
    sigset_t none;
    sigemptyset(&none);
    pid_t child = fork();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &none, NULL); /* pool.h: else the program would block all */
        execl("/bin/sh", "sh", "-c", "kill -TERM $$; exit 9", (char *)NULL);
        _exit(1);
    }
    ((struct forking *)job)->status = status_of(child);
}

static void test_fork_in_a_job(void **state) {
    (void)state;
    struct headroom_pool *pool = open_pool(&(struct headroom_config){.workers = 2});
    for (int i = 0; i < 10; i++) {
        struct forking job = {.base = {.run = fork_and_wait}};
        assert_int_equal(headroom_pool_submit_job(pool, &job.base), 0);
        assert_int_equal(headroom_job_wait(&job.base, HEADROOM_NEVER), 0);
        assert_int_equal(job.status, -SIGTERM);
    }
    headroom_pool_close(pool, HEADROOM_NEVER, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workers_block_signals), cmocka_unit_test(test_signals_come_elsewhere),
        cmocka_unit_test(test_waits_survive_signals), cmocka_unit_test(test_fork),
        cmocka_unit_test(test_fork_in_a_job),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
