/* temporary: K tables */
#include "model/policy_resize.h"
void policy_resize_open(struct policy_resize *p, const struct resize_spec *spec, uint32_t workers,
                        nsec now) {
    *p = (struct policy_resize){.spec = spec, .hold_until = now};
    (void)workers;
}
bool policy_resize_eager(const struct resize_spec *spec) {
    return spec->policy == RESIZE_ON_DEMAND ||
           (!dist_random(&spec->every) && dist_mean(&spec->every) == 0);
}
bool policy_resize_may_go(const struct resize_spec *spec, const struct load *load) {
    return (int64_t)load_size(load) > spec->min;
}
static int64_t want(struct policy_resize *p, const struct load *l, const struct observed *seen) {
    const struct resize_spec *s = p->spec;
    int64_t size = load_size(l), idle = l->workers - l->busy;
    if (s->policy == RESIZE_WATERMARK) {
        if (l->arrival || (s->while_starting && l->starting))
            return size;
        bool g = s->grow_at.count >= 0
                     ? (int64_t)l->queued >= s->grow_at.count
                     : seen && seen->busy / seen->workers > s->grow_at.utilisation;
        bool k = s->shrink_at.count >= 0
                     ? idle >= s->shrink_at.count
                     : seen && seen->busy / seen->workers < s->shrink_at.utilisation;
        if (g)
            return size + s->step;
        if (k)
            return size - s->step;
        return size;
    }
    if (s->policy == RESIZE_ON_DEMAND && s->grow_when == 1) {
        if (!l->arrival)
            return size;
        if (size < s->min)
            return size + 1;
        if (idle > 0 || (int64_t)l->queued < l->capacity)
            return size;
        return size + 1;
    }
    if (s->policy == RESIZE_ON_DEMAND) {
        int64_t on = l->workers - l->leaving,
                waiting = (int64_t)l->queued + (l->arrival && idle == 0);
        if (idle > 0 && waiting == 0 && dist_mean(&s->keep_alive) == 0)
            return on - 1;
        if (on + waiting > s->max)
            waiting = s->max - on;
        return on + waiting;
    }
    return size;
}
struct decision policy_resize_decide(struct policy_resize *p, const struct load *load,
                                     const struct observed *seen, nsec now, struct dice *dice) {
    int64_t size = load_size(load);
    if (now < p->hold_until)
        return (struct decision){(uint32_t)size, p->hold_until};
    int64_t w = want(p, load, seen);
    w = w < p->spec->min ? p->spec->min : w > p->spec->max ? p->spec->max : w;
    if (w != size) {
        dice_item(dice, p->asked++);
        p->hold_until = now + dist_draw_time(&p->spec->dwell, dice);
    }
    return (struct decision){(uint32_t)w, p->hold_until > now ? p->hold_until : NSEC_NEVER};
}
