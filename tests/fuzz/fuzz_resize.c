/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_resize: any text is a trace of a policy that resizes or is refused; whatever a pool that is
 * possible shows the policy, it stays within its bounds, is asked again in the future, and a copy
 * made before says the same.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "tests/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An executor is not brought up to its core at once. */
static int64_t fewest(const struct resize_spec *spec, const struct load *load) {
    bool one_by_one = spec->policy == RESIZE_ON_DEMAND && spec->grow_when == 1;
    return one_by_one && load_size(load) < spec->min ? load_size(load) : spec->min;
}

static void ask(struct trace *t, const struct trace_step *s) {
    struct policy_resize copy = t->policy;
    struct decision d = trace_ask(t, s), twin;
    const struct resize_spec *spec = t->policy.spec;
    struct trace other = *t;
    if (s->now >= 0) { /* the first one below 0 begins anew */
        other.policy = copy;
        twin = trace_ask(&other, s);
        assert(twin.size == d.size && twin.again == d.again);
    }
    assert(d.size >= fewest(spec, &s->load) && d.size <= spec->max);
    assert(d.again >= s->now);
}

static void replay(struct trace *t, char *body) {
    for (char *save = NULL, *line = strtok_r(body, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        struct trace_step s;
        line[strcspn(line, "#")] = 0;
        if (trace_line(t, line, &s))
            ask(t, &s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = mem_text_part((const char *)data, size);
    char *rule = strstr(text, "---\n");
    struct err err = {0};
    struct trace t;
    if (rule) {
        *rule = 0;
        if (trace_open(&t, text, &err)) {
            replay(&t, rule + 4);
            trace_close(&t);
        }
    }
    err_free(&err);
    free(text);
    return 0;
}
