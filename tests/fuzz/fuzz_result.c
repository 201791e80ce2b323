/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_result: any bytes are a saved result or are refused with an error that has a place. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "model/result_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct saved saved = {0};
    struct err err = {0};
    bool ok = result_parse(&saved, (const char *)data, size, "fuzz.json", &err);
    assert(ok == (err.count == 0));
    for (size_t i = 0; i < err.count; i++)
        assert(err.items[i].file && *err.items[i].text);
    if (ok)
        saved_free(&saved);
    err_free(&err);
    return 0;
}
