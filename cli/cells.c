/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cells: see cells.h. */
#include "cli/cells.h"

#include <math.h>
#include <string.h>

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

/* One line `key,"value"`; quotes doubled, control characters gone. */
void cells_label(FILE *to, const char *text) {
    for (; *text; text++)
        if (*text == ',')
            fputs("\342\200\232", to);
        else if (*text == '"')
            fputs("\342\200\235", to);
        else
            putc((unsigned char)*text < 0x20 ? ' ' : *text, to);
}

void cells_pair_text(FILE *to, const char *key, const char *text) {
    fprintf(to, "%s,\"", key);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"')
            putc('"', to);
        putc(*p < 0x20 || *p == 0x7f ? ' ' : *p, to);
    }
    fputs("\"\n", to);
}

void cells_pair_number(FILE *to, const char *key, double value) {
    fprintf(to, "%s,", key);
    if (isfinite(value))
        fprintf(to, "%.9g", value);
    putc('\n', to);
}

/* Quoted as RFC 4180 has it, where it must be; control characters gone. */
void cells_text(FILE *to, const char *text) {
    bool plain = !strpbrk(text, ",\"\n\r");
    fputs(plain ? "" : "\"", to);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"')
            putc('"', to);
        putc(*p < 0x20 || *p == 0x7f ? ' ' : *p, to);
    }
    fputs(plain ? "" : "\"", to);
}
