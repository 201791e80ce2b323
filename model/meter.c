/* temporary */
#include "model/meter.h"
#include "model/scenario.h"
void meter_open(struct meter *m, nsec now, uint32_t busy, uint32_t workers, uint64_t queued) {
    *m = (struct meter){.from = now,
                        .last = now,
                        .b = busy,
                        .w = workers,
                        .q = queued,
                        .service_least = NSEC_NEVER,
                        .wait_least = NSEC_NEVER};
}
void meter_arrive(struct meter *m) {
    m->arrived++;
}
void meter_lost(struct meter *m) {
    m->lost++;
}
void meter_start(struct meter *m, nsec wait) {
    m->started++;
    if (wait < m->wait_least)
        m->wait_least = wait;
}
void meter_end(struct meter *m, nsec service, nsec response) {
    m->completed++;
    m->service += service;
    m->response += response;
    if (service < m->service_least)
        m->service_least = service;
}
void meter_levels(struct meter *m, nsec now, uint32_t busy, uint32_t workers, uint64_t queued) {
    nsec dt = now - m->last;
    m->busy += (nsec_sum)m->b * dt;
    m->workers += (nsec_sum)m->w * dt;
    m->queued += (nsec_sum)m->q * dt;
    m->last = now;
    m->b = busy;
    m->w = workers;
    m->q = queued;
    if (busy + queued > m->most)
        m->most = (uint32_t)(busy + queued);
}
struct observed meter_take(struct meter *m, nsec now) {
    meter_levels(m, now, m->b, m->w, m->q);
    double t = (double)(now - m->from);
    struct observed o = {m->from,
                         m->arrived,
                         m->started,
                         m->completed,
                         m->lost,
                         t > 0 ? (double)m->busy / t : m->b,
                         t > 0 ? (double)m->workers / t : m->w,
                         t > 0 ? (double)m->queued / t : (double)m->q,
                         m->most,
                         NSEC_UNSET,
                         NSEC_UNSET,
                         NSEC_UNSET,
                         m->wait_least,
                         {NSEC_UNSET, NSEC_UNSET, NSEC_UNSET, NSEC_UNSET}};
    if (m->completed) {
        o.service_mean = (nsec)(m->service / (nsec_sum)m->completed);
        o.response_mean = (nsec)(m->response / (nsec_sum)m->completed);
        o.service_least = m->service_least;
        for (int i = 0; i < 4; i++)
            o.response[i] = o.response_mean;
    }
    meter_open(m, now, m->b, m->w, m->q);
    return o;
}
