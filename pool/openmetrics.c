/* SPDX-License-Identifier: MIT */
/*
 * openmetrics: a pool's counts and times as OpenMetrics 1.0 text, for Prometheus and its kin.
 *
 * Counters never decrease. What a submitter at the door who gives up takes back in headroom_counts
 * (submitted) is counted apart here (gave_up), and so are the starts of jobs that had ended their
 * thread, so that
 *     submitted = the fates' counters + gave_up + in_flight.
 * The edges of the histograms are within 0.1 %, those below 2.048 us exact. Numbers are written by
 * integers, as printf's fractions depend on the locale.
 *
 * Source: https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md, 1.0.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "pool/core.h"

struct page {
    FILE *out;
    const char *pool; /* its name */
};

/* ---- labels ---------------------------------------------------------------------------------- */

static bool within(unsigned char c, unsigned char low, unsigned char high) {
    return c >= low && c <= high;
}

/* Bytes of the UTF-8 character at s; 0: it is none. */
static int character(const unsigned char *s) {
    if (s[0] < 0x80)
        return 1;
    int length = within(s[0], 0xC2, 0xDF)   ? 2
                 : within(s[0], 0xE0, 0xEF) ? 3
                 : within(s[0], 0xF0, 0xF4) ? 4
                                            : 0;
    /* No second spelling of a shorter one, no surrogate, none beyond the last. */
    unsigned char low = s[0] == 0xE0 ? 0xA0 : s[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = s[0] == 0xED ? 0x9F : s[0] == 0xF4 ? 0x8F : 0xBF;
    for (int i = 1; i < length; i++, low = 0x80, high = 0xBF)
        if (!within(s[i], low, high))
            return 0;
    return length;
}

/* As the value of a label; what is no UTF-8 as '?'. */
static void put_escaped(FILE *out, const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        int length = character(s);
        if (*s == '\n')
            fputs("\\n", out);
        else if (*s == '"' || *s == '\\')
            fprintf(out, "\\%c", *s);
        else if (length == 0)
            putc('?', out);
        else
            fwrite(s, 1, (size_t)length, out);
        s += length ? length : 1;
    }
}

/* headroom_pool_NAMESUFFIX{pool="...",le="..."}, and a space; `le` may be NULL. */
static void put_name(const struct page *p, const char *name, const char *suffix, const char *le) {
    fprintf(p->out, "headroom_pool_%s%s{pool=\"", name, suffix);
    put_escaped(p->out, p->pool);
    if (le)
        fprintf(p->out, "\",le=\"%s", le);
    fputs("\"} ", p->out);
}

static void put_head(const struct page *p, const char *name, const char *type, const char *help) {
    fprintf(p->out, "# TYPE headroom_pool_%s %s\n# HELP headroom_pool_%s %s\n", name, type, name,
            help);
}

/* ---- counters and gauges --------------------------------------------------------------------- */

static void put_counter(const struct page *p, const char *name, const char *help, uint64_t value) {
    put_head(p, name, "counter", help);
    put_name(p, name, "_total", NULL);
    fprintf(p->out, "%" PRIu64 "\n", value);
}

static void put_gauge(const struct page *p, const char *name, const char *help, uint64_t value) {
    put_head(p, name, "gauge", help);
    put_name(p, name, "", NULL);
    fprintf(p->out, "%" PRIu64 "\n", value);
}

static void put_counters(const struct page *p, const struct headroom_counts *c, uint64_t gave_up,
                         uint64_t retries) {
    put_counter(p, "submitted", "Calls and jobs submitted.", c->submitted + gave_up);
    put_counter(p, "started", "Starts on a worker.", c->started + retries);
    put_counter(p, "completed", "Ran and ended well.", c->completed);
    put_counter(p, "failed", "Ran and ended with an error.", c->failed);
    put_counter(p, "rejected", "Refused, as the pool was full.", c->rejected);
    put_counter(p, "dropped", "Made room as the oldest in a full queue.", c->dropped);
    put_counter(p, "cancelled", "Cancelled before they started.", c->cancelled);
    put_counter(p, "timed_out", "Waited in vain until their deadline.", c->timed_out);
    put_counter(p, "dead_lettered", "Ended their thread too often.", c->dead_lettered);
    put_counter(p, "caller_ran", "Run by their submitter.", c->caller_ran);
    put_counter(p, "gave_up", "Taken back by a submitter who waited for room.", gave_up);
    put_counter(p, "workers_lost", "Threads that jobs have ended.", c->workers_lost);
    put_counter(p, "failed_to_start", "Threads that could not be started.", c->failed_to_start);
}

