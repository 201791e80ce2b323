/* SPDX-License-Identifier: GPL-3.0-or-later */
/* host: see host.h; and what a real run's report says of the host. */
#include "pool/host.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/json.h"
#include "model/mem.h"
#include "model/text.h"
#include "pool/bench.h"

static const double LAG_LIMIT = 0.05;                /* of the response's p50 */
static const double STEAL_LIMIT = 0.01;              /* of the cores' time */
static const double FULL = 0.95, OTHERS_LIMIT = 0.2; /* nothing is spare, and others take much */

struct host_usage host_usage(void) {
    struct host_usage u = {0};
    FILE *f = fopen("/proc/stat", "re");
    double v[8] = {0};
    if (f && fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3], &v[4],
                    &v[5], &v[6], &v[7]) == 8) {
        for (int i = 0; i < 8; i++)
            u.total += v[i];
        u.idle = v[3] + v[4];
        u.steal = v[7];
    }
    struct timespec own;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own) == 0)
        u.own = ((double)own.tv_sec + (double)own.tv_nsec / 1e9) * (double)sysconf(_SC_CLK_TCK);
    if (f)
        fclose(f);
    return u;
}

struct host_shares host_shares(struct host_usage before, struct host_usage after) {
    double total = after.total - before.total;
    if (!(before.total > 0 && total > 0))
        return (struct host_shares){NAN, NAN, NAN};
    double busy = 1 - (after.idle - before.idle) / total;
    return (struct host_shares){.steal = (after.steal - before.steal) / total,
                                .busy = busy,
                                .others = fmax(0, busy - (after.own - before.own) / total)};
}

/* Threads that it starts meanwhile are normal ones. */
bool host_realtime(bool on) {
    struct sched_param p = {.sched_priority = on ? 1 : 0};
    int policy = (on ? SCHED_FIFO : SCHED_OTHER) | SCHED_RESET_ON_FORK;
    return sched_setscheduler(0, policy, &p) == 0;
}

char *host_system(void) {
    FILE *f = fopen("/etc/os-release", "re");
    char line[256], *name = NULL;
    while (f && !name && fgets(line, sizeof line, f))
        if (!strncmp(line, "PRETTY_NAME=", 12)) {
            char *start = line + 12 + (line[12] == '"');
            start[strcspn(start, "\"\n")] = 0;
            name = mem_text(start);
        }
    if (f)
        fclose(f);
    return name ? name : mem_text("Linux");
}

int bench_cores(void) {
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return n > 0 ? n : 1;
}

/* Do those who compute find other cores here than in the simulated host? */
static void say_cores(const struct bench_report *r, void (*say)(void *, char *), void *to) {
    int simulated = r->simulated_cores;
    bool enough = r->spinning <= r->cores;
    if (!simulated && !enough)
        say(to,
            mem_format("workers may compute for %.3g cores at once, and there are %d: they share "
                       "them, which an ideal simulated host does not; see host.cores",
                       r->spinning, r->cores));
    if (simulated && simulated != r->cores && !(enough && r->spinning <= simulated))
        say(to, mem_format("the scenario's host has %d core%s (host.cores), this machine %d, and "
                           "workers may compute for %.3g at once: the engines differ",
                           simulated, simulated > 1 ? "s" : "", r->cores, r->spinning));
}

void bench_distrust(const struct bench_report *r, double p50, void (*say)(void *, char *),
                    void *to) {
    double lag = hist_percentile(&r->lag, 0.99, 0) / 1e9;
    char a[40], b[40];
    if (p50 > 0 && lag > LAG_LIMIT * p50)
        say(to, mem_format("the pacer was late: its p99 lag of %s is more than 5 %% of the "
                           "response's p50 (%s)",
                           text_duration(a, sizeof a, lag), text_duration(b, sizeof b, p50)));
    if (r->share.busy > FULL && r->share.others > OTHERS_LIMIT)
        say(to,
            mem_format("the machine was busy elsewhere: its processors were %.0f %% busy, other "
                       "programs took %.0f %%",
                       100 * r->share.busy, 100 * r->share.others));
    if (r->share.steal > STEAL_LIMIT)
        say(to, mem_format(
                    "the machine was busy elsewhere: %.1f %% of its processor time was stolen by "
                    "other guests of the host",
                    100 * r->share.steal));
    say_cores(r, say, to);
}

char *bench_host_json(const struct bench_report *r) {
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return mem_text("{}");
    struct json j = {.to = to, .depth = 8};
    json_open(&j, NULL, '{');
    json_text(&j, "system", r->system);
    json_count(&j, "cores", (uint64_t)r->cores);
    json_number(&j, "pacer_lag_p99", hist_percentile(&r->lag, 0.99, 0) / 1e9);
    json_number(&j, "pacer_lag_max", r->lag.n ? nsec_seconds(r->lag.max) : NAN);
    json_text(&j, "pacer_priority", r->realtime_pacer ? "real-time" : "normal");
    json_number(&j, "processor_busy", r->share.busy);
    json_number(&j, "processor_others", r->share.others);
    json_number(&j, "steal", r->share.steal);
    json_close(&j, '}');
    fclose(to);
    return text;
}
