/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_profile: any bytes are a host profile or are refused with an error that has a place.
 *
 * Known answer: what is read is within its bounds at every share, and reads the same once written.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/mem.h"
#include "model/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_values(const struct profile *p) {
    for (int t = 0; t < PROFILE_DRAWN; t++)
        for (double share = 0; share <= 1; share += 0.0625) {
            nsec ns = profile_at(p, (enum profile_what)t, share);
            assert(ns >= 0 && ns <= 10 * NSEC_PER_SEC);
        }
}

static void check_written(const struct profile *p) {
    char *text = NULL;
    size_t size = 0;
    struct profile again;
    struct err err = {0};
    FILE *to = open_memstream(&text, &size);
    assert(to);
    profile_write(p, to);
    fclose(to);
    bool ok = profile_parse(&again, text, "written.yaml", &err);
    assert(ok && again.identity == p->identity);
    profile_free(&again);
    err_free(&err);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = mem_text_part((const char *)data, size);
    struct profile p;
    struct err err = {0};
    bool ok = profile_parse(&p, text, "fuzz.yaml", &err);
    assert(ok == (err.count == 0));
    for (size_t i = 0; i < err.count; i++)
        assert(err.items[i].file && *err.items[i].text);
    if (ok) {
        check_values(&p);
        check_written(&p);
    }
    profile_free(&p);
    err_free(&err);
    free(text);
    return 0;
}
