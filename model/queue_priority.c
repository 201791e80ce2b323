/* SPDX-License-Identifier: GPL-3.0-or-later */
/* queue_priority: see queue_priority.h. */
#include "model/queue_priority.h"

#include <math.h>
#include <stdlib.h>

#include "model/mem.h"
#include "model/text.h"

void priority_waits(const struct facts *f, double w0, double wait[STATION_RANKS]) {
    double load[STATION_RANKS] = {0}, above = 0;
    for (size_t i = 0; i < f->class_count; i++)
        load[f->classes[i].rank] += f->classes[i].rate * f->classes[i].mean / f->workers;
    for (int rank = STATION_RANKS - 1; rank >= 0; rank--) {
        double with = above + load[rank];
        wait[rank] = with < 1 ? w0 / ((1 - above) * (1 - with)) : INFINITY;
        above = with;
    }
}

double priority_mean(const struct facts *f, const double wait[STATION_RANKS]) {
    double mean = 0;
    for (size_t i = 0; i < f->class_count; i++)
        mean += f->classes[i].rate / f->rate * wait[f->classes[i].rank];
    return mean;
}

char *priority_words(const struct facts *f, const double wait[STATION_RANKS]) {
    char *text = mem_text("mean wait of"), one[40];
    for (size_t i = 0; i < f->class_count; i++) {
        double w = wait[f->classes[i].rank];
        char *longer = mem_format("%s%s %s %s", text, i > 0 ? "," : "", f->classes[i].name,
                                  isfinite(w) ? text_duration(one, sizeof one, w) : "infinite");
        free(text);
        text = longer;
    }
    return text;
}
