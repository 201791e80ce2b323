/* SPDX-License-Identifier: MIT */
/*
 * dump: one page of plain text for a pool that hangs, or seems to.
 *
 * It is made for the worst moment. It takes the pool's lock by trying, for a second at most, and
 * says so where it cannot have it. Under the lock it looks (struct scene, on the stack); it
 * allocates nothing, and it writes when the lock is free again, as the stream may block as well.
 * Not for signal handlers.
 *
 * Cost under the lock: all workers, all that stand at the door; about 0.1 us each.
 */
#include <inttypes.h>
#include <time.h>

#include "pool/core.h"

enum { ROWS = 40, TRIES = 1000, BETWEEN_TRIES = 1000000 /* ns */, NAME_MOST = 40 };
static const headroom_ns LONG = HEADROOM_SECOND; /* from when on something looks stuck */

struct row {
    const struct worker *worker;
    uint32_t number;
    int tid;
    bool runs, parked;
    struct sight sight;
};

/* Instants are in ns; NEVER: nobody. */
struct scene {
    headroom_ns now;
    struct headroom_counts counts;
    bool refusing, cancelled;
    uint32_t parked, wakes, resters, running;
    headroom_ns youngest; /* the last start of those that run now */
    headroom_ns waits;    /* since then the first in the queues */
    uint64_t visitors, own_visitors, posted;
    headroom_ns visitor, post; /* since then the first of each */
    struct row rows[ROWS];
    uint32_t row_count;
};

/* ---- looking, under the lock ----------------------------------------------------------------- */

static headroom_ns earlier(headroom_ns a, headroom_ns b) {
    return a < b ? a : b;
}

static headroom_ns submitted(const struct headroom_pool *pool, const struct entry *e) {
    return e->job ? e->job->submitted : pool_clock(pool, e->ticks);
}

/* The longest running first, the idle ones last, by number. */
static bool before(const struct row *a, const struct row *b) {
    if (a->runs != b->runs)
        return a->runs;
    if (a->runs && a->sight.since != b->sight.since)
        return a->sight.since < b->sight.since;
    return a->number < b->number;
}

/* Into the rows in order; the last one falls out where there are too many. */
static void keep(struct scene *s, const struct row *row) {
    uint32_t i = s->row_count < ROWS ? s->row_count++ : ROWS - 1;
    if (i == ROWS - 1 && s->rows[i].worker && !before(row, &s->rows[i]))
        return;
    for (; i > 0 && before(row, &s->rows[i - 1]); i--)
        s->rows[i] = s->rows[i - 1];
    s->rows[i] = *row;
}

static void look_at_workers(struct scene *s, const struct headroom_pool *pool) {
    s->youngest = 0;
    for (struct worker *w = pool->all; w; w = w->next) {
        struct row row = {.worker = w, .number = w->number};
        row.tid = __atomic_load_n(&w->tid, __ATOMIC_RELAXED);
        row.runs = pool_look(pool, w, &row.sight);
        s->running += row.runs;
        if (row.runs && row.sight.since > s->youngest)
            s->youngest = row.sight.since;
        keep(s, &row);
    }
    for (const struct worker *w = pool->parked_top; w; w = w->below)
        for (uint32_t i = 0; i < s->row_count; i++)
            s->rows[i].parked = s->rows[i].parked || s->rows[i].worker == w;
}

static void look_at_queues(struct scene *s, const struct headroom_pool *pool) {
    struct entry e;
    s->waits = HEADROOM_NEVER;
    if (queue_peek(&pool->ready, &e))
        s->waits = submitted(pool, &e);
    for (uint32_t i = 0; i < pool->line_count; i++)
        if (queue_peek(&pool->lines[i], &e))
            s->waits = earlier(s->waits, submitted(pool, &e));
}

static void look_at_door(struct scene *s, const struct headroom_pool *pool) {
    s->visitor = s->post = HEADROOM_NEVER;
    for (const struct headroom_job *node = pool->door_first; node; node = node->next) {
        if (node->run) {
            s->posted++;
            s->post = earlier(s->post, node->submitted);
            continue;
        }
        const struct visitor *v = (const struct visitor *)node;
        s->visitors++;
        s->own_visitors += v->own;
        s->visitor = earlier(s->visitor, submitted(pool, &v->entry));
    }
}

