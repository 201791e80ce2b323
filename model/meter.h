/* temporary */
#ifndef MODEL_METER_H
#define MODEL_METER_H
#include "model/policy_resize.h"
struct meter_levels { uint32_t busy, workers; uint64_t queued; };
struct meter {
    nsec from, last;
    uint64_t arrived, started, completed, lost;
    nsec_sum busy, workers, queued;
    uint32_t b, w;
    uint64_t q;
    uint32_t most;
    nsec_sum service, response;
    nsec service_least, wait_least;
};
void meter_open(struct meter *m, nsec now, struct meter_levels l);
void meter_arrive(struct meter *m);
void meter_lost(struct meter *m);
void meter_start(struct meter *m, nsec wait);
void meter_end(struct meter *m, nsec service, nsec response);
void meter_levels(struct meter *m, nsec now, struct meter_levels l);
struct observed meter_take(struct meter *m, nsec now);
#endif
