/* SPDX-License-Identifier: GPL-3.0-or-later */
/* processor: see processor.h. Widths: instants below 2^57 ns, 2^24 who compute, 2^20 cores; no
 * product has more than 57 + 32 + 24 bits. */
#include "sim/processor.h"

#include <assert.h>
#include <stdlib.h>

enum { FRACTION = 32 };

bool processor_open(struct processor *p, uint32_t cores, uint32_t room, nsec now) {
    *p = (struct processor){.next = NSEC_NEVER, .cores = cores, .room = room, .origin = now};
    p->heap = malloc(((size_t)room + 1) * sizeof *p->heap);
    return p->heap != NULL;
}

void processor_close(struct processor *p) {
    free(p->heap);
    *p = (struct processor){.next = NSEC_NEVER};
}

static void set_clock(struct processor *p, nsec_square real) {
    nsec_square passed = real - p->real;
    p->real = real;
    if (p->count > p->cores)
        p->clock += passed * p->cores / p->count;
    else
        p->clock += passed;
}

/* When the first is done. */
static void look(struct processor *p) {
    assert(p->cores > 0);
    p->next = NSEC_NEVER;
    if (p->count == 0)
        return;
    nsec_square finish = p->heap[1].finish, left = finish > p->clock ? finish - p->clock : 0;
    if (p->count > p->cores)
        left = (left * p->count + p->cores - 1) / p->cores;
    p->done = p->real + left;
    nsec_square whole = (p->done + ((nsec_square)1 << FRACTION) - 1) >> FRACTION;
    if (whole < (nsec_square)NSEC_LONGEST * 4)
        p->next = p->origin + (nsec)whole;
}

static bool before(const struct processor_job *a, const struct processor_job *b) {
    return a->finish < b->finish || (a->finish == b->finish && a->begun < b->begun);
}

static void sift_down(struct processor *p, struct processor_job job) {
    uint32_t i = 1;
    for (uint32_t child; (child = 2 * i) <= p->count; i = child) {
        if (child < p->count && before(&p->heap[child + 1], &p->heap[child]))
            child++;
        if (!before(&p->heap[child], &job))
            break;
        p->heap[i] = p->heap[child];
    }
    p->heap[i] = job;
}

void processor_add(struct processor *p, nsec now, nsec work, uint32_t who) {
    assert(p->count < p->room && now <= p->next);
    set_clock(p, (nsec_square)(now - p->origin) << FRACTION);
    struct processor_job job = {p->clock + ((nsec_square)work << FRACTION), p->begun++, who};
    uint32_t i = ++p->count;
    for (; i > 1 && before(&job, &p->heap[i / 2]); i /= 2)
        p->heap[i] = p->heap[i / 2];
    p->heap[i] = job;
    look(p);
}

uint32_t processor_take(struct processor *p) {
    assert(p->count > 0);
    set_clock(p, p->done);
    struct processor_job first = p->heap[1];
    assert(p->clock >= first.finish);
    struct processor_job last = p->heap[p->count--];
    if (p->count > 0)
        sift_down(p, last);
    look(p);
    return first.who;
}
