/* SPDX-License-Identifier: GPL-3.0-or-later */
/* responses: see responses.h. */
#include "model/responses.h"

#include <math.h>
#include <stdlib.h>

#include "model/mem.h"

static void open_rows(struct responses *r, size_t rows, size_t replications) {
    *r = (struct responses){.rows = rows, .replications = replications};
    r->low = mem_new(rows, sizeof *r->low);
    r->high = mem_new(rows, sizeof *r->high);
    r->jobs = mem_new(rows * replications, sizeof *r->jobs);
    r->offered = mem_new(replications, sizeof *r->offered);
    r->left = mem_new(replications, sizeof *r->left);
}

static uint64_t in_bucket(const struct hist *h, uint32_t bucket) {
    return bucket >= h->first && bucket - h->first < h->size ? h->count[bucket - h->first] : 0;
}

/* The bucket behind the row that begins at `from`: the first one at which it is full. */
static uint32_t row_end(const struct hist *pooled, uint32_t from) {
    uint32_t last = hist_bucket(pooled->max);
    uint64_t jobs = 0, full = pooled->n / RESPONSES_PARTS;
    for (; from <= last && jobs <= full; from++)
        jobs += in_bucket(pooled, from);
    return from;
}

static uint32_t skip_empty(const struct hist *pooled, uint32_t from) {
    while (from <= hist_bucket(pooled->max) && in_bucket(pooled, from) == 0)
        from++;
    return from;
}

static size_t count_rows(const struct hist *pooled) {
    size_t rows = 0;
    for (uint32_t b = hist_bucket(pooled->min); b <= hist_bucket(pooled->max);
         b = skip_empty(pooled, row_end(pooled, b)))
        rows++;
    return rows;
}

void responses_of(struct responses *r, const struct hist *pooled, const struct hist *const *each,
                  size_t count) {
    open_rows(r, pooled->n ? count_rows(pooled) : 0, count);
    uint32_t from = r->rows ? hist_bucket(pooled->min) : 0;
    for (size_t row = 0; row < r->rows; row++) {
        uint32_t end = row_end(pooled, from);
        r->low[row] = fmax(hist_low(from), (double)pooled->min) / 1e9;
        r->high[row] = fmin(hist_low(end), (double)pooled->max) / 1e9;
        for (size_t k = 0; k < count; k++)
            for (uint32_t b = from; b < end; b++)
                r->jobs[k * r->rows + row] += (double)in_bucket(each[k], b);
        from = skip_empty(pooled, end);
    }
}

void responses_within(const struct responses *r, size_t replication, const double *at, size_t count,
                      bool below, double *within) {
    const double *jobs = r->jobs + replication * r->rows;
    double before = 0;
    size_t row = 0;
    for (size_t i = 0; i < count; i++) {
        for (; row < r->rows && r->high[row] <= at[i]; row++) {
            if (below && r->low[row] >= at[i]) /* all of the row at this instant */
                break;
            before += jobs[row];
        }
        double part = 0;
        if (row < r->rows && r->low[row] < at[i])
            part = (at[i] - r->low[row]) / (r->high[row] - r->low[row]);
        within[i] = before + part * (row < r->rows ? jobs[row] : 0);
    }
}

void responses_write(const struct responses *r, FILE *to) {
    fputs("low,high", to);
    for (size_t k = 0; k < r->replications; k++)
        fprintf(to, ",jobs_%zu", k + 1);
    putc('\n', to);
    for (size_t i = 0; i < r->rows; i++) {
        fprintf(to, "%.12g,%.12g", r->low[i], r->high[i]);
        for (size_t k = 0; k < r->replications; k++)
            fprintf(to, ",%.0f", r->jobs[k * r->rows + i]);
        putc('\n', to);
    }
}

/* Rows ascend and do not overlap, counts are whole. */
static bool row_fits(const struct responses *r, const struct sheet *t, size_t i) {
    bool fits =
        r->low[i] >= 0 && r->low[i] <= r->high[i] && (i == 0 || r->high[i - 1] <= r->low[i]);
    for (size_t k = 0; k < r->replications; k++) {
        double jobs = t->cells[i * t->columns + 2 + k];
        fits = fits && jobs >= 0 && jobs < 1e15;
        r->jobs[k * r->rows + i] = jobs;
    }
    return fits;
}

bool responses_read(struct responses *r, const struct sheet *t, size_t replications,
                    struct err *err) {
    if (t->columns != replications + 2) {
        err_add(err, (struct place){t->file, 1, 1}, NULL,
                "%zu columns, where %zu replications have %zu: it belongs to another result",
                t->columns, replications, replications + 2);
        return false;
    }
    open_rows(r, t->rows, replications);
    for (size_t i = 0; i < t->rows; i++) {
        r->low[i] = t->cells[i * t->columns];
        r->high[i] = t->cells[i * t->columns + 1];
        if (!row_fits(r, t, i)) {
            err_add(err, (struct place){t->file, (int)i + 2, 1}, NULL,
                    "times must ascend and counts be 0 or more");
            responses_free(r);
            return false;
        }
    }
    return true;
}

void responses_free(struct responses *r) {
    free(r->low);
    free(r->high);
    free(r->jobs);
    free(r->offered);
    free(r->left);
    *r = (struct responses){0};
}
