/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cells: see cells.h. */
#include "cli/cells.h"

#include <math.h>

void cells_number(FILE *to, double value) {
    if (isfinite(value))
        fprintf(to, ",%.9g", value);
    else
        putc(',', to);
}

void cells_figure(FILE *to, const struct figure *f) {
    cells_number(to, f->mean);
    cells_number(to, f->low);
    cells_number(to, f->high);
}

void cells_empty(FILE *to, int count) {
    while (count-- > 0)
        putc(',', to);
}
