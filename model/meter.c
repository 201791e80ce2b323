/* SPDX-License-Identifier: GPL-3.0-or-later */
/* meter: see meter.h. */
#include "model/meter.h"

#include <string.h>

#include "model/scenario.h"

/* What counts from here on. */
static void begin(struct meter *m, nsec now) {
    m->from = now;
    m->last = now;
    m->busy = m->workers = m->queued = 0;
    m->arrived = m->lost = 0;
    m->in_flight_most = m->levels.busy + m->levels.queued;
    m->wait = m->service = m->response = (struct meter_times){0};
    m->first = METER_BUCKETS;
    m->end = 0;
}

void meter_open(struct meter *m, nsec now, uint32_t busy, uint32_t workers, uint64_t queued) {
    *m = (struct meter){.levels = {busy, workers, queued}};
    begin(m, now);
}

static nsec mean(const struct meter_times *t) {
    nsec_sum half = (nsec_sum)(t->count / 2);
    return t->count ? (nsec)((t->sum + half) / (nsec_sum)t->count) : NSEC_UNSET;
}

/* The value of rank 1 ... count, as if the values of a bucket were spread over it. */
static nsec ranked(const struct meter *m, uint64_t rank) {
    uint64_t below = 0;
    uint32_t i = m->first;
    while (below + m->bucket[i] < rank)
        below += m->bucket[i++];
    int shift = i < 2 << METER_BITS ? 0 : (int)(i >> METER_BITS) - 1;
    nsec low = (nsec)(i - ((uint32_t)shift << METER_BITS)) << shift;
    nsec_sum width = (nsec_sum)1 << shift;
    nsec_sum place = width * (nsec_sum)(2 * (rank - below) - 1) / (nsec_sum)(2 * m->bucket[i]);
    nsec value = low + (nsec)place;
    return value < m->response.least  ? m->response.least
           : value > m->response.most ? m->response.most
                                      : value;
}

static void percentiles(const struct meter *m, nsec *response) {
    static const uint64_t percent[RESIZE_PERCENTILES] = {50, 90, 95, 99};
    uint64_t n = m->response.count;
    for (int i = 0; i < RESIZE_PERCENTILES; i++) {
        uint64_t rank = n / 100 * percent[i] + (n % 100 * percent[i] + 99) / 100;
        response[i] = n ? ranked(m, rank) : NSEC_UNSET;
    }
}

static double mean_level(const struct meter *m, nsec_sum integral, uint64_t now) {
    return m->last > m->from ? (double)integral / (double)(m->last - m->from) : (double)now;
}

struct observed meter_take(struct meter *m, nsec now) {
    meter_levels(m, now, m->levels.busy, m->levels.workers, m->levels.queued);
    struct observed seen = {
        .from = m->from,
        .arrived = m->arrived,
        .started = m->wait.count,
        .completed = m->response.count,
        .lost = m->lost,
        .busy = mean_level(m, m->busy, m->levels.busy),
        .workers = mean_level(m, m->workers, m->levels.workers),
        .queued = mean_level(m, m->queued, m->levels.queued),
        .in_flight_most = m->in_flight_most < UINT32_MAX ? (uint32_t)m->in_flight_most : UINT32_MAX,
        .service_mean = mean(&m->service),
        .service_least = m->service.count ? m->service.least : NSEC_UNSET,
        .response_mean = mean(&m->response),
        .wait_least = m->wait.count ? m->wait.least : NSEC_UNSET,
    };
    percentiles(m, seen.response);
    if (m->end > m->first)
        memset(m->bucket + m->first, 0, (m->end - m->first) * sizeof *m->bucket);
    begin(m, now);
    return seen;
}