static void put_gauges(const struct page *p, const struct headroom_counts *c) {
    put_gauge(p, "in_flight", "Taken and not ended.", c->in_flight);
    put_gauge(p, "depth", "Waiting in the queue for a worker.", c->depth);
    put_gauge(p, "door", "Waiting at the door for room.", c->door);
    put_gauge(p, "size", "Workers asked for.", c->size);
    put_gauge(p, "workers", "Workers alive.", c->workers);
    put_gauge(p, "busy", "Workers that run something or are on their way to it.", c->busy);
}

/* ---- histograms ------------------------------------------------------------------------------ */

/* Written as the specification wants them: shortest, with a point or an exponent. */
static const struct {
    nsec most;
    const char *le;
} edges[] = {{1000, "1e-06"},          {2500, "2.5e-06"},       {5000, "5e-06"},
             {10000, "1e-05"},         {25000, "2.5e-05"},      {50000, "5e-05"},
             {100000, "0.0001"},       {250000, "0.00025"},     {500000, "0.0005"},
             {1000000, "0.001"},       {2500000, "0.0025"},     {5000000, "0.005"},
             {10000000, "0.01"},       {25000000, "0.025"},     {50000000, "0.05"},
             {100000000, "0.1"},       {250000000, "0.25"},     {500000000, "0.5"},
             {1000000000, "1.0"},      {2500000000LL, "2.5"},   {5000000000LL, "5.0"},
             {10000000000LL, "10.0"},  {25000000000LL, "25.0"}, {50000000000LL, "50.0"},
             {100000000000LL, "100.0"}};

enum { EDGES = sizeof edges / sizeof *edges };

static void put_buckets(const struct page *p, const char *name, const struct times *t) {
    uint64_t sum = 0;
    uint32_t bucket = 0;
    for (int i = 0; i < EDGES; i++) {
        for (uint32_t last = hist_bucket(edges[i].most); bucket <= last; bucket++)
            sum += t->count[bucket];
        put_name(p, name, "_bucket", edges[i].le);
        fprintf(p->out, "%" PRIu64 "\n", sum);
    }
    put_name(p, name, "_bucket", "+Inf");
    fprintf(p->out, "%" PRIu64 "\n", t->n);
}

static void put_histogram(const struct page *p, const char *name, const char *help,
                          const struct times *t) {
    put_head(p, name, "histogram", help);
    fprintf(p->out, "# UNIT headroom_pool_%s seconds\n", name);
    put_buckets(p, name, t);
    put_name(p, name, "_count", NULL);
    fprintf(p->out, "%" PRIu64 "\n", t->n);
    put_name(p, name, "_sum", NULL);
    fprintf(p->out, "%" PRIu64 ".%09" PRIu64 "\n", (uint64_t)(t->sum / NSEC_PER_SEC),
            (uint64_t)(t->sum % NSEC_PER_SEC));
}

static void put_histograms(const struct page *p, const struct times times[3]) {
    put_histogram(p, "wait_seconds", "From the submission to the start, of what ran.",
                  &times[HEADROOM_WAIT]);
    put_histogram(p, "service_seconds", "From the start to the end.", &times[HEADROOM_SERVICE]);
    put_histogram(p, "response_seconds", "From the submission to the end.",
                  &times[HEADROOM_RESPONSE]);
}

bool headroom_pool_metrics(struct headroom_pool *pool, FILE *out) {
    struct page p = {out, pool->config.name};
    struct times times[3] = {0};
    bool ok = true;
    for (int i = 0; i < 3; i++)
        ok = ok && times_open(&times[i]);
    if (ok) {
        pool_merge(pool, times);
        lock_take(&pool->lock);
        struct headroom_counts c = pool_count(pool);
        uint64_t gave_up = pool->gave_up, retries = pool->retries;
        lock_release(&pool->lock);
        put_counters(&p, &c, gave_up, retries);
        put_gauges(&p, &c);
        put_histograms(&p, times);
        fputs("# EOF\n", out);
    }
    for (int i = 0; i < 3; i++)
        free(times[i].count);
    return ok && fflush(out) == 0 && !ferror(out);
}
