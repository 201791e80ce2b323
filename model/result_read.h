/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * result_read: a saved result, read again: what result_json wrote, by the same tables of columns.
 *
 * The JSON is read as the YAML that it also is, by model/node. A file holds one result, or (of
 * `run`) up to three. What is read writes the same bytes again. Anything else is refused at its
 * first wrong value, with the place. Of a folder, what lies beside result.json is read too:
 * replications.csv (each figure, a replication each), response.csv and response-sim.csv (the
 * distribution); they may be missing, but they must belong to the result.
 */
#ifndef MODEL_RESULT_READ_H
#define MODEL_RESULT_READ_H

#include "model/err.h"
#include "model/result.h"

enum result_part { RESULT_SIM, RESULT_SIM_PAIRED, RESULT_POOL, RESULT_PARTS };

/* "sim", "sim_paired", "pool". */
extern const char result_part_words[];

struct saved {
    bool run; /* of `run`: several parts in one file */
    bool has[RESULT_PARTS];
    struct result parts[RESULT_PARTS]; /* those there are */
};

/* From a text of `size` bytes, which errors call `source`; false after an error, nothing to free.
 */
bool result_parse(struct saved *saved, const char *text, size_t size, const char *source,
                  struct err *err);

/* From a folder, or from a result.json. */
bool result_load(struct saved *saved, const char *path, struct err *err);

void saved_free(struct saved *saved);

#endif
