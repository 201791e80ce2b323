/* SPDX-License-Identifier: GPL-3.0-or-later */
/* format_sections: the maps of the format, by section, and what is asked of both tables; the keys
 * are model/format.c's. */
#include <stdlib.h>
#include <string.h>

#include "model/format.h"
#include "model/mem.h"
#include "model/scenario.h"

const struct format_section format_sections[FORMAT_SECTIONS] = {
    [IN_ROOT] = {"the scenario", 0, false, "The root"},
    [IN_RUN] = {"run", 0, false, "`run`"},
    [IN_PRECISION] = {"precision", 0, false, "`run.precision`"},
    [IN_HOST] = {"host", 0, false, "`host`"},
    [IN_DEFAULTS] = {"defaults", 0, false, "`defaults`"},
    [IN_CLASS] = {"class", sizeof(struct class), false, "An element of `classes`"},
    [IN_STEP] = {"step", sizeof(struct step), false, "An element of `route`"},
    [IN_PART] = {"part", 0, false, "An element of `parts`"},
    [IN_TIMEOUT] = {"timeout", 0, false, "`timeout`"},
    [IN_RETRY] = {"retry", 0, false, "`retry`"},
    [IN_BACKOFF] = {"backoff", 0, false, "`retry.backoff`"},
    [IN_BUDGET] = {"budget", 0, false, "`retry.budget`"},
    [IN_LIMIT] = {"limit", 0, false, "`limit`"},
    [IN_DEAD_LETTER] = {"dead_letter", 0, false, "`dead_letter`"},
    [IN_ARRIVALS] = {"arrivals", 0, true, "`arrivals`: exactly one of"},
    [IN_POISSON] = {"poisson", 0, false, "`poisson`"},
    [IN_CONSTANT_RATE] = {"constant", 0, false, "`constant` (arrivals)"},
    [IN_RENEWAL] = {"renewal", 0, false, "`renewal`"},
    [IN_MMPP] = {"mmpp", 0, false, "`mmpp`"},
    [IN_BATCH] = {"batch", 0, false, "`batch`"},
    [IN_PROFILE] = {"profile", 0, false, "`profile`"},
    [IN_POINT] = {"point", sizeof(struct profile_point), false,
                  "An element of `points`: [at, rate]"},
    [IN_CLOSED] = {"closed", 0, false, "`closed`"},
    [IN_TRACE] = {"trace", 0, false, "`trace`"},
    [IN_DIST] = {"distribution", sizeof(struct dist), true,
                 "A distribution (`service`, `gap`, `think`, `size`): "
                 "exactly one of"},
    [IN_EXPONENTIAL] = {"exponential", 0, false, "`exponential`"},
    [IN_LOGNORMAL] = {"lognormal", 0, false, "`lognormal`: two of"},
    [IN_GAMMA] = {"gamma", 0, false, "`gamma`"},
    [IN_ERLANG] = {"erlang", 0, false, "`erlang`"},
    [IN_WEIBULL] = {"weibull", 0, false, "`weibull`"},
    [IN_PARETO] = {"pareto", 0, false, "`pareto`"},
    [IN_LOMAX] = {"lomax", 0, false, "`lomax`"},
    [IN_HYPEREXPONENTIAL] = {"hyperexponential", 0, false, "`hyperexponential`"},
    [IN_UNIFORM] = {"uniform", 0, false, "`uniform`"},
    [IN_NORMAL] = {"normal", 0, false, "`normal`"},
    [IN_EMPIRICAL] = {"empirical", 0, false, "`empirical`"},
    [IN_QUANTILES] = {"quantiles", 0, false, "`quantiles`"},
    [IN_MIXTURE] = {"mixture", 0, false, "An element of `mixture`, beside its distribution"},
    [IN_POOL] = {"pool", sizeof(struct pool_spec), false, "`pool`, or an element of `pools`"},
    [IN_THREADS] = {"threads", 0, true, "`threads`, where it is a map"},
    [IN_PER_JOB] = {"per_job", 0, false, "`threads.per_job`"},
    [IN_QUEUE] = {"queue", 0, false, "`queue`"},
    [IN_SHED] = {"shed", 0, false, "`queue.shed`"},
    [IN_CODEL] = {"codel", 0, false, "`queue.shed.codel`"},
    [IN_RESIZE] = {"resize", 0, false, "`resize`"},
    [IN_GROW_AT] = {"grow_at", 0, false, "`resize.grow_at`: one of"},
    [IN_SHRINK_AT] = {"shrink_at", 0, false, "`resize.shrink_at`: one of"},
    [IN_SIZE] = {"size", sizeof(struct resize_size), false, "An element of `sizes`: [at, workers]"},
    [IN_BREAKER] = {"breaker", 0, false, "`breaker`"},
    [IN_RESOURCE] = {"resource", 0, false, "An element of `resources`"},
    [IN_DISTURB] = {"disturbance", 0, false, "An element of `disturb`"},
    [IN_SHUTDOWN] = {"shutdown", 0, false, "`shutdown`"},
    [IN_SWEEP] = {"range", 0, false, "A range, in `sweep` instead of a list"},
    [IN_SLO] = {"slo", 0, false, "`slo`"},
};

const struct key *format_find(enum section in, const char *name) {
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == in && !strcmp(format_keys[i].name, name))
            return &format_keys[i];
    return NULL;
}

char *format_names(enum section in) {
    char *names = mem_text("");
    for (size_t i = 0; i < format_key_count; i++)
        if (format_keys[i].in == in && !format_keys[i].later) {
            char *longer = mem_format("%s%s%s", names, *names ? " " : "", format_keys[i].name);
            free(names);
            names = longer;
        }
    return names;
}

bool format_needed(const struct key *key) {
    return key->otherwise && !strcmp(key->otherwise, FORMAT_REQUIRED);
}

bool format_short(const struct key *key) {
    bool class = key->in == IN_CLASS && strcmp(key->name, "name") && strcmp(key->name, "route");
    return class || (key->in == IN_STEP && strcmp(key->name, "pool"));
}