static void look(struct scene *s, const struct headroom_pool *pool) {
    s->counts = pool_count(pool);
    s->refusing = pool->refusing;
    s->cancelled = pool->cancelled;
    s->parked = pool->parked;
    s->wakes = pool->wakes;
    s->resters = pool->resters;
    look_at_workers(s, pool);
    look_at_queues(s, pool);
    look_at_door(s, pool);
    s->now = headroom_now();
}

static bool try_for_long(unsigned *lock) {
    for (int i = 0; i < TRIES; i++) {
        if (lock_try(lock))
            return true;
        nanosleep(&(struct timespec){.tv_nsec = BETWEEN_TRIES}, NULL);
    }
    return false;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* "12.3 s", of what is since then; no fractions of printf, they depend on the locale. */
struct span {
    char text[32];
};

static struct span since(const struct scene *s, headroom_ns then) {
    struct span span;
    int64_t tenths = (s->now > then ? s->now - then : 0) / (HEADROOM_SECOND / 10);
    snprintf(span.text, sizeof span.text, "%" PRId64 ".%" PRId64 " s", tenths / 10, tenths % 10);
    return span;
}

static bool for_long(const struct scene *s, headroom_ns then) {
    return then != HEADROOM_NEVER && s->now - then >= LONG;
}

static const char *plural(uint64_t n) {
    return n == 1 ? "" : "s";
}

static void put_title(FILE *out, const struct headroom_pool *pool, const char *state) {
    fputs("pool \"", out);
    const char *name = pool->config.name;
    for (int i = 0; i < NAME_MOST && name[i]; i++)
        putc((unsigned char)name[i] < ' ' || name[i] == 127 ? '?' : name[i], out);
    fprintf(out, "\", %s\n", state);
}

static void put_counts(FILE *out, const struct scene *s) {
    const struct headroom_counts *c = &s->counts;
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {{"submitted", c->submitted},         {"started", c->started},
               {"completed", c->completed},         {"failed", c->failed},
               {"rejected", c->rejected},           {"dropped", c->dropped},
               {"cancelled", c->cancelled},         {"timed out", c->timed_out},
               {"dead-lettered", c->dead_lettered}, {"caller ran", c->caller_ran},
               {"workers lost", c->workers_lost},   {"failed to start", c->failed_to_start}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        fprintf(out, "  %-15s %19" PRIu64 "%s", all[i].name, all[i].value, i % 2 ? "\n" : "  ");
    fprintf(out,
            "in flight %" PRIu64 ": %" PRIu32 " with a worker, %" PRIu64 " queued, %" PRIu64
            " at the door\n",
            c->in_flight, c->busy, c->depth, c->door);
    fprintf(out, "workers %" PRIu32 " of %" PRIu32 ": %" PRIu32 " run, %" PRIu32 " parked\n",
            c->workers, c->size, s->running, s->parked);
}

static void put_waiting(FILE *out, const struct scene *s) {
    if (s->waits != HEADROOM_NEVER)
        fprintf(out, "the first in the queue was submitted %s ago\n", since(s, s->waits).text);
    if (s->visitors)
        fprintf(out, "%" PRIu64 " submitter%s at the door, the first since %s\n", s->visitors,
                plural(s->visitors), since(s, s->visitor).text);
    if (s->posted)
        fprintf(out, "%" PRIu64 " posted job%s at the door, the first since %s\n", s->posted,
                plural(s->posted), since(s, s->post).text);
}

/* What it runs: the address of a call's function (and its argument), or of a job and its `run`. */
static void put_row(FILE *out, const struct scene *s, const struct row *row) {
    const struct sight *w = &row->sight;
    fprintf(out, "  worker %-6" PRIu32 " thread %-8d ", row->number, row->tid);
    if (!row->runs)
        fputs(row->parked ? "parked\n" : "idle, awake\n", out);
    else if (w->function)
        fprintf(out, "%9s  call 0x%" PRIxPTR "(0x%" PRIxPTR ")\n", since(s, w->since).text,
                (uintptr_t)w->function, (uintptr_t)w->argument);
    else
        fprintf(out, "%9s  job 0x%" PRIxPTR " 0x%" PRIxPTR "\n", since(s, w->since).text,
                (uintptr_t)w->job, (uintptr_t)w->run);
}

static void put_rows(FILE *out, const struct scene *s) {
    for (uint32_t i = 0; i < s->row_count; i++)
        put_row(out, s, &s->rows[i]);
    if (s->counts.workers > s->row_count)
        fprintf(out, "  and %" PRIu32 " more\n", s->counts.workers - s->row_count);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static bool judge_workers(FILE *out, const struct scene *s) {
    const struct headroom_counts *c = &s->counts;
    bool missing = c->workers < c->size && c->failed_to_start > 0;
    bool stuck = c->workers > 0 && s->running == c->workers && for_long(s, s->youngest);
    if (missing)
        fprintf(out, "! %" PRIu32 " of %" PRIu32 " workers could not be started\n",
                c->size - c->workers, c->size);
    if (stuck)
        fprintf(out, "! all %" PRIu32 " workers run jobs older than %s\n", c->workers,
                since(s, s->youngest).text);
    return missing || stuck;
}

static bool judge_submitters(FILE *out, const struct scene *s) {
    bool stuck = for_long(s, s->visitor);
    if (stuck)
        fprintf(out, "! %" PRIu64 " submitter%s block%s; the oldest since %s\n", s->visitors,
                plural(s->visitors), s->visitors == 1 ? "s" : "", since(s, s->visitor).text);
    if (s->own_visitors)
        fprintf(out, "! %" PRIu64 " worker%s submit%s to this very pool: it may wait for itself\n",
                s->own_visitors, plural(s->own_visitors), s->own_visitors == 1 ? "s" : "");
    return stuck || s->own_visitors;
}

static bool judge_queue(FILE *out, const struct scene *s) {
    bool stuck = for_long(s, s->waits) && s->parked > 0 && s->wakes == 0;
    if (stuck)
        fprintf(out, "! %" PRIu32 " parked while work waits since %s: the pool's own fault\n",
                s->parked, since(s, s->waits).text);
    return stuck;
}

static void judge(FILE *out, const struct scene *s) {
    bool stuck = judge_workers(out, s);
    stuck = judge_submitters(out, s) || stuck;
    stuck = judge_queue(out, s) || stuck;
    if (!stuck)
        fputs("nothing looks stuck\n", out);
}

/* ---- the page -------------------------------------------------------------------------------- */

/* What can be said without the lock. */
static void put_locked(FILE *out, struct headroom_pool *pool) {
    uint64_t ended = 0;
    for (uint32_t i = 0; i < pool->shard_count; i++)
        ended += __atomic_load_n(&pool->shards[i].ended, __ATOMIC_RELAXED);
    fprintf(out, "! its lock could not be had for a second: somebody keeps it\n");
    fprintf(out, "%" PRIu64 " %s on workers so far; %" PRIu64 " at the door\n", ended,
            pool->open ? "jobs ended" : "ended",
            __atomic_load_n(&pool->door_count, __ATOMIC_RELAXED));
}

static const char *state_of(const struct scene *s) {
    return s->cancelled     ? "cancelled"
           : s->resters > 0 ? "draining"
           : s->refusing    ? "closed to submissions"
                            : "open";
}

bool headroom_pool_dump(struct headroom_pool *pool, FILE *out) {
    struct scene s = {0};
    if (try_for_long(&pool->lock)) {
        look(&s, pool);
        lock_release(&pool->lock);
        put_title(out, pool, state_of(&s));
        put_counts(out, &s);
        put_waiting(out, &s);
        put_rows(out, &s);
        judge(out, &s);
    } else {
        put_title(out, pool, "locked");
        put_locked(out, pool);
    }
    return fflush(out) == 0 && !ferror(out);
}
